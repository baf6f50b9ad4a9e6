//! InvokeHostFunction.

mod inputs;
mod outputs;

use super::{
    diagnostics::{error_event, host_failed},
    Executed, Run, Scene,
};
use crate::Writes;
use inputs::{Encoded, Inputs};
use soroban_env_host::{
    budget::Budget,
    e2e_invoke::{invoke_host_function, InvokeHostFunctionResult as HostResult},
    HostError,
};
use std::panic::{catch_unwind, AssertUnwindSafe};
use stellar_xdr::curr::{
    ContractEvent, DiagnosticEvent, Hash, InvokeHostFunctionOp, InvokeHostFunctionResult,
    LedgerKey, Operation, OperationResult, OperationResultTr, ScError, ScErrorCode, ScVal,
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
            outputs::finish(scene, inputs.restored.clone(), value, &changes, events, run)
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
