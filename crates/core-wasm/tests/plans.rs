//! A plan is repeated quotes, costs no more than the policy allows, and never makes a vault worse.

mod support;

use ballast_core::check::Path;
use ballast_core::fixed::{mul_div_ceil, ONE_E7};
use ballast_core::policy::Policy;
use ballast_core_wasm::code::Code;
use ballast_core_wasm::plan::{plan, End, Plan, MOST_STEPS};
use ballast_core_wasm::question::Question as Read;
use ballast_core_wasm::view::{Prices, View};
use proptest::prelude::*;
use support::{buffer, Question, Reserve, PRICE, UNIT};

fn view(question: &Question) -> View {
    let buffer = buffer(&question.words());
    View::load(&Read::read(&buffer).unwrap(), Prices::Within(900), None).unwrap()
}

/// 10,000 XLM at 0.25 USD against `debt` USDC.
fn question(debt: i128) -> Question {
    let mut xlm = Reserve::at(PRICE / 4);
    xlm.b_tokens = 10_000 * UNIT;
    let mut usdc = Reserve::at(PRICE);
    usdc.d_tokens = debt * UNIT;
    Question::of(vec![xlm, usdc])
}

fn planned(question: &Question, price: i128, jump: bool) -> Plan {
    plan(view(question), 0, price, jump).unwrap()
}

#[test]
fn a_small_fall_needs_nothing() {
    let plan = planned(&question(1_000), PRICE / 4 - PRICE / 100, false);
    assert!(plan.steps.is_empty());
    assert_eq!((plan.end, plan.refusal), (End::Safe, None));
    assert_eq!(
        (plan.sold_value, plan.cost_value, plan.sold_share_e7),
        (0, 0, 0)
    );
}

#[test]
fn a_fall_through_soft_sells_a_little_at_a_time() {
    let plan = planned(&question(1_500), PRICE / 5, false);
    assert!(plan.steps.len() > 3, "{}", plan.steps.len());
    assert_eq!((plan.end, plan.refusal), (End::Safe, None));
    let prices: Vec<_> = plan.steps.iter().map(|step| step.price).collect();
    assert!(prices.is_sorted_by(|one, next| one >= next));
    assert!(
        plan.cost_value * 10 < plan.sold_value,
        "a discount of 10% at most"
    );
    assert!(plan.sold_share_e7 > 0 && plan.sold_share_e7 < ONE_E7);
}

#[test]
fn a_gap_beyond_100_percent_is_for_the_auction() {
    let plan = planned(&question(1_500), PRICE / 10, true);
    assert!(plan.steps.is_empty());
    assert_eq!(
        (plan.end, plan.refusal),
        (End::Liquidatable, Some(Code(146)))
    );
    // On the way steps are made.
    let plan = planned(&question(1_500), PRICE / 10, false);
    assert!(!plan.steps.is_empty());
}

#[test]
fn the_reserve_is_spent_first() {
    let mut question = question(1_500);
    question.reserves[1].idle = 400 * UNIT;
    let plan = planned(&question, PRICE / 5, false);
    let first = plan.steps[0];
    assert_eq!((first.sell, first.cost_value), (0, 0));
    assert!(first.reserve_spent > 0);
    assert!(plan.reserve_spent_value > 0);
    let without = planned(&without_reserve(&question), PRICE / 5, false);
    assert!(plan.sold_value < without.sold_value);
}

fn without_reserve(question: &Question) -> Question {
    let mut question = question.clone();
    question.policy.reserve_first = false;
    question
}

#[test]
fn a_spent_budget_is_waited_for() {
    let mut question = question(1_690);
    question.policy.sold_budget_e7 = 1_000_000;
    question.policy.step_min_e7 = 100_000;
    question.policy.step_max_e7 = 1_000_000;
    question.policy.target_e7 = 9_000_000;
    question.policy.rescue_target_e7 = 9_550_000;
    question.policy.window_ledgers = 17_280;
    let plan = planned(&question, PRICE / 4 - PRICE / 1_000, true);
    assert!(plan.steps.len() > 1);
    // Each in a day of its own.
    assert!(plan.view.ledger >= 1_000 + 17_280);
}

#[test]
fn nobody_acts_with_an_auction_open_or_automation_off() {
    let mut off = question(1_690);
    off.automation = false;
    let plan = planned(&off, PRICE / 4 - PRICE / 1_000, false);
    assert!(plan.steps.is_empty());
    assert_eq!(
        (plan.end, plan.refusal),
        (End::Waiting, Some(Code::AUTOMATION_OFF))
    );
    let mut open = question(1_690);
    open.auction_start = Some(990);
    let plan = planned(&open, PRICE / 4 - PRICE / 100, false);
    assert!(plan.steps.is_empty());
    assert_eq!(
        (plan.end, plan.refusal),
        (End::Liquidatable, Some(Code::AUCTION_OPEN))
    );
}

#[test]
fn a_price_must_be_one() {
    assert_eq!(
        plan(view(&question(1_000)), 0, 0, false).err(),
        Some(Code(149))
    );
}

fn reserve() -> impl Strategy<Value = Reserve> {
    (
        PRICE / 1_000..20 * PRICE,
        (3_000_000..9_800_000_u32, 5_000_000..10_000_000_u32),
        prop_oneof![Just(0), 1..50_000 * UNIT],
        prop_oneof![Just(0), 1..50_000 * UNIT],
        prop_oneof![3 => Just(0), 1 => 1..2_000 * UNIT],
        prop::option::of(-50..50_i128),
    )
        .prop_map(|(price, factors_e7, b_tokens, d_tokens, idle, second)| {
            let mut reserve = Reserve::at(price);
            reserve.factors_e7 = factors_e7;
            reserve.b_tokens = b_tokens;
            reserve.d_tokens = d_tokens;
            reserve.idle = idle;
            reserve.second = second.map(|by| (support::NOW, price + price * by / 1_000));
            reserve
        })
}

fn policy() -> impl Strategy<Value = Policy> {
    let presets = prop_oneof![
        Just(Policy::EARLY),
        Just(Policy::BALANCED),
        Just(Policy::LATE)
    ];
    (presets, 0..5_u32, 1..30_u32, any::<bool>()).prop_map(|(policy, z, budget, previous)| Policy {
        volatility_z_e2: z * 50,
        volatility_shift_max_e7: 300_000,
        sold_budget_e7: budget * 1_000_000,
        use_previous_round: previous,
        ..policy
    })
}

prop_compose! {
    /// Vaults whose debts are scaled so that most of them are near soft somewhere on the way.
    fn vault()(
        reserves in prop::collection::vec(reserve(), 2..5),
        policy in policy(),
        second in 0..2_u64,
        risk_e7 in 6_000_000..10_100_000_i128,
    ) -> Question {
        let mut question = Question::of(reserves);
        question.policy = policy;
        question.second = second;
        if let Ok(totals) = view(&question).totals() {
            let now = totals.risk_ratio_e7_ceil();
            if now > 0 && now < 1_000 * ONE_E7 {
                for reserve in &mut question.reserves {
                    reserve.d_tokens = reserve.d_tokens * risk_e7 / now;
                }
            }
        }
        question
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_keep_their_promises(question in vault(), percent in 20..180_i128, jump: bool) {
        let price = question.reserves[0].prices[0] * percent / 100;
        let plan = planned(&question, price, jump);
        let dearest_e7 = i128::from(question.policy.discount_max_e7);
        let mut costs = 0;
        for step in &plan.steps {
            prop_assert!(step.risk_after_e7 < step.risk_before_e7);
            prop_assert!(step.sell > 0 || step.reserve_spent > 0);
            let sold = &question.reserves[step.collateral];
            let at = if step.collateral == 0 { step.moved_price } else { sold.prices[0] };
            if sold.b_tokens > 0 && step.sell > 0 {
                prop_assert_eq!(step.price, at);
                let sold_value = mul_div_ceil(step.price, step.sell, UNIT).unwrap();
                let most = mul_div_ceil(sold_value, dearest_e7, ONE_E7).unwrap() + 2;
                prop_assert!(step.cost_value <= most, "{} of {}", step.cost_value, most);
            }
            costs += step.cost_value;
        }
        prop_assert_eq!(plan.cost_value, costs);
        prop_assert!(plan.steps.len() <= MOST_STEPS);
        let (risk_e7, soft_e7) = (plan.after.risk_e7(), plan.after.soft_e7());
        prop_assert_eq!(plan.end == End::Safe, risk_e7 < soft_e7);
        prop_assert_eq!(plan.end == End::Liquidatable, risk_e7 >= ONE_E7);
        prop_assert_eq!(plan.view.totals().unwrap().risk_ratio_e7_ceil(), risk_e7);
        if plan.end == End::Waiting && plan.steps.len() < MOST_STEPS {
            prop_assert!(plan.refusal.is_some());
        }
        if let Some(leg) = plan.view.leg_of(0) {
            prop_assert_eq!(plan.view.position.legs[leg].price, price);
        }
    }

    /// The steps of a first round, one quote after the other.
    #[test]
    fn a_plan_is_repeated_quotes(question in vault()) {
        let price = question.reserves[0].prices[0];
        let mut stepped = view(&question);
        let mut made = 0;
        let plan = planned(&question, price, false);
        while let Ok(quoted) = stepped.quote(Path::Fill) {
            if made == MOST_STEPS {
                break;
            }
            let before = stepped.totals().unwrap().risk_ratio_e7_ceil();
            let repaid = stepped.apply(&quoted).unwrap();
            let step = plan.steps[made];
            prop_assert_eq!(
                (step.sell, step.repaid, step.reserve_spent, step.risk_before_e7),
                (quoted.sell, repaid, quoted.reserve_spent, before)
            );
            prop_assert_eq!(step.risk_after_e7, quoted.risk_after_e7);
            prop_assert_eq!(
                stepped.totals().unwrap().risk_ratio_e7_ceil(),
                quoted.risk_after_e7
            );
            made += 1;
        }
        prop_assert!(plan.steps.len() >= made);
    }
}
