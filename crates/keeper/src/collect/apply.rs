//! What was read, applied at once.

use super::{
    reading::{At, Reading},
    told::{Change, Notice, Tick},
    Collector, PoolWatch, VaultBrief,
};
use crate::{
    book::{Book, Thresholds},
    model::{Borrower, Market, OpenAuction, Shares},
    store::{AuctionRow, Batch, Cursor, PoolRow, PositionRow, VaultRow},
};
use ballast_client::value::{Address, VaultState};
use std::{
    collections::{btree_map::Entry, BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

/// When a vault takes steps.
pub(super) fn thresholds(state: &VaultState) -> Thresholds {
    let policy = &state.policy.core;
    let moves = policy.volatility_z_e2 > 0;
    Thresholds {
        soft_e7: policy.soft_e7,
        lowered_at_most_e7: if moves {
            policy.volatility_shift_max_e7
        } else {
            0
        },
        automation: state.automation,
    }
}

/// A borrower with nothing.
pub(super) fn nobody(address: &Address) -> Borrower {
    Borrower {
        address: address.clone(),
        shares: Vec::new(),
    }
}

/// What changes in memory also goes into the database.
#[derive(Default)]
pub(super) struct Applied {
    pub changes: Vec<Change>,
    pub notices: Vec<Notice>,
    pub batch: Batch,
}

impl Collector {
    /// Applies a reading of a ledger. No await: it is applied whole or not at all.
    pub(super) fn apply(&mut self, at: (u32, u64), seen: Instant, reading: Reading) -> Tick {
        let mut applied = Applied::default();
        let elapsed = at.1.saturating_sub(self.closed_at);
        (self.ledger, self.closed_at) = at;
        self.strange = reading.strange.clone();
        self.apply_check(&reading, &mut applied);
        self.known.strange(&self.strange.why, &mut applied.notices);
        for (info, market) in reading.markets {
            match market {
                Ok(market) => {
                    self.known.readable(&info.pool, &mut applied.notices);
                    self.infos.insert(info.pool.clone(), info);
                    self.set_market(market, &reading.pools, &mut applied);
                }
                Err(error) => {
                    let why = error.to_string();
                    self.known.unreadable(&info.pool, why, &mut applied.notices);
                }
            }
        }
        for (pool, why) in reading.unreadable {
            self.known.unreadable(&pool, why, &mut applied.notices);
        }
        if let Some(listed) = &reading.listed {
            self.keep(listed, &mut applied);
        }
        for (vault, state, created) in reading.states {
            self.set_vault(vault, state, created, reading.ledger, &mut applied);
        }
        for (at, shares) in reading.positions {
            self.set_position(at, shares, reading.ledger, &mut applied);
        }
        for (at, auction) in reading.auctions {
            self.set_auction(at, auction, &mut applied);
        }
        for (vault, event) in reading.told {
            if self.watch.vaults.contains_key(&vault) {
                let event = Box::new(event);
                applied.changes.push(Change::Stepped { vault, event });
            }
        }
        let rebuilt = reading.rebuilt.is_some();
        if let Some((from, why)) = reading.rebuilt {
            applied.notices.push(Notice::Rebuilt {
                from,
                to: reading.through,
                why,
            });
        }
        self.through = match rebuilt {
            // Also after the chain was set back.
            true => reading.through,
            false => self.through.max(reading.through),
        };
        // Servers' own cursors say no more than the ledger does; its time tells it from another network's.
        applied.batch.cursor = Some(Cursor {
            cursor: Some(at.1.to_string()),
            ledger: self.ledger,
        });
        self.start_check(elapsed, &mut applied);
        self.saver.save(applied.batch);
        self.known
            .look(&self.endpoints, &self.saver, &mut applied.notices);
        Tick {
            ledger: at.0,
            closed_at: at.1,
            seen,
            changes: applied.changes,
            notices: applied.notices,
        }
    }

    /// Forgets vaults that the factory does not have: those of another network in the database.
    fn keep(&mut self, listed: &BTreeSet<Address>, applied: &mut Applied) {
        let pools = &mut self.watch.pools;
        self.watch.vaults.retain(|vault, brief| {
            let is_listed = listed.contains(vault);
            if !is_listed {
                applied.batch.vaults_gone.push(vault.clone());
                applied.batch.positions.push(PositionRow {
                    pool: brief.pool.clone(),
                    borrower: nobody(vault),
                    ledger: 0,
                });
                if let Some(watch) = pools.get_mut(&brief.pool) {
                    watch.book.remove(vault);
                }
            }
            is_listed
        });
    }

    fn set_market(&mut self, market: Market, set: &BTreeSet<Address>, applied: &mut Applied) {
        let pool = market.pool.clone();
        self.known.prices(&market, &mut applied.notices);
        self.unwatched.remove(&pool);
        let watch = match self.watch.pools.entry(pool.clone()) {
            Entry::Vacant(place) => {
                applied.batch.pools.push(PoolRow {
                    pool: pool.clone(),
                    checked_ledger: 0,
                });
                place.insert(PoolWatch {
                    market: Arc::new(market),
                    book: Book::new(),
                    auctions: BTreeMap::new(),
                });
                applied.changes.push(Change::PoolState { pool });
                return;
            }
            Entry::Occupied(place) => place.into_mut(),
        };
        let before = &watch.market;
        for reserve in &market.reserves {
            let old = before.reserve_of(&reserve.asset);
            if old.is_none_or(|old| old.feed.last != reserve.feed.last) {
                applied.changes.push(Change::Price {
                    pool: pool.clone(),
                    asset: reserve.asset.clone(),
                });
            }
        }
        if set.contains(&pool) || differs(before, &market) {
            applied.changes.push(Change::PoolState { pool });
        }
        watch.market = Arc::new(market);
    }

    pub(super) fn set_vault(
        &mut self,
        vault: Address,
        state: VaultState,
        created: Option<u32>,
        ledger: u32,
        applied: &mut Applied,
    ) {
        let before = self.watch.vaults.get(&vault);
        let created_ledger = created
            .or(before.map(|before| before.created_ledger))
            .unwrap_or(ledger);
        let brief = VaultBrief {
            pool: state.links.pool.clone(),
            owner: state.owner.clone(),
            created_ledger,
            thresholds: thresholds(&state),
        };
        match before {
            None => applied.changes.push(Change::NewVault {
                vault: vault.clone(),
            }),
            Some(before) if *before != brief => applied.changes.push(Change::Vault {
                vault: vault.clone(),
            }),
            Some(_) => {}
        }
        if let Some(watch) = self.watch.pools.get_mut(&brief.pool) {
            let borrower = Borrower {
                shares: watch.book.shares(&vault).unwrap_or_default(),
                address: vault.clone(),
            };
            watch.book.set(&borrower, Some(&brief.thresholds));
        } else {
            self.unwatched.insert(brief.pool.clone());
        }
        applied.batch.vaults.push(VaultRow {
            address: vault.clone(),
            pool: brief.pool.clone(),
            owner: brief.owner.clone(),
            created_ledger,
            state,
            ledger,
        });
        self.watch.vaults.insert(vault, brief);
    }

    pub(super) fn set_position(
        &mut self,
        (pool, user): At,
        shares: Vec<Shares>,
        ledger: u32,
        applied: &mut Applied,
    ) {
        let Some(watch) = self.watch.pools.get_mut(&pool) else {
            return;
        };
        if watch.book.shares(&user).unwrap_or_default() == shares {
            return;
        }
        let vault = self.watch.vaults.get(&user);
        let vault = vault.filter(|vault| vault.pool == pool);
        let borrower = Borrower {
            address: user.clone(),
            shares,
        };
        watch
            .book
            .set(&borrower, vault.map(|vault| &vault.thresholds));
        applied.changes.push(Change::Position {
            pool: pool.clone(),
            borrower: user,
        });
        applied.batch.positions.push(PositionRow {
            pool,
            borrower,
            ledger,
        });
    }

    pub(super) fn set_auction(
        &mut self,
        (pool, user): At,
        auction: Option<OpenAuction>,
        applied: &mut Applied,
    ) {
        let Some(watch) = self.watch.pools.get_mut(&pool) else {
            return;
        };
        let before = watch.auctions.get(&user);
        if before == auction.as_ref() {
            return;
        }
        let Some(auction) = auction else {
            watch.auctions.remove(&user);
            applied
                .batch
                .auctions_closed
                .push((pool.clone(), user.clone()));
            applied.changes.push(Change::AuctionClosed { pool, user });
            return;
        };
        // A partial fill leaves the rest of the same auction.
        if before.is_none_or(|before| before.start_ledger != auction.start_ledger) {
            applied.changes.push(Change::AuctionOpened {
                pool: pool.clone(),
                user: user.clone(),
            });
        }
        applied.batch.auctions_open.push(AuctionRow {
            pool,
            user: user.clone(),
            auction: auction.clone(),
        });
        watch.auctions.insert(user, auction);
    }
}

/// Whether something was set differently; rates, supplies and prices move all the time.
fn differs(before: &Market, now: &Market) -> bool {
    let set = |market: &Market| {
        let of = |reserve: &crate::model::Reserve| {
            (
                reserve.asset.clone(),
                reserve.collateral_factor_e7,
                reserve.liability_factor_e7,
                reserve.max_utilization_e7,
                reserve.enabled,
            )
        };
        let reserves: Vec<_> = market.reserves.iter().map(of).collect();
        (
            market.status,
            market.min_collateral,
            market.oracle.clone(),
            reserves,
        )
    };
    set(before) != set(now)
}
