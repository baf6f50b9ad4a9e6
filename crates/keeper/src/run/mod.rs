//! The loop: collector to strategy to executor, ledger by ledger, and all that is told of it.
//!
//! What a price needs comes first: the vaults that it endangers are read, decided on and acted for before anything
//! is written down or shown. Each action is a task of its own, so that no transaction holds up the next ledger.

mod act;
mod begin;
mod show;
mod turn;

pub use begin::StartError;

use crate::{
    collect::{CollectError, Collector, Endpoints},
    config::FeesConfig,
    execute::Executor,
    store::{Keep, Store},
    strategy::{self, Way},
    tell::{AlertKind, Alerts, Metrics, View},
};
use act::Finished;
use ballast_client::value::Address;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

/// How long transactions on their way are waited for when the keeper is stopped.
const LAST_WAIT: Duration = Duration::from_secs(20);
/// Pause after the network could not be read.
const REST: Duration = Duration::from_millis(500);

/// What does not stand in the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// Do everything but send.
    pub dry_run: bool,
}

/// A keeper that has synchronised.
pub struct Keeper {
    settings: strategy::Settings,
    fees: FeesConfig,
    keep: Keep,
    endpoints: Arc<Endpoints>,
    store: Store,
    collector: Collector,
    executor: Arc<Executor>,
    metrics: Metrics,
    alerts: Alerts,
    view: View,
    /// The lumen's contract.
    native: Address,
    listening: Option<SocketAddr>,
    /// Told when the keeper stops.
    stop: watch::Sender<bool>,
    /// What runs beside the loop.
    beside: Vec<JoinHandle<()>>,
    /// Actions on their way.
    tasks: JoinSet<Finished>,
    /// Accounts, balances and fees that are being read.
    refreshing: Option<JoinHandle<()>>,
    /// Why vaults at risk were left alone last: written down when it changes.
    holds: BTreeMap<Address, &'static str>,
    /// What was last tried of a vault without sending: written down when it changes.
    tried: BTreeMap<Address, (Way, Address, Address)>,
    /// By pool: vaults at risk that the last ledger had no time for.
    left: BTreeMap<Address, BTreeSet<Address>>,
    /// When the last risk point was, and the last clean-up, by the ledgers' time.
    last_point: u64,
    last_prune: u64,
}

impl Keeper {
    /// Where metrics and page are served.
    pub fn listening(&self) -> Option<SocketAddr> {
        self.listening
    }

    /// What the keeper knows, as it is shown.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// What it has counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What an operator has to know of.
    pub fn alerts(&self) -> &Alerts {
        &self.alerts
    }

    /// What is known of the chain.
    pub fn collector(&self) -> &Collector {
        &self.collector
    }

    /// Who acts.
    pub fn executor(&self) -> &Arc<Executor> {
        &self.executor
    }

    /// Ledger by ledger until `shutdown`, whatever fails: an error is an alert, and the next ledger another try.
    pub async fn run(&mut self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        loop {
            let turned = tokio::select! {
                turned = self.turn() => turned,
                () = &mut shutdown => return,
            };
            if let Err(error) = turned {
                self.unreadable(&error);
                tokio::select! {
                    () = sleep(REST) => {}
                    () = &mut shutdown => return,
                }
            }
        }
    }

    /// Follows what is on its way to its end, or as long as may be waited, and closes the database. What is still
    /// open then is followed by the next run.
    pub async fn stop(mut self) {
        let ended = timeout(LAST_WAIT, async {
            while let Some(finished) = self.tasks.join_next().await {
                self.finished(finished).await;
            }
        });
        if ended.await.is_err() {
            tracing::warn!(
                transactions = self.tasks.len(),
                "stopped with transactions on their way: the next run follows them"
            );
            self.tasks.abort_all();
        }
        let _ = self.stop.send(true);
        for task in self.beside.drain(..) {
            // Metrics' last reader may hold the connection open; whoever does not end lets go of the database.
            let abort = task.abort_handle();
            if timeout(Duration::from_secs(2), task).await.is_err() {
                abort.abort();
            }
        }
        self.collector.close().await;
        self.store.close().await;
    }

    fn unreadable(&self, error: &CollectError) {
        match error {
            CollectError::Stalled { .. } => {
                self.alerts.raise(AlertKind::Lag, "", &error.to_string());
            }
            _ => self
                .alerts
                .raise(AlertKind::RpcDown, "", &error.to_string()),
        }
        self.show_endpoints();
    }
}
