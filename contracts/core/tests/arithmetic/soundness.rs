//! Whatever is proposed: what the check approves keeps the promises, in exact arithmetic.

use num_bigint::BigInt;
use proptest::prelude::*;

use crate::promises::assert_sound;
use crate::random::{any_bid, any_path, any_scene};
use crate::scene::Scene;
use crate::totals::big_totals;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8_192))]

    #[test]
    fn check_step_keeps_the_promises_whatever_is_proposed(
        scene in any_scene(0..9), bid in any_bid(),
    ) {
        if let Some(proposal) = bid.on(&scene) {
            if let Ok(step) = scene.check(proposal) {
                assert_sound(&scene, &proposal, &step);
            }
        }
    }

    #[test]
    fn plan_step_keeps_the_promises_and_passes_the_check(
        scene in any_scene(0..9), path in any_path(),
    ) {
        if let Ok(plan) = scene.plan(path) {
            prop_assert_eq!(scene.check(plan.proposal), Ok(plan.approved.clone()));
            assert_sound(&scene, &plan.proposal, &plan.approved);
            // Who leaves stubs to the pool gets the same approval without the minimum.
            let closes = big_totals(&plan.approved.after).liability_base == BigInt::from(0);
            if !closes {
                let without = Scene { min_collateral: 0, ..scene };
                prop_assert_eq!(without.check(plan.proposal), Ok(plan.approved));
            }
        }
    }
}
