use super::{
    format::{base64, hex},
    NoParams, RpcError, View,
};
use serde_json::{json, Value};

/// getLatestLedger. The header is the bare one here, without its hash; getLedgers tells it with the hash.
pub(crate) fn get(view: &View, _: NoParams) -> Result<Value, RpcError> {
    let ledger = view.latest()?;
    Ok(json!({
        "id": hex(&ledger.hash()),
        "protocolVersion": ledger.header.header.ledger_version,
        "sequence": ledger.sequence(),
        "closeTime": ledger.close_time().to_string(),
        "headerXdr": base64(&ledger.header.header),
        "metadataXdr": base64(&ledger.meta()),
    }))
}
