//! Episodes on either engine.
//!
//! [`Engine::Wasm`] runs the real contracts on a simulated chain. [`Engine::Core`] puts arithmetic in
//! their place: `ballast-core`, which vault and lens are built on, Blend's interest and auctions, and
//! Comet's formula, each with the contracts' rounding. Who acts, when and why is the same code for
//! both, so they may differ only where a contract does something else than its arithmetic here says;
//! [`crate::check`] measures that.
//!
//! # What the core engine skips
//! Ledgers in which nobody can act. While no auction is open and no step waits, both twins stay below
//! every threshold as long as no round is at or below a price that follows from their positions with
//! the interest until the end of the episode counted; the history finds the next such round in
//! logarithmic time. Up to it only the arbitrageur can act, and it rests while the market stays
//! between two prices that follow from the AMM's reserves: whole straight pieces of the path between
//! them are passed over. Where no such round is left, the rest of the episode is interest.
//! [`run_every_ledger`] skips nothing and gives the same outcome.

use crate::{
    actors::{self, Keeper},
    core::CoreLedger,
    history::{Course, History, Window, LEDGER_SECONDS},
    ledger::Ledger,
    outcome::{cost_bps, Twin, TwinOutcome},
    replay::ReplayError,
    settings::Settings,
    time,
    wasm::ChainLedger,
    world::World,
};
use ballast_chain::CallError;

/// What an episode runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The real contracts.
    #[default]
    Wasm,
    /// Arithmetic in their place.
    Core,
}

impl Engine {
    /// Lower case.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Wasm => "wasm",
            Engine::Core => "core",
        }
    }
}

/// What became of an episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// First ledger, unix seconds.
    pub start: u64,
    /// Last ledger, unix seconds.
    pub end: u64,
    /// Bars that open within it.
    pub bars: u64,
    /// The twin in a vault. Equity untouched by anybody is in either twin's.
    pub vault: TwinOutcome,
    /// The twin without.
    pub bare: TwinOutcome,
    /// Auctions opened on the vault and on the bare twin.
    pub opened: [u32; 2],
    /// Auctions of them that were filled.
    pub filled: [u32; 2],
    /// Whether one is open at the end.
    pub open_at_end: [bool; 2],
    /// Steps that the vault refused when the keeper executed them.
    pub refused: u32,
    /// First price, USD.
    pub first_price_usd: f64,
    /// Lowest price of the oracle's rounds, USD.
    pub lowest_round_usd: f64,
    /// Last price, USD.
    pub last_price_usd: f64,
}

impl Outcome {
    /// Equity that the vault ends with above the bare twin, USD.
    pub fn gain_usd(&self) -> f64 {
        self.vault.equity_end_usd - self.bare.equity_end_usd
    }

    /// The same against the untouched position.
    pub fn gain_over_untouched_usd(&self) -> f64 {
        self.vault.equity_end_usd - self.vault.equity_end_untouched_usd
    }

    /// Whether anything happened to either twin.
    pub fn is_eventful(&self) -> bool {
        self.vault.steps > 0 || self.opened != [0; 2]
    }
}

/// Runs one episode.
///
/// # Errors
/// * [`ReplayError::Setting`], [`ReplayError::Window`], [`ReplayError::Call`].
pub fn run(
    engine: Engine,
    history: &History,
    window: Window,
    settings: &Settings,
) -> Result<Outcome, ReplayError> {
    run_at(engine, history, window, settings, Pace::Skipping)
}

/// As [`run`], with no ledger skipped.
///
/// # Errors
/// As [`run`].
pub fn run_every_ledger(
    engine: Engine,
    history: &History,
    window: Window,
    settings: &Settings,
) -> Result<Outcome, ReplayError> {
    run_at(engine, history, window, settings, Pace::EveryLedger)
}

fn run_at(
    engine: Engine,
    history: &History,
    window: Window,
    settings: &Settings,
    pace: Pace,
) -> Result<Outcome, ReplayError> {
    let course = prepare(history, window, settings)?;
    let bars = history.bars_in(window) as u64;
    let failed = failure(course.start);
    match engine {
        Engine::Wasm => {
            let ledger = ChainLedger::new(settings, &course).map_err(failed)?;
            let mut episode = Episode::new(settings, course, ledger, false);
            episode.play(pace, |_| {})?;
            Ok(episode.outcome(bars))
        }
        Engine::Core => {
            let ledger = CoreLedger::new(settings, &course).map_err(failed)?;
            let mut episode = Episode::new(settings, course, ledger, false);
            episode.play(pace, |_| {})?;
            Ok(episode.outcome(bars))
        }
    }
}

/// The part of the history that an episode is played on.
pub(crate) fn prepare<'a>(
    history: &'a History,
    window: Window,
    settings: &Settings,
) -> Result<Course<'a>, ReplayError> {
    settings.validate()?;
    Course::new(history, window, settings.oracle).ok_or_else(|| ReplayError::Window {
        from: time::rfc3339(window.from),
        to: time::rfc3339(window.to),
        have_from: time::rfc3339(history.start()),
        have_to: time::rfc3339(history.end()),
    })
}

pub(crate) fn failure(now: u64) -> impl Fn(CallError) -> ReplayError {
    move |error| ReplayError::Call {
        at: time::rfc3339(now),
        error,
    }
}

/// How an episode goes from ledger to ledger.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    EveryLedger,
    Skipping,
}

/// One episode on a ledger.
pub(crate) struct Episode<'a, L> {
    pub world: World<'a, L>,
    settings: &'a Settings,
    keeper: Keeper,
    equity_start: [f64; 2],
}

impl<'a, L: Ledger> Episode<'a, L> {
    pub fn new(settings: &'a Settings, course: Course<'a>, ledger: L, records: bool) -> Self {
        let world = World::new(settings, course, ledger, records);
        Self {
            equity_start: Twin::BOTH.map(|twin| world.equity_usd(twin)),
            world,
            settings,
            keeper: Keeper::default(),
        }
    }

    /// Plays it to the end. `tell` is called after every ledger that is not skipped.
    pub fn play(
        &mut self,
        pace: Pace,
        mut tell: impl FnMut(&World<'a, L>),
    ) -> Result<(), ReplayError> {
        let end = self.world.course.end;
        while self.world.now < end {
            let next = match pace {
                Pace::EveryLedger => self.world.now + LEDGER_SECONDS,
                Pace::Skipping => self.world.next_ledger(self.keeper.waits()),
            };
            self.world.advance_to(next);
            self.ledger().map_err(failure(next))?;
            tell(&self.world);
        }
        self.world.read_rates();
        Ok(())
    }

    /// Who acts in a ledger, in this order.
    fn ledger(&mut self) -> Result<(), CallError> {
        actors::arbitrage(&mut self.world)?;
        for twin in [Twin::Bare, Twin::Vault] {
            actors::liquidate(&mut self.world, self.settings, twin)?;
        }
        self.keeper.act(&mut self.world, self.settings)
    }

    pub fn outcome(&self, bars: u64) -> Outcome {
        let world = &self.world;
        let course = &world.course;
        let [vault, bare] = Twin::BOTH.map(|twin| self.twin_outcome(twin));
        Outcome {
            start: course.start,
            end: course.end,
            bars,
            vault,
            bare,
            opened: world.twins.each_ref().map(|state| state.opened),
            filled: world.twins.each_ref().map(|state| state.fills),
            open_at_end: world
                .twins
                .each_ref()
                .map(|state| state.holdings.auction.is_some()),
            refused: world.twins[Twin::Vault as usize].refused,
            first_price_usd: course.first_price,
            lowest_round_usd: course.lowest_round(),
            last_price_usd: world.market_usd,
        }
    }

    fn twin_outcome(&self, twin: Twin) -> TwinOutcome {
        let world = &self.world;
        let state = &world.twins[twin as usize];
        let regrets = twin == Twin::Vault && world.twins[Twin::Bare as usize].fills == 0;
        TwinOutcome {
            liquidated: state.fills > 0,
            rescues: state.rescues,
            steps: state.steps,
            sold_usd: rounded(state.sold_usd),
            cost_bps: rounded(cost_bps(state.cost_usd, state.sold_usd)),
            equity_start_usd: rounded(self.equity_start[twin as usize]),
            equity_end_usd: rounded(world.equity_usd(twin)),
            equity_end_untouched_usd: rounded(world.untouched_usd()),
            regret_usd: if regrets {
                rounded(state.sold_usd)
            } else {
                0.0
            },
        }
    }
}

/// To a hundredth of a cent: what is beyond is noise of the seventh decimal of tokens.
fn rounded(value: f64) -> f64 {
    let rounded = (value * 1e4).round() / 1e4;
    // No negative zero.
    rounded + 0.0
}
