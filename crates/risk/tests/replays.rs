//! Replays on the real contracts.

use ballast_risk::{
    bars::{Bar, Bars, Range},
    outcome::{Replay, Twin, What},
    picture,
    replay::{replay, ReplayError},
    settings::{OracleMode, Settings},
};
use std::path::PathBuf;

fn crash() -> Bars {
    Bars::built_in(Range::default()).unwrap()
}

fn run(bars: &Bars, settings: &Settings) -> Replay {
    replay(bars, settings, |_| {}).unwrap()
}

fn json(replay: &Replay) -> serde_json::Value {
    serde_json::to_value(&replay.report).unwrap()
}

/// Bars of 300 s through these prices, each from one price to the next.
fn through(prices: &[f64]) -> Bars {
    let bars = prices.windows(2).enumerate().map(|(index, pair)| Bar {
        ts: 1_700_000_100 + index as u64 * 300,
        open: pair[0],
        high: pair[0].max(pair[1]),
        low: pair[0].min(pair[1]),
        close: pair[1],
    });
    Bars {
        source: "test".into(),
        bar_seconds: 300,
        bars: bars.collect(),
    }
}

#[test]
fn replay_of_the_crash_is_the_same_in_every_run() {
    let settings = Settings::default();
    let (first, second) = (run(&crash(), &settings), run(&crash(), &settings));
    assert_eq!(json(&first), json(&second));
    assert_eq!(first.events, second.events);
    let svg = |replay| picture::svg(&crash(), &settings.policy, replay).unwrap();
    assert_eq!(svg(&first), svg(&second));
}

#[test]
fn replay_of_the_crash_keeps_the_vault_from_the_fill_that_the_bare_twin_gets() {
    let replay = run(&crash(), &Settings::default());
    let (vault, bare) = (&replay.report.vault, &replay.report.bare);
    assert_eq!(vault.equity_start_usd, bare.equity_start_usd);
    assert_eq!(
        vault.equity_end_untouched_usd,
        bare.equity_end_untouched_usd
    );
    assert!(bare.liquidated);
    assert!(!vault.liquidated);
    assert_eq!(vault.rescues, 1);
    assert!(vault.equity_end_usd > bare.equity_end_usd);
    assert!(vault.equity_end_usd < vault.equity_end_untouched_usd);
    assert_eq!((vault.regret_usd, bare.regret_usd), (0.0, 0.0));
    assert_eq!((bare.steps, bare.rescues), (0, 0));
    assert_eq!(replay.auctions(Twin::Bare, crash().end()).len(), 1);
}

#[test]
fn replay_reports_exactly_these_keys() {
    let value = json(&run(&through(&[0.36, 0.36]), &Settings::default()));
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let mut twin = [
        "liquidated",
        "rescues",
        "steps",
        "sold_usd",
        "cost_bps",
        "equity_start_usd",
        "equity_end_usd",
        "equity_end_untouched_usd",
        "regret_usd",
    ];
    twin.sort_unstable();
    let mut episode = [
        "prices",
        "from",
        "to",
        "bars",
        "bar_seconds",
        "bars_missing",
        "oracle",
        "entry_health",
        "collateral",
        "collateral_usd",
        "depth_usd",
        "filler_margin_bps",
        "keeper_delay_ledgers",
        "keeper_sells",
        "first_price_usd",
        "lowest_round_usd",
        "last_price_usd",
        "ledgers",
        "policy",
    ];
    episode.sort_unstable();
    assert_eq!(keys(&value), ["bare", "episode", "vault"]);
    assert_eq!(keys(&value["vault"]), twin);
    assert_eq!(keys(&value["bare"]), twin);
    assert_eq!(keys(&value["episode"]), episode);
    assert_eq!(value["episode"]["from"], "2023-11-14T22:15:00Z");
    assert!(value["vault"]["liquidated"].is_boolean());
    for key in twin.into_iter().filter(|key| *key != "liquidated") {
        assert!(value["vault"][key].is_number(), "{key}");
    }
}

#[test]
fn replay_of_a_quiet_path_leaves_both_twins_as_the_untouched_one() {
    let replay = run(
        &through(&[0.36, 0.362, 0.358, 0.36, 0.361, 0.36]),
        &Settings::default(),
    );
    assert!(replay.events.is_empty());
    for twin in [&replay.report.vault, &replay.report.bare] {
        assert_eq!(twin.equity_end_usd, twin.equity_end_untouched_usd);
        assert_eq!((twin.steps, twin.sold_usd, twin.regret_usd), (0, 0.0, 0.0));
        // Interest, less than a cent in half an hour for each thousand dollars.
        assert!(twin.equity_end_usd < twin.equity_start_usd);
        assert!((twin.equity_end_usd - twin.equity_start_usd).abs() < 0.5);
    }
}

#[test]
fn replay_of_a_dip_that_recovers_is_regretted() {
    // Risk 74% at 0.36, 97% at 0.275.
    let replay = run(
        &through(&[0.36, 0.30, 0.275, 0.275, 0.36, 0.36]),
        &Settings::default(),
    );
    let (vault, bare) = (&replay.report.vault, &replay.report.bare);
    assert!(vault.steps >= 1);
    assert!(!vault.liquidated && !bare.liquidated);
    assert_eq!(bare.equity_end_usd, bare.equity_end_untouched_usd);
    assert!(vault.equity_end_usd < vault.equity_end_untouched_usd);
    assert_eq!(vault.regret_usd, vault.sold_usd);
    assert!(vault.sold_usd > 0.0);
    assert_eq!(bare.regret_usd, 0.0);
}

#[test]
fn replay_with_no_delay_never_has_a_quoted_step_refused() {
    for oracle in [OracleMode::Close, OracleMode::Low] {
        for entry_health in [1.10, 1.35] {
            let settings = Settings {
                oracle,
                entry_health,
                keeper_delay_ledgers: 0,
                ..Settings::default()
            };
            let replay = run(&crash(), &settings);
            let refused: Vec<_> = replay
                .events
                .iter()
                .filter(|event| matches!(event.what, What::Refused { .. }))
                .collect();
            assert!(refused.is_empty(), "{refused:?}");
        }
    }
}

#[test]
fn replay_runs_on_any_date_and_on_bars_of_any_length() {
    let hourly = Bars {
        source: "test".into(),
        bar_seconds: 3_600,
        bars: vec![
            Bar {
                ts: 1_514_764_807,
                open: 0.5,
                high: 0.6,
                low: 0.45,
                close: 0.5,
            },
            Bar {
                ts: 1_514_771_007 + 1_000,
                open: 0.5,
                high: 0.5,
                low: 0.2,
                close: 0.3,
            },
        ],
    };
    let replay = run(&hourly, &Settings::default());
    assert!(replay.report.bare.liquidated);
    assert_eq!(
        replay.report.vault.equity_start_usd,
        replay.report.bare.equity_start_usd
    );
}

#[test]
fn replay_fails_when_a_setting_is_out_of_bounds() {
    let base = Settings::default();
    let cases = [
        (
            Settings {
                entry_health: 1.04,
                ..base.clone()
            },
            "--entry-health",
        ),
        (
            Settings {
                entry_health: 0.9,
                ..base.clone()
            },
            "--entry-health",
        ),
        (
            Settings {
                entry_health: f64::NAN,
                ..base.clone()
            },
            "--entry-health",
        ),
        (
            Settings {
                collateral_usd: 0.0,
                ..base.clone()
            },
            "--collateral-usd",
        ),
        (
            Settings {
                depth_usd: -1.0,
                ..base.clone()
            },
            "--depth-usd",
        ),
        (
            Settings {
                filler_margin_bps: 10_001,
                ..base.clone()
            },
            "--filler-margin-bps",
        ),
        (
            Settings {
                keeper_delay_ledgers: 20_000,
                ..base.clone()
            },
            "--keeper-delay-ledgers",
        ),
    ];
    for (settings, expected) in cases {
        match replay(&crash(), &settings, |_| {}) {
            Err(ReplayError::Setting(error)) => assert_eq!(error.name, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

/// The file of price data, or `None`, said aloud, where there is no such data.
fn data(name: &str) -> Option<PathBuf> {
    let directory = std::env::var_os("BALLAST_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let file = directory.join("prices").join(name);
    if file.exists() {
        return Some(file);
    }
    eprintln!(
        "SKIPPED: no {}; set BALLAST_DATA to the directory that has it",
        file.display()
    );
    None
}

#[test]
fn replay_of_the_same_crash_from_a_file_is_that_of_the_built_in_bars() {
    let Some(file) = data("xlmusdt_perp_5m_2025-07_2025-12.csv.gz") else {
        return;
    };
    let built_in = crash();
    let range = Range {
        from: Some(built_in.start()),
        to: Some(built_in.end()),
    };
    let read = Bars::read(&file, range).unwrap();
    assert_eq!(read.bars, built_in.bars);
}

#[test]
fn replay_of_quiet_days_is_fast_and_changes_nothing() {
    let Some(file) = data("xlmusdt_perp_5m_2025-07_2025-12.csv.gz") else {
        return;
    };
    let day = |text| Some(ballast_risk::time::parse(text).unwrap());
    let range = Range {
        from: day("2025-09-01"),
        to: day("2025-09-03"),
    };
    let bars = Bars::read(&file, range).unwrap();
    let settings = Settings {
        entry_health: 3.0,
        ..Settings::default()
    };
    let start = std::time::Instant::now();
    let replay = run(&bars, &settings);
    eprintln!(
        "{:.0} bars a second",
        bars.bars.len() as f64 / start.elapsed().as_secs_f64()
    );
    assert!(replay.events.is_empty());
    assert_eq!(
        replay.report.vault.equity_end_usd,
        replay.report.bare.equity_end_usd
    );
}
