//! Searches for the most that an attacker gains from a vault when a price feed lies.

use anyhow::{bail, Context, Result};
use ballast_attacks::{
    report::{self, Row},
    scenario::{Scenario, Start, Variant, SCENARIOS, STARTS, VARIANTS},
    search::{search, Effort},
    stage::Ground,
};
use ballast_core::policy::Policy;
use clap::{Parser, ValueEnum};
use std::{
    path::PathBuf,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Mutex,
    },
};

/// What an attacker gains from a vault when a price feed lies: found by search, executed on wasm.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Strategies tried for each scenario, start and floor.
    #[arg(long, default_value_t = 300)]
    trials: u32,
    /// The same seed finds the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; all processors if not given.
    #[arg(long)]
    threads: Option<usize>,
    /// Preset that the vault follows.
    #[arg(long, value_enum, default_value_t = Preset::Balanced)]
    preset: Preset,
    /// Scenarios, by name; all if not given.
    #[arg(long, value_delimiter = ',')]
    scenarios: Vec<String>,
    /// How the vault stands before, by name; all if not given.
    #[arg(long, value_delimiter = ',')]
    starts: Vec<String>,
    /// Sources of the floor, by name; all if not given.
    #[arg(long, value_delimiter = ',')]
    floors: Vec<String>,
    /// Instead of the scenarios: the collateral under-priced by 0 to 10%.
    #[arg(long)]
    slope: bool,
    /// Writes every finding to a file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Writes the table for the README to a file.
    #[arg(long)]
    markdown: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Preset {
    Early,
    Balanced,
    Late,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let policy = match arguments.preset {
        Preset::Early => Policy::EARLY,
        Preset::Balanced => Policy::BALANCED,
        Preset::Late => Policy::LATE,
    };
    let starts = chosen(&arguments.starts, &STARTS, Start::name)?;
    let floors = chosen(&arguments.floors, &VARIANTS, |variant| {
        variant.name().into()
    })?;
    let scenarios = if arguments.slope {
        (0..=10)
            .map(|percent| Scenario::underpriced(f64::from(percent) / 100.0))
            .collect()
    } else {
        chosen(&arguments.scenarios, &SCENARIOS, |scenario| {
            scenario.name.into()
        })?
    };
    let mut jobs = Vec::new();
    for scenario in &scenarios {
        jobs.extend(starts.iter().map(|start| (*scenario, *start)));
    }
    let effort = Effort {
        trials: arguments.trials,
        seed: arguments.seed,
    };
    let threads = match arguments.threads {
        Some(threads) => threads,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let rows = run(&jobs, &floors, &policy, effort, threads);

    println!("{}", report::table(&rows));
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&rows)?;
        std::fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    if let Some(path) = &arguments.markdown {
        std::fs::write(path, report::markdown(&rows))
            .with_context(|| path.display().to_string())?;
    }
    let broken = rows
        .iter()
        .filter(|row| row.beyond_cap_at_known_usd > 0.0)
        .count();
    if broken > 0 {
        bail!("in {broken} cells a step cost the owner more than the policy's cap");
    }
    Ok(())
}

/// Every job, in order, on so many threads.
fn run(
    jobs: &[(Scenario, Start)],
    floors: &[Variant],
    policy: &Policy,
    effort: Effort,
    threads: usize,
) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<Row>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                let ground = Ground::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((scenario, start)) = jobs.get(index) else {
                        return;
                    };
                    let findings = search(&ground, policy, (scenario, *start), floors, effort);
                    let rows: Vec<Row> = findings.iter().map(Row::from).collect();
                    for row in &rows {
                        eprintln!(
                            "{} {} {}: {:.0} USD",
                            row.scenario, row.start, row.variant, row.gain_usd
                        );
                    }
                    done.lock()
                        .expect("no thread panics with it")
                        .push((index, rows));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("all threads are done");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().flat_map(|(_, rows)| rows).collect()
}

fn chosen<T: Copy>(names: &[String], all: &[T], name: impl Fn(&T) -> String) -> Result<Vec<T>> {
    if names.is_empty() {
        return Ok(all.to_vec());
    }
    names
        .iter()
        .map(|wanted| {
            let found = all.iter().find(|item| name(item) == *wanted).copied();
            let known = || all.iter().map(&name).collect::<Vec<_>>().join(", ");
            found.with_context(|| format!("{wanted}: none of {}", known()))
        })
        .collect()
}
