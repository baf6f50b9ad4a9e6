//! The vault's own views, and the lens's `position` and `health`. Quotes are in `quotes`.

use crate::support::{assert_code, assert_vault_error, Scene, Trio, COLLATERAL, DEBT};
use ballast_chain::market::{ONE, USD};
use ballast_chain::{Override, PriceData};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::lens::{FactorChange, Health, PositionLeg};
use ballast_interfaces::vault::Links;
use soroban_sdk::{Address, Vec};

#[test]
fn state_shows_what_the_vault_was_built_for() {
    let s = Scene::new();
    let state = s.vault.state();
    assert_eq!(&state.owner, s.owner());
    let expected = Links {
        pool: s.system.market.pool.address().clone(),
        oracle: s.system.market.oracle.address().clone(),
        price_scalar: USD,
        resolution_seconds: 300,
        receiver: s.system.receiver.clone(),
        factory: s.system.factory.clone(),
    };
    assert_eq!(state.links, expected);
    assert!(state.automation);
    assert_eq!(
        state.assets.keys(),
        Vec::from_array(s.chain().env(), [0, 1])
    );
    let pool: Address = s.chain().view(&s.vault.address, "pool", ()).unwrap();
    assert_eq!(pool, expected.pool);
}

#[test]
fn health_shows_the_position_to_the_last_digit() {
    let s = Scene::new();
    let expected = Health {
        // 26,000 / 0.95 over 139,000 * 0.36 * 0.75.
        risk_ratio_e7: 7_292_412,
        // 26,000 over 50,040.
        nominal_ltv_e7: 5_195_844,
        // 0.75 * 0.95, less what the liability rounds up.
        liquidation_ltv_e7: 7_124_999,
        soft_e7: 9_300_000,
        target_e7: 8_800_000,
        collateral_value: 50_040 * USD,
        debt_value: 26_000 * USD,
        // 0.2625...: where the risk ratio is 100%.
        liquidation_price: Some(26_252_682_064_941),
        auction_start_ledger: None,
        changed_factors: Vec::new(s.chain().env()),
    };
    assert_eq!(s.vault.health().unwrap(), expected);
}

#[test]
fn health_tells_the_price_at_which_the_pool_liquidates() {
    // Blend: the position does not deserve an auction; an auction of 1% is too small for it.
    const INVALID_LIQUIDATION: u32 = 1211;
    const TOO_SMALL: u32 = 1214;
    let s = Scene::new();
    let price = s.vault.health().unwrap().liquidation_price.unwrap();
    for (price, expected) in [(price, INVALID_LIQUIDATION), (price - 10_000, TOO_SMALL)] {
        s.system.market.set_price(price);
        let pool = &s.system.market.pool;
        let auction = pool.new_auction(&s.vault.address, &[s.usdc()], &[s.xlm()], 1);
        assert_code(auction, expected);
    }
}

#[test]
fn health_shows_zero_when_there_is_no_debt() {
    let s = Scene::with_position(COLLATERAL, 0);
    let health = s.vault.health().unwrap();
    assert_eq!((health.risk_ratio_e7, health.nominal_ltv_e7), (0, 0));
    assert_eq!((health.liquidation_ltv_e7, health.debt_value), (0, 0));
    assert_eq!(health.liquidation_price, None);
}

#[test]
fn health_shows_no_liquidation_price_when_there_are_several_assets() {
    let t = Trio::new(|_| {}, COLLATERAL, DEBT);
    assert!(t.scene.vault.health().unwrap().liquidation_price.is_some());
    t.scene.vault.deposit(t.eurc(), ONE).unwrap();
    let health = t.scene.vault.health().unwrap();
    assert_eq!(health.liquidation_price, None);
    assert_eq!(health.collateral_value, 50_040 * USD + USD * 11 / 10);
}

#[test]
fn health_shows_factors_that_changed_until_the_owner_accepts_them() {
    let s = Scene::new();
    s.change_reserve(s.xlm(), |config| {
        config.c_factor = 0_7000000;
        config.l_factor = 0_8000000;
    });
    let expected = FactorChange {
        asset: s.xlm().clone(),
        accepted_collateral_e7: 0_7500000,
        collateral_e7: 0_7000000,
        accepted_liability_e7: 0_7500000,
        liability_e7: 0_8000000,
    };
    let changed = s.vault.health().unwrap().changed_factors;
    assert_eq!(changed, Vec::from_array(s.chain().env(), [expected]));
}

#[test]
fn health_shows_the_open_auction() {
    let s = Scene::new();
    s.fall_into_auction();
    let start = s
        .system
        .market
        .pool
        .auction(&s.vault.address)
        .unwrap()
        .block;
    assert_eq!(s.vault.health().unwrap().auction_start_ledger, Some(start));
}

#[test]
fn health_fails_when_a_price_is_missing_stale_invalid_or_too_large() {
    let s = Scene::new();
    let oracle = &s.system.market.oracle;
    let fixed = |price, age_seconds| {
        let timestamp = s.chain().timestamp() - age_seconds;
        Override::Fixed(PriceData { price, timestamp })
    };
    for (value, expected) in [
        (Override::Absent, VaultError::PriceMissing),
        (fixed(USD, 901), VaultError::PriceStale),
        (fixed(0, 0), VaultError::InvalidPrice),
        (fixed(i128::MAX, 0), VaultError::Overflow),
    ] {
        oracle.set_override(s.xlm(), value);
        assert_vault_error(s.vault.health(), expected);
    }
    oracle.set_override(s.xlm(), fixed(USD, 900));
    s.vault.health().unwrap();
}

#[test]
fn position_shows_every_asset_with_its_reserve() {
    let s = Scene::new();
    s.vault.fund_reserve(&s.keeper, s.usdc(), 7 * ONE).unwrap();
    s.chain().advance_ledgers(1_000);
    let legs = s.vault.position().unwrap();
    let expected = [
        PositionLeg {
            asset: s.xlm().clone(),
            collateral: s.collateral(),
            debt: 0,
            reserve: 0,
        },
        PositionLeg {
            asset: s.usdc().clone(),
            collateral: 0,
            debt: s.debt(),
            reserve: 7 * ONE,
        },
    ];
    assert_eq!(legs, expected);
    assert!(s.debt() > DEBT);
}

#[test]
fn position_needs_no_oracle() {
    let s = Scene::new();
    s.kill_oracle();
    assert_eq!(s.vault.position().unwrap().len(), 2);
}
