use ballast_chain::{blend::request, limits, market::ONE, CallError, Chain, Market};

#[test]
fn code_over_the_limit_fails() {
    let chain = Chain::new();
    let large = vec![0; limits::MAX_CODE_BYTES as usize + 1];
    assert!(chain.upload(&large).is_err());
}

#[test]
fn transaction_over_the_limit_fails_and_changes_nothing() {
    let market = Market::standard();
    let borrower = market.borrower("borrower", 1_000 * ONE, ONE);
    let withdraw =
        ballast_chain::blend::request(request::WITHDRAW_COLLATERAL, market.xlm.address(), 1);
    // Each request is some 150 bytes in the call and as many in what is signed.
    let requests = vec![withdraw; 500];
    let before = market.chain.state_hash();
    let error = market.pool.submit(&borrower, &requests).unwrap_err();
    assert!(matches!(error, CallError::Limit(_)), "{error:?}");
    assert_eq!(market.chain.state_hash(), before);
}

#[test]
fn profile_adds_up_to_the_call() {
    let market = Market::standard();
    let borrower = market.borrower("borrower", 1_000 * ONE, ONE);
    market.chain.set_profiling(true);
    market
        .pool
        .withdraw(&borrower, market.xlm.address(), ONE)
        .unwrap();
    let frame = market.chain.last_profile().unwrap();
    assert_eq!(frame.function, "submit");
    let names: Vec<_> = frame
        .calls
        .iter()
        .map(|call| call.function.as_str())
        .collect();
    assert_eq!(names, ["decimals", "lastprice", "lastprice", "transfer"]);
    let oracle = market.oracle.address().to_string().to_string();
    assert_eq!(frame.calls[0].contract, oracle);
    assert!(frame.own_instructions() > 0);
    // The rest is the decoding of the transaction and its entries, and the encoding of its changes.
    let all = market.chain.last_cost().instructions as i64;
    let executed = frame.instructions;
    assert!((all / 4..all).contains(&executed), "{executed} of {all}");
}

#[test]
fn long_run_keeps_the_ledger_small() {
    let market = Market::standard();
    let trader = market.trader("trader", 1_000 * ONE, 0);
    let bob = market.chain.account("bob");
    for _ in 0..1_000 {
        market.xlm.transfer(&trader, bob.address(), 1).unwrap();
        // Spent nonces stay for the network's shortest life, 17,280 ledgers.
        market.chain.advance_ledgers(120);
    }
    assert!(
        market.chain.entry_count() < 500,
        "{}",
        market.chain.entry_count()
    );
}

#[test]
fn ledgers_close_every_five_seconds() {
    let chain = Chain::at(1_000, 1_000_000);
    chain.advance_seconds(4);
    assert_eq!((chain.sequence(), chain.timestamp()), (1_000, 1_000_004));
    chain.advance_seconds(1);
    assert_eq!((chain.sequence(), chain.timestamp()), (1_001, 1_000_005));
    chain.advance_ledgers(2);
    assert_eq!((chain.sequence(), chain.timestamp()), (1_003, 1_000_015));
    chain.advance_to(1_000_300);
    assert_eq!((chain.sequence(), chain.timestamp()), (1_060, 1_000_300));
}
