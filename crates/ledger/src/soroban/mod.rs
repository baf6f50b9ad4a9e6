//! Operations that run or keep contracts: what stellar-core does around the host, protocol 25.
//!
//! The host counts instructions and memory and enforces authorisation and footprint. Everything else is
//! done here: which entries it is given, archived ones, what is read from disk and written, sizes, events,
//! rent and refundable fee, and the result codes.

mod diagnostics;
mod extend;
mod fees;
mod invoke;
mod modules;
mod restore;
mod validity;

pub(crate) use diagnostics::error_event;
pub use fees::{disk_read_entries, non_refundable_fee};
pub use modules::{cache_code, new_module_cache};
pub use validity::{check_operation, check_resources, diagnose_resources};

use crate::{state::is_persistent, Context, Cost, Entry, Frame, NetworkConfig, Read, Writes};
use fees::resource_fees;
use soroban_env_host::{e2e_invoke::entry_size_for_rent, fees::LedgerEntryRentChange};
use stellar_xdr::curr::{
    ContractEvent, DiagnosticEvent, LedgerKey, Operation, OperationBody, OperationResult,
    OperationResultTr, ScError, ScErrorCode, ScVal, SorobanResources, SorobanTransactionData,
};

/// An operation that ran.
#[derive(Clone, Debug)]
pub struct Executed {
    /// Its result.
    pub result: OperationResult,
    /// What it changed; nothing unless it succeeded.
    pub writes: Writes,
    /// Entries that were archived before.
    pub restored: Vec<LedgerKey>,
    /// Events of the contracts.
    pub events: Vec<ContractEvent>,
    /// What the invoked function returned.
    pub return_value: Option<ScVal>,
    /// The host's diagnostics and why the operation failed.
    pub diagnostics: Vec<DiagnosticEvent>,
    /// What it used and costs, without the fee for inclusion. Instructions, memory and bytes are those that
    /// it used, the entries those that it declares, as they are charged; fees as charged.
    pub cost: Cost,
    /// Charged of the refundable fee: events, return value and rent, stroops. Nothing if it failed.
    pub refundable_used: i64,
}

/// Runs an operation that [`check_operation`] found well formed, in a transaction that
/// [`check_resources`] did.
pub fn execute(
    below: &dyn Read,
    context: &Context<'_>,
    frame: &Frame,
    operation: &Operation,
    seed: [u8; 32],
) -> Executed {
    let Some(data) = frame.soroban_data() else {
        // Such a transaction is malformed and never gets here.
        return Executed::failed(OperationResult::OpNotSupported, Run::default());
    };
    let scene = Scene {
        below,
        context,
        frame,
        data,
    };
    let mut executed = match &operation.body {
        OperationBody::InvokeHostFunction(call) => invoke::execute(&scene, operation, call, seed),
        OperationBody::ExtendFootprintTtl(extend) => extend::execute(&scene, extend),
        OperationBody::RestoreFootprint(_) => restore::execute(&scene),
        _ => Executed::failed(OperationResult::OpNotSupported, Run::default()),
    };
    scene.complete(&mut executed);
    executed
}

/// What an operation runs in.
struct Scene<'a> {
    below: &'a dyn Read,
    context: &'a Context<'a>,
    frame: &'a Frame,
    data: &'a SorobanTransactionData,
}

impl Scene<'_> {
    fn config(&self) -> &NetworkConfig {
        self.context.config
    }

    fn resources(&self) -> &SorobanResources {
        &self.data.resources
    }

    /// The ledger being built.
    fn sequence(&self) -> u32 {
        self.context.header.ledger_seq
    }

    /// Until when a restored entry lives.
    fn restored_until(&self) -> u32 {
        self.sequence()
            .saturating_add(self.config().min_persistent_ttl)
            .saturating_sub(1)
    }

    /// What is known of every operation's cost.
    fn complete(&self, executed: &mut Executed) {
        let footprint = &self.data.resources.footprint;
        let cost = &mut executed.cost;
        cost.read_entries = footprint.read_only.len() as u32;
        cost.write_entries = footprint.read_write.len() as u32;
        cost.disk_read_entries = disk_read_entries(self.frame);
        cost.transaction_bytes = self.frame.bytes();
        cost.non_refundable_fee = non_refundable_fee(self.config(), self.frame);
    }
}

/// What piles up while an operation runs.
#[derive(Default)]
struct Run {
    cost: Cost,
    diagnostics: Vec<DiagnosticEvent>,
}

impl Executed {
    fn failed(result: OperationResult, run: Run) -> Self {
        Self {
            result,
            writes: Writes::new(),
            restored: Vec::new(),
            events: Vec::new(),
            return_value: None,
            diagnostics: run.diagnostics,
            cost: Cost {
                // Refunded in full where the operation fails.
                refundable_fee: 0,
                rent_fee: 0,
                ..run.cost
            },
            refundable_used: 0,
        }
    }

    fn succeeded(result: OperationResultTr, run: Run, writes: Writes) -> Self {
        let cost = run.cost;
        Self {
            writes,
            cost,
            refundable_used: cost.rent_fee.saturating_add(cost.refundable_fee),
            ..Self::failed(OperationResult::OpInner(result), run)
        }
    }
}

impl Run {
    /// Charges rent, which is known already, and so many bytes of events and return value. Is the refundable
    /// fee enough?
    fn consume_refundable(&mut self, scene: &Scene<'_>, event_bytes: u32) -> bool {
        let (non_refundable, events) = resource_fees(scene.config(), scene.frame, event_bytes);
        let available = scene.data.resource_fee.saturating_sub(non_refundable);
        let rent = self.cost.rent_fee;
        let message = if rent > available {
            "refundable resource fee was not sufficient to cover the ledger storage rent: {} > {}"
        } else if rent.saturating_add(events) > available {
            "refundable resource fee was not sufficient to cover the events fee after paying for \
             ledger storage rent: {} > {}"
        } else {
            self.cost.refundable_fee = events;
            return true;
        };
        let (used, left) = match rent > available {
            true => (rent, available),
            false => (events, available - rent),
        };
        self.diagnostics.push(error_event(
            ScError::Budget(ScErrorCode::ExceededLimit),
            message,
            &[used.max(0) as u64, left.max(0) as u64],
        ));
        false
    }
}

/// Is an entry of this size too large for its kind? Then what core says of it.
fn entry_too_large(
    config: &NetworkConfig,
    key: &LedgerKey,
    size: usize,
) -> Option<DiagnosticEvent> {
    let (limit, message) = match key {
        LedgerKey::ContractCode(_) => (
            config.max_code_bytes,
            "Wasm size exceeds network config maximum contract size",
        ),
        LedgerKey::ContractData(_) => (
            config.max_entry_bytes,
            "ContractData size exceeds network config maximum size",
        ),
        _ => return None,
    };
    (size as u64 > u64::from(limit)).then(|| {
        error_event(
            ScError::Budget(ScErrorCode::ExceededLimit),
            message,
            &[size as u64, u64::from(limit)],
        )
    })
}

/// The rent of an entry that only gets another time to live. It is none before where it was archived.
fn rent_change(
    scene: &Scene<'_>,
    key: &LedgerKey,
    entry: &Entry,
    old_live_until: Option<u32>,
    new_live_until_ledger: u32,
) -> LedgerEntryRentChange {
    let bytes = entry.xdr.len() as u32;
    let size = scene
        .config()
        .budget(0)
        .and_then(|budget| entry_size_for_rent(&budget, &entry.entry, bytes))
        .unwrap_or(bytes);
    LedgerEntryRentChange {
        is_persistent: is_persistent(key),
        is_code_entry: matches!(key, LedgerKey::ContractCode(_)),
        old_size_bytes: old_live_until.map_or(0, |_| size),
        new_size_bytes: size,
        old_live_until_ledger: old_live_until.unwrap_or(0),
        new_live_until_ledger,
    }
}
