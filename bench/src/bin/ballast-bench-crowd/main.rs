//! The crowd: thousands of vaults that need a step at once, and a ledger that holds a few dozen.
//!
//! Real contracts on the simulated ledger, with the main network's limits, clusters and inclusion by bid.
//! The keeper's own book and strategy plan the steps; only the order in which they are handed in differs
//! from run to run. `make bench-crowd` prints the table and writes `target/bench-crowd.json`.

mod actors;
mod race;
mod reading;
mod report;
mod scene;

use anyhow::{ensure, Context, Result};
use clap::Parser;
use race::{Order, Race};
use report::Report;
use scene::{Scene, Settings};
use std::{fs, path::PathBuf, time::Instant};

/// Races keepers against liquidators after a fall of the price, vaults in this keeper's order against vaults
/// in the order of their arrival.
#[derive(Parser)]
struct Arguments {
    /// Vaults
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    vaults: u32,
    /// The price falls by this much in one round of the oracle, percent
    #[arg(long, value_name = "PERCENT", default_value_t = 25.0)]
    fall: f64,
    /// Lowest risk ratio of a vault after the fall, percent
    #[arg(long, value_name = "PERCENT", default_value_t = 94.0)]
    from: f64,
    /// Highest
    #[arg(long, value_name = "PERCENT", default_value_t = 114.0)]
    to: f64,
    /// Ledgers to play after the fall
    #[arg(long, value_name = "N", default_value_t = 420)]
    ledgers: u32,
    /// Which vaults
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Where to write the figures
    #[arg(long, value_name = "FILE", default_value = "target/bench-crowd.json")]
    out: PathBuf,
    /// Where to write the tables
    #[arg(long, value_name = "FILE", default_value = "target/bench-crowd.md")]
    markdown: PathBuf,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(
        0.0 < arguments.fall && arguments.fall < 90.0,
        "--fall is a share of the price"
    );
    ensure!(
        10.0 <= arguments.from && arguments.from < arguments.to && arguments.to < 200.0,
        "--from is below --to"
    );
    let settings = Settings {
        vaults: arguments.vaults,
        fall: arguments.fall / 100.0,
        risk_after: (arguments.from / 100.0, arguments.to / 100.0),
        seed: arguments.seed,
    };
    let started = Instant::now();
    let scene = Scene::new(&settings)?;
    eprintln!("{} vaults in {:.0?}", settings.vaults, started.elapsed());
    let mut runs = Vec::new();
    for order in Order::ALL {
        let started = Instant::now();
        let run = Race::new(&scene, order).play(arguments.ledgers)?;
        eprintln!("{}: {:.0?}", order.name(), started.elapsed());
        runs.push(run);
    }
    let report = Report::new(&settings, &scene, arguments.ledgers, runs);
    let text = report.markdown();
    print!("{text}");
    let shown = arguments.out.display();
    let json = serde_json::to_string_pretty(&report)? + "\n";
    fs::write(&arguments.out, json).with_context(|| format!("{shown}"))?;
    fs::write(&arguments.markdown, text)
        .with_context(|| format!("{}", arguments.markdown.display()))?;
    eprintln!("written: {shown}, {}", arguments.markdown.display());
    Ok(())
}
