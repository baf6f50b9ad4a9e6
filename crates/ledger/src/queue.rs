//! Transactions that wait to be in a ledger.

use stellar_xdr::curr::{DiagnosticEvent, TransactionResult};

/// What became of a transaction that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Its hash.
    pub hash: [u8; 32],
    /// What became of it.
    pub status: SubmitStatus,
}

/// What became of a transaction that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitStatus {
    /// It waits.
    Pending,
    /// It waited already.
    Duplicate,
    /// Its account has another one waiting, the queue is full of better bids, or it was dropped lately.
    TryAgainLater,
    /// It cannot be applied.
    Error {
        /// Why.
        result: Box<TransactionResult>,
        /// What the network says to it besides.
        diagnostics: Vec<DiagnosticEvent>,
    },
}

/// Transactions that wait to be in a ledger: at most one of an account.
#[derive(Clone, Debug, Default)]
pub struct Queue {}

impl Queue {
    /// How many wait.
    pub fn len(&self) -> usize {
        0
    }

    /// Does none wait?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
