use super::{NoParams, RpcError, View};
use serde_json::{json, Value};

/// getHealth. A sandbox is healthy however long ago it closed a ledger: it may be told to close none.
pub(crate) fn get(view: &View, _: NoParams) -> Result<Value, RpcError> {
    let range = view.range()?;
    Ok(json!({
        "status": "healthy",
        "latestLedger": range.latest,
        "latestLedgerCloseTime": range.latest_time.to_string(),
        "oldestLedger": range.oldest,
        "oldestLedgerCloseTime": range.oldest_time.to_string(),
        "ledgerRetentionWindow": view.history().window(),
    }))
}
