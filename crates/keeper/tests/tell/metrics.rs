//! Metrics as scrapers read them.

use crate::{
    exposition::{read, Family},
    fixture::{about, contract, state, Served},
};
use ballast_keeper::tell::{AlertKind, Alerts, Format, Metrics, View};
use std::{collections::BTreeMap, time::Duration};

fn value(families: &BTreeMap<String, Family>, name: &str, labels: &[(&str, &str)]) -> f64 {
    let mut found = families.values().flat_map(|family| &family.samples);
    let found = found.find(|sample| {
        let has = |(key, value): &(&str, &str)| {
            sample.labels.get(*key).map(String::as_str) == Some(value)
        };
        sample.name == name && labels.iter().all(has)
    });
    found
        .unwrap_or_else(|| panic!("no {name} {labels:?}"))
        .value
}

fn busy() -> (Metrics, Alerts) {
    let view = View::new(about());
    let (alerts, _) = Alerts::new();
    let metrics = Metrics::new(&view, &alerts);
    view.show(state(2_000));
    for (way, outcome) in [("fill", "done"), ("fill", "done"), ("flash", "lost")] {
        metrics.stepped(way, outcome);
    }
    metrics.held("unprofitable");
    metrics.decided(Duration::from_millis(3));
    metrics.sent(Duration::from_millis(40));
    metrics.sent(Duration::from_millis(400));
    metrics.applied(Duration::from_secs(6));
    metrics.paid(123_456);
    metrics.earned(1_2345678, 7);
    metrics.earned(-2345678, 7);
    metrics.database_failed();
    alerts.raise(AlertKind::LumensLow, "GA", "4 left");
    alerts.raise(AlertKind::LumensLow, "GB", "4 left");
    alerts.clear(AlertKind::LumensLow, "GB");
    (metrics, alerts)
}

#[test]
fn text_is_what_both_formats_say_that_it_is() {
    let (metrics, _) = busy();
    let open = read(&metrics.text(Format::OpenMetrics).unwrap(), true).unwrap();
    let plain = read(&metrics.text(Format::Text).unwrap(), false).unwrap();
    for families in [&open, &plain] {
        for (name, family) in families {
            assert!(
                name.starts_with("ballast_keeper_") || name.starts_with("process_"),
                "{name}"
            );
            assert!(family.help.ends_with('.'), "{name}: {}", family.help);
        }
    }
    assert_eq!(
        open["ballast_keeper_seen_to_sent_seconds"].unit.as_deref(),
        Some("seconds")
    );
    // What counts up ends with _total, and nothing else does.
    for (name, family) in &plain {
        assert_eq!(name.ends_with("_total"), family.kind == "counter", "{name}");
    }
    let samples = |families: &BTreeMap<String, Family>| {
        let samples = families.values().flat_map(|family| &family.samples);
        let names = samples.map(|sample| sample.name.clone());
        let mut names: Vec<_> = names.filter(|name| name.starts_with("ballast")).collect();
        names.sort();
        names
    };
    assert_eq!(samples(&open), samples(&plain));
}

#[test]
fn text_says_what_was_shown_and_counted() {
    let (metrics, _) = busy();
    let families = read(&metrics.text(Format::Text).unwrap(), false).unwrap();
    let pool = contract(2).to_string();
    let (fifth, second) = (contract(101).to_string(), contract(102).to_string());
    for (name, labels, expected) in [
        (
            "steps_total",
            vec![("way", "fill"), ("outcome", "done")],
            2.0,
        ),
        (
            "steps_total",
            vec![("way", "flash"), ("outcome", "lost")],
            1.0,
        ),
        ("holds_total", vec![("reason", "unprofitable")], 1.0),
        ("seen_to_sent_seconds_bucket", vec![("le", "0.05")], 1.0),
        ("seen_to_sent_seconds_bucket", vec![("le", "0.5")], 2.0),
        ("seen_to_sent_seconds_count", vec![], 2.0),
        ("sent_to_applied_seconds_bucket", vec![("le", "6")], 1.0),
        ("fees_lumens_total", vec![], 0.0123456),
        ("profit_value", vec![], 1.0),
        ("database_errors_total", vec![], 1.0),
        ("alerts_active", vec![("kind", "lumens_low")], 1.0),
        ("alerts_raised_total", vec![("kind", "lumens_low")], 2.0),
        ("alerts_raised_total", vec![("kind", "rpc_down")], 0.0),
        ("ledger_sequence", vec![], 2_000.0),
        ("ledger_lag", vec![], 0.0),
        ("healthy", vec![], 1.0),
        ("vaults", vec![("pool", &pool)], 200.0),
        ("vaults_at_risk", vec![("pool", &pool)], 2.0),
        ("vaults_unpriced", vec![("pool", &pool)], 1.0),
        ("highest_risk_ratio", vec![("kind", "vault")], 1.0012345),
        ("highest_risk_ratio", vec![("kind", "other")], f64::INFINITY),
        (
            "queue_borrowers",
            vec![("kind", "vault"), ("distance", "liquidatable")],
            1.0,
        ),
        (
            "queue_borrowers",
            vec![("kind", "other"), ("distance", "liquidatable")],
            2.0,
        ),
        (
            "queue_borrowers",
            vec![("kind", "vault"), ("distance", "5-10%")],
            2.0,
        ),
        (
            "queue_borrowers",
            vec![("kind", "vault"), ("distance", "50-100%")],
            1.0,
        ),
        ("auctions_open", vec![("kind", "other")], 2.0),
        ("auction_age_ledgers", vec![("borrower", &fifth)], 212.0),
        (
            "auction_filler_gain_value",
            vec![("borrower", &fifth)],
            2_123.45679,
        ),
        (
            "auction_filler_gain_value",
            vec![("borrower", &second)],
            -14_476.54321,
        ),
        (
            "endpoint_up",
            vec![("endpoint", "https://one.example")],
            1.0,
        ),
        (
            "endpoint_up",
            vec![("endpoint", "https://two.example:8443")],
            0.0,
        ),
        (
            "endpoint_failures_total",
            vec![("endpoint", "https://two.example:8443")],
            630.0,
        ),
        (
            "endpoint_latency_seconds",
            vec![("endpoint", "https://one.example")],
            0.012345,
        ),
        ("account_lumens", vec![("role", "keeper")], 1_234.5678901),
        ("channels", vec![("state", "free")], 2.0),
        ("channels", vec![("state", "busy")], 1.0),
        ("inventory_tokens", vec![], 10_000.5),
        ("inventory_exposure_tokens", vec![], 5_000.0),
        (
            "build_info",
            vec![("network", "Standalone Network ; \"quoted\"")],
            1.0,
        ),
    ] {
        let found = value(&families, &format!("ballast_keeper_{name}"), &labels);
        let near = found == expected || (found - expected).abs() < 1e-9 * expected.abs();
        assert!(near, "{name} {labels:?}: {found}, not {expected}");
    }
}

#[test]
fn text_forgets_what_is_no_more() {
    let view = View::new(about());
    let (alerts, _) = Alerts::new();
    let metrics = Metrics::new(&view, &alerts);
    view.show(state(2_000));
    assert!(metrics
        .text(Format::Text)
        .unwrap()
        .contains(&contract(101).to_string()));
    let mut later = state(2_001);
    later.pools[0].auctions.clear();
    view.show(later);
    assert!(!metrics
        .text(Format::Text)
        .unwrap()
        .contains(&contract(101).to_string()));
}

#[tokio::test]
async fn metrics_are_served_as_a_scraper_accepts_them() {
    let served = Served::without_database().await;
    let plain = served.get("/metrics").await;
    assert_eq!(plain.status, 200);
    assert!(plain
        .head
        .contains("content-type: text/plain; version=0.0.4"));
    let families = read(&plain.body, false).unwrap();
    assert_eq!(value(&families, "ballast_keeper_healthy", &[]), 0.0);
    served.tell.view.show(state(2_000));
    let accept =
        "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5\r\n";
    let open = served.ask("GET", "/metrics", accept).await;
    assert!(open
        .head
        .contains("content-type: application/openmetrics-text; version=1.0.0"));
    let families = read(&open.body, true).unwrap();
    assert_eq!(value(&families, "ballast_keeper_healthy", &[]), 1.0);
    #[cfg(target_os = "linux")]
    assert!(value(&families, "process_resident_memory_bytes", &[]) > 1e6);
}
