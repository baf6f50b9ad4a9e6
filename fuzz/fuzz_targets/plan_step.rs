//! In whatever situation: a plan that is returned is approved by the check, as it says, and keeps
//! the promises; reserve, budget and volatility stay within their bounds. Nothing panics.
#![no_main]

use ballast_core::plan::Plan;
use ballast_core::reserve::reserve_to_spend;
use ballast_core::volatility::policy_in_force;
use ballast_core::window::Window;
use ballast_fuzz::cases::{Case, PATHS};
use ballast_fuzz::promises::assert_sound;
use ballast_fuzz::scene::Scene;
use libfuzzer_sys::fuzz_target;

fn assert_stands(scene: &Scene, plan: &Plan) {
    let approved = scene.check(plan.proposal);
    assert_eq!(approved.as_ref(), Ok(&plan.approved), "the check says else");
    assert_sound(scene, &plan.proposal, &plan.approved);
    // Who leaves stubs to the pool gives the same approval, unless all debt is cleared.
    let owes = plan.approved.after.legs.iter().any(|leg| leg.d_tokens > 0);
    if owes && scene.min_collateral > 0 {
        let without = Scene {
            min_collateral: 0,
            ..scene.clone()
        };
        assert_eq!(without.check(plan.proposal), approved);
    }
}

fuzz_target!(|case: Case| {
    let Case {
        scene,
        proposal,
        idle,
        histories,
    } = case;
    for path in PATHS {
        if let Ok(plan) = scene.plan(path) {
            assert_stands(&scene, &plan);
        }
    }
    let Ok(totals) = scene.position.totals() else {
        return;
    };
    if let Ok(plan) = scene.plan_pair(proposal.path, proposal.collateral, proposal.debt) {
        assert_stands(&scene, &plan);
    }

    let (policy, position) = (&scene.policy, &scene.position);
    let rescue = scene.rescue.is_some();
    for (debt, leg) in position.legs.iter().enumerate() {
        let spent = reserve_to_spend(policy, position, &totals, debt, idle, rescue);
        if let (Ok(spent), Ok(owed)) = (spent, leg.debt_ceil()) {
            assert!((0..=idle.min(owed)).contains(&spent), "{spent} of {idle}");
        }
    }
    // The policy in force is the owner's, lowered as a whole and within the owner's bound.
    let histories = histories
        .iter()
        .map(|rounds| rounds.iter().copied().collect());
    let lowered = policy_in_force(policy, position, &histories.collect::<Vec<_>>());
    let shift_e7 = policy.soft_e7 - lowered.soft_e7;
    assert!(shift_e7 <= policy.volatility_shift_max_e7);
    assert_eq!(lowered, policy.lowered_by(shift_e7));

    let stored = Window {
        start_ledger: proposal.collateral as u32,
        budget_value: scene.budget_left_value,
        sold_value: idle,
    };
    if let Ok(window) = stored.at(600, policy, &totals) {
        let left = window.after_sale(idle).left_value();
        assert!((0..=window.left_value()).contains(&left));
    }
});
