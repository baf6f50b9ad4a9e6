//! The core engine against the real contracts, and against itself with nothing skipped.

use ballast_risk::{
    bars::{Bars, Range},
    crosscheck::{compare, Comparison},
    engine::{run, run_every_ledger, Engine, Job},
    history::History,
    settings::{OracleMode, Settings},
};

fn crash() -> History {
    History::new(Bars::built_in(Range::default()).unwrap())
}

/// The built-in crash with every combination of these settings.
fn crash_jobs(history: &History) -> Vec<Job> {
    let mut jobs = Vec::new();
    for entry_health in [1.20, 1.25, 1.30, 1.35, 1.40, 1.45, 1.50] {
        for filler_margin_bps in [300, 1_000] {
            for oracle in [OracleMode::Close, OracleMode::Low] {
                for keeper_delay_ledgers in [1, 12] {
                    for depth_usd in [50_000.0, 750_000.0] {
                        jobs.push(Job {
                            window: history.window(),
                            settings: Settings {
                                entry_health,
                                filler_margin_bps,
                                oracle,
                                keeper_delay_ledgers,
                                depth_usd,
                                ..Settings::default()
                            },
                        });
                    }
                }
            }
        }
    }
    jobs
}

fn report(comparison: &Comparison) -> String {
    let settings = &comparison.job.settings;
    format!(
        "health {} margin {} oracle {} delay {} depth {}: {:?} bps\nwasm {:?}\ncore {:?}",
        settings.entry_health,
        settings.filler_margin_bps,
        settings.oracle.name(),
        settings.keeper_delay_ledgers,
        settings.depth_usd,
        comparison.difference_bps(),
        comparison.wasm,
        comparison.core,
    )
}

#[test]
fn core_agrees_with_wasm_on_the_crash() {
    let history = crash();
    let jobs = crash_jobs(&history);
    let mut worst: f64 = 0.0;
    for comparison in compare(&history, &jobs, || ()) {
        let comparison = comparison.unwrap();
        worst = worst.max(comparison.largest_bps());
        if comparison.largest_bps() > 0.0 {
            eprintln!("{}", report(&comparison));
        }
    }
    eprintln!("largest difference: {worst:.6} bps");
    assert!(worst < 0.01);
}

#[test]
fn core_skips_nothing_that_matters() {
    let history = crash();
    for job in crash_jobs(&history) {
        let of = |run: fn(_, _, _, _) -> _| run(Engine::Core, &history, job.window, &job.settings);
        assert_eq!(of(run).unwrap(), of(run_every_ledger).unwrap());
    }
}
