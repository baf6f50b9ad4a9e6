//! Whether the fast engine says what the contracts say.

use crate::{
    engine::Engine,
    study::{Case, EpisodeError, Record, Study},
};
use rayon::prelude::*;

/// Largest difference at the end of an episode between the engines, basis points of the collateral at its
/// first price, with which they agree.
pub const TOLERANCE_BPS: f64 = 1.0;
/// Episodes without a step or an auction that are checked.
pub const QUIET_EPISODES: usize = 20;
/// Episodes with one that are checked unless told otherwise.
pub const ACTING_EPISODES: usize = 20;

/// Which episodes with a step or an auction are run again on the contracts. Unless none, so are
/// [`QUIET_EPISODES`] others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Up to so many, chosen by a seed.
    Sample(usize),
    /// All.
    All,
    /// None.
    None,
}

/// An episode by its place in the results of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which case.
    pub case: usize,
    /// Which of its episodes.
    pub episode: usize,
}

/// Episodes to run again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// With a step or an auction.
    pub acting: Vec<Place>,
    /// Without.
    pub quiet: Vec<Place>,
}

/// Chooses what to run again; the same with the same seed. `records` by case, then by episode.
pub fn choose(records: &[Vec<Record>], check: Check, seed: u64) -> Chosen {
    let (mut acting, mut quiet) = (Vec::new(), Vec::new());
    for (case, records) in records.iter().enumerate() {
        for (episode, record) in records.iter().enumerate() {
            let part = if record.acts() {
                &mut acting
            } else {
                &mut quiet
            };
            part.push(Place { case, episode });
        }
    }
    let (most_acting, most_quiet) = match check {
        Check::None => (0, 0),
        Check::Sample(most) => (most, QUIET_EPISODES),
        Check::All => (usize::MAX, QUIET_EPISODES),
    };
    let mut random = SplitMix64(seed);
    Chosen {
        acting: sample(acting, most_acting, &mut random),
        quiet: sample(quiet, most_quiet, &mut random),
    }
}

/// Up to `most` of the places, in order.
fn sample(mut places: Vec<Place>, most: usize, random: &mut SplitMix64) -> Vec<Place> {
    if most < places.len() {
        // The first `most` steps of a Fisher-Yates shuffle.
        for index in 0..most {
            let left = (places.len() - index) as u64;
            let other = index + (random.next() % left) as usize;
            places.swap(index, other);
        }
        places.truncate(most);
        places.sort_unstable();
    }
    places
}

/// Steele, Lea and Flood's generator (OOPSLA 2014), so that a sample does not change with a crate.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// An episode on both engines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Which.
    pub place: Place,
    /// On the core.
    pub core: Record,
    /// On the contracts.
    pub wasm: Record,
    /// Largest difference of an equity at the end (vault, bare, untouched), basis points of collateral.
    pub difference_bps: f64,
}

impl Compared {
    /// Compares.
    pub fn new(place: Place, collateral_usd: f64, core: Record, wasm: Record) -> Self {
        let ends = |record: &Record| {
            [
                record.vault.equity_end_usd,
                record.bare.equity_end_usd,
                record.untouched_end_usd,
            ]
        };
        let largest = ends(&core)
            .into_iter()
            .zip(ends(&wasm))
            .map(|(core, wasm)| (core - wasm).abs())
            // Not `f64::max`, which would drop what is not a number.
            .fold(0.0, |held: f64, one| {
                if held.is_nan() || one <= held {
                    held
                } else {
                    one
                }
            });
        Self {
            place,
            core,
            wasm,
            difference_bps: largest / collateral_usd * 1e4,
        }
    }

    /// Whether steps, rescues and auctions are the same in number.
    pub fn same_counts(&self) -> bool {
        let counts = |record: &Record| {
            [record.vault, record.bare]
                .map(|twin| [twin.opened, twin.filled, twin.rescues, twin.steps])
        };
        counts(&self.core) == counts(&self.wasm)
    }

    /// Whether the engines agree: the same events in number, and no equity further apart than
    /// [`TOLERANCE_BPS`].
    pub fn agrees(&self) -> bool {
        self.difference_bps <= TOLERANCE_BPS && self.same_counts()
    }
}

/// Runs the chosen episodes on the contracts and compares, in order: the acting ones first. `done` is told
/// of each, from any thread.
///
/// # Errors
/// * [`EpisodeError`] - one that failed on the contracts.
pub fn compare(
    study: &Study<'_>,
    cases: &[Case],
    records: &[Vec<Record>],
    chosen: &Chosen,
    done: impl Fn() + Sync,
) -> Result<Vec<Compared>, EpisodeError> {
    let places: Vec<Place> = chosen.acting.iter().chain(&chosen.quiet).copied().collect();
    places
        .into_par_iter()
        .map(|place| {
            let case = &cases[place.case];
            let wasm = study.one(Engine::Wasm, case, place.episode)?;
            done();
            let core = records[place.case][place.episode];
            let collateral_usd = case.settings.collateral_usd;
            Ok(Compared::new(place, collateral_usd, core, wasm))
        })
        .collect()
}
