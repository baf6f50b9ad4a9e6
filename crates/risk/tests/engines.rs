//! The core engine against the real contracts, and against itself with nothing skipped.

use ballast_core::policy::Policy;
use ballast_risk::{
    bars::{Bars, Range},
    crosscheck::{compare, Comparison},
    engine::{run, run_every_ledger, Engine, Job},
    history::{History, Window},
    settings::{Collateral, KeeperSells, OracleMode, Settings},
};
use std::{path::PathBuf, time::Instant};

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
        "{:?} health {} margin {} oracle {} delay {} depth {}: {:?} bps\nwasm {:?}\ncore {:?}",
        comparison.job.window,
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

/// Runs episodes on both engines and demands that they end alike: to a hundredth of a basis point, and
/// not only within the one that is asked for.
fn agree(name: &str, history: &History, jobs: &[Job]) {
    let (mut equal, mut worst) = (0, 0.0_f64);
    let (mut steps, mut filled) = (0, 0);
    for comparison in compare(history, jobs, || ()) {
        let comparison = comparison.unwrap();
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

/// A week that begins anywhere, with any of the settings of the studies.
fn week(history: &History, collateral: Collateral, random: &mut Random) -> Job {
    let from = history.start() + random.below(history.end() - history.start() - WEEK_SECONDS);
    let entry_health = random.of(&[1.10, 1.20, 1.35, 1.60]);
    let policies = [Policy::BALANCED, Policy::LATE, Policy::EARLY];
    let allowed = if entry_health > 1.18 { 3 } else { 2 };
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
            assert_eq!(of(run).unwrap(), of(run_every_ledger).unwrap(), "{job:?}");
        }
    }
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
        jobs.iter().take(10).for_each(|job| drop(one(job)));
        let start = Instant::now();
        let (mut bars, mut eventful) = (0, 0);
        for job in &jobs {
            let outcome = one(job);
            bars += outcome.bars;
            eventful += u32::from(outcome.is_eventful());
        }
        let rate = bars as f64 / start.elapsed().as_secs_f64();
        eprintln!(
            "{file}: {} weeks, {eventful} of them eventful, {rate:.0} bars a second on one core",
            jobs.len()
        );
        assert!(cfg!(debug_assertions) || rate > 20_000.0);
    }
}
