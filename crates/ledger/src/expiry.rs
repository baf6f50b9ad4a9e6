//! When temporary entries are gone, and how large the state of contracts is.

use crate::{
    state::{is_persistent, is_soroban},
    Entry, State, Writes,
};
use std::{collections::BTreeSet, sync::Arc};
use stellar_xdr::curr::LedgerKey;

/// Entries dropped in one ledger at most, so that the one after a long jump does not take forever.
const SWEEP: usize = 1_000;

/// Temporary entries by their last ledger, and bytes of the state of contracts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expiry {
    temporary: Arc<BTreeSet<(u32, Arc<LedgerKey>)>>,
    bytes: u64,
}

impl Expiry {
    /// Of a whole state.
    pub(crate) fn of(state: &State) -> Self {
        let mut expiry = Self::default();
        for (key, entry) in state.iter() {
            expiry.change(key, None, Some(entry));
        }
        expiry
    }

    /// Bytes of contract data and code, as XDR.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Temporary entries whose time is over in this ledger, the oldest first.
    pub(crate) fn expired(&self, sequence: u32) -> Vec<Arc<LedgerKey>> {
        let expired = self.temporary.iter();
        let expired = expired.take_while(|(live_until, _)| *live_until < sequence);
        expired.take(SWEEP).map(|(_, key)| key.clone()).collect()
    }

    /// Follows changes from what was before.
    pub(crate) fn follow(&mut self, before: &Writes, writes: &Writes) {
        for (key, after) in writes {
            let before = before.get(key).and_then(Option::as_ref);
            self.change(key, before, after.as_ref());
        }
    }

    fn change(&mut self, key: &Arc<LedgerKey>, before: Option<&Entry>, after: Option<&Entry>) {
        if !is_soroban(key) {
            return;
        }
        let bytes = |entry: Option<&Entry>| entry.map_or(0, |entry| entry.xdr.len() as u64);
        self.bytes = (self.bytes + bytes(after)).saturating_sub(bytes(before));
        if is_persistent(key) {
            return;
        }
        let until = |entry: Option<&Entry>| Some(entry?.ttl?.live_until);
        let (before, after) = (until(before), until(after));
        if before == after {
            return;
        }
        let temporary = Arc::make_mut(&mut self.temporary);
        if let Some(live_until) = before {
            temporary.remove(&(live_until, key.clone()));
        }
        if let Some(live_until) = after {
            temporary.insert((live_until, key.clone()));
        }
    }
}
