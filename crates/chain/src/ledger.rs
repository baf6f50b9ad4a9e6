//! The state of the ledger between transactions.

use soroban_env_host::{
    storage::{EntryWithLiveUntil, SnapshotSource},
    HostError,
};
use soroban_sdk::xdr::{
    ContractDataDurability, LedgerEntry, LedgerEntryData, LedgerEntryExt, LedgerKey,
};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// Every entry with the last ledger that it lives in (none for classic entries).
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    entries: BTreeMap<Rc<LedgerKey>, EntryWithLiveUntil>,
}

impl Ledger {
    pub(crate) fn get(&self, key: &LedgerKey) -> Option<&EntryWithLiveUntil> {
        self.entries.get(key)
    }

    pub(crate) fn put(&mut self, key: Rc<LedgerKey>, value: Option<EntryWithLiveUntil>) {
        match value {
            Some(entry) => self.entries.insert(key, entry),
            None => self.entries.remove(&key),
        };
    }

    /// Stores a classic entry as it stands.
    pub(crate) fn put_classic(&mut self, key: LedgerKey, data: LedgerEntryData, sequence: u32) {
        let entry = LedgerEntry {
            last_modified_ledger_seq: sequence,
            data,
            ext: LedgerEntryExt::V0,
        };
        self.put(Rc::new(key), Some((Rc::new(entry), None)));
    }

    /// Drops temporary entries (spent nonces, mostly) whose time is over, as validators do.
    pub(crate) fn evict_expired(&mut self, sequence: u32) {
        self.entries.retain(|key, (_, live_until)| {
            let temporary = matches!(
                key.as_ref(),
                LedgerKey::ContractData(data) if data.durability == ContractDataDurability::Temporary
            );
            !temporary || live_until.is_none_or(|last| last >= sequence)
        });
    }

    /// Gives expired code a new life until `live_until`.
    pub(crate) fn restore_code(&mut self, sequence: u32, live_until: u32) {
        for (key, (_, last)) in &mut self.entries {
            let expired = last.is_some_and(|last| last < sequence);
            if expired && matches!(key.as_ref(), LedgerKey::ContractCode(_)) {
                *last = Some(live_until);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Rc<LedgerKey>, &EntryWithLiveUntil)> {
        self.entries.iter()
    }
}

/// The ledger as the host reads it.
pub(crate) struct LedgerSource(pub(crate) Rc<RefCell<Ledger>>);

impl SnapshotSource for LedgerSource {
    fn get(&self, key: &Rc<LedgerKey>) -> Result<Option<EntryWithLiveUntil>, HostError> {
        Ok(self.0.borrow().get(key).cloned())
    }
}
