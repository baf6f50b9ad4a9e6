//! `deposit`.

use crate::support::{assert_unauthorized, Scene, COLLATERAL, DEBT};
use ballast_chain::blend::status;
use ballast_chain::market::{ONE, USD};
use ballast_chain::Invocation;
use ballast_interfaces::error::VaultError;
use soroban_sdk::Address;

const AMOUNT: i128 = 1_000 * ONE;

#[test]
fn deposit_succeeds_when_the_owner_signs_with_the_transfer_below() {
    let s = Scene::new();
    let (owner_xlm, _) = s.balances(s.owner());
    let (b_tokens, d_tokens) = s.shares();
    s.vault.deposit(s.xlm(), AMOUNT).unwrap();

    let transfer = Invocation::transfer(s.xlm(), s.owner(), &s.vault.address, AMOUNT);
    let tree = Invocation::new(&s.vault.address, "deposit", (s.xlm(), AMOUNT)).with(transfer);
    s.assert_authorized(&[(s.owner(), tree)]);
    let event = s.event("deposited");
    assert_eq!(&event.topic::<Address>(1), s.owner());
    assert_eq!(&event.field::<Address>("asset"), s.xlm());
    assert_eq!(event.field::<i128>("amount"), AMOUNT);
    // No ledger has closed since the first deposit: one b-token is one stroop.
    assert_eq!(s.shares(), (b_tokens + AMOUNT, d_tokens));
    assert_eq!(s.balances(s.owner()).0, owner_xlm - AMOUNT);
    assert_eq!(s.balances(&s.vault.address), (0, 0));
}

#[test]
fn deposit_remembers_the_asset_with_the_factors_of_the_moment() {
    let s = Scene::new();
    let asset = |index| s.vault.state().assets.get(index);
    let xlm = asset(0).unwrap();
    assert_eq!(&xlm.asset, s.xlm());
    assert_eq!(xlm.accepted_collateral_e7, 0_7500000);
    assert_eq!(xlm.accepted_liability_e7, 0_7500000);
    assert_eq!(s.vault.state().assets.len(), 2);

    // Another deposit accepts nothing anew.
    s.change_reserve(s.xlm(), |config| config.c_factor = 0_7000000);
    s.vault.deposit(s.xlm(), AMOUNT).unwrap();
    assert_eq!(asset(0).unwrap(), xlm);
}

#[test]
fn deposit_fails_when_the_amount_is_not_positive() {
    let s = Scene::new();
    for amount in [0, -1, i128::MIN] {
        s.assert_refuses(VaultError::InvalidAmount, || {
            s.vault.deposit(s.xlm(), amount)
        });
    }
}

#[test]
fn deposit_fails_when_the_asset_is_no_reserve() {
    let s = Scene::new();
    let blnd = s.system.market.blend.blnd().clone();
    blnd.fund(&s.vault.owner, AMOUNT);
    s.assert_refuses(VaultError::UnknownAsset, || {
        s.vault.deposit(blnd.address(), AMOUNT)
    });
    s.assert_refuses(VaultError::UnknownAsset, || {
        s.vault.deposit(s.owner(), AMOUNT)
    });
}

#[test]
fn deposit_fails_when_anybody_else_signs() {
    let s = Scene::new();
    let transfer = Invocation::transfer(s.xlm(), s.thief.address(), &s.vault.address, AMOUNT);
    assert_unauthorized(s.chain().call_as(
        &s.thief,
        &s.vault.address,
        "deposit",
        (s.xlm(), AMOUNT),
        &[transfer],
    ));
    // The owner's signature without the transfer is not enough either.
    let deposit = s.vault.as_owner("deposit", (s.xlm(), AMOUNT));
    assert!(deposit.is_err());
    assert_eq!(s.shares().0, COLLATERAL);
}

#[test]
fn deposit_fails_when_the_pool_is_frozen_and_succeeds_on_ice() {
    let s = Scene::new();
    s.system.market.pool.set_status(status::ADMIN_ON_ICE);
    s.vault.deposit(s.xlm(), AMOUNT).unwrap();
    s.system.market.pool.set_status(status::ADMIN_FROZEN);
    s.assert_refuses(VaultError::PoolStatusForbids, || {
        s.vault.deposit(s.xlm(), AMOUNT)
    });
}

#[test]
fn deposit_fails_when_the_supply_cap_is_reached() {
    let s = Scene::new();
    s.change_reserve(s.xlm(), |config| config.supply_cap = 10_000_000 * ONE);
    s.assert_refuses(VaultError::PoolSupplyCap, || {
        s.vault.deposit(s.xlm(), AMOUNT)
    });
}

#[test]
fn deposit_fails_when_the_reserve_is_disabled() {
    let s = Scene::new();
    s.change_reserve(s.xlm(), |config| config.enabled = false);
    s.assert_refuses(VaultError::PoolReserveDisabled, || {
        s.vault.deposit(s.xlm(), AMOUNT)
    });
}

#[test]
fn deposit_fails_when_the_pool_allows_no_more_positions() {
    let s = Scene::new();
    s.change_limits(2, 0);
    s.assert_refuses(VaultError::PoolMaxPositions, || {
        s.vault.deposit(s.usdc(), AMOUNT)
    });
    s.vault.deposit(s.xlm(), AMOUNT).unwrap();
}

#[test]
fn deposit_fails_when_it_buys_no_share() {
    let s = Scene::new();
    // Somebody pays interest on XLM for a month: a b-token is worth more than a stroop.
    let market = &s.system.market;
    let whale = market.trader("whale", 0, 5_000_000 * ONE);
    market
        .pool
        .deposit(&whale, s.usdc(), 5_000_000 * ONE)
        .unwrap();
    market
        .pool
        .borrow(&whale, s.xlm(), 1_000_000 * ONE)
        .unwrap();
    s.chain().advance_seconds(30 * 86_400);
    market.set_price(USD * 36 / 100);
    assert!(market.pool.reserve(s.xlm()).data.b_rate > 10_i128.pow(12));
    s.assert_refuses(VaultError::PoolRefused, || s.vault.deposit(s.xlm(), 1));
}

#[test]
fn deposit_deletes_an_open_auction_when_it_heals_the_position() {
    let s = Scene::new();
    s.fall_into_auction();
    s.assert_refuses(VaultError::PoolUnhealthy, || s.vault.deposit(s.xlm(), ONE));
    assert!(s.in_auction());
    s.vault.deposit(s.xlm(), 10 * AMOUNT).unwrap();
    assert!(!s.in_auction());
    assert!(s.risk_e7() < 9_500_000);
    assert!(s.debt() >= DEBT);
}

#[test]
fn deposit_fails_when_an_auction_is_open_and_the_pool_on_ice() {
    let s = Scene::new();
    s.fall_into_auction();
    s.system.market.pool.set_status(status::ADMIN_ON_ICE);
    s.assert_refuses(VaultError::PoolStatusForbids, || {
        s.vault.deposit(s.xlm(), 10 * AMOUNT)
    });
}

#[test]
fn deposit_needs_the_oracle_only_when_an_auction_is_open() {
    let s = Scene::new();
    s.kill_oracle();
    s.vault.deposit(s.xlm(), AMOUNT).unwrap();
    s.system.market.oracle.set_dead(false);
    s.fall_into_auction();
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || {
        s.vault.deposit(s.xlm(), 10 * AMOUNT)
    });
}
