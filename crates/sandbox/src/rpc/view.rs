//! The ledger as a request sees it.

use super::RpcError;
use ballast_ledger::{ClosedLedger, Ledger};
use std::{ops::Deref, sync::Arc};

/// The ledger as a request sees it: one moment, whatever closes meanwhile.
pub struct View(Arc<Ledger>);

/// The oldest and the newest ledger that are kept.
pub(crate) struct Range {
    pub oldest: u32,
    pub oldest_time: u64,
    pub latest: u32,
    pub latest_time: u64,
}

impl View {
    /// A ledger as it stands.
    pub fn new(ledger: Arc<Ledger>) -> Self {
        Self(ledger)
    }

    /// The newest closed ledger.
    pub(crate) fn latest(&self) -> Result<&Arc<ClosedLedger>, RpcError> {
        self.history()
            .latest()
            .ok_or_else(|| RpcError::internal("data stores are not initialized"))
    }

    /// Oldest and newest.
    pub(crate) fn range(&self) -> Result<Range, RpcError> {
        let latest = self.latest()?;
        let oldest = self.history().oldest().unwrap_or(latest);
        Ok(Range {
            oldest: oldest.sequence(),
            oldest_time: oldest.close_time(),
            latest: latest.sequence(),
            latest_time: latest.close_time(),
        })
    }
}

impl Deref for View {
    type Target = Ledger;

    fn deref(&self) -> &Ledger {
        &self.0
    }
}

impl Range {
    /// Is this ledger in it?
    pub fn has(&self, sequence: u32) -> bool {
        (self.oldest..=self.latest).contains(&sequence)
    }
}
