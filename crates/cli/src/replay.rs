//! `ballast replay`.

use crate::{
    progress::{Bar, Shown},
    report, Failure,
};
use anyhow::Context;
use ballast_core::policy::Policy;
use ballast_risk::{
    bars::{Bars, Range},
    grid::replay_all,
    outcome::Replay,
    picture, policy,
    replay::replay,
    settings::{KeeperSells, OracleMode, SettingError, Settings},
    time,
};
use clap::{Args, ValueEnum};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Instant,
};

/// Entry health factors of the table: 1.20 to 1.50.
const TABLE_HEALTHS: [f64; 7] = [1.20, 1.25, 1.30, 1.35, 1.40, 1.45, 1.50];
/// Filler margins of the table, basis points.
const TABLE_MARGINS_BPS: [u32; 2] = [300, 1_000];
const ORACLE_RESOLUTION_SECONDS: u32 = 300;

/// What `--help` says above the options.
pub const LONG_ABOUT: &str = "\
Replay a price path against a vault and an identical borrower without one.

Twins with the same collateral (XLM) and debt (USDC) live on one simulated chain that runs the real
contracts of Blend v2, Comet and Ballast: one in a vault, one bare. A third, untouched by anyone, is
arithmetic. Ledgers close every 5 s; the oracle updates every 300 s; an arbitrageur keeps the AMM at the
market's price, interpolated within the bar; interest accrues; a keeper acts when the quote pays; a
liquidator opens an auction as soon as the pool lets it and fills it when its margin is met, for either
twin. The borrowers do nothing.

Without --prices it replays the crash of 2025-10-10 (XLM, 20:30 to 00:30 UTC).";

/// What it says below them.
pub const AFTER_LONG_HELP: &str = "\
FIGURES (values at the market's price of the moment, USD)
  sold        collateral sold, in steps and in filled auctions
  cost        what was given up on it, basis points: value sold less debt repaid and idle assets gained;
              negative if the twin gained
  equity      collateral less debt, not below zero, idle assets of the vault included
  untouched   the same of the position as it began, had nobody touched it
  regret      what was sold although the position would never have been liquidated: everything that the
              vault sold if no auction of the bare twin was filled, else zero

FILES
  --prices    CSV, gzipped or not, with a header that names ts, open, high, low, close (further columns
              are ignored); ts is the bar's start. Gaps of up to 24 h are bridged in a straight line.
  --policy    TOML with the fields of the vault's policy (soft_e7, target_e7, hard_e7, step_min_e7,
              step_max_e7, discount_min_e7, discount_max_e7, sold_budget_e7, window_ledgers,
              max_cost_of_equity_e7, max_price_age_seconds, max_price_deviation_e7, use_previous_round,
              reserve_first, dust_reserve_e7, rescue_target_e7, rescue_window_ledgers, volatility_z_e2,
              volatility_shift_max_e7); what it does not name is that of the default policy. 10000000 is
              100%; of volatility_z_e2, 100 is one standard deviation of a round.

EXIT CODES
  0 done, 1 failed, 2 wrong arguments";

/// Arguments of the command.
#[derive(Args)]
pub struct Arguments {
    /// Price bars to replay [default: the built-in bars of 2025-10-10]
    #[arg(long, value_name = "FILE.csv[.gz]")]
    prices: Option<PathBuf>,
    /// First bar
    #[arg(long, value_name = "T", value_parser = time::parse)]
    #[arg(help = "First bar: RFC 3339, \"YYYY-MM-DD[ HH:MM]\" (UTC) or unix seconds")]
    from: Option<u64>,
    /// End: bars that start before it
    #[arg(long, value_name = "T", value_parser = time::parse)]
    to: Option<u64>,
    /// What an oracle round carries: the market's price of its moment, or the lowest of the 300 s before
    #[arg(long, value_enum, default_value_t = Oracle::Close)]
    oracle: Oracle,
    /// Health factor of the twins at the first price
    #[arg(long, value_name = "HEALTH", default_value_t = 1.35)]
    entry_health: f64,
    /// Collateral of each twin at the first price
    #[arg(long, value_name = "USD", default_value_t = 50_000.0)]
    collateral_usd: f64,
    /// Depth of the AMM, a side, at the first price
    #[arg(long, value_name = "USD", default_value_t = 750_000.0)]
    depth_usd: f64,
    /// What the liquidator asks above the bid
    #[arg(long, value_name = "BPS", default_value_t = 1_000)]
    filler_margin_bps: u32,
    /// Ledgers from the keeper's decision to its execution
    #[arg(long, value_name = "LEDGERS", default_value_t = 1)]
    keeper_delay_ledgers: u32,
    /// Where the keeper sells what a fill brings: best (at the AMM, or elsewhere at the market's price
    /// less 10 bps), or at the AMM only
    #[arg(long, value_enum, default_value_t = Sells::Best)]
    keeper_sells: Sells,
    /// The vault's policy [default: soft 93%, target 88%, hard 99%]
    #[arg(long, value_name = "FILE.toml")]
    policy: Option<PathBuf>,
    /// Write the figures here, as JSON
    #[arg(long, value_name = "OUT")]
    json: Option<PathBuf>,
    /// Draw price, risk, steps and auctions here
    #[arg(long, value_name = "OUT.svg")]
    picture: Option<PathBuf>,
    /// Replay at entry health 1.20 to 1.50 and filler margins of 3% and 10% and print one line each
    #[arg(long, conflicts_with_all = ["json", "picture", "entry_health", "filler_margin_bps"])]
    table: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Oracle {
    Close,
    Low,
}

#[derive(Clone, Copy, ValueEnum)]
enum Sells {
    Best,
    Amm,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let (Some(from), Some(to)) = (arguments.from, arguments.to) {
        if from >= to {
            let error = format!(
                "--from {} is not before --to {}",
                time::rfc3339(from),
                time::rfc3339(to)
            );
            return Err(Failure::Usage(anyhow::Error::msg(error)));
        }
    }
    let settings = settings(arguments)?;
    if !arguments.table {
        settings.validate().map_err(usage)?;
    }
    let range = Range {
        from: arguments.from,
        to: arguments.to,
    };
    let bars = match &arguments.prices {
        Some(file) => Bars::read(file, range)?,
        None => Bars::built_in(range)?,
    };
    if arguments.table {
        return table(&bars, &settings);
    }
    let outputs = [&arguments.json, &arguments.picture];
    for output in outputs.into_iter().flatten() {
        check_writable(output)?;
    }

    let bar = Bar::new(Shown::Bars, bars.bars.len() as u64);
    let start = Instant::now();
    let replay = replay(&bars, &settings, |progress| bar.show(&progress))?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish();
    print(&report::replay(&replay, seconds))?;
    if let Some(file) = &arguments.json {
        let mut json = serde_json::to_string_pretty(&replay.report)?;
        json.push('\n');
        write(file, &json)?;
    }
    if let Some(file) = &arguments.picture {
        write(file, &draw(&bars, &settings, &replay)?)?;
    }
    Ok(())
}

fn draw(bars: &Bars, settings: &Settings, replay: &Replay) -> anyhow::Result<String> {
    picture::svg(bars, &settings.policy, replay).context("the picture cannot be drawn")
}

fn table(bars: &Bars, settings: &Settings) -> Result<(), Failure> {
    let mut all = Vec::new();
    for filler_margin_bps in TABLE_MARGINS_BPS {
        for entry_health in TABLE_HEALTHS {
            all.push(Settings {
                entry_health,
                filler_margin_bps,
                ..settings.clone()
            });
        }
    }
    for settings in &all {
        settings.validate().map_err(usage)?;
    }
    let bar = Bar::new(Shown::Replays, all.len() as u64);
    let replays = replay_all(bars, &all, || bar.step())?;
    bar.finish();
    print(&report::table(&replays))?;
    Ok(())
}

fn settings(arguments: &Arguments) -> Result<Settings, Failure> {
    let policy = match &arguments.policy {
        Some(file) => {
            let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
            policy::parse(&text, ORACLE_RESOLUTION_SECONDS)
                .with_context(|| file.display().to_string())?
        }
        None => Policy::BALANCED,
    };
    Ok(Settings {
        oracle: match arguments.oracle {
            Oracle::Close => OracleMode::Close,
            Oracle::Low => OracleMode::Low,
        },
        entry_health: arguments.entry_health,
        collateral_usd: arguments.collateral_usd,
        depth_usd: arguments.depth_usd,
        filler_margin_bps: arguments.filler_margin_bps,
        keeper_delay_ledgers: arguments.keeper_delay_ledgers,
        keeper_sells: match arguments.keeper_sells {
            Sells::Best => KeeperSells::Best,
            Sells::Amm => KeeperSells::Amm,
        },
        policy,
        ..Settings::default()
    })
}

fn usage(error: SettingError) -> Failure {
    Failure::Usage(error.into())
}

/// Finds out before the work whether the result can be written.
fn check_writable(file: &Path) -> anyhow::Result<()> {
    fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .map(drop)
        .with_context(|| file.display().to_string())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| file.display().to_string())
}

/// Standard output may be a pipe that is closed early: not a reason to panic.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("standard output")
        }
        _ => Ok(()),
    }
}
