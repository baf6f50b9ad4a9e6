//! The replay: a borrower in a vault and an identical one without, on one chain, through a price path.
//!
//! # What happens when
//! Ledgers close every 5 s. In each, in this order:
//!
//! 1. **Oracle.** Every 300 s of unix time a round is published, in the ledger of its own timestamp,
//!    as Reflector does. With [`OracleMode::Close`] it carries the market's price of that moment; for
//!    5-minute bars that is the close of the bar that just ended. With [`OracleMode::Low`] it carries
//!    the lowest price of the 300 s before: the low of that bar. USDC always costs one dollar.
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
//! # When contracts are called
//! Only where something can change: rounds, the AMM off by more than its fee, an auction that opens or
//! pays, a step that pays. What a call would find is computed before it with `ballast-core` on
//! positions read after every change and rates read once a round (once a day while the twins are far
//! from every threshold), so between rounds the prediction lags by the interest of 300 s.

use crate::{
    actors::{self, Keeper},
    bars::Bars,
    outcome::{cost_bps, Episode, Event, Replay, Report, Twin, TwinOutcome},
    path::PricePath,
    policy::PolicyFields,
    settings::{OracleMode, SettingError, Settings},
    time,
    world::{oracle_price, World, ROUND_SECONDS},
};
use ballast_chain::CallError;

/// Seconds from one ledger to the next.
pub const LEDGER_SECONDS: u64 = ballast_chain::limits::SECONDS_PER_LEDGER;

/// Why there is no replay.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// A setting is out of its bounds.
    #[error(transparent)]
    Setting(#[from] SettingError),
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

/// Replays `bars`. `progress` is told after every bar.
///
/// # Errors
/// * [`ReplayError::Setting`], [`ReplayError::Call`].
pub fn replay(
    bars: &Bars,
    settings: &Settings,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Replay, ReplayError> {
    settings.validate()?;
    let path = PricePath::new(bars);
    // Ledgers close on multiples of 5 s.
    let start = bars.start().next_multiple_of(LEDGER_SECONDS);
    let end = bars.end() / LEDGER_SECONDS * LEDGER_SECONDS;
    let failed = |now: u64| {
        move |error| ReplayError::Call {
            at: time::rfc3339(now),
            error,
        }
    };
    let first_price = path.price(start);
    let mut world = World::new(settings, start, first_price).map_err(failed(start))?;
    let equity_start = Twin::BOTH.map(|twin| world.equity_usd(twin));
    let mut keeper = Keeper::default();
    let (mut bar, mut told) = (0, 0);
    let mut now = start;
    while now + LEDGER_SECONDS <= end {
        now += LEDGER_SECONDS;
        world.advance_to(now);
        world.market_usd = if now == end {
            path.price_before(now)
        } else {
            path.price(now)
        };
        if now.is_multiple_of(ROUND_SECONDS) {
            let price = match settings.oracle {
                OracleMode::Close => path.price_before(now),
                OracleMode::Low => path.lowest((now - ROUND_SECONDS).max(start), now),
            };
            world.publish(oracle_price(price));
        }
        ledger(&mut world, settings, &mut keeper).map_err(failed(now))?;
        while bar < bars.bars.len() && bars.bars[bar].ts + bars.bar_seconds <= now {
            bar += 1;
            progress(Progress {
                bars_done: bar as u64,
                time: now,
                price_usd: world.market_usd,
                events: &world.events[told..],
            });
            told = world.events.len();
        }
    }
    world.read_rates();
    Ok(finish(
        bars,
        settings,
        world,
        equity_start,
        start,
        end,
        first_price,
    ))
}

fn ledger(world: &mut World, settings: &Settings, keeper: &mut Keeper) -> Result<(), CallError> {
    actors::arbitrage(world)?;
    for twin in [Twin::Bare, Twin::Vault] {
        actors::liquidate(world, settings, twin)?;
    }
    keeper.act(world, settings)
}

fn finish(
    bars: &Bars,
    settings: &Settings,
    world: World,
    equity_start: [f64; 2],
    start: u64,
    end: u64,
    first_price: f64,
) -> Replay {
    let untouched = world.untouched_usd();
    let bare_liquidated = world.twins[Twin::Bare as usize].fills > 0;
    let outcome = |twin: Twin| {
        let state = &world.twins[twin as usize];
        let sold: f64 = state.sales.iter().map(|sale| sale.sold_usd()).sum();
        let cost: f64 = state.sales.iter().map(|sale| sale.cost_usd()).sum();
        let regrets = twin == Twin::Vault && !bare_liquidated;
        TwinOutcome {
            liquidated: state.fills > 0,
            rescues: state.rescues,
            steps: state.steps,
            sold_usd: rounded(sold),
            cost_bps: rounded(cost_bps(cost, sold)),
            equity_start_usd: rounded(equity_start[twin as usize]),
            equity_end_usd: rounded(world.equity_usd(twin)),
            equity_end_untouched_usd: rounded(untouched),
            regret_usd: if regrets { rounded(sold) } else { 0.0 },
        }
    };
    let lowest_round = world
        .samples
        .iter()
        .map(|sample| sample.oracle_usd)
        .fold(f64::INFINITY, f64::min);
    let episode = Episode {
        prices: bars.source.clone(),
        from: time::rfc3339(start),
        to: time::rfc3339(end),
        bars: bars.bars.len() as u64,
        bar_seconds: bars.bar_seconds,
        bars_missing: bars.missing(),
        oracle: settings.oracle.name(),
        entry_health: settings.entry_health,
        collateral_usd: settings.collateral_usd,
        depth_usd: settings.depth_usd,
        filler_margin_bps: settings.filler_margin_bps,
        keeper_delay_ledgers: settings.keeper_delay_ledgers,
        keeper_sells: settings.keeper_sells.name(),
        first_price_usd: first_price,
        lowest_round_usd: lowest_round,
        last_price_usd: world.market_usd,
        ledgers: (end - start) / LEDGER_SECONDS,
        policy: PolicyFields::from(&settings.policy),
    };
    let [vault, bare] = Twin::BOTH.map(outcome);
    Replay {
        report: Report {
            episode,
            vault,
            bare,
        },
        open_at_end: Twin::BOTH.map(|twin| world.twins[twin as usize].auction.is_some()),
        events: world.events,
        samples: world.samples,
    }
}

/// To a hundredth of a cent: what is beyond is noise of the seventh decimal of tokens.
fn rounded(value: f64) -> f64 {
    let rounded = (value * 1e4).round() / 1e4;
    // No negative zero.
    rounded + 0.0
}
