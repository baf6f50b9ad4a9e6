//! The chain of ledgers.

/// The chain of ledgers, its queue and its history.
pub struct Ledger {}
