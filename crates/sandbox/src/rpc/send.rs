use super::{
    format::{hex, read, told, told_all, Format},
    RpcError, View,
};
use crate::Sandbox;
use ballast_ledger::SubmitStatus;
use serde::Deserialize;
use serde_json::{json, Value};
use stellar_xdr::curr::TransactionEnvelope;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Params {
    transaction: String,
    xdr_format: String,
}

/// Most bytes of an envelope, as it is read. (The network takes much less.)
pub(super) const ENVELOPE_BYTES: usize = 1024 * 1024;

/// sendTransaction.
pub(crate) fn send(sandbox: &Sandbox, view: &View, params: Params) -> Result<Value, RpcError> {
    let format = Format::of(&params.xdr_format).map_err(RpcError::invalid_params)?;
    let envelope: TransactionEnvelope = read(&params.transaction, ENVELOPE_BYTES)
        .ok_or_else(|| RpcError::invalid_params("invalid_xdr"))?;
    let latest = view.latest()?;
    let submitted = sandbox.submit(envelope);
    let mut answer = json!({
        "hash": hex(&submitted.hash),
        "latestLedger": latest.sequence(),
        "latestLedgerCloseTime": latest.close_time().to_string(),
    });
    answer["status"] = Value::from(match &submitted.status {
        SubmitStatus::Pending => "PENDING",
        SubmitStatus::Duplicate => "DUPLICATE",
        SubmitStatus::TryAgainLater => "TRY_AGAIN_LATER",
        SubmitStatus::Error { .. } => "ERROR",
    });
    if let SubmitStatus::Error {
        result,
        diagnostics,
    } = &submitted.status
    {
        let [result_name, events_name] = match format {
            Format::Base64 => ["errorResultXdr", "diagnosticEventsXdr"],
            Format::Json => ["errorResultJson", "diagnosticEventsJson"],
        };
        answer[result_name] = told(&**result, format)?;
        if !diagnostics.is_empty() {
            answer[events_name] = Value::from(told_all(diagnostics, format)?);
        }
    }
    Ok(answer)
}
