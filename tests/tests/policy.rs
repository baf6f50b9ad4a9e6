//! `set_policy`, and the same validation in the constructor.

use crate::support::{assert_code, assert_unauthorized, Scene};
use ballast_chain::market::ONE;
use ballast_chain::CallError;
use ballast_interfaces::error::{FactoryError, VaultError};
use ballast_interfaces::vault::{SecondSource, VaultPolicy};
use soroban_sdk::xdr::ToXdr;
use soroban_sdk::{Address, Val};

fn set(s: &Scene, policy: &VaultPolicy) -> Result<Val, CallError> {
    s.vault.as_owner("set_policy", (policy.clone(),))
}

/// The standard policy with a change.
fn changed(s: &Scene, change: impl FnOnce(&mut VaultPolicy)) -> VaultPolicy {
    let mut policy = s.system.policy();
    change(&mut policy);
    policy
}

/// Policies have no equality of their own.
fn bytes(s: &Scene, policy: &VaultPolicy) -> soroban_sdk::Bytes {
    policy.clone().to_xdr(s.chain().env())
}

#[test]
fn set_policy_succeeds_when_the_owner_signs() {
    let s = Scene::new();
    let policy = changed(&s, |policy| {
        policy.soft_e7 = 8_500_000;
        policy.target_e7 = 8_000_000;
    });
    set(&s, &policy).unwrap();
    s.assert_authorized_by(s.owner(), "set_policy", (policy.clone(),));
    let event = s.event("policy_set");
    assert_eq!(&event.topic::<Address>(1), s.owner());
    assert_eq!(
        bytes(&s, &event.field::<VaultPolicy>("policy")),
        bytes(&s, &policy)
    );
    let shown: VaultPolicy = s.chain().view(&s.vault.address, "policy", ()).unwrap();
    assert_eq!(bytes(&s, &shown), bytes(&s, &policy));
    assert_eq!(bytes(&s, &s.vault.state().policy), bytes(&s, &policy));
}

#[test]
fn set_policy_restarts_the_budgets_window() {
    let s = Scene::new();
    s.hold_price(2_780);
    let sell = 12_000 * ONE;
    s.fill(s.floor(sell, 0), sell).unwrap();
    assert!(s.vault.state().window.sold_value > 0);
    s.hold_price(3_600);
    set(&s, &s.system.policy()).unwrap();
    let window = s.vault.state().window;
    assert_eq!(
        (window.start_ledger, window.budget_value, window.sold_value),
        (0, 0, 0)
    );
}

#[test]
fn set_policy_accepts_the_pools_present_factors() {
    let s = Scene::new();
    s.change_reserve(s.xlm(), |config| config.c_factor = 0_7000000);
    assert_eq!(s.vault.health().unwrap().changed_factors.len(), 1);
    set(&s, &s.system.policy()).unwrap();
    assert_eq!(s.vault.health().unwrap().changed_factors.len(), 0);
    assert_eq!(
        s.vault
            .state()
            .assets
            .get(0)
            .unwrap()
            .accepted_collateral_e7,
        0_7000000
    );
}

#[test]
fn set_policy_fails_when_anybody_else_signs() {
    let s = Scene::new();
    let args = (s.system.policy(),);
    assert_unauthorized(
        s.chain()
            .call_as(&s.thief, &s.vault.address, "set_policy", args, &[]),
    );
}

/// One change on each side of every rule, and the rule's error.
type Change = fn(&mut VaultPolicy);
const INVALID: &[(VaultError, Change)] = &[
    (VaultError::PolicyThresholds, |p| p.target_e7 = 999_999),
    (VaultError::PolicyThresholds, |p| {
        p.target_e7 = p.soft_e7 - 99_999
    }),
    (VaultError::PolicyThresholds, |p| p.soft_e7 = p.hard_e7),
    (VaultError::PolicyThresholds, |p| p.hard_e7 = 10_000_001),
    (VaultError::PolicyThresholds, |p| {
        p.rescue_target_e7 = p.target_e7
    }),
    (VaultError::PolicyThresholds, |p| {
        p.rescue_target_e7 = 9_950_001
    }),
    (VaultError::PolicySteps, |p| p.step_min_e7 = 99_999),
    (VaultError::PolicySteps, |p| {
        p.step_max_e7 = p.step_min_e7 - 1
    }),
    (VaultError::PolicySteps, |p| p.step_max_e7 = 10_000_001),
    (VaultError::PolicyDiscounts, |p| p.discount_min_e7 = 0),
    (VaultError::PolicyDiscounts, |p| {
        p.discount_max_e7 = p.discount_min_e7 - 1
    }),
    (VaultError::PolicyDiscounts, |p| {
        p.discount_max_e7 = 1_000_001
    }),
    (VaultError::PolicyBudget, |p| p.sold_budget_e7 = 99_999),
    (VaultError::PolicyBudget, |p| p.sold_budget_e7 = 100_000_001),
    (VaultError::PolicyBudget, |p| p.window_ledgers = 0),
    (VaultError::PolicyBudget, |p| p.window_ledgers = 17_281),
    (VaultError::PolicyCostOfEquity, |p| {
        p.max_cost_of_equity_e7 = 0
    }),
    (VaultError::PolicyCostOfEquity, |p| {
        p.max_cost_of_equity_e7 = 10_000_001
    }),
    (VaultError::PolicyPrices, |p| p.max_price_age_seconds = 599),
    (VaultError::PolicyPrices, |p| {
        p.max_price_age_seconds = 86_401
    }),
    (VaultError::PolicyPrices, |p| p.max_price_deviation_e7 = 0),
    (VaultError::PolicyPrices, |p| {
        p.max_price_deviation_e7 = 5_000_001
    }),
    (VaultError::PolicyReserve, |p| p.dust_reserve_e7 = 1_000_001),
    (VaultError::PolicyRescue, |p| p.rescue_window_ledgers = 201),
    (VaultError::PolicyVolatility, |p| p.volatility_z_e2 = 1_001),
    (VaultError::PolicyVolatility, |p| {
        p.volatility_shift_max_e7 = p.target_e7 - 999_999;
    }),
];

/// The nearest values that the same rules accept.
const VALID: &[Change] = &[
    |p| p.target_e7 = 1_000_000,
    |p| p.target_e7 = p.soft_e7 - 100_000,
    |p| p.soft_e7 = p.hard_e7 - 1,
    |p| p.hard_e7 = 10_000_000,
    |p| p.rescue_target_e7 = p.target_e7 + 1,
    |p| p.rescue_target_e7 = 9_950_000,
    |p| p.step_min_e7 = 100_000,
    |p| p.step_max_e7 = p.step_min_e7,
    |p| p.discount_min_e7 = 1,
    |p| p.discount_max_e7 = p.discount_min_e7,
    |p| p.discount_max_e7 = 1_000_000,
    |p| p.sold_budget_e7 = 100_000,
    |p| p.sold_budget_e7 = 100_000_000,
    |p| p.window_ledgers = 1,
    |p| p.window_ledgers = 17_280,
    |p| p.max_cost_of_equity_e7 = 1,
    |p| p.max_cost_of_equity_e7 = 10_000_000,
    |p| p.max_price_age_seconds = 600,
    |p| p.max_price_age_seconds = 86_400,
    |p| p.max_price_deviation_e7 = 1,
    |p| p.max_price_deviation_e7 = 5_000_000,
    |p| p.dust_reserve_e7 = 0,
    |p| p.dust_reserve_e7 = 1_000_000,
    |p| p.rescue_window_ledgers = 0,
    |p| p.rescue_window_ledgers = 200,
    |p| p.volatility_z_e2 = 1_000,
    |p| p.volatility_shift_max_e7 = p.target_e7 - 1_000_000,
];

#[test]
fn set_policy_fails_when_a_value_is_out_of_its_range() {
    let s = Scene::new();
    for (expected, change) in INVALID {
        let policy = changed(&s, change);
        s.assert_refuses(*expected, || set(&s, &policy));
    }
}

#[test]
fn set_policy_succeeds_when_a_value_is_at_the_end_of_its_range() {
    let s = Scene::new();
    for (index, change) in VALID.iter().enumerate() {
        let policy = changed(&s, change);
        set(&s, &policy).unwrap_or_else(|error| panic!("number {index}: {error}"));
    }
}

#[test]
fn create_fails_when_the_policy_is_invalid() {
    let s = Scene::new();
    let bob = s.stranger("bob");
    for (_, change) in INVALID {
        let created = s.system.try_create(&bob, &changed(&s, change), 0);
        assert_code(
            created.map(|vault| vault.address),
            FactoryError::InvalidPolicy as u32,
        );
    }
    s.system.try_create(&bob, &s.system.policy(), 0).unwrap();
}

#[test]
fn set_policy_fails_when_the_vault_would_be_at_its_soft_threshold() {
    let s = Scene::new();
    // The risk ratio is 72.9%.
    let at = |soft_e7| {
        changed(&s, |policy| {
            policy.soft_e7 = soft_e7;
            policy.target_e7 = 6_000_000;
        })
    };
    let risk_e7 = s.risk_e7() as u32;
    s.assert_refuses(VaultError::WouldTriggerNow, || set(&s, &at(risk_e7)));
    set(&s, &at(risk_e7 + 1)).unwrap();
    s.vault.as_owner("set_automation", (false,)).unwrap();
    set(&s, &at(risk_e7 - 1)).unwrap();
}

#[test]
fn set_policy_fails_when_the_oracle_is_dead_and_automation_on() {
    let s = Scene::new();
    let policy = changed(&s, |policy| policy.second_oracle = SecondSource::None);
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || set(&s, &policy));
    s.vault.as_owner("set_automation", (false,)).unwrap();
    set(&s, &policy).unwrap();
}
