//! The database: what was seen, what was decided, what was sent.
//!
//! SQLite in one file, with statements that PostgreSQL takes unchanged; what is SQLite's own is in `open.rs`. One
//! connection writes, others read: within the process nobody waits for a lock, and a write waits for other
//! programs for as long as [`Options::busy_timeout`] says; those behind it are then refused at once. The keeper's process being killed loses nothing that was
//! written; a machine that loses power may lose the last moments, which the chain tells again.
//!
//! | file | what it keeps |
//! |---|---|
//! | `seen.rs` | pools, vaults, positions, auctions, the events' cursor: written in one transaction a ledger |
//! | `decisions.rs` | every decision with its inputs and its outcome |
//! | `transactions.rs` | every transaction, from before it is sent until its end |
//! | `risk.rs` | how the pools stood over time, thinned out with age |
//! | `alerts.rs` | what the operator was told |
//! | `prune.rs` | what is let go of |
//!
//! `change.rs` is how a change begins and ends, `value.rs` how values stand in columns.

mod alerts;
mod change;
mod decisions;
mod error;
mod open;
mod prune;
mod risk;
mod seen;
mod statements;
mod transactions;
mod value;

pub use alerts::{AlertRow, NewAlert};
pub use decisions::{ActionRow, DecisionRow, HistoryFilter, HistoryRow, NewDecision};
pub use error::StoreError;
pub use open::{Identity, Opened, Options, PutAside};
pub use prune::{Keep, Pruned};
pub use risk::RiskPoint;
pub use seen::{AuctionRow, Batch, Cursor, PoolRow, PositionRow, VaultRow};
pub use transactions::{NewTransaction, TransactionRow, TransactionStatus};

use sqlx::SqlitePool;
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
    time::Instant,
};
use tokio::sync::Mutex;

/// The keeper's database. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// One connection; none where the database was opened to be read only.
    writer: Option<SqlitePool>,
    reader: SqlitePool,
    /// Whose turn it is to begin a change, and when the last one found the database locked.
    turn: Mutex<Option<Instant>>,
    /// Held until the store is closed, or dropped: no second keeper on the same file.
    lock: std::sync::Mutex<Option<File>>,
}

impl Store {
    /// Its file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Waits for what is being written, and closes the file. A store that is only dropped loses nothing either.
    pub async fn close(&self) {
        if let Some(writer) = &self.inner.writer {
            writer.close().await;
        }
        self.inner.reader.close().await;
        // Whoever still has a copy of the store can do nothing with it any more.
        let lock = self.inner.lock.lock();
        drop(lock.unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Bytes of the file and of its log of changes.
    pub fn bytes(&self) -> u64 {
        let files = [
            self.inner.path.clone(),
            open::beside(&self.inner.path, "-wal"),
        ];
        let len = |file: &PathBuf| std::fs::metadata(file).map_or(0, |file| file.len());
        files.iter().map(len).sum()
    }

    fn reader(&self) -> &SqlitePool {
        &self.inner.reader
    }
}
