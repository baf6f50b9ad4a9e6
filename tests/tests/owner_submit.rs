//! `owner_submit`: every type of request, on the real pool.

use crate::support::{assert_unauthorized, Scene, Trio, COLLATERAL, DEBT};
use ballast_chain::blend::{request, request::*, Request};
use ballast_chain::market::{ONE, USD};
use ballast_chain::CallError;
use ballast_interfaces::error::VaultError;
use soroban_sdk::{Address, Val, Vec};

const AMOUNT: i128 = 1_000 * ONE;
const BAD_DEBT: u32 = 1;

fn submit(s: &Scene, requests: &[Request]) -> Result<Val, CallError> {
    s.vault.as_owner("owner_submit", (batch(s, requests),))
}

fn batch(s: &Scene, requests: &[Request]) -> Vec<Request> {
    Vec::from_iter(s.chain().env(), requests.iter().cloned())
}

/// What the pool may still take of an asset.
fn allowance(s: &Scene, asset: &Address) -> i128 {
    let args = (&s.vault.address, s.system.market.pool.address());
    s.chain().view(asset, "allowance", args).unwrap()
}

#[test]
fn owner_submit_succeeds_when_the_owner_signs() {
    let s = Scene::new();
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), 3 * AMOUNT)
        .unwrap();
    let requests = [
        request(SUPPLY, s.usdc(), AMOUNT),
        request(REPAY, s.usdc(), AMOUNT),
    ];
    submit(&s, &requests).unwrap();

    // One signature over the call's own arguments; everything below is the vault's.
    s.assert_authorized_by(s.owner(), "owner_submit", (batch(&s, &requests),));
    let event = s.event("submitted");
    assert_eq!(&event.topic::<Address>(1), s.owner());
    assert_eq!(
        event.field::<Vec<Request>>("requests"),
        batch(&s, &requests)
    );
    assert_eq!(s.shares(), (COLLATERAL, DEBT - AMOUNT));
    assert_eq!(s.balances(&s.vault.address), (0, AMOUNT));
    assert_eq!(allowance(&s, s.usdc()), 0);

    // What is only lent comes back, and is no collateral meanwhile.
    submit(&s, &[request(WITHDRAW, s.usdc(), i128::MAX)]).unwrap();
    let idle = s.balances(&s.vault.address).1;
    assert!((2 * AMOUNT - 2..=2 * AMOUNT).contains(&idle), "{idle}");
}

#[test]
fn owner_submit_fails_when_anybody_else_signs() {
    let s = Scene::new();
    let requests = batch(&s, &[request(BORROW, s.usdc(), ONE)]);
    for account in [&s.keeper, &s.thief, &s.system.admin] {
        let args = (requests.clone(),);
        let done = s
            .chain()
            .call_as(account, &s.vault.address, "owner_submit", args, &[]);
        assert_unauthorized(done);
    }
}

#[test]
fn owner_submit_moves_collateral_and_debt() {
    let s = Scene::new();
    submit(&s, &[request(WITHDRAW_COLLATERAL, s.xlm(), AMOUNT)]).unwrap();
    assert_eq!(s.balances(&s.vault.address), (AMOUNT, 0));
    submit(&s, &[request(SUPPLY_COLLATERAL, s.xlm(), AMOUNT)]).unwrap();
    assert_eq!(s.balances(&s.vault.address), (0, 0));
    assert_eq!(s.shares(), (COLLATERAL, DEBT));
    submit(&s, &[request(BORROW, s.usdc(), AMOUNT)]).unwrap();
    assert_eq!(s.shares(), (COLLATERAL, DEBT + AMOUNT));
    // The pool keeps what is owed, and may take no more afterwards.
    s.vault.fund_reserve(&s.keeper, s.usdc(), DEBT).unwrap();
    let owed = s.debt();
    submit(&s, &[request(REPAY, s.usdc(), DEBT + AMOUNT)]).unwrap();
    assert_eq!(s.shares(), (COLLATERAL, 0));
    assert_eq!(s.balances(&s.vault.address), (0, DEBT + AMOUNT - owed));
    assert_eq!(allowance(&s, s.usdc()), 0);
    let to = s.stranger("bank");
    let args = (s.usdc(), to.address());
    s.vault.as_owner("sweep", args).unwrap();
    assert_eq!(s.balances(to.address()).1, DEBT + AMOUNT - owed);
}

#[test]
fn owner_submit_nets_what_the_pool_takes_against_what_it_pays() {
    let s = Scene::new();
    s.system.market.usdc.fund(&s.vault.owner, AMOUNT);
    s.vault.deposit(s.usdc(), AMOUNT).unwrap();
    assert_eq!(s.balances(&s.vault.address), (0, 0));
    // Nothing idle: the collateral in USDC repays the debt in USDC.
    let requests = [
        request(WITHDRAW_COLLATERAL, s.usdc(), AMOUNT / 2),
        request(REPAY, s.usdc(), AMOUNT / 2),
    ];
    submit(&s, &requests).unwrap();
    assert_eq!(s.balances(&s.vault.address), (0, 0));
    assert_eq!(allowance(&s, s.usdc()), 0);
    assert_eq!(s.shares().1, DEBT - AMOUNT / 2);
}

#[test]
fn owner_submit_fails_when_idle_balances_do_not_suffice() {
    let s = Scene::new();
    for requests in [
        [request(REPAY, s.usdc(), ONE)],
        [request(SUPPLY_COLLATERAL, s.xlm(), ONE)],
    ] {
        s.assert_refuses(VaultError::PoolRefused, || submit(&s, &requests));
    }
}

#[test]
fn owner_submit_fails_when_an_amount_that_the_pool_takes_is_not_positive() {
    let s = Scene::new();
    s.vault.fund_reserve(&s.keeper, s.usdc(), AMOUNT).unwrap();
    for kind in [SUPPLY, SUPPLY_COLLATERAL, REPAY] {
        for amount in [0, -1, i128::MIN] {
            let requests = [request(kind, s.usdc(), amount)];
            s.assert_refuses(VaultError::InvalidAmount, || submit(&s, &requests));
        }
        // Sums beyond 128 bits are more than anybody has.
        let requests = [(); 2].map(|()| request(kind, s.usdc(), i128::MAX));
        assert!(submit(&s, &requests).is_err());
    }
    assert_eq!(allowance(&s, s.usdc()), 0);
}

#[test]
fn owner_submit_fails_for_what_the_pool_or_a_vault_does_not_know() {
    let s = Scene::new();
    let backstop = s.system.market.blend.backstop();
    s.assert_refuses(VaultError::RequestUnsupported, || {
        submit(&s, &[request(FILL_INTEREST, backstop, 100)])
    });
    s.assert_refuses(VaultError::PoolRefused, || {
        submit(&s, &[request(10, s.usdc(), ONE)])
    });
    let blnd = s.system.market.blend.blnd().address().clone();
    s.assert_refuses(VaultError::PoolRefused, || {
        submit(&s, &[request(BORROW, &blnd, ONE)])
    });
    // Nobody's auction.
    s.assert_refuses(VaultError::PoolRefused, || {
        submit(&s, &[request(FILL_LIQUIDATION, s.keeper.address(), 100)])
    });
}

#[test]
fn owner_submit_fails_when_it_would_trigger_the_vault_unless_automation_is_off() {
    let s = Scene::new();
    // From a risk ratio of 73% to 94%.
    let requests = [request(BORROW, s.usdc(), DEBT * 29 / 100)];
    s.assert_refuses(VaultError::WouldTriggerNow, || submit(&s, &requests));
    s.vault.as_owner("set_automation", (false,)).unwrap();
    submit(&s, &requests).unwrap();
    assert!(s.risk_e7() > 9_300_000);
    s.assert_refuses(VaultError::PoolUnhealthy, || {
        submit(&s, &[request(BORROW, s.usdc(), DEBT)])
    });
}

#[test]
fn owner_submit_tells_a_dead_oracle_and_repays_all_the_same() {
    let s = Scene::new();
    s.vault.fund_reserve(&s.keeper, s.usdc(), AMOUNT).unwrap();
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || {
        submit(&s, &[request(BORROW, s.usdc(), ONE)])
    });
    let repay = [request(REPAY, s.usdc(), AMOUNT)];
    s.assert_refuses(VaultError::PriceMissing, || submit(&s, &repay));
    s.vault.as_owner("set_automation", (false,)).unwrap();
    submit(&s, &repay).unwrap();
    assert_eq!(s.shares(), (COLLATERAL, DEBT - AMOUNT));
}

#[test]
fn owner_submit_remembers_what_enters_the_position() {
    let trio = Trio::new(|_| {}, COLLATERAL, DEBT);
    let s = &trio.scene;
    s.vault
        .fund_reserve(&s.keeper, trio.eurc(), 2 * AMOUNT)
        .unwrap();
    // Lent only: no part of the position.
    submit(s, &[request(SUPPLY, trio.eurc(), AMOUNT)]).unwrap();
    assert!(!s.vault.state().assets.contains_key(2));
    let risk_e7 = s.risk_e7();
    submit(s, &[request(SUPPLY_COLLATERAL, trio.eurc(), AMOUNT)]).unwrap();
    let entry = s.vault.state().assets.get(2).unwrap();
    assert_eq!(&entry.asset, trio.eurc());
    assert_eq!(
        (entry.accepted_collateral_e7, entry.accepted_liability_e7),
        (0_9000000, 0_9000000)
    );
    assert!(s.risk_e7() < risk_e7);

    let trio = Trio::new(|_| {}, COLLATERAL, DEBT);
    let s = &trio.scene;
    let risk_e7 = s.risk_e7();
    submit(s, &[request(BORROW, trio.eurc(), AMOUNT)]).unwrap();
    assert_eq!(&s.vault.state().assets.get(2).unwrap().asset, trio.eurc());
    assert!(s.risk_e7() > risk_e7);
    // A step repays it.
    trio.hold_prices(2_750, 11_000);
    let quote = s.vault.quote_fill().unwrap();
    assert!(quote.step.sell > 0);
}

/// The vault takes over another's collateral and debt, and steps know them.
#[test]
fn owner_submit_fills_liquidations_of_others() {
    let s = Scene::with_position(COLLATERAL, 0);
    let market = &s.system.market;
    let bare = market.borrower("bare", COLLATERAL, DEBT);
    s.hold_price(2_600);
    let opened = (1..=100).find(|percent| {
        let (bid, lot) = ([s.usdc()], [s.xlm()]);
        let pool = &market.pool;
        pool.new_auction(bare.address(), &bid, &lot, *percent)
            .is_ok()
    });
    assert!(opened.is_some(), "it is liquidatable");
    s.chain().advance_ledgers(200);
    market.set_price(USD * 2_600 / 10_000);
    assert!(!s.vault.state().assets.contains_key(1));
    submit(&s, &[request(FILL_LIQUIDATION, bare.address(), 100)]).unwrap();

    let (held, owed) = s.shares();
    assert!(held > COLLATERAL && owed > DEBT / 20, "{held} {owed}");
    assert_eq!(&s.vault.state().assets.get(1).unwrap().asset, s.usdc());
    let risk_e7 = s.risk_e7();
    assert!((100_000..9_300_000).contains(&risk_e7), "{risk_e7}");
    assert_eq!(s.balances(&s.vault.address), (0, 0));

    // Anybody's step unwinds the debt that came this way.
    s.hold_price(2_600 * risk_e7 / 9_500_000);
    let step = s.vault.quote_fill().unwrap().step;
    s.fill(step.min_proceeds, step.sell).unwrap();
}

#[test]
fn owner_submit_fills_bad_debt() {
    let s = Scene::with_position(COLLATERAL, 0);
    let market = &s.system.market;
    let (pool, backstop) = (&market.pool, market.blend.backstop());
    let bare = market.borrower("bare", COLLATERAL / 10, DEBT / 10);
    // So deep that nobody takes the lot for the whole bid: what the fill leaves is bad debt.
    s.hold_price(1_000);
    pool.new_auction(bare.address(), &[s.usdc()], &[s.xlm()], 100)
        .expect("it is liquidatable");
    s.chain().advance_ledgers(300);
    market.set_price(USD / 10);
    pool.deposit(&s.liquidator, s.xlm(), 1_000_000 * ONE)
        .unwrap();
    pool.fill_auction(&s.liquidator, bare.address(), 100, &[])
        .expect("the liquidator fills");
    let token: Address = s.chain().view(backstop, "backstop_token", ()).unwrap();
    let one = |asset: &Address| Vec::from_array(s.chain().env(), [asset.clone()]);
    let args = (BAD_DEBT, backstop, one(s.usdc()), one(&token), 100u32);
    s.chain()
        .call(pool.address(), "new_auction", args, &[])
        .expect("the backstop has bad debt");
    s.chain().advance_ledgers(200);
    market.set_price(USD / 10);

    submit(&s, &[request(FILL_BAD_DEBT, backstop, 100)]).unwrap();
    assert!(s.shares().1 > 0);
    assert!(s.vault.state().assets.contains_key(1));
    // Paid in the backstop's token, which the owner sweeps.
    let balance =
        |holder: &Address| -> i128 { s.chain().view(&token, "balance", (holder,)).unwrap() };
    let paid = balance(&s.vault.address);
    assert!(paid > 0);
    s.vault.as_owner("sweep", (&token, s.owner())).unwrap();
    assert_eq!(balance(s.owner()), paid);
}

#[test]
fn owner_submit_deletes_the_auction_only_where_the_batch_says_so() {
    let s = Scene::new();
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), 6 * AMOUNT)
        .unwrap();
    s.fall_into_auction();
    let repay = request(REPAY, s.usdc(), 5 * AMOUNT);
    let delete = request(DELETE_LIQUIDATION, &s.vault.address, 0);
    s.assert_refuses(VaultError::AuctionOpen, || {
        submit(&s, std::slice::from_ref(&repay))
    });
    s.assert_refuses(VaultError::PoolUnhealthy, || {
        submit(&s, std::slice::from_ref(&delete))
    });
    submit(&s, &[delete, repay]).unwrap();
    assert!(!s.in_auction());
    assert_eq!(s.balances(&s.vault.address).1, AMOUNT);
    assert_eq!(allowance(&s, s.usdc()), 0);
}
