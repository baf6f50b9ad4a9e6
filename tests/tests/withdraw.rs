//! `withdraw`.

use crate::support::{assert_unauthorized, Scene, COLLATERAL, DEBT};
use ballast_chain::blend::status;
use ballast_chain::market::{ONE, USD};
use ballast_chain::Override;
use ballast_interfaces::error::VaultError;
use soroban_sdk::Address;

const AMOUNT: i128 = 1_000 * ONE;

#[test]
fn withdraw_succeeds_when_the_owner_signs() {
    let s = Scene::new();
    let to = s.stranger("bank");
    let bank_xlm = s.balances(to.address()).0;
    s.vault.withdraw(s.xlm(), AMOUNT, to.address()).unwrap();

    s.assert_authorized_by(s.owner(), "withdraw", (s.xlm(), AMOUNT, to.address()));
    let event = s.event("withdrawn");
    assert_eq!(&event.topic::<Address>(1), s.owner());
    assert_eq!(&event.field::<Address>("asset"), s.xlm());
    assert_eq!(event.field::<i128>("amount"), AMOUNT);
    assert_eq!(&event.field::<Address>("to"), to.address());
    assert_eq!(s.balances(to.address()).0, bank_xlm + AMOUNT);
    assert_eq!(s.shares(), (COLLATERAL - AMOUNT, DEBT));
    assert_eq!(s.balances(&s.vault.address), (0, 0));
}

#[test]
fn withdraw_takes_everything_when_there_is_no_debt() {
    let s = Scene::with_position(COLLATERAL, 0);
    let before = s.balances(s.owner()).0;
    s.vault.withdraw(s.xlm(), i128::MAX, s.owner()).unwrap();
    assert_eq!(s.balances(s.owner()).0, before + COLLATERAL);
    assert_eq!(s.shares(), (0, 0));
}

#[test]
fn withdraw_fails_when_the_amount_is_not_positive() {
    let s = Scene::new();
    for amount in [0, -1] {
        s.assert_refuses(VaultError::InvalidAmount, || {
            s.vault.withdraw(s.xlm(), amount, s.owner())
        });
    }
}

#[test]
fn withdraw_fails_when_the_asset_is_no_reserve() {
    let s = Scene::new();
    let blnd = s.system.market.blend.blnd().address().clone();
    s.assert_refuses(VaultError::UnknownAsset, || {
        s.vault.withdraw(&blnd, AMOUNT, s.owner())
    });
}

#[test]
fn withdraw_fails_when_anybody_else_signs() {
    let s = Scene::new();
    let args = (s.xlm(), AMOUNT, s.thief.address());
    assert_unauthorized(
        s.chain()
            .call_as(&s.thief, &s.vault.address, "withdraw", args, &[]),
    );
    assert_unauthorized(s.call_unsigned("withdraw", args));
}

#[test]
fn withdraw_fails_when_it_would_end_at_soft_or_above() {
    let s = Scene::new();
    // At 0.36 the risk ratio is at soft with 26,000 / 0.95 / 0.93 / 0.36 / 0.75 XLM.
    let at_soft = DEBT * 10_000 / 9_500 * 10_000 / 9_300 * 100 / 36 * 100 / 75;
    let most = COLLATERAL - at_soft;
    s.assert_refuses(VaultError::WouldTriggerNow, || {
        s.vault.withdraw(s.xlm(), most + ONE, s.owner())
    });
    s.vault.withdraw(s.xlm(), most - ONE, s.owner()).unwrap();
    assert!((9_299_900..9_300_000).contains(&s.risk_e7()));
}

#[test]
fn withdraw_is_held_by_the_pool_alone_when_automation_is_off() {
    let s = Scene::new();
    s.vault.as_owner("set_automation", (false,)).unwrap();
    let at_limit = DEBT * 10_000 / 9_500 * 100 / 36 * 100 / 75;
    let most = COLLATERAL - at_limit;
    s.assert_refuses(VaultError::PoolUnhealthy, || {
        s.vault.withdraw(s.xlm(), most, s.owner())
    });
    s.vault
        .withdraw(s.xlm(), most - 10 * ONE, s.owner())
        .unwrap();
    assert!(s.risk_e7() > 9_990_000);
}

#[test]
fn withdraw_fails_when_it_leaves_less_than_the_pools_minimum() {
    let s = Scene::new();
    // The collateral base is 139,000 * 0.36 * 0.75 = 37,530 dollars.
    s.change_limits(8, 37_500 * USD);
    s.assert_refuses(VaultError::PoolMinCollateral, || {
        s.vault.withdraw(s.xlm(), AMOUNT, s.owner())
    });
    s.vault.withdraw(s.xlm(), 100 * ONE, s.owner()).unwrap();
}

#[test]
fn withdraw_fails_when_the_pool_has_nothing_left() {
    let s = Scene::new();
    s.drain_pool();
    s.assert_refuses(VaultError::NoPoolLiquidity, || {
        s.vault.withdraw(s.xlm(), AMOUNT, s.owner())
    });
}

#[test]
fn withdraw_fails_when_an_auction_is_open() {
    let s = Scene::new();
    s.fall_into_auction();
    s.hold_price(3_600);
    s.assert_refuses(VaultError::AuctionOpen, || {
        s.vault.withdraw(s.xlm(), AMOUNT, s.owner())
    });
}

#[test]
fn withdraw_succeeds_when_the_pool_is_frozen() {
    let s = Scene::new();
    s.system.market.pool.set_status(status::ADMIN_FROZEN);
    s.vault.withdraw(s.xlm(), AMOUNT, s.owner()).unwrap();
    assert_eq!(s.shares().0, COLLATERAL - AMOUNT);
}

#[test]
fn withdraw_needs_the_oracle_only_when_there_is_debt() {
    let s = Scene::new();
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || {
        s.vault.withdraw(s.xlm(), AMOUNT, s.owner())
    });
    let s = Scene::with_position(COLLATERAL, 0);
    s.kill_oracle();
    s.vault.withdraw(s.xlm(), AMOUNT, s.owner()).unwrap();
    assert_eq!(s.shares().0, COLLATERAL - AMOUNT);
}

#[test]
fn withdraw_fails_when_the_price_is_older_than_the_pool_allows() {
    let s = Scene::new();
    let fixed = |age_seconds| {
        let timestamp = s.chain().timestamp() - age_seconds;
        let price = USD * 36 / 100;
        let value = Override::Fixed(ballast_chain::PriceData { price, timestamp });
        s.system.market.oracle.set_override(s.xlm(), value);
    };
    fixed(86_400);
    s.vault.withdraw(s.xlm(), AMOUNT, s.owner()).unwrap();
    fixed(86_401);
    s.assert_refuses(VaultError::PoolPriceInvalid, || {
        s.vault.withdraw(s.xlm(), AMOUNT, s.owner())
    });
}

#[test]
fn withdraw_pays_elsewhere_when_the_owners_trustline_is_frozen() {
    let s = Scene::with_position(COLLATERAL, 0);
    s.system.market.usdc.fund(&s.vault.owner, AMOUNT);
    s.vault.deposit(s.usdc(), AMOUNT).unwrap();
    s.system.market.usdc.freeze(s.owner());
    s.assert_refuses(VaultError::PoolRefused, || {
        s.vault.withdraw(s.usdc(), AMOUNT, s.owner())
    });
    let bank = s.stranger("bank");
    s.vault.withdraw(s.usdc(), AMOUNT, bank.address()).unwrap();
    assert_eq!(s.balances(bank.address()).1, AMOUNT);
}
