//! The reserve: `fund_reserve`, `withdraw_reserve`, `sweep`, and what a step does with it.

use crate::support::{assert_unauthorized, Scene, COLLATERAL, WEALTH};
use ballast_chain::market::ONE;
use ballast_chain::{CallError, Invocation};
use ballast_core::fixed::{mul_div_ceil, ONE_E12};
use ballast_interfaces::error::VaultError;
use soroban_sdk::{Address, Val};

const AMOUNT: i128 = 500 * ONE;
const SELL: i128 = 12_000 * ONE;

fn withdraw(s: &Scene, asset: &Address, amount: i128, to: &Address) -> Result<Val, CallError> {
    s.vault.as_owner("withdraw_reserve", (asset, amount, to))
}

fn sweep(s: &Scene, token: &Address, to: &Address) -> Result<i128, CallError> {
    s.vault
        .as_owner("sweep", (token, to))
        .map(|amount| s.chain().from_val(amount))
}

#[test]
fn fund_reserve_succeeds_when_anybody_pays() {
    let s = Scene::new();
    let shares = s.shares();
    let payer = s.keeper.address();
    s.vault.fund_reserve(&s.keeper, s.usdc(), AMOUNT).unwrap();

    let transfer = Invocation::transfer(s.usdc(), payer, &s.vault.address, AMOUNT);
    let args = (payer, s.usdc(), AMOUNT);
    let tree = Invocation::new(&s.vault.address, "fund_reserve", args).with(transfer);
    s.assert_authorized(&[(payer, tree)]);
    let event = s.event("reserve_funded");
    assert_eq!(&event.topic::<Address>(1), payer);
    assert_eq!(&event.field::<Address>("asset"), s.usdc());
    assert_eq!(event.field::<i128>("amount"), AMOUNT);
    assert_eq!(s.balances(payer), (WEALTH, WEALTH - AMOUNT));
    assert_eq!(s.balances(&s.vault.address), (0, AMOUNT));
    assert_eq!(s.shares(), shares);
}

#[test]
fn fund_reserve_fails_when_the_amount_is_not_positive_or_the_payer_does_not_sign() {
    let s = Scene::new();
    for amount in [0, -1] {
        s.assert_refuses(VaultError::InvalidAmount, || {
            s.vault.fund_reserve(&s.keeper, s.usdc(), amount)
        });
    }
    assert_unauthorized(s.call_unsigned("fund_reserve", (s.keeper.address(), s.usdc(), AMOUNT)));
}

#[test]
fn withdraw_reserve_succeeds_when_the_owner_signs() {
    let s = Scene::new();
    s.vault.fund_reserve(&s.keeper, s.usdc(), AMOUNT).unwrap();
    let bank = s.stranger("bank");
    withdraw(&s, s.usdc(), AMOUNT - 1, bank.address()).unwrap();

    let args = (s.usdc(), AMOUNT - 1, bank.address());
    s.assert_authorized_by(s.owner(), "withdraw_reserve", args);
    let event = s.event("reserve_withdrawn");
    assert_eq!(&event.topic::<Address>(1), s.owner());
    assert_eq!(&event.field::<Address>("asset"), s.usdc());
    assert_eq!(event.field::<i128>("amount"), AMOUNT - 1);
    assert_eq!(&event.field::<Address>("to"), bank.address());
    assert_eq!(s.balances(bank.address()).1, AMOUNT - 1);
    assert_eq!(s.balances(&s.vault.address), (0, 1));
}

#[test]
fn withdraw_reserve_fails_when_there_is_less_or_the_amount_is_not_positive() {
    let s = Scene::new();
    s.vault.fund_reserve(&s.keeper, s.usdc(), AMOUNT).unwrap();
    for (amount, expected) in [
        (AMOUNT + 1, VaultError::InsufficientReserve),
        (i128::MAX, VaultError::InsufficientReserve),
        (0, VaultError::InvalidAmount),
        (-1, VaultError::InvalidAmount),
    ] {
        s.assert_refuses(expected, || withdraw(&s, s.usdc(), amount, s.owner()));
    }
}

#[test]
fn withdraw_reserve_and_sweep_fail_when_anybody_else_signs() {
    let s = Scene::new();
    s.vault.fund_reserve(&s.keeper, s.usdc(), AMOUNT).unwrap();
    let thief = s.thief.address();
    let call = |function: &str, args| {
        s.chain()
            .call_as(&s.thief, &s.vault.address, function, args, &[])
    };
    use soroban_sdk::IntoVal;
    let env = s.chain().env();
    let args: soroban_sdk::Vec<Val> = (s.usdc(), AMOUNT, thief).into_val(env);
    assert_unauthorized(call("withdraw_reserve", args));
    assert_unauthorized(call("sweep", (s.usdc(), thief).into_val(env)));
}

#[test]
fn sweep_takes_the_whole_balance_of_a_foreign_token() {
    let s = Scene::new();
    let token = s.foreign_token(7 * ONE);
    let bank = s.stranger("bank");
    token.trust(&bank);
    assert_eq!(sweep(&s, token.address(), bank.address()).unwrap(), 7 * ONE);
    s.assert_authorized_by(s.owner(), "sweep", (token.address(), bank.address()));
    let event = s.event("reserve_withdrawn");
    assert_eq!(&event.field::<Address>("asset"), token.address());
    assert_eq!(event.field::<i128>("amount"), 7 * ONE);
    assert_eq!(token.balance(bank.address()), 7 * ONE);
    assert_eq!(token.balance(&s.vault.address), 0);

    // Nothing left: zero, and no event.
    assert_eq!(sweep(&s, token.address(), bank.address()).unwrap(), 0);
    assert!(s.chain().last_events().is_empty());
}

#[test]
fn sweep_leaves_the_position_alone() {
    let s = Scene::new();
    let shares = s.shares();
    assert_eq!(sweep(&s, s.xlm(), s.owner()).unwrap(), 0);
    assert_eq!(s.shares(), shares);
}

#[test]
fn sweep_pays_elsewhere_when_the_owners_trustline_is_frozen() {
    let s = Scene::new();
    s.vault.fund_reserve(&s.keeper, s.usdc(), AMOUNT).unwrap();
    s.system.market.usdc.freeze(s.owner());
    let before = s.chain().state_hash();
    assert!(sweep(&s, s.usdc(), s.owner()).is_err());
    assert!(before == s.chain().state_hash());
    let bank = s.stranger("bank");
    assert_eq!(sweep(&s, s.usdc(), bank.address()).unwrap(), AMOUNT);
}

#[test]
fn sweep_takes_what_a_claw_back_left() {
    let s = Scene::new();
    s.vault.fund_reserve(&s.keeper, s.usdc(), AMOUNT).unwrap();
    s.system.market.usdc.claw_back(&s.vault.address, AMOUNT - 3);
    assert_eq!(sweep(&s, s.usdc(), s.owner()).unwrap(), 3);
}

/// Repayment that brings the risk ratio to the target, by independent arithmetic in whole numbers:
/// `(B - t*A) * l`.
fn to_target(s: &Scene) -> i128 {
    let health = s.vault.health().unwrap();
    let base_e14 = |amount: i128, rate: i128| amount * rate / ONE_E12;
    let pool = &s.system.market.pool;
    let (b_tokens, d_tokens) = s.shares();
    let held = base_e14(b_tokens, pool.reserve(s.xlm()).data.b_rate);
    let owed = mul_div_ceil(d_tokens, pool.reserve(s.usdc()).data.d_rate, ONE_E12).unwrap();
    let price = s
        .system
        .market
        .oracle
        .last_price(s.xlm())
        .unwrap()
        .unwrap()
        .price;
    let collateral_base = held * 75 / 100 * price / 10_i128.pow(14);
    let target_e7 = i128::from(health.target_e7);
    owed - collateral_base * target_e7 / 10_000_000 * 95 / 100
}

#[test]
fn fill_spends_the_reserve_before_it_sells() {
    let s = Scene::new();
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), 100 * ONE)
        .unwrap();
    s.hold_price(2_780);
    let (owed, risk_e7) = (s.debt(), s.risk_e7());
    let bid = s.floor(SELL, 0);
    let report = s.fill(bid, SELL).unwrap();

    assert_eq!(report.reserve_spent, 100 * ONE);
    assert_eq!((report.sold, report.repaid), (SELL, bid));
    assert_eq!(report.risk_before_e7, risk_e7);
    let event = s.event("reserve_spent");
    assert_eq!(&event.topic::<Address>(1), s.keeper.address());
    assert_eq!(&event.field::<Address>("debt"), s.usdc());
    assert_eq!(event.field::<i128>("amount"), 100 * ONE);
    assert_eq!(event.field::<i128>("risk_before_e7"), risk_e7);
    let between_e7 = event.field::<i128>("risk_after_e7");
    assert!(between_e7 < risk_e7);
    assert!(!event.field::<bool>("rescue"));
    let step = s.event("step_executed");
    assert_eq!(step.field::<i128>("risk_before_e7"), between_e7);
    assert_eq!(s.balances(&s.vault.address), (0, 0));
    // Two repayments, each rounded in the pool's favour by a stroop at most.
    let left = owed - 100 * ONE - bid;
    assert!((left..=left + 2).contains(&s.debt()), "{} {left}", s.debt());
}

#[test]
fn fill_ends_after_the_reserve_when_that_is_enough() {
    let s = Scene::new();
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), 5_000 * ONE)
        .unwrap();
    s.hold_price(2_780);
    let needed = to_target(&s);
    assert!((1_000 * ONE..5_000 * ONE).contains(&needed), "{needed}");
    let keeper = s.balances(s.keeper.address());
    let report = s.fill(s.floor(SELL, 0), SELL).unwrap();

    assert!(
        (needed - 10..=needed + 10).contains(&report.reserve_spent),
        "{report:?} {needed}"
    );
    assert_eq!(
        (report.sold, report.repaid, report.proceeds, report.reward),
        (0, 0, 0, 0)
    );
    assert!(
        (8_799_990..=8_800_010).contains(&report.risk_after_e7),
        "{report:?}"
    );
    assert_eq!(s.risk_e7(), report.risk_after_e7);
    assert!(s.chain().last_events_named("step_executed").is_empty());
    // The keeper paid nothing and got nothing.
    assert_eq!(s.balances(s.keeper.address()), keeper);
    assert_eq!(s.shares().0, COLLATERAL);
    assert_eq!(
        s.balances(&s.vault.address).1,
        5_000 * ONE - report.reserve_spent
    );
}

#[test]
fn fill_ignores_the_reserve_when_it_is_dust() {
    let s = Scene::new();
    // Dust is less than 0.1% of the debt.
    s.vault.fund_reserve(&s.keeper, s.usdc(), 25 * ONE).unwrap();
    s.hold_price(2_780);
    let report = s.fill(s.floor(SELL, 0), SELL).unwrap();
    assert_eq!(report.reserve_spent, 0);
    assert!(s.chain().last_events_named("reserve_spent").is_empty());
    assert_eq!(s.balances(&s.vault.address), (0, 25 * ONE));
}

#[test]
fn fill_leaves_the_reserve_alone_when_the_policy_says_so() {
    let s = Scene::with_policy(|policy| policy.reserve_first = false);
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), 5_000 * ONE)
        .unwrap();
    s.hold_price(2_780);
    let report = s.fill(s.floor(SELL, 0), SELL).unwrap();
    assert_eq!((report.reserve_spent, report.sold), (0, SELL));
    assert_eq!(s.balances(&s.vault.address), (0, 5_000 * ONE));
}

#[test]
fn fill_leaves_the_reserve_of_another_asset_alone() {
    let s = Scene::new();
    s.vault
        .fund_reserve(&s.keeper, s.xlm(), 5_000 * ONE)
        .unwrap();
    s.hold_price(2_780);
    let report = s.fill(s.floor(SELL, 0), SELL).unwrap();
    assert_eq!((report.reserve_spent, report.sold), (0, SELL));
    assert_eq!(s.balances(&s.vault.address), (5_000 * ONE, 0));
}

#[test]
fn the_reserve_is_kept_when_the_vault_is_below_soft() {
    let s = Scene::new();
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), 5_000 * ONE)
        .unwrap();
    s.hold_price(2_900);
    s.assert_refuses(VaultError::NotAtRisk, || s.fill(s.floor(SELL, 0), SELL));
    assert_eq!(s.balances(&s.vault.address).1, 5_000 * ONE);
}
