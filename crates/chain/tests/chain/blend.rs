use ballast_chain::{
    blend::{request as kind, status},
    market::{ONE, USD},
    CallError, Market, MarketSetup,
};
use ballast_core::interest;

fn request(
    request_type: u32,
    asset: &soroban_sdk::Address,
    amount: i128,
) -> ballast_chain::blend::Request {
    ballast_chain::blend::request(request_type, asset, amount)
}

#[test]
fn borrower_borrows_and_repays_with_interest() {
    let market = Market::standard();
    let borrower = market.borrower("borrower", 100_000 * ONE, 20_000 * ONE);
    let (usdc, pool) = (market.usdc.address(), &market.pool);
    assert_eq!(market.usdc.balance(borrower.address()), 20_000 * ONE);
    assert_eq!(
        pool.collateral(borrower.address(), market.xlm.address()),
        100_000 * ONE
    );
    assert_eq!(pool.debt(borrower.address(), usdc), 20_000 * ONE);
    market.chain.advance_seconds(30 * 24 * 3_600);
    let debt = pool.debt(borrower.address(), usdc);
    assert!(debt > 20_000 * ONE && debt < 20_100 * ONE, "{debt}");
    market.usdc.fund(&borrower, 100 * ONE);
    pool.repay(&borrower, usdc, 20_100 * ONE).unwrap();
    assert_eq!(pool.debt(borrower.address(), usdc), 0);
    assert_eq!(market.usdc.balance(borrower.address()), 20_100 * ONE - debt);
}

#[test]
fn unhealthy_borrow_fails() {
    let market = Market::standard();
    let borrower = market.borrower("borrower", 100_000 * ONE, 20_000 * ONE);
    let before = market.chain.state_hash();
    // 36,000 USD of collateral carry 36,000 * 0.75 * 0.95 = 25,650 USD of debt.
    let error = market
        .pool
        .borrow(&borrower, market.usdc.address(), 6_000 * ONE)
        .unwrap_err();
    assert_eq!(error, CallError::Contract(1205));
    assert_eq!(market.chain.state_hash(), before);
    market
        .pool
        .borrow(&borrower, market.usdc.address(), 5_600 * ONE)
        .unwrap();
}

#[test]
fn liquidation_auction_is_opened_and_filled() {
    let market = Market::standard();
    let borrower = market.borrower("borrower", 100_000 * ONE, 24_000 * ONE);
    let (xlm, usdc, pool) = (market.xlm.address(), market.usdc.address(), &market.pool);
    let user = borrower.address();
    let open = || pool.new_auction(user, &[usdc], &[xlm], 70);
    assert_eq!(open().unwrap_err(), CallError::Contract(1211));

    market.chain.advance_seconds(300);
    market.set_price(USD * 30 / 100);
    assert!(pool.auction(user).is_none());
    open().unwrap();
    assert!(pool.auction(user).is_some());
    market.usdc.fund(&borrower, ONE);
    assert_eq!(
        pool.repay(&borrower, usdc, ONE).unwrap_err(),
        CallError::Contract(1212)
    );

    market.chain.advance_ledgers(200);
    let filler = market.trader("filler", 0, 20_000 * ONE);
    let took = pool
        .fill_auction(
            &filler,
            user,
            100,
            &[
                request(kind::REPAY, usdc, 17_000 * ONE),
                request(kind::WITHDRAW_COLLATERAL, xlm, i128::MAX),
            ],
        )
        .unwrap();
    assert!(took.liabilities.is_empty() && took.collateral.is_empty());
    assert!(pool.auction(user).is_none());
    let debt = pool.debt(user, usdc);
    assert!(debt > 7_190 * ONE && debt < 7_210 * ONE, "{debt}");
    assert!(market.xlm.balance(filler.address()) > 1_000_000 * ONE + 60_000 * ONE);
}

#[test]
fn stale_and_missing_prices_stop_borrowing_but_not_repaying() {
    let market = Market::standard();
    let borrower = market.borrower("borrower", 100_000 * ONE, 20_000 * ONE);
    market.chain.advance_seconds(600);
    assert!(market
        .pool
        .borrow(&borrower, market.usdc.address(), ONE)
        .unwrap_err()
        .is_trap());
    market
        .pool
        .repay(&borrower, market.usdc.address(), ONE)
        .unwrap();
}

#[test]
fn backstop_in_the_queue_puts_the_pool_on_ice() {
    let market = Market::standard();
    assert_eq!(market.pool.config().status, status::ACTIVE);
    market
        .blend
        .queue_backstop_withdrawal(&market.pool, 20_000 * ONE)
        .unwrap();
    assert_eq!(market.pool.update_status().unwrap(), status::ON_ICE);
    market.pool.set_status(status::ADMIN_FROZEN);
    assert_eq!(market.pool.config().status, status::ADMIN_FROZEN);
}

#[test]
fn signed_submit_executes_ledgers_later() {
    let market = Market::standard();
    let borrower = market.borrower("borrower", 100_000 * ONE, 20_000 * ONE);
    let requests = [request(kind::REPAY, market.usdc.address(), 1_000 * ONE)];
    for ledgers in [0, 1, 12] {
        let tree = market.pool.submit_invocation(borrower.address(), &requests);
        let signed = borrower.sign(&market.chain, &tree, 12);
        market.chain.advance_ledgers(ledgers);
        let user = borrower.address();
        let args = market.pool.submit_args(user, user, user, &requests);
        market
            .chain
            .call(market.pool.address(), "submit", args, &[signed])
            .unwrap();
    }
}

/// The core's state of a reserve as the pool reports it.
fn state_of(market: &Market) -> interest::Reserve {
    let reserve = market.pool.reserve(market.usdc.address());
    let (config, data) = (reserve.config, reserve.data);
    interest::Reserve {
        curve: interest::Curve {
            target_e7: config.util,
            base_e7: config.r_base,
            one_e7: config.r_one,
            two_e7: config.r_two,
            three_e7: config.r_three,
            reactivity_e7: config.reactivity,
        },
        b_rate_e12: data.b_rate,
        d_rate_e12: data.d_rate,
        modifier_e7: data.ir_mod,
        b_supply: data.b_supply,
        d_supply: data.d_supply,
        accrued_at: data.last_time,
    }
}

#[test]
fn interest_of_the_core_is_the_pools_on_every_piece_of_the_curve() {
    let mut setup = MarketSetup::default();
    setup.usdc_reserve.max_util = 0_9999999;
    let mut pieces = [0; 3];
    for lent in [1, 2_000_000, 3_999_999, 4_200_000, 4_749_999, 4_999_998] {
        let market = Market::new(&setup);
        let borrower = market.borrower("borrower", 40_000_000 * ONE, lent * ONE);
        for seconds in [5, 300, 86_399, 7 * 86_400, 400 * 86_400, 5] {
            // The last call that stored the reserve was in this ledger.
            let stored = state_of(&market);
            let take_rate_e7 = market.pool.config().bstop_rate;
            pieces[match stored.utilization_e7().unwrap() {
                0..=0_8000000 => 0,
                0_8000001..=0_9500000 => 1,
                _ => 2,
            }] += 1;
            market.chain.advance_seconds(seconds);
            let now = market.chain.timestamp();
            assert_eq!(
                stored.accrued(now, take_rate_e7),
                Ok(state_of(&market)),
                "{lent} lent, {seconds} seconds"
            );
            market.set_price(USD * 36 / 100);
            let repaid = market
                .pool
                .repay(&borrower, market.usdc.address(), ONE / 10);
            assert!(repaid.is_ok(), "{repaid:?}");
        }
    }
    assert!(pieces.into_iter().all(|count| count > 5), "{pieces:?}");
}
