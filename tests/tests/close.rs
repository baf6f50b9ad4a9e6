//! `close`.

use crate::support::{assert_unauthorized, deploy_code, swap, Scene, Trio, COLLATERAL, DEBT};
use ballast_chain::blend::status;
use ballast_chain::market::ONE;
use ballast_chain::{Account, CallError};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::{Path, Step};
use soroban_sdk::{Address, Val, Vec};

/// Sells for more than the whole debt at 0.36.
const SELL: i128 = 76_000 * ONE;
/// More than the debt with its interest.
const BID: i128 = DEBT + ONE;

fn close(s: &Scene, legs: &[Step], to: &Address) -> Result<Val, CallError> {
    let legs: Vec<Step> = Vec::from_iter(s.chain().env(), legs.iter().cloned());
    s.vault.as_owner("close", (legs, to))
}

/// An account of 5,000 XLM and no USDC that takes what the vault pays.
fn bank(s: &Scene) -> Account {
    let bank = s.stranger("bank");
    s.chain()
        .change_account(&bank.id(), |entry| entry.balance = 5_000 * ONE as i64);
    bank
}

#[test]
fn close_unwinds_everything_by_flash() {
    let s = Scene::new();
    s.chain().advance_ledgers(60);
    s.vault.fund_reserve(&s.keeper, s.xlm(), 3 * ONE).unwrap();
    let bank = bank(&s);
    let (held, owed) = (s.collateral(), s.debt());
    let amm = s.system.market.amm.reserves();
    let leg = s.system.step(Path::Flash, SELL, BID);
    close(&s, std::slice::from_ref(&leg), bank.address()).unwrap();

    let legs = Vec::from_array(s.chain().env(), [leg]);
    s.assert_authorized_by(s.owner(), "close", (legs, bank.address()));
    let event = s.event("closed");
    assert_eq!(&event.topic::<Address>(1), s.owner());
    assert_eq!(&event.field::<Address>("to"), bank.address());
    let step = s.event("step_executed");
    assert_eq!(step.field::<i128>("repaid"), owed);
    assert_eq!(step.field::<i128>("risk_after_e7"), 0);
    let swept: i128 = s
        .chain()
        .last_events_named("reserve_withdrawn")
        .iter()
        .filter(|event| &event.field::<Address>("asset") == s.usdc())
        .map(|event| event.field::<i128>("amount"))
        .sum();

    let proceeds = amm[1] - s.system.market.amm.reserves()[1];
    assert_eq!(s.shares(), (0, 0));
    assert_eq!(s.balances(&s.vault.address), (0, 0));
    let (xlm, usdc) = s.balances(bank.address());
    // Collateral shares round down by a few stroops, in the pool's favour.
    let expected = 5_000 * ONE + held - SELL + 3 * ONE;
    assert!((expected - 4..=expected).contains(&xlm), "{xlm} {expected}");
    assert_eq!(usdc, proceeds - owed);
    assert_eq!(swept, usdc);
    let args = (&s.vault.address, s.system.market.pool.address());
    let allowance: i128 = s.chain().view(s.usdc(), "allowance", args).unwrap();
    assert_eq!(allowance, 0);
}

#[test]
fn close_succeeds_without_legs_when_there_is_no_debt() {
    let s = Scene::with_position(COLLATERAL, 0);
    s.kill_oracle();
    s.system.market.pool.set_status(status::ADMIN_FROZEN);
    let bank = bank(&s);
    close(&s, &[], bank.address()).unwrap();
    assert_eq!(s.balances(bank.address()).0, COLLATERAL + 5_000 * ONE);
    assert_eq!(s.shares(), (0, 0));
}

#[test]
fn close_repays_from_the_reserve_what_the_legs_left() {
    let s = Scene::new();
    let sell = 40_000 * ONE;
    let bid = s.floor(sell, 500_000);
    let leg = s.system.step(Path::Flash, sell, bid);
    s.assert_refuses(VaultError::DebtRemains, || {
        close(&s, std::slice::from_ref(&leg), s.owner())
    });
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), DEBT - bid + ONE)
        .unwrap();
    let bank = bank(&s);
    close(&s, &[leg], bank.address()).unwrap();
    assert_eq!(s.shares(), (0, 0));
    assert_eq!(s.balances(&s.vault.address), (0, 0));
    assert!(s.balances(bank.address()).1 > ONE);
}

#[test]
fn close_fails_when_debt_remains() {
    let s = Scene::new();
    s.assert_refuses(VaultError::DebtRemains, || close(&s, &[], s.owner()));
    s.vault.fund_reserve(&s.keeper, s.usdc(), DEBT - 1).unwrap();
    s.assert_refuses(VaultError::DebtRemains, || close(&s, &[], s.owner()));
    s.vault.fund_reserve(&s.keeper, s.usdc(), 1).unwrap();
    close(&s, &[], s.owner()).unwrap();
    assert_eq!(s.shares(), (0, 0));
}

#[test]
fn close_leaves_an_open_auction() {
    for by_reserve in [false, true] {
        let s = Scene::new();
        s.fall_into_auction();
        let bank = bank(&s);
        if by_reserve {
            s.vault.fund_reserve(&s.keeper, s.usdc(), 2 * DEBT).unwrap();
            close(&s, &[], bank.address()).unwrap();
        } else {
            let sell = 110_000 * ONE;
            let leg = s.system.step(Path::Flash, sell, DEBT + 20 * ONE);
            close(&s, &[leg], bank.address()).unwrap();
            assert!(s.event("step_executed").field::<bool>("rescue"));
        }
        assert!(!s.in_auction());
        assert_eq!(s.shares(), (0, 0));
    }
}

#[test]
fn close_takes_two_legs_when_the_first_one_leaves_the_auction() {
    let s = Scene::new();
    s.fall_into_auction();
    let first = 40_000 * ONE;
    let first = s.system.step(Path::Flash, first, s.floor(first, 1_000_000));
    let second = s
        .system
        .step(Path::Flash, 80_000 * ONE, DEBT + ONE - first.min_proceeds);
    close(&s, &[first, second], s.owner()).unwrap();
    let steps = s.chain().last_events_named("step_executed");
    let rescues: std::vec::Vec<bool> = steps.iter().map(|step| step.field("rescue")).collect();
    assert_eq!(rescues, [true, false]);
    assert_eq!(s.shares(), (0, 0));
}

#[test]
fn close_fails_when_the_pool_is_on_ice_or_the_oracle_dead() {
    let s = Scene::new();
    let leg = s.system.step(Path::Flash, SELL, BID);
    s.system.market.pool.set_status(status::ADMIN_ON_ICE);
    s.assert_refuses(VaultError::PoolStatusForbids, || {
        close(&s, std::slice::from_ref(&leg), s.owner())
    });
    s.system.market.pool.set_status(status::ADMIN_ACTIVE);
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || close(&s, &[leg], s.owner()));
    // Without legs neither is needed.
    s.system.market.pool.set_status(status::ADMIN_FROZEN);
    s.vault.fund_reserve(&s.keeper, s.usdc(), 2 * DEBT).unwrap();
    close(&s, &[], s.owner()).unwrap();
    assert_eq!(s.shares(), (0, 0));
}

#[test]
fn close_fails_when_the_pool_has_no_liquidity() {
    let s = Scene::new();
    s.drain_pool();
    let leg = s.system.step(Path::Flash, SELL, BID);
    s.assert_refuses(VaultError::NoPoolLiquidity, || close(&s, &[leg], s.owner()));
    s.vault.fund_reserve(&s.keeper, s.usdc(), 2 * DEBT).unwrap();
    s.assert_refuses(VaultError::NoPoolLiquidity, || close(&s, &[], s.owner()));
}

#[test]
fn close_fails_when_an_adapter_is_forbidden_or_pays_too_little() {
    let s = Scene::new();
    let keeps_all = deploy_code(s.chain(), &s.thief, "keeps all", &[swap(vec![])]);
    let call = |adapter: &Address| {
        let mut leg = s.system.step(Path::Flash, SELL, BID);
        leg.adapter = adapter.clone();
        close(&s, &[leg], s.owner())
    };
    for adapter in [s.system.market.pool.address(), s.usdc()] {
        s.assert_refuses(VaultError::AdapterForbidden, || call(adapter));
    }
    // The pool finds nothing to take; where there is a reserve, the vault finds it spent.
    s.assert_refuses(VaultError::PoolRefused, || call(&keeps_all));
    s.vault.fund_reserve(&s.keeper, s.usdc(), 2 * DEBT).unwrap();
    s.assert_refuses(VaultError::ProceedsTooLow, || call(&keeps_all));
    // A venue that pays less than asked for fails inside of the pool's call.
    let leg = s.system.step(Path::Flash, SELL, 2 * DEBT);
    s.assert_refuses(VaultError::PoolRefused, || close(&s, &[leg], s.owner()));
}

#[test]
fn close_fails_when_anybody_else_signs() {
    let s = Scene::with_position(COLLATERAL, 0);
    let none: Vec<Step> = Vec::new(s.chain().env());
    let args = (none, s.thief.address());
    assert_unauthorized(
        s.chain()
            .call_as(&s.thief, &s.vault.address, "close", args, &[]),
    );
}

#[test]
fn close_pays_elsewhere_when_the_owners_trustline_is_frozen() {
    let s = Scene::new();
    s.system.market.usdc.freeze(s.owner());
    let leg = s.system.step(Path::Flash, SELL, BID);
    let before = s.chain().state_hash();
    assert!(close(&s, std::slice::from_ref(&leg), s.owner()).is_err());
    assert!(before == s.chain().state_hash());
    close(&s, &[leg], bank(&s).address()).unwrap();
    assert_eq!(s.shares(), (0, 0));
}

#[test]
fn close_unwinds_two_collaterals_and_two_debts() {
    let t = Trio::new(|_| {}, 100_000 * ONE, 10_000 * ONE);
    let s = &t.scene;
    s.vault.deposit(t.eurc(), 5_000 * ONE).unwrap();
    s.vault.borrow(s.xlm(), 10_000 * ONE, s.owner()).unwrap();
    let bank = bank(s);
    t.eurc.trust(&bank);
    let pool = &s.system.market.pool;
    let owed = pool.debt(&s.vault.address, s.xlm());
    let sold = s.system.step(Path::Flash, 32_000 * ONE, 10_001 * ONE);
    let netted = Step {
        debt: s.xlm().clone(),
        sell: owed,
        min_proceeds: owed,
        ..sold.clone()
    };
    close(s, &[sold, netted], bank.address()).unwrap();
    let positions = pool.positions(&s.vault.address);
    assert!(positions.collateral.is_empty() && positions.liabilities.is_empty());
    assert_eq!(t.eurc.balance(bank.address()), 5_000 * ONE);
    let xlm = s.balances(bank.address()).0;
    let expected = 5_000 * ONE + 100_000 * ONE - 32_000 * ONE - owed;
    assert!(
        (expected - 4..=expected + 4).contains(&xlm),
        "{xlm} {expected}"
    );
}

#[test]
fn close_fails_when_the_oracle_is_dead_and_one_of_two_debts_holds_the_auction() {
    let t = Trio::new(|_| {}, COLLATERAL, DEBT);
    let s = &t.scene;
    s.vault.borrow(t.eurc(), 100 * ONE, s.owner()).unwrap();
    t.hold_prices(2_500, 11_000);
    let (bid, lot) = ([s.usdc(), t.eurc()], [s.xlm()]);
    let pool = &s.system.market.pool;
    let opened = (1..=100).any(|percent| {
        pool.new_auction(&s.vault.address, &bid, &lot, percent)
            .is_ok()
    });
    assert!(opened);
    s.chain().advance_ledgers(1);
    s.system
        .market
        .usdc
        .mint(&s.vault.address, DEBT + 100 * ONE);
    t.eurc.mint(&s.vault.address, 101 * ONE);
    s.kill_oracle();
    // The first repayment leaves a debt, and the pool asks its oracle: not a refusal without a name.
    s.assert_refuses(VaultError::PriceMissing, || close(s, &[], s.owner()));
    s.system.market.oracle.set_dead(false);
    let bank = bank(s);
    t.eurc.trust(&bank);
    close(s, &[], bank.address()).unwrap();
    assert!(!s.in_auction());
}
