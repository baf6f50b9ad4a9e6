//! Controls: what a network has no method for.
//!
//! | method | parameters | answers with |
//! |---|---|---|
//! | `ballast_status` | | where everything stands |
//! | `ballast_close` | `count` (1) | the last ledger closed |
//! | `ballast_warp` | `ledgers`, `seconds` | the ledger arrived at |
//! | `ballast_prices` | | what the oracle says |
//! | `ballast_setPrice` | `asset` and `price`, or `prices: {asset: price}` | the ledger with the round |
//! | `ballast_oracle` | `paused` | whether the last prices are not repeated in every round |
//! | `ballast_replayPrices` | `assets`, `rounds`, `speed`, `ledgerSeconds` | the replay's beginning |
//! | `ballast_stopReplay` | | how far it came |
//! | `ballast_snapshot` | `name` | the ledger that it keeps |
//! | `ballast_dropSnapshot` | `name` | |
//! | `ballast_revert` | `name` | the ledger gone back to |
//! | `ballast_fail` | a [`crate::faults::Fault`] | its number |
//! | `ballast_clearFaults` | `id`, or nothing for all | how many it were |
//!
//! Pages of other origins cannot call them. Prices are decimal text. Each method answers when what it does is done (a replay: when it has begun).

mod access;
mod fail;
mod journal;
mod ledgers;
mod oracle;
mod prices;
mod replay;
mod snapshots;
mod status;

pub(crate) use access::refusal;
pub use journal::Controls;
pub(crate) use ledgers::due as close_due;

use crate::{RpcError, Sandbox};
use ballast_ledger::ClosedLedger;
use serde::de::DeserializeOwned;
use serde_json::{json, Value};
use std::sync::Arc;

/// What the names of the controls begin with.
pub const PREFIX: &str = "ballast_";

/// A control cannot do what it was asked to: the ledger or the scenario does not allow it.
pub const REFUSED: i32 = -32000;

/// Calls a control.
pub(crate) fn call(sandbox: &Arc<Sandbox>, method: &str, params: Value) -> Result<Value, RpcError> {
    match method.strip_prefix(PREFIX).unwrap_or_default() {
        "status" => status::status(sandbox),
        "close" => ledgers::close(sandbox, &read(params)?),
        "warp" => ledgers::warp(sandbox, &read(params)?),
        "prices" => prices::prices(sandbox),
        "setPrice" => prices::set(sandbox, read(params)?),
        "oracle" => prices::pause(sandbox, &read(params)?),
        "replayPrices" => replay::begin(sandbox, read(params)?),
        "stopReplay" => replay::stop(sandbox),
        "snapshot" => snapshots::take(sandbox, &read(params)?),
        "dropSnapshot" => snapshots::drop(sandbox, &read(params)?),
        "revert" => snapshots::revert(sandbox, &read(params)?),
        "fail" => fail::add(sandbox, read(params)?),
        "clearFaults" => fail::clear(sandbox, &read(params)?),
        _ => Err(RpcError::method_not_found(method)),
    }
}

/// Parameters by name. Controls are new, so a name that they do not know is a mistake.
fn read<T: DeserializeOwned>(params: Value) -> Result<T, RpcError> {
    let params = match params {
        Value::Null => json!({}),
        params => params,
    };
    serde_json::from_value(params)
        .map_err(|error| RpcError::invalid_params(format_args!("invalid parameters: {error}")))
}

fn refused(why: impl std::fmt::Display) -> RpcError {
    RpcError::new(REFUSED, why)
}

/// A closed ledger as controls tell it.
fn told(closed: &ClosedLedger) -> Value {
    json!({
        "sequence": closed.sequence(),
        "closeTime": closed.close_time().to_string(),
        "ledgerHash": hex(&closed.hash()),
        "transactions": closed.transactions.len(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
