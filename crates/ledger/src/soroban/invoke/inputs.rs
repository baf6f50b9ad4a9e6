//! What the host is given: the ledger's entries and the transaction.

use super::check_size;
use crate::{
    soroban::{
        diagnostics::{error_event, error_event_with},
        fees::archived_indices,
        Run, Scene,
    },
    state::{is_persistent, is_soroban},
    Entry,
};
use ballast_transaction::{bytes, to_xdr};
use stellar_xdr::curr::{
    AccountId, DiagnosticEvent, Hash, InvokeHostFunctionOp, InvokeHostFunctionResult, LedgerKey,
    MuxedAccount, Operation, PublicKey, ScError, ScErrorCode, ScVal, TtlEntry, Uint256,
};

/// What the host is given of the ledger.
#[derive(Default)]
pub(super) struct Inputs {
    pub(super) entries: Vec<Entry>,
    pub(super) ttls: Vec<Vec<u8>>,
    pub(super) restored_indices: Vec<u32>,
    pub(super) restored: Vec<LedgerKey>,
}

impl Inputs {
    pub(super) fn read(scene: &Scene<'_>, run: &mut Run) -> Result<Self, InvokeHostFunctionResult> {
        let mut inputs = Self::default();
        let footprint = &scene.resources().footprint;
        for key in footprint.read_only.iter() {
            inputs.read_one(scene, run, key, None)?;
        }
        for (index, key) in footprint.read_write.iter().enumerate() {
            inputs.read_one(scene, run, key, Some(index as u32))?;
        }
        Ok(inputs)
    }

    fn read_one(
        &mut self,
        scene: &Scene<'_>,
        run: &mut Run,
        key: &LedgerKey,
        written: Option<u32>,
    ) -> Result<(), InvokeHostFunctionResult> {
        let Some(entry) = scene.below.get(key) else {
            return Ok(());
        };
        if !is_soroban(key) {
            self.read_from_disk(scene, run, &entry)?;
            self.entries.push(entry);
            self.ttls.push(Vec::new());
            return Ok(());
        }
        let mut live_until = entry.ttl.map_or(u32::MAX, |ttl| ttl.live_until);
        if !entry.is_live(scene.sequence()) {
            if !is_persistent(key) {
                // An expired temporary entry is as good as absent.
                return Ok(());
            }
            match written.filter(|index| archived_indices(scene.data).contains(index)) {
                None => {
                    run.diagnostics.push(archived(key));
                    return Err(InvokeHostFunctionResult::EntryArchived);
                }
                Some(index) => {
                    check_size(scene, run, key, entry.xdr.len())?;
                    self.read_from_disk(scene, run, &entry)?;
                    live_until = scene.restored_until();
                    self.restored_indices.push(index);
                    self.restored.push(key.clone());
                }
            }
        } else {
            check_size(scene, run, key, entry.xdr.len())?;
        }
        self.entries.push(entry);
        self.ttls.push(to_xdr(&TtlEntry {
            // The host only hands it back, and it is not read there.
            key_hash: Hash([0; 32]),
            live_until_ledger_seq: live_until,
        }));
        Ok(())
    }

    fn read_from_disk(
        &self,
        scene: &Scene<'_>,
        run: &mut Run,
        entry: &Entry,
    ) -> Result<(), InvokeHostFunctionResult> {
        let read = run
            .cost
            .disk_read_bytes
            .saturating_add(entry.xdr.len() as u32);
        run.cost.disk_read_bytes = read;
        run.within(
            read.into(),
            scene.resources().disk_read_bytes.into(),
            "operation byte-read resources exceeds amount specified",
        )
    }
}

fn archived(key: &LedgerKey) -> DiagnosticEvent {
    let error = ScError::Value(ScErrorCode::InvalidInput);
    match key {
        LedgerKey::ContractData(data) => error_event_with(
            error,
            "trying to access an archived contract data entry",
            vec![ScVal::Address(data.contract.clone()), data.key.clone()],
        ),
        LedgerKey::ContractCode(code) => error_event_with(
            error,
            "trying to access an archived contract code entry",
            vec![bytes(&code.hash.0)],
        ),
        _ => error_event(error, "trying to access an archived entry", &[]),
    }
}

/// What the host is given of the transaction.
pub(super) struct Encoded {
    pub(super) function: Vec<u8>,
    pub(super) resources: Vec<u8>,
    pub(super) source: Vec<u8>,
    pub(super) auth: Vec<Vec<u8>>,
}

impl Encoded {
    pub(super) fn new(
        scene: &Scene<'_>,
        operation: &Operation,
        call: &InvokeHostFunctionOp,
    ) -> Self {
        let source = operation
            .source_account
            .as_ref()
            .unwrap_or_else(|| scene.frame.source());
        Self {
            function: to_xdr(&call.host_function),
            resources: to_xdr(scene.resources()),
            source: to_xdr(&account_of(source)),
            auth: call.auth.iter().map(to_xdr).collect(),
        }
    }
}

fn account_of(muxed: &MuxedAccount) -> AccountId {
    let Uint256(key) = match muxed {
        MuxedAccount::Ed25519(key) => key,
        MuxedAccount::MuxedEd25519(muxed) => &muxed.ed25519,
    };
    AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(*key)))
}
