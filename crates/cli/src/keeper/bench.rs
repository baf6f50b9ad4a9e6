//! `ballast keeper bench`: how long the exact set of vaults at risk takes, and how much memory.

use crate::{output, Failure};
use ballast_keeper::{
    book::{
        mix::{fallen, market, Mix},
        Book,
    },
    model::Market,
};
use clap::Args;
use comfy_table::{presets::UTF8_FULL_CONDENSED, CellAlignment, Table};
use serde::Serialize;
use std::{hint::black_box, time::Instant};

/// What it is, for `--help`.
pub const LONG_ABOUT: &str = "\
Measure how long it takes to find the vaults at risk after a price change.

A fixed mix of vaults (1 to 3 collaterals, 1 or 2 debts, of six assets of 6, 7 and 18 decimals, risk ratios from \
40% to 100% of each one's threshold) is drawn from a seed and put into the keeper's columns. Then prices change, \
and the exact set of vaults at or above their thresholds is found, valued on the contracts' own arithmetic and \
sorted, on one core: once after a small change (all but the stable assets fall by 0.5%), once after a crash (by \
30%). Times are medians.";

/// Falls in the two changes, 7 decimals.
const SMALL_E7: i128 = 0_0050000;
const CRASH_E7: i128 = 0_3000000;
/// Fall that the crowd is foreseen for.
const CROWD_E7: i128 = 0_1000000;
const QUEUE: usize = 100;

/// Arguments of the command.
#[derive(Args)]
pub struct Arguments {
    /// Vaults; a hundredth and a tenth of them are measured too
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    pub vaults: u32,
    /// Runs of each measurement
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub runs: u32,
    /// Which mix
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What was found of the largest number, and of all.
#[derive(Serialize)]
struct Findings {
    #[serde(flatten)]
    largest: Row,
    runs: u32,
    seed: u64,
    sizes: Vec<Row>,
}

/// What was found of one number of vaults.
#[derive(Clone, Serialize)]
struct Row {
    vaults: u32,
    /// The slower of the two changes.
    evaluate_ms: f64,
    bytes_per_vault: f64,
    /// Growth of the process while the book was filled, where the system tells it.
    resident_bytes_per_vault: Option<f64>,
    small: Change,
    crash: Change,
    queue_ms: f64,
    crowd_ms: f64,
    /// Filling the book, one vault after the other.
    fill_ms: f64,
}

/// What was found after one change of prices.
#[derive(Clone, Serialize)]
struct Change {
    fall_e7: i128,
    at_risk: usize,
    evaluate_ms: f64,
    slowest_ms: f64,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut sizes: Vec<u32> = [1, 10, 100].map(|part| arguments.vaults / part).into();
    sizes.retain(|vaults| *vaults > 0);
    let mut rows: Vec<Row> = sizes
        .into_iter()
        .map(|vaults| measure(vaults, arguments.runs, arguments.seed))
        .collect();
    rows.reverse();
    // The largest came first. What it left to the allocator hides the growth of the others.
    let smaller = rows.len().saturating_sub(1);
    for row in &mut rows[..smaller] {
        row.resident_bytes_per_vault = None;
    }
    let Some(largest) = rows.last().cloned() else {
        return Ok(());
    };
    let text = match arguments.json {
        true => {
            let findings = Findings {
                largest,
                runs: arguments.runs,
                seed: arguments.seed,
                sizes: rows,
            };
            serde_json::to_string_pretty(&findings)? + "\n"
        }
        false => table(&rows, arguments.runs),
    };
    output::print(&text)?;
    Ok(())
}

fn measure(vaults: u32, runs: u32, seed: u64) -> Row {
    let market = market();
    let resident = resident_bytes();
    let mut book = Book::new();
    let started = Instant::now();
    for (borrower, thresholds) in Mix::new(&market, u64::from(vaults), seed) {
        book.set(&borrower, Some(&thresholds));
    }
    let fill_ms = milliseconds(started);
    let grown = resident.and_then(|before| Some(resident_bytes()?.saturating_sub(before)));

    let changes = [SMALL_E7, CRASH_E7].map(|fall_e7| (fall_e7, fallen(&market, fall_e7)));
    let mut times = [Vec::new(), Vec::new()];
    let mut at_risk = [0, 0];
    // In turns, so that each look is one at prices that were not the last.
    for _ in 0..runs {
        for ((times, at_risk), (_, market)) in times.iter_mut().zip(&mut at_risk).zip(&changes) {
            let started = Instant::now();
            let screened = black_box(book.at_risk(black_box(market)));
            times.push(milliseconds(started));
            *at_risk = screened.at_risk.len();
        }
    }
    let [small, crash] = [0, 1].map(|index| Change {
        fall_e7: changes[index].0,
        at_risk: at_risk[index],
        evaluate_ms: median(&mut times[index]),
        slowest_ms: times[index].iter().copied().fold(0.0, f64::max),
    });
    let crashed = &changes[1].1;
    Row {
        vaults,
        evaluate_ms: small.evaluate_ms.max(crash.evaluate_ms),
        bytes_per_vault: book.bytes() as f64 / f64::from(vaults),
        resident_bytes_per_vault: grown.map(|grown| grown as f64 / f64::from(vaults)),
        small,
        crash,
        queue_ms: timed(runs, crashed, |market| {
            black_box(book.queue(market, QUEUE));
        }),
        crowd_ms: timed(runs, crashed, |market| {
            black_box(book.crowd(market, CROWD_E7));
        }),
        fill_ms,
    }
}

fn timed(runs: u32, market: &Market, work: impl Fn(&Market)) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let started = Instant::now();
            work(black_box(market));
            milliseconds(started)
        })
        .collect();
    median(&mut times)
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Resident memory of this process, on Linux.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1_024)
}

fn table(rows: &[Row], runs: u32) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header([
        "vaults",
        "small change",
        "at risk",
        "crash",
        "at risk",
        "queue of 100",
        "crowd",
        "bytes a vault",
        "resident",
    ]);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let ms = |value: f64| format!("{value:.2} ms");
    for row in rows {
        let resident = row.resident_bytes_per_vault;
        table.add_row([
            row.vaults.to_string(),
            ms(row.small.evaluate_ms),
            row.small.at_risk.to_string(),
            ms(row.crash.evaluate_ms),
            row.crash.at_risk.to_string(),
            ms(row.queue_ms),
            ms(row.crowd_ms),
            format!("{:.0}", row.bytes_per_vault),
            resident.map_or("-".into(), |bytes| format!("{bytes:.0}")),
        ]);
    }
    format!(
        "{table}\nMedians of {runs} runs on one core. Bytes are capacities; the allocator's own are in the \
         growth of the process (resident).\n"
    )
}
