//! `borrow`.

use crate::support::{assert_unauthorized, Scene, COLLATERAL, DEBT};
use ballast_chain::blend::status;
use ballast_chain::market::{ONE, USD};
use ballast_chain::{Override, PriceData};
use ballast_interfaces::error::VaultError;
use soroban_sdk::Address;

const AMOUNT: i128 = 1_000 * ONE;

#[test]
fn borrow_succeeds_when_the_owner_signs() {
    let s = Scene::new();
    let to = s.stranger("shop");
    s.vault.borrow(s.usdc(), AMOUNT, to.address()).unwrap();

    s.assert_authorized_by(s.owner(), "borrow", (s.usdc(), AMOUNT, to.address()));
    let event = s.event("borrowed");
    assert_eq!(&event.topic::<Address>(1), s.owner());
    assert_eq!(&event.field::<Address>("asset"), s.usdc());
    assert_eq!(event.field::<i128>("amount"), AMOUNT);
    assert_eq!(&event.field::<Address>("to"), to.address());
    assert_eq!(s.balances(to.address()).1, AMOUNT);
    assert_eq!(s.shares(), (COLLATERAL, DEBT + AMOUNT));
    assert_eq!(s.balances(&s.vault.address), (0, 0));
}

#[test]
fn borrow_remembers_the_asset() {
    let s = Scene::with_position(COLLATERAL, 0);
    assert!(!s.vault.state().assets.contains_key(1));
    s.vault.borrow(s.usdc(), AMOUNT, s.owner()).unwrap();
    let entry = s.vault.state().assets.get(1).unwrap();
    assert_eq!(&entry.asset, s.usdc());
    assert_eq!(entry.accepted_liability_e7, 0_9500000);
}

#[test]
fn borrow_fails_when_the_amount_is_not_positive() {
    let s = Scene::new();
    for amount in [0, -1] {
        s.assert_refuses(VaultError::InvalidAmount, || {
            s.vault.borrow(s.usdc(), amount, s.owner())
        });
    }
}

#[test]
fn borrow_fails_when_the_asset_is_no_reserve() {
    let s = Scene::new();
    let blnd = s.system.market.blend.blnd().address().clone();
    s.assert_refuses(VaultError::UnknownAsset, || {
        s.vault.borrow(&blnd, AMOUNT, s.owner())
    });
}

#[test]
fn borrow_fails_when_anybody_else_signs() {
    let s = Scene::new();
    let args = (s.usdc(), AMOUNT, s.thief.address());
    assert_unauthorized(
        s.chain()
            .call_as(&s.thief, &s.vault.address, "borrow", args, &[]),
    );
    assert_unauthorized(s.call_unsigned("borrow", args));
}

#[test]
fn borrow_fails_when_it_would_end_at_soft_or_above() {
    let s = Scene::new();
    // The collateral base is 37,530 dollars, of which 93% * 0.95 may be owed.
    let most = COLLATERAL * 36 / 100 * 75 / 100 * 93 / 100 * 95 / 100 - DEBT;
    s.assert_refuses(VaultError::WouldTriggerNow, || {
        s.vault.borrow(s.usdc(), most, s.owner())
    });
    s.vault.borrow(s.usdc(), most - ONE, s.owner()).unwrap();
    assert!((9_299_000..9_300_000).contains(&s.risk_e7()));
}

#[test]
fn borrow_fails_when_the_pool_finds_it_unhealthy() {
    let s = Scene::new();
    s.assert_refuses(VaultError::PoolUnhealthy, || {
        s.vault.borrow(s.usdc(), 10_000 * ONE, s.owner())
    });
    s.vault.as_owner("set_automation", (false,)).unwrap();
    s.vault.borrow(s.usdc(), 9_600 * ONE, s.owner()).unwrap();
    assert!(s.risk_e7() > 9_900_000);
}

#[test]
fn borrow_fails_when_the_pool_has_nothing_left_to_lend() {
    let s = Scene::new();
    // 90% of 5M USDC may be lent.
    let whale = s.system.market.trader("whale", 30_000_000 * ONE, 0);
    let pool = &s.system.market.pool;
    pool.deposit(&whale, s.xlm(), 30_000_000 * ONE).unwrap();
    pool.borrow(&whale, s.usdc(), 4_473_900 * ONE).unwrap();
    s.vault.borrow(s.usdc(), 50 * ONE, s.owner()).unwrap();
    s.assert_refuses(VaultError::NoPoolLiquidity, || {
        s.vault.borrow(s.usdc(), AMOUNT, s.owner())
    });
}

#[test]
fn borrow_fails_when_the_pool_is_on_ice_or_frozen() {
    let s = Scene::new();
    for status in [status::ADMIN_ON_ICE, status::ADMIN_FROZEN] {
        s.system.market.pool.set_status(status);
        s.assert_refuses(VaultError::PoolStatusForbids, || {
            s.vault.borrow(s.usdc(), AMOUNT, s.owner())
        });
    }
}

#[test]
fn borrow_fails_when_the_collateral_is_under_the_pools_minimum() {
    let s = Scene::with_position(COLLATERAL, 0);
    s.change_limits(8, 37_531 * USD);
    s.assert_refuses(VaultError::PoolMinCollateral, || {
        s.vault.borrow(s.usdc(), AMOUNT, s.owner())
    });
    s.vault.deposit(s.xlm(), 4 * ONE).unwrap();
    s.vault.borrow(s.usdc(), AMOUNT, s.owner()).unwrap();
}

#[test]
fn borrow_fails_when_the_pool_allows_no_more_positions() {
    let s = Scene::new();
    s.change_limits(2, 0);
    s.assert_refuses(VaultError::PoolMaxPositions, || {
        s.vault.borrow(s.xlm(), AMOUNT, s.owner())
    });
}

#[test]
fn borrow_fails_when_the_reserve_is_disabled() {
    let s = Scene::new();
    s.change_reserve(s.usdc(), |config| config.enabled = false);
    s.assert_refuses(VaultError::PoolReserveDisabled, || {
        s.vault.borrow(s.usdc(), AMOUNT, s.owner())
    });
}

#[test]
fn borrow_fails_when_an_auction_is_open() {
    let s = Scene::new();
    s.fall_into_auction();
    s.hold_price(3_600);
    s.assert_refuses(VaultError::AuctionOpen, || {
        s.vault.borrow(s.usdc(), AMOUNT, s.owner())
    });
}

#[test]
fn borrow_fails_when_the_price_is_missing_too_old_or_zero() {
    let s = Scene::new();
    let borrow = || s.vault.borrow(s.usdc(), AMOUNT, s.owner());
    let oracle = &s.system.market.oracle;
    let fixed = |price, age_seconds: u64| {
        let timestamp = s.chain().timestamp() - age_seconds;
        oracle.set_override(s.xlm(), Override::Fixed(PriceData { price, timestamp }));
    };
    fixed(USD * 36 / 100, 86_401);
    s.assert_refuses(VaultError::PoolPriceInvalid, borrow);
    fixed(0, 0);
    s.assert_refuses(VaultError::PoolPriceInvalid, borrow);
    oracle.set_override(s.xlm(), Override::Absent);
    s.assert_refuses(VaultError::PriceMissing, borrow);
    oracle.set_override(s.xlm(), Override::Off);
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, borrow);
    // Too old to sell by is not too old for the owner.
    oracle.set_dead(false);
    fixed(USD * 36 / 100, 901);
    borrow().unwrap();
}

#[test]
fn borrow_pays_elsewhere_when_the_owners_trustline_is_frozen() {
    let s = Scene::new();
    s.system.market.usdc.freeze(s.owner());
    s.assert_refuses(VaultError::PoolRefused, || {
        s.vault.borrow(s.usdc(), AMOUNT, s.owner())
    });
    let shop = s.stranger("shop");
    s.vault.borrow(s.usdc(), AMOUNT, shop.address()).unwrap();
    assert_eq!(s.balances(shop.address()).1, AMOUNT);
}
