//! Faults of the RPC itself, for testing clients: slow answers, errors, an old ledger, rate limits, garbage,
//! closed connections.
//!
//! Which request is hit is decided by the seed and the order of requests, so a run can be repeated.
//! Methods of the controls are never hit: a fault can always be cleared.

use crate::prices::parse_decimal;
use ballast_ledger::Ledger;
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Longest latency, milliseconds: what is longer is a closed connection to any client.
pub const LONGEST_LATENCY_MS: u64 = 600_000;
/// Most ledgers that a stale answer lags behind.
pub const MOST_LEDGERS_BEHIND: u32 = 1_000;
/// Most faults at a time.
pub const MOST_FAULTS: usize = 100;
/// Name by which faults know the friendbot.
pub const FRIENDBOT: &str = "friendbot";
/// Decimals of a rate.
const RATE_DECIMALS: u32 = 6;
/// A rate of one: every request.
const ALWAYS: u32 = 1_000_000;

/// A fault as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// What happens.
    #[serde(flatten)]
    pub kind: Kind,
    /// Of which method; absent: of every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// How many requests it hits; absent: until it is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Share of the requests that it hits, a decimal from 0 to 1; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Kind {
    /// The answer comes late.
    Latency {
        /// At least so late.
        ms: u64,
        /// And up to so much later.
        #[serde(default)]
        jitter_ms: u64,
    },
    /// An error of JSON-RPC.
    Error {
        /// Its code.
        #[serde(default = "internal_error")]
        code: i32,
        /// Its text.
        #[serde(default = "internal_error_text")]
        message: String,
    },
    /// An HTTP status without a JSON body.
    Http {
        /// 400 to 599.
        #[serde(default = "unavailable")]
        status: u16,
    },
    /// HTTP status 429 above so many requests a second.
    RateLimit {
        /// 0: every request.
        #[serde(default)]
        per_second: u32,
    },
    /// Answers from an older ledger: the node falls back by so many ledgers and stays so far behind.
    Stale {
        /// How many.
        ledgers: u32,
    },
    /// A body that is no answer.
    Garbage {
        /// What it is instead; absent: chosen by the seed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<Form>,
    },
    /// The connection is closed without an answer.
    Drop,
}

/// What stands in an answer's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Form {
    /// Random bytes.
    Bytes,
    /// JSON that ends in the middle.
    Truncated,
    /// A proxy's page.
    Html,
    /// Nothing.
    Empty,
    /// JSON of another shape.
    Shape,
}

const FORMS: [Form; 5] = [
    Form::Bytes,
    Form::Truncated,
    Form::Html,
    Form::Empty,
    Form::Shape,
];

fn internal_error() -> i32 {
    -32603
}

fn internal_error_text() -> String {
    "internal error (asked for)".into()
}

fn unavailable() -> u16 {
    503
}

/// What becomes of a request.
#[derive(Clone, Default)]
pub struct Decision {
    /// Wait so long first.
    pub delay: Duration,
    /// Then this.
    pub outcome: Outcome,
}

/// What becomes of a request after the wait.
#[derive(Clone, Default)]
pub enum Outcome {
    /// It is answered.
    #[default]
    Serve,
    /// It is answered from this older ledger.
    Stale(Arc<Ledger>),
    /// It is answered with an error of JSON-RPC.
    Error {
        /// Its code.
        code: i32,
        /// Its text.
        message: String,
    },
    /// HTTP status and nothing else.
    Http {
        /// The status.
        status: u16,
        /// For the header Retry-After, seconds.
        retry_after: Option<u64>,
    },
    /// This body.
    Garbage(Vec<u8>),
    /// The connection is closed.
    Drop,
}

/// A fault in force, as `ballast_status` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Its number, to clear it by.
    pub id: u64,
    /// What was asked for.
    #[serde(flatten)]
    pub fault: Fault,
    /// Requests hit so far.
    pub hits: u64,
}

/// The faults in force.
#[derive(Default)]
pub struct Faults(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    seed: u64,
    added: u64,
    rules: Vec<Rule>,
    /// Ledgers from the time when the first stale fault came, oldest first.
    recent: VecDeque<Arc<Ledger>>,
}

struct Rule {
    standing: Standing,
    /// Out of [`ALWAYS`].
    rate: u32,
    /// Requests that it could have hit.
    seen: u64,
    /// The second that a rate limit counts in, and what it counted.
    window: Option<(Instant, u32)>,
}

impl Faults {
    /// None; what is by chance follows the seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Inner {
            seed,
            ..Inner::default()
        }))
    }

    /// Puts a fault in force; `ledger` is the one that a stale node stays at. Gives its number.
    ///
    /// # Errors
    /// What is wrong with the fault.
    pub fn add(&self, fault: Fault, ledger: &Arc<Ledger>) -> Result<u64, String> {
        let rate = check(&fault)?;
        let mut inner = self.inner();
        if inner.rules.len() >= MOST_FAULTS {
            return Err(format!("{MOST_FAULTS} faults are in force: clear some"));
        }
        if matches!(fault.kind, Kind::Stale { .. }) && inner.recent.is_empty() {
            inner.recent.push_back(ledger.clone());
        }
        inner.added += 1;
        let id = inner.added;
        inner.rules.push(Rule {
            standing: Standing { id, fault, hits: 0 },
            rate,
            seen: 0,
            window: None,
        });
        Ok(id)
    }

    /// Ends one, or all. How many it were.
    pub fn clear(&self, id: Option<u64>) -> usize {
        let mut inner = self.inner();
        let before = inner.rules.len();
        inner
            .rules
            .retain(|rule| id.is_some_and(|id| id != rule.standing.id));
        inner.forget();
        before - inner.rules.len()
    }

    /// Those in force.
    pub fn standing(&self) -> Vec<Standing> {
        let inner = self.inner();
        inner
            .rules
            .iter()
            .map(|rule| rule.standing.clone())
            .collect()
    }

    /// A ledger closed: stale answers follow at their distance. After a revert, too.
    pub fn closed(&self, ledger: &Arc<Ledger>) {
        let mut inner = self.inner();
        let behind = inner.furthest_behind();
        if let Some(behind) = behind {
            inner.recent.push_back(ledger.clone());
            while inner.recent.len() > behind as usize + 1 {
                inner.recent.pop_front();
            }
        }
    }

    /// What becomes of a request of this method. Latencies of all faults that hit it add up; of the rest
    /// the first one counts.
    pub fn decide(&self, method: &str) -> Decision {
        self.decide_at(method, Instant::now())
    }

    fn decide_at(&self, method: &str, now: Instant) -> Decision {
        let mut inner = self.inner();
        let mut decision = Decision::default();
        if inner.rules.is_empty() {
            return decision;
        }
        let Inner {
            seed,
            rules,
            recent,
            ..
        } = &mut *inner;
        for rule in rules.iter_mut() {
            let Some(mut random) = rule.hits(method, *seed, now) else {
                continue;
            };
            match &rule.standing.fault.kind {
                Kind::Latency { ms, jitter_ms } => {
                    decision.delay += Duration::from_millis(ms + random.u64(0..=*jitter_ms));
                    continue;
                }
                kind => decision.outcome = outcome(kind, &mut random, recent),
            }
            break;
        }
        rules.retain(|rule| {
            let standing = &rule.standing;
            standing
                .fault
                .requests
                .is_none_or(|most| standing.hits < most)
        });
        inner.forget();
        decision
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn furthest_behind(&self) -> Option<u32> {
        let behind = |rule: &Rule| match rule.standing.fault.kind {
            Kind::Stale { ledgers } => Some(ledgers),
            _ => None,
        };
        self.rules.iter().filter_map(behind).max()
    }

    /// Old ledgers are kept only while something needs them.
    fn forget(&mut self) {
        if !self.recent.is_empty() && self.furthest_behind().is_none() {
            self.recent.clear();
        }
    }
}

impl Rule {
    /// Does it hit this request? With what chance decides besides.
    fn hits(&mut self, method: &str, seed: u64, now: Instant) -> Option<Rng> {
        let fault = &self.standing.fault;
        if fault.method.as_ref().is_some_and(|only| only != method) {
            return None;
        }
        self.seen += 1;
        let mut random = Rng::with_seed(mix(seed ^ mix(self.standing.id) ^ self.seen));
        if random.u32(0..ALWAYS) >= self.rate {
            return None;
        }
        if let Kind::RateLimit { per_second } = fault.kind {
            let (since, served) = self.window.get_or_insert((now, 0));
            if now.duration_since(*since) >= Duration::from_secs(1) {
                (*since, *served) = (now, 0);
            }
            if *served < per_second {
                *served += 1;
                return None;
            }
        }
        self.standing.hits += 1;
        Some(random)
    }
}

fn outcome(kind: &Kind, random: &mut Rng, recent: &VecDeque<Arc<Ledger>>) -> Outcome {
    match kind {
        Kind::Latency { .. } => Outcome::Serve,
        Kind::Error { code, message } => Outcome::Error {
            code: *code,
            message: message.clone(),
        },
        Kind::Http { status } => Outcome::Http {
            status: *status,
            retry_after: None,
        },
        Kind::RateLimit { .. } => Outcome::Http {
            status: 429,
            retry_after: Some(1),
        },
        Kind::Stale { ledgers } => {
            let place = recent.len().saturating_sub(*ledgers as usize + 1);
            recent
                .get(place)
                .map_or(Outcome::Serve, |ledger| Outcome::Stale(ledger.clone()))
        }
        Kind::Garbage { form } => {
            let form = form.unwrap_or_else(|| FORMS[random.usize(0..FORMS.len())]);
            Outcome::Garbage(garbage(form, random))
        }
        Kind::Drop => Outcome::Drop,
    }
}

fn garbage(form: Form, random: &mut Rng) -> Vec<u8> {
    const ANSWER: &[u8] =
        br#"{"jsonrpc":"2.0","id":1,"result":{"status":"healthy","latestLedger":7}}"#;
    const SHAPES: [&[u8]; 6] = [
        b"[]",
        b"null",
        b"{}",
        br#"{"jsonrpc":"2.0","id":1,"result":null}"#,
        br#"{"jsonrpc":"2.0","id":1,"result":"healthy"}"#,
        br#"{"jsonrpc":"1.0","id":"seven","result":{"latestLedger":"7"}}"#,
    ];
    match form {
        Form::Bytes => {
            let length = random.usize(1..1_024);
            std::iter::repeat_with(|| random.u8(..))
                .take(length)
                .collect()
        }
        Form::Truncated => ANSWER[..random.usize(1..ANSWER.len())].to_vec(),
        Form::Html => {
            b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>".to_vec()
        }
        Form::Empty => Vec::new(),
        Form::Shape => SHAPES[random.usize(0..SHAPES.len())].to_vec(),
    }
}

/// Gives the rate out of [`ALWAYS`].
fn check(fault: &Fault) -> Result<u32, String> {
    match &fault.kind {
        Kind::Latency { ms, jitter_ms } if ms.saturating_add(*jitter_ms) > LONGEST_LATENCY_MS => {
            return Err(format!("ms: at most {LONGEST_LATENCY_MS} together"));
        }
        Kind::Http { status } if !(400..=599).contains(status) => {
            return Err(format!("status: {status} is not from 400 to 599"));
        }
        Kind::Stale { ledgers } if *ledgers == 0 || *ledgers > MOST_LEDGERS_BEHIND => {
            return Err(format!(
                "ledgers: {ledgers} is not from 1 to {MOST_LEDGERS_BEHIND}"
            ));
        }
        _ => {}
    }
    if fault.requests == Some(0) {
        return Err("requests: it must hit at least one".into());
    }
    let Some(rate) = &fault.rate else {
        return Ok(ALWAYS);
    };
    parse_decimal(rate, RATE_DECIMALS)
        .ok()
        .and_then(|rate| u32::try_from(rate).ok())
        .filter(|rate| (1..=ALWAYS).contains(rate))
        .ok_or_else(|| format!("rate: {rate:?} is not a decimal above 0 and up to 1"))
}

/// Spreads neighbouring numbers apart (SplitMix64's last step).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
#[path = "faults_tests.rs"]
mod tests;
