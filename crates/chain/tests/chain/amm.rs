use ballast_chain::{market::ONE, Market};

#[test]
fn quote_agrees_with_swap() {
    let market = Market::standard();
    let trader = market.trader("trader", 1_000_000 * ONE, 1_000_000 * ONE);
    for (token, other) in [(&market.xlm, &market.usdc), (&market.usdc, &market.xlm)] {
        for amount in [ONE, 1_234_5678901, 50_000 * ONE] {
            let quoted = market.amm.quote(token.address(), amount);
            let held = other.balance(trader.address());
            let swapped = market
                .amm
                .swap(&trader, token.address(), amount, 0)
                .unwrap();
            assert_eq!(other.balance(trader.address()) - held, swapped);
            let off = (quoted - swapped).abs();
            assert!(
                off <= 10 + quoted / 10_000_000,
                "{amount}: {quoted} {swapped}"
            );
        }
    }
}

#[test]
fn swap_fails_below_the_minimum() {
    let market = Market::standard();
    let trader = market.trader("trader", 1_000 * ONE, 0);
    let quoted = market.amm.quote(market.xlm.address(), 1_000 * ONE);
    let before = market.chain.state_hash();
    let xlm = market.xlm.address();
    assert!(market
        .amm
        .swap(&trader, xlm, 1_000 * ONE, quoted + ONE)
        .is_err());
    assert_eq!(market.chain.state_hash(), before);
    market
        .amm
        .swap(&trader, xlm, 1_000 * ONE, quoted - ONE)
        .unwrap();
}

#[test]
fn arbitrage_ends_within_the_fee_of_the_target() {
    let market = Market::standard();
    let trader = market.trader("trader", 50_000_000 * ONE, 50_000_000 * ONE);
    for target in [0.3601, 0.37, 0.30, 0.16, 0.25, 0.36] {
        market.amm.move_price(&trader, target).unwrap();
        let off = market.amm.price() / target - 1.0;
        assert!(off.abs() < 0.00302, "{target}: {off}");
    }
}
