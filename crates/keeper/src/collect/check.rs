//! The steady check: every entry once in a while, whatever events said.
//!
//! It runs beside the ledgers, a piece with each: entries are read in the background, and compared when the next
//! ledger is applied. What events named in between is left out: it may rightly differ.

use super::{
    apply::{thresholds, Applied},
    listing,
    reading::{entries_of, At, Reading},
    told::Notice,
    CollectError, Collector,
};
use crate::store::PoolRow;
use ballast_client::value::Address;
use std::collections::BTreeSet;
use tokio::task::JoinHandle;

/// Positions of one piece, at most: with vault and auction three keys each.
const MOST: u64 = 600;

/// How far the check is.
#[derive(Debug, Default)]
pub(super) struct Check {
    /// What is still to be checked, the last first.
    left: Vec<At>,
    /// When the factory's vaults were counted last, by ledgers' time.
    counted_at: u64,
    /// Checks that are due, in parts of a piece.
    due: f64,
    running: Option<JoinHandle<Result<Reading, CollectError>>>,
    /// What events named since the piece under way was begun.
    touched: BTreeSet<At>,
    touched_vaults: BTreeSet<Address>,
}

impl Collector {
    /// Compares the piece that was read with what is known. `reading` is what is about to be applied.
    pub(super) fn apply_check(&mut self, reading: &Reading, applied: &mut Applied) {
        let positions = reading.positions.iter().map(|(at, _)| at);
        let auctions = reading.auctions.iter().map(|(at, _)| at);
        self.check
            .touched
            .extend(positions.chain(auctions).cloned());
        let states = reading.states.iter().map(|(vault, ..)| vault.clone());
        self.check.touched_vaults.extend(states);
        if !self
            .check
            .running
            .as_ref()
            .is_some_and(JoinHandle::is_finished)
        {
            return;
        }
        let Some(done) = self.check.running.take().and_then(take) else {
            return;
        };
        // The RPC failed: the same will be checked the next time round.
        let Ok(read) = done else {
            return;
        };
        // What makes no sense is read again with the next ledger.
        self.strange.extend(read.strange);
        for (vault, state, created) in read.states {
            if self.check.touched_vaults.contains(&vault) {
                continue;
            }
            let known = self.watch.vaults.get(&vault);
            let same = known.is_some_and(|known| {
                known.owner == state.owner
                    && known.pool == state.links.pool
                    && known.thresholds == thresholds(&state)
            });
            if !same {
                let what = match known {
                    None => format!("vault {vault} was not known"),
                    Some(_) => format!("vault {vault} had another policy or owner"),
                };
                self.set_vault(vault, state, created, read.ledger, applied);
                applied.notices.push(Notice::CheckMended { what });
            }
        }
        for (at, shares) in read.positions {
            if !self.check.touched.contains(&at) {
                let before = applied.changes.len();
                let what = format!("the position of {} was another", at.1);
                self.set_position(at, shares, read.ledger, applied);
                mended(before, what, applied);
            }
        }
        for (at, auction) in read.auctions {
            if !self.check.touched.contains(&at) {
                let before = applied.changes.len();
                let what = format!("the auction of {} was another", at.1);
                self.set_auction(at, auction, applied);
                mended(before, what, applied);
            }
        }
    }

    /// Begins the next piece, if one is due: as much as is fair for the time that has passed.
    pub(super) fn start_check(&mut self, elapsed: u64, applied: &mut Applied) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if self.check.running.is_some() {
            return;
        }
        if self.check.left.is_empty() {
            self.check.left = self.everybody();
            applied
                .batch
                .pools
                .extend(self.watch.pools.keys().map(|pool| PoolRow {
                    pool: pool.clone(),
                    checked_ledger: self.ledger,
                }));
        }
        let all: usize = self.watch.pools.values().map(|pool| pool.book.len()).sum();
        let period = self.settings.full_check.as_secs().max(1);
        self.check.due += all as f64 * (elapsed as f64 / period as f64);
        let count = (self.check.due as u64).min(MOST) as usize;
        let counts = self.closed_at.abs_diff(self.check.counted_at) >= period;
        if count == 0 && !counts {
            return;
        }
        self.check.due = 0.0;
        let left = &mut self.check.left;
        let piece: BTreeSet<At> = left
            .split_off(left.len().saturating_sub(count))
            .into_iter()
            .collect();
        let vaults = piece.iter().map(|(_, user)| user);
        let vaults = vaults
            .filter(|user| self.watch.vaults.contains_key(*user))
            .cloned()
            .collect();
        let held = piece.iter().filter(|at| self.holds(at)).cloned().collect();
        self.check.touched.clear();
        self.check.touched_vaults.clear();
        let (endpoints, ledger) = (self.endpoints.clone(), self.ledger);
        let listed = counts.then(|| {
            self.check.counted_at = self.closed_at;
            let known = self.watch.vaults.keys().cloned().collect();
            (self.settings.factory.clone(), known)
        });
        self.check.running = Some(runtime.spawn(async move {
            let read = entries_of(&endpoints, &vaults, &piece, &piece, &held, ledger).await;
            let mut read = read?;
            if let Some((factory, known)) = listed {
                let more = listing::unknown(&endpoints, &factory, &known, ledger).await?;
                read.states.extend(more.states);
                read.positions.extend(more.positions);
                read.auctions.extend(more.auctions);
                read.strange.extend(more.strange);
            }
            Ok(read)
        }));
    }

    /// Whose entries there are to check.
    fn everybody(&self) -> Vec<At> {
        let of = |(pool, watch): (&Address, &super::PoolWatch)| {
            let users = watch.book.addresses().chain(watch.auctions.keys().cloned());
            users
                .map(|user| (pool.clone(), user))
                .collect::<BTreeSet<_>>()
        };
        self.watch.pools.iter().flat_map(of).collect()
    }
}

fn mended(before: usize, what: String, applied: &mut Applied) {
    if applied.changes.len() > before {
        applied.notices.push(Notice::CheckMended { what });
    }
}

/// What a task that has ended gave.
fn take<T>(task: JoinHandle<T>) -> Option<T> {
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };
    match pin!(task).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done.ok(),
        Poll::Pending => None,
    }
}
