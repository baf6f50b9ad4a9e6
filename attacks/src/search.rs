//! The search: first ideas, random strategies, then changes of the best.

use crate::{
    act::{self, Outcome},
    calls, honest,
    measure::TOLERANCE_USD,
    scenario::{Scenario, Start, Variant, ROUND_LEDGERS},
    stage::Ground,
    strategy::{first_ideas, Strategy, LENGTH, MOVES},
    world::{Target, World},
};
use ballast_core::policy::Policy;

/// Strategies that the guided part builds on.
const ELITE: usize = 8;
/// Share of the trials that are random.
const RANDOM_SHARE: f64 = 0.35;
/// Standard deviation of a small change.
const SMALL_CHANGE: f64 = 0.08;

/// One vault in one scenario.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub scenario: Scenario,
    pub start: Start,
    pub variant: Variant,
}

/// How long and from where to search.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Strategies tried against the vault. Its bare twin gets a quarter of them.
    pub trials: u32,
    /// Seed: the same seed finds the same.
    pub seed: u64,
}

/// What was found for one cell.
#[derive(Clone, Debug)]
pub struct Finding {
    pub cell: Cell,
    /// Strategies executed against the vault.
    pub trials: u32,
    /// The one that gained most.
    pub best: Outcome,
    /// The largest cost of a step beyond the policy's cap at the pool's last round, US dollars, and
    /// what was done.
    pub excess: Worst,
    /// The same at any source that the vault could read.
    pub known_excess: Worst,
    /// The strategy that gained most from the bare twin.
    pub bare: Outcome,
    /// What honest keepers and fillers make of the vault.
    pub honest: Outcome,
    /// What honest fillers make of the bare twin.
    pub honest_bare: Outcome,
}

/// The largest of some figure over all trials.
#[derive(Clone, Debug)]
pub struct Worst {
    pub usd: f64,
    pub log: Vec<String>,
}

impl Default for Worst {
    fn default() -> Self {
        Self {
            usd: f64::NEG_INFINITY,
            log: Vec::new(),
        }
    }
}

impl Worst {
    fn note(&mut self, usd: f64, outcome: &Outcome) {
        if usd > self.usd {
            self.usd = usd;
            self.log.clone_from(&outcome.log);
        }
    }

    /// Whether it is more than roundings.
    pub fn is_positive(&self) -> bool {
        self.usd > TOLERANCE_USD
    }
}

/// The worlds in which a strategy may begin: one for each auction that may be open.
pub struct Beginnings<'a>(Vec<World<'a>>);

impl<'a> Beginnings<'a> {
    /// Sets the cell up for an attack on `target`.
    pub fn new(ground: &Ground, cell: &'a Cell, policy: &'a Policy, target: Target) -> Self {
        let Cell {
            scenario,
            start,
            variant,
        } = cell;
        let stage = ground.stage(policy, *variant, *start, scenario.wide);
        let world = World::new(stage, scenario, policy, *variant);
        let Start::Auction(age) = *start else {
            let mut world = world;
            world.begin();
            return Self(vec![world]);
        };
        let choices: &[f64] = if scenario.wide {
            &[0.0, 0.12, 0.23]
        } else {
            &[0.0]
        };
        let mut worlds = Vec::new();
        for assets in choices {
            for percent in [0.0, 0.5, 1.0] {
                let mut world = world.fork();
                // The auction begins in the ledger after it was opened, the scenario with a round.
                let lead = (age + 1) % ROUND_LEDGERS;
                world.wait((ROUND_LEDGERS - lead) % ROUND_LEDGERS);
                if calls::open(&world, target, percent, *assets).is_some() {
                    world.wait(age);
                    world.begin();
                    worlds.push(world);
                }
            }
        }
        assert!(!worlds.is_empty(), "the pool takes an auction at 101%");
        Self(worlds)
    }

    /// Runs a strategy in a copy of the world that it chooses.
    pub fn run(&self, target: Target, strategy: &Strategy) -> Outcome {
        let choice = (strategy.opening() * self.0.len() as f64) as usize;
        let mut world = self.0[choice.min(self.0.len() - 1)].fork();
        act::run(&mut world, target, strategy)
    }

    /// The world with the largest auction.
    pub fn last(&self) -> &World<'a> {
        self.0.last().expect("there is one")
    }
}

/// Searches one scenario and start for several variants of the policy.
pub fn search(
    ground: &Ground,
    policy: &Policy,
    (scenario, start): (&Scenario, Start),
    variants: &[Variant],
    effort: Effort,
) -> Vec<Finding> {
    let cell = |variant: Variant| Cell {
        scenario: *scenario,
        start,
        variant,
    };
    let Some(first) = variants.first() else {
        return Vec::new();
    };
    // The twin has no policy.
    let of_twin = cell(*first);
    let beginnings = Beginnings::new(ground, &of_twin, policy, Target::Bare);
    let mut twin = Hunt::new(&beginnings, Target::Bare, effort.seed);
    twin.go((effort.trials / 4).max(first_ideas().len() as u32));
    let honest_bare = honest::run(&mut beginnings.last().fork(), Target::Bare);

    variants
        .iter()
        .map(|variant| {
            let cell = cell(*variant);
            let beginnings = Beginnings::new(ground, &cell, policy, Target::Vault);
            let mut hunt = Hunt::new(&beginnings, Target::Vault, effort.seed);
            hunt.go(effort.trials);
            Finding {
                cell,
                trials: hunt.trials,
                best: hunt.best(),
                excess: hunt.excess.clone(),
                known_excess: hunt.known_excess.clone(),
                bare: twin.best(),
                honest: honest::run(&mut beginnings.last().fork(), Target::Vault),
                honest_bare: honest_bare.clone(),
            }
        })
        .collect()
}

/// A search against one target.
struct Hunt<'b, 'a> {
    beginnings: &'b Beginnings<'a>,
    target: Target,
    random: fastrand::Rng,
    trials: u32,
    /// Whether anything was ever granted.
    granted: bool,
    elite: Vec<(Strategy, Outcome)>,
    excess: Worst,
    known_excess: Worst,
}

impl<'b, 'a> Hunt<'b, 'a> {
    fn new(beginnings: &'b Beginnings<'a>, target: Target, seed: u64) -> Self {
        Self {
            beginnings,
            target,
            random: fastrand::Rng::with_seed(seed),
            trials: 0,
            granted: false,
            elite: Vec::new(),
            excess: Worst::default(),
            known_excess: Worst::default(),
        }
    }

    /// The best outcome; doing nothing is one.
    fn best(&self) -> Outcome {
        let best = self.elite.first().map(|(_, outcome)| outcome.clone());
        best.filter(|outcome| outcome.gain_usd > 0.0)
            .unwrap_or_default()
    }

    fn go(&mut self, trials: u32) {
        for strategy in first_ideas() {
            self.attempt(strategy);
        }
        let random = (f64::from(trials) * RANDOM_SHARE) as u32;
        while self.trials < trials {
            if self.trials < random {
                let strategy =
                    Strategy(std::array::from_fn::<f64, LENGTH, _>(|_| self.random.f64()));
                self.attempt(strategy);
            } else if self.granted {
                let strategy = self.changed();
                self.attempt(strategy);
            } else {
                // Nothing was granted in a third of the trials: the rest would be the same.
                break;
            }
        }
    }

    fn attempt(&mut self, strategy: Strategy) {
        let outcome = self.beginnings.run(self.target, &strategy);
        self.trials += 1;
        self.granted |= outcome.fills > 0 || !outcome.steps.is_empty();
        for step in &outcome.steps {
            self.excess.note(step.excess_usd, &outcome);
            self.known_excess.note(step.known_excess_usd, &outcome);
        }
        let place = self
            .elite
            .partition_point(|(_, held)| held.gain_usd >= outcome.gain_usd);
        if place < ELITE {
            self.elite.insert(place, (strategy, outcome));
            self.elite.truncate(ELITE);
        }
    }

    /// A change of one of the best, the better the likelier.
    fn changed(&mut self) -> Strategy {
        let random = &mut self.random;
        let rank = random
            .usize(0..self.elite.len())
            .min(random.usize(0..self.elite.len()));
        let mut strategy = self.elite[rank].0;
        if random.f64() < 0.3 {
            // A move of another.
            let mut other = self.elite[random.usize(0..self.elite.len())].0;
            let (from, to) = (random.usize(0..MOVES), random.usize(0..MOVES));
            let genes = other.genes_mut(from).to_vec();
            strategy.genes_mut(to).copy_from_slice(&genes);
        }
        for _ in 0..=random.usize(0..4) {
            let gene = &mut strategy.0[random.usize(0..LENGTH)];
            *gene = if random.f64() < 0.3 {
                random.f64()
            } else {
                (*gene + SMALL_CHANGE * normal(random)).clamp(0.0, 1.0)
            };
        }
        strategy
    }
}

/// A number of the standard normal distribution, nearly: the sum of twelve even ones.
fn normal(random: &mut fastrand::Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}
