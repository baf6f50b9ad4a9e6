//! Controls: what a network has no method for.

use crate::{RpcError, Sandbox};
use serde_json::Value;
use std::sync::Arc;

/// What the names of the controls begin with.
pub const PREFIX: &str = "ballast_";

/// What the controls keep.
#[derive(Default)]
pub(crate) struct Controls {}

/// Calls a control.
pub(crate) fn call(
    sandbox: &Arc<Sandbox>,
    method: &str,
    _params: Value,
) -> Result<Value, RpcError> {
    let Controls {} = sandbox.controls;
    Err(RpcError::method_not_found(method))
}
