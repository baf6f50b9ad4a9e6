use super::{
    format::{base64, hex, json, Format},
    paging::{Paging, Texts},
    RpcError, View,
};
use ballast_ledger::ClosedLedger;
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
    both: |start, cursor| format!("startLedger ({start}) and cursor ({cursor}) cannot both be set"),
    outside: |start, range| {
        format!(
            "start ledger ({start}) must be between the oldest ledger: {} and the latest ledger: {} for this rpc instance",
            range.oldest, range.latest
        )
    },
};

/// getLedgers.
pub(crate) fn get(view: &View, params: Params) -> Result<Value, RpcError> {
    let range = view.range()?;
    let paging = params.pagination.as_ref();
    Paging::check(paging, params.start_ledger, &range, TEXTS)?;
    let format = Format::of(&params.xdr_format).map_err(RpcError::invalid_request)?;
    let first = match Paging::cursor(paging) {
        None => params.start_ledger,
        Some(cursor) => {
            let last: u32 = cursor.parse().map_err(|error| {
                RpcError::invalid_params(format_args!("parsing {cursor:?}: {error}"))
            })?;
            last.checked_add(1)
                .filter(|first| range.has(*first))
                .ok_or_else(|| {
                    RpcError::invalid_params(format_args!(
                        "cursor ('{cursor}') must be between the oldest ledger: {} and the latest ledger: {} for this rpc instance",
                        range.oldest, range.latest
                    ))
                })?
        }
    };
    let page: Vec<_> = view
        .history()
        .from(first)
        .take(Paging::length(paging))
        .collect();
    let last = page.last().map_or(first - 1, |ledger| ledger.sequence());
    let ledgers: Result<Vec<_>, _> = page
        .into_iter()
        .map(|ledger| tell(ledger, format))
        .collect();
    Ok(json!({
        "ledgers": ledgers?,
        "latestLedger": range.latest,
        "latestLedgerCloseTime": range.latest_time,
        "oldestLedger": range.oldest,
        "oldestLedgerCloseTime": range.oldest_time,
        "cursor": last.to_string(),
    }))
}

fn tell(ledger: &ClosedLedger, format: Format) -> Result<Value, RpcError> {
    let mut told = json!({
        "hash": hex(&ledger.hash()),
        "sequence": ledger.sequence(),
        "ledgerCloseTime": ledger.close_time().to_string(),
        "headerXdr": "",
        "metadataXdr": "",
    });
    match format {
        Format::Base64 => {
            told["headerXdr"] = Value::from(base64(&ledger.header));
            told["metadataXdr"] = Value::from(base64(&ledger.meta()));
        }
        Format::Json => {
            told["headerJson"] = json(&ledger.header)?;
            told["metadataJson"] = json(&ledger.meta())?;
        }
    }
    Ok(told)
}
