//! What a Stellar RPC's simulateTransaction finds out, on the crate that it is made of.
//!
//! It runs the call on a recording host over the last closed ledger, without the cache of parsed code, and
//! adds the real server's margins to what the call used.

use crate::{config::PROTOCOL, record::Snapshot, NetworkConfig, State};
use soroban_env_host::{e2e_invoke::RecordingInvocationAuthMode, events::HostEvent, LedgerInfo};
use soroban_simulation::{
    simulation::{
        simulate_extend_ttl_op, simulate_invoke_host_function_op, simulate_restore_op,
        LedgerEntryDiff, SimulationAdjustmentConfig,
    },
    AutoRestoringSnapshotSource, NetworkConfig as SimulationConfig,
};
use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    rc::Rc,
};
use stellar_xdr::curr::{
    AccountId, ContractEventType, DiagnosticEvent, FeeBumpTransactionInnerTx, InvokeHostFunctionOp,
    LedgerEntry, LedgerKey, Memo, MuxedAccount, Operation, OperationBody, PublicKey, ScVal,
    SorobanAuthorizationEntry, SorobanTransactionData, TransactionEnvelope, TransactionExt,
};

const MODES: [&str; 3] = ["enforce", "record", "record_allow_nonroot"];

/// What a request asks for.
#[derive(Clone, Debug)]
pub struct SimulationOptions {
    /// `enforce`, `record` or `record_allow_nonroot`; empty or none: enforce if the transaction has
    /// authorisation entries, record if it has none.
    pub auth_mode: Option<String>,
    /// Instructions that are added at least to what the call used.
    pub instruction_leeway: u64,
    /// Seed of random numbers, and thus of nonces that are found: a new one for each request.
    pub seed: [u8; 32],
}

impl Default for SimulationOptions {
    fn default() -> Self {
        Self {
            auth_mode: None,
            instruction_leeway: 50_000,
            seed: [0; 32],
        }
    }
}

/// One entry that a transaction would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// Its key.
    pub key: LedgerKey,
    /// The entry as it stands, unless there is none.
    pub before: Option<LedgerEntry>,
    /// The entry as it would be, unless it would be gone.
    pub after: Option<LedgerEntry>,
}

/// What the simulation found.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// Why it failed, in the words of the real server.
    pub error: Option<String>,
    /// What the call returned.
    pub result: Option<ScVal>,
    /// The authorisation entries that the call needs, not signed; or those that it was given.
    pub auth: Vec<SorobanAuthorizationEntry>,
    /// What the transaction has to declare.
    pub transaction_data: Option<SorobanTransactionData>,
    /// The resource fee to declare at least, stroops.
    pub min_resource_fee: i64,
    /// The host's diagnostics.
    pub events: Vec<DiagnosticEvent>,
    /// What a restoring transaction has to declare that must go before this one.
    pub restore_preamble: Option<SorobanTransactionData>,
    /// Entries that would change.
    pub changes: Vec<StateChange>,
    /// Instructions of the call, without margin.
    pub instructions: u32,
    /// Memory of the call, bytes.
    pub memory_bytes: u32,
}

impl Simulation {
    fn failed(error: impl Into<String>) -> Self {
        Self {
            error: Some(error.into()),
            ..Self::default()
        }
    }
}

/// Simulates a transaction's one operation on a state; `info` is the last closed ledger's.
///
/// Contracts that call each other as deeply as the host allows need a stack of some megabytes.
pub fn simulate(
    state: &State,
    config: &NetworkConfig,
    info: &LedgerInfo,
    envelope: &TransactionEnvelope,
    options: &SimulationOptions,
) -> Simulation {
    // A host that panics has to be answered for, too.
    catch_unwind(AssertUnwindSafe(|| {
        simulate_or_panic(state, config, info, envelope, options)
    }))
    .unwrap_or_else(|_| Simulation::failed("panic during preflight() call: unknown cause"))
}

fn simulate_or_panic(
    state: &State,
    config: &NetworkConfig,
    info: &LedgerInfo,
    envelope: &TransactionEnvelope,
    options: &SimulationOptions,
) -> Simulation {
    let parts = match Parts::read(envelope) {
        Ok(parts) => parts,
        Err(error) => return Simulation::failed(error),
    };
    let enforce_or_record = match auth_mode(&parts.operation.body, options.auth_mode.as_deref()) {
        Ok(mode) => mode,
        Err(error) => return Simulation::failed(error),
    };
    debug_assert_eq!(info.protocol_version, PROTOCOL);
    let scene = Scene {
        snapshot: Rc::new(Snapshot::new(state.view(), info.sequence_number)),
        config: config.for_simulation(),
        info,
    };
    match &parts.operation.body {
        OperationBody::InvokeHostFunction(call) => {
            scene.invoke(call, &parts.source(), enforce_or_record, options)
        }
        OperationBody::ExtendFootprintTtl(extend) => match parts.data {
            None => Simulation::failed(NO_DATA),
            Some(data) => scene.extend(
                data.resources.footprint.read_only.as_slice(),
                extend.extend_to,
            ),
        },
        OperationBody::RestoreFootprint(_) => match parts.data {
            None => Simulation::failed(NO_DATA),
            Some(data) => scene.restore(data.resources.footprint.read_write.as_slice()),
        },
        // `auth_mode` has refused it.
        other => Simulation::failed(unsupported(other)),
    }
}

const NO_DATA: &str = "To perform a SimulateTransaction for ExtendFootprintTtl or \
                       RestoreFootprint operations, SorobanTransactionData must be provided";

/// What a simulation reads of an envelope.
struct Parts<'a> {
    operation: &'a Operation,
    source: MuxedAccount,
    data: Option<&'a SorobanTransactionData>,
}

impl<'a> Parts<'a> {
    fn read(envelope: &'a TransactionEnvelope) -> Result<Self, String> {
        let (operations, memo, source, ext) = match envelope {
            TransactionEnvelope::TxV0(old) => (
                &old.tx.operations,
                &old.tx.memo,
                MuxedAccount::Ed25519(old.tx.source_account_ed25519.clone()),
                None,
            ),
            TransactionEnvelope::Tx(new) => (
                &new.tx.operations,
                &new.tx.memo,
                new.tx.source_account.clone(),
                Some(&new.tx.ext),
            ),
            TransactionEnvelope::TxFeeBump(bump) => {
                let FeeBumpTransactionInnerTx::Tx(inner) = &bump.tx.inner_tx;
                (
                    &inner.tx.operations,
                    &inner.tx.memo,
                    bump.tx.fee_source.clone(),
                    Some(&inner.tx.ext),
                )
            }
        };
        let [operation] = operations.as_slice() else {
            return Err("Transaction contains more than one operation".into());
        };
        if *memo != Memo::None {
            return Err(
                "Transaction contains a memo. Soroban transactions do not support memos.".into(),
            );
        }
        Ok(Self {
            operation,
            source,
            data: match ext {
                Some(TransactionExt::V1(data)) => Some(data),
                _ => None,
            },
        })
    }

    fn source(&self) -> AccountId {
        let key = match self
            .operation
            .source_account
            .as_ref()
            .unwrap_or(&self.source)
        {
            MuxedAccount::Ed25519(key) => key,
            MuxedAccount::MuxedEd25519(muxed) => &muxed.ed25519,
        };
        AccountId(PublicKey::PublicKeyTypeEd25519(key.clone()))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum AuthMode {
    Enforce,
    Record,
    RecordAllowNonroot,
}

/// The mode that a request asks for, or the one that fits.
fn auth_mode(body: &OperationBody, asked: Option<&str>) -> Result<AuthMode, String> {
    let asked = asked.unwrap_or_default();
    let mode = match asked {
        "" => None,
        "enforce" => Some(AuthMode::Enforce),
        "record" => Some(AuthMode::Record),
        "record_allow_nonroot" => Some(AuthMode::RecordAllowNonroot),
        _ => {
            return Err(format!(
                "optional 'authMode' must be one of {} when included",
                MODES.join(",")
            ))
        }
    };
    match body {
        OperationBody::InvokeHostFunction(call) => match (mode, call.auth.is_empty()) {
            (None, true) => Ok(AuthMode::Record),
            (None, false) | (Some(AuthMode::Enforce), _) => Ok(AuthMode::Enforce),
            (Some(mode), true) => Ok(mode),
            (Some(_), false) => Err(format!(
                "cannot set authMode to '{asked}' with an auth footprint"
            )),
        },
        OperationBody::ExtendFootprintTtl(_) | OperationBody::RestoreFootprint(_) => match mode {
            None => Ok(AuthMode::Enforce),
            Some(_) => Err("cannot set authMode with non-InvokeHostFunction operations".into()),
        },
        other => Err(unsupported(other)),
    }
}

fn unsupported(body: &OperationBody) -> String {
    format!(
        "transaction contains unsupported operation type: OperationType{}",
        body.name()
    )
}

struct Scene<'a> {
    snapshot: Rc<Snapshot>,
    config: SimulationConfig,
    info: &'a LedgerInfo,
}

impl Scene<'_> {
    fn invoke(
        &self,
        call: &InvokeHostFunctionOp,
        source: &AccountId,
        mode: AuthMode,
        options: &SimulationOptions,
    ) -> Simulation {
        let mut margins = SimulationAdjustmentConfig::default_adjustment();
        let Ok(leeway) = u32::try_from(options.instruction_leeway) else {
            return Simulation::failed("out of range integral type conversion attempted");
        };
        margins.instructions.additive_factor = margins.instructions.additive_factor.max(leeway);
        let mode = match mode {
            AuthMode::Enforce => RecordingInvocationAuthMode::Enforcing(call.auth.to_vec()),
            AuthMode::Record => RecordingInvocationAuthMode::Recording(true),
            AuthMode::RecordAllowNonroot => RecordingInvocationAuthMode::Recording(false),
        };
        let found = simulate_invoke_host_function_op(
            self.snapshot.clone(),
            &self.config,
            &margins,
            self.info,
            call.host_function.clone(),
            mode,
            source,
            options.seed,
            true,
        );
        let found = match found {
            Ok(found) => found,
            Err(error) => return Simulation::failed(format!("{error:?}")),
        };
        let (result, error) = match found.invoke_result {
            Ok(value) => (Some(value), None),
            Err(error) => (
                None,
                Some(host_error(error.error, &found.diagnostic_events)),
            ),
        };
        Simulation {
            error,
            result,
            auth: found.auth,
            min_resource_fee: fee(&found.transaction_data),
            transaction_data: found.transaction_data,
            events: found.diagnostic_events,
            restore_preamble: None,
            changes: found
                .modified_entries
                .into_iter()
                .filter_map(change)
                .collect(),
            instructions: found.simulated_instructions,
            memory_bytes: found.simulated_memory,
        }
    }

    /// Entries that are archived have to be restored first.
    fn extend(&self, keys: &[LedgerKey], extend_to: u32) -> Simulation {
        if self.info.sequence_number.checked_add(extend_to).is_none() {
            return Simulation::failed("the ledger to extend to does not exist");
        }
        let restoring = match AutoRestoringSnapshotSource::new(self.snapshot.clone(), self.info) {
            Ok(restoring) => restoring,
            Err(error) => return Simulation::failed(format!("{error:?}")),
        };
        let margins = SimulationAdjustmentConfig::default_adjustment;
        let extended = simulate_extend_ttl_op(
            &restoring,
            &self.config,
            &margins(),
            self.info,
            keys,
            extend_to,
        );
        let extended = match extended {
            Ok(extended) => extended,
            Err(error) => return Simulation::failed(format!("{error:?}")),
        };
        let restored = restoring.simulate_restore_keys_op(&self.config, &margins(), self.info);
        let (restore_preamble, error) = match restored {
            Ok(restored) => (restored.map(|restored| restored.transaction_data), None),
            Err(error) => (None, Some(format!("{error:?}"))),
        };
        Simulation {
            error,
            min_resource_fee: extended.transaction_data.resource_fee,
            transaction_data: Some(extended.transaction_data),
            restore_preamble,
            ..Simulation::default()
        }
    }

    fn restore(&self, keys: &[LedgerKey]) -> Simulation {
        let restored = simulate_restore_op(
            self.snapshot.as_ref(),
            &self.config,
            &SimulationAdjustmentConfig::default_adjustment(),
            self.info,
            keys,
        );
        match restored {
            Ok(restored) => Simulation {
                min_resource_fee: restored.transaction_data.resource_fee,
                transaction_data: Some(restored.transaction_data),
                ..Simulation::default()
            },
            Err(error) => Simulation::failed(format!("{error:?}")),
        }
    }
}

/// An error of the host with the events that led to it, as the real server prints it. (Its host keeps them
/// with the error, where it is built for tests; this one does not.)
fn host_error(error: soroban_env_host::Error, events: &[DiagnosticEvent]) -> String {
    let mut text = format!("HostError: {error:?}\n");
    if !events.is_empty() {
        text.push_str("\nEvent log (newest first):\n");
    }
    for (index, event) in events.iter().rev().enumerate() {
        let event = HostEvent {
            failed_call: event.event.type_ == ContractEventType::Contract
                && !event.in_successful_contract_call,
            event: event.event.clone(),
        };
        text.push_str(&format!("   {index}: {event}\n"));
    }
    text
}

fn fee(data: &Option<SorobanTransactionData>) -> i64 {
    data.as_ref().map_or(0, |data| data.resource_fee)
}

/// A change, unless the entry is absent before and after.
fn change(diff: LedgerEntryDiff) -> Option<StateChange> {
    let key = crate::key_of(diff.state_before.as_ref().or(diff.state_after.as_ref())?);
    Some(StateChange {
        key,
        before: diff.state_before,
        after: diff.state_after,
    })
}
