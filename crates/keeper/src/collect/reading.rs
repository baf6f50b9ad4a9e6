//! What one ledger brought: read, and nothing changed yet.

use super::{
    entries::{self, shares},
    events::{self, EventError, Seen},
    join::{join_all, AT_ONCE},
    market::{self, Markets, PoolInfo},
    CollectError, Collector, Endpoints,
};
use crate::model::{OpenAuction, Shares};
use ballast_client::{
    entry::{self, pool as key},
    pool,
    value::{Address, VaultEvent, VaultState},
};
use std::collections::{BTreeMap, BTreeSet};

/// Pool and user.
pub(super) type At = (Address, Address);

/// Entries that make no sense. One of them is no reason to leave the others: it is told of, and read again with the
/// next ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Strange {
    pub vaults: BTreeSet<Address>,
    pub positions: BTreeSet<At>,
    pub auctions: BTreeSet<At>,
    /// By whose they are.
    pub why: BTreeMap<Address, String>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Pools; those of the watch and those of new vaults.
    pub markets: Markets,
    pub positions: Vec<(At, Vec<Shares>)>,
    pub auctions: Vec<(At, Option<OpenAuction>)>,
    /// Vaults, with the ledger that they were made in, where that is known.
    pub states: Vec<(Address, VaultState, Option<u32>)>,
    /// What vaults told, and contracts that speak like them.
    pub told: Vec<(Address, VaultEvent)>,
    pub strange: Strange,
    /// Pools that were set differently.
    pub pools: BTreeSet<Address>,
    /// New pools that cannot be read, and why.
    pub unreadable: Vec<(Address, String)>,
    /// All events up to this ledger are in it.
    pub through: u32,
    /// The ledger that entries are at least of.
    pub ledger: u32,
    /// After a gap: from which ledger on events are missing, and why.
    pub rebuilt: Option<(u32, String)>,
    /// All vaults of the factory, where they were listed.
    pub listed: Option<BTreeSet<Address>>,
}

impl Collector {
    /// Reads a ledger: prices, pools and events at once; then the entries that events named.
    pub(super) async fn read(&self, at: (u32, u64)) -> Result<Reading, EventError> {
        let (endpoints, settings) = (&*self.endpoints, &self.settings);
        let pools: Vec<_> = self.watch.pools.keys().cloned().collect();
        let markets = market::read(endpoints, self.infos.values(), &settings.venues, at);
        let touched = async {
            let from = self.through.saturating_add(1);
            let seen = events::read(endpoints, &settings.factory, &pools, from, at.0).await?;
            let touched = self.touched(&seen, at).await?;
            Ok::<_, EventError>((seen, touched))
        };
        let (markets, touched) = tokio::join!(markets, touched);
        let (seen, touched) = touched?;
        let mut reading = Reading {
            markets: markets?,
            ledger: touched.ledger,
            ..touched
        };
        // Pools of vaults that are not watched yet: rare, so this may take another way to the server.
        let strange: BTreeSet<_> = pools_of(&reading.states)
            .chain(&self.unwatched)
            .filter(|pool| !self.watch.pools.contains_key(*pool))
            .cloned()
            .collect();
        for pool in strange {
            self.new_pool(&mut reading, &pool, at, &mut |_, _| ())
                .await?;
        }
        reading.told = seen.told;
        reading.pools = seen.pools;
        reading.through = seen.through;
        Ok(reading)
    }

    /// Reads again what events named.
    async fn touched(&self, seen: &Seen, at: (u32, u64)) -> Result<Reading, CollectError> {
        let at_least = at.0.max(seen.through);
        let known = |vault: &&Address| {
            self.watch.vaults.contains_key(*vault) || seen.created.contains_key(*vault)
        };
        let vaults: BTreeSet<_> = seen.vaults.iter().filter(known).cloned().collect();
        let strange = &self.strange;
        let vaults = union(vaults, seen.created.keys().chain(&strange.vaults));
        let positions = union(seen.positions.clone(), &strange.positions);
        let auctions = union(seen.auctions.clone(), &strange.auctions);
        // Who did something may be anybody; whom it concerns is told by the entries.
        let mut reading = self
            .entries_of(&vaults, &positions, &auctions, at_least)
            .await?;
        for (vault, _, created) in &mut reading.states {
            *created = seen.created.get(vault).map(|(_, ledger)| *ledger);
        }
        Ok(reading)
    }

    /// Entries of vaults, positions and auctions.
    pub(super) async fn entries_of(
        &self,
        vaults: &BTreeSet<Address>,
        positions: &BTreeSet<At>,
        auctions: &BTreeSet<At>,
        at_least: u32,
    ) -> Result<Reading, CollectError> {
        let held = positions
            .iter()
            .filter(|at| self.holds(at))
            .cloned()
            .collect();
        entries_of(
            &self.endpoints,
            vaults,
            positions,
            auctions,
            &held,
            at_least,
        )
        .await
    }

    /// Whether the position is known to hold or owe something.
    pub(super) fn holds(&self, (pool, user): &At) -> bool {
        let watch = self.watch.pools.get(pool);
        let shares = watch.and_then(|watch| watch.book.shares(user));
        shares.is_some_and(|shares| !shares.is_empty())
    }

    /// Adds a pool that was not watched yet, with everybody who is known to owe it something.
    pub(super) async fn new_pool(
        &self,
        reading: &mut Reading,
        pool: &Address,
        at: (u32, u64),
        progress: &mut (dyn FnMut(u32, u32) + Send),
    ) -> Result<(), CollectError> {
        let markets = match self.new_market(pool, at).await {
            Ok(markets) => markets,
            // A pool that makes no sense is no reason to leave the others.
            Err(CollectError::Unexpected { what, why }) => {
                let why = format!("{what}: {why}");
                reading.unreadable.push((pool.clone(), why));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let debtors = events::debtors(&self.endpoints, pool, at.0, progress).await?;
        let known = self.watch.vaults.iter();
        let vaults = known
            .filter(|(_, vault)| vault.pool == *pool)
            .map(|(vault, _)| vault.clone());
        let of_new = reading
            .states
            .iter()
            .filter(|(_, state, _)| state.links.pool == *pool);
        let users: BTreeSet<_> = debtors
            .into_iter()
            .chain(self.settings.borrowers.iter().cloned())
            .chain(vaults)
            .chain(of_new.map(|(vault, ..)| vault.clone()))
            .map(|user| (pool.clone(), user))
            .collect();
        let read = self
            .entries_of(&BTreeSet::new(), &users, &users, at.0)
            .await?;
        reading.markets.extend(markets);
        reading.positions.extend(read.positions);
        reading.auctions.extend(read.auctions);
        reading.strange.extend(read.strange);
        Ok(())
    }

    pub(super) async fn new_market(
        &self,
        pool: &Address,
        at: (u32, u64),
    ) -> Result<Markets, CollectError> {
        let info = PoolInfo::read(&self.endpoints, pool, at.0).await?;
        let markets = market::read(&self.endpoints, [&info], &self.settings.venues, at).await?;
        let read = |(info, market): (PoolInfo, Result<_, CollectError>)| Ok((info, Ok(market?)));
        markets.into_iter().map(read).collect()
    }
}

/// Entries of vaults, positions and auctions; `held` are the positions that are known to hold or owe something.
pub(super) async fn entries_of(
    endpoints: &Endpoints,
    vaults: &BTreeSet<Address>,
    positions: &BTreeSet<At>,
    auctions: &BTreeSet<At>,
    held: &BTreeSet<At>,
    at_least: u32,
) -> Result<Reading, CollectError> {
    let instances = vaults.iter().map(entry::instance);
    let of_positions = positions
        .iter()
        .map(|(pool, user)| key::positions(pool, user));
    let of_auctions = auctions.iter().map(|(pool, user)| key::auction(pool, user));
    let keys: Vec<_> = instances.chain(of_positions).chain(of_auctions).collect();
    let found = entries::read(endpoints, &keys, at_least).await?;
    let mut reading = Reading {
        ledger: found.ledger,
        ..Reading::default()
    };
    let strange = &mut reading.strange;
    for vault in vaults {
        let Some(instance) = found.instance(&entry::instance(vault)) else {
            continue;
        };
        match instance.vault_state() {
            Ok(state) => reading.states.push((vault.clone(), state, None)),
            Err(error) => {
                strange.vaults.insert(vault.clone());
                strange.why.insert(vault.clone(), error.to_string());
            }
        }
    }
    let mut vanished = Vec::new();
    for at in positions {
        let key = key::positions(&at.0, &at.1);
        if !found.has(&key) && held.contains(at) {
            vanished.push(at.clone());
            continue;
        }
        match found.shares(&key) {
            Ok(shares) => reading.positions.push((at.clone(), shares)),
            Err(error) => {
                strange.positions.insert(at.clone());
                strange.why.insert(at.1.clone(), error.to_string());
            }
        }
    }
    for at in auctions {
        match found.auction(&key::auction(&at.0, &at.1)) {
            Ok(auction) => reading.auctions.push((at.clone(), auction)),
            Err(error) => {
                strange.auctions.insert(at.clone());
                strange.why.insert(at.1.clone(), error.to_string());
            }
        }
    }
    reading
        .positions
        .extend(asked(endpoints, vanished, at_least).await?);
    Ok(reading)
}

impl Strange {
    /// Adds another's.
    pub fn extend(&mut self, other: Strange) {
        self.vaults.extend(other.vaults);
        self.positions.extend(other.positions);
        self.auctions.extend(other.auctions);
        self.why.extend(other.why);
    }
}

fn union<'a, T: Clone + Ord + 'a>(
    mut one: BTreeSet<T>,
    other: impl IntoIterator<Item = &'a T>,
) -> BTreeSet<T> {
    one.extend(other.into_iter().cloned());
    one
}

/// Positions whose entry is not there although it was: Blend removes none, so it may be archived, and the server not
/// serve what is. The pool knows.
async fn asked(
    endpoints: &Endpoints,
    at: Vec<At>,
    at_least: u32,
) -> Result<Vec<(At, Vec<Shares>)>, CollectError> {
    let ask = |at: At| async move {
        let call = pool::positions(&at.0, &at.1);
        let (positions, _) = endpoints.view(&call, at_least).await?;
        Ok((at, shares(&positions)))
    };
    let asked = join_all(at.into_iter().map(ask).collect(), AT_ONCE).await;
    asked.into_iter().collect()
}

/// The pools of these vaults.
pub(super) fn pools_of(
    states: &[(Address, VaultState, Option<u32>)],
) -> impl Iterator<Item = &Address> {
    states.iter().map(|(_, state, _)| &state.links.pool)
}
