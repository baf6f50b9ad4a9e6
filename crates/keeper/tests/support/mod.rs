//! A sandbox in this process, and what tests do with it: vaults of a given risk, prices, ledgers, time, faults.
//!
//! Ledgers close when told to, and while a transaction of [`World::invoke`] is under way.

// Every test binary uses a part of it.
#![allow(dead_code)]

pub mod proxy;
mod vaults;

#[allow(unused_imports)]
pub use vaults::{Debt, NewVault};

use ballast_client::{
    amount, factory, lens, pool,
    rpc::{EventFilter, EventQuery, Rpc, RpcOptions, Start},
    value::{Address, Asset, Health, PriceData, Symbol, Value},
    Call, Client, Deployment, Done, Error, Fee, Keys, Options,
};
use ballast_sandbox::{
    faults::{Fault, Kind},
    scenario::{self, Scenario},
    serve, Closing, Limits, Sandbox,
};
use ballast_transaction::KeyPair;
use serde_json::{json, Value as Json};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use stellar_xdr::curr::{CreateAccountOp, OperationBody};
use tokio::{net::TcpListener, task::JoinHandle};

/// A sandbox that serves, with the default scenario.
pub struct World {
    pub sandbox: Arc<Sandbox>,
    pub url: String,
    pub deployment: Deployment,
    /// The same as the file that a sandbox writes.
    pub directory: Json,
    pub client: Client,
    /// The account that publishes prices.
    oracle_admin: KeyPair,
    /// Nonce of the next vault.
    nonces: std::sync::atomic::AtomicU32,
}

/// What the scripted oracle is made to serve of an asset, whatever its rounds say.
pub enum Override {
    /// Its rounds decide.
    Off,
    /// No price.
    Absent,
    /// Exactly this, 14 decimals.
    Fixed(PriceData),
}

/// Another server of the same network: it has the same ledgers, and faults of its own. Transactions that it is
/// handed are lost.
pub struct Node {
    pub sandbox: Arc<Sandbox>,
    pub url: String,
    follows: JoinHandle<()>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.follows.abort();
    }
}

impl World {
    /// Ledgers close when told to.
    pub async fn start() -> Self {
        Self::start_with(Closing::Manual, 20_000).await
    }

    /// With ledgers that close by themselves or not, and so many of them remembered.
    pub async fn start_with(closing: Closing, history_ledgers: u32) -> Self {
        Self::start_as(closing, history_ledgers, Limits::Mainnet).await
    }

    /// With the network's limits besides.
    pub async fn start_as(closing: Closing, history_ledgers: u32, limits: Limits) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let options = scenario::Options {
            limits,
            seed: 1,
            history_ledgers,
            now: now.as_secs(),
        };
        let built = tokio::task::spawn_blocking(move || Scenario::Default.build(options));
        let (ledger, directory) = built.await.unwrap().unwrap();
        let told = serde_json::to_value(&directory).unwrap();
        let deployment = serde_json::from_value(told.clone()).unwrap();
        let oracle = directory.oracle.as_ref().unwrap();
        let oracle_admin = KeyPair::from_secret(&oracle.admin.secret_key).unwrap();
        let options = ballast_sandbox::Options {
            closing,
            ..ballast_sandbox::Options::default()
        };
        let sandbox = Sandbox::new(ledger, options);
        sandbox.controls().set_directory(directory);
        let url = listen(sandbox.clone()).await;
        let options = Options {
            fee: Fee::Fixed(10_000),
            patience: Duration::from_secs(30),
            poll: Duration::from_millis(20),
            valid_ledgers: 500,
        };
        let rpc = Rpc::new(&url, RpcOptions::default()).unwrap();
        let client = Client::connect(rpc, None, options).await.unwrap();
        Self {
            sandbox,
            url,
            deployment,
            directory: told,
            client,
            oracle_admin,
            nonces: Default::default(),
        }
    }

    /// Another server of the same network.
    pub async fn node(&self) -> Node {
        let options = ballast_sandbox::Options {
            closing: Closing::Manual,
            ..ballast_sandbox::Options::default()
        };
        let sandbox = Sandbox::new((*self.sandbox.view()).clone(), options);
        let url = listen(sandbox.clone()).await;
        let (leader, follower) = (self.sandbox.clone(), sandbox.clone());
        let follows = tokio::spawn(async move {
            let mut latest = leader.latest();
            while latest.changed().await.is_ok() {
                let ledger = (*leader.view()).clone();
                follower.change(|own| *own = ledger);
            }
        });
        Node {
            sandbox,
            url,
            follows,
        }
    }

    // ---- what is where -----------------------------------------------------------------------------------

    /// A contract by what it is: factory, lens, adapter, pool, oracle.
    pub fn contract(&self, name: &str) -> Address {
        self.deployment.contract(name).unwrap().clone()
    }

    pub fn pool(&self) -> Address {
        self.contract("pool")
    }

    /// An asset's contract by its code: XLM, USDC, EURC.
    pub fn asset(&self, code: &str) -> Address {
        self.deployment.asset(code).unwrap().contract.clone()
    }

    /// The keys of an account: alice to judy have 100,000 XLM, 20,000 USDC and 20,000 EURC; the faucet has
    /// plenty.
    pub fn keys(&self, name: &str) -> KeyPair {
        let account = self.deployment.account(name).unwrap();
        KeyPair::from_secret(account.secret_key.as_ref().unwrap()).unwrap()
    }

    // ---- time and prices ---------------------------------------------------------------------------------

    /// Calls any method, of the controls, too.
    pub async fn control(&self, method: &'static str, params: Json) -> Json {
        let answer = self.client.rpc().call(method, params).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Closes so many ledgers; the last one.
    pub async fn close(&self, count: u32) -> u32 {
        let closed = self
            .control("ballast_close", json!({ "count": count }))
            .await;
        closed["sequence"].as_u64().unwrap() as u32
    }

    /// Moves the clock, and closes a ledger.
    pub async fn pass(&self, seconds: u64) -> u32 {
        let closed = self
            .control("ballast_warp", json!({ "seconds": seconds }))
            .await;
        closed["sequence"].as_u64().unwrap() as u32
    }

    /// Publishes prices by code, as decimals, in a ledger that closes at once.
    pub async fn set_prices(&self, prices: &[(&str, &str)]) -> u32 {
        let prices: serde_json::Map<_, _> = prices
            .iter()
            .map(|(code, price)| ((*code).to_owned(), json!(price)))
            .collect();
        let closed = self
            .control("ballast_setPrice", json!({ "prices": prices }))
            .await;
        closed["sequence"].as_u64().unwrap() as u32
    }

    /// Makes the oracle serve something else of an asset.
    pub async fn override_price(&self, code: &str, forced: &Override) {
        let symbol = |name: &str| Symbol::from(name).to_value();
        let forced = match forced {
            Override::Off => vec![symbol("Off")],
            Override::Absent => vec![symbol("Absent")],
            Override::Fixed(data) => vec![symbol("Fixed"), data.to_value()],
        };
        let asset = Asset::Stellar(self.asset(code)).to_value();
        let args = vec![asset, forced.to_value()];
        let (admin, oracle) = (&self.oracle_admin, self.contract("oracle"));
        self.invoke_raw(admin, &oracle, "set_override", args).await;
    }

    /// Makes every read of the oracle trap, or serve again.
    pub async fn set_oracle_dead(&self, dead: bool) {
        let (admin, oracle) = (&self.oracle_admin, self.contract("oracle"));
        self.invoke_raw(admin, &oracle, "set_dead", vec![dead.to_value()])
            .await;
    }

    /// The pool oracle's last price of an asset, 14 decimals.
    pub async fn price(&self, code: &str) -> i128 {
        let asset = Asset::Stellar(self.asset(code));
        let call = pool::last_price(&self.contract("oracle"), &asset);
        let price: Option<PriceData> = self.client.view(&call).await.unwrap();
        price.unwrap().price
    }

    /// The last closed ledger.
    pub fn ledger(&self) -> u32 {
        self.sandbox.view().header().ledger_seq
    }

    /// When that closed.
    pub fn closed_at(&self) -> u64 {
        self.sandbox.view().header().scp_value.close_time.0
    }

    // ---- calls -------------------------------------------------------------------------------------------

    /// Makes a call and closes ledgers until it has ended.
    pub async fn try_invoke<T: Value>(
        &self,
        who: &KeyPair,
        call: &Call<T>,
    ) -> Result<Done<T>, Error> {
        let done = self.client.invoke(Keys::from(who), call);
        let mut done = std::pin::pin!(done);
        loop {
            tokio::select! {
                done = &mut done => return done,
                // The RPC is asked a few times a round, so that a transaction is found in few ledgers.
                () = tokio::time::sleep(Duration::from_millis(30)) => {
                    if self.sandbox.closing() == Closing::Manual {
                        self.close(1).await;
                    }
                }
            }
        }
    }

    /// As [`World::try_invoke`]; it must succeed.
    pub async fn invoke<T: Value>(&self, who: &KeyPair, call: &Call<T>) -> Done<T> {
        let done = self.try_invoke(who, call).await;
        done.unwrap_or_else(|error| panic!("{}: {error}", call.function()))
    }

    /// Calls a function of a contract that has no typed call.
    pub async fn invoke_raw(
        &self,
        who: &KeyPair,
        contract: &Address,
        function: &'static str,
        args: Vec<stellar_xdr::curr::ScVal>,
    ) -> Done<stellar_xdr::curr::ScVal> {
        self.invoke(who, &Call::new(contract, function, args)).await
    }

    /// New accounts with some lumens, stroops.
    pub async fn new_accounts(&self, name: &str, count: usize, stroops: i64) -> Vec<KeyPair> {
        let faucet = self.keys("faucet");
        let mut keys = Vec::new();
        for number in 0..count {
            let key = KeyPair::from_name(&format!("{name} {number}"));
            let create = OperationBody::CreateAccount(CreateAccountOp {
                destination: key.account_id(),
                starting_balance: stroops,
            });
            let done = self.client.operate(&faucet, create);
            let mut done = std::pin::pin!(done);
            loop {
                tokio::select! {
                    done = &mut done => {
                        done.unwrap();
                        break;
                    }
                    () = tokio::time::sleep(Duration::from_millis(20)) => {
                        if self.sandbox.closing() == Closing::Manual {
                            self.close(1).await;
                        }
                    }
                }
            }
            keys.push(key);
        }
        keys
    }

    /// Events of a name that a contract told, as far as they are remembered.
    pub async fn events(&self, contract: &Address, name: &str) -> usize {
        let oldest = self.client.rpc().health().await.unwrap().oldest_ledger;
        // A few ledgers may close, and be forgotten, between the two questions.
        let start = if oldest > 2 { oldest + 10 } else { 2 };
        let query = EventQuery {
            start: Start::Ledger(start),
            end_ledger: None,
            filters: vec![EventFilter::named(vec![contract.clone()], name)],
            limit: None,
        };
        self.client.rpc().events(&query).await.unwrap().events.len()
    }

    /// How a vault stands, by the lens.
    pub async fn health(&self, vault: &Address) -> Health {
        let call = lens::health(&self.contract("lens"), vault);
        self.client.view(&call).await.unwrap()
    }

    /// Opens an auction of the largest share of a vault's position that the pool takes, XLM for USDC.
    pub async fn open_auction(&self, user: &Address) {
        let liquidator = self.keys("dave");
        let (bid, lot) = ([self.asset("USDC")], [self.asset("XLM")]);
        let (mut low, mut high) = (1, 100);
        while low <= high {
            let middle = (low + high) / 2;
            let call = pool::new_auction(&self.pool(), user, &bid, &lot, middle);
            match self.try_invoke(&liquidator, &call).await {
                Ok(_) => return,
                Err(error) => match error.contract().and_then(|error| error.name()) {
                    Some("InvalidLiqTooLarge") => high = middle - 1,
                    Some("InvalidLiqTooSmall") => low = middle + 1,
                    _ => panic!("{error}"),
                },
            }
        }
        panic!("the pool accepts no auction of {user}");
    }

    /// Number of vaults of the factory.
    pub async fn vault_count(&self) -> u32 {
        let call = factory::vault_count(&self.contract("factory"));
        self.client.view(&call).await.unwrap()
    }

    // ---- faults ------------------------------------------------------------------------------------------

    /// Puts a fault in force at the world's own server.
    pub fn fail(&self, kind: Kind, method: Option<&str>) -> u64 {
        fail(&self.sandbox, kind, method)
    }

    /// Ends all faults of the world's own server.
    pub fn mend(&self) {
        self.sandbox.faults().clear(None);
    }
}

impl Node {
    /// Puts a fault in force at this server.
    pub fn fail(&self, kind: Kind, method: Option<&str>) -> u64 {
        fail(&self.sandbox, kind, method)
    }

    /// Ends all its faults.
    pub fn mend(&self) {
        self.sandbox.faults().clear(None);
    }
}

fn fail(sandbox: &Sandbox, kind: Kind, method: Option<&str>) -> u64 {
    let fault = Fault {
        kind,
        method: method.map(str::to_owned),
        requests: None,
        rate: None,
    };
    sandbox.faults().add(fault, &sandbox.view()).unwrap()
}

/// Serves on a free port until the test's runtime ends.
async fn listen(sandbox: Arc<Sandbox>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let _ = serve(sandbox, listener, std::future::pending()).await;
    });
    url
}

/// A decimal in the smallest unit of 7 decimals.
pub fn units(decimal: &str) -> i128 {
    amount::parse(decimal, 7).unwrap()
}
