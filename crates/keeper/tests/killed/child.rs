//! The keeper that is killed: a process of its own, this test binary once more.

use ballast_client::{
    lens,
    value::{Address, Bytes, Path, Value},
    Client,
};
use ballast_keeper::{
    collect::{EndpointOptions, Endpoints},
    execute::{ExecuteSettings, Executor},
    model::{Feed, Market, PriceRound, Reserve},
    store::{Identity, NewDecision, Store},
    strategy::{Action, Settings, Sponsor, Way},
};
use ballast_transaction::KeyPair;
use serde::{Deserialize, Serialize};
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use stellar_xdr::curr::{Limits, WriteXdr};

const ORDERS: &str = "BALLAST_TEST_KEEPER";

/// What the child is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Orders {
    pub url: String,
    pub database: PathBuf,
    pub keeper: String,
    pub channels: Vec<String>,
    pub factory: String,
    pub pool: String,
    pub lens: String,
    pub adapter: String,
    pub comet: String,
    pub vaults: Vec<String>,
    pub valid_ledgers: u32,
}

impl Orders {
    /// Starts a keeper.
    pub fn start(&self) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "child::keeper", "--nocapture"])
            .env(ORDERS, serde_json::to_string(self).unwrap())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }
}

/// Not a test: what [`Orders::start`] runs. It steps every vault that lets it, ledger by ledger.
#[tokio::test]
#[ignore = "the child process of other tests"]
async fn keeper() {
    let Ok(orders) = std::env::var(ORDERS) else {
        return;
    };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    let options = EndpointOptions {
        // The line stops answering at times; the child is killed then.
        timeout: Duration::from_secs(600),
        patience: Duration::from_secs(600),
        ..EndpointOptions::default()
    };
    let urls = [orders.url.clone()];
    let endpoints = Endpoints::connect(&urls, None, options);
    let endpoints = Arc::new(endpoints.await.unwrap());
    let identity = Identity {
        passphrase: endpoints.network().passphrase().to_owned(),
        factory: orders.factory.parse().unwrap(),
    };
    let store = Store::open(&orders.database, &identity)
        .await
        .unwrap()
        .store;
    let key = |secret: &String| KeyPair::from_secret(secret).unwrap();
    let settings = ExecuteSettings {
        valid_ledgers: orders.valid_ledgers,
        deadline: Duration::from_secs(3_600),
        poll: Duration::from_millis(30),
        ..ExecuteSettings::default()
    };
    let executor = Executor::open(
        endpoints.clone(),
        store.clone(),
        key(&orders.keeper),
        orders.channels.iter().map(key).collect(),
        settings,
    );
    let executor = executor.await.unwrap();
    // Nobody else tells it of ledgers.
    let (teller, asked) = (executor.clone(), endpoints.clone());
    tokio::spawn(async move {
        loop {
            if let Ok(latest) = asked.latest().await {
                teller.closed(latest.sequence);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    executor.recover().await;
    store
        .interrupt_decisions("the keeper was killed")
        .await
        .unwrap();

    let mut last = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let latest = endpoints.latest().await.unwrap();
        if latest.sequence == last {
            continue;
        }
        last = latest.sequence;
        for vault in &orders.vaults {
            let vault: Address = vault.parse().unwrap();
            if executor.in_flight().contains(&vault) {
                continue;
            }
            let Some(action) = action(&endpoints, &orders, &vault).await else {
                continue;
            };
            let market = market(&action, latest.sequence, latest.close_time);
            let (executor, store) = (executor.clone(), store.clone());
            tokio::spawn(async move {
                let decision = store
                    .add_decision(&decision(&action, &market))
                    .await
                    .unwrap();
                let settings = Settings {
                    sponsor: Sponsor::All,
                    ..Settings::default()
                };
                executor
                    .act(Some(decision), &[action], &market, &settings)
                    .await;
            });
        }
    }
}

async fn action(endpoints: &Endpoints, orders: &Orders, vault: &Address) -> Option<Action> {
    let comet: Address = orders.comet.parse().unwrap();
    let route = Bytes(comet.to_value().to_xdr(Limits::none()).unwrap());
    let quote = lens::quote_rebalance(
        &orders.lens.parse().unwrap(),
        vault,
        Path::Flash,
        &orders.adapter.parse().unwrap(),
        &route,
    );
    let quote = &quote;
    let view = |client: Arc<Client>| async move { client.view(quote).await };
    let quote = endpoints.ask(view).await.ok()?;
    Some(Action {
        vault: vault.clone(),
        pool: orders.pool.parse().unwrap(),
        way: Way::Flash,
        collateral: quote.step.collateral,
        debt: quote.step.debt,
        sell: quote.step.sell,
        repay: quote.step.min_proceeds,
        adapter: quote.step.adapter,
        route: quote.step.route,
        rescue: quote.rescue,
        risk_before_e7: 0,
        risk_after_e7: quote.risk_after_e7,
        profit_value: 0,
        exit_e7: 1_0000000,
        lumen_price: 0,
        loss_if_late: 0,
        inclusion_fee: 1_000,
        sponsored: true,
    })
}

fn decision(action: &Action, market: &Market) -> NewDecision {
    NewDecision {
        ledger: market.ledger,
        closed_at: market.closed_at,
        pool: market.pool.clone(),
        vault: action.vault.clone(),
        risk_e7: 0,
        soft_e7: 0,
        verdict: "act".into(),
        action: None,
        inputs: "{}".into(),
    }
}

/// As much of the market as the judgement of a sponsored step takes.
fn market(action: &Action, ledger: u32, closed_at: u64) -> Market {
    let price = PriceRound {
        price: 100_000_000_000_000,
        timestamp: closed_at,
    };
    let reserve = |(index, asset): (usize, &Address)| Reserve {
        asset: asset.clone(),
        index: index as u32,
        asset_scalar: 1_0000000,
        collateral_factor_e7: 0_7500000,
        liability_factor_e7: 0_7500000,
        max_utilization_e7: 0_9500000,
        enabled: true,
        b_rate_e12: 1_000_000_000_000,
        d_rate_e12: 1_000_000_000_000,
        b_supply: 0,
        d_supply: 0,
        feed: Feed {
            last: Some(price),
            rounds: Vec::new(),
        },
    };
    let assets = [&action.collateral, &action.debt];
    Market {
        pool: action.pool.clone(),
        oracle: action.pool.clone(),
        ledger,
        closed_at,
        price_scalar: 100_000_000_000_000,
        resolution_seconds: 300,
        status: 0,
        min_collateral: 0,
        reserves: assets.into_iter().enumerate().map(reserve).collect(),
        venues: Vec::new(),
    }
}
