//! A plan is found wherever a search over sales finds a step that passes.

use ballast_core::check::{Path, Proposal};
use ballast_core::fixed::mul_div_ceil;
use proptest::prelude::*;

use crate::random::{any_path, any_scene};
use crate::scene::Scene;

/// Sales worth trying: a fine grid over what is held, in proportion and in magnitude.
fn sales(most: i128) -> Vec<i128> {
    let mut sales: Vec<i128> = (1..=400)
        .filter_map(|step| mul_div_ceil(most, step, 400).ok())
        .collect();
    let mut sale = most;
    while sale > 0 {
        sales.extend([sale, sale - 1, sale - sale / 4]);
        sale /= 2;
    }
    sales
}

/// The first acceptable proposal of the pair at the floor, at par, or closing the debt.
fn search(scene: &Scene, path: Path, collateral: usize, debt: usize) -> Option<Proposal> {
    let floor = scene.floor(collateral, debt).ok()?;
    let (sold, repaid) = (&scene.position.legs[collateral], &scene.position.legs[debt]);
    let granted_e7 = scene.granted_discount_e7(collateral == debt);
    let owed = repaid.debt_ceil().unwrap();
    let mut most = sold.collateral_floor().unwrap();
    if let Ok(covered) = floor.invert_floor(owed * 11 / 10) {
        most = most.min(covered);
    }
    for sell in sales(most) {
        let fair = floor.convert_ceil(sell).unwrap();
        let at_floor = mul_div_ceil(fair, 10_000_000 - granted_e7, 10_000_000).unwrap();
        // Nobody pays more than the fair value, so nobody closes a debt for less.
        for repay in [at_floor, fair, owed.min(fair)] {
            let proposal = Proposal {
                path,
                collateral,
                debt,
                sell,
                repay,
            };
            if scene.check(proposal).is_ok() {
                return Some(proposal);
            }
        }
    }
    None
}

/// The documented exception: slack for a withdrawal that a few ledgers of interest would eat.
fn is_within_interest(scene: &Scene, proposal: &Proposal) -> bool {
    let mut later = scene.clone();
    for leg in &mut later.position.legs {
        leg.d_rate_e12 += leg.d_rate_e12 / 50_000;
    }
    proposal.path == Path::Plain && later.check(*proposal).is_err()
}

/// The other documented exception: the pair can only be sold in units so coarse that one of them
/// jumps over the landing band.
fn is_coarse(scene: &Scene, collateral: usize, debt: usize) -> bool {
    let owed = scene.position.legs[debt].debt_ceil().unwrap();
    let covered = scene
        .floor(collateral, debt)
        .and_then(|floor| floor.invert_floor(owed));
    let held = scene.position.legs[collateral].collateral_floor().unwrap();
    owed.min(held).min(covered.unwrap_or(0)) < 1_000
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_024))]

    #[test]
    fn plan_pair_succeeds_wherever_a_search_does(scene in any_scene(0..9), path in any_path()) {
        let count = scene.position.legs.len();
        for (collateral, debt) in (0..count).flat_map(|c| (0..count).map(move |d| (c, d))) {
            if is_coarse(&scene, collateral, debt) {
                continue;
            }
            let Some(found) = search(&scene, path, collateral, debt) else { continue };
            let planned = scene.plan_pair(path, collateral, debt);
            prop_assert!(
                planned.is_ok() || is_within_interest(&scene, &found),
                "{planned:?} although {found:?} passes"
            );
            prop_assert!(scene.plan(path).is_ok() || is_within_interest(&scene, &found));
        }
    }
}
