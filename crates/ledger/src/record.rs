//! What a call needs: footprint, resources and authorisation, found in one run on a recording host.
//!
//! For harnesses, which need no simulation as a server answers it: code comes parsed from the cache, and
//! resources are what the call uses, without a margin for a ledger that moves on. Never used to apply.

mod profile;
mod profiler;
mod snapshot;
mod touched;

pub use profile::Call;
pub(crate) use snapshot::Snapshot;

use crate::{NetworkConfig, State};
use ballast_transaction::xdr_len;
use soroban_env_host::{
    budget::Budget,
    fees::{compute_transaction_resource_fee, TransactionResources},
    storage::Storage,
    DiagnosticLevel, Host, HostError, LedgerInfo, ModuleCache,
};
use std::rc::Rc;
use stellar_xdr::curr::{
    AccountId, ContractEvent, ContractEventType, DiagnosticEvent, HostFunction, ScVal,
    SorobanAuthorizationEntry, SorobanResources, SorobanResourcesExtV0, SorobanTransactionData,
    SorobanTransactionDataExt,
};

/// Whose authorisation a recorded call has.
#[derive(Clone, Debug)]
pub enum RecordAuth {
    /// What these entries give.
    Enforce(Vec<SorobanAuthorizationEntry>),
    /// Everybody's: finds out whose is needed.
    Record,
}

/// A call to be recorded.
#[derive(Clone, Debug)]
pub struct Request {
    /// Source account of the operation.
    pub source: AccountId,
    /// The function.
    pub function: HostFunction,
    /// Authorisation.
    pub auth: RecordAuth,
    /// Seed of its random numbers. Nonces that are found follow from it.
    pub seed: [u8; 32],
    /// Instructions that it may use.
    pub instructions: u32,
    /// Keep the host's diagnostics.
    pub diagnostics: bool,
    /// Find the calls within the call, in a second run with the footprint that was found and with the
    /// authorisation as it is given (or found): it has to be enough.
    pub profile: bool,
}

/// What a call did and needs.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// What the function returned, or why it failed.
    pub result: Result<ScVal, HostError>,
    /// Footprint and resources: as much as the network will count when it applies the call, or very little
    /// more. If it failed, as far as it came.
    pub resources: SorobanResources,
    /// Indices of the read-write footprint whose entries are archived and will be restored.
    pub archived: Vec<u32>,
    /// The authorisation entries that it needs, not signed; or those that it was given.
    pub auth: Vec<SorobanAuthorizationEntry>,
    /// Events of contracts.
    pub events: Vec<ContractEvent>,
    /// Bytes of the events.
    pub event_bytes: u32,
    /// Bytes of the return value.
    pub return_bytes: u32,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// What the entries' lives cost, stroops.
    pub rent_fee: i64,
    /// The host's diagnostics.
    pub diagnostics: Vec<DiagnosticEvent>,
    /// The calls, if they were recorded.
    pub profile: Option<Call>,
}

impl Recorded {
    /// What the transaction has to declare, if its envelope is so large. The fee covers exactly what the
    /// network will take.
    pub fn transaction_data(
        &self,
        config: &NetworkConfig,
        envelope_bytes: u32,
    ) -> SorobanTransactionData {
        let resources = TransactionResources {
            instructions: self.resources.instructions,
            disk_read_entries: self.disk_read_entries(),
            write_entries: self.resources.footprint.read_write.len() as u32,
            disk_read_bytes: self.resources.disk_read_bytes,
            write_bytes: self.resources.write_bytes,
            contract_events_size_bytes: self.event_bytes.saturating_add(self.return_bytes),
            transaction_size_bytes: envelope_bytes,
        };
        let (non_refundable, refundable) =
            compute_transaction_resource_fee(&resources, &config.fees);
        SorobanTransactionData {
            ext: match self.archived.as_slice() {
                [] => SorobanTransactionDataExt::V0,
                indices => SorobanTransactionDataExt::V1(SorobanResourcesExtV0 {
                    archived_soroban_entries: indices.to_vec().try_into().unwrap_or_default(),
                }),
            },
            resources: self.resources.clone(),
            resource_fee: non_refundable
                .saturating_add(refundable)
                .saturating_add(self.rent_fee),
        }
    }

    /// Entries that it reads from disk.
    pub fn disk_read_entries(&self) -> u32 {
        let footprint = &self.resources.footprint;
        let keys = footprint
            .read_only
            .iter()
            .chain(footprint.read_write.iter());
        let classic = keys.filter(|key| !crate::state::is_soroban(key)).count();
        (classic + self.archived.len()) as u32
    }
}

/// Runs a call and finds what it needs. Nothing is changed.
pub fn record(
    state: &State,
    config: &NetworkConfig,
    info: &LedgerInfo,
    cache: &ModuleCache,
    request: Request,
) -> Recorded {
    let budget = match config.budget(request.instructions) {
        Ok(budget) => budget,
        Err(error) => return Recorded::failed(error),
    };
    let snapshot = Rc::new(Snapshot::new(state.view(), info.sequence_number));
    let storage = Storage::with_recording_footprint(snapshot.clone());
    let host = Host::with_storage_and_budget(storage, budget.clone());
    if let Err(error) = prepare(&host, info, cache, &request) {
        return Recorded::failed(error);
    }
    let result = host.invoke_function(request.function.clone());
    let auth = match &request.auth {
        RecordAuth::Enforce(entries) => entries.clone(),
        RecordAuth::Record => {
            let entries = needed(&host);
            // Where the call is applied the host has to read them.
            let _ = host.set_authorization_entries(entries.clone());
            entries
        }
    };
    // What follows is paid for by a budget of its own.
    let mut recorded = Recorded::failed_or(result, &budget);
    recorded.auth = auth;
    let (storage, events) = match host.try_finish() {
        Ok(finished) => finished,
        Err(error) => return Recorded::failed(error),
    };
    for told in events.0 {
        if request.diagnostics {
            recorded.diagnostics.push(DiagnosticEvent {
                in_successful_contract_call: !told.failed_call,
                event: told.event.clone(),
            });
        }
        let kept = !told.failed_call && told.event.type_ != ContractEventType::Diagnostic;
        if kept && recorded.result.is_ok() {
            recorded.event_bytes += xdr_len(&told.event);
            recorded.events.push(told.event);
        }
    }
    if let Ok(value) = &recorded.result {
        recorded.return_bytes = xdr_len(value);
    }
    let filled = touched::fill(
        &mut recorded,
        &request.function,
        &request.source,
        config,
        info,
        &snapshot,
        &storage,
    );
    if let (Err(error), true) = (filled, recorded.result.is_ok()) {
        recorded.result = Err(error);
    }
    if request.profile {
        recorded.profile = profile::profile(state, config, info, cache, &request, &recorded);
    }
    recorded
}

fn prepare(
    host: &Host,
    info: &LedgerInfo,
    cache: &ModuleCache,
    request: &Request,
) -> Result<(), HostError> {
    host.set_source_account(request.source.clone())?;
    host.set_ledger_info(info.clone())?;
    match &request.auth {
        RecordAuth::Enforce(entries) => host.set_authorization_entries(entries.clone())?,
        RecordAuth::Record => host.switch_to_recording_auth(false)?,
    }
    host.set_base_prng_seed(request.seed)?;
    if request.diagnostics {
        host.set_diagnostic_level(DiagnosticLevel::Debug)?;
    }
    host.set_module_cache(cache.clone())
}

/// The authorisation entries that a recording host found, not signed.
fn needed(host: &Host) -> Vec<SorobanAuthorizationEntry> {
    use stellar_xdr::curr::{SorobanAddressCredentials, SorobanCredentials};
    let payloads = host.get_recorded_auth_payloads().unwrap_or_default();
    let entries = payloads
        .into_iter()
        .map(|payload| SorobanAuthorizationEntry {
            credentials: match (payload.address, payload.nonce) {
                (Some(address), Some(nonce)) => {
                    SorobanCredentials::Address(SorobanAddressCredentials {
                        address,
                        nonce,
                        signature_expiration_ledger: 0,
                        signature: ScVal::Void,
                    })
                }
                _ => SorobanCredentials::SourceAccount,
            },
            root_invocation: payload.invocation,
        });
    entries.collect()
}

impl Recorded {
    fn failed(error: HostError) -> Self {
        Self {
            result: Err(error),
            resources: SorobanResources::default(),
            archived: Vec::new(),
            auth: Vec::new(),
            events: Vec::new(),
            event_bytes: 0,
            return_bytes: 0,
            memory_bytes: 0,
            rent_fee: 0,
            diagnostics: Vec::new(),
            profile: None,
        }
    }

    fn failed_or(result: Result<ScVal, HostError>, budget: &Budget) -> Self {
        let instructions = budget.get_cpu_insns_consumed().unwrap_or(u64::MAX);
        let mut recorded = match result {
            Ok(value) => Self {
                result: Ok(value),
                ..Self::failed(HostError::from(
                    soroban_env_host::Error::from_contract_error(0),
                ))
            },
            Err(error) => Self::failed(error),
        };
        recorded.resources.instructions = u32::try_from(instructions).unwrap_or(u32::MAX);
        recorded.memory_bytes = budget.get_mem_bytes_consumed().unwrap_or(u64::MAX);
        recorded
    }
}
