//! One endpoint and what is remembered of it.

use ballast_client::{
    rpc::{Rpc, RpcError, RpcOptions},
    Client, Error, Options,
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// First and longest rest after a failure.
const FIRST_REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(30);
/// Longest rest that a server's Retry-After is believed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);
/// An endpoint of another network is asked again so late: somebody may have mended it.
const WRONG_REST: Duration = Duration::from_secs(600);

/// One RPC server.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) url: String,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// Once it has answered which network it serves.
    client: Option<Arc<Client>>,
    latest_ledger: u32,
    /// How far that was behind the newest that any endpoint had named.
    behind: u32,
    /// Smoothed, of answers.
    latency: Option<Duration>,
    requests: u64,
    failures: u64,
    /// Failures since the last answer.
    in_a_row: u32,
    /// Asked only when nobody else is left until then.
    rests_until: Option<Instant>,
    /// Not asked at all until then: the server said so.
    closed_until: Option<Instant>,
    last_error: Option<String>,
}

/// How an endpoint stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointStanding {
    /// Its address, without what may be a key in it.
    pub url: String,
    /// Whether its last request was answered.
    pub healthy: bool,
    /// The newest ledger that an answer of it named; zero before the first.
    pub latest_ledger: u32,
    /// How many ledgers it was behind the others when it named that.
    pub behind: u32,
    /// Requests so far.
    pub requests: u64,
    /// Requests that failed so far.
    pub failures: u64,
    /// How long answers take, smoothed.
    pub latency: Option<Duration>,
    /// What went wrong last, while it is not healthy.
    pub last_error: Option<String>,
}

impl Endpoint {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            memory: Mutex::default(),
        }
    }

    /// The client, connected if it was not yet.
    pub(super) async fn client(
        &self,
        passphrase: Option<&str>,
        timeout: Duration,
        options: Options,
    ) -> Result<Arc<Client>, Error> {
        if let Some(client) = self.memory().client.clone() {
            return Ok(client);
        }
        let rpc = RpcOptions {
            timeout,
            ..RpcOptions::default()
        };
        let rpc = Rpc::new(&self.url, rpc)?;
        let client = Arc::new(Client::connect(rpc, passphrase, options).await?);
        self.memory().client = Some(client.clone());
        Ok(client)
    }

    /// It answered.
    pub(super) fn answered(&self, after: Duration) {
        let mut memory = self.memory();
        memory.requests += 1;
        memory.in_a_row = 0;
        memory.rests_until = None;
        memory.closed_until = None;
        memory.last_error = None;
        memory.latency = Some(match memory.latency {
            None => after,
            Some(before) => (before * 7 + after) / 8,
        });
    }

    /// It did not, or not sensibly.
    pub(super) fn failed(&self, error: &Error) {
        let now = Instant::now();
        let mut memory = self.memory();
        memory.requests += 1;
        memory.failures += 1;
        memory.in_a_row = memory.in_a_row.saturating_add(1);
        let rest = FIRST_REST * 2_u32.saturating_pow(memory.in_a_row.min(8) - 1);
        let rest = match error {
            Error::Network { .. } => WRONG_REST,
            _ => rest.min(LONGEST_REST),
        };
        memory.rests_until = Some(now + rest);
        if let Error::Rpc(RpcError::Status {
            status: 429 | 503,
            retry_after,
            ..
        }) = error
        {
            let wait = retry_after.unwrap_or(rest).min(LONGEST_RETRY_AFTER);
            memory.closed_until = Some(now + wait);
        }
        memory.last_error = Some(error.to_string());
    }

    /// An answer named this ledger as the newest; `newest` is what any endpoint has named so far.
    pub(super) fn saw(&self, ledger: u32, newest: u32) {
        let mut memory = self.memory();
        memory.latest_ledger = ledger;
        memory.behind = newest.saturating_sub(ledger);
    }

    pub(super) fn behind(&self) -> u32 {
        self.memory().behind
    }

    pub(super) fn latest_ledger(&self) -> u32 {
        self.memory().latest_ledger
    }

    pub(super) fn latency(&self) -> Option<Duration> {
        self.memory().latency
    }

    pub(super) fn rests(&self, now: Instant) -> bool {
        let memory = self.memory();
        let later = |until: Option<Instant>| until.is_some_and(|until| until > now);
        later(memory.rests_until) || later(memory.closed_until)
    }

    /// When it may be asked, if not now.
    pub(super) fn closed_until(&self) -> Option<Instant> {
        self.memory().closed_until
    }

    pub(super) fn standing(&self) -> EndpointStanding {
        let memory = self.memory();
        EndpointStanding {
            url: shown(&self.url),
            healthy: memory.client.is_some() && memory.in_a_row == 0,
            latest_ledger: memory.latest_ledger,
            behind: memory.behind,
            requests: memory.requests,
            failures: memory.failures,
            latency: memory.latency,
            last_error: memory.last_error.clone(),
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Every change leaves it whole.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address as it may be shown: providers put keys into the path or the query.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn shown_hides_what_may_be_a_key() {
        for url in [
            "https://rpc.example:8000/key",
            "https://rpc.example:8000?key=1",
            "https://user:word@rpc.example:8000/",
        ] {
            assert_eq!(shown(url), "https://rpc.example:8000");
        }
    }
}
