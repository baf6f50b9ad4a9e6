//! The factory's own list of its vaults.

use super::{
    entries,
    reading::{entries_of, At, Reading},
    CollectError, Endpoints,
};
use ballast_client::{entry, factory, value::Address};
use std::collections::BTreeSet;
use stellar_xdr::curr::LedgerKey;

/// How many vaults the factory has.
pub(super) async fn count(
    endpoints: &Endpoints,
    factory: &Address,
    at_least: u32,
) -> Result<u32, CollectError> {
    let key = entry::instance(factory);
    let found = entries::read(endpoints, std::slice::from_ref(&key), at_least).await?;
    let what = || format!("the factory {factory}");
    let instance = found.instance(&key);
    let instance =
        instance.ok_or_else(|| CollectError::unexpected(what(), "there is no such contract"))?;
    let count = instance.get(&entry::factory::vault_count());
    let count = count.map_err(|error| CollectError::unexpected(what(), error))?;
    count.ok_or_else(|| CollectError::unexpected(what(), "it counts no vaults"))
}

/// The factory's vaults.
pub(super) async fn all(
    endpoints: &Endpoints,
    factory: &Address,
    count: u32,
    at_least: u32,
) -> Result<BTreeSet<Address>, CollectError> {
    let keys: Vec<LedgerKey> = (0..count)
        .map(|index| entry::factory::vault_at(factory, index))
        .collect();
    let found = entries::read(endpoints, &keys, at_least).await?;
    let mut vaults = BTreeSet::new();
    for (index, key) in (0..count).zip(&keys) {
        match found.get::<Address>(key, "the factory's list")? {
            Some(vault) => {
                vaults.insert(vault);
            }
            // Archived, and the server does not serve what is: the factory does.
            None => {
                let page = factory::vaults(factory, index, 1);
                vaults.extend(endpoints.view(&page, at_least).await?.0);
            }
        }
    }
    Ok(vaults)
}

/// Vaults of the factory that are not known, with their positions and auctions.
pub(super) async fn unknown(
    endpoints: &Endpoints,
    factory: &Address,
    known: &BTreeSet<Address>,
    at_least: u32,
) -> Result<Reading, CollectError> {
    let count = count(endpoints, factory, at_least).await?;
    if known.len() >= count as usize {
        return Ok(Reading::default());
    }
    let all = all(endpoints, factory, count, at_least).await?;
    let missing: BTreeSet<_> = all
        .into_iter()
        .filter(|vault| !known.contains(vault))
        .collect();
    let none = BTreeSet::new();
    let mut reading = entries_of(endpoints, &missing, &none, &none, &none, at_least).await?;
    let at: BTreeSet<At> = reading
        .states
        .iter()
        .map(|(vault, state, _)| (state.links.pool.clone(), vault.clone()))
        .collect();
    let no_vaults = BTreeSet::new();
    let more = entries_of(endpoints, &no_vaults, &at, &at, &none, at_least).await?;
    reading.positions = more.positions;
    reading.auctions = more.auctions;
    reading.strange.extend(more.strange);
    Ok(reading)
}
