//! `repay`.

use crate::support::{assert_unauthorized, Scene, COLLATERAL, DEBT, WEALTH};
use ballast_chain::blend::status;
use ballast_chain::market::ONE;
use ballast_chain::{Account, Invocation, Override, PriceData};
use ballast_interfaces::error::VaultError;
use soroban_sdk::Address;

const AMOUNT: i128 = 1_000 * ONE;

#[test]
fn repay_succeeds_when_anybody_pays() {
    let s = Scene::new();
    let payer = &s.keeper;
    s.vault.repay(payer, s.usdc(), AMOUNT).unwrap();

    let transfer = Invocation::transfer(s.usdc(), payer.address(), &s.vault.address, AMOUNT);
    let args = (payer.address(), s.usdc(), AMOUNT);
    let tree = Invocation::new(&s.vault.address, "repay", args).with(transfer);
    s.assert_authorized(&[(payer.address(), tree)]);
    let event = s.event("repaid");
    assert_eq!(&event.topic::<Address>(1), payer.address());
    assert_eq!(&event.field::<Address>("asset"), s.usdc());
    assert_eq!(event.field::<i128>("amount"), AMOUNT);
    assert_eq!(s.balances(payer.address()).1, WEALTH - AMOUNT);
    assert_eq!(s.shares(), (COLLATERAL, DEBT - AMOUNT));
    assert_eq!(s.balances(&s.vault.address), (0, 0));
}

#[test]
fn repay_refunds_the_payer_when_it_exceeds_the_debt() {
    let s = Scene::new();
    s.chain().advance_ledgers(1_000);
    let owed = s.debt();
    assert!(owed > DEBT);
    s.vault.repay(&s.keeper, s.usdc(), 2 * DEBT).unwrap();
    assert_eq!(s.shares(), (COLLATERAL, 0));
    assert_eq!(s.balances(s.keeper.address()).1, WEALTH - owed);
    assert_eq!(s.balances(&s.vault.address), (0, 0));
    assert_eq!(s.balances(s.owner()).1, DEBT);
}

#[test]
fn repay_keeps_the_reserve_when_it_exceeds_the_debt() {
    let s = Scene::new();
    s.vault.fund_reserve(&s.keeper, s.usdc(), AMOUNT).unwrap();
    s.vault.repay(&s.keeper, s.usdc(), 2 * DEBT).unwrap();
    assert_eq!(s.balances(&s.vault.address), (0, AMOUNT));
}

#[test]
fn repay_fails_when_the_amount_is_not_positive() {
    let s = Scene::new();
    for amount in [0, -1] {
        s.assert_refuses(VaultError::InvalidAmount, || {
            s.vault.repay(&s.keeper, s.usdc(), amount)
        });
    }
}

#[test]
fn repay_fails_when_nothing_is_owed_in_the_asset() {
    let s = Scene::new();
    s.assert_refuses(VaultError::NoDebt, || {
        s.vault.repay(&s.keeper, s.xlm(), AMOUNT)
    });
    let s = Scene::with_position(COLLATERAL, 0);
    s.assert_refuses(VaultError::NoDebt, || {
        s.vault.repay(&s.keeper, s.usdc(), AMOUNT)
    });
}

#[test]
fn repay_fails_when_the_payer_does_not_sign() {
    let s = Scene::new();
    let args = (s.keeper.address(), s.usdc(), AMOUNT);
    assert_unauthorized(s.call_unsigned("repay", args));
    let transfer = Invocation::transfer(s.usdc(), s.keeper.address(), &s.vault.address, AMOUNT);
    let below = [transfer];
    assert_unauthorized(
        s.chain()
            .call_as(&s.thief, &s.vault.address, "repay", args, &below),
    );
}

#[test]
fn repay_fails_when_the_payer_is_short_or_frozen() {
    let s = Scene::new();
    let poor = s.stranger("poor");
    let before = s.chain().state_hash();
    assert!(s.vault.repay(&poor, s.usdc(), AMOUNT).is_err());
    s.system.market.usdc.freeze(s.keeper.address());
    assert!(s.vault.repay(&s.keeper, s.usdc(), AMOUNT).is_err());
    s.system.market.usdc.unfreeze(s.keeper.address());
    assert!(before == s.chain().state_hash());
    s.vault.repay(&s.keeper, s.usdc(), AMOUNT).unwrap();
}

#[test]
fn repay_succeeds_when_the_pool_is_frozen_and_the_oracle_dead() {
    let s = Scene::new();
    s.system.market.pool.set_status(status::ADMIN_FROZEN);
    s.kill_oracle();
    s.vault.repay(&s.keeper, s.usdc(), AMOUNT).unwrap();
    assert_eq!(s.shares().1, DEBT - AMOUNT);
}

/// An open auction and somebody who repays.
fn auction() -> (Scene, Account) {
    let s = Scene::new();
    s.fall_into_auction();
    let payer = s.liquidator.clone();
    (s, payer)
}

#[test]
fn repay_deletes_an_open_auction_when_it_heals_the_position() {
    let (s, payer) = auction();
    s.assert_refuses(VaultError::PoolUnhealthy, || {
        s.vault.repay(&payer, s.usdc(), ONE)
    });
    assert!(s.in_auction());
    s.vault.repay(&payer, s.usdc(), 2 * AMOUNT).unwrap();
    assert!(!s.in_auction());
}

#[test]
fn repay_fails_when_an_auction_is_open_and_the_pool_on_ice() {
    let (s, payer) = auction();
    s.system.market.pool.set_status(status::ADMIN_ON_ICE);
    for amount in [2 * AMOUNT, 2 * DEBT] {
        s.assert_refuses(VaultError::PoolStatusForbids, || {
            s.vault.repay(&payer, s.usdc(), amount)
        });
    }
}

#[test]
fn repay_clears_only_all_debt_when_an_auction_is_open_and_the_oracle_dead() {
    let (s, payer) = auction();
    let oracle = &s.system.market.oracle;
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || {
        s.vault.repay(&payer, s.usdc(), 2 * AMOUNT)
    });
    oracle.set_dead(false);
    let timestamp = s.chain().timestamp();
    oracle.set_override(
        s.xlm(),
        Override::Fixed(PriceData {
            price: 0,
            timestamp,
        }),
    );
    s.assert_refuses(VaultError::PoolPriceInvalid, || {
        s.vault.repay(&payer, s.usdc(), 2 * AMOUNT)
    });
    s.kill_oracle();
    s.vault.repay(&payer, s.usdc(), 2 * DEBT).unwrap();
    assert!(!s.in_auction());
    assert_eq!(s.shares().1, 0);
}
