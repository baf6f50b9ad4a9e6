//! An executor on a sandbox, and actions as the lens quotes them.

use crate::support::World;
use ballast_client::{
    lens, pool,
    rpc::SendStatus,
    token,
    value::{Address, Asset, Bytes, Path, StepQuote, Value},
};
use ballast_keeper::{
    collect::{EndpointOptions, Endpoints},
    execute::{Acted, ExecuteSettings, Executor},
    model::{Feed, Market, PriceRound, Reserve, Venue, VenueToken},
    store::{Identity, Store},
    strategy::{Action, Settings, Way},
};
use ballast_transaction::{Builder, KeyPair};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use stellar_xdr::curr::{
    CreateAccountOp, Limits, MuxedAccount, OperationBody, PaymentOp, Uint256, WriteXdr,
};
use tempfile::TempDir;

/// Lumens of a channel at first, stroops.
pub const CHANNEL_LUMENS: i64 = 100_0000000;

/// An executor with a database of its own.
pub struct Keeper {
    pub executor: Arc<Executor>,
    pub store: Store,
    pub channels: Vec<KeyPair>,
    pub key: KeyPair,
    pub settings: Settings,
    _directory: TempDir,
}

/// Settings for ledgers that close fast.
pub fn quick(world: &World) -> ExecuteSettings {
    ExecuteSettings {
        valid_ledgers: 40,
        deadline: Duration::from_secs(3_600),
        patience: Duration::from_secs(20),
        poll: Duration::from_millis(50),
        exposures: BTreeMap::from([(world.asset("USDC"), 15_000_0000000)]),
        ..ExecuteSettings::default()
    }
}

impl Keeper {
    /// Of `bob`, with so many new channels.
    pub async fn start(world: &World, channels: usize, settings: ExecuteSettings) -> Self {
        let keys = channels_of(world, "channel", channels).await;
        Self::with(world, "bob", keys, settings).await
    }

    /// Of anybody, with these channels.
    pub async fn with(
        world: &World,
        who: &str,
        channels: Vec<KeyPair>,
        settings: ExecuteSettings,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = store(world, directory.path()).await;
        let endpoints = endpoints(&[&world.url]).await;
        let key = world.keys(who);
        let executor = Executor::open(
            endpoints,
            store.clone(),
            key.clone(),
            channels.clone(),
            settings,
        );
        Self {
            executor: executor.await.unwrap(),
            store,
            channels,
            key,
            settings: Settings::default(),
            _directory: directory,
        }
    }
}

impl Keeper {
    /// A turn, with ledgers closing meanwhile.
    pub async fn turn(&self, world: &World, choices: &[Action], market: &Market) -> Acted {
        let turn = self.executor.act(None, choices, market, &self.settings);
        closing(world, self, turn).await
    }
}

pub async fn store(world: &World, directory: &std::path::Path) -> Store {
    let identity = Identity {
        passphrase: world.client.network().passphrase().to_owned(),
        factory: world.contract("factory"),
    };
    let opened = Store::open(&directory.join("keeper.db"), &identity).await;
    opened.unwrap().store
}

pub async fn endpoints(urls: &[&str]) -> Arc<Endpoints> {
    let urls: Vec<_> = urls.iter().map(|url| (*url).to_owned()).collect();
    let options = EndpointOptions {
        timeout: Duration::from_secs(2),
        patience: Duration::from_secs(4),
        ..EndpointOptions::default()
    };
    Arc::new(Endpoints::connect(&urls, None, options).await.unwrap())
}

/// New accounts with some lumens.
pub async fn channels_of(world: &World, name: &str, count: usize) -> Vec<KeyPair> {
    let faucet = world.keys("faucet");
    let mut keys = Vec::new();
    for number in 0..count {
        let key = KeyPair::from_name(&format!("{name} {number}"));
        let create = OperationBody::CreateAccount(CreateAccountOp {
            destination: key.account_id(),
            starting_balance: CHANNEL_LUMENS,
        });
        operate(world, &faucet, create).await;
        keys.push(key);
    }
    keys
}

/// A classic operation, with ledgers closing until it is done.
pub async fn operate(world: &World, who: &KeyPair, operation: OperationBody) {
    let done = world.client.operate(who, operation);
    let mut done = std::pin::pin!(done);
    loop {
        tokio::select! {
            done = &mut done => { done.unwrap(); return }
            () = tokio::time::sleep(Duration::from_millis(20)) => { world.close(1).await; }
        }
    }
}

/// Sends lumens on.
pub async fn pay(world: &World, from: &KeyPair, to: &KeyPair, stroops: i64) {
    let payment = OperationBody::Payment(PaymentOp {
        destination: MuxedAccount::Ed25519(Uint256(to.public())),
        asset: stellar_xdr::curr::Asset::Native,
        amount: stroops,
    });
    operate(world, from, payment).await;
}

/// Takes lumens from an account without using its sequence number.
pub async fn take(world: &World, from: &KeyPair, stroops: i64) {
    let faucet = world.keys("faucet");
    let payment = OperationBody::Payment(PaymentOp {
        destination: faucet.muxed(),
        asset: stellar_xdr::curr::Asset::Native,
        amount: stroops,
    });
    let account = world.client.account(&faucet.account_id()).await.unwrap();
    let envelope = Builder::new(faucet.muxed(), account.seq_num.0 + 1)
        .operation_of(Some(from.muxed()), payment)
        .sign(world.client.network(), &[&faucet, from]);
    let sent = world.client.rpc().send(&envelope).await.unwrap();
    assert_eq!(sent.status, SendStatus::Pending, "{sent:?}");
    world.close(1).await;
}

/// The market as the lens' quotes know it: prices, factors and venues.
pub async fn market(world: &World) -> Market {
    let mut reserves = Vec::new();
    for (index, code) in ["XLM", "USDC", "EURC"].into_iter().enumerate() {
        let asset = world.asset(code);
        let reserve = pool::reserve(&world.pool(), &asset);
        let reserve = world.client.view(&reserve).await.unwrap();
        let last = pool::last_price(&world.contract("oracle"), &Asset::Stellar(asset.clone()));
        let last = world.client.view(&last).await.unwrap();
        reserves.push(Reserve {
            asset,
            index: index as u32,
            asset_scalar: reserve.scalar,
            collateral_factor_e7: reserve.c_factor,
            liability_factor_e7: reserve.l_factor,
            max_utilization_e7: 0_9500000,
            enabled: true,
            b_rate_e12: 1_000_000_000_000,
            d_rate_e12: 1_000_000_000_000,
            b_supply: 0,
            d_supply: 0,
            feed: Feed {
                last: last.map(|last| PriceRound {
                    price: last.price,
                    timestamp: last.timestamp,
                }),
                rounds: Vec::new(),
            },
        });
    }
    Market {
        pool: world.pool(),
        oracle: world.contract("oracle"),
        ledger: world.ledger(),
        closed_at: world.closed_at(),
        price_scalar: 100_000_000_000_000,
        resolution_seconds: 300,
        status: 0,
        min_collateral: 0,
        reserves,
        venues: vec![venue(world).await],
    }
}

async fn venue(world: &World) -> Venue {
    let contract = world.deployment.comet[0].contract.clone();
    let mut tokens = Vec::new();
    for code in ["XLM", "USDC"] {
        let asset = world.asset(code);
        let balance = token::balance(&asset, &contract);
        tokens.push(VenueToken {
            balance: world.client.view(&balance).await.unwrap(),
            weight_e7: 0_5000000,
            asset,
        });
    }
    Venue {
        adapter: world.contract("adapter"),
        route: Bytes(contract.to_value().to_xdr(Limits::none()).unwrap()),
        contract,
        tokens,
        fee_e7: 0_0030000,
    }
}

/// Lets XLM fall by a tenth, and the price hold for a round: the floor takes the higher one of two.
pub async fn crash(world: &World) {
    for _ in 0..2 {
        world.pass(300).await;
        world.set_prices(&[("XLM", "0.324")]).await;
    }
}

/// A fill as the lens quotes it.
pub async fn fill(world: &World, vault: &Address) -> Action {
    let quote = lens::quote_fill(&world.contract("lens"), vault);
    let quote = world.client.view(&quote).await.unwrap();
    action(world, vault, Way::Fill, quote)
}

/// A step through the adapter.
pub async fn flash(world: &World, vault: &Address) -> Action {
    let venue = venue(world).await;
    let quote = lens::quote_rebalance(
        &world.contract("lens"),
        vault,
        Path::Flash,
        &venue.adapter,
        &venue.route,
    );
    let quote = world.client.view(&quote).await.unwrap();
    action(world, vault, Way::Flash, quote)
}

fn action(world: &World, vault: &Address, way: Way, quote: StepQuote) -> Action {
    Action {
        vault: vault.clone(),
        pool: world.pool(),
        way,
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
        sponsored: false,
    }
}

/// Lets ledgers close until something is done.
pub async fn closing<T>(
    world: &World,
    keeper: &Keeper,
    what: impl std::future::Future<Output = T>,
) -> T {
    let mut what = std::pin::pin!(what);
    loop {
        tokio::select! {
            done = &mut what => return done,
            () = tokio::time::sleep(Duration::from_millis(60)) => {
                let ledger = world.close(1).await;
                keeper.executor.closed(ledger);
            }
        }
    }
}
