//! What fills may spend: balances, exposure, what is committed.

use super::{
    channels::{Channels, Lease},
    lock, Executor,
};
use crate::strategy::Inventory;
use ballast_client::{token, value::Address, Error};
use ballast_transaction::asset_contract_id;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use stellar_xdr::curr::{Asset, ScAddress};

/// Lumens that the keeper's account keeps: its reserve and some fees.
const KEPT_LUMENS: i128 = 10_0000000;

/// The keeper's balances and what may be done with them.
#[derive(Debug)]
pub(super) struct Holdings {
    /// Most of each asset that may be out.
    most: BTreeMap<Address, i128>,
    lumen: Address,
    accounts: Mutex<BTreeMap<Address, Account>>,
    channels: Arc<Channels>,
}

/// One asset.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    balance: i128,
    /// Spent in fills, less what sales of what came in have brought back.
    out: i128,
}

impl Holdings {
    pub fn new(
        most: BTreeMap<Address, i128>,
        network: &ballast_transaction::Network,
        channels: Arc<Channels>,
    ) -> Self {
        Self {
            most,
            lumen: ScAddress::Contract(asset_contract_id(network, Asset::Native)),
            accounts: Mutex::default(),
            channels,
        }
    }

    /// The assets that may be spent.
    pub fn assets(&self) -> Vec<Address> {
        self.most.keys().cloned().collect()
    }

    pub fn knows(&self, asset: &Address) -> bool {
        lock(&self.accounts).contains_key(asset)
    }

    pub fn balances(&self) -> BTreeMap<Address, i128> {
        let accounts = lock(&self.accounts);
        let balance = |(asset, account): (&Address, &Account)| (asset.clone(), account.balance);
        accounts.iter().map(balance).collect()
    }

    pub fn set_balance(&self, asset: &Address, balance: i128) {
        let kept = if *asset == self.lumen { KEPT_LUMENS } else { 0 };
        let mut accounts = lock(&self.accounts);
        accounts.entry(asset.clone()).or_default().balance = balance.saturating_sub(kept).max(0);
    }

    /// A fill has taken so much.
    pub fn spent(&self, asset: &Address, amount: i128) {
        let mut accounts = lock(&self.accounts);
        let account = accounts.entry(asset.clone()).or_default();
        account.balance = account.balance.saturating_sub(amount).max(0);
        account.out = account.out.saturating_add(amount);
    }

    /// A sale has brought so much.
    pub fn returned(&self, asset: &Address, amount: i128) {
        let mut accounts = lock(&self.accounts);
        let account = accounts.entry(asset.clone()).or_default();
        account.balance = account.balance.saturating_add(amount);
        account.out = account.out.saturating_sub(amount).max(0);
    }

    /// Most that may be in flight at a time.
    fn limit(&self, asset: &Address) -> i128 {
        let most = self.most.get(asset).copied().unwrap_or(0);
        let account = lock(&self.accounts).get(asset).copied();
        let Account { balance, out } = account.unwrap_or_default();
        balance.min(most.saturating_sub(out)).max(0)
    }

    /// What may be spent besides all that is in flight.
    pub fn available(&self, assets: &[Address]) -> Inventory {
        let committed = self.channels.committed();
        let free = |asset: &Address| {
            let committed = committed.get(asset).copied().unwrap_or(0);
            let free = self.limit(asset).saturating_sub(committed).max(0);
            (asset.clone(), free)
        };
        Inventory {
            available: assets.iter().map(free).collect(),
        }
    }

    /// Whether it may be spent; then nobody else may.
    pub fn commit(&self, lease: &mut Lease, spends: Option<(Address, i128)>) -> bool {
        let limit = spends.as_ref().map_or(0, |(asset, _)| self.limit(asset));
        lease.commit(spends, limit)
    }
}

impl Executor {
    /// What may still be spent of each asset: the balance within the exposure, less what is out. Balances are those
    /// of the last [`Executor::refresh`]; one that is not known yet is asked for.
    ///
    /// # Errors
    /// Of the RPC.
    pub async fn inventory(&self, assets: &[Address]) -> Result<Inventory, Error> {
        for asset in assets {
            if self.holdings.most.contains_key(asset) && !self.holdings.knows(asset) {
                self.read_balance(asset).await?;
            }
        }
        Ok(self.holdings.available(assets))
    }

    pub(super) async fn read_balance(&self, asset: &Address) -> Result<(), Error> {
        let call = token::balance(asset, &self.keeper());
        match self.endpoints.view(&call, self.latest(0)).await {
            Ok((balance, _)) => self.holdings.set_balance(asset, balance),
            // No trustline, or no account.
            Err(Error::WouldFail(_)) => self.holdings.set_balance(asset, 0),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
