//! Snapshots by name, and going back to them.

use super::{hex, ledgers::not_written, refused};
use crate::{RpcError, Sandbox};
use ballast_ledger::Ledger;
use serde::Deserialize;
use serde_json::{json, Value};

/// Most snapshots. Each may have a history of its own.
const MOST_SNAPSHOTS: usize = 32;
/// Longest name, bytes.
const LONGEST_NAME: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    name: String,
}

/// The same name again replaces the snapshot.
pub(super) fn take(sandbox: &Sandbox, params: &Named) -> Result<Value, RpcError> {
    let name = params.name.as_str();
    let printable = !name.chars().any(char::is_control);
    if name.is_empty() || name.len() > LONGEST_NAME || !printable {
        return Err(RpcError::invalid_params(format_args!(
            "name: 1 to {LONGEST_NAME} bytes of text without control characters"
        )));
    }
    sandbox.change(|ledger| {
        let mut kept = sandbox.controls().kept();
        if kept.marks.len() >= MOST_SNAPSHOTS && !kept.marks.contains_key(name) {
            return Err(refused(format_args!(
                "there are {MOST_SNAPSHOTS} snapshots: drop some"
            )));
        }
        kept.mark(name, ledger).map_err(not_written)?;
        Ok(last(ledger, name))
    })
}

pub(super) fn drop(sandbox: &Sandbox, params: &Named) -> Result<Value, RpcError> {
    let mut kept = sandbox.controls().kept();
    match kept.unmark(&params.name).map_err(not_written)? {
        true => Ok(json!({ "name": params.name })),
        false => Err(unknown(&params.name)),
    }
}

/// What waited in the queue is as it was then, the clock too.
pub(super) fn revert(sandbox: &Sandbox, params: &Named) -> Result<Value, RpcError> {
    let name = params.name.as_str();
    sandbox.change(|ledger| {
        let mut kept = sandbox.controls().kept();
        match kept.revert(name, ledger, sandbox).map_err(not_written)? {
            true => Ok(last(ledger, name)),
            false => Err(unknown(name)),
        }
    })
}

fn unknown(name: &str) -> RpcError {
    refused(format_args!("no snapshot is called {name:?}"))
}

fn last(ledger: &Ledger, name: &str) -> Value {
    json!({
        "name": name,
        "sequence": ledger.header().ledger_seq,
        "closeTime": ledger.header().scp_value.close_time.0.to_string(),
        "ledgerHash": hex(&ledger.hash()),
    })
}
