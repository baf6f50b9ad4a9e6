//! How much of the reserve is spent before a sale.

use ballast_core::reserve::reserve_to_spend;
use proptest::prelude::*;

use crate::random::any_scene;
use crate::scene::{Scene, TOKEN, USDC};

fn spent(scene: &Scene, balance: i128, rescue: bool) -> i128 {
    let totals = scene.totals();
    reserve_to_spend(
        &scene.policy,
        &scene.position,
        &totals,
        USDC,
        balance,
        rescue,
    )
    .unwrap()
}

#[test]
fn reserve_to_spend_is_what_reaches_the_target() {
    // (72,000 - 0.88 * 75,000) * 0.95 = 5,700 of a debt of 68,400.
    let scene = Scene::at_risk(9_600_000);
    assert_eq!(spent(&scene, 10_000 * TOKEN, false), 5_700 * TOKEN);
    assert_eq!(spent(&scene, 5_000 * TOKEN, false), 5_000 * TOKEN);
}

#[test]
fn reserve_to_spend_is_zero_when_it_is_off_or_dust() {
    let mut scene = Scene::at_risk(9_600_000);
    // Dust is 0.1% of the debt.
    assert_eq!(spent(&scene, 684 * TOKEN / 10, false), 684 * TOKEN / 10);
    assert_eq!(spent(&scene, 684 * TOKEN / 10 - 1, false), 0);
    assert_eq!(spent(&scene, 0, false), 0);
    assert_eq!(spent(&scene, -1, false), 0);
    scene.policy.reserve_first = false;
    assert_eq!(spent(&scene, 10_000 * TOKEN, false), 0);
}

#[test]
fn reserve_to_spend_is_zero_when_it_cannot_leave_the_auction() {
    // To the rescue target: (78,750 - 0.95 * 75,000) * 0.95 = 7,125; out of the auction: 3,562.5.
    let scene = Scene::at_risk(10_500_000);
    assert_eq!(spent(&scene, 10_000 * TOKEN, true), 7_125 * TOKEN);
    assert_eq!(spent(&scene, 3_600 * TOKEN, true), 3_600 * TOKEN);
    assert_eq!(spent(&scene, 3_500 * TOKEN, true), 0);
}

proptest! {
    /// Never more than there is or is owed, and never beyond the target by more than rounding.
    #[test]
    fn reserve_to_spend_stays_within_bounds(
        scene in any_scene(3..9), debt in 0usize..4, balance in 0i128..10i128.pow(20), rescue in any::<bool>(),
    ) {
        let debt = debt % scene.position.legs.len();
        let (policy, totals) = (&scene.policy, scene.totals());
        let amount =
            reserve_to_spend(policy, &scene.position, &totals, debt, balance, rescue).unwrap();
        prop_assert!(amount <= balance && amount <= scene.position.legs[debt].debt_ceil().unwrap());
        if amount > 0 {
            let mut after = scene.position.clone();
            prop_assert!(after.legs[debt].repay(amount).is_ok());
            let target_e7 = if rescue { policy.rescue_target_e7 } else { policy.target_e7 };
            let after = after.totals().unwrap();
            prop_assert!(after.liability_base < totals.liability_base);
            // The debt is rounded up by a unit of its asset, before and after.
            let unit = totals.liability_base / scene.position.legs[debt].debt_ceil().unwrap();
            let beyond = i128::from(target_e7) * totals.collateral_base / 10_000_000
                - after.liability_base;
            prop_assert!(beyond <= 2 * unit + 2);
        }
    }
}
