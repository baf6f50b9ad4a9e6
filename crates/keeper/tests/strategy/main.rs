//! What must hold of a ledger's decisions whatever they are made from, and a few that are known.

mod known;
mod world;

use ballast_client::value::Address;
use ballast_core::{check::Path, fixed::mul_div_ceil};
use ballast_keeper::strategy::{
    decide, Action, Decision, Fees, Hold, Seen, Verdict, Way, TYPICAL_RESOURCE_FEE,
};
use std::collections::{BTreeMap, BTreeSet};
use world::{World, USD};

const WORLDS: u64 = 600;

/// Runs a check on many worlds, and says which one fails.
fn always(check: impl Fn(&World, &[Decision]) -> Result<(), String>) {
    for seed in 0..WORLDS {
        let world = World::random(seed);
        let decisions = decide(&world.settings, &world.input());
        if let Err(difference) = check(&world, &decisions) {
            panic!("world {seed}: {difference}");
        }
    }
}

fn acts(decisions: &[Decision]) -> impl Iterator<Item = (&Decision, &[Action], i128)> {
    decisions
        .iter()
        .filter_map(|decision| match &decision.verdict {
            Verdict::Act {
                choices,
                loss_if_late,
            } => Some((decision, &choices[..], *loss_if_late)),
            Verdict::Hold(_) => None,
        })
}

/// The network's fee of an action as it was estimated.
fn fee_value(fees: &Fees, action: &Action) -> i128 {
    let listed = fees.typical_resource_fee.get(&action.way).copied();
    let stroops = listed.unwrap_or(TYPICAL_RESOURCE_FEE) + i64::from(action.inclusion_fee);
    mul_div_ceil(stroops.into(), action.lumen_price, 10_000_000).unwrap()
}

#[test]
fn decide_decides_on_every_vault_once() {
    always(|world, decisions| {
        let asked: BTreeSet<&Address> = world.vaults.iter().map(|vault| &vault.address).collect();
        let told: BTreeSet<&Address> = decisions.iter().map(|decision| &decision.vault).collect();
        let once = asked == told && told.len() == decisions.len();
        once.then_some(())
            .ok_or(format!("{} of {}", decisions.len(), asked.len()))
    });
}

#[test]
fn decide_puts_acts_first_in_the_order_of_what_is_lost_if_late() {
    always(|_, decisions| {
        let first_hold = acts(decisions).count();
        let held = |decision: &Decision| matches!(decision.verdict, Verdict::Hold(_));
        if !decisions[first_hold..].iter().all(held) {
            return Err("an act comes after a hold".into());
        }
        let losses: Vec<i128> = acts(decisions).map(|(_, _, loss)| loss).collect();
        let risks: Vec<i128> = decisions[first_hold..]
            .iter()
            .map(|hold| hold.risk_e7)
            .collect();
        let falls = |values: &[i128]| values.windows(2).all(|pair| pair[0] >= pair[1]);
        (falls(&losses) && falls(&risks))
            .then_some(())
            .ok_or(format!("losses {losses:?}, risks {risks:?}"))
    });
}

#[test]
fn decide_stays_within_the_ledgers_capacity_and_leaves_vaults_in_flight() {
    always(|world, decisions| {
        let most = world.capacity.min(world.settings.steps_per_ledger) as usize;
        let count = acts(decisions).count();
        if count > most {
            return Err(format!("{count} acts, room for {most}"));
        }
        for decision in decisions {
            let flying = world.in_flight.contains(&decision.vault);
            let held = decision.verdict == Verdict::Hold(Hold::InFlight);
            if flying != held {
                return Err(format!("{decision:?}"));
            }
            let full = decision.verdict == Verdict::Hold(Hold::NoCapacity);
            if full && count < most {
                return Err("room is left".into());
            }
        }
        Ok(())
    });
}

#[test]
fn decide_spends_no_more_than_the_inventory() {
    always(|world, decisions| {
        let mut spent: BTreeMap<&Address, i128> = BTreeMap::new();
        for (_, choices, _) in acts(decisions) {
            for action in choices.iter().filter(|action| action.way == Way::Fill) {
                *spent.entry(&action.debt).or_insert(0) += action.repay;
            }
        }
        for (asset, amount) in spent {
            let available = world.inventory.available.get(asset).copied().unwrap_or(0);
            if amount > available {
                return Err(format!("{amount} of {available}"));
            }
        }
        Ok(())
    });
}

/// Unsponsored actions leave the least profit after all costs; of sponsored ones the trade itself loses
/// nothing, and nobody's but the sponsor's money deletes an auction.
#[test]
fn decide_never_takes_a_loss_that_nobody_sponsors() {
    always(|world, decisions| {
        let least = world.settings.min_profit_e7 * (USD / 10_000_000);
        for (decision, choices, _) in acts(decisions) {
            let sponsored = world.settings.sponsor.includes(&decision.vault);
            for action in choices {
                let gain = action.profit_value + fee_value(&world.fees, action);
                let fits = match (sponsored, action.way) {
                    (true, Way::Clear) => gain == 0,
                    (true, _) => gain >= 0,
                    (false, Way::Clear) => false,
                    (false, _) => action.profit_value >= least,
                };
                if !fits || action.sponsored != sponsored {
                    return Err(format!("{action:?}"));
                }
            }
        }
        Ok(())
    });
}

#[test]
fn decide_takes_only_ways_that_are_allowed_and_bids_no_more_than_that() {
    always(|world, decisions| {
        for (_, choices, _) in acts(decisions) {
            let ways: BTreeSet<Way> = choices.iter().map(|action| action.way).collect();
            let most = world.settings.max_inclusion_fee;
            let bids = choices.iter().all(|action| action.inclusion_fee <= most);
            if !bids || ways.len() != choices.len() || !ways.is_subset(&world.settings.ways) {
                return Err(format!("{choices:?}"));
            }
        }
        Ok(())
    });
}

/// An action is the step that the lens would quote, or a smaller one at the same bid for each unit that
/// the vault's check accepts.
#[test]
fn decide_acts_by_steps_that_the_vault_accepts() {
    always(|world, decisions| {
        for (decision, choices, _) in acts(decisions) {
            let vault = world
                .vaults
                .iter()
                .find(|vault| vault.address == decision.vault);
            let vault = vault.expect("asked about");
            for action in choices.iter().filter(|action| action.way != Way::Clear) {
                let path = match action.way {
                    Way::Fill => Path::Fill,
                    Way::Plain => Path::Plain,
                    _ => Path::Flash,
                };
                let seen = Seen::read(&world.market, vault, &world.second)
                    .map_err(|refused| format!("{refused}"))?;
                // The pairs that have no venue or no inventory are out of the question.
                let pair = |collateral: usize, debt: usize| {
                    let asked = seen.reserves[collateral].asset == action.collateral
                        && seen.reserves[debt].asset == action.debt;
                    asked.then_some(()).ok_or(Hold::NoVenue)
                };
                let quoted = seen.quote(path, pair).map_err(|hold| format!("{hold}"))?;
                let whole = quoted.sell == action.sell && quoted.repay == action.repay;
                if whole {
                    continue;
                }
                let resized = seen.resized(path, &quoted, action.sell);
                let same = resized.is_ok_and(|resized| {
                    resized.repay == action.repay && resized.risk_after_e7 == action.risk_after_e7
                });
                if !same || action.sell > quoted.sell {
                    return Err(format!("{action:?} of {quoted:?}: {resized:?}"));
                }
            }
        }
        Ok(())
    });
}

#[test]
fn decide_says_the_same_of_the_same_in_any_order() {
    for seed in 0..WORLDS {
        let mut world = World::random(seed);
        let decisions = decide(&world.settings, &world.input());
        let again = world.vaults.clone();
        world.vaults.extend(again);
        fastrand::Rng::with_seed(seed).shuffle(&mut world.vaults);
        let shuffled = decide(&world.settings, &world.input());
        assert!(decisions == shuffled, "world {seed}");
    }
}

/// The generator reaches what the properties speak of.
#[test]
fn worlds_by_chance_meet_every_way_and_most_reasons() {
    let mut met: BTreeMap<&str, u32> = BTreeMap::new();
    let mut partial = 0;
    for seed in 0..WORLDS {
        let world = World::random(seed);
        for decision in decide(&world.settings, &world.input()) {
            match &decision.verdict {
                Verdict::Act { choices, .. } => {
                    partial += u32::from(choices.iter().any(|action| {
                        action.way != Way::Clear
                            && action.risk_after_e7 >= i128::from(decision.soft_e7)
                    }));
                    for action in choices {
                        *met.entry(action.way.name()).or_insert(0) += 1;
                    }
                }
                Verdict::Hold(hold) => *met.entry(hold.name()).or_insert(0) += 1,
            }
        }
    }
    println!("{met:#?}, {partial} that stay above soft");
    for name in [
        "fill",
        "plain",
        "flash",
        "clear",
        "NotAtRisk",
        "PriceMissing",
        "InvalidPrice",
        "AutomationOff",
        "Unprofitable",
        "InFlight",
        "NoCapacity",
        "NoInventory",
        "NoVenue",
        "VenueTooLow",
        "OtherPool",
        "RescueTooEarly",
        "NoPoolLiquidity",
        "PoolStatusForbids",
        "SecondOracleUnavailable",
        "PriceDiverges",
        "NoWay",
    ] {
        assert!(met.contains_key(name), "never {name}: {met:#?}");
    }
    assert!(partial > 0);
}
