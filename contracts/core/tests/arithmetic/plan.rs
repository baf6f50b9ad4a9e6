//! What is planned in cases that can be checked by hand.

use ballast_core::check::{floor_repay_ceil, Path, Proposal};
use ballast_core::health::Leg;
use ballast_core::plan::{cheapest_debt, plan_step_repaying};
use ballast_core::price::{Floor, SourcePrices};
use ballast_core::Refusal;

use crate::scene::{Scene, BASE, POLICY, TOKEN, USDC, XLM};

const PATHS: [Path; 3] = [Path::Fill, Path::Plain, Path::Flash];

#[test]
fn plan_step_aims_at_the_middle_of_the_landing_band() {
    for risk_e7 in [9_300_000, 9_600_000, 9_900_000, 9_999_999] {
        let plan = Scene::at_risk(risk_e7).plan(Path::Fill).unwrap();
        assert_eq!(plan.approved.risk_after_e7, 8_775_000);
        // All but a hair of the discount is used.
        let policy = POLICY;
        let discount_e7 = policy.discount_at_e7(policy.ramp_e7(risk_e7));
        let fair = plan.proposal.sell * 4 / 10;
        let left = plan.proposal.repay - fair * (10_000_000 - discount_e7) / 10_000_000;
        assert!((0..=fair / 900_000).contains(&left));
    }
}

#[test]
fn plan_step_lands_a_rescue_in_its_band() {
    let plan = Scene::in_rescue(10_500_000, 100_000, i128::MAX)
        .plan(Path::Flash)
        .unwrap();
    assert_eq!(plan.approved.risk_after_e7, 9_475_000);
    // From below the rescue target it goes on to the target.
    let plan = Scene::in_rescue(9_400_000, 100_000, i128::MAX)
        .plan(Path::Flash)
        .unwrap();
    assert_eq!(plan.approved.risk_after_e7, 8_775_000);
}

#[test]
fn plan_step_bids_more_when_the_discount_would_cost_more_than_a_fill() {
    let scene = Scene::in_rescue(10_500_000, 300_000, 230 * BASE);
    let plan = scene.plan(Path::Fill).unwrap();
    let cost = plan.approved.sold_value - plan.approved.repaid * (BASE / TOKEN);
    assert!(cost > 0 && cost <= 230 * BASE);
}

#[test]
fn plan_step_is_cut_by_the_cap_and_the_budget() {
    let mut scene = Scene::at_risk(9_600_000);
    scene.policy.step_min_e7 = 1_000_000;
    scene.policy.step_max_e7 = 1_000_000;
    assert_eq!(
        scene.plan(Path::Fill).unwrap().approved.sold_value,
        6_840 * BASE
    );
    scene.budget_left_value = 4_000 * BASE;
    assert_eq!(
        scene.plan(Path::Fill).unwrap().approved.sold_value,
        4_000 * BASE
    );
    // What is left is less than the smallest step.
    for left in [3_000 * BASE, 1, 0, -1] {
        scene.budget_left_value = left;
        assert_eq!(scene.plan(Path::Fill), Err(Refusal::BudgetExhausted));
    }
}

#[test]
fn plan_step_stays_within_the_slack_when_plain() {
    let plan = Scene::at_risk(9_600_000).plan(Path::Plain).unwrap();
    // The slack is 3,999.04, less the interest of a few ledgers on 72,000.
    assert!(plan.approved.sold_value < 3_999 * BASE);
    assert!(plan.approved.sold_value > 3_997 * BASE);
    for scene in [
        Scene::at_risk(9_999_900),
        Scene::in_rescue(10_500_000, 100_000, i128::MAX),
    ] {
        assert_eq!(scene.plan(Path::Plain), Err(Refusal::PlainExceedsSlack));
    }
}

#[test]
fn plan_step_fails_as_the_check_does_when_nothing_is_to_be_done() {
    for path in PATHS {
        assert_eq!(Scene::at_risk(0).plan(path), Err(Refusal::NoDebt));
        assert_eq!(
            Scene::at_risk(9_299_999).plan(path),
            Err(Refusal::NotAtRisk)
        );
        // Debt without collateral is beyond any threshold, and so are these: the clock decides.
        let mut bare = Scene::in_rescue(9_600_000, 100_000, i128::MAX);
        bare.position.legs[XLM].b_tokens = 0;
        assert_eq!(bare.plan(path), Err(Refusal::NoCollateral));
        bare.rescue = None;
        for scene in [bare, Scene::at_risk(10_000_000), Scene::at_risk(14_500_000)] {
            assert_eq!(scene.plan(path), Err(Refusal::RescueTooEarly));
        }
    }
    // Under water nothing helps.
    assert_eq!(
        Scene::in_rescue(14_500_000, 300_000, i128::MAX).plan(Path::Fill),
        Err(Refusal::DoesNotImprove)
    );
}

#[test]
fn plan_step_fails_when_sources_diverge() {
    let mut scene = Scene::at_risk(9_600_000);
    let second = |price| SourcePrices {
        previous: None,
        second: Some(price),
    };
    scene.sources = vec![second(50 * BASE / 100), second(BASE)];
    assert_eq!(scene.plan(Path::Fill), Err(Refusal::PriceDiverges));
}

#[test]
fn plan_pair_fails_when_there_is_no_such_pair() {
    let scene = Scene::at_risk(9_600_000);
    for (collateral, debt, refusal) in [
        (7, USDC, Refusal::NoCollateral),
        (USDC, USDC, Refusal::NoCollateral),
        (XLM, 7, Refusal::NoDebt),
        (XLM, XLM, Refusal::NoDebt),
    ] {
        assert_eq!(scene.plan_pair(Path::Fill, collateral, debt), Err(refusal));
    }
}

#[test]
fn plan_step_closes_the_debt_when_the_target_would_leave_a_stub() {
    let mut scene = Scene::at_risk(9_600_000);
    scene.min_collateral = 64_000 * BASE;
    for path in [Path::Fill, Path::Flash] {
        let plan = scene.plan(path).unwrap();
        assert_eq!(plan.approved.after.legs[USDC].d_tokens, 0);
        assert_eq!(plan.approved.repaid, 68_400 * TOKEN);
        // Interest of a few ledgers is brought along, and refunded.
        assert_eq!(plan.proposal.repay, 68_400_6840000);
        // A few ledgers later it still closes.
        let mut later = scene.clone();
        later.position.legs[USDC].d_rate_e12 += 5_000_000;
        let step = later.check(plan.proposal).unwrap();
        assert_eq!(step.after.legs[USDC].d_tokens, 0);
    }
    // The plain path cannot close what it must withdraw first: it stops at its slack.
    assert!(scene.plan(Path::Plain).unwrap().approved.after.legs[USDC].d_tokens > 0);
}

#[test]
fn plan_step_leaves_no_stub_when_the_debt_cannot_be_closed() {
    // Two debts: no pair closes both, so the sale stops at the minimum.
    let mut scene = Scene::at_risk(9_600_000);
    let mut half = scene.position.legs[USDC];
    half.d_tokens /= 2;
    scene.position.legs[USDC] = half;
    let mut scene = scene.with_leg(half);
    scene.min_collateral = 66_000 * BASE;
    let after = scene.plan(Path::Fill).unwrap().approved.after;
    let left = after.totals().unwrap().collateral_base;
    assert!((66_000 * BASE..66_001 * BASE).contains(&left));
}

#[test]
fn plan_step_takes_the_cheapest_pair_first() {
    // Of two collaterals, the one with the smaller factor; of two debts, the one with the smaller
    // liability factor; the same asset before all.
    let base = Scene::at_risk(9_600_000);
    let mut other_collateral = base.position.legs[XLM];
    other_collateral.collateral_factor_e7 = 5_000_000;
    let mut other_debt = base.position.legs[USDC];
    other_debt.liability_factor_e7 = 7_500_000;
    other_debt.d_tokens = 20_000 * TOKEN;
    let mut scene = base.with_leg(other_collateral).with_leg(other_debt);
    scene.position.legs[USDC].d_tokens += 20_000 * TOKEN;
    let plan = scene.plan(Path::Fill).unwrap();
    assert_eq!((plan.proposal.collateral, plan.proposal.debt), (2, 3));
    scene.position.legs[XLM].d_tokens = 5_000 * TOKEN;
    scene.policy.step_min_e7 = 100_000;
    let plan = scene.plan(Path::Fill).unwrap();
    assert_eq!((plan.proposal.collateral, plan.proposal.debt), (XLM, XLM));
}

#[test]
fn plan_step_passes_over_a_pair_that_is_only_dust() {
    let base = Scene::at_risk(9_600_000);
    let mut dust = base.position.legs[XLM];
    dust.collateral_factor_e7 = 1_000_000;
    dust.b_tokens = TOKEN;
    let scene = base.with_leg(dust);
    let plan = scene.plan(Path::Fill).unwrap();
    assert_eq!(plan.proposal.collateral, XLM);
    assert_eq!(plan.approved.risk_after_e7, 8_775_000);
    // It is planned where there is nothing else.
    let mut only = scene.clone();
    only.budget_left_value = BASE;
    assert_eq!(only.plan(Path::Fill).unwrap().proposal.collateral, 2);
}

#[test]
fn plan_step_sells_all_but_the_dust_when_a_flash_sells_a_whole_collateral() {
    let base = Scene::at_risk(9_600_000);
    let mut cheap = base.position.legs[XLM];
    cheap.collateral_factor_e7 = 1_000_000;
    cheap.b_tokens = 10_000 * TOKEN;
    cheap.d_rate_e12 += 1;
    let mut scene = base.with_leg(cheap);
    scene.policy.step_min_e7 = 1_000_000;
    for (path, kept) in [(Path::Fill, 0), (Path::Flash, 3)] {
        let plan = scene.plan(path).unwrap();
        assert_eq!(plan.proposal.collateral, 2);
        assert_eq!(plan.proposal.sell, 10_000 * TOKEN - kept);
    }
}

#[test]
fn plan_pair_fails_when_its_step_would_be_too_small() {
    // A flash leaves two units for its dust: of a thousand that is more than a thousandth.
    let base = Scene::at_risk(9_600_000);
    let mut small = base.position.legs[XLM];
    (small.asset_scalar, small.b_tokens) = (100, 1_000);
    let scene = base.with_leg(small);
    assert_eq!(
        scene.plan_pair(Path::Flash, 2, USDC),
        Err(Refusal::StepTooSmall)
    );
    assert!(scene.plan_pair(Path::Fill, 2, USDC).is_ok());
}

#[test]
fn plan_step_takes_the_part_that_improves_most_when_no_step_is_of_full_size() {
    // Two small collaterals beside one that cannot be sold for want of budget.
    let base = Scene::at_risk(9_600_000);
    let mut small = base.position.legs[XLM];
    small.b_tokens = 100 * TOKEN;
    let smaller = Leg {
        b_tokens: 50 * TOKEN,
        ..small
    };
    // Of two that are alike the first.
    for (legs, best) in [
        ([small, smaller], 2),
        ([smaller, small], 3),
        ([small, small], 2),
    ] {
        let mut scene = base.clone().with_leg(legs[0]).with_leg(legs[1]);
        scene.budget_left_value = 100 * BASE;
        let plan = scene.plan(Path::Fill).unwrap();
        assert_eq!(plan.proposal.collateral, best);
    }
}

#[test]
fn plan_step_takes_the_whole_band_when_units_are_coarse() {
    // Units worth 2,000: one moves the ratio by 1%, and may pass over the upper half of the band.
    let mut lower_half = 0;
    for risk_e7 in (9_300_000..9_420_000).step_by(1_000) {
        let mut scene = Scene::at_risk(risk_e7);
        scene.policy.step_min_e7 = 5_000_000;
        let xlm = &mut scene.position.legs[XLM];
        (xlm.price, xlm.asset_scalar, xlm.b_tokens) = (2_000 * BASE, 1, 50);
        let discount_e7 = scene.granted_discount_e7(false) - 10;
        let floor = scene.floor(XLM, USDC).unwrap();
        let accepted = (1..50).any(|sell| {
            let proposal = Proposal {
                path: Path::Fill,
                collateral: XLM,
                debt: USDC,
                sell,
                repay: floor_repay_ceil(&floor, sell, discount_e7).unwrap(),
            };
            scene.check(proposal).is_ok()
        });
        let plan = scene.plan(Path::Fill);
        assert_eq!(plan.is_ok(), accepted, "{risk_e7}");
        lower_half += usize::from(plan.is_ok_and(|plan| plan.approved.risk_after_e7 < 8_775_000));
    }
    assert!(lower_half > 10);
}

#[test]
fn plan_step_nets_exactly_what_is_owed() {
    // Interest headroom would take more of the asset than the withdrawal brings.
    let mut scene = Scene::at_risk(9_600_000);
    scene.position.legs[XLM].d_tokens = 5_000 * TOKEN;
    scene.policy.step_min_e7 = 100_000;
    for path in PATHS {
        let plan = scene.plan(path).unwrap();
        assert_eq!((plan.proposal.collateral, plan.proposal.debt), (XLM, XLM));
        assert_eq!(plan.proposal.sell, 5_000 * TOKEN);
        assert_eq!(plan.proposal.repay, 5_000 * TOKEN);
    }
}

#[test]
fn plan_step_is_not_cut_at_hard_nor_in_a_rescue() {
    // Steps of at most 1% of the debt, and no budget.
    let mut hard = Scene::at_risk(9_900_000);
    let mut rescue = Scene::in_rescue(9_800_000, 100_000, i128::MAX);
    for scene in [&mut hard, &mut rescue] {
        scene.policy.step_min_e7 = 100_000;
        scene.policy.step_max_e7 = 100_000;
        scene.budget_left_value = 0;
    }
    assert_eq!(
        hard.plan(Path::Fill).unwrap().approved.risk_after_e7,
        8_775_000
    );
    assert_eq!(
        rescue.plan(Path::Fill).unwrap().approved.risk_after_e7,
        9_475_000
    );
}

#[test]
fn plan_step_rescues_by_the_cheapest_pair_that_lands_though_another_lands_lower() {
    // All of a cheap collateral, 200 of factor 10%, lands at 94.82%; the other could land at 94.75%.
    let base = Scene::in_rescue(9_510_000, 100_000, i128::MAX);
    let mut cheap = base.position.legs[XLM];
    cheap.collateral_factor_e7 = 1_000_000;
    cheap.b_tokens = 500 * TOKEN;
    let plan = base.with_leg(cheap).plan(Path::Fill).unwrap();
    assert_eq!(plan.proposal.collateral, 2);
    assert!((9_482_000..9_483_000).contains(&plan.approved.risk_after_e7));
}

/// Two debts, the second the cheaper to repay.
fn two_debts() -> Scene {
    let mut scene = Scene::at_risk(9_600_000);
    let mut half = scene.position.legs[USDC];
    half.d_tokens /= 2;
    scene.position.legs[USDC] = half;
    half.liability_factor_e7 = 9_000_000;
    scene.with_leg(half)
}

#[test]
fn plan_step_repaying_keeps_to_the_debts_it_is_given() {
    let scene = two_debts();
    let outlook = scene.outlook();
    for (only, debt) in [(None, 2), (Some(USDC), USDC), (Some(2), 2)] {
        let repays = |leg| only.is_none_or(|only| leg == only);
        let totals = scene.totals();
        let cheapest = cheapest_debt(&outlook, &totals, repays);
        assert_eq!(cheapest, Ok(Some(debt)));
        let mut asked = vec![];
        let plan = plan_step_repaying(&outlook, Path::Fill, repays, |collateral, debt| {
            asked.push((collateral, debt));
            scene.floor_of_pair(collateral, debt)
        });
        assert_eq!(plan.unwrap().proposal.debt, debt);
        assert_eq!(asked, [(XLM, debt)]);
    }
    let none = |_| false;
    assert_eq!(cheapest_debt(&outlook, &scene.totals(), none), Ok(None));
    assert_eq!(
        plan_step_repaying(&outlook, Path::Fill, none, |_, _| Ok(Floor::PAR)),
        Err(Refusal::NoCollateral)
    );
}

#[test]
fn plan_step_repaying_passes_over_a_pair_without_a_floor() {
    #[derive(Debug, PartialEq)]
    enum Failure {
        Refused(Refusal),
        Unavailable(usize),
    }
    impl From<Refusal> for Failure {
        fn from(refusal: Refusal) -> Self {
            Failure::Refused(refusal)
        }
    }
    let scene = two_debts();
    let plan = |fails: &[usize]| {
        plan_step_repaying(
            &scene.outlook(),
            Path::Fill,
            |_| true,
            |collateral, debt| {
                if fails.contains(&debt) {
                    return Err(Failure::Unavailable(debt));
                }
                Ok(scene.floor_of_pair(collateral, debt)?)
            },
        )
    };
    assert_eq!(plan(&[2]).unwrap().proposal.debt, USDC);
    // The cheapest pair's error is told.
    assert_eq!(plan(&[USDC, 2]), Err(Failure::Unavailable(2)));
    let mut calm = two_debts();
    calm.position.legs[XLM].b_tokens *= 2;
    let asked = plan_step_repaying(
        &calm.outlook(),
        Path::Fill,
        |_| true,
        |_, debt| Err(Failure::Unavailable(debt)),
    );
    assert_eq!(asked, Err(Failure::Refused(Refusal::NotAtRisk)));
}

/// A quote stands for a minute at an interest of 100% a year, at every risk ratio and path.
#[test]
fn plan_step_stays_acceptable_when_interest_accrues_for_twelve_ledgers() {
    for path in PATHS {
        for risk_e7 in (9_300_000..=10_900_000).step_by(10_000) {
            let mut scene = Scene::at_risk(risk_e7);
            if risk_e7 > 10_000_000 {
                scene.rescue = Scene::in_rescue(0, 200_000, i128::MAX).rescue;
            }
            let Ok(plan) = scene.plan(path) else { continue };
            scene.position.legs[USDC].d_rate_e12 += 2_000_000;
            let later = scene.check(plan.proposal);
            assert!(later.is_ok(), "{path:?} at {risk_e7}: {later:?}");
        }
    }
}

#[test]
fn plan_step_succeeds_at_every_size_of_position() {
    for exponent in 0..=24 {
        let mut scene = Scene::at_risk(9_600_000);
        for leg in &mut scene.position.legs {
            // From 0.25 XLM on, up to what 128 bits can value.
            leg.b_tokens = leg.b_tokens / 1_000_000 * 10i128.pow(exponent);
            leg.d_tokens = leg.d_tokens / 1_000_000 * 10i128.pow(exponent);
        }
        let Ok(_) = scene.position.totals() else {
            assert!(exponent > 20);
            continue;
        };
        for path in PATHS {
            let plan = scene.plan(path);
            assert!(plan.is_ok(), "10^{exponent}, {path:?}: {plan:?}");
        }
    }
}
