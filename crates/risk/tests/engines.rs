//! The core engine against the real contracts, and against itself with nothing skipped.

use ballast_core::policy::Policy;
use ballast_risk::{
    bars::{Bar, Bars, Range},
    engine::{run, run_every_ledger, Engine, Outcome},
    history::{History, Window},
    settings::{Collateral, KeeperSells, OracleMode, Settings},
};
use rayon::prelude::*;
use std::path::PathBuf;

/// An episode.
struct Job {
    window: Window,
    settings: Settings,
}

/// An episode on both engines.
struct Comparison<'a> {
    job: &'a Job,
    wasm: Outcome,
    core: Outcome,
}

impl Comparison<'_> {
    /// The larger difference of a twin's equity at the end, basis points of the collateral at the
    /// start.
    fn largest_bps(&self) -> f64 {
        let of =
            |core: f64, wasm: f64| ((core - wasm) / self.job.settings.collateral_usd * 1e4).abs();
        let (wasm, core) = (&self.wasm, &self.core);
        of(core.vault.equity_end_usd, wasm.vault.equity_end_usd)
            .max(of(core.bare.equity_end_usd, wasm.bare.equity_end_usd))
    }
}

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

fn report(comparison: &Comparison<'_>) -> String {
    let settings = &comparison.job.settings;
    format!(
        "{:?} {:?} health {} margin {} oracle {} delay {} depth {}: {} bps\nwasm {:?}\ncore {:?}",
        comparison.job.window,
        settings.policy,
        settings.entry_health,
        settings.filler_margin_bps,
        settings.oracle.name(),
        settings.keeper_delay_ledgers,
        settings.depth_usd,
        comparison.largest_bps(),
        comparison.wasm,
        comparison.core,
    )
}

/// Runs episodes on both engines and demands that they end alike: to a hundredth of a basis point, and
/// not only within the one that is asked for.
fn agree(name: &str, history: &History, jobs: &[Job]) {
    let (mut equal, mut worst) = (0, 0.0_f64);
    let (mut steps, mut filled) = (0, 0);
    let on = |engine, job: &Job| run(engine, history, job.window, &job.settings).unwrap();
    let comparisons: Vec<Comparison<'_>> = jobs
        .par_iter()
        .map(|job| Comparison {
            job,
            wasm: on(Engine::Wasm, job),
            core: on(Engine::Core, job),
        })
        .collect();
    for comparison in comparisons {
        let largest = comparison.largest_bps();
        assert!(largest < 0.01, "{}", report(&comparison));
        worst = worst.max(largest);
        equal += u32::from(comparison.wasm == comparison.core);
        steps += comparison.core.vault.steps;
        filled += comparison.core.filled.iter().sum::<u32>();
    }
    eprintln!(
        "{name}: {} episodes, {steps} steps, {filled} fills; {equal} alike to the last figure, largest \
         difference {worst:.6} bps",
        jobs.len()
    );
}

#[test]
fn core_agrees_with_wasm_on_the_crash() {
    let history = crash();
    agree("crash", &history, &crash_jobs(&history));
}

#[test]
fn core_agrees_with_wasm_where_thresholds_move() {
    let history = crash();
    let mut jobs = Vec::new();
    for (entry_health, policy) in [(1.20, Policy::BALANCED), (1.35, Policy::EARLY)] {
        for volatility_z_e2 in [1_00, 8_00] {
            for keeper_sells in [KeeperSells::Best, KeeperSells::Amm] {
                jobs.push(Job {
                    // The bars begin before it: so do the rounds.
                    window: Window {
                        from: history.start() + 2_100,
                        to: history.end(),
                    },
                    settings: Settings {
                        entry_health,
                        keeper_sells,
                        policy: moving(policy, volatility_z_e2),
                        ..Settings::default()
                    },
                });
            }
        }
    }
    agree("moving thresholds", &history, &jobs);
}

#[test]
fn core_agrees_with_wasm_where_debt_goes_bad_and_bars_are_odd() {
    // Down by nine tenths and halfway back, at no round second.
    let prices = [0.36, 0.35, 0.04, 0.03, 0.03, 0.18, 0.15, 0.2];
    let bars = prices.windows(2).zip(0_u64..).map(|(pair, index)| Bar {
        ts: 1_514_764_807 + index * 900,
        open: pair[0],
        high: pair[0].max(pair[1]),
        low: pair[0].min(pair[1]),
        close: pair[1],
    });
    let history = History::new(Bars {
        source: "test".into(),
        bar_seconds: 900,
        bars: bars.collect(),
    });
    let mut jobs = Vec::new();
    for oracle in [OracleMode::Close, OracleMode::Low] {
        for (entry_health, depth_usd) in [(1.15, 50_000.0), (1.5, 5_000_000.0)] {
            jobs.push(Job {
                window: history.window(),
                settings: Settings {
                    oracle,
                    entry_health,
                    depth_usd,
                    ..Settings::default()
                },
            });
        }
    }
    agree("bad debt", &history, &jobs);
    let outcome = run(Engine::Core, &history, jobs[0].window, &jobs[0].settings).unwrap();
    assert!(outcome.filled[1] > 0);
    assert_eq!(outcome.bare.equity_end_usd, 0.0);
}

#[test]
fn core_skips_nothing_that_matters() {
    let history = crash();
    for job in crash_jobs(&history) {
        let of = |run: fn(_, _, _, _) -> _| run(Engine::Core, &history, job.window, &job.settings);
        assert_eq!(of(run).unwrap(), of(run_every_ledger).unwrap());
    }
}

/// A file of price data, or `None`, said aloud, where there is no such data.
fn data(name: &str) -> Option<History> {
    let directory = std::env::var_os("BALLAST_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let file = directory.join("prices").join(name);
    if !file.exists() {
        eprintln!(
            "SKIPPED: no {}; set BALLAST_DATA to the directory that has it",
            file.display()
        );
        return None;
    }
    // Before 2019 exchanges were closed for more than a day now and then.
    let range = Range {
        from: Some(1_546_300_800),
        to: None,
    };
    Some(History::new(Bars::read(&file, range).unwrap()))
}

const FILES: [(&str, Collateral); 6] = [
    ("xlmusdt_spot_1h.csv.gz", Collateral::Xlm),
    ("btcusdt_spot_1h.csv.gz", Collateral::Btc),
    ("ethusdt_spot_1h.csv.gz", Collateral::Eth),
    ("xlmusdt_perp_5m_2025-07_2025-12.csv.gz", Collateral::Xlm),
    ("btcusdt_perp_5m_2025-07_2025-12.csv.gz", Collateral::Btc),
    ("ethusdt_perp_5m_2025-07_2025-12.csv.gz", Collateral::Eth),
];

const WEEK_SECONDS: u64 = 7 * 86_400;

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// A policy whose thresholds move by up to 10% with volatility.
fn moving(policy: Policy, volatility_z_e2: u32) -> Policy {
    Policy {
        volatility_z_e2,
        volatility_shift_max_e7: 1_000_000,
        ..policy
    }
}

/// A week that begins anywhere, with any of the settings of the studies.
fn week(history: &History, collateral: Collateral, random: &mut Random) -> Job {
    let from = history.start() + random.below(history.end() - history.start() - WEEK_SECONDS);
    let entry_health = random.of(&[1.10, 1.20, 1.35, 1.60]);
    let policies = [
        Policy::BALANCED,
        Policy::LATE,
        moving(Policy::BALANCED, 2_00),
        moving(Policy::LATE, 8_00),
        Policy::EARLY,
    ];
    let allowed = if entry_health > 1.18 { 5 } else { 4 };
    Job {
        window: Window {
            from,
            to: from + WEEK_SECONDS,
        },
        settings: Settings {
            collateral,
            entry_health,
            policy: random.of(&policies[..allowed]),
            oracle: random.of(&[OracleMode::Close, OracleMode::Low]),
            keeper_sells: random.of(&[KeeperSells::Best, KeeperSells::Amm]),
            filler_margin_bps: random.of(&[200, 300, 500, 1_000]),
            keeper_delay_ledgers: random.of(&[1, 12, 60]),
            depth_usd: random.of(&[50_000.0, 750_000.0, 5_000_000.0]),
            ..Settings::default()
        },
    }
}

/// Weeks of a history in which a twin was acted upon.
fn eventful_weeks(history: &History, collateral: Collateral, count: usize) -> Vec<Job> {
    let mut random = Random(2);
    let mut found = Vec::new();
    while found.len() < count {
        let job = week(history, collateral, &mut random);
        let outcome = run(Engine::Core, history, job.window, &job.settings).unwrap();
        if outcome.is_eventful() {
            found.push(job);
        }
    }
    found
}

/// Takes minutes: real contracts make thousands of swaps a week. `BALLAST_WEEKS` sets how many weeks
/// of each file are compared.
#[test]
fn core_agrees_with_wasm_on_weeks_of_every_asset() {
    let weeks = std::env::var("BALLAST_WEEKS").map_or(1, |count| count.parse().unwrap());
    std::thread::scope(|scope| {
        for (file, collateral) in FILES {
            scope.spawn(move || {
                if let Some(history) = data(file) {
                    let jobs = eventful_weeks(&history, collateral, weeks);
                    agree(file, &history, &jobs);
                }
            });
        }
    });
}

#[test]
fn core_skips_nothing_that_matters_in_weeks_of_every_asset() {
    for (file, collateral) in FILES {
        let Some(history) = data(file) else { return };
        let mut random = Random(3);
        for _ in 0..40 {
            let job = week(&history, collateral, &mut random);
            let of =
                |run: fn(_, _, _, _) -> _| run(Engine::Core, &history, job.window, &job.settings);
            assert_eq!(
                of(run).unwrap(),
                of(run_every_ledger).unwrap(),
                "{:?}",
                job.settings
            );
        }
    }
}

/// Seconds that this thread has had a core: other tests run beside it.
fn seconds_on_core() -> f64 {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    let nanoseconds: f64 = times.split(' ').next().unwrap().parse().unwrap();
    nanoseconds / 1e9
}

/// Prints the speed, which the tables of documents take from here:
/// `cargo test --release --workspace --test engines bars_a_second -- --nocapture`.
#[test]
fn core_runs_twenty_thousand_bars_a_second() {
    for (file, collateral) in FILES {
        let Some(history) = data(file) else { return };
        let mut random = Random(1);
        let jobs: Vec<Job> = (0..500)
            .map(|_| week(&history, collateral, &mut random))
            .collect();
        let one = |job: &Job| run(Engine::Core, &history, job.window, &job.settings).unwrap();
        // Rounds are worked out when they are first asked for.
        for oracle in [OracleMode::Close, OracleMode::Low] {
            one(&Job {
                window: jobs[0].window,
                settings: Settings {
                    oracle,
                    ..Settings::default()
                },
            });
        }
        let start = seconds_on_core();
        let (mut bars, mut eventful) = (0, 0);
        for job in &jobs {
            let outcome = one(job);
            bars += outcome.bars;
            eventful += u32::from(outcome.is_eventful());
        }
        let rate = bars as f64 / (seconds_on_core() - start);
        eprintln!(
            "{file}: {} weeks, {eventful} of them eventful, {rate:.0} bars a second on one core",
            jobs.len()
        );
        assert!(cfg!(debug_assertions) || rate > 20_000.0);
    }
}
