use super::{NoParams, RpcError, View};
use crate::Sandbox;
use serde_json::{json, Value};

/// getNetwork.
pub(crate) fn get(sandbox: &Sandbox, view: &View, _: NoParams) -> Result<Value, RpcError> {
    let mut answer = json!({
        "passphrase": view.network().passphrase(),
        "protocolVersion": view.latest()?.header.header.ledger_version,
    });
    if let Some(url) = sandbox.friendbot_url() {
        answer["friendbotUrl"] = Value::from(url);
    }
    Ok(answer)
}
