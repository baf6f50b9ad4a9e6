//! Several RPC servers as one that is always there.
//!
//! The best endpoint is asked first. When it fails, or takes longer than it usually does, the next one is asked
//! too, and the first sensible answer counts. One that failed, lags or wants to be left alone is asked last.

mod endpoint;
mod reads;
mod send;

pub use endpoint::EndpointStanding;
pub use reads::Entries;

use super::CollectError;
use ballast_client::{rpc::RpcError, Client, Error, Options};
use ballast_transaction::Network;
use endpoint::Endpoint;
use std::{
    future::{poll_fn, Future},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::time::{sleep, sleep_until, timeout, Instant};

/// The next endpoint is asked too when an answer takes so many times its usual time, and at least so long.
const HEDGE_TIMES: u32 = 4;
const HEDGE_LEAST: Duration = Duration::from_millis(250);
/// Before an endpoint has ever answered.
const HEDGE_UNKNOWN: Duration = Duration::from_millis(1_000);
/// Pauses between rounds in which every endpoint failed.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// An endpoint that takes so many times as long as the fastest is asked after it.
const SLOW_TIMES: u32 = 3;
const SLOW_LEAST: Duration = Duration::from_millis(100);

/// Every endpoint wants to be left alone for a time.
const NOBODY: &str = "no endpoint may be asked now";

/// How endpoints are asked.
#[derive(Clone, Copy, Debug)]
pub struct EndpointOptions {
    /// What a request may take.
    pub timeout: Duration,
    /// What a question may take, over all endpoints and rounds.
    pub patience: Duration,
    /// An endpoint that is further behind the newest ledger than so many is asked last.
    pub lag_ledgers: u32,
    /// How transactions are made.
    pub client: Options,
}

impl Default for EndpointOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            patience: Duration::from_secs(20),
            lag_ledgers: 2,
            client: Options::default(),
        }
    }
}

/// Several RPC servers of one network.
#[derive(Debug)]
pub struct Endpoints {
    all: Vec<Arc<Endpoint>>,
    network: Network,
    options: EndpointOptions,
}

impl Endpoints {
    /// At least one must answer, and those that do must serve the same network; the others are tried again later.
    ///
    /// # Errors
    /// [`CollectError::NoEndpoint`], [`CollectError::Unreachable`], [`CollectError::Networks`].
    pub async fn connect(
        urls: &[String],
        passphrase: Option<&str>,
        options: EndpointOptions,
    ) -> Result<Self, CollectError> {
        if urls.is_empty() {
            return Err(CollectError::NoEndpoint);
        }
        let all: Vec<_> = urls
            .iter()
            .map(|url| Arc::new(Endpoint::new(url)))
            .collect();
        let mut tasks = Vec::new();
        for endpoint in &all {
            let (endpoint, passphrase) = (endpoint.clone(), passphrase.map(str::to_owned));
            tasks.push(tokio::spawn(async move {
                let asked = Instant::now();
                let client =
                    endpoint.client(passphrase.as_deref(), options.timeout, options.client);
                match client.await {
                    Ok(client) => {
                        endpoint.answered(asked.elapsed());
                        Ok(client.network().clone())
                    }
                    Err(error) => {
                        endpoint.failed(&error);
                        Err(error)
                    }
                }
            }));
        }
        let (mut network, mut errors) = (None::<(Network, String)>, Vec::new());
        for (task, endpoint) in tasks.into_iter().zip(&all) {
            let url = endpoint.standing().url;
            let answer = task.await.unwrap_or(Err(Error::Nonsense("the task ended")));
            match (answer, &network) {
                (Err(error), _) => errors.push((url, error)),
                (Ok(found), None) => network = Some((found, url)),
                (Ok(found), Some((known, first))) if found != *known => {
                    return Err(CollectError::Networks {
                        first: first.clone(),
                        one: known.passphrase().to_owned(),
                        second: url,
                        other: found.passphrase().to_owned(),
                    })
                }
                (Ok(_), Some(_)) => {}
            }
        }
        match network {
            None => Err(CollectError::Unreachable(errors)),
            Some((network, _)) => Ok(Self {
                all,
                network,
                options,
            }),
        }
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// An endpoint that is further behind the others than so many ledgers is asked last.
    pub fn lag_ledgers(&self) -> u32 {
        self.options.lag_ledgers
    }

    /// How each endpoint stands, in the order of the configuration.
    pub fn standing(&self) -> Vec<EndpointStanding> {
        let standing = |endpoint: &Arc<Endpoint>| endpoint.standing();
        self.all.iter().map(standing).collect()
    }

    /// Asks until an endpoint answers. What a contract refuses is an answer, and the error returned; what the
    /// server or the way to it spoils is not.
    ///
    /// # Errors
    /// Of the call; of the last endpoint, when all have failed for as long as patience lasts.
    pub async fn ask<T, E, F, Fut>(&self, what: F) -> Result<T, Error>
    where
        E: Into<Error>,
        F: Fn(Arc<Client>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let what = |client| {
            let answer = what(client);
            async { Ok::<_, Error>((None, answer.await.map_err(Into::into)?)) }
        };
        self.ask_from(0, what).await
    }

    /// As [`Endpoints::ask`], of endpoints that have seen a ledger: answers as of an older one do not count.
    pub(crate) async fn ask_from<T, F, Fut>(&self, at_least: u32, what: F) -> Result<T, Error>
    where
        F: Fn(Arc<Client>) -> Fut,
        Fut: Future<Output = Result<(Option<u32>, T), Error>>,
    {
        self.ask_of(at_least, at_least, what).await
    }

    async fn ask_of<T, F, Fut>(&self, prefer: u32, require: u32, what: F) -> Result<T, Error>
    where
        F: Fn(Arc<Client>) -> Fut,
        Fut: Future<Output = Result<(Option<u32>, T), Error>>,
    {
        let until = Instant::now() + self.options.patience;
        let mut pause = FIRST_PAUSE;
        let mut told = None;
        loop {
            let round = self.round(prefer, require, &what);
            let error = match timeout(until - Instant::now(), round).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(Final::Yes(error))) => return Err(error),
                Ok(Err(Final::No(error))) => error,
                Err(_) => return Err(told.unwrap_or_else(|| self.timed_out())),
            };
            // What an endpoint said is worth more than that none may be asked.
            if told.is_none() || !matches!(error, Error::Nonsense(NOBODY)) {
                told = Some(error);
            }
            // Whoever wants to be left alone is, unless that takes longer than there is time.
            let opens = self.all.iter().map(|endpoint| endpoint.closed_until());
            let opens = opens.collect::<Option<Vec<_>>>();
            let opens = opens.and_then(|opens| opens.into_iter().min());
            let wake = (Instant::now() + pause).max(opens.unwrap_or_else(Instant::now));
            if wake >= until {
                return Err(told.unwrap_or_else(|| self.timed_out()));
            }
            sleep_until(wake).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks every endpoint once at most, the best first: `prefer` is the ledger that it should know, `require` the
    /// one that its answer must know.
    async fn round<T, F, Fut>(&self, prefer: u32, require: u32, what: &F) -> Result<T, Final>
    where
        F: Fn(Arc<Client>) -> Fut,
        Fut: Future<Output = Result<(Option<u32>, T), Error>>,
    {
        let mut order = self.order(prefer).into_iter();
        let mut running = Vec::new();
        // Whether every endpoint is well and refuses: then it is the question.
        let mut refused = true;
        let mut last: Option<Error> = None;
        let mut hedge = Duration::ZERO;
        loop {
            if running.is_empty() || hedge.is_zero() {
                match order.next() {
                    Some(endpoint) => {
                        let usual = endpoint.latency().map(|usual| usual * HEDGE_TIMES);
                        hedge = usual.unwrap_or(HEDGE_UNKNOWN).max(HEDGE_LEAST);
                        running.push(Box::pin(self.attempt(endpoint, require, what)));
                    }
                    None if running.is_empty() => {
                        let nobody = Error::Nonsense(NOBODY);
                        return Err(match last {
                            Some(error) if refused => Final::Yes(error),
                            last => Final::No(last.unwrap_or(nobody)),
                        });
                    }
                    // Nobody is left to ask besides those that are being asked.
                    None => hedge = self.options.patience,
                }
            }
            tokio::select! {
                biased;
                answer = first_of(&mut running) => match answer {
                    Ok(answer) => return Ok(answer),
                    Err(Final::Yes(error)) => return Err(Final::Yes(error)),
                    Err(Final::No(error)) => {
                        refused &= is_refusal(&error);
                        // The first words are the best endpoint's.
                        last.get_or_insert(error);
                        hedge = Duration::ZERO;
                    }
                },
                () = sleep(hedge) => hedge = Duration::ZERO,
            }
        }
    }

    /// One request to one endpoint, with what is to be remembered of it.
    async fn attempt<T, F, Fut>(
        &self,
        endpoint: Arc<Endpoint>,
        at_least: u32,
        what: &F,
    ) -> Result<T, Final>
    where
        F: Fn(Arc<Client>) -> Fut,
        Fut: Future<Output = Result<(Option<u32>, T), Error>>,
    {
        let client = match self.client_of(&endpoint).await {
            Ok(client) => client,
            Err(error) => {
                endpoint.failed(&error);
                return Err(Final::No(error));
            }
        };
        let asked = Instant::now();
        let answer = timeout(self.options.timeout, what(client)).await;
        let answer = answer.unwrap_or_else(|_| Err(self.timed_out()));
        match answer {
            Ok((ledger, answer)) => {
                endpoint.answered(asked.elapsed());
                if let Some(ledger) = ledger {
                    saw(&self.all, &endpoint, ledger);
                    if ledger < at_least {
                        return Err(Final::No(Error::Nonsense(
                            "the RPC does not know a ledger that has closed",
                        )));
                    }
                }
                Ok(answer)
            }
            Err(error) => Err(judged(&endpoint, error, asked)),
        }
    }

    async fn client_of(&self, endpoint: &Endpoint) -> Result<Arc<Client>, Error> {
        let passphrase = Some(self.network.passphrase());
        let EndpointOptions {
            timeout, client, ..
        } = self.options;
        endpoint.client(passphrase, timeout, client).await
    }

    /// The best first; without those that may not be asked at all.
    fn order(&self, at_least: u32) -> Vec<Arc<Endpoint>> {
        let now = Instant::now();
        let newest = newest(&self.all);
        let fastest = self.all.iter().filter_map(|one| one.latency()).min();
        let slow = fastest.map(|fastest| (fastest * SLOW_TIMES).max(SLOW_LEAST));
        let open = |one: &&Arc<Endpoint>| one.closed_until().is_none_or(|until| until <= now);
        let mut order: Vec<_> = self.all.iter().filter(open).cloned().collect();
        // Stable: what is equal stays as it is configured.
        order.sort_by_cached_key(|one| {
            let latest = one.latest_ledger();
            let lags = one.behind() > self.options.lag_ledgers;
            let lacks = newest >= at_least && latest < at_least;
            let is_slow = slow.is_some_and(|slow| one.latency().is_some_and(|of| of > slow));
            (one.rests(now), lags, lacks, is_slow)
        });
        order
    }

    fn timed_out(&self) -> Error {
        Error::Rpc(RpcError::Timeout {
            method: "any endpoint",
            after: self.options.timeout,
        })
    }
}

/// Notes which ledger an endpoint named as the newest.
fn saw(all: &[Arc<Endpoint>], endpoint: &Endpoint, ledger: u32) {
    endpoint.saw(ledger, newest(all).max(ledger));
}

/// The newest ledger that any endpoint knows, by what each of them said last: one that said nonsense once is not
/// believed for ever.
fn newest(all: &[Arc<Endpoint>]) -> u32 {
    let latest = all.iter().map(|one| one.latest_ledger()).max();
    latest.unwrap_or(0)
}

/// Whether asking somebody else is of no use.
enum Final {
    Yes(Error),
    No(Error),
}

/// Whether a server that is well refused the question.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Rpc(rpc @ RpcError::Call { .. }) if !rpc.is_transient())
}

/// Notes an error of an endpoint.
fn judged(endpoint: &Endpoint, error: Error, asked: Instant) -> Final {
    match &error {
        // Another server may have what this one lacks (older ledgers, say), and the server itself is well.
        _ if is_refusal(&error) => {
            endpoint.answered(asked.elapsed());
            Final::No(error)
        }
        Error::Rpc(_) | Error::Nonsense(_) | Error::Network { .. } => {
            endpoint.failed(&error);
            Final::No(error)
        }
        _ => {
            endpoint.answered(asked.elapsed());
            Final::Yes(error)
        }
    }
}

/// The first of several futures that is done; it is taken out.
async fn first_of<T>(running: &mut Vec<Pin<Box<impl Future<Output = T>>>>) -> T {
    poll_fn(|context| {
        for index in 0..running.len() {
            if let Poll::Ready(done) = running[index].as_mut().poll(context) {
                drop(running.swap_remove(index));
                return Poll::Ready(done);
            }
        }
        Poll::Pending
    })
    .await
}
