//! The first synchronisation, going on from the database, and the rebuild after a gap.

use super::{
    entries::KEYS_PER_REQUEST,
    events::EventError,
    listing, market,
    reading::{pools_of, At, Reading},
    CollectError, Collector, PoolWatch, SyncProgress, SyncStage, VaultBrief,
};
use crate::{book::Book, model::Market, store::Cursor};
use ballast_client::{rpc::RpcError, value::Address, Error};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

/// Vaults or positions read between two words on how far it is.
const STRIDE: usize = 10 * KEYS_PER_REQUEST;

impl Collector {
    /// Brings everything up to the newest ledger: from the database and the events since, or from nothing.
    ///
    /// # Errors
    /// Of the RPC and of the database. It may be called again.
    pub async fn sync(
        &mut self,
        progress: &mut (dyn FnMut(SyncProgress) + Send),
    ) -> Result<(), CollectError> {
        let latest = self.endpoints.latest().await?;
        let at = (latest.sequence, latest.close_time);
        let seen = Instant::now();
        let stored = match self.store.cursor().await {
            Ok(stored) => stored,
            Err(error) => {
                // The chain has all of it, too.
                let why = format!("the database cannot be read: {error}");
                let reading = self.rebuild(at, Some((at.0, why)), progress).await?;
                let notices = self.apply(at, seen, reading).notices;
                self.known.keep(notices);
                return Ok(());
            }
        };
        let reading = match stored {
            None => self.rebuild(at, None, progress).await?,
            Some(stored) => {
                let foreign = self.foreign(&stored, at.0).await?;
                self.load(stored.ledger, at).await?;
                match foreign {
                    Some(why) => self.rebuild(at, Some((at.0, why)), progress).await?,
                    None => match self.resume(at).await {
                        Ok(reading) => reading,
                        Err(EventError::Gap { oldest }) => {
                            let why = Some((stored.ledger, gap(oldest)));
                            self.rebuild(at, why, progress).await?
                        }
                        Err(EventError::Other(error)) => return Err(error),
                    },
                }
            }
        };
        let notices = self.apply(at, seen, reading).notices;
        // Told with the first tick.
        self.known.keep(notices);
        Ok(())
    }

    /// Everything again, after events were lost while the keeper ran.
    pub(super) async fn reread(
        &self,
        at: (u32, u64),
        oldest: u32,
    ) -> Result<Reading, CollectError> {
        let why = Some((self.through, gap(oldest)));
        self.rebuild(at, why, &mut |_| ()).await
    }

    /// What the database remembers. Markets come with the first reading.
    async fn load(&mut self, ledger: u32, at: (u32, u64)) -> Result<(), CollectError> {
        self.through = ledger;
        let vaults = self.store.vaults().await?;
        for row in vaults {
            let thresholds = super::apply::thresholds(&row.state);
            let brief = VaultBrief {
                pool: row.pool,
                owner: row.owner,
                created_ledger: row.created_ledger,
                thresholds,
            };
            self.watch.vaults.insert(row.address, brief);
        }
        let pools: BTreeSet<_> = self
            .watch
            .vaults
            .values()
            .map(|vault| vault.pool.clone())
            .collect();
        for pool in pools {
            // One that cannot be read is tried again with every reading.
            let Some((info, market)) = self.loadable(&pool, at).await? else {
                self.unwatched.insert(pool);
                continue;
            };
            self.infos.insert(pool.clone(), info);
            let mut watch = PoolWatch {
                market: Arc::new(market),
                book: Book::new(),
                auctions: BTreeMap::new(),
            };
            for row in self.store.positions(&pool).await? {
                let vault = self.watch.vaults.get(&row.borrower.address);
                let vault = vault.filter(|vault| vault.pool == pool);
                watch
                    .book
                    .set(&row.borrower, vault.map(|vault| &vault.thresholds));
            }
            for row in self.store.auctions(&pool).await? {
                watch.auctions.insert(row.user, row.auction);
            }
            self.watch.pools.insert(pool, watch);
        }
        // Vaults without a position have no row of one.
        for (address, vault) in &self.watch.vaults {
            if let Some(watch) = self.watch.pools.get_mut(&vault.pool) {
                if watch.book.shares(address).is_none() {
                    watch
                        .book
                        .set(&super::apply::nobody(address), Some(&vault.thresholds));
                }
            }
        }
        Ok(())
    }

    async fn loadable(
        &self,
        pool: &Address,
        at: (u32, u64),
    ) -> Result<Option<(market::PoolInfo, Market)>, CollectError> {
        match self.new_market(pool, at).await {
            Ok(markets) => {
                let mut read = markets.into_iter();
                Ok(read
                    .next()
                    .and_then(|(info, market)| Some((info, market.ok()?))))
            }
            Err(CollectError::Unexpected { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The events since, and vaults of which no event told.
    async fn resume(&self, at: (u32, u64)) -> Result<Reading, EventError> {
        let mut reading = self.read(at).await?;
        let new = reading.states.iter().map(|(vault, ..)| vault);
        let known = self.watch.vaults.keys().chain(new).cloned().collect();
        let factory = &self.settings.factory;
        let more = listing::unknown(&self.endpoints, factory, &known, at.0).await?;
        reading.states.extend(more.states);
        reading.positions.extend(more.positions);
        reading.auctions.extend(more.auctions);
        reading.strange.extend(more.strange);
        Ok(reading)
    }

    /// Why the database's ledger cannot be gone on from, if it cannot: its network may have been set back, or be
    /// another one of the same name, as sandboxes are.
    async fn foreign(&self, stored: &Cursor, latest: u32) -> Result<Option<String>, CollectError> {
        let ledger = stored.ledger;
        if ledger > latest {
            return Ok(Some(format!("the database knows ledger {ledger}")));
        }
        let Some(closed_at) = stored
            .cursor
            .as_ref()
            .and_then(|text| text.parse::<u64>().ok())
        else {
            return Ok(None);
        };
        match self.endpoints.close_time_of(ledger).await {
            Ok(time) if time != closed_at => {
                Ok(Some(format!("the database knows another ledger {ledger}")))
            }
            // Not there any more, which reading events will show; or a server that does not tell of ledgers.
            Ok(_) | Err(Error::Rpc(RpcError::Call { .. })) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads everything: the factory's vaults, everybody whom the servers' events name, and everybody who was known.
    async fn rebuild(
        &self,
        at: (u32, u64),
        why: Option<(u32, String)>,
        progress: &mut (dyn FnMut(SyncProgress) + Send),
    ) -> Result<Reading, CollectError> {
        let mut tell = |stage, done: usize, total: usize| {
            progress(SyncProgress {
                stage,
                done: done as u64,
                total: total as u64,
            });
        };
        let (endpoints, factory) = (&self.endpoints, &self.settings.factory);
        let count = listing::count(endpoints, factory, at.0).await?;
        let listed = listing::all(endpoints, factory, count, at.0).await?;
        let vaults: Vec<_> = listed.iter().cloned().collect();
        let mut reading = Reading {
            through: at.0,
            ledger: at.0,
            rebuilt: why,
            listed: Some(listed),
            ..Reading::default()
        };
        for (index, some) in vaults.chunks(STRIDE).enumerate() {
            tell(SyncStage::Vaults, index * STRIDE, vaults.len());
            let none = BTreeSet::new();
            let some = some.iter().cloned().collect();
            let read = self.entries_of(&some, &none, &none, at.0).await?;
            reading.states.extend(read.states);
            reading.strange.extend(read.strange);
        }
        tell(SyncStage::Vaults, vaults.len(), vaults.len());

        let mut users: BTreeSet<At> = BTreeSet::new();
        let pools: BTreeSet<_> = pools_of(&reading.states).cloned().collect();
        for pool in pools {
            let mut ledgers =
                |done: u32, total: u32| tell(SyncStage::Events, done as usize, total as usize);
            self.new_pool(&mut reading, &pool, at, &mut ledgers).await?;
            let watch = self.watch.pools.get(&pool);
            let known = watch.into_iter().flat_map(|watch| {
                let auctioned = watch.auctions.keys().cloned();
                watch.book.addresses().chain(auctioned)
            });
            users.extend(known.map(|user| (pool.clone(), user)));
        }
        let read: BTreeSet<At> = reading.positions.iter().map(|(at, _)| at.clone()).collect();
        users.retain(|at| !read.contains(at));
        let users: Vec<_> = users.into_iter().collect();
        for (index, some) in users.chunks(STRIDE).enumerate() {
            tell(SyncStage::Positions, index * STRIDE, users.len());
            let some = some.iter().cloned().collect();
            let read = self
                .entries_of(&BTreeSet::new(), &some, &some, at.0)
                .await?;
            reading.positions.extend(read.positions);
            reading.auctions.extend(read.auctions);
            reading.strange.extend(read.strange);
        }
        tell(SyncStage::Positions, users.len(), users.len());
        Ok(reading)
    }
}

fn gap(oldest: u32) -> String {
    format!("the servers have no events before ledger {oldest} any more")
}
