//! A ledger as bytes: what a restart needs.

use crate::{ClosedLedger, Ledger};
use std::sync::Arc;

/// Bytes are no ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// They end too early or say what cannot be.
    #[error("not a ledger: {0}")]
    Malformed(&'static str),
    /// A closed ledger does not follow the last one.
    #[error("ledger {found} does not follow ledger {last}")]
    OutOfOrder {
        /// Sequence number of the last closed ledger.
        last: u32,
        /// Sequence number of the one that should follow.
        found: u32,
    },
    /// The hash of a closed ledger is not what its contents give.
    #[error("ledger {0} does not have the hash that it says")]
    Hash(u32),
}

impl Ledger {
    /// The last closed ledger with its state and the history that is kept, as bytes. Neither the queue nor
    /// what was executed or edited since that ledger closed is part of it.
    pub fn export(&self) -> Vec<u8> {
        todo!()
    }

    /// What [`Ledger::export`] gave.
    ///
    /// # Errors
    /// If the bytes are something else.
    pub fn import(_bytes: &[u8]) -> Result<Self, ImportError> {
        todo!()
    }

    /// Takes a closed ledger over that another run closed after this one's last: its changes, its header,
    /// its place in the history. Nothing is applied again.
    ///
    /// # Errors
    /// If it does not follow the last one, or its hash is wrong. Nothing has changed then.
    pub fn adopt(&mut self, _closed: Arc<ClosedLedger>) -> Result<(), ImportError> {
        todo!()
    }
}

impl ClosedLedger {
    /// As bytes, writes included.
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!()
    }

    /// What [`ClosedLedger::to_bytes`] gave.
    ///
    /// # Errors
    /// If the bytes are something else.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, ImportError> {
        todo!()
    }
}
