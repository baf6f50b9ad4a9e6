//! Faults of the RPC.

use crate::{faults::Fault, RpcError, Sandbox};
use serde::Deserialize;
use serde_json::{json, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clear {
    id: Option<u64>,
}

pub(super) fn add(sandbox: &Sandbox, fault: Fault) -> Result<Value, RpcError> {
    let id = sandbox
        .faults()
        .add(fault, &sandbox.view())
        .map_err(RpcError::invalid_params)?;
    Ok(json!({ "id": id }))
}

/// Clearing one that has ended by itself is no mistake.
pub(super) fn clear(sandbox: &Sandbox, params: &Clear) -> Result<Value, RpcError> {
    Ok(json!({ "cleared": sandbox.faults().clear(params.id) }))
}
