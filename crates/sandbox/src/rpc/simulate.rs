use super::{RpcError, View};
use serde::Deserialize;
use serde_json::Value;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Params {}

/// simulateTransaction.
pub(crate) fn simulate(_view: &View, _params: Params) -> Result<Value, RpcError> {
    Err(RpcError::internal("simulateTransaction is not served yet"))
}
