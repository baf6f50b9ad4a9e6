//! Metrics, as Prometheus reads them. Counts and latencies are kept here; everything else is read off the view
//! when somebody asks, so that no series outlives what it is of.
//!
//! Values are floats, as the format has them: for people and alarms, never for decisions.

use super::{gauges::Gauges, Alerts, View};
use prometheus_client::{
    encoding::{prometheus_text, text, EncodeLabelSet},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::{
    collections::BTreeMap,
    sync::{atomic::AtomicU64, Arc, Mutex, PoisonError},
    time::Duration,
};

/// Seconds from a ledger seen to a transaction sent.
const SENT: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Seconds from sent to applied: a ledger is five or six.
const APPLIED: [f64; 12] = [
    0.25, 0.5, 1.0, 2.5, 5.0, 6.0, 7.5, 10.0, 12.5, 15.0, 30.0, 60.0,
];
/// Seconds from a ledger seen to everything decided.
const DECIDED: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// A step by how and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct StepLabels {
    way: &'static str,
    outcome: &'static str,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HoldLabels {
    reason: String,
}

/// All metrics; clones are the same.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    steps: Family<StepLabels, Counter>,
    /// The same for the page, which counts nothing itself.
    told: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    holds: Family<HoldLabels, Counter>,
    seen_to_decided: Histogram,
    seen_to_sent: Histogram,
    sent_to_applied: Histogram,
    fees: Counter<f64, AtomicU64>,
    profit: Gauge<f64, AtomicU64>,
    database_errors: Counter,
    rebuilds: Counter,
    mended: Counter,
}

/// How a scraper wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format.
    Text,
    /// OpenMetrics.
    OpenMetrics,
}

impl Format {
    /// From a request's `Accept`.
    pub fn accepted(accept: &str) -> Self {
        match accept.contains("application/openmetrics-text") {
            true => Format::OpenMetrics,
            false => Format::Text,
        }
    }

    /// For the answer's `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Text => prometheus_text::CONTENT_TYPE,
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new(view: &View, alerts: &Alerts) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(super::process::Process));
        let keeper = registry.sub_registry_with_prefix("ballast_keeper");
        let (steps, holds) = (Family::default(), Family::default());
        let histogram = |bounds: &[f64]| Histogram::new(bounds.iter().copied());
        let (seen_to_decided, seen_to_sent) = (histogram(&DECIDED), histogram(&SENT));
        let sent_to_applied = histogram(&APPLIED);
        let (fees, profit) = (Counter::default(), Gauge::default());
        let (database_errors, rebuilds) = (Counter::default(), Counter::default());
        let mended = Counter::default();
        keeper.register(
            "steps",
            "Steps by way and by how they ended",
            Family::clone(&steps),
        );
        keeper.register(
            "holds",
            "Vaults beyond their soft thresholds that nothing was done for, by reason, once a ledger",
            Family::clone(&holds),
        );
        keeper.register_with_unit(
            "seen_to_decided",
            "From the first response that carries a ledger to all decisions on it",
            Unit::Seconds,
            Histogram::clone(&seen_to_decided),
        );
        keeper.register_with_unit(
            "seen_to_sent",
            "From the first response that carries a ledger to its first transaction sent",
            Unit::Seconds,
            Histogram::clone(&seen_to_sent),
        );
        keeper.register_with_unit(
            "sent_to_applied",
            "From a transaction sent to seen applied",
            Unit::Seconds,
            Histogram::clone(&sent_to_applied),
        );
        keeper.register(
            "fees_lumens",
            "Network fees paid, lumens",
            Counter::clone(&fees),
        );
        keeper.register(
            "profit_value",
            "Sum of the steps' estimated profits after fees, base value of the pools' oracles",
            Gauge::clone(&profit),
        );
        keeper.register(
            "database_errors",
            "Reads and writes of the database that failed",
            Counter::clone(&database_errors),
        );
        keeper.register(
            "rebuilds",
            "Times that events were missing and everything was read again",
            Counter::clone(&rebuilds),
        );
        keeper.register(
            "check_mended",
            "Entries that the full check found to differ from the chain",
            Counter::clone(&mended),
        );
        keeper.register_collector(Box::new(Gauges::new(view.clone(), alerts.clone())));
        Self(Arc::new(Inner {
            registry,
            steps,
            told: Mutex::default(),
            holds,
            seen_to_decided,
            seen_to_sent,
            sent_to_applied,
            fees,
            profit,
            database_errors,
            rebuilds,
            mended,
        }))
    }

    /// A step ended: by its way (fill, plain, flash, clear) and its outcome (done, held, lost, expired, refused,
    /// unknown, dry_run).
    pub fn stepped(&self, way: &'static str, outcome: &'static str) {
        let labels = StepLabels { way, outcome };
        self.0.steps.get_or_create(&labels).inc();
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        *told.entry((way, outcome)).or_default() += 1;
    }

    /// Steps since the start, by way and outcome.
    pub fn steps(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        let told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.clone()
    }

    /// A vault at risk was left alone. The reason is one of few words: it becomes a label.
    pub fn held(&self, reason: &str) {
        let reason = reason.to_owned();
        self.0.holds.get_or_create(&HoldLabels { reason }).inc();
    }

    /// All of a ledger was decided.
    pub fn decided(&self, since_seen: Duration) {
        self.0.seen_to_decided.observe(since_seen.as_secs_f64());
    }

    /// A ledger's first transaction was sent.
    pub fn sent(&self, since_seen: Duration) {
        self.0.seen_to_sent.observe(since_seen.as_secs_f64());
    }

    /// A transaction was seen applied.
    pub fn applied(&self, since_sent: Duration) {
        self.0.sent_to_applied.observe(since_sent.as_secs_f64());
    }

    /// A fee was paid.
    pub fn paid(&self, stroops: i64) {
        self.0.fees.inc_by(stroops.max(0) as f64 / 1e7);
    }

    /// A step's profit as it was estimated, base value.
    pub fn earned(&self, value: i128, price_decimals: u32) {
        let scale = 10f64.powi(price_decimals.min(38) as i32);
        self.0.profit.inc_by(value as f64 / scale);
    }

    /// The database failed.
    pub fn database_failed(&self) {
        self.0.database_errors.inc();
    }

    /// Everything was read again.
    pub fn rebuilt(&self) {
        self.0.rebuilds.inc();
    }

    /// The full check has mended something.
    pub fn mended(&self) {
        self.0.mended.inc();
    }

    /// All of it, as text; none only if something here cannot be encoded.
    pub fn text(&self, format: Format) -> Option<String> {
        let mut encoded = String::new();
        let done = match format {
            Format::Text => prometheus_text::encode(&mut encoded, &self.0.registry),
            Format::OpenMetrics => text::encode(&mut encoded, &self.0.registry),
        };
        done.ok().map(|()| encoded)
    }
}
