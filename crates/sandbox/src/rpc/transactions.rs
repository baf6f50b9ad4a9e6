use super::{
    format::Format,
    paging::{Paging, Texts},
    toid::Toid,
    transaction::details,
    RpcError, View,
};
use serde::Deserialize;
use serde_json::{json, Value};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Params {
    start_ledger: u32,
    pagination: Option<Paging>,
    xdr_format: String,
}

const TEXTS: Texts = Texts {
    both: |_, _| "startLedger and cursor cannot both be set".into(),
    outside: |_, range| {
        format!(
            "start ledger must be between the oldest ledger: {} and the latest ledger: {} for this rpc instance",
            range.oldest, range.latest
        )
    },
};

/// getTransactions: from a ledger, or from after a cursor, to the newest ledger or the end of the page.
pub(crate) fn get(view: &View, params: Params) -> Result<Value, RpcError> {
    let range = view.range()?;
    let paging = params.pagination.as_ref();
    Paging::check(paging, params.start_ledger, &range, TEXTS)?;
    let format = Format::of(&params.xdr_format).map_err(RpcError::invalid_request)?;
    let (start, after) = match Paging::cursor(paging) {
        None => (params.start_ledger, 0),
        Some(cursor) => {
            let number: i64 = cursor.parse().map_err(|error| {
                RpcError::invalid_params(format_args!("parsing {cursor:?}: {error}"))
            })?;
            if number < 0 {
                return Err(RpcError::invalid_params(
                    "cursor ledger sequence cannot be negative",
                ));
            }
            let place = Toid::of(number);
            (place.ledger, place.transaction)
        }
    };
    if start < range.oldest {
        return Err(RpcError::invalid_params(format_args!(
            "database does not contain metadata for ledger: {start}"
        )));
    }

    let length = Paging::length(paging);
    let mut transactions: Vec<Value> = Vec::new();
    // The place of what was told last, or of the last ledger looked at: a page that is empty leads on.
    let mut cursor = Toid {
        ledger: start,
        transaction: after,
        operation: 1,
    };
    'page: for ledger in view.history().from(start) {
        if ledger.sequence() != start {
            cursor.ledger = ledger.sequence();
            cursor.transaction = 0;
        }
        for transaction in &ledger.transactions {
            if ledger.sequence() == start && transaction.index <= after {
                continue;
            }
            cursor.transaction = transaction.index;
            let mut told = details(ledger, transaction, format)?;
            // A number here, a text in getTransaction.
            told.insert("createdAt".into(), Value::from(ledger.close_time()));
            transactions.push(Value::Object(told));
            if transactions.len() == length {
                break 'page;
            }
        }
    }
    Ok(json!({
        "transactions": transactions,
        "latestLedger": range.latest,
        "latestLedgerCloseTimestamp": range.latest_time,
        "oldestLedger": range.oldest,
        "oldestLedgerCloseTimestamp": range.oldest_time,
        "cursor": cursor.number().to_string(),
    }))
}
