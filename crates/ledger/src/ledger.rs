//! The ledger: what validators agree on, in one process.

use crate::{
    Applied, ClosedLedger, Entry, FeeStats, History, Limits, NetworkConfig, Queue, State, Submitted,
};
use ballast_transaction::Network;
use std::sync::Arc;
use stellar_xdr::curr::{LedgerHeader, LedgerHeaderHistoryEntry, LedgerKey, TransactionEnvelope};

/// How a ledger begins.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The network.
    pub network: Network,
    /// Whose limits and fees.
    pub limits: Limits,
    /// Sequence number of the first closed ledger, at least 1.
    pub sequence: u32,
    /// Its close time, unix seconds.
    pub close_time: u64,
    /// How many closed ledgers are kept. 0: none, and no metas are made.
    pub history_ledgers: u32,
}

/// Everything that a ledger is at a moment. Cheap to clone: nothing is copied that does not change.
#[derive(Clone)]
pub struct Checkpoint {
    network: Network,
    config: Arc<NetworkConfig>,
    state: State,
    last: LedgerHeaderHistoryEntry,
    building: LedgerHeader,
    queue: Arc<Queue>,
    history: Arc<History>,
}

/// A ledger: state, queue, the ledger being built and the closed ones that are kept.
#[derive(Clone)]
pub struct Ledger {
    inner: Checkpoint,
}

impl Ledger {
    /// A new ledger: the root account has every lumen, and one ledger is closed.
    pub fn genesis(_genesis: Genesis) -> Self {
        todo!()
    }

    /// Checks a transaction and queues it.
    pub fn submit(&mut self, _envelope: TransactionEnvelope) -> Submitted {
        todo!()
    }

    /// Closes the ledger being built: what was executed in it and what the queue has, as far as the limits
    /// allow. Its close time is at least the last one's.
    pub fn close(&mut self, _close_time: u64) -> Arc<ClosedLedger> {
        todo!()
    }

    /// Checks a transaction and applies it at once to the ledger being built, of which it is a part when
    /// that closes. For harnesses: no queue, no limits of the ledger, the lowest inclusion fee.
    pub fn execute(&mut self, _envelope: TransactionEnvelope) -> Applied {
        todo!()
    }

    /// Makes this the next ledger to be built; none in between exist. What was executed so far is closed
    /// before, unless only the time moves.
    pub fn jump(&mut self, _sequence: u32, _close_time: u64) {
        todo!()
    }

    /// Puts an entry from outside of any transaction. For harnesses.
    pub fn edit(&mut self, _entry: Entry) {
        todo!()
    }

    /// Removes an entry from outside of any transaction. For harnesses.
    pub fn erase(&mut self, _key: &LedgerKey) {
        todo!()
    }

    /// The state of the ledger being built: the last closed one's and what was executed since.
    pub fn state(&self) -> &State {
        &self.inner.state
    }

    /// The last closed ledger's header.
    pub fn header(&self) -> &LedgerHeader {
        &self.inner.last.header
    }

    /// Hash of the last closed ledger.
    pub fn hash(&self) -> [u8; 32] {
        self.inner.last.hash.0
    }

    /// The header of the ledger being built, as far as it is known: sequence number, expected close time,
    /// base fee and reserve, fee pool.
    pub fn building(&self) -> &LedgerHeader {
        &self.inner.building
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.inner.network
    }

    /// Its configuration.
    pub fn config(&self) -> &NetworkConfig {
        &self.inner.config
    }

    /// The closed ledgers that are kept.
    pub fn history(&self) -> &History {
        &self.inner.history
    }

    /// What was bid to be included in the last ledgers.
    pub fn fee_stats(&self) -> FeeStats {
        self.inner.history.fee_stats()
    }

    /// Transactions that wait.
    pub fn queue(&self) -> &Queue {
        &self.inner.queue
    }

    /// Everything as it stands, to come back to. Cheap: nothing is copied that does not change.
    pub fn checkpoint(&self) -> Checkpoint {
        self.inner.clone()
    }

    /// Comes back.
    pub fn revert(&mut self, checkpoint: &Checkpoint) {
        self.inner = checkpoint.clone();
    }
}
