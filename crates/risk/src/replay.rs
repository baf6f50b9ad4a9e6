//! The replay: a borrower in a vault and an identical one without, on one chain, through a price path.
//!
//! # What happens when
//! Ledgers close every 5 s. In each, in this order:
//!
//! 1. **Oracle.** Every 300 s of unix time a round is published, in the ledger of its own timestamp,
//!    as Reflector does. With [`OracleMode::Close`] it carries the market's price of that moment; for
//!    5-minute bars that is the close of the bar that just ended. With [`OracleMode::Low`] it carries
//!    the lowest price of the 300 s before: the low of that bar. USDC always costs one dollar. The
//!    round in force at the start carries the first price; the twelve before it are those of the bars
//!    before the episode, where the history has them, else its first price. So a policy that moves
//!    with volatility knows the past from the first ledger on; the twins opened their positions in
//!    calm times, whatever the rounds before the start say.
//! 2. **Arbitrageur.** The market's price follows [`crate::path`]. Whenever the AMM is off by more
//!    than its fee, and the trade pays for its network fee, a real swap takes it back to the edge of
//!    the fee.
//! 3. **Liquidator**, on the bare twin and on the vault alike, without delay. Once the liability base
//!    exceeds the collateral base it opens an auction, of the percent that leads to a health factor of
//!    1.06 as a widely run bot computes it, or the nearest that the pool accepts. It fills the whole
//!    auction at the first ledger at which lot >= bid * (1 + margin) at the *market's* price, repays
//!    the debt that it takes over, withdraws the lot, and looks again.
//! 4. **Keeper.** It decides on the state of ledger `n` and executes in ledger `n + delay` exactly what
//!    it signed; if the vault refuses by then, it has lost time. It takes the lens's quote of the path
//!    that pays best, if one pays: a fill if what it gets can be sold (see [`crate::settings::KeeperSells`]) for more
//!    than it pays, a plain or flash step if the AMM yields the bid and a reward above the network
//!    fee. It bids no more than the floor. One step after another.
//!
//! In a ledger in which both could act, the liquidator is first. The borrowers do nothing at all.
//! Interest accrues in Blend itself, at the target utilization. The chain starts in the same state
//! whatever the episode's date; only its clock differs.
//!
//! On [`Engine::Core`] the same happens in arithmetic: see [`crate::engine`].
//!
//! # When contracts are called
//! Only where something can change: rounds, the AMM off by more than its fee, an auction that opens or
//! pays, a step that pays. What a call would find is computed before it with `ballast-core` on
//! positions read after every change and rates read once a round (once a day while the twins are far
//! from every threshold), so between rounds the prediction lags by the interest of 300 s.
//!
//! [`OracleMode::Close`]: crate::settings::OracleMode::Close
//! [`OracleMode::Low`]: crate::settings::OracleMode::Low

use crate::{
    bars::Bars,
    core::CoreLedger,
    engine::{failure, prepare, Engine, Pace},
    history::{Course, History, Window},
    ledger::Ledger,
    outcome::{Event, Replay, Report},
    policy::PolicyFields,
    settings::{SettingError, Settings},
    time,
    wasm::ChainLedger,
    world::World,
};
use ballast_chain::CallError;

pub use crate::history::LEDGER_SECONDS;

/// Why there is no replay.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// A setting is out of its bounds.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The window is not a part of the history.
    #[error("{from} to {to} is not within the history, {have_from} to {have_to}")]
    Window {
        /// Start.
        from: String,
        /// End.
        to: String,
        /// Start of the history.
        have_from: String,
        /// Its end.
        have_to: String,
    },
    /// A contract refused what it should have taken: a fault of the replay or of a contract.
    #[error("at {at}: {error}")]
    Call {
        /// When.
        at: String,
        /// The refusal.
        error: CallError,
    },
}

/// How far a replay is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Bars done.
    pub bars_done: u64,
    /// Unix seconds.
    pub time: u64,
    /// The market's price, USD.
    pub price_usd: f64,
    /// What happened since the last report.
    pub events: &'a [Event],
}

/// Replays `bars` on the real contracts. `progress` is told after every bar.
///
/// # Errors
/// * [`ReplayError::Setting`], [`ReplayError::Call`].
pub fn replay(
    bars: &Bars,
    settings: &Settings,
    progress: impl FnMut(Progress<'_>),
) -> Result<Replay, ReplayError> {
    let history = History::new(bars.clone());
    let window = history.window();
    replay_window(Engine::Wasm, &history, window, settings, progress)
}

/// Replays a part of a history on either engine, with everything that happened and a sample of every
/// round. `progress` is told after every bar.
///
/// # Errors
/// * [`ReplayError::Setting`], [`ReplayError::Window`], [`ReplayError::Call`].
pub fn replay_window(
    engine: Engine,
    history: &History,
    window: Window,
    settings: &Settings,
    progress: impl FnMut(Progress<'_>),
) -> Result<Replay, ReplayError> {
    let course = prepare(history, window, settings)?;
    let failed = failure(course.start);
    let stage = Stage {
        history,
        window,
        course,
        settings,
    };
    match engine {
        Engine::Wasm => {
            let ledger = ChainLedger::new(settings, &course).map_err(failed)?;
            stage.replay(ledger, progress)
        }
        Engine::Core => {
            let ledger = CoreLedger::new(settings, &course).map_err(failed)?;
            stage.replay(ledger, progress)
        }
    }
}

/// What a replay runs on.
struct Stage<'a> {
    history: &'a History,
    window: Window,
    course: Course<'a>,
    settings: &'a Settings,
}

impl<'a> Stage<'a> {
    fn replay<L: Ledger>(
        &self,
        ledger: L,
        mut progress: impl FnMut(Progress<'_>),
    ) -> Result<Replay, ReplayError> {
        let bars = self.history.bars();
        let first = bars.bars.partition_point(|bar| bar.ts < self.window.from);
        let until = bars.bars.partition_point(|bar| bar.ts < self.window.to);
        let mut episode = crate::engine::Episode::new(self.settings, self.course, ledger, true);
        let (mut bar, mut told) = (first, 0);
        // Every round is wanted as a sample.
        episode.play(Pace::EveryLedger, |world: &World<'a, L>| {
            while bar < until && bars.bars[bar].ts + bars.bar_seconds <= world.now {
                bar += 1;
                progress(Progress {
                    bars_done: (bar - first) as u64,
                    time: world.now,
                    price_usd: world.market_usd,
                    events: &world.events[told..],
                });
                told = world.events.len();
            }
        })?;
        let outcome = episode.outcome((until - first) as u64);
        let settings = self.settings;
        let parameters = crate::outcome::Episode {
            prices: bars.source.clone(),
            from: time::rfc3339(outcome.start),
            to: time::rfc3339(outcome.end),
            bars: outcome.bars,
            bar_seconds: bars.bar_seconds,
            bars_missing: ((self.window.to - self.window.from) / bars.bar_seconds.max(1))
                .saturating_sub(outcome.bars),
            collateral: settings.collateral.name(),
            oracle: settings.oracle.name(),
            entry_health: settings.entry_health,
            collateral_usd: settings.collateral_usd,
            depth_usd: settings.depth_usd,
            filler_margin_bps: settings.filler_margin_bps,
            keeper_delay_ledgers: settings.keeper_delay_ledgers,
            keeper_sells: settings.keeper_sells.name(),
            first_price_usd: outcome.first_price_usd,
            lowest_round_usd: outcome.lowest_round_usd,
            last_price_usd: outcome.last_price_usd,
            ledgers: (outcome.end - outcome.start) / LEDGER_SECONDS,
            policy: PolicyFields::from(&settings.policy),
        };
        Ok(Replay {
            report: Report {
                episode: parameters,
                vault: outcome.vault,
                bare: outcome.bare,
            },
            open_at_end: outcome.open_at_end,
            events: episode.world.events,
            samples: episode.world.samples,
        })
    }
}
