//! Who plays, and what they can do: all of it over the RPC.

use crate::output;
use anyhow::Context;
use ballast_client::{
    amount, entry, lens, pool,
    rpc::{Rpc, RpcOptions},
    value::{Address, Asset, Health, Positions, Request, ReserveData, Value},
    Call, Client, Deployment, Done, Fee, Options,
};
use ballast_core::fixed::{mul_div_floor, ONE_E7};
use ballast_transaction::KeyPair;
use serde_json::{json, Value as Json};
use std::time::Duration;

/// Decimals of XLM and of classic assets.
pub const DECIMALS: u32 = 7;
/// Seconds of a ledger.
pub const LEDGER_SECONDS: u64 = 5;

/// Numbers of the pool's requests.
pub mod request {
    pub const SUPPLY_COLLATERAL: u32 = 2;
    pub const WITHDRAW_COLLATERAL: u32 = 3;
    pub const BORROW: u32 = 4;
    pub const REPAY: u32 = 5;
    pub const FILL_LIQUIDATION: u32 = 6;
}

/// Contracts, accounts, and a client.
pub struct Stage {
    pub client: Client,
    pub borrower: KeyPair,
    /// Borrows the same without a vault.
    pub twin: KeyPair,
    pub stranger: KeyPair,
    pub liquidator: KeyPair,
    pub factory: Address,
    pub lens: Address,
    pub pool: Address,
    pub xlm: Address,
    pub usdc: Address,
    /// Decimals of the oracle's prices.
    pub price_decimals: u32,
    oracle: Address,
    /// Real time that a ledger is given.
    pace: Duration,
}

impl Stage {
    /// Connects, and casts the parts.
    pub async fn open(url: &str, deployment: &Deployment, pace: Duration) -> anyhow::Result<Self> {
        let options = Options {
            fee: Fee::Usual { at_most: 10_000 },
            patience: Duration::from_secs(30),
            poll: Duration::from_millis(10),
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
            oracle,
            factory: contract("factory")?,
            lens: contract("lens")?,
            pool: contract("pool")?,
            xlm: token("XLM")?,
            usdc: token("USDC")?,
            borrower: player("alice")?,
            twin: player("erin")?,
            stranger: player("frank")?,
            liquidator: player("dave")?,
            client,
            pace,
        })
    }

    /// Makes a call as one of the players, while time goes on.
    pub async fn invoke<T: Value>(&self, who: &KeyPair, call: &Call<T>) -> anyhow::Result<Done<T>> {
        Ok(self.during(self.client.invoke(who.into(), call)).await??)
    }

    /// Closes ledgers until something is done.
    async fn during<T>(&self, act: impl std::future::Future<Output = T>) -> anyhow::Result<T> {
        tokio::pin!(act);
        loop {
            tokio::select! {
                done = &mut act => return Ok(done),
                () = tokio::time::sleep(self.pace) => self.pass(1).await?,
            }
        }
    }

    /// Requests of somebody to the pool.
    pub fn submit(&self, who: &KeyPair, requests: &[(u32, &Address, i128)]) -> Call<Positions> {
        let requests: Vec<_> = requests
            .iter()
            .map(|(kind, address, amount)| Request {
                request_type: *kind,
                address: (*address).clone(),
                amount: *amount,
            })
            .collect();
        pool::submit(&self.pool, &who.sc_address(), &requests)
    }

    /// How a vault stands.
    pub async fn health(&self, vault: &Address) -> anyhow::Result<Health> {
        Ok(self.client.view(&lens::health(&self.lens, vault)).await?)
    }

    /// What somebody holds and owes at the pool, base value: XLM and USDC, at the rates that the pool last stored.
    pub async fn position(&self, who: &Address) -> anyhow::Result<(i128, i128)> {
        let list = self.client.view(&pool::reserve_list(&self.pool)).await?;
        let positions = self.client.view(&pool::positions(&self.pool, who)).await?;
        let (held, _) = self.worth(&list, &positions, &self.xlm).await?;
        let (_, owed) = self.worth(&list, &positions, &self.usdc).await?;
        Ok((held, owed))
    }

    async fn worth(
        &self,
        list: &[Address],
        positions: &Positions,
        asset: &Address,
    ) -> anyhow::Result<(i128, i128)> {
        const ONE_E12: i128 = 1_000_000_000_000;
        let index = list.iter().position(|other| other == asset);
        let index = index.and_then(|index| u32::try_from(index).ok());
        let index = index.context("the pool has no such reserve")?;
        let key = entry::pool::reserve_data(&self.pool, asset);
        let found = self.client.rpc().ledger_entries(&[key]).await?;
        let found = found
            .entries
            .first()
            .context("the pool's reserve is not there")?;
        let data: ReserveData = entry::decode(&found.data)?.context("no reserve")?;
        let price = self.price(asset).await?;
        let value = |shares: Option<&i128>, rate: i128| {
            let amount = scaled(shares.copied().unwrap_or(0), rate, ONE_E12)?;
            scaled(amount, price, 10_i128.pow(DECIMALS))
        };
        Ok((
            value(positions.collateral.get(&index), data.b_rate)?,
            value(positions.liabilities.get(&index), data.d_rate)?,
        ))
    }

    /// The debt that makes a risk ratio of so much XLM.
    pub async fn debt_at(&self, collateral: i128, risk_e7: i128) -> anyhow::Result<i128> {
        let xlm = self
            .client
            .view(&pool::reserve(&self.pool, &self.xlm))
            .await?;
        let usdc = self
            .client
            .view(&pool::reserve(&self.pool, &self.usdc))
            .await?;
        let value = scaled(
            collateral,
            self.price(&self.xlm).await?,
            self.price(&self.usdc).await?,
        )?;
        let lent = scaled(value, xlm.c_factor.into(), ONE_E7)?;
        scaled(scaled(lent, usdc.l_factor.into(), ONE_E7)?, risk_e7, ONE_E7)
    }

    /// The oracle's price.
    pub async fn price(&self, asset: &Address) -> anyhow::Result<i128> {
        let asset = Asset::Stellar(asset.clone());
        let last = self
            .client
            .view(&pool::last_price(&self.oracle, &asset))
            .await?;
        Ok(last.context("the oracle has no price")?.price)
    }

    /// The oracle publishes a round with another price of XLM.
    pub async fn publish(&self, price: i128) -> anyhow::Result<()> {
        let text = amount::format(price, self.price_decimals);
        self.control("ballast_setPrice", json!({ "asset": "XLM", "price": text }))
            .await
    }

    /// Real time that whoever acts has for a ledger.
    pub async fn breathe(&self) {
        tokio::time::sleep(self.pace).await;
    }

    /// So many ledgers pass at once.
    pub async fn pass(&self, ledgers: u64) -> anyhow::Result<()> {
        let seconds = ledgers * LEDGER_SECONDS;
        self.control(
            "ballast_warp",
            json!({ "ledgers": ledgers, "seconds": seconds }),
        )
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

/// `value * by / of`, rounded down.
pub fn scaled(value: i128, by: i128, of: i128) -> anyhow::Result<i128> {
    mul_div_floor(value, by, of).map_err(|error| anyhow::anyhow!("{error:?}"))
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
