//! Stellar RPC: its methods, each in a module of its own.
//!
//! Names, types, limits and error texts are those of stellar-rpc 27, which clients are written against.

mod error;
mod event_filter;
mod events;
mod fee_stats;
mod format;
mod health;
mod latest_ledger;
mod ledger_entries;
mod ledgers;
mod message;
mod network;
mod paging;
mod send;
mod simulate;
mod toid;
mod transaction;
mod transactions;
mod version;
mod view;

pub use error::RpcError;
pub(crate) use format::{base64, hex};
pub use message::{answer, first_method, Asked, Source};
pub(crate) use transaction::is_success;
pub use view::View;

use crate::{control, Sandbox};
use serde::de::DeserializeOwned;
use serde_json::{
    value::{to_raw_value, RawValue},
    Value,
};
use std::sync::Arc;

/// The methods of Stellar RPC that are answered.
pub const METHODS: [&str; 12] = [
    "getEvents",
    "getFeeStats",
    "getHealth",
    "getLatestLedger",
    "getLedgerEntries",
    "getLedgers",
    "getNetwork",
    "getTransaction",
    "getTransactions",
    "getVersionInfo",
    "sendTransaction",
    "simulateTransaction",
];

/// Calls a method without HTTP and JSON-RPC around it. Faults do not hit it.
///
/// # Errors
/// As the method answers them.
pub fn call(sandbox: &Arc<Sandbox>, method: &str, params: &Value) -> Result<Value, RpcError> {
    let raw = to_raw_value(params).map_err(RpcError::internal)?;
    dispatch(sandbox, method, Some(&raw), &Asked::default())
}

/// Calls a method.
pub(crate) fn dispatch(
    sandbox: &Arc<Sandbox>,
    method: &str,
    raw: Option<&RawValue>,
    asked: &Asked,
) -> Result<Value, RpcError> {
    if method.starts_with(control::PREFIX) {
        if let Some(refusal) = &asked.no_controls {
            return Err(refusal.clone());
        }
        return control::call(sandbox, method, params(raw)?);
    }
    let view = View::new(match &asked.source {
        Source::Newest => sandbox.view(),
        Source::Stale(ledger) => ledger.clone(),
        Source::Failing(error) => return Err(error.clone()),
    });
    match method {
        "getEvents" => events::get(&view, params(raw)?),
        "getFeeStats" => fee_stats::get(&view, params(raw)?),
        "getHealth" => health::get(&view, params(raw)?),
        "getLatestLedger" => latest_ledger::get(&view, params(raw)?),
        "getLedgerEntries" => ledger_entries::get(&view, params(raw)?),
        "getLedgers" => ledgers::get(&view, params(raw)?),
        "getNetwork" => network::get(sandbox, &view, params(raw)?),
        "getTransaction" => transaction::get(&view, params(raw)?),
        "getTransactions" => transactions::get(&view, params(raw)?),
        "getVersionInfo" => version::get(&view, params(raw)?),
        "sendTransaction" => send::send(sandbox, &view, params(raw)?),
        "simulateTransaction" => simulate::simulate(&view, params(raw)?),
        _ => Err(RpcError::method_not_found(method)),
    }
}

/// Parameters of a method that has none; what comes all the same is ignored.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct NoParams {}

/// Reads parameters by name. What is absent or null has its default, what is unknown is ignored.
pub(crate) fn params<T: DeserializeOwned + Default>(raw: Option<&RawValue>) -> Result<T, RpcError> {
    let Some(raw) = raw else {
        return Ok(T::default());
    };
    let read = || {
        let mut value: Value = serde_json::from_str(raw.get())?;
        if value.is_array() {
            return Err(serde::de::Error::custom(
                "an array, parameters are taken by name",
            ));
        }
        drop_nulls(&mut value);
        serde_json::from_value(value)
    };
    read().map_err(|error: serde_json::Error| {
        RpcError::invalid_params(format_args!("invalid parameters: {error}"))
    })
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
