//! Where closed ledgers are written down.

use ballast_ledger::{ClosedLedger, Ledger};

/// Where closed ledgers are written down, before any client sees them.
pub trait Journal: Send {
    /// A ledger closed; `ledger` is how it stands now.
    ///
    /// # Errors
    /// If it could not be written down. The server stops then.
    fn closed(&mut self, ledger: &Ledger, closed: &ClosedLedger) -> std::io::Result<()>;
}
