//! Runs one transaction: a fresh host over the ledger, the way a validator does it.
//!
//! The host's storage records its footprint while it runs, so one run is enough where a network needs a
//! simulation first. [`Metering::Exact`] adds the validator's own run with that footprint enforced.

use crate::profile::{Call, Profiler};
use crate::{
    cost::{over, Cost},
    ledger::{Ledger, LedgerSource},
    limits::*,
    CallError,
};
use sha2::{Digest, Sha256};
use soroban_env_host::{
    budget::Budget,
    e2e_invoke::{self, entry_size_for_rent},
    events::HostEvent,
    fees::LedgerEntryRentChange,
    storage::{AccessType, EntryWithLiveUntil, Storage},
    DiagnosticLevel, Host, HostError, LedgerInfo, ModuleCache,
};
use soroban_sdk::xdr::{
    AccountId, ContractDataDurability, ContractEventType, DecoratedSignature, HostFunction,
    InvokeHostFunctionOp, LedgerEntryData, LedgerFootprint, LedgerKey, Limits, Memo, MuxedAccount,
    Operation, OperationBody, Preconditions, PublicKey, ScAddress, ScVal, SequenceNumber,
    Signature, SignatureHint, SorobanAuthorizationEntry, SorobanAuthorizedInvocation,
    SorobanResources, SorobanTransactionData, SorobanTransactionDataExt, Transaction,
    TransactionEnvelope, TransactionExt, TransactionV1Envelope, TtlEntry, WriteXdr,
};
use std::{cell::RefCell, rc::Rc};

/// How instructions and memory are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metering {
    /// One run. Counts what contracts and host do, with the footprint recorded on the way; without
    /// the decoding of the transaction and of its entries.
    Fast,
    /// A second run exactly as validators do it, footprint enforced, entries decoded: their figures.
    Exact,
}

pub(crate) enum Authorization {
    /// The entries that come with the transaction.
    Enforce(Vec<SorobanAuthorizationEntry>),
    /// Any; finds out which are needed.
    Record,
}

pub(crate) struct Job<'a> {
    pub(crate) ledger: &'a Rc<RefCell<Ledger>>,
    pub(crate) info: &'a LedgerInfo,
    pub(crate) source: AccountId,
    pub(crate) function: HostFunction,
    pub(crate) authorization: Authorization,
    pub(crate) metering: Metering,
    /// Record the calls within the call.
    pub(crate) profile: bool,
    /// Print the host's diagnostics of a failure.
    pub(crate) trace: bool,
    pub(crate) seed: [u8; 32],
}

pub(crate) struct Outcome {
    pub(crate) result: Result<ScVal, CallError>,
    pub(crate) cost: Cost,
    pub(crate) events: Vec<HostEvent>,
    /// What would have to be authorised (recording only); no address stands for the source.
    pub(crate) recorded: Vec<(Option<ScAddress>, SorobanAuthorizedInvocation)>,
    pub(crate) profile: Option<Call>,
    pub(crate) changes: Vec<(Rc<LedgerKey>, Option<EntryWithLiveUntil>)>,
    /// Codes in the footprint, for the module cache.
    pub(crate) code_keys: Vec<Rc<LedgerKey>>,
}

pub(crate) fn execute(job: Job<'_>, cache: &RefCell<Option<ModuleCache>>) -> Outcome {
    let source = Rc::new(LedgerSource(job.ledger.clone()));
    let budget = fresh_budget();
    let host =
        Host::with_storage_and_budget(Storage::with_recording_footprint(source), budget.clone());
    let auth = match &job.authorization {
        Authorization::Enforce(entries) => entries.clone(),
        Authorization::Record => Vec::new(),
    };
    if let Err(error) = prepare(&host, &job, &auth, cache) {
        *cache.borrow_mut() = host.take_module_cache().ok();
        return Outcome::failed(error.into());
    }

    let result = host.invoke_function(job.function.clone());
    let mut cost = Cost {
        instructions: budget.get_cpu_insns_consumed().unwrap_or(0),
        memory_bytes: budget.get_mem_bytes_consumed().unwrap_or(0),
        ..Cost::default()
    };
    // What follows is bookkeeping of the chain, not of the transaction.
    let _ = budget.reset_default();

    let recorded = match job.authorization {
        Authorization::Record => host
            .get_recorded_auth_payloads()
            .unwrap_or_default()
            .into_iter()
            .map(|payload| (payload.address, payload.invocation))
            .collect(),
        Authorization::Enforce(_) => Vec::new(),
    };
    *cache.borrow_mut() = host.take_module_cache().ok();
    if let (Err(error), true) = (&result, job.trace) {
        eprintln!("{error:?}");
    }

    let (storage, events) = match host.try_finish() {
        Ok(finished) => finished,
        Err(error) => return Outcome::failed(error.into()),
    };
    let mut outcome = Outcome {
        result: Ok(ScVal::Void),
        cost: Cost::default(),
        events: Vec::new(),
        recorded,
        profile: None,
        changes: Vec::new(),
        code_keys: Vec::new(),
    };
    let value = match result {
        Ok(value) => value,
        Err(error) => {
            outcome.result = Err(error.into());
            outcome.cost = cost;
            return outcome;
        }
    };
    outcome.events = events
        .0
        .into_iter()
        .filter(|event| !event.failed_call && event.event.type_ == ContractEventType::Contract)
        .collect();
    cost.event_bytes = outcome
        .events
        .iter()
        .map(|event| xdr_size(&event.event))
        .sum();
    cost.return_bytes = xdr_size(&value);

    let touched = Touched::read(&storage, job.ledger, job.info, &budget);
    cost.read_entries = touched.footprint.read_only.len() as u32;
    cost.write_entries = touched.footprint.read_write.len() as u32;
    cost.disk_read_entries = touched.disk_read_entries;
    cost.disk_read_bytes = touched.disk_read_bytes;
    cost.write_bytes = touched.write_bytes;
    outcome.code_keys = touched.code_keys;

    let resources = SorobanResources {
        footprint: touched.footprint,
        instructions: u32::try_from(cost.instructions).unwrap_or(u32::MAX),
        disk_read_bytes: cost.disk_read_bytes,
        write_bytes: cost.write_bytes,
    };
    let envelope = envelope(&job, &auth, resources.clone());
    cost.transaction_bytes = xdr_size(&envelope);
    let exactly = job.profile || job.metering == Metering::Exact;
    if exactly && matches!(job.authorization, Authorization::Enforce(_)) {
        match exact(&job, &auth, &resources, &value, cache) {
            Ok(run) => {
                outcome.profile = run.profile;
                if job.metering == Metering::Exact {
                    cost.instructions = run.instructions;
                    cost.memory_bytes = run.memory_bytes;
                }
            }
            Err(error) => {
                outcome.result = Err(error);
                outcome.events.clear();
                outcome.cost = cost;
                return outcome;
            }
        }
    }
    cost.charge(&touched.rent, job.info);
    outcome.result = cost.check().and(touched.sizes).map(|()| value);
    outcome.cost = cost;
    if outcome.result.is_ok() {
        outcome.changes = touched.changes;
    } else {
        outcome.events.clear();
    }
    outcome
}

impl Outcome {
    fn failed(error: CallError) -> Self {
        Self {
            result: Err(error),
            cost: Cost::default(),
            events: Vec::new(),
            recorded: Vec::new(),
            profile: None,
            changes: Vec::new(),
            code_keys: Vec::new(),
        }
    }
}

fn fresh_budget() -> Budget {
    // The protocol's costs. Their limit on memory is the network's, that on instructions is lower.
    Budget::default()
}

fn prepare(
    host: &Host,
    job: &Job<'_>,
    auth: &[SorobanAuthorizationEntry],
    cache: &RefCell<Option<ModuleCache>>,
) -> Result<(), HostError> {
    host.set_source_account(job.source.clone())?;
    host.set_ledger_info(job.info.clone())?;
    match &job.authorization {
        Authorization::Enforce(_) => host.set_authorization_entries(auth.to_vec())?,
        Authorization::Record => host.switch_to_recording_auth(false)?,
    }
    host.set_base_prng_seed(job.seed)?;
    if job.trace {
        host.set_diagnostic_level(DiagnosticLevel::Debug)?;
    }
    // The host keeps the cache while it runs and gives it back: copying it would cost more than many
    // a call.
    if let Some(cache) = cache.borrow_mut().take() {
        host.set_module_cache(cache)?;
    }
    Ok(())
}

struct Exact {
    instructions: u64,
    memory_bytes: u64,
    profile: Option<Call>,
}

/// The validator's run: everything decoded from XDR, footprint enforced.
fn exact(
    job: &Job<'_>,
    auth: &[SorobanAuthorizationEntry],
    resources: &SorobanResources,
    expected: &ScVal,
    cache: &RefCell<Option<ModuleCache>>,
) -> Result<Exact, CallError> {
    let ledger = job.ledger.borrow();
    let mut entries = Vec::new();
    let mut ttls = Vec::new();
    let mut restored = Vec::new();
    let footprint = &resources.footprint;
    let keys = footprint.read_only.iter().map(|key| (key, None));
    let written = footprint.read_write.iter().enumerate();
    for (key, index) in keys.chain(written.map(|(index, key)| (key, Some(index as u32)))) {
        let Some((entry, live_until)) = ledger.get(key) else {
            continue;
        };
        entries.push(xdr(entry.as_ref()));
        ttls.push(match live_until {
            None => Vec::new(),
            Some(last) => {
                if *last < job.info.sequence_number {
                    if !is_persistent(key) {
                        entries.pop();
                        continue;
                    }
                    restored.extend(index);
                }
                xdr(&TtlEntry {
                    key_hash: sha256(&xdr(key)).into(),
                    live_until_ledger_seq: *last,
                })
            }
        });
    }
    let budget = fresh_budget();
    let cache = cache.borrow().clone();
    let auth: Vec<Vec<u8>> = auth.iter().map(xdr).collect();
    let profiler = Profiler::new();
    let mut diagnostics = Vec::new();
    let run = e2e_invoke::invoke_host_function(
        &budget,
        job.profile,
        xdr(&job.function),
        xdr(resources),
        &restored,
        xdr(&job.source),
        auth.into_iter(),
        job.info.clone(),
        entries.into_iter(),
        ttls.into_iter(),
        job.seed.to_vec(),
        &mut diagnostics,
        job.profile.then(|| profiler.hook()),
        cache,
    )?;
    let value = run.encoded_invoke_result?;
    debug_assert_eq!(value, xdr(expected));
    Ok(Exact {
        instructions: budget.get_cpu_insns_consumed().unwrap_or(0),
        memory_bytes: budget.get_mem_bytes_consumed().unwrap_or(0),
        profile: job.profile.then(|| profiler.finish(&diagnostics)).flatten(),
    })
}

/// What a finished run did to the ledger.
struct Touched {
    footprint: LedgerFootprint,
    changes: Vec<(Rc<LedgerKey>, Option<EntryWithLiveUntil>)>,
    code_keys: Vec<Rc<LedgerKey>>,
    rent: Vec<LedgerEntryRentChange>,
    disk_read_entries: u32,
    disk_read_bytes: u32,
    write_bytes: u32,
    /// Are keys and entries within their own limits?
    sizes: Result<(), CallError>,
}

impl Touched {
    fn read(
        storage: &Storage,
        ledger: &Rc<RefCell<Ledger>>,
        info: &LedgerInfo,
        budget: &Budget,
    ) -> Self {
        let ledger = ledger.borrow();
        let mut read_only = Vec::new();
        let mut read_write = Vec::new();
        let mut touched = Self {
            footprint: LedgerFootprint {
                read_only: Default::default(),
                read_write: Default::default(),
            },
            changes: Vec::new(),
            code_keys: Vec::new(),
            rent: Vec::new(),
            disk_read_entries: 0,
            disk_read_bytes: 0,
            write_bytes: 0,
            sizes: Ok(()),
        };
        for (key, access) in &storage.footprint.0 {
            let written = *access == AccessType::ReadWrite;
            let before = ledger.get(key);
            // Touched only by a nested call that failed and was caught: unchanged.
            let after = match storage.map.get::<Rc<LedgerKey>>(key, budget) {
                Ok(Some(value)) => value.clone(),
                _ => before.cloned(),
            };
            touched.entry(key, written, before, after, info, budget);
            match written {
                true => read_write.push(key.as_ref().clone()),
                false => read_only.push(key.as_ref().clone()),
            }
        }
        // The limit on the footprint is far below what these vectors hold.
        touched.footprint.read_only = read_only.try_into().unwrap_or_default();
        touched.footprint.read_write = read_write.try_into().unwrap_or_default();
        touched
    }

    fn entry(
        &mut self,
        key: &Rc<LedgerKey>,
        written: bool,
        before: Option<&EntryWithLiveUntil>,
        after: Option<EntryWithLiveUntil>,
        info: &LedgerInfo,
        budget: &Budget,
    ) {
        let is_code = matches!(key.as_ref(), LedgerKey::ContractCode(_));
        let is_soroban = is_code || matches!(key.as_ref(), LedgerKey::ContractData(_));
        if is_code {
            self.code_keys.push(key.clone());
        }
        let live_before = before.and_then(|(_, live_until)| *live_until);
        let live_after = after.as_ref().and_then(|(_, live_until)| *live_until);
        let expired = live_before.is_some_and(|last| last < info.sequence_number);
        let restored = expired && is_persistent(key);
        if !is_soroban || restored {
            self.disk_read_entries += 1;
            self.disk_read_bytes += before.map_or(0, |(entry, _)| xdr_size(entry.as_ref()));
        }
        if !written && live_before == live_after {
            return;
        }
        self.changes.push((key.clone(), after.clone()));
        let Some((entry, live_until)) = after else {
            return;
        };
        let size = xdr_size(entry.as_ref());
        if written {
            self.write_bytes += size;
            self.check_sizes(key, &entry.data, size);
        }
        let Some(live_until) = live_until else { return };
        let rent_size = |entry, size| entry_size_for_rent(budget, entry, size).unwrap_or(size);
        // Expired or new entries pay for their whole life.
        let before = before.filter(|_| !expired);
        self.rent.push(LedgerEntryRentChange {
            is_persistent: is_persistent(key),
            is_code_entry: is_code,
            old_size_bytes: before.map_or(0, |(entry, _)| {
                rent_size(entry.as_ref(), xdr_size(entry.as_ref()))
            }),
            new_size_bytes: rent_size(entry.as_ref(), size),
            old_live_until_ledger: before.and(live_before).unwrap_or(0),
            new_live_until_ledger: live_until,
        });
    }

    fn check_sizes(&mut self, key: &LedgerKey, data: &LedgerEntryData, size: u32) {
        let checks = match data {
            LedgerEntryData::ContractData(_) => [
                ("key bytes", xdr_size(key), MAX_KEY_BYTES),
                ("entry bytes", size, MAX_ENTRY_BYTES),
            ],
            LedgerEntryData::ContractCode(code) => [
                ("code bytes", code.code.len() as u32, MAX_CODE_BYTES),
                ("", 0, 0),
            ],
            _ => return,
        };
        for (name, used, limit) in checks {
            if used > limit && self.sizes.is_ok() {
                self.sizes = Err(over(name, used.into(), limit.into()));
            }
        }
    }
}

/// The signed transaction, for its size.
fn envelope(
    job: &Job<'_>,
    auth: &[SorobanAuthorizationEntry],
    resources: SorobanResources,
) -> TransactionEnvelope {
    let AccountId(PublicKey::PublicKeyTypeEd25519(source)) = &job.source;
    let operation = Operation {
        source_account: None,
        body: OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
            host_function: job.function.clone(),
            auth: auth.to_vec().try_into().unwrap_or_default(),
        }),
    };
    let signature = DecoratedSignature {
        hint: SignatureHint([0; 4]),
        signature: Signature(vec![0; 64].try_into().unwrap_or_default()),
    };
    TransactionEnvelope::Tx(TransactionV1Envelope {
        tx: Transaction {
            source_account: MuxedAccount::Ed25519(source.clone()),
            fee: 0,
            seq_num: SequenceNumber(0),
            cond: Preconditions::None,
            memo: Memo::None,
            operations: vec![operation].try_into().unwrap_or_default(),
            ext: TransactionExt::V1(SorobanTransactionData {
                ext: SorobanTransactionDataExt::V0,
                resources,
                resource_fee: 0,
            }),
        },
        signatures: vec![signature].try_into().unwrap_or_default(),
    })
}

fn is_persistent(key: &LedgerKey) -> bool {
    match key {
        LedgerKey::ContractData(data) => data.durability == ContractDataDurability::Persistent,
        LedgerKey::ContractCode(_) => true,
        _ => false,
    }
}

pub(crate) fn xdr(value: &impl WriteXdr) -> Vec<u8> {
    // Writing to memory without a limit does not fail.
    value.to_xdr(Limits::none()).unwrap_or_default()
}

fn xdr_size(value: &impl WriteXdr) -> u32 {
    xdr(value).len() as u32
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
