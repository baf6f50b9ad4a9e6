use super::{NoParams, RpcError, View};
use serde_json::{json, Value};

/// getVersionInfo. Says plainly that no stellar-core is behind it.
pub(crate) fn get(view: &View, _: NoParams) -> Result<Value, RpcError> {
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    Ok(json!({
        "version": format!("{VERSION}-ballast-sandbox"),
        "commitHash": "",
        "buildTimestamp": "",
        "captiveCoreVersion": format!("ballast-ledger {VERSION}"),
        "protocolVersion": view.latest()?.header.header.ledger_version,
    }))
}
