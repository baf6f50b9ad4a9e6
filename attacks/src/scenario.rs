//! What the feed says while the market stands elsewhere, how the vault stood before, and which
//! sources its floor has.

use ballast_core::{fixed::ONE_E7, policy::Policy};

/// The assets of the pool, in the order of its reserves.
pub const ASSETS: usize = 4;
/// Index of the collateral of a plain position, and what the AMM trades.
pub const XLM: usize = 0;
/// Index of the debt of a plain position, a dollar.
pub const USDC: usize = 1;
/// Index of the second collateral of a wide position.
pub const BTC: usize = 2;
/// Index of the second debt of a wide position.
pub const EURC: usize = 3;

/// A number for each asset.
pub type PerAsset = [f64; ASSETS];

/// Prices before anything happens, US dollars.
pub const BASE_USD: PerAsset = [0.36, 1.0, 100_000.0, 1.10];
/// Rounds that a scenario lasts.
pub const ROUNDS: u32 = 9;
/// Ledgers of a round.
pub const ROUND_LEDGERS: u32 = 60;

/// What the pool's feed serves in a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Feed {
    /// A round with these prices, US dollars.
    Says(PerAsset),
    /// No new round; the last one is served on.
    Repeats,
    /// Every read traps.
    Dead,
}

/// How the feed lies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lie {
    /// Prices multiplied by these factors for some rounds, the truth thereafter.
    Factors(PerAsset, u32),
    /// Fresh rounds that repeat the prices before the market moved.
    Frozen,
    /// No new round: the last one is served with the time at which it was made.
    Stale,
    /// Every read traps.
    Dead,
}

/// A lie and the truth behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scenario {
    /// Short name, for the command line.
    pub name: &'static str,
    /// What happens.
    pub words: &'static str,
    /// Whether it is about the second collateral or the second debt of a wide position.
    pub wide: bool,
    /// The market's true prices in multiples of those before.
    truth: PerAsset,
    lie: Lie,
}

const SAME: PerAsset = [1.0; ASSETS];

const fn of(asset: usize, factor: f64) -> PerAsset {
    let mut factors = SAME;
    factors[asset] = factor;
    factors
}

const fn lies(name: &'static str, words: &'static str, factors: PerAsset, rounds: u32) -> Scenario {
    Scenario {
        name,
        words,
        wide: factors[BTC] != 1.0 || factors[EURC] != 1.0,
        truth: SAME,
        lie: Lie::Factors(factors, rounds),
    }
}

const fn frozen(name: &'static str, words: &'static str, truth: f64) -> Scenario {
    Scenario {
        name,
        words,
        wide: false,
        truth: of(XLM, truth),
        lie: Lie::Frozen,
    }
}

/// Every scenario.
pub const SCENARIOS: [Scenario; 20] = [
    lies("honest", "no lie", SAME, ROUNDS),
    lies(
        "collateral-x100",
        "the collateral's feed x100",
        of(XLM, 100.0),
        ROUNDS,
    ),
    lies("debt-x100", "the debt's feed x100", of(USDC, 100.0), ROUNDS),
    lies(
        "debt-x100-once",
        "the debt's feed x100 for one round",
        of(USDC, 100.0),
        1,
    ),
    lies(
        "underpriced",
        "the collateral under-priced by 2.85%",
        of(XLM, 0.9715),
        ROUNDS,
    ),
    lies(
        "underpriced-once",
        "the same for one round",
        of(XLM, 0.9715),
        1,
    ),
    lies("wick-20", "a wick of -20% for one round", of(XLM, 0.80), 1),
    lies("wick-9", "a wick of -9% for one round", of(XLM, 0.91), 1),
    lies(
        "leg-5",
        "one leg: the debt's feed +5%",
        of(USDC, 1.05),
        ROUNDS,
    ),
    lies(
        "leg-25",
        "one leg: the debt's feed +25%",
        of(USDC, 1.25),
        ROUNDS,
    ),
    Scenario {
        name: "dead",
        words: "the feed is dead, the market +20%",
        wide: false,
        truth: of(XLM, 1.2),
        lie: Lie::Dead,
    },
    frozen("frozen+5", "frozen in fresh rounds, the market +5%", 1.05),
    frozen("frozen+10", "the same, the market +10%", 1.10),
    frozen("frozen+20", "the same, the market +20%", 1.20),
    frozen("frozen-5", "the same, the market -5%", 0.95),
    frozen("frozen-20", "the same, the market -20%", 0.80),
    Scenario {
        name: "stale+20",
        words: "no new round, the market +20%",
        wide: false,
        truth: of(XLM, 1.2),
        lie: Lie::Stale,
    },
    lies(
        "other-wick-20",
        "a wick of -20% of the second collateral for one round",
        of(BTC, 0.80),
        1,
    ),
    lies(
        "other-underpriced",
        "the second collateral under-priced by 2.85%",
        of(BTC, 0.9715),
        ROUNDS,
    ),
    lies(
        "other-leg-25",
        "the second debt's feed +25%",
        of(EURC, 1.25),
        ROUNDS,
    ),
];

impl Scenario {
    /// The scenario of this name.
    pub fn named(name: &str) -> Option<&'static Scenario> {
        SCENARIOS.iter().find(|scenario| scenario.name == name)
    }

    /// The collateral under-priced by this share for all rounds.
    pub fn underpriced(share: f64) -> Scenario {
        Scenario {
            lie: Lie::Factors(of(XLM, 1.0 - share), ROUNDS),
            ..*Scenario::named("underpriced").expect("it is in the list")
        }
    }

    /// The market's true prices, US dollars.
    pub fn truth_usd(&self) -> PerAsset {
        multiply(BASE_USD, self.truth)
    }

    /// What the feed serves in a round, counted from 0.
    pub fn feed(&self, round: u32) -> Feed {
        match self.lie {
            Lie::Factors(factors, rounds) if round < rounds => {
                Feed::Says(multiply(BASE_USD, factors))
            }
            Lie::Factors(..) => Feed::Says(self.truth_usd()),
            Lie::Frozen => Feed::Says(BASE_USD),
            Lie::Stale => Feed::Repeats,
            Lie::Dead => Feed::Dead,
        }
    }
}

fn multiply(mut prices: PerAsset, factors: PerAsset) -> PerAsset {
    for (price, factor) in prices.iter_mut().zip(factors) {
        *price *= factor;
    }
    prices
}

/// How the vault stands, at true prices, when the scenario begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Risk ratio 70%.
    Healthy,
    /// Risk ratio 78%: a feed that falls by a fifth leaves it just under liquidation.
    Calm,
    /// 0.3% under soft.
    UnderSoft,
    /// In the middle between soft and hard.
    Between,
    /// In the middle between hard and 100%.
    OverHard,
    /// Risk ratio 101%, with an auction that has been open for so many ledgers.
    Auction(u32),
}

/// Every start.
pub const STARTS: [Start; 8] = [
    Start::Healthy,
    Start::Calm,
    Start::UnderSoft,
    Start::Between,
    Start::OverHard,
    Start::Auction(100),
    Start::Auction(150),
    Start::Auction(185),
];

impl Start {
    /// Risk ratio at true prices.
    pub fn risk(&self, policy: &Policy) -> f64 {
        let of = |share_e7: u32| f64::from(share_e7) / ONE_E7 as f64;
        let (soft, hard) = (of(policy.soft_e7), of(policy.hard_e7));
        match self {
            Start::Healthy => 0.70,
            Start::Calm => 0.78,
            Start::UnderSoft => soft - 0.003,
            Start::Between => (soft + hard) / 2.0,
            Start::OverHard => (hard + 1.0) / 2.0,
            Start::Auction(_) => 1.01,
        }
    }

    /// Its name.
    pub fn name(&self) -> String {
        match self {
            Start::Healthy => "healthy".into(),
            Start::Calm => "calm".into(),
            Start::UnderSoft => "under-soft".into(),
            Start::Between => "between".into(),
            Start::OverHard => "over-hard".into(),
            Start::Auction(age) => format!("auction-{age}"),
        }
    }
}

/// The sources of the vault's floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The last round of the pool's oracle alone.
    Latest,
    /// And the round before it: the default.
    Previous,
    /// And a second oracle, which knows the truth.
    Second,
    /// As [`Variant::Previous`] with a second oracle that is silent and not required.
    SecondSilent,
    /// The same, required.
    SecondRequired,
}

/// Every variant.
pub const VARIANTS: [Variant; 5] = [
    Variant::Latest,
    Variant::Previous,
    Variant::Second,
    Variant::SecondSilent,
    Variant::SecondRequired,
];

impl Variant {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Variant::Latest => "latest",
            Variant::Previous => "previous",
            Variant::Second => "second",
            Variant::SecondSilent => "second-silent",
            Variant::SecondRequired => "second-required",
        }
    }

    /// Whether the round before is taken into the floor.
    pub fn uses_previous_round(&self) -> bool {
        *self != Variant::Latest
    }

    /// Whether the second oracle publishes.
    pub fn second_speaks(&self) -> bool {
        *self == Variant::Second
    }
}
