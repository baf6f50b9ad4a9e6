//! Short searches: no step costs more than the policy's cap at the price that the vault can know, and
//! the sources of the floor stop what they are there to stop.

use ballast_attacks::{
    measure::TOLERANCE_USD,
    scenario::{Scenario, Start, Variant},
    search::{search, Effort, Finding},
    stage::Ground,
};
use ballast_chain::system::POLICY;

const EFFORT: Effort = Effort {
    trials: 50,
    seed: 7,
};

thread_local! {
    static GROUND: Ground = Ground::new();
}

fn find(scenario: &str, start: Start, variants: &[Variant]) -> Vec<Finding> {
    let scenario = Scenario::named(scenario).expect("a scenario of this name");
    GROUND.with(|ground| search(ground, &POLICY, (scenario, start), variants, EFFORT))
}

fn cost_usd(finding: &Finding) -> f64 {
    let steps = &finding.best.steps;
    steps.iter().map(|step| step.true_cost_usd).sum()
}

fn cap_usd(finding: &Finding) -> f64 {
    let steps = &finding.best.steps;
    steps.iter().map(|step| step.cap_usd).sum()
}

#[track_caller]
fn assert_within_cap(finding: &Finding) {
    let Finding {
        cell,
        excess,
        known_excess,
        ..
    } = finding;
    assert!(!excess.is_positive(), "{cell:?}: {excess:?}");
    assert!(!known_excess.is_positive(), "{cell:?}: {known_excess:?}");
}

#[test]
fn a_rescue_stays_within_the_cap_when_one_round_is_bad() {
    // The wick of the pair that the auction sells, and of another.
    for (scenario, start) in [
        ("wick-20", Start::Auction(150)),
        ("other-wick-20", Start::Auction(185)),
    ] {
        for finding in find(scenario, start, &[Variant::Previous]) {
            assert_within_cap(&finding);
            // What an honest filler takes from the twin, and the last ordinary step.
            let most = 1.1 * finding.honest_bare.loss_usd;
            let found = &finding.best;
            assert!(cost_usd(&finding) <= most, "{found:?}, more than {most}");
        }
    }
}

#[test]
fn steps_stay_within_the_cap_when_the_feed_lies_on() {
    for start in [Start::Between, Start::OverHard, Start::Auction(150)] {
        for finding in find("leg-5", start, &[Variant::Latest, Variant::Second]) {
            assert_within_cap(&finding);
        }
    }
}

#[test]
fn a_second_oracle_stops_an_under_pricing() {
    let findings = find(
        "underpriced",
        Start::Between,
        &[Variant::Previous, Variant::Second],
    );
    let [alone, guarded] = &findings[..] else {
        panic!("two variants")
    };
    // With one source the owner loses the under-pricing on top of the discount.
    assert!(cost_usd(alone) > cap_usd(alone) + 100.0, "{alone:?}");
    assert!(!guarded.best.steps.is_empty(), "{guarded:?}");
    assert!(
        cost_usd(guarded) <= cap_usd(guarded) * 1.03 + TOLERANCE_USD,
        "{guarded:?}"
    );
}

#[test]
fn the_previous_round_stops_a_single_bad_one() {
    let findings = find(
        "wick-20",
        Start::Calm,
        &[Variant::Latest, Variant::Previous],
    );
    let [latest, guarded] = &findings[..] else {
        panic!("two variants")
    };
    assert!(cost_usd(latest) > cap_usd(latest) + 500.0, "{latest:?}");
    assert!(!guarded.best.steps.is_empty(), "{guarded:?}");
    // The cap is told at the lying price, the discount is granted at the one before: a quarter more.
    assert!(
        cost_usd(guarded) <= cap_usd(guarded) * 1.25 + TOLERANCE_USD,
        "{guarded:?}"
    );
}

#[test]
fn nothing_is_sold_without_a_price_that_the_policy_asks_for() {
    let dead = find("dead", Start::OverHard, &[Variant::Previous]);
    let silent = find("honest", Start::Between, &[Variant::SecondRequired]);
    for finding in dead.iter().chain(&silent) {
        assert!(finding.best.steps.is_empty(), "{finding:?}");
        assert_eq!(finding.best.gain_usd, 0.0, "{finding:?}");
    }
}

#[test]
fn the_same_seed_finds_the_same() {
    let of = || find("underpriced", Start::UnderSoft, &[Variant::Latest]);
    let (first, second) = (of(), of());
    assert_eq!(first[0].best.log, second[0].best.log);
    assert_eq!(first[0].best.gain_usd, second[0].best.gain_usd);
    assert!(first[0].best.gain_usd > 0.0);
}
