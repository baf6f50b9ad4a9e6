//! The state as a recording host reads it.

use crate::{Read, State};
use soroban_env_host::{
    storage::{EntryWithLiveUntil, SnapshotSource},
    HostError,
};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};
use stellar_xdr::curr::{
    AccountEntry, AccountEntryExt, AccountEntryExtensionV1, AccountEntryExtensionV1Ext,
    AccountEntryExtensionV2, AccountEntryExtensionV2Ext, AccountEntryExtensionV3, ExtensionPoint,
    LedgerEntryData, LedgerKey, Liabilities, SponsorshipDescriptor, TimePoint,
};

/// The state as a recording host reads it: live entries and archived ones, not temporary ones that have
/// expired.
pub(crate) struct Snapshot {
    state: State,
    sequence: u32,
    /// What was read, since the host wants its own kind of shared entries.
    read: RefCell<BTreeMap<Rc<LedgerKey>, Option<EntryWithLiveUntil>>>,
}

impl Snapshot {
    pub(crate) fn new(state: State, sequence: u32) -> Self {
        Self {
            state,
            sequence,
            read: RefCell::default(),
        }
    }

    fn look_up(&self, key: &LedgerKey) -> Option<EntryWithLiveUntil> {
        let found = self.state.get(key)?;
        if !crate::state::is_persistent(key) && !found.is_live(self.sequence) {
            return None;
        }
        let mut entry = found.entry.as_ref().clone();
        if let LedgerEntryData::Account(account) = &mut entry.data {
            extend(account);
        }
        Some((Rc::new(entry), found.ttl.map(|ttl| ttl.live_until)))
    }
}

impl SnapshotSource for Snapshot {
    fn get(&self, key: &Rc<LedgerKey>) -> Result<Option<EntryWithLiveUntil>, HostError> {
        if let Some(entry) = self.read.borrow().get(key) {
            return Ok(entry.clone());
        }
        let entry = self.look_up(key);
        self.read.borrow_mut().insert(key.clone(), entry.clone());
        Ok(entry)
    }
}

/// An account as it is once a transaction has used its sequence number, and thus as large: the network
/// notes then when that was.
fn extend(account: &mut AccountEntry) {
    let signers = account.signers.len();
    if account.ext == AccountEntryExt::V0 {
        account.ext = AccountEntryExt::V1(AccountEntryExtensionV1 {
            liabilities: Liabilities::default(),
            ext: AccountEntryExtensionV1Ext::V0,
        });
    }
    let AccountEntryExt::V1(v1) = &mut account.ext else {
        return;
    };
    if v1.ext == AccountEntryExtensionV1Ext::V0 {
        v1.ext = AccountEntryExtensionV1Ext::V2(AccountEntryExtensionV2 {
            num_sponsored: 0,
            num_sponsoring: 0,
            signer_sponsoring_i_ds: vec![SponsorshipDescriptor(None); signers]
                .try_into()
                .unwrap_or_default(),
            ext: AccountEntryExtensionV2Ext::V0,
        });
    }
    let AccountEntryExtensionV1Ext::V2(v2) = &mut v1.ext else {
        return;
    };
    if v2.ext == AccountEntryExtensionV2Ext::V0 {
        v2.ext = AccountEntryExtensionV2Ext::V3(AccountEntryExtensionV3 {
            ext: ExtensionPoint::V0,
            seq_ledger: 0,
            seq_time: TimePoint(0),
        });
    }
}
