//! `clear_stale_auction`.

use crate::support::Scene;
use ballast_chain::blend::status;
use ballast_chain::CallError;
use ballast_interfaces::error::VaultError;
use soroban_sdk::Val;

/// In a transaction that nobody has signed for.
fn clear(s: &Scene) -> Result<Val, CallError> {
    s.chain()
        .call(&s.vault.address, "clear_stale_auction", (), &[])
}

fn start_ledger(s: &Scene) -> u32 {
    let auction = s.system.market.pool.auction(&s.vault.address);
    auction.expect("an auction is open").block
}

#[test]
fn clear_stale_auction_succeeds_when_the_position_is_healthy_again() {
    let s = Scene::new();
    s.fall_into_auction();
    let start = start_ledger(&s);
    s.hold_price(2_800);
    let shares = s.shares();
    clear(&s).unwrap();
    assert!(s.chain().last_authorizations().is_empty());
    let event = s.event("auction_cleared");
    assert_eq!(event.field::<u32>("start_ledger"), start);
    assert!(!s.in_auction());
    assert_eq!(s.shares(), shares);
}

#[test]
fn clear_stale_auction_succeeds_from_500_ledgers_on_when_the_position_is_not_healthy() {
    let s = Scene::new();
    s.fall_into_auction();
    let start = start_ledger(&s);
    s.chain()
        .advance_ledgers(start + 499 - s.chain().sequence());
    s.system
        .market
        .set_price(ballast_chain::market::USD * 26 / 100);
    s.assert_refuses(VaultError::PoolUnhealthy, || clear(&s));
    s.chain().advance_ledgers(1);
    clear(&s).unwrap();
    assert_eq!(
        s.event("auction_cleared").field::<u32>("start_ledger"),
        start
    );
    assert!(!s.in_auction());
}

#[test]
fn clear_stale_auction_needs_neither_pool_status_nor_oracle_when_it_is_stale() {
    let s = Scene::new();
    s.fall_into_auction();
    s.chain().advance_ledgers(500);
    s.kill_oracle();
    s.system.market.pool.set_status(status::ADMIN_ON_ICE);
    clear(&s).unwrap();
    assert!(!s.in_auction());
}

#[test]
fn clear_stale_auction_fails_when_no_auction_is_open() {
    let s = Scene::new();
    s.assert_refuses(VaultError::NoAuction, || clear(&s));
}

#[test]
fn clear_stale_auction_fails_when_the_position_still_deserves_it() {
    let s = Scene::new();
    s.fall_into_auction();
    s.assert_refuses(VaultError::PoolUnhealthy, || clear(&s));
}

#[test]
fn clear_stale_auction_fails_when_the_pool_is_on_ice() {
    let s = Scene::new();
    s.fall_into_auction();
    s.hold_price(3_600);
    s.system.market.pool.set_status(status::ADMIN_ON_ICE);
    s.assert_refuses(VaultError::PoolStatusForbids, || clear(&s));
}

#[test]
fn clear_stale_auction_fails_when_the_oracle_is_dead() {
    let s = Scene::new();
    s.fall_into_auction();
    s.hold_price(3_600);
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || clear(&s));
}

#[test]
fn clear_stale_auction_restarts_the_clock_when_the_price_falls_again() {
    let s = Scene::new();
    s.fall_into_auction();
    let first_start = start_ledger(&s);
    s.chain().advance_ledgers(100);
    s.hold_price(3_600);
    clear(&s).unwrap();
    s.fall_into_auction();
    assert!(start_ledger(&s) > first_start + 100);
}
