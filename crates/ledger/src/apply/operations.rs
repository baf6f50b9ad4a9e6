//! The operations of a transaction, one after the other.

use super::{Context, Cost};
use crate::{
    changes,
    classic::{self, Events, Scope},
    soroban,
    validity::{self, account_of, results},
    Delta, Frame, Read, State, Writes,
};
use ballast_transaction::sha256;
use stellar_xdr::curr::{
    DiagnosticEvent, ExtensionPoint, LedgerEntryChanges, LedgerKey, Operation, OperationMetaV2,
    OperationResult, ScVal,
};

/// What the operations did, all of them or (where one failed) none.
pub(super) struct Ran {
    pub success: bool,
    pub results: Vec<OperationResult>,
    pub writes: Writes,
    pub metas: Vec<OperationMetaV2>,
    pub return_value: Option<ScVal>,
    pub diagnostics: Vec<DiagnosticEvent>,
    pub cost: Cost,
}

/// Runs them, each on what those before left. After one failed the others run all the same, as validators
/// do: their results are told.
pub(super) fn run(state: &State, context: &Context<'_>, frame: &Frame, index: u64) -> Ran {
    let mut ran = Ran {
        success: true,
        results: Vec::with_capacity(frame.operations().len()),
        writes: Writes::new(),
        metas: Vec::new(),
        return_value: None,
        diagnostics: Vec::new(),
        cost: Cost::default(),
    };
    let mut delta = Delta::new(state);
    for operation in frame.operations() {
        let layer = one(&delta, context, frame, operation, index, &mut ran);
        if let Some(writes) = layer {
            delta.take(writes);
        } else {
            ran.success = false;
        }
    }
    ran.writes = delta.into_writes();
    ran
}

/// Runs one; gives its changes if it succeeded.
fn one(
    below: &dyn Read,
    context: &Context<'_>,
    frame: &Frame,
    operation: &Operation,
    index: u64,
    ran: &mut Ran,
) -> Option<Writes> {
    let source = account_of(validity::source_of(frame, operation));
    let valid = validity::check_supported(operation)
        .and_then(|()| match below.account(&source) {
            Some(_) => Ok(()),
            None => Err(OperationResult::OpNoAccount),
        })
        .and_then(|()| validity::check_operation(context.config, frame, operation));
    if let Err(result) = valid {
        ran.results.push(result);
        return None;
    }
    let layer = if frame.is_soroban() {
        contract(below, context, frame, operation, index, ran)
    } else {
        classic(below, context, frame, operation)
    };
    match layer {
        Ok((result, layer)) => {
            ran.results.push(result);
            if ran.success {
                ran.metas.push(OperationMetaV2 {
                    ext: ExtensionPoint::V0,
                    changes: tell(context, below, &layer),
                    events: layer.events.try_into().unwrap_or_default(),
                });
            }
            Some(layer.writes)
        }
        Err(result) => {
            ran.results.push(result);
            None
        }
    }
}

/// What an operation that succeeded leaves.
struct Layer {
    writes: Writes,
    restored: Vec<LedgerKey>,
    events: Vec<stellar_xdr::curr::ContractEvent>,
}

fn classic(
    below: &dyn Read,
    context: &Context<'_>,
    frame: &Frame,
    operation: &Operation,
) -> Result<(OperationResult, Layer), OperationResult> {
    let muxed = validity::source_of(frame, operation);
    let scope = Scope {
        header: context.header,
        source: account_of(muxed),
        muxed,
    };
    let mut delta = Delta::new(below);
    let mut events = Events::new(context.network, frame.memo());
    classic::apply(&scope, &mut delta, &mut events, &operation.body)?;
    let layer = Layer {
        writes: delta.into_writes(),
        restored: Vec::new(),
        events: events.into_vec(),
    };
    Ok((results::success(&operation.body), layer))
}

fn contract(
    below: &dyn Read,
    context: &Context<'_>,
    frame: &Frame,
    operation: &Operation,
    index: u64,
    ran: &mut Ran,
) -> Result<(OperationResult, Layer), OperationResult> {
    let seed = sub_seed(&context.seed, index);
    let executed = soroban::execute(below, context, frame, operation, seed);
    ran.diagnostics = executed.diagnostics;
    ran.cost = executed.cost;
    ran.cost.refundable_fee = executed.refundable_used - executed.cost.rent_fee;
    if !results::is_operation_success(&executed.result) {
        return Err(executed.result);
    }
    ran.return_value = executed.return_value;
    let layer = Layer {
        writes: executed.writes,
        restored: executed.restored,
        events: executed.events,
    };
    Ok((executed.result, layer))
}

/// The seed of one transaction's random numbers.
fn sub_seed(seed: &[u8; 32], index: u64) -> [u8; 32] {
    sha256(&[&seed[..], &index.to_be_bytes()].concat())
}

fn tell(context: &Context<'_>, below: &dyn Read, layer: &Layer) -> LedgerEntryChanges {
    if context.changes {
        changes(below, &layer.writes, &layer.restored)
    } else {
        LedgerEntryChanges::default()
    }
}
