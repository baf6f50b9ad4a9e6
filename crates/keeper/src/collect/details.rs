//! Vaults and second prices, read fresh for the strategy.

use super::{
    entries::{self, Found, KEYS_PER_REQUEST},
    join::{join_all, AT_ONCE},
    market::serves,
    CollectError, Collector,
};
use crate::model::{SecondPrices, Shares, Vault};
use ballast_client::{
    entry::{self, pool as key},
    pool, token,
    value::{Address, Asset, SecondSource, TokenBalance},
};
use std::collections::{BTreeMap, BTreeSet};
use stellar_xdr::curr::LedgerKey;

/// A vault, and what it is expected to hold and owe.
type Wanted = (Address, Vec<Shares>);

impl Collector {
    /// Vaults of a pool with everything that a step is planned from, each as of one ledger. Those that the chain does
    /// not have, or whose entries make no sense, are left out.
    ///
    /// # Errors
    /// Of the RPC.
    pub async fn details(
        &self,
        pool: &Address,
        vaults: &[Address],
    ) -> Result<Vec<Vault>, CollectError> {
        let mut read = Vec::with_capacity(vaults.len());
        // What a vault owes is known from its position: the same request reads what it has of that.
        let expected = |vault: &Address| {
            let watch = self.watch.pools.get(pool);
            watch
                .and_then(|watch| watch.book.shares(vault))
                .unwrap_or_default()
        };
        let mut wanted: Vec<_> = vaults
            .iter()
            .map(|vault| (vault.clone(), expected(vault)))
            .collect();
        // A second time for those whose debts have changed meanwhile; more than that would be a vault that changes
        // with every ledger, and the next one will do.
        for _ in 0..2 {
            let mut again = Vec::new();
            for (vault, expected) in self.read_vaults(pool, &wanted).await? {
                let owed = |shares: &[Shares]| debts(shares).collect::<BTreeSet<_>>();
                let is_complete = owed(&vault.shares).is_subset(&owed(&expected));
                if is_complete {
                    read.push(vault);
                } else {
                    again.push((vault.address.clone(), vault.shares.clone()));
                }
            }
            wanted = again;
            if wanted.is_empty() {
                break;
            }
        }
        Ok(read)
    }

    /// In requests of whole vaults. With what each was expected to hold.
    async fn read_vaults(
        &self,
        pool: &Address,
        wanted: &[Wanted],
    ) -> Result<Vec<(Vault, Vec<Shares>)>, CollectError> {
        let mut requests: Vec<(Vec<LedgerKey>, Vec<&Wanted>)> = Vec::new();
        for one in wanted {
            let keys = self.keys_of(pool, &one.0, &one.1);
            match requests.last_mut() {
                Some((all, of)) if all.len() + keys.len() <= KEYS_PER_REQUEST => {
                    all.extend(keys);
                    of.push(one);
                }
                _ => requests.push((keys, vec![one])),
            }
        }
        let read = |(keys, of): (Vec<LedgerKey>, Vec<_>)| async move {
            let found = entries::read(&self.endpoints, &keys, self.ledger).await?;
            Ok::<_, CollectError>((found, of))
        };
        let mut vaults = Vec::with_capacity(wanted.len());
        for answer in join_all(requests.into_iter().map(read).collect(), AT_ONCE).await {
            let (found, of) = answer?;
            for (address, expected) in of {
                match self.vault(pool, address, expected, &found).await {
                    Ok(vault) => vaults.extend(vault.map(|vault| (vault, expected.clone()))),
                    // One that makes no sense is no reason to leave the others.
                    Err(CollectError::Unexpected { what, why }) => {
                        tracing::warn!(vault = %address, "{what}: {why}");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(vaults)
    }

    fn keys_of(&self, pool: &Address, vault: &Address, shares: &[Shares]) -> Vec<LedgerKey> {
        let classic = self
            .owed(pool, shares)
            .filter(|(_, is_classic)| *is_classic);
        [
            entry::instance(vault),
            key::positions(pool, vault),
            key::auction(pool, vault),
        ]
        .into_iter()
        .chain(classic.map(|(asset, _)| entry::balance(asset, vault)))
        .collect()
    }

    /// The assets owed, and whether they are classic ones.
    fn owed<'a>(
        &'a self,
        pool: &Address,
        shares: &'a [Shares],
    ) -> impl Iterator<Item = (&'a Address, bool)> {
        let info = self.infos.get(pool);
        debts(shares).filter_map(move |index| {
            let asset = info?.assets.get(index as usize)?;
            Some((asset, info?.classic.contains(asset)))
        })
    }

    async fn vault(
        &self,
        pool: &Address,
        address: &Address,
        expected: &[Shares],
        found: &Found,
    ) -> Result<Option<Vault>, CollectError> {
        let Some(instance) = found.instance(&entry::instance(address)) else {
            return Ok(None);
        };
        let what = || format!("the vault {address}");
        let state = instance.vault_state();
        let state = state.map_err(|error| CollectError::unexpected(what(), error))?;
        let mut idle = BTreeMap::new();
        for (asset, is_classic) in self.owed(pool, expected) {
            let amount = match is_classic {
                true => {
                    let key = entry::balance(asset, address);
                    let balance = found.get::<TokenBalance>(&key, "a balance")?;
                    balance.map_or(0, |balance| balance.amount)
                }
                // Other tokens keep balances as they like.
                false => {
                    let call = token::balance(asset, address);
                    self.endpoints.view(&call, found.ledger).await?.0
                }
            };
            idle.insert(asset.clone(), amount);
        }
        Ok(Some(Vault {
            address: address.clone(),
            state,
            shares: found.shares(&key::positions(pool, address))?,
            idle,
            auction: found.auction(&key::auction(pool, address))?,
            ledger: found.ledger,
        }))
    }

    /// Last prices of the second oracles that these vaults' policies name, for what they hold and owe. One that
    /// cannot be read, because the RPC fails or the feed does, has none.
    pub async fn second_prices(&self, vaults: &[Vault]) -> SecondPrices {
        let mut wanted: BTreeSet<(Address, Asset)> = BTreeSet::new();
        for vault in vaults {
            let SecondSource::Feed(second) = &vault.state.policy.second_oracle else {
                continue;
            };
            let Some(info) = self.infos.get(&vault.state.links.pool) else {
                continue;
            };
            for shares in &vault.shares {
                let asset = info.assets.get(shares.index as usize);
                let name = asset.and_then(|asset| second.assets.get(asset));
                wanted.extend(name.map(|name| (second.oracle.clone(), name.clone())));
            }
        }
        let read = |(oracle, asset): (Address, Asset)| async move {
            let call = pool::last_price(&oracle, &asset);
            let price = serves(&self.endpoints, &call, self.ledger).await;
            ((oracle, asset), price.unwrap_or_default())
        };
        let prices = join_all(wanted.into_iter().map(read).collect(), AT_ONCE).await;
        prices.into_iter().collect()
    }
}

/// Indices of what is owed.
fn debts(shares: &[Shares]) -> impl Iterator<Item = u32> + '_ {
    let owes = |shares: &&Shares| shares.d_tokens != 0;
    shares.iter().filter(owes).map(|shares| shares.index)
}
