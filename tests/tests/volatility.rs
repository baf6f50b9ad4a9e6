//! Thresholds that move with volatility: `volatility_z` on the real oracle's rounds.

use crate::support::Scene;
use ballast_chain::market::{ONE, USD};
use ballast_chain::{Frame, Override, PriceData};
use ballast_core::health::Position;
use ballast_core::volatility::{
    policy_in_force, risk_ratios_e7, round_volatility_e7, History, Round, VOLATILITY_ROUNDS,
};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::{Path, VaultPolicy};
use soroban_sdk::Vec;

/// The owner's bound on the shift: 6%.
const BOUND_E7: u32 = 600_000;

fn moving(policy: &mut VaultPolicy) {
    policy.volatility_z_e2 = 1_50;
    policy.volatility_shift_max_e7 = BOUND_E7;
}

/// A vault whose thresholds move; its policy is `moving` unless `change` says more.
fn scene(change: impl FnOnce(&mut VaultPolicy)) -> Scene {
    Scene::with_policy(|policy| {
        moving(policy);
        change(policy);
    })
}

/// Prices (dollars, 4 decimals) that end where the risk ratio is 91%: below the policy's soft of 93%.
const WAVES: [i128; VOLATILITY_ROUNDS] = [
    2_880, 2_950, 2_860, 2_940, 2_870, 2_930, 2_860, 2_950, 2_880, 2_950, 2_860, 2_940, 2_872,
];

fn publish(s: &Scene, prices: &[i128]) {
    for price in prices {
        s.set_price(*price);
    }
}

fn soft_e7(s: &Scene) -> u32 {
    s.vault.health().expect("prices are there").soft_e7
}

/// Fills what the lens quotes.
fn fill_quote(s: &Scene) -> Result<i128, ballast_chain::CallError> {
    let step = s.vault.quote_fill()?.step;
    s.fill(step.min_proceeds, step.sell)
        .map(|report| report.risk_after_e7)
}

/// Volatility of the vault's position over the oracle's rounds, and the policy in force, by the core
/// from what the oracle says to anybody.
fn outside(s: &Scene) -> (i128, ballast_core::policy::Policy) {
    let view = crate::attack::view_of(&s.system, &s.vault);
    let position: &Position = &view.position;
    let histories = view.assets.iter().map(|asset| -> History {
        let oracle = &s.system.market.oracle;
        let rounds = oracle.prices(asset, VOLATILITY_ROUNDS as u32).unwrap();
        let rounds = rounds.iter().map(|round| Round {
            number: round.timestamp / 300,
            price: round.price,
        });
        rounds.collect()
    });
    let histories: std::vec::Vec<_> = histories.collect();
    let ratios = risk_ratios_e7(position, &histories);
    let policy = s.vault.state().policy.to_core();
    (
        round_volatility_e7(&ratios).unwrap(),
        policy_in_force(&policy, position, &histories),
    )
}

fn calls_of<'a>(frame: &'a Frame, function: &str, found: &mut std::vec::Vec<&'a Frame>) {
    if frame.function == function {
        found.push(frame);
    }
    for call in &frame.calls {
        calls_of(call, function, found);
    }
}

/// How often a call reads the history of the oracle.
fn history_reads<T>(s: &Scene, call: impl FnOnce() -> T) -> usize {
    s.chain().set_profiling(true);
    call();
    s.chain().set_profiling(false);
    let profile = s.chain().last_profile().expect("the call is profiled");
    let mut found = vec![];
    calls_of(&profile, "prices", &mut found);
    found.len()
}

#[test]
fn health_shows_the_thresholds_in_force() {
    let s = scene(|_| {});
    publish(&s, &WAVES);
    let (volatility_e7, lowered) = outside(&s);
    // About 2.6% a round, so 3.9% lower.
    assert!(
        (250_000..270_000).contains(&volatility_e7),
        "{volatility_e7}"
    );
    let health = s.vault.health().unwrap();
    assert_eq!(health.soft_e7, lowered.soft_e7);
    assert_eq!(health.target_e7, lowered.target_e7);
    let shift = (volatility_e7 * 150 / 100) as u32;
    assert_eq!(health.soft_e7, 9_300_000 - shift);
    assert_eq!(health.target_e7, 8_800_000 - shift);
}

#[test]
fn fill_succeeds_below_the_policys_soft_while_the_price_moves_much() {
    let s = scene(|_| {});
    let fixed = Scene::new();
    for s in [&s, &fixed] {
        publish(s, &WAVES);
        assert!(
            (9_050_000..9_150_000).contains(&s.risk_e7()),
            "{}",
            s.risk_e7()
        );
    }
    let sell = 20_000 * ONE;
    fixed.assert_refuses(VaultError::NotAtRisk, || {
        fixed.fill(fixed.floor(sell, 0), sell)
    });
    let (_, lowered) = outside(&s);
    let after = fill_quote(&s).unwrap();
    // A step is cut by the ramp's cap; the next one reaches the lowered target and no further.
    assert!(after >= i128::from(lowered.target_e7) - 50_000);
    assert!(after < i128::from(lowered.soft_e7) + 100_000);
    assert!(after < 8_900_000, "{after}");
}

#[test]
fn rebalance_succeeds_below_the_policys_soft_on_both_paths() {
    for path in [Path::Plain, Path::Flash] {
        let s = scene(|policy| policy.use_previous_round = false);
        publish(&s, &WAVES);
        let step = s.system.quote_rebalance(&s.vault, path).unwrap().step;
        let report = s.vault.rebalance(&s.keeper, &step).unwrap();
        assert!(report.risk_before_e7 < 9_300_000);
        assert!(report.risk_after_e7 < report.risk_before_e7);
    }
}

#[test]
fn fill_fails_when_it_lands_below_the_lowered_target() {
    let s = scene(|p| p.step_min_e7 = 10_000_000);
    publish(&s, &WAVES);
    let step = s.vault.quote_fill().unwrap().step;
    let sell = step.sell * 11 / 10;
    s.assert_refuses(VaultError::LandsBelowTarget, || {
        s.fill(step.min_proceeds * 11 / 10 + 1, sell)
    });
    // What the policy's own target would not have let pass.
    let report = s.fill(step.min_proceeds, step.sell).unwrap();
    assert!(report.risk_after_e7 < 8_750_000, "{report:?}");
}

#[test]
fn fill_fails_when_the_price_is_calm() {
    let s = scene(|_| {});
    publish(&s, &[2_872; 14]);
    assert_eq!(soft_e7(&s), 9_300_000);
    let sell = 20_000 * ONE;
    s.assert_refuses(VaultError::NotAtRisk, || s.fill(s.floor(sell, 0), sell));
}

#[test]
fn borrow_and_set_policy_fail_when_the_risk_is_above_the_lowered_soft() {
    let s = scene(|_| {});
    publish(&s, &[3_100, 3_200, 3_100, 3_200, 3_100]);
    let soft = i128::from(soft_e7(&s));
    let risk = s.risk_e7();
    assert!(risk < soft && soft < 8_900_000, "{risk} {soft}");
    // To two percent above the lowered threshold, still below the policy's own.
    let s_debt = s.debt();
    let amount = s_debt * (soft + 200_000 - risk) / risk;
    s.assert_refuses(VaultError::WouldTriggerNow, || {
        s.vault.borrow(s.usdc(), amount, s.owner())
    });
    s.vault.as_owner("set_automation", (false,)).unwrap();
    s.vault.borrow(s.usdc(), amount, s.owner()).unwrap();
    s.assert_refuses(VaultError::WouldTriggerNow, || {
        s.vault.as_owner("set_automation", (true,))
    });
    let mut still = s.vault.state().policy;
    still.volatility_z_e2 = 0;
    s.vault.as_owner("set_policy", (still,)).unwrap();
    s.vault.as_owner("set_automation", (true,)).unwrap();
    let mut moves = s.vault.state().policy;
    moving(&mut moves);
    s.assert_refuses(VaultError::WouldTriggerNow, || {
        s.vault.as_owner("set_policy", (moves,))
    });
}

#[test]
fn history_is_read_only_when_the_policy_asks_for_it() {
    for (z, previous, reads) in [
        (0, false, 0),
        (0, true, 2),
        (1_50, false, 2),
        (1_50, true, 2),
    ] {
        let s = scene(|policy| {
            policy.volatility_z_e2 = z;
            policy.use_previous_round = previous;
        });
        s.hold_price(2_780);
        let step = s.vault.quote_fill().unwrap().step;
        let fill = || s.fill(step.min_proceeds, step.sell).unwrap();
        assert_eq!(history_reads(&s, fill), reads, "z {z}, previous {previous}");
        s.set_price(3_600);
        let borrow = || s.vault.borrow(s.usdc(), ONE, s.owner()).unwrap();
        let of_thresholds = if z == 0 { 0 } else { 2 };
        assert_eq!(history_reads(&s, borrow), of_thresholds);
    }
}

#[test]
fn owners_exits_read_no_history() {
    let s = scene(|_| {});
    publish(&s, &WAVES);
    let step = s.system.step(Path::Flash, 20_000 * ONE, 5_000 * ONE);
    let rescue = || s.vault.as_owner("owner_rescue", (step,)).unwrap();
    assert_eq!(history_reads(&s, rescue), 0);
    let repay = || s.vault.repay(&s.keeper, s.usdc(), ONE).unwrap();
    assert_eq!(history_reads(&s, repay), 0);
}

#[test]
fn floor_takes_the_previous_round_out_of_the_history() {
    let s = scene(|_| {});
    publish(&s, &WAVES);
    s.set_price(2_780);
    let sell = 20_000 * ONE;
    // The round before was at 0.2872, 3.3% above: more than any discount.
    s.assert_refuses(VaultError::BelowFloor, || {
        s.fill(s.floor(sell, 60_000), sell)
    });
    let step = s.vault.quote_fill().unwrap().step;
    let ratio = step.min_proceeds * USD / step.sell;
    let least = USD * 2_872 / 10_000 * 97 / 100;
    assert!(ratio >= least, "{ratio} {least}");
    s.fill(step.min_proceeds, step.sell).unwrap();
}

/// Serves these rounds of XLM (dollars, 4 decimals, oldest first, the last one as of now) in the
/// order that `arrange` makes of them.
fn serve(s: &Scene, prices: &[i128], arrange: impl FnOnce(&mut std::vec::Vec<PriceData>)) {
    let now = s.chain().timestamp() / 300 * 300;
    let mut rounds: std::vec::Vec<_> = (0u64..)
        .zip(prices.iter().rev())
        .map(|(age, price)| PriceData {
            price: USD * price / 10_000,
            timestamp: now - 300 * age,
        })
        .collect();
    arrange(&mut rounds);
    let rounds = Vec::from_iter(s.chain().env(), rounds);
    let oracle = &s.system.market.oracle;
    oracle.set_override(s.xlm(), Override::Rounds(rounds));
}

#[test]
fn order_of_the_feeds_rounds_makes_no_difference() {
    let s = scene(|_| {});
    let mut seen = vec![];
    for turn in 0..4 {
        serve(&s, &WAVES, |rounds| match turn {
            0 => {}
            1 => rounds.reverse(),
            _ => rounds.rotate_left(turn),
        });
        let quote = s.vault.quote_fill().unwrap();
        seen.push((soft_e7(&s), quote.floor, quote.step.sell));
    }
    assert!(seen[0].0 < 9_000_000);
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:?}");
}

/// Whatever a feed invents of the past, soft is lowered by no more than the owner's bound, and a
/// position below that is left alone.
#[test]
fn manipulated_feed_lowers_soft_by_no_more_than_the_bound() {
    let s = scene(|policy| policy.volatility_z_e2 = 10_00);
    let honest = 2_872;
    for wild in [
        vec![1, 30_000_000, 1, 30_000_000, honest],
        vec![honest, honest * 100, honest],
        vec![honest, honest, 1, honest],
        [vec![honest * 2, honest]].concat().repeat(10),
    ] {
        serve(&s, &wild, |_| {});
        assert_eq!(soft_e7(&s), 9_300_000 - BOUND_E7, "{wild:?}");
    }
    // At a risk ratio of 86.5%, under everything that a feed can bring about.
    let calm = 3_030;
    serve(&s, &[calm, calm * 100, 1, calm], |_| {});
    let risk = s.risk_e7();
    assert!(risk < 8_700_000 && risk > 8_600_000, "{risk}");
    let sell = 20_000 * ONE;
    s.assert_refuses(VaultError::NotAtRisk, || s.fill(s.floor(sell, 0), sell));
}

#[test]
fn missing_history_lowers_nothing() {
    let s = scene(|policy| policy.volatility_z_e2 = 10_00);
    let (usdc, oracle) = (s.usdc().clone(), &s.system.market.oracle);
    let now = || s.chain().timestamp();
    // Two rounds say nothing.
    serve(&s, &[2_500, 2_872], |_| {});
    assert_eq!(soft_e7(&s), 9_300_000);
    // Three do.
    serve(&s, &[2_500, 3_000, 2_872], |_| {});
    assert_eq!(soft_e7(&s), 9_300_000 - BOUND_E7);
    // Worthless rounds do not count.
    serve(&s, &[2_500, 0, 2_872], |_| {});
    assert_eq!(soft_e7(&s), 9_300_000);
    serve(&s, &[2_500, -1, 2_872], |_| {});
    assert_eq!(soft_e7(&s), 9_300_000);
    // Nor rounds that the other leg has no price of.
    serve(&s, &[2_500, 3_000, 2_872], |_| {});
    let fixed = PriceData {
        price: USD,
        timestamp: now(),
    };
    oracle.set_override(&usdc, Override::Fixed(fixed));
    assert_eq!(soft_e7(&s), 9_300_000);
    let sell = 20_000 * ONE;
    s.assert_refuses(VaultError::NotAtRisk, || s.fill(s.floor(sell, 0), sell));
    // The floor takes no round before that is not served, and the trigger is the policy's.
    serve(&s, &[2_780, 2_780], |rounds| rounds.truncate(1));
    let sell = 12_000 * ONE;
    s.fill(s.floor(sell, 0), sell).unwrap();
}

/// The oracle of a pool may serve last prices and no history.
#[test]
fn oracle_without_history_lowers_nothing() {
    let s = scene(|policy| policy.volatility_z_e2 = 10_00);
    publish(&s, &WAVES);
    assert!(soft_e7(&s) < 9_300_000);
    let last = s.system.market.oracle.last_price(s.xlm()).unwrap().unwrap();
    let only = PriceData {
        price: last.price,
        timestamp: last.timestamp,
    };
    s.system
        .market
        .oracle
        .set_override(s.xlm(), Override::Fixed(only));
    assert_eq!(soft_e7(&s), 9_300_000);
}

/// An auction's clock and not the ramp decides in a rescue: the thresholds move, the landing does not.
#[test]
fn rescue_lands_at_the_rescue_target() {
    let s = scene(|_| {});
    publish(&s, &WAVES);
    s.fall_into_auction();
    s.chain().advance_ledgers(184);
    s.system.market.set_price(USD * 2_600 / 10_000);
    let after = fill_quote(&s).unwrap();
    assert!((9_450_000..=9_500_000).contains(&after), "{after}");
}
