//! Ledger entries in batches.

use super::{
    join::{join_all, AT_ONCE},
    CollectError, Endpoints,
};
use crate::model::{OpenAuction, Shares};
use ballast_client::{
    entry::{self, Instance},
    value::{AuctionData, Positions, Value},
};
use std::collections::{BTreeMap, HashMap};
use stellar_xdr::curr::{LedgerEntryData, LedgerKey};

/// Keys that a server looks up in one request.
pub(super) const KEYS_PER_REQUEST: usize = 200;

/// Entries that were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    entries: HashMap<LedgerKey, LedgerEntryData>,
    /// The oldest ledger that any of them is as of.
    pub ledger: u32,
}

/// Reads entries, 200 in a request, as of ledgers that are not older than `at_least`.
pub(super) async fn read(
    endpoints: &Endpoints,
    keys: &[LedgerKey],
    at_least: u32,
) -> Result<Found, CollectError> {
    // Collected first: a borrowing iterator cannot go along into a task.
    let requests: Vec<_> = keys
        .chunks(KEYS_PER_REQUEST)
        .map(|keys| endpoints.entries(keys, at_least))
        .collect();
    let parts = join_all(requests, AT_ONCE).await;
    let mut found = Found {
        entries: HashMap::with_capacity(keys.len()),
        ledger: u32::MAX,
    };
    for part in parts {
        let part = part?;
        found.ledger = found.ledger.min(part.ledger);
        let entries = part.found.into_iter();
        found.entries.extend(entries.map(|one| (one.key, one.data)));
    }
    if keys.is_empty() {
        found.ledger = at_least;
    }
    Ok(found)
}

impl Found {
    /// Whether there is such an entry.
    pub fn has(&self, key: &LedgerKey) -> bool {
        self.entries.contains_key(key)
    }

    /// An entry, decoded, if there is one.
    pub fn get<T: Value>(&self, key: &LedgerKey, what: &str) -> Result<Option<T>, CollectError> {
        let Some(data) = self.entries.get(key) else {
            return Ok(None);
        };
        entry::decode(data).map_err(|error| CollectError::unexpected(what, error))
    }

    /// As [`Found::get`]; it must be there.
    pub fn require<T: Value>(&self, key: &LedgerKey, what: &str) -> Result<T, CollectError> {
        let found = self.get(key, what)?;
        found.ok_or_else(|| CollectError::unexpected(what, "there is no such entry"))
    }

    /// A contract's instance.
    pub fn instance(&self, key: &LedgerKey) -> Option<Instance<'_>> {
        self.entries.get(key).and_then(Instance::of)
    }

    /// What a position holds and owes; nothing where there is none.
    pub fn shares(&self, key: &LedgerKey) -> Result<Vec<Shares>, CollectError> {
        let positions = self.get(key, "a position")?;
        Ok(positions.as_ref().map(shares).unwrap_or_default())
    }

    /// An open auction.
    pub fn auction(&self, key: &LedgerKey) -> Result<Option<OpenAuction>, CollectError> {
        let auction = self.get::<AuctionData>(key, "an auction")?;
        Ok(auction.map(|auction| OpenAuction {
            start_ledger: auction.block,
            lot: auction.lot,
            bid: auction.bid,
        }))
    }
}

/// By reserve index; what is lent without being collateral counts for nothing.
pub(super) fn shares(positions: &Positions) -> Vec<Shares> {
    let mut by_index: BTreeMap<u32, Shares> = BTreeMap::new();
    for (index, b_tokens) in &positions.collateral {
        by_index.entry(*index).or_default().b_tokens = *b_tokens;
    }
    for (index, d_tokens) in &positions.liabilities {
        by_index.entry(*index).or_default().d_tokens = *d_tokens;
    }
    by_index
        .into_iter()
        .map(|(index, shares)| Shares { index, ..shares })
        .filter(|shares| shares.b_tokens != 0 || shares.d_tokens != 0)
        .collect()
}
