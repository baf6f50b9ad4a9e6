//! Figures of the sandbox: how fast it starts, applies and simulates, and what it remembers.
//!
//! Everything is measured from outside, on `ballast sandbox` in a process of its own: what is counted is
//! what a client waits for. The figures depend on the machine, so they are kept apart from
//! `bench/costs.json`; `ballast-bench-sandbox` prints them and writes `target/bench-sandbox.json`.

mod network;
mod process;
mod steps;
mod transfers;
mod wire;

use anyhow::{ensure, Result};
use clap::Parser;
use network::Net;
use process::Process;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use steps::Steps;
use transfers::Transfers;

/// Options of a sandbox whose ledgers close when told.
const BY_HAND: [&str; 4] = ["--limits", "unlimited", "--ledger-ms", "manual"];
/// Starts that are timed.
const STARTS: usize = 5;
/// Accounts that pay each other; one transaction of each in a ledger.
const PAYERS: usize = 1_000;
/// Ledgers full of transfers that are timed.
const TRANSFER_LEDGERS: usize = 5;
/// Vaults.
const VAULTS: usize = 100;
/// Falls of the price, each answered by a step of every vault.
const FALLS: usize = 3;
/// Transfers after which the memory is told.
const TRANSACTIONS: usize = 100_000;

/// Measures the sandbox.
#[derive(Parser)]
struct Arguments {
    /// The program.
    #[arg(long, value_name = "FILE", default_value = "target/release/ballast")]
    program: PathBuf,
    /// Where to write the figures.
    #[arg(long, value_name = "FILE", default_value = "target/bench-sandbox.json")]
    out: PathBuf,
}

/// The figures.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    /// From the start of the process to the first answer, default scenario, milliseconds, median.
    start_ms: f64,
    /// Token transfers applied per second.
    transfers_per_second: f64,
    /// Vault steps applied per second.
    steps_per_second: f64,
    /// `simulateTransaction` of a vault step, milliseconds, median and 99th percentile.
    simulate_step_p50_ms: f64,
    simulate_step_p99_ms: f64,
    /// Resident memory after the start, after half of the transactions, and after all of them, MB.
    memory_at_start_mb: Option<f64>,
    memory_after_50_000_mb: Option<f64>,
    memory_after_100_000_mb: Option<f64>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let program = &arguments.program;
    let start_ms = start(program)?;
    println!("start to serving, default scenario       {start_ms:>9.0} ms  (<= 3,000)");
    let transfers_per_second = transfers(program)?;
    println!("token transfers applied                  {transfers_per_second:>9.0} /s  (>= 1,000)");
    let (steps_per_second, mut simulated) = steps(program)?;
    println!("vault steps applied                      {steps_per_second:>9.0} /s  (>= 200)");
    simulated.sort();
    let (p50, p99) = (percentile(&simulated, 50), percentile(&simulated, 99));
    println!("simulateTransaction of a step, p50       {p50:>9.1} ms  (<= 25)");
    println!("simulateTransaction of a step, p99       {p99:>9.1} ms");
    let memory = memory(program)?;
    let names = [
        "at start",
        "after 50,000 transactions",
        "after 100,000 transactions",
    ];
    for (name, megabytes) in names.iter().zip(memory) {
        if let Some(megabytes) = megabytes {
            println!("memory {name:<33} {megabytes:>9.0} MB");
        }
    }
    let figures = Figures {
        start_ms,
        transfers_per_second,
        steps_per_second,
        simulate_step_p50_ms: p50,
        simulate_step_p99_ms: p99,
        memory_at_start_mb: memory[0],
        memory_after_50_000_mb: memory[1],
        memory_after_100_000_mb: memory[2],
    };
    std::fs::write(
        &arguments.out,
        serde_json::to_string_pretty(&figures)? + "\n",
    )?;
    println!("\nwritten: {}", arguments.out.display());
    Ok(())
}

fn start(program: &Path) -> Result<f64> {
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let process = Process::start(program, "start", &["--scenario", "default"])?;
        took.push(process.started_in);
    }
    took.sort();
    Ok(percentile(&took, 50))
}

fn transfers(program: &Path) -> Result<f64> {
    let process = Process::start(program, "transfers", &BY_HAND)?;
    let mut net = Net::new(&process)?;
    let transfers = Transfers::new(&process, &mut net, PAYERS)?;
    let mut took = Duration::ZERO;
    // The first ledger warms up.
    for ledger in 0..=TRANSFER_LEDGERS {
        let round = transfers.round(&mut net)?;
        let closed_in = net.apply(&round)?;
        took += if ledger == 0 {
            Duration::ZERO
        } else {
            closed_in
        };
    }
    Ok((PAYERS * TRANSFER_LEDGERS) as f64 / took.as_secs_f64())
}

fn steps(program: &Path) -> Result<(f64, Vec<Duration>)> {
    let process = Process::start(program, "steps", &BY_HAND)?;
    let mut net = Net::new(&process)?;
    let steps = Steps::new(&process, &mut net, VAULTS)?;
    let mut took = Duration::ZERO;
    let mut simulated = Vec::new();
    for _ in 0..FALLS {
        let (simulated_in, closed_in) = steps.round(&mut net)?;
        simulated.extend(simulated_in);
        took += closed_in;
    }
    Ok(((VAULTS * FALLS) as f64 / took.as_secs_f64(), simulated))
}

fn memory(program: &Path) -> Result<[Option<f64>; 3]> {
    let process = Process::start(program, "memory", &BY_HAND)?;
    let megabytes = || process.memory().map(|bytes| bytes as f64 / 1e6);
    let mut net = Net::new(&process)?;
    let mut found = [megabytes(), None, None];
    let transfers = Transfers::new(&process, &mut net, PAYERS)?;
    let ledgers = TRANSACTIONS / PAYERS;
    ensure!(ledgers.is_multiple_of(2), "an even number of ledgers");
    for ledger in 1..=ledgers {
        let round = transfers.round(&mut net)?;
        net.send(&round)?;
        net.close()?;
        if ledger == ledgers / 2 {
            found[1] = megabytes();
        }
    }
    found[2] = megabytes();
    Ok(found)
}

/// A percentile of sorted durations, milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted
        .get(index)
        .map_or(0.0, |took| took.as_secs_f64() * 1e3)
}
