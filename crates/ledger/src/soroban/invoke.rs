//! InvokeHostFunction.

use super::{
    diagnostics::{error_event, error_event_with, host_failed},
    fees::archived_indices,
    Executed, Run, Scene,
};
use crate::{
    state::{is_persistent, is_soroban, Ttl},
    Entry, Writes,
};
use ballast_transaction::{bytes, sha256, to_xdr};
use soroban_env_host::{
    budget::Budget,
    e2e_invoke::{
        extract_rent_changes, invoke_host_function, InvokeHostFunctionResult as HostResult,
        LedgerEntryChange,
    },
    fees::compute_rent_fee,
    HostError,
};
use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::Arc,
};
use stellar_xdr::curr::{
    AccountId, ContractEvent, DiagnosticEvent, Hash, InvokeHostFunctionOp,
    InvokeHostFunctionResult, LedgerEntry, LedgerKey, Limits, MuxedAccount, Operation,
    OperationResult, OperationResultTr, PublicKey, ReadXdr, ScError, ScErrorCode, ScVal, TtlEntry,
    Uint256,
};

const EXCEEDED: ScError = ScError::Budget(ScErrorCode::ExceededLimit);

pub(super) fn execute(
    scene: &Scene<'_>,
    operation: &Operation,
    call: &InvokeHostFunctionOp,
    seed: [u8; 32],
) -> Executed {
    let mut run = Run::default();
    match apply(scene, operation, call, seed, &mut run) {
        Ok(done) => Executed {
            restored: done.restored,
            events: done.events,
            return_value: Some(done.return_value),
            ..Executed::succeeded(
                OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::Success(done.hash)),
                run,
                done.writes,
            )
        },
        Err(code) => {
            let result = OperationResultTr::InvokeHostFunction(code);
            Executed::failed(OperationResult::OpInner(result), run)
        }
    }
}

/// A call that succeeded.
struct Done {
    hash: Hash,
    return_value: ScVal,
    events: Vec<ContractEvent>,
    writes: Writes,
    restored: Vec<LedgerKey>,
}

fn apply(
    scene: &Scene<'_>,
    operation: &Operation,
    call: &InvokeHostFunctionOp,
    seed: [u8; 32],
    run: &mut Run,
) -> Result<Done, InvokeHostFunctionResult> {
    let inputs = Inputs::read(scene, run)?;
    let encoded = Encoded::new(scene, operation, call);
    let with_diagnostics = scene.context.diagnostics;
    let (result, budget, diagnostics) = invoke(scene, &inputs, &encoded, seed, with_diagnostics);
    run.diagnostics.extend(diagnostics);
    run.cost.instructions = budget.get_cpu_insns_consumed().unwrap_or(u64::MAX);
    run.cost.memory_bytes = budget.get_mem_bytes_consumed().unwrap_or(u64::MAX);
    let outcome = match result.and_then(|host| {
        let HostResult {
            encoded_invoke_result,
            ledger_changes,
            encoded_contract_events,
        } = host;
        encoded_invoke_result.map(|value| (value, ledger_changes, encoded_contract_events))
    }) {
        Ok((value, changes, events)) => {
            finish(scene, inputs.restored.clone(), value, &changes, events, run)
        }
        Err(error) => Err(failure(scene, error, run)),
    };
    if outcome.is_err() && !with_diagnostics {
        // The host is deterministic: a second run tells what the first one did not write down.
        let (_, _, told) = invoke(scene, &inputs, &encoded, seed, true);
        run.diagnostics.splice(0..0, told);
    }
    outcome
}

/// What the host is given of the ledger.
#[derive(Default)]
struct Inputs {
    entries: Vec<Entry>,
    ttls: Vec<Vec<u8>>,
    restored_indices: Vec<u32>,
    restored: Vec<LedgerKey>,
}

impl Inputs {
    fn read(scene: &Scene<'_>, run: &mut Run) -> Result<Self, InvokeHostFunctionResult> {
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

impl Run {
    fn within(
        &mut self,
        used: u64,
        limit: u64,
        message: &str,
    ) -> Result<(), InvokeHostFunctionResult> {
        if used <= limit {
            return Ok(());
        }
        self.diagnostics
            .push(error_event(EXCEEDED, message, &[used, limit]));
        Err(InvokeHostFunctionResult::ResourceLimitExceeded)
    }
}

/// Is an entry as it is read or written within its own limit?
fn check_size(
    scene: &Scene<'_>,
    run: &mut Run,
    key: &LedgerKey,
    size: usize,
) -> Result<(), InvokeHostFunctionResult> {
    match super::entry_too_large(scene.config(), key, size) {
        None => Ok(()),
        Some(event) => {
            run.diagnostics.push(event);
            Err(InvokeHostFunctionResult::ResourceLimitExceeded)
        }
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
struct Encoded {
    function: Vec<u8>,
    resources: Vec<u8>,
    source: Vec<u8>,
    auth: Vec<Vec<u8>>,
}

impl Encoded {
    fn new(scene: &Scene<'_>, operation: &Operation, call: &InvokeHostFunctionOp) -> Self {
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

fn invoke(
    scene: &Scene<'_>,
    inputs: &Inputs,
    encoded: &Encoded,
    seed: [u8; 32],
    diagnostics: bool,
) -> (Result<HostResult, HostError>, Budget, Vec<DiagnosticEvent>) {
    let mut events = Vec::new();
    let budget = match scene.config().budget(scene.resources().instructions) {
        Ok(budget) => budget,
        Err(error) => return (Err(error), Budget::default(), events),
    };
    let auth: Vec<&[u8]> = encoded.auth.iter().map(Vec::as_slice).collect();
    let entries: Vec<&[u8]> = inputs.entries.iter().map(|entry| &*entry.xdr).collect();
    let ttls: Vec<&[u8]> = inputs.ttls.iter().map(Vec::as_slice).collect();
    let info = scene
        .config()
        .ledger_info(scene.context.header, scene.context.network.id());
    // Core too takes a host that panics for one that failed within.
    let result = catch_unwind(AssertUnwindSafe(|| {
        invoke_host_function(
            &budget,
            diagnostics,
            encoded.function.as_slice(),
            encoded.resources.as_slice(),
            &inputs.restored_indices,
            encoded.source.as_slice(),
            auth.into_iter(),
            info,
            entries.into_iter(),
            ttls.into_iter(),
            seed.as_slice(),
            &mut events,
            None,
            Some(scene.context.cache.clone()),
        )
    }))
    .unwrap_or_else(|_| {
        Err(HostError::from(
            soroban_env_host::Error::from_type_and_code(
                stellar_xdr::curr::ScErrorType::Context,
                ScErrorCode::InternalError,
            ),
        ))
    });
    (result, budget, events)
}

fn failure(scene: &Scene<'_>, error: HostError, run: &mut Run) -> InvokeHostFunctionResult {
    run.diagnostics.push(host_failed(error.error));
    let (instructions, memory) = (run.cost.instructions, run.cost.memory_bytes);
    let limits = run
        .within(
            instructions,
            scene.resources().instructions.into(),
            "operation instructions exceeds amount specified",
        )
        .and_then(|()| {
            run.within(
                memory,
                scene.config().tx_max_memory_bytes.into(),
                "operation memory usage exceeds network config limit",
            )
        });
    limits.err().unwrap_or(InvokeHostFunctionResult::Trapped)
}

/// Takes over what a call that went through did, as far as its limits and its fee allow.
fn finish(
    scene: &Scene<'_>,
    restored: Vec<LedgerKey>,
    value: Vec<u8>,
    changes: &[LedgerEntryChange],
    events: Vec<Vec<u8>>,
    run: &mut Run,
) -> Result<Done, InvokeHostFunctionResult> {
    let writes = take_changes(scene, changes, run)?;
    let limit = u64::from(scene.config().tx_max_event_bytes);
    for event in &events {
        run.cost.event_bytes = run.cost.event_bytes.saturating_add(event.len() as u32);
        run.within(
            run.cost.event_bytes.into(),
            limit,
            "total events size exceeds network config maximum",
        )?;
    }
    run.cost.return_bytes = value.len() as u32;
    let event_bytes = run.cost.event_bytes.saturating_add(run.cost.return_bytes);
    run.within(
        event_bytes.into(),
        limit,
        "return value pushes events size above network config maximum",
    )?;
    run.cost.rent_fee = compute_rent_fee(
        &extract_rent_changes(changes),
        &scene.config().rent_fees,
        scene.sequence(),
    );
    if !run.consume_refundable(scene, event_bytes) {
        return Err(InvokeHostFunctionResult::InsufficientRefundableFee);
    }
    Ok(Done {
        hash: success_hash(&value, &events),
        return_value: decode(&value)?,
        events: events
            .iter()
            .map(|event| decode(event))
            .collect::<Result<_, _>>()?,
        writes,
        restored,
    })
}

fn take_changes(
    scene: &Scene<'_>,
    changes: &[LedgerEntryChange],
    run: &mut Run,
) -> Result<Writes, InvokeHostFunctionResult> {
    let sequence = scene.sequence();
    let mut writes = Writes::new();
    for change in changes {
        let key: LedgerKey = decode(&change.encoded_key)?;
        let ttl = change
            .ttl_change
            .as_ref()
            .filter(|ttl| ttl.new_live_until_ledger > ttl.old_live_until_ledger)
            .map(|ttl| Ttl {
                live_until: ttl.new_live_until_ledger,
                last_modified: sequence,
            });
        match (&change.encoded_new_value, ttl) {
            _ if change.read_only => {
                if let (Some(entry), Some(ttl)) = (ttl.and(scene.below.get(&key)), ttl) {
                    writes.insert(Arc::new(key), Some(entry.with_ttl(ttl)));
                }
            }
            (None, _) => {
                if scene.below.get(&key).is_some() {
                    writes.insert(Arc::new(key), None);
                }
            }
            (Some(value), ttl) => {
                check_size(scene, run, &key, value.len())?;
                run.cost.write_bytes = run.cost.write_bytes.saturating_add(value.len() as u32);
                run.within(
                    run.cost.write_bytes.into(),
                    scene.resources().write_bytes.into(),
                    "operation byte-write resources exceeds amount specified",
                )?;
                let ttl = ttl.or_else(|| scene.below.get(&key)?.ttl);
                let entry = written(value, sequence, ttl)?;
                writes.insert(Arc::new(key), Some(entry));
            }
        }
    }
    Ok(writes)
}

/// An entry as the host gives it, modified in this ledger. Every entry that may be written is, changed or
/// not, as core does it.
fn written(
    value: &[u8],
    sequence: u32,
    ttl: Option<Ttl>,
) -> Result<Entry, InvokeHostFunctionResult> {
    let mut xdr = value.to_vec();
    // The number of the ledger that modified it is an entry's first field.
    if let Some(field) = xdr.first_chunk_mut() {
        *field = sequence.to_be_bytes();
    }
    let entry: LedgerEntry = decode(&xdr)?;
    Ok(Entry {
        entry: Arc::new(entry),
        xdr: xdr.into(),
        ttl,
    })
}

/// Hash of what a call gave: its return value and its events.
fn success_hash(value: &[u8], events: &[Vec<u8>]) -> Hash {
    let mut preimage = value.to_vec();
    preimage.extend((events.len() as u32).to_be_bytes());
    for event in events {
        preimage.extend(event);
    }
    Hash(sha256(&preimage))
}

/// Decodes what the host encoded, which does not fail.
fn decode<T: ReadXdr>(xdr: &[u8]) -> Result<T, InvokeHostFunctionResult> {
    T::from_xdr(xdr, Limits::none()).map_err(|_| InvokeHostFunctionResult::Trapped)
}
