//! From a configuration to a keeper that has synchronised.

use super::{Keeper, RunOptions};
use crate::{
    collect::{
        CollectError, CollectSettings, Collector, EndpointOptions, Endpoints, SyncProgress,
        VenueSettings,
    },
    config::{Config, Secrets},
    execute::{ExecuteError, ExecuteSettings, Executor},
    store::{self, Identity, Store, StoreError},
    tell::{self, About, AlertKind, Alerts, Metrics, Tell, View},
};
use ballast_client::value::Address;
use ballast_transaction::asset_contract_id;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use stellar_xdr::curr::{Asset, Hash, ScAddress};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// How long no ledger may come before the keeper says that it is not healthy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the keeper does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The network cannot be read.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The accounts are not fit.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address of metrics and page cannot be used.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
}

impl Keeper {
    /// Connects, opens the database, synchronises, and follows what an earlier run left to its end.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(
        config: &Config,
        secrets: Secrets,
        options: RunOptions,
        progress: &mut (dyn FnMut(SyncProgress) + Send),
    ) -> Result<Self, StartError> {
        let listener = match config.http {
            None => None,
            Some(address) => {
                let bound = TcpListener::bind(address).await;
                Some(bound.map_err(|cause| StartError::Listen { address, cause })?)
            }
        };
        let network = &config.network;
        let endpoints = Endpoints::connect(
            &network.rpc,
            network.passphrase.as_deref(),
            EndpointOptions {
                lag_ledgers: config.watch.lag_ledgers,
                ..EndpointOptions::default()
            },
        );
        let endpoints = Arc::new(endpoints.await?);
        let passphrase = endpoints.network().passphrase().to_owned();
        let identity = Identity {
            passphrase: passphrase.clone(),
            factory: network.factory.clone(),
        };
        let opened = Store::open_with(
            &config.database.path,
            &identity,
            store::Options {
                most_bytes: config.database.most_bytes,
                ..store::Options::default()
            },
        );
        let opened = opened.await?;
        let (alerts, alert_changes) = Alerts::new();
        let view = View::new(about(config, options, passphrase));
        let metrics = Metrics::new(&view, &alerts);
        let (stop, _) = watch::channel(false);
        let mut beside = vec![tokio::spawn(tell::keep_alerts(
            opened.store.clone(),
            alerts.clone(),
            metrics.clone(),
            alert_changes,
        ))];
        let listening = listener
            .as_ref()
            .and_then(|listener| listener.local_addr().ok());
        if let Some(listener) = listener {
            let tell = Tell {
                view: view.clone(),
                metrics: metrics.clone(),
                alerts: alerts.clone(),
                store: Some(opened.store.clone()),
            };
            let mut stopped = stop.subscribe();
            let served = tell::serve(listener, tell, async move {
                // A keeper that is gone is one that stopped.
                let _ = stopped.wait_for(|stopped| *stopped).await;
            });
            beside.push(tokio::spawn(async move {
                if let Err(error) = served.await {
                    tracing::error!("metrics and page are not served any more: {error}");
                }
            }));
        }
        if let Some(aside) = &opened.recovered {
            let detail = format!(
                "it was damaged ({}); put aside as {}, and begun anew",
                aside.why,
                aside.file.display()
            );
            tracing::warn!("database: {detail}");
            alerts.raise(AlertKind::DatabaseReplaced, "", &detail);
        }
        let mut collector = Collector::open(
            endpoints.clone(),
            opened.store.clone(),
            CollectSettings {
                poll: config.watch.poll,
                full_check: config.watch.full_check,
                borrowers: config.watch.borrowers.clone(),
                venues: venues(config),
                ..CollectSettings::new(network.factory.clone())
            },
        )
        .await?;
        let execute = ExecuteSettings {
            dry_run: options.dry_run,
            // What an earlier run may have sent is not known then.
            count_lost: opened.created || opened.recovered.is_some(),
            valid_ledgers: config.transactions.valid_ledgers,
            deadline: config.transactions.deadline,
            resale_slippage_e7: config.transactions.resale_slippage_e7,
            max_inclusion_fee: config.fees.max_inclusion_stroops,
            exposures: exposures(config),
            ..ExecuteSettings::default()
        };
        let Secrets { keeper, channels } = secrets;
        let executor = Executor::open(
            endpoints.clone(),
            opened.store.clone(),
            keeper,
            channels,
            execute,
        )
        .await?;
        collector.sync(progress).await?;
        // Its vaults and channels are left alone until their ends are known, so nobody waits for it.
        let recovering = executor.clone();
        let open_decisions = opened.store.clone();
        beside.push(tokio::spawn(async move {
            let recovered = recovering.recover().await;
            for settled in &recovered.settled {
                tracing::info!(
                    transaction = %Hash(settled.hash),
                    vault = settled.vault.as_ref().map(ToString::to_string),
                    "a transaction of the run before ended: {}",
                    settled.end
                );
            }
            let ended = open_decisions
                .interrupt_decisions("the keeper was stopped before it had sent anything");
            if let Err(error) = ended.await {
                tracing::warn!("decisions of the run before stay open: {error}");
            }
        }));
        let native = ScAddress::Contract(asset_contract_id(endpoints.network(), Asset::Native));
        Ok(Self {
            settings: config.strategy.clone(),
            fees: config.fees,
            keep: config.database.keep,
            endpoints,
            store: opened.store,
            collector,
            executor,
            metrics,
            alerts,
            view,
            native,
            listening,
            stop,
            beside,
            tasks: JoinSet::new(),
            refreshing: None,
            holds: BTreeMap::new(),
            left: BTreeMap::new(),
            last_point: 0,
            last_prune: 0,
            tried: BTreeMap::new(),
        })
    }
}

fn about(config: &Config, options: RunOptions, network: String) -> About {
    let mut names = BTreeMap::new();
    if let Some(deployment) = &config.network.deployment {
        for asset in &deployment.assets {
            names.insert(asset.contract.clone(), asset.code.clone());
        }
    }
    About {
        network,
        factory: config.network.factory.clone(),
        dry_run: options.dry_run,
        started_at: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
        names,
        lag_ledgers: config.watch.lag_ledgers,
        patience: PATIENCE,
    }
}

fn venues(config: &Config) -> Vec<VenueSettings> {
    let venue = |venue: &crate::config::VenueConfig| VenueSettings {
        adapter: venue.adapter.clone(),
        route: venue.route(),
        contract: venue.contract.clone(),
    };
    config.venues.iter().map(venue).collect()
}

fn exposures(config: &Config) -> BTreeMap<Address, i128> {
    let one = |exposure: &crate::config::Exposure| (exposure.asset.clone(), exposure.most);
    config.inventory.iter().map(one).collect()
}
