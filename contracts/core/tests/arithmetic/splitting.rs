//! Cutting a step into pieces never pays the caller more.

use ballast_core::check::{Approved, Path, Proposal};
use ballast_core::policy::Policy;
use ballast_core::price::SourcePrices;
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
