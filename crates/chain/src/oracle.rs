//! The scriptable oracle, deployed and scripted.

use crate::{ballast, Account, CallError, Chain};
use ballast_oracle::{Asset, Override, PriceData};
use soroban_sdk::{xdr::ScAddress, Address, IntoVal, Symbol, Val, Vec};

/// Decimals of prices, as Reflector has them.
pub const PRICE_DECIMALS: u32 = 14;
/// Seconds from one round to the next, as Reflector has them.
pub const RESOLUTION_SECONDS: u32 = 300;

/// A price that the oracle served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// In the oracle's decimals.
    pub price: i128,
    /// When it was made, unix seconds.
    pub timestamp: u64,
}

impl From<PriceData> for Price {
    fn from(data: PriceData) -> Self {
        Self {
            price: data.price,
            timestamp: data.timestamp,
        }
    }
}

/// An oracle on a chain, with the account that scripts it.
#[derive(Clone)]
pub struct Oracle {
    chain: Chain,
    address: Address,
    admin: Account,
    decimals: u32,
}

impl Oracle {
    /// Deploys an oracle that quotes these tokens in US dollars, with Reflector's decimals and
    /// resolution. Different names give different oracles.
    pub fn deploy(chain: &Chain, name: &str, assets: &[&Address]) -> Self {
        Self::deploy_with(chain, name, assets, PRICE_DECIMALS, RESOLUTION_SECONDS)
    }

    /// As [`Self::deploy`], with other decimals and another resolution (seconds).
    pub fn deploy_with(
        chain: &Chain,
        name: &str,
        assets: &[&Address],
        decimals: u32,
        resolution: u32,
    ) -> Self {
        let admin = chain.account(&format!("{name} admin"));
        let env = chain.env();
        let quoted = assets.iter().map(|asset| Asset::Stellar((*asset).clone()));
        let quoted: Vec<Asset> = Vec::from_iter(env, quoted);
        let base = Asset::Other(Symbol::new(env, "USD"));
        let args = (admin.address(), base, quoted, decimals, resolution);
        let address = ballast::deploy(chain, &admin, ballast::ORACLE, name, args)
            .expect("the oracle deploys");
        Self {
            chain: chain.clone(),
            address,
            admin,
            decimals,
        }
    }

    /// The oracle on another chain in the same state (after [`Chain::fork`]).
    pub fn on(&self, chain: &Chain) -> Self {
        Self {
            chain: chain.clone(),
            address: chain.address(&ScAddress::from(&self.address)),
            admin: chain.account(self.admin.name()),
            decimals: self.decimals,
        }
    }

    /// Its address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Decimals of its prices.
    pub fn decimals(&self) -> u32 {
        self.decimals
    }

    /// The account that scripts it.
    pub fn admin(&self) -> &Account {
        &self.admin
    }

    /// Publishes a round as of now: prices in the order of the assets.
    ///
    /// # Panics
    /// If the oracle refuses it: see its errors.
    pub fn set_prices(&self, prices: &[i128]) {
        let prices: std::vec::Vec<_> = prices.iter().copied().map(Some).collect();
        self.set_round(self.chain.timestamp(), &prices);
    }

    /// Publishes the round of `timestamp` (seconds); `None` for an asset that misses it.
    ///
    /// # Panics
    /// If the oracle refuses it: see its errors.
    pub fn set_round(&self, timestamp: u64, prices: &[Option<i128>]) {
        self.try_set_round(timestamp, prices)
            .expect("the oracle takes the round");
    }

    /// As [`Self::set_round`], with the oracle's refusal.
    pub fn try_set_round(&self, timestamp: u64, prices: &[Option<i128>]) -> Result<(), CallError> {
        let prices: Vec<Option<i128>> = Vec::from_iter(self.chain.env(), prices.iter().copied());
        self.script("set_round", (timestamp, prices))
    }

    /// Forces what is served for a token.
    ///
    /// # Panics
    /// If the token is not quoted.
    pub fn set_override(&self, asset: &Address, value: Override) {
        let asset = Asset::Stellar(asset.clone());
        self.script("set_override", (asset, value))
            .expect("the asset is quoted");
    }

    /// Serves this price for a token as of now, always.
    pub fn set_stable(&self, asset: &Address, price: i128) {
        self.set_override(asset, Override::Stable(price));
    }

    /// Makes every read of a price trap, or serve again.
    pub fn set_dead(&self, dead: bool) {
        self.script("set_dead", (dead,)).expect("the admin may");
    }

    /// Quotes one more token.
    pub fn add_asset(&self, asset: &Address) -> Result<(), CallError> {
        self.script("add_asset", (Asset::Stellar(asset.clone()),))
    }

    /// The last price of a token.
    pub fn last_price(&self, asset: &Address) -> Result<Option<Price>, CallError> {
        let asset = Asset::Stellar(asset.clone());
        let price: Option<PriceData> = self.chain.view(&self.address, "lastprice", (asset,))?;
        Ok(price.map(Price::from))
    }

    /// Prices of a token in the last rounds, newest first.
    pub fn prices(&self, asset: &Address, records: u32) -> Result<std::vec::Vec<Price>, CallError> {
        let asset = Asset::Stellar(asset.clone());
        let prices: Option<Vec<PriceData>> =
            self.chain.view(&self.address, "prices", (asset, records))?;
        Ok(prices
            .map(|prices| prices.iter().map(Price::from).collect())
            .unwrap_or_default())
    }

    fn script(
        &self,
        function: &str,
        args: impl IntoVal<soroban_sdk::Env, Vec<Val>>,
    ) -> Result<(), CallError> {
        self.chain
            .call_from(&self.admin, &self.address, function, args, &[])
            .map(drop)
    }
}
