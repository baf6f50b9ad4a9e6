use super::{
    format::{from_hex, hex, told, told_all, Format},
    RpcError, View,
};
use ballast_ledger::{ClosedLedger, ClosedTransaction};
use serde::Deserialize;
use serde_json::{json, Map, Value};
use stellar_xdr::curr::{TransactionMeta, TransactionResultResult};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Params {
    hash: String,
    xdr_format: String,
}

/// getTransaction.
pub(crate) fn get(view: &View, params: Params) -> Result<Value, RpcError> {
    let format = Format::of(&params.xdr_format).map_err(RpcError::invalid_params)?;
    // Half of a pair of digits does not count.
    if params.hash.len() / 2 != 32 {
        return Err(RpcError::invalid_params(format_args!(
            "unexpected hash length ({})",
            params.hash.len()
        )));
    }
    let hash = from_hex(&params.hash)
        .ok_or_else(|| RpcError::invalid_params("incorrect hash: not hexadecimal"))?;
    let range = view.range()?;
    let mut answer = match view.history().transaction(&hash) {
        Some((ledger, transaction)) => {
            let mut details = details(ledger, transaction, format)?;
            details.insert(
                "createdAt".into(),
                Value::from(ledger.close_time().to_string()),
            );
            details
        }
        // The real server leaves none of these out.
        None => members(json!({
            "status": "NOT_FOUND",
            "applicationOrder": 0,
            "feeBump": false,
            "events": {},
            "ledger": 0,
            "createdAt": "0",
        })),
    };
    answer.append(&mut members(json!({
        "txHash": params.hash,
        "latestLedger": range.latest,
        "latestLedgerCloseTime": range.latest_time.to_string(),
        "oldestLedger": range.oldest,
        "oldestLedgerCloseTime": range.oldest_time.to_string(),
    })));
    Ok(Value::Object(answer))
}

/// What getTransaction and getTransactions tell alike.
pub(super) fn details(
    ledger: &ClosedLedger,
    transaction: &ClosedTransaction,
    format: Format,
) -> Result<Map<String, Value>, RpcError> {
    let name = |stem: &str| match format {
        Format::Base64 => format!("{stem}Xdr"),
        Format::Json => format!("{stem}Json"),
    };
    let mut details = members(json!({
        "status": if is_success(transaction) { "SUCCESS" } else { "FAILED" },
        "txHash": hex(&transaction.hash),
        "applicationOrder": transaction.index,
        "feeBump": transaction.inner_hash.is_some(),
        "ledger": ledger.sequence(),
    }));
    details.insert(name("envelope"), told(&transaction.envelope, format)?);
    details.insert(name("result"), told(&transaction.result, format)?);
    details.insert(name("resultMeta"), told(&meta_of(transaction), format)?);
    if !transaction.diagnostics.is_empty() {
        let diagnostics = told_all(&transaction.diagnostics, format)?;
        details.insert(name("diagnosticEvents"), Value::from(diagnostics));
    }
    let mut events = Map::new();
    if let TransactionMeta::V4(meta) = &transaction.meta {
        if !meta.events.is_empty() {
            let told = told_all(meta.events.iter(), format)?;
            events.insert(name("transactionEvents"), Value::from(told));
        }
        let contract = meta
            .operations
            .iter()
            .map(|operation| told_all(operation.events.iter(), format).map(Value::from))
            .collect::<Result<Vec<_>, _>>()?;
        if !contract.is_empty() {
            events.insert(name("contractEvents"), Value::from(contract));
        }
    }
    details.insert("events".into(), Value::Object(events));
    Ok(details)
}

/// The meta with the host's diagnostics, as a node tells it that keeps them.
fn meta_of(transaction: &ClosedTransaction) -> TransactionMeta {
    let mut meta = transaction.meta.clone();
    if let TransactionMeta::V4(meta) = &mut meta {
        if let Ok(diagnostics) = transaction.diagnostics.clone().try_into() {
            meta.diagnostic_events = diagnostics;
        }
    }
    meta
}

/// Did it succeed?
pub(crate) fn is_success(transaction: &ClosedTransaction) -> bool {
    matches!(
        transaction.result.result,
        TransactionResultResult::TxSuccess(_) | TransactionResultResult::TxFeeBumpInnerSuccess(_)
    )
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
