//! Cutting a step into pieces never pays the caller more.

use ballast_core::check::{Approved, Path, Proposal};
use ballast_core::health::Totals;
use ballast_core::policy::Policy;
use ballast_core::price::SourcePrices;
use num_bigint::BigInt;
use proptest::prelude::*;

use crate::random::any_scene;
use crate::rational::{ratio, whole, Rational};
use crate::scene::{Scene, POLICY};

/// A step that repays exactly the floor.
fn at_floor(
    scene: &Scene,
    collateral: usize,
    debt: usize,
    sell: i128,
) -> Option<(Proposal, Approved)> {
    let floor = scene.floor(collateral, debt).ok()?;
    let discount_e7 = scene.granted_discount_e7(collateral == debt);
    let repay = ballast_core::check::floor_repay_ceil(&floor, sell, discount_e7).ok()?;
    let proposal = Proposal {
        path: Path::Flash,
        collateral,
        debt,
        sell,
        repay,
    };
    scene.check(proposal).ok().map(|step| (proposal, step))
}

/// What the caller of a step at the floor keeps of its fair value, debt units.
fn kept(scene: &Scene, proposal: &Proposal, step: &Approved) -> Rational {
    let floor = scene.floor(proposal.collateral, proposal.debt).unwrap();
    whole(floor.convert_ceil(proposal.sell).unwrap()) - whole(step.repaid)
}

/// A pair's planned sale at once against the same sale in two.
fn compare(scene: &Scene, (collateral, debt): (usize, usize), share_e7: i128) -> Option<()> {
    let plan = scene.plan_pair(Path::Flash, collateral, debt).ok()?;
    let sell = plan.proposal.sell;
    let part = sell / 10_000_000 * share_e7;
    let (whole_step, once) = at_floor(scene, collateral, debt, sell)?;
    let (first_step, first) = at_floor(scene, collateral, debt, part)?;
    let later = Scene {
        position: first.after.clone(),
        ..scene.clone()
    };
    let (second_step, second) = at_floor(&later, collateral, debt, sell - part)?;

    let at_once = kept(scene, &whole_step, &once);
    let in_two = kept(scene, &first_step, &first) + kept(&later, &second_step, &second);
    let fair = whole(
        scene
            .floor(collateral, debt)
            .unwrap()
            .convert_ceil(sell)
            .unwrap(),
    );
    let ramp_e7 = scene
        .policy
        .discount_at_e7(scene.policy.ramp_e7(once.risk_before_e7));
    // One unit for each rounding.
    assert!(
        in_two <= fair.clone() * ratio(ramp_e7, 10_000_000) + whole(2),
        "beyond the ramp"
    );
    if once.discount_e7 == ramp_e7 {
        assert!(in_two <= at_once + whole(2), "two pay more than one");
    } else {
        // Where the equity limits the discount, a first piece leaves a larger share of equity to
        // the debt: the second may cost as much again.
        let rounding = fair * ratio(2, 10_000_000) + whole(3);
        assert!(
            in_two <= at_once * whole(2) + rounding,
            "two pay more than twice"
        );
    }
    Some(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn splitting_never_pays_more(mut scene in any_scene(2..9), share_e7 in 1_000_000i128..9_000_000) {
        scene.rescue = None;
        // A floor above the pool's price adds to the equity, and so to what it bears.
        scene.sources.fill(SourcePrices::default());
        let count = scene.position.legs.len();
        for pair in (0..count).flat_map(|c| (0..count).map(move |d| (c, d))) {
            if pair.0 != pair.1 {
                let _ = compare(&scene, pair, share_e7);
            }
        }
    }
}

/// The case that the rule exists for: a pair with high factors just above hard. A discount of
/// `share * equity / sold` would let each piece take the whole share; taken on the debt, all pieces
/// down to the target together take less than one share.
#[test]
fn splitting_never_takes_more_than_the_share_of_equity_when_factors_are_high() {
    let mut scene = Scene::at_risk(9_950_000);
    scene.policy = Policy {
        discount_max_e7: 500_000,
        ..POLICY
    };
    scene.position.legs[0].collateral_factor_e7 = 9_500_000;
    scene.position.legs[1].liability_factor_e7 = 10_000_000;
    scene.position.legs[1].d_tokens = 95_000 * 9_950_000;
    let equity = scene.totals().equity();
    let mut pieces = 0;
    while let Ok(plan) = scene.plan(Path::Fill) {
        // The smallest piece that is allowed.
        let step = (1..=100)
            .find_map(|percent| at_floor(&scene, 0, 1, plan.proposal.sell / 100 * percent))
            .map(|(_, step)| step)
            .unwrap_or(plan.approved);
        scene.position = step.after;
        pieces += 1;
    }
    assert!(pieces >= 3);
    let taken = equity - scene.totals().equity();
    assert!(
        taken * 5 <= equity,
        "{taken} of {equity} in {pieces} pieces"
    );
}

/// One pair of factor `c * l` in the scene's numbers, with a liability factor of 100%.
fn pair(factor_e7: i128, risk_e7: i128, policy: Policy) -> Scene {
    let mut scene = Scene::at_risk(risk_e7);
    scene.policy = policy;
    scene.position.legs[0].collateral_factor_e7 = factor_e7;
    scene.position.legs[1].liability_factor_e7 = 10_000_000;
    // A collateral of 100,000.
    scene.position.legs[1].d_tokens = factor_e7 * risk_e7 / 100;
    scene
}

/// Sells in pieces at the floor, each the smallest allowed of at least `hundredths` of the planned sale.
/// Returns how many pieces there were.
fn sell_in_pieces(scene: &mut Scene, hundredths: i128) -> usize {
    let mut pieces = 0;
    while let Ok(plan) = scene.plan(Path::Fill) {
        let step = (hundredths..=100)
            .find_map(|part| at_floor(scene, 0, 1, plan.proposal.sell / 100 * part))
            .map_or(plan.approved, |(_, step)| step);
        scene.position = step.after;
        pieces += 1;
    }
    pieces
}

/// Whether the owner has kept the bound for a share of 20%, `Q_n >= Q_0 * (D_n / D_0)^(1/5)`
/// (`scripts/proofs/splitting.py`).
fn keeps_the_bound(before: &Totals, after: &Totals) -> bool {
    let power = |equity: i128| BigInt::from(equity).pow(5);
    power(after.equity()) * before.debt_value >= power(before.equity()) * after.debt_value
}

/// The share of equity bounds a step, not all steps together: just under 100%, with a factor of 98%, the
/// smallest pieces take 29.3% of the equity where one step takes 17.9% and the share is 20%. What
/// bounds them is how much of the debt they repay.
#[test]
fn splitting_takes_more_than_the_share_in_many_pieces_but_keeps_the_bound() {
    let mut scene = pair(9_800_000, 9_999_999, POLICY);
    let before = scene.totals();
    let once = Scene {
        position: scene.plan(Path::Fill).unwrap().approved.after,
        ..scene.clone()
    };
    let lost = |scene: &Scene| before.equity() - scene.totals().equity();
    assert!(lost(&once) * 1_000 <= before.equity() * 180);
    assert_eq!(sell_in_pieces(&mut scene, 1), 14);
    assert!(lost(&scene) * 1_000 >= before.equity() * 292);
    assert!(keeps_the_bound(&before, &scene.totals()));
}

proptest! {
    #[test]
    fn splitting_keeps_the_bound_whatever_the_pieces(
        factor_e7 in prop_oneof![5_000_000i128..=10_000_000, 9_000_000i128..=10_000_000],
        risk_e7 in 9_300_000i128..10_000_000, hundredths in 1i128..=100,
        discounts in (1u32..=1_000_000, 1u32..=1_000_000), step_min_e7 in 500_000u32..=10_000_000,
    ) {
        let policy = Policy {
            discount_min_e7: discounts.0.min(discounts.1),
            discount_max_e7: discounts.0.max(discounts.1),
            step_min_e7,
            ..POLICY
        };
        prop_assert_eq!(policy.validate(300), Ok(()));
        prop_assert_eq!(policy.max_cost_of_equity_e7, 2_000_000);
        let mut scene = pair(factor_e7, risk_e7, policy);
        let before = scene.totals();
        sell_in_pieces(&mut scene, hundredths);
        prop_assert!(keeps_the_bound(&before, &scene.totals()));
    }
}
