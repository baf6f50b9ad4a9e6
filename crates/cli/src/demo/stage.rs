//! Who plays, and what they can do: all of it over the RPC.

use crate::output;
use anyhow::Context;
use ballast_client::{
    amount, lens, pool,
    rpc::{Rpc, RpcOptions},
    value::{Address, Asset, Health, PositionLeg, Value},
    Call, Client, Deployment, Done, Fee, Options,
};
use ballast_transaction::KeyPair;
use serde_json::{json, Value as Json};
use std::time::Duration;

/// Decimals of XLM and of classic assets.
pub const DECIMALS: u32 = 7;

/// Contracts, accounts, and a client.
pub struct Stage {
    pub client: Client,
    pub borrower: KeyPair,
    pub keeper: KeyPair,
    /// Sends what the keeper has signed, and pays the fee.
    pub relay: KeyPair,
    pub liquidator: KeyPair,
    pub factory: Address,
    pub lens: Address,
    pub pool: Address,
    pub oracle: Address,
    pub xlm: Address,
    pub usdc: Address,
    /// The borrower's, once there is one.
    pub vault: Option<Address>,
    /// Decimals of the oracle's prices.
    pub price_decimals: u32,
}

impl Stage {
    /// Connects, and casts the parts.
    pub async fn open(url: &str, deployment: &Deployment) -> anyhow::Result<Self> {
        let options = Options {
            fee: Fee::Usual { at_most: 10_000 },
            patience: Duration::from_secs(30),
            poll: Duration::from_millis(50),
            // Ledgers are short here.
            valid_ledgers: 500,
        };
        let rpc = Rpc::new(url, RpcOptions::default())?;
        let client = Client::connect(rpc, None, options).await?;
        let contract = |name: &str| {
            let found = deployment.contract(name).cloned();
            found.with_context(|| format!("the sandbox has no {name}"))
        };
        let token = |code: &str| {
            let found = deployment.asset(code).map(|info| info.contract.clone());
            found.with_context(|| format!("the sandbox has no {code}"))
        };
        let player = |name: &str| {
            let account = deployment.account(name);
            let secret = account.and_then(|account| account.secret_key.as_deref());
            let secret = secret.with_context(|| format!("the sandbox has no {name}"))?;
            Ok::<_, anyhow::Error>(KeyPair::from_secret(secret)?)
        };
        let oracle = contract("oracle")?;
        Ok(Self {
            price_decimals: client.view(&pool::price_decimals(&oracle)).await?,
            factory: contract("factory")?,
            lens: contract("lens")?,
            pool: contract("pool")?,
            xlm: token("XLM")?,
            usdc: token("USDC")?,
            vault: None,
            oracle,
            borrower: player("alice")?,
            keeper: player("bob")?,
            relay: player("carol")?,
            liquidator: player("dave")?,
            client,
        })
    }

    /// The vault.
    pub fn vault(&self) -> anyhow::Result<&Address> {
        self.vault.as_ref().context("there is no vault yet")
    }

    /// Makes a call as one of the players.
    pub async fn invoke<T: Value>(&self, who: &KeyPair, call: &Call<T>) -> anyhow::Result<Done<T>> {
        Ok(self.client.invoke(who.into(), call).await?)
    }

    /// How the vault stands.
    pub async fn health(&self) -> anyhow::Result<Health> {
        Ok(self
            .client
            .view(&lens::health(&self.lens, self.vault()?))
            .await?)
    }

    /// The vault's collateral in XLM, its debt in USDC.
    pub async fn position(&self) -> anyhow::Result<(i128, i128)> {
        let legs = self
            .client
            .view(&lens::position(&self.lens, self.vault()?))
            .await?;
        let of = |asset: &Address, side: fn(&PositionLeg) -> i128| {
            legs.iter().find(|leg| leg.asset == *asset).map_or(0, side)
        };
        Ok((
            of(&self.xlm, |leg| leg.collateral),
            of(&self.usdc, |leg| leg.debt),
        ))
    }

    /// The oracle's price.
    pub async fn price(&self, asset: &Address) -> anyhow::Result<i128> {
        let call = pool::last_price(&self.oracle, &Asset::Stellar(asset.clone()));
        let last = self.client.view(&call).await?;
        Ok(last.context("the oracle has no price")?.price)
    }

    /// The oracle publishes a round with another price of XLM.
    pub async fn publish(&self, price: i128) -> anyhow::Result<()> {
        let text = amount::format(price, self.price_decimals);
        self.control("ballast_setPrice", json!({ "asset": "XLM", "price": text }))
            .await
    }

    /// Time passes: a round of the oracle.
    pub async fn wait(&self, seconds: u64) -> anyhow::Result<()> {
        self.control("ballast_warp", json!({ "seconds": seconds }))
            .await
    }

    /// Ledgers pass.
    pub async fn skip(&self, ledgers: u32) -> anyhow::Result<()> {
        self.control("ballast_warp", json!({ "ledgers": ledgers }))
            .await
    }

    /// The last closed ledger, and when it closed.
    pub async fn now(&self) -> anyhow::Result<(u32, u64)> {
        let latest = self.client.rpc().latest_ledger().await?;
        Ok((latest.sequence, latest.close_time))
    }

    async fn control(&self, method: &'static str, params: Json) -> anyhow::Result<()> {
        self.client.rpc().call(method, params).await?;
        Ok(())
    }
}

/// An amount, two decimals.
pub fn short(amount: i128) -> String {
    let text = amount::format(amount / 100_000, 2);
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{fraction:0<2}"),
        None => format!("{text}.00"),
    }
}

/// Prints a line.
pub fn say(text: impl AsRef<str>) -> anyhow::Result<()> {
    output::print(&format!("{}\n", text.as_ref()))
}
