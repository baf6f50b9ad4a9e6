//! A ledger taken apart, for those who keep it, and put together again.

use crate::{
    expiry::Expiry,
    header::{digest, hash},
    modules::Modules,
    ClosedLedger, History, Ledger, Limits, NetworkConfig, Queue, State,
};
use ballast_transaction::Network;
use std::sync::Arc;
use stellar_xdr::curr::LedgerHeaderHistoryEntry;

/// Everything of a ledger that a restart needs. Neither the queue nor what was executed or edited since the
/// last ledger closed is part of it.
#[derive(Clone)]
pub struct Image {
    /// The network.
    pub network: Network,
    /// Whose limits they were in the beginning.
    pub limits: Limits,
    /// How many closed ledgers are kept.
    pub history_ledgers: u32,
    /// The last closed ledger.
    pub last: LedgerHeaderHistoryEntry,
    /// Its state.
    pub state: State,
    /// Closed ledgers, the oldest first.
    pub history: Vec<Arc<ClosedLedger>>,
    /// Sequence number and close time of a ledger that was jumped to and is not closed.
    pub next: Option<(u32, u64)>,
}

/// A closed ledger cannot be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It does not follow the last one.
    #[error("ledger {found} does not follow ledger {last}")]
    OutOfOrder {
        /// Sequence number of the last closed ledger.
        last: u32,
        /// Sequence number of the one that should follow.
        found: u32,
    },
    /// Its hash is not what its header and its writes give.
    #[error("ledger {0} does not have the hash that its contents give")]
    Hash(u32),
}

impl Ledger {
    /// Takes it apart. Cheap: entries and closed ledgers are shared.
    pub fn export(&self) -> Image {
        let building = &self.building;
        Image {
            network: self.network.clone(),
            limits: self.limits,
            history_ledgers: self.history.window(),
            last: self.last.clone(),
            state: self.state.settled(),
            history: self.history.from(0).cloned().collect(),
            next: self
                .jumped
                .then_some((building.ledger_seq, building.scp_value.close_time.0)),
        }
    }

    /// Puts it together.
    pub fn import(image: Image) -> Self {
        let mut state = image.state;
        state.settle();
        let mut history = History::new(image.history_ledgers);
        for ledger in image.history {
            history.push(ledger);
        }
        let mut ledger = Self {
            network: image.network,
            limits: image.limits,
            config: Arc::new(NetworkConfig::load(&state)),
            building: image.last.header.clone(),
            jumped: false,
            executed: Vec::new(),
            queue: Queue::default(),
            history: Arc::new(history),
            modules: Modules::of(&state, image.last.header.ledger_seq),
            expiry: Expiry::of(&state),
            last: image.last,
            state,
        };
        ledger.begin();
        if let Some((sequence, close_time)) = image.next {
            ledger.jump(sequence, close_time);
        }
        ledger
    }

    /// Takes a closed ledger over that another run closed after this one's last: its changes, its header,
    /// its place in the history. Nothing is applied again. What was executed since the last ledger is
    /// dropped.
    ///
    /// # Errors
    /// If it does not follow the last one, or its hash is wrong. Nothing has changed then.
    pub fn replay(&mut self, closed: Arc<ClosedLedger>) -> Result<(), ReplayError> {
        let (last, header) = (&self.last, &closed.header.header);
        let follows = header.ledger_seq > last.header.ledger_seq
            && header.previous_ledger_hash == last.hash
            && header.scp_value.close_time >= last.header.scp_value.close_time;
        if !follows {
            return Err(ReplayError::OutOfOrder {
                last: last.header.ledger_seq,
                found: header.ledger_seq,
            });
        }
        let state_digest = digest(&last.header.bucket_list_hash, &closed.writes);
        if hash(header) != closed.header.hash || state_digest != header.bucket_list_hash {
            return Err(ReplayError::Hash(header.ledger_seq));
        }
        self.state = self.state.settled();
        self.state.apply(closed.writes.clone());
        self.last = closed.header.clone();
        self.follow(&closed.writes);
        self.settle(&closed);
        Ok(())
    }
}
