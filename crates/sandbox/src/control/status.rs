//! Where everything stands.

use super::hex;
use crate::{Closing, RpcError, Sandbox};
use serde_json::{json, Value};

pub(super) fn status(sandbox: &Sandbox) -> Result<Value, RpcError> {
    let ledger = sandbox.view();
    let (pending, history) = (ledger.queue().len(), ledger.history());
    let closing = match sandbox.closing() {
        Closing::Manual => json!("manual"),
        Closing::Every(period) => json!(period.as_millis() as u64),
    };
    let kept = sandbox.controls().kept();
    let snapshots: Vec<_> = kept
        .marks
        .iter()
        .map(|(name, mark)| json!({ "name": name, "sequence": mark.ledger.header().ledger_seq }))
        .collect();
    let state = kept
        .store
        .as_ref()
        .map(|store| json!({ "file": store.path().display().to_string(), "bytes": store.bytes() }));
    let clock = kept.clock;
    // The replay has locks of its own.
    drop(kept);
    let replay = sandbox
        .controls()
        .replay()
        .as_ref()
        .map(|replay| replay.told());
    Ok(json!({
        "sequence": ledger.header().ledger_seq,
        "closeTime": ledger.header().scp_value.close_time.0.to_string(),
        "ledgerHash": hex(&ledger.hash()),
        "ledgerMs": closing,
        "clockOffsetSeconds": clock,
        "pendingTransactions": pending,
        "entries": ledger.state().len(),
        "oldestLedger": history.oldest().map(|oldest| oldest.sequence()),
        "historyLedgers": history.window(),
        "snapshots": snapshots,
        "faults": sandbox.faults().standing(),
        "oraclePaused": sandbox.controls().paused(),
        "replay": replay,
        "state": state,
    }))
}
