use ballast_chain::{market::ONE, Market};

#[test]
fn quote_is_what_a_swap_brings() {
    let market = Market::standard();
    let trader = market.trader("trader", 1_000_000 * ONE, 1_000_000 * ONE);
    for (token, other) in [(&market.xlm, &market.usdc), (&market.usdc, &market.xlm)] {
        for amount in [
            9,
            77,
            999,
            ONE,
            1_234_5678901,
            50_000 * ONE,
            222_222_2222222,
        ] {
            let quoted = market.amm.quote(token.address(), amount);
            let held = other.balance(trader.address());
            let swapped = market
                .amm
                .swap(&trader, token.address(), amount, 0)
                .unwrap();
            assert_eq!(other.balance(trader.address()) - held, swapped);
            assert_eq!(quoted, swapped, "{amount}");
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
