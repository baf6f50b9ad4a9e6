//! `check_step`: what is approved, exactly, and one refusal of each kind.

use ballast_core::check::{Path, Proposal};
use ballast_core::policy::Policy;
use ballast_core::Refusal;

use crate::scene::{fill, Scene, BASE, PAR_RATE, POLICY, TOKEN, USDC, XLM};

/// Refusal of a proposal in a scene.
fn refused(scene: &Scene, proposal: Proposal) -> Refusal {
    scene.check(proposal).unwrap_err()
}

/// Midway between soft and hard: step cap 62.5% of 68,400, discount 1.8%.
fn midway() -> Scene {
    Scene::at_risk(9_600_000)
}

/// Steps of exactly a tenth of the debt, 6,840 midway; the smallest is 3,420.
fn with_small_steps(mut scene: Scene) -> Scene {
    scene.policy = Policy {
        step_min_e7: 1_000_000,
        step_max_e7: 1_000_000,
        ..POLICY
    };
    scene
}

#[test]
fn check_step_succeeds_when_a_fill_repays_the_floor() {
    let step = midway().check(fill(10_000, 180_000)).unwrap();
    assert_eq!(step.repaid, 9_820 * TOKEN);
    assert_eq!(step.floor_repay, 9_820 * TOKEN);
    assert_eq!(step.largest_reward, 180 * TOKEN);
    assert_eq!(step.discount_e7, 180_000);
    assert_eq!(step.sold_value, 10_000 * BASE);
    assert_eq!(step.risk_before_e7, 9_600_000);
    // (72,000 - 9,820 / 0.95) / (75,000 - 7,500), rounded up.
    assert_eq!(step.risk_after_e7, 9_135_283);
    assert_eq!(step.after.legs[XLM].b_tokens, 225_000 * TOKEN);
    assert_eq!(step.after.legs[USDC].d_tokens, 58_580 * TOKEN);
}

#[test]
fn check_step_fails_when_a_fill_repays_one_unit_under_the_floor() {
    let mut proposal = fill(10_000, 180_000);
    proposal.repay -= 1;
    assert_eq!(refused(&midway(), proposal), Refusal::BelowFloor);
}

#[test]
fn check_step_fails_when_the_bid_beyond_the_debt_makes_the_floor() {
    // 70,000 sold for a debt of 68,400: the excess is refunded, and does not count.
    let mut proposal = fill(70_000, 0);
    proposal.repay = 70_000 * TOKEN;
    assert_eq!(refused(&midway(), proposal), Refusal::BelowFloor);
}

#[test]
fn check_step_succeeds_at_soft_and_fails_below() {
    let proposal = fill(9_500, 60_000);
    assert!(Scene::at_risk(9_300_000).check(proposal).is_ok());
    assert_eq!(
        refused(&Scene::at_risk(9_299_999), proposal),
        Refusal::NotAtRisk
    );
}

#[test]
fn check_step_fails_when_there_is_no_debt() {
    assert_eq!(
        refused(&Scene::at_risk(0), fill(10_000, 0)),
        Refusal::NoDebt
    );
    let mut proposal = fill(10_000, 0);
    proposal.debt = 7;
    assert_eq!(refused(&midway(), proposal), Refusal::NoDebt);
    proposal.debt = XLM;
    assert_eq!(refused(&midway(), proposal), Refusal::NoDebt);
}

#[test]
fn check_step_fails_when_there_is_no_collateral() {
    for collateral in [USDC, 7] {
        let proposal = Proposal {
            collateral,
            ..fill(10_000, 0)
        };
        assert_eq!(refused(&midway(), proposal), Refusal::NoCollateral);
    }
}

#[test]
fn check_step_fails_when_more_is_sold_than_held() {
    let mut proposal = fill(100_000, 0);
    proposal.sell += 1;
    assert_eq!(refused(&midway(), proposal), Refusal::ExceedsCollateral);
}

#[test]
fn check_step_fails_when_a_flash_sells_its_dust() {
    // Little held beside others, so that selling all of it is within cap and landing.
    let (mut scene, mut held) = (midway(), midway().position.legs[XLM]);
    held.b_tokens = 10_000 * TOKEN;
    held.d_rate_e12 = PAR_RATE + 1;
    scene.position.legs[USDC].d_tokens += 1_000 * TOKEN;
    let scene = scene.with_leg(held);
    // One d-token is worth up to two units: three are needed beyond the sale.
    for (path, kept) in [(Path::Fill, 0), (Path::Plain, 0), (Path::Flash, 3)] {
        let mut proposal = Proposal {
            path,
            collateral: 2,
            ..fill(4_000, 0)
        };
        proposal.sell = held.b_tokens - kept;
        assert!(scene.check(proposal).is_ok(), "{path:?}");
        for sell in [proposal.sell + 1, i128::MAX] {
            proposal.sell = sell;
            assert_eq!(refused(&scene, proposal), Refusal::ExceedsCollateral);
        }
    }
}

#[test]
fn check_step_fails_when_an_amount_is_not_positive() {
    for amount in [0, -1] {
        let sells = Proposal {
            sell: amount,
            ..fill(10_000, 0)
        };
        let repays = Proposal {
            repay: amount,
            ..fill(10_000, 0)
        };
        assert_eq!(refused(&midway(), sells), Refusal::InvalidAmount);
        assert_eq!(refused(&midway(), repays), Refusal::InvalidAmount);
    }
}

#[test]
fn check_step_fails_when_a_leg_has_no_price() {
    let mut scene = midway();
    let totals = scene.totals();
    scene.position.legs[XLM].price = 0;
    let situation = ballast_core::check::Situation {
        policy: &scene.policy,
        position: &scene.position,
        totals: &totals,
        floor: ballast_core::price::Floor::PAR,
        budget_left_value: i128::MAX,
        min_collateral: 0,
        rescue: None,
    };
    assert_eq!(
        ballast_core::check::check_step(&situation, &fill(10_000, 0)),
        Err(Refusal::InvalidPrice)
    );
}

#[test]
fn check_step_fails_when_selling_makes_it_worse() {
    // At 141% the position is under water: even a par sale makes it worse.
    let auctioned = |risk_e7| Scene::in_rescue(risk_e7, 300_000, i128::MAX);
    assert_eq!(
        refused(&auctioned(14_100_000), fill(20_000, 0)),
        Refusal::DoesNotImprove
    );
    // At 136% a sale improves it at less than 3.1% only. Equity bears 0.63% of the granted 3%.
    let deep = auctioned(13_600_000);
    assert_eq!(refused(&deep, fill(20_000, 63_577)), Refusal::BelowFloor);
    assert_eq!(
        refused(&deep, fill(20_000, 63_576)),
        Refusal::UnhealthyAfter
    );
    // With factors of 100% and all of the equity at stake, the granted 3% is toxic.
    let mut toxic = Scene::at_risk(9_900_000);
    toxic.policy.max_cost_of_equity_e7 = 10_000_000;
    toxic.policy.discount_max_e7 = 1_000_000;
    toxic.position.legs[XLM].collateral_factor_e7 = 10_000_000;
    toxic.position.legs[USDC].liability_factor_e7 = 10_000_000;
    toxic.position.legs[USDC].d_tokens = 100_000 * 9_900_000;
    assert_eq!(toxic.granted_discount_e7(false), 100_000);
    assert_eq!(
        refused(&toxic, fill(20_000, 100_000)),
        Refusal::DoesNotImprove
    );
    assert!(toxic.check(fill(20_000, 90_000)).is_ok());
}

#[test]
fn check_step_fails_when_the_pool_would_refuse_the_end() {
    assert_eq!(
        refused(
            &Scene::in_rescue(13_000_000, 300_000, i128::MAX),
            fill(30_000, 150_000)
        ),
        Refusal::UnhealthyAfter
    );
    // The pool demands a health factor of 1.00001. From a liability base of 74,999.9925 a sale at
    // par reaches it at 2.46.
    let brink = Scene::at_risk(9_999_999);
    assert_eq!(refused(&brink, fill(2, 0)), Refusal::UnhealthyAfter);
    assert_eq!(refused(&brink, fill(3, 0)), Refusal::StepTooSmall);
}

#[test]
fn check_step_fails_when_no_auction_is_open_at_100_percent() {
    let proposal = fill(23_000, 100_000);
    assert!(Scene::at_risk(9_999_999).check(proposal).is_ok());
    for risk_e7 in [10_000_000, 10_000_001, 10_500_000, 14_100_000] {
        let mut scene = Scene::at_risk(risk_e7);
        assert_eq!(refused(&scene, proposal), Refusal::RescueTooEarly);
        // Neither a better bid nor netting is an exception.
        assert_eq!(refused(&scene, fill(23_000, 0)), Refusal::RescueTooEarly);
        scene.position.legs[XLM].d_tokens = 5_000 * TOKEN;
        let netting = Proposal {
            debt: XLM,
            repay: proposal.sell,
            ..proposal
        };
        assert_eq!(refused(&scene, netting), Refusal::RescueTooEarly);
    }
    assert!(Scene::in_rescue(10_500_000, 100_000, i128::MAX)
        .check(proposal)
        .is_ok());
}

#[test]
fn check_step_fails_when_a_plain_withdrawal_exceeds_the_slack() {
    // Slack midway: (75,000 - 72,000.72) / 0.75 = 3,999.04 of value.
    let plain = |value| Proposal {
        path: Path::Plain,
        ..fill(value, 0)
    };
    assert!(midway().check(plain(3_999)).is_ok());
    assert_eq!(refused(&midway(), plain(4_000)), Refusal::PlainExceedsSlack);
    // In between, the pool's minimum binds as well.
    let mut scene = midway();
    scene.min_collateral = 72_001 * BASE;
    assert!(scene.check(plain(3_998)).is_ok());
    scene.min_collateral = 72_002 * BASE;
    assert_eq!(refused(&scene, plain(3_998)), Refusal::PlainExceedsSlack);
}

#[test]
fn check_step_fails_when_debt_stays_on_too_little_collateral() {
    let mut scene = midway();
    scene.min_collateral = 67_500 * BASE;
    assert!(scene.check(fill(10_000, 180_000)).is_ok());
    scene.min_collateral += 1;
    assert_eq!(refused(&scene, fill(10_000, 180_000)), Refusal::LeavesStub);
}

#[test]
fn check_step_closes_the_debt_when_the_target_would_leave_a_stub() {
    // Closing 68,400 at 1.8% sells 69,653; the target would leave a collateral base of 63,000.
    let mut closing = fill(69_653, 180_000);
    closing.repay = 68_400 * TOKEN;
    let mut scene = midway();
    assert_eq!(refused(&scene, closing), Refusal::LandsBelowTarget);
    scene.min_collateral = 62_000 * BASE;
    assert_eq!(refused(&scene, closing), Refusal::LandsBelowTarget);
    scene.min_collateral = 64_000 * BASE;
    // Neither cap nor budget binds: there is no smaller step.
    scene.budget_left_value = 0;
    let step = scene.check(closing).unwrap();
    assert_eq!(step.risk_after_e7, 0);
    assert_eq!(step.after.legs[USDC].d_tokens, 0);
    // Any less is no way out.
    assert_eq!(refused(&scene, fill(69_000, 180_000)), Refusal::LeavesStub);
}

#[test]
fn check_step_closes_a_stub_only_where_the_target_leaves_less_than_the_minimum() {
    let mut closing = fill(69_653, 180_000);
    closing.repay = 68_400 * TOKEN;
    let mut scene = midway();
    // A step that stops at t = 87.5% frees `f * (B - t*A) / (B - t*f)`, rounded up; closing frees f.
    let (above, freed) = (6_375 * BASE, 5_223_975 * BASE / 100);
    let slope = 72_000 * BASE - freed / 8 * 7;
    let left = 75_000 * BASE - (freed * above + slope - 1) / slope;
    scene.min_collateral = left;
    assert_eq!(refused(&scene, closing), Refusal::LandsBelowTarget);
    scene.min_collateral = left + 1;
    assert!(scene.check(closing).is_ok());
}

#[test]
fn check_step_fails_when_it_lands_below_the_target() {
    // x = (72,000 - t * 75,000) / (0.982 / 0.95 - t * 0.75) reaches t = 87.5% at 16,890.4.
    assert!(midway().check(fill(16_890, 180_000)).is_ok());
    assert_eq!(
        refused(&midway(), fill(16_891, 180_000)),
        Refusal::LandsBelowTarget
    );
}

#[test]
fn check_step_fails_when_the_step_exceeds_the_cap() {
    let scene = with_small_steps(midway());
    assert!(scene.check(fill(6_840, 180_000)).is_ok());
    assert_eq!(refused(&scene, fill(6_841, 180_000)), Refusal::StepTooLarge);
    // At hard the cap does not bind.
    assert!(with_small_steps(Scene::at_risk(9_900_000))
        .check(fill(20_000, 300_000))
        .is_ok());
}

#[test]
fn check_step_fails_when_the_budget_is_spent() {
    let mut scene = midway();
    scene.budget_left_value = 9_999 * BASE;
    assert_eq!(
        refused(&scene, fill(10_000, 180_000)),
        Refusal::BudgetExhausted
    );
    assert!(scene.check(fill(9_999, 180_000)).is_ok());
    let mut hard = Scene::at_risk(9_900_000);
    hard.budget_left_value = 0;
    assert!(hard.check(fill(10_000, 300_000)).is_ok());
}

#[test]
fn check_step_fails_when_the_step_is_too_small() {
    let scene = with_small_steps(midway());
    assert!(scene.check(fill(3_420, 180_000)).is_ok());
    assert_eq!(refused(&scene, fill(3_419, 180_000)), Refusal::StepTooSmall);
}

#[test]
fn check_step_succeeds_when_a_small_step_reaches_the_target() {
    // The smallest step is a quarter of the debt, 16,566; 88.5% is reached at 8,822.
    let mut scene = Scene::at_risk(9_300_000);
    scene.policy.step_min_e7 = 5_000_000;
    let step = scene.check(fill(8_830, 60_000)).unwrap();
    assert!((8_800_000..=8_850_000).contains(&step.risk_after_e7));
    assert_eq!(refused(&scene, fill(8_810, 60_000)), Refusal::StepTooSmall);
}

#[test]
fn check_step_succeeds_when_a_small_step_is_all_there_is() {
    // Half of the slack on the plain path.
    let plain = |value| Proposal {
        path: Path::Plain,
        ..fill(value, 0)
    };
    assert!(midway().check(plain(2_000)).is_ok());
    assert_eq!(refused(&midway(), plain(1_999)), Refusal::StepTooSmall);
    // The whole of a small collateral, of a small debt.
    let mut small = midway().position.legs[XLM];
    small.b_tokens = 100 * TOKEN;
    let scene = midway().with_leg(small);
    let sells = |tokens: i128| Proposal {
        collateral: 2,
        sell: tokens * TOKEN,
        repay: tokens * 40 * TOKEN / 100,
        ..fill(1, 0)
    };
    assert!(scene.check(sells(100)).is_ok());
    assert_eq!(refused(&scene, sells(99)), Refusal::StepTooSmall);
    let mut small = midway().position.legs[USDC];
    small.d_tokens = 100 * TOKEN;
    let scene = midway().with_leg(small);
    let repays = |value: i128| Proposal {
        debt: 2,
        ..fill(value, 0)
    };
    assert!(scene.check(repays(100)).is_ok());
    assert_eq!(refused(&scene, repays(99)), Refusal::StepTooSmall);
}

#[test]
fn check_step_nets_an_asset_against_itself_at_par() {
    // 100,000 XLM owed (40,000, factor 75%: 53,333) on 250,000 XLM and some USDC owed: 72,000.
    let mut scene = midway();
    scene.position.legs[XLM].d_tokens = 100_000 * TOKEN;
    scene.position.legs[USDC].d_tokens = 177_333_333_333;
    let nets = |sell: i128, repay: i128| Proposal {
        path: Path::Plain,
        collateral: XLM,
        debt: XLM,
        sell,
        repay,
    };
    let step = scene.check(nets(20_000 * TOKEN, 20_000 * TOKEN)).unwrap();
    assert_eq!((step.discount_e7, step.largest_reward), (0, 0));
    assert_eq!(step.after.legs[XLM].b_tokens, 230_000 * TOKEN);
    assert_eq!(step.after.legs[XLM].d_tokens, 80_000 * TOKEN);
    assert_eq!(
        refused(&scene, nets(20_000 * TOKEN, 20_000 * TOKEN - 1)),
        Refusal::BelowFloor
    );
}

#[test]
fn check_step_fails_when_a_rescue_stops_half_way() {
    // Reaching 95% from 105% at 1% takes (78,750 - 71,250) / (0.99 / 0.95 - 0.7125) = 22,754.
    let scene = Scene::in_rescue(10_500_000, 100_000, i128::MAX);
    assert_eq!(
        refused(&scene, fill(22_754, 100_000)),
        Refusal::LandsAboveRescueTarget
    );
    assert!(scene.check(fill(22_755, 100_000)).is_ok());
    // 94.5% at (78,750 - 70,875) / (0.99 / 0.95 - 0.70875) = 23,623: no further.
    assert!(scene.check(fill(23_623, 100_000)).is_ok());
    assert_eq!(
        refused(&scene, fill(23_624, 100_000)),
        Refusal::LandsBelowTarget
    );
}

#[test]
fn check_step_lands_a_rescue_at_the_rescue_target_or_from_it_at_the_target() {
    // Exactly 95% is reached: some sale between the two above rounds to it.
    let scene = Scene::in_rescue(10_500_000, 100_000, i128::MAX);
    let lands_at_the_target = (0..1_000).any(|thousandths| {
        let mut proposal = fill(22_754, 0);
        proposal.sell += thousandths * TOKEN / 400;
        proposal.repay = proposal.sell / 1_000 * 396;
        scene
            .check(proposal)
            .is_ok_and(|step| step.risk_after_e7 == 9_500_000)
    });
    assert!(lands_at_the_target);
    // From 95% on a rescue goes to the ordinary target: (71,250 - 67,500) / (0.99 / 0.95 - 0.675).
    let scene = Scene::in_rescue(9_500_000, 100_000, i128::MAX);
    assert!(scene.check(fill(10_215, 100_000)).is_ok());
    let scene = Scene::in_rescue(9_500_001, 100_000, i128::MAX);
    assert_eq!(
        refused(&scene, fill(10_215, 100_000)),
        Refusal::LandsBelowTarget
    );
}

#[test]
fn check_step_fails_when_a_rescue_costs_more_than_a_fill() {
    let scene = Scene::in_rescue(10_500_000, 100_000, 230 * BASE);
    assert!(scene.check(fill(23_000, 100_000)).is_ok());
    let scene = Scene::in_rescue(10_500_000, 100_000, 230 * BASE - 1);
    assert_eq!(refused(&scene, fill(23_000, 100_000)), Refusal::TooDeep);
    // A better bid is still welcome.
    assert!(scene.check(fill(23_000, 90_000)).is_ok());
}

#[test]
fn check_step_fails_when_a_rescue_costs_more_than_a_fill_at_the_round_before() {
    // A last round 1% under the one before: 23,000 of it are 23,230 there.
    let mut scene = Scene::in_rescue(10_500_000, 100_000, 230 * BASE);
    scene.sources[XLM].previous = Some(scene.position.legs[XLM].price * 101 / 100);
    scene.sources[USDC].previous = Some(scene.position.legs[USDC].price);
    assert_eq!(refused(&scene, fill(23_000, 100_000)), Refusal::TooDeep);
    // At the price of the last round it lands in the band, and costs 225.
    assert!(scene.check(fill(22_500, 0)).is_ok());
    // The plan finds the bid that is good enough.
    let plan = scene.plan_pair(Path::Fill, XLM, USDC).unwrap();
    let cost = plan.proposal.sell * 101 / 100 * 4 / 10 - plan.proposal.repay;
    assert!(cost <= 230 * TOKEN, "{cost}");
    // A last round above the one before is the higher.
    scene.sources[XLM].previous = Some(scene.position.legs[XLM].price * 99 / 100);
    assert!(scene.check(fill(23_000, 100_000)).is_ok());
}

#[test]
fn check_step_grants_the_discount_of_the_auction_when_in_rescue() {
    let scene = Scene::in_rescue(10_500_000, 100_000, i128::MAX);
    assert_eq!(
        scene.check(fill(23_000, 100_000)).unwrap().discount_e7,
        100_000
    );
    assert_eq!(refused(&scene, fill(23_000, 100_001)), Refusal::BelowFloor);
}

#[test]
fn check_step_shrinks_the_discount_when_equity_is_short() {
    // Debt 96,900, equity 3,100, of which 20% = 620: a discount of 620 / 97,520 closes it all.
    let mut scene = Scene::in_rescue(13_600_000, 300_000, i128::MAX);
    assert_eq!(scene.granted_discount_e7(false), 63_576);
    scene.policy.max_cost_of_equity_e7 = 10_000_000;
    assert_eq!(scene.granted_discount_e7(false), 300_000);
    // No equity, no discount.
    assert_eq!(Scene::at_risk(14_100_000).granted_discount_e7(false), 0);
    assert_eq!(scene.granted_discount_e7(true), 0);
}

#[test]
fn check_step_fails_when_a_number_exceeds_128_bits() {
    let mut scene = midway();
    scene.position.legs[XLM].price = i128::MAX / 2;
    let mut proposal = fill(10_000, 0);
    proposal.sell = i128::MAX;
    assert_eq!(scene.position.totals(), Err(Refusal::Overflow));
    // Not on the way: no step is so large that its shares overflow.
    assert_eq!(refused(&midway(), proposal), Refusal::ExceedsCollateral);
    scene = midway();
    scene.position.legs[XLM].b_rate_e12 = PAR_RATE / 1_000;
    scene.position.legs[XLM].b_tokens *= 1_000;
    assert_eq!(refused(&scene, proposal), Refusal::Overflow);
}

/// The numbers are the vault's error codes: they may only be appended to.
#[test]
fn refusals_keep_their_numbers() {
    use Refusal::*;
    let all = [
        Overflow,
        InvalidAmount,
        NoDebt,
        NoCollateral,
        NotAtRisk,
        BelowFloor,
        StepTooSmall,
        StepTooLarge,
        BudgetExhausted,
        LandsBelowTarget,
        LandsAboveRescueTarget,
        DoesNotImprove,
        UnhealthyAfter,
        PlainExceedsSlack,
        ExceedsCollateral,
        LeavesStub,
        RescueTooEarly,
        TooDeep,
        PriceDiverges,
        InvalidPrice,
    ];
    for (number, refusal) in (130..).zip(all) {
        assert_eq!(refusal as u32, number, "{refusal:?}");
    }
}
