use super::{
    format::{read, told, told_all, Format},
    send::ENVELOPE_BYTES,
    RpcError, View,
};
use crate::deep::deep;
use ballast_ledger::{Simulation, SimulationOptions, StateChange};
use serde::Deserialize;
use serde_json::{json, Value};
use stellar_xdr::curr::TransactionEnvelope;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Params {
    transaction: String,
    resource_config: ResourceConfig,
    auth_mode: String,
    xdr_format: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ResourceConfig {
    instruction_leeway: u64,
}

/// simulateTransaction. What cannot be simulated is told in the answer's `error`, never as JSON-RPC's.
pub(crate) fn simulate(view: &View, params: Params) -> Result<Value, RpcError> {
    let latest = view.latest()?.sequence();
    let mut answer = run(view, params).unwrap_or_else(|reason| json!({ "error": reason }));
    answer["latestLedger"] = Value::from(latest);
    Ok(answer)
}

fn run(view: &View, params: Params) -> Result<Value, String> {
    let format = Format::of(&params.xdr_format)?;
    let envelope: TransactionEnvelope =
        read(&params.transaction, ENVELOPE_BYTES).ok_or("Could not unmarshal transaction")?;
    let mut seed = [0; 32];
    fastrand::fill(&mut seed);
    let options = SimulationOptions {
        auth_mode: Some(params.auth_mode),
        instruction_leeway: params.resource_config.instruction_leeway,
        seed,
    };
    let simulation = deep(|| view.simulate(&envelope, &options))
        .map_err(|panic| format!("panic during preflight() call: {panic}"))?;
    tell(simulation, format).map_err(|error| error.message)
}

/// What is empty is left out: clients take its presence for more than it is.
fn tell(simulation: Simulation, format: Format) -> Result<Value, RpcError> {
    let mut answer = json!({});
    let name = |base64: &'static str, json: &'static str| match format {
        Format::Base64 => base64,
        Format::Json => json,
    };
    if let Some(error) = simulation.error {
        answer["error"] = Value::from(error);
    }
    if let Some(data) = &simulation.transaction_data {
        answer[name("transactionData", "transactionDataJson")] = told(data, format)?;
    }
    if simulation.min_resource_fee != 0 {
        answer["minResourceFee"] = Value::from(simulation.min_resource_fee.to_string());
    }
    if !simulation.events.is_empty() {
        let events = told_all(&simulation.events, format)?;
        answer[name("events", "eventsJson")] = Value::from(events);
    }
    if let Some(value) = &simulation.result {
        answer["results"] = json!([{
            name("auth", "authJson"): told_all(&simulation.auth, format)?,
            name("xdr", "returnValueJson"): told(value, format)?,
        }]);
    }
    if let Some(data) = &simulation.restore_preamble {
        answer["restorePreamble"] = json!({
            name("transactionData", "transactionDataJson"): told(data, format)?,
            "minResourceFee": data.resource_fee.to_string(),
        });
    }
    if !simulation.changes.is_empty() {
        let changes: Result<Vec<_>, _> = simulation
            .changes
            .iter()
            .map(|change| tell_change(change, format))
            .collect();
        answer["stateChanges"] = Value::from(changes?);
    }
    Ok(answer)
}

fn tell_change(change: &StateChange, format: Format) -> Result<Value, RpcError> {
    let kind = match (&change.before, &change.after) {
        (Some(_), Some(_)) => "updated",
        (Some(_), None) => "deleted",
        (None, _) => "created",
    };
    // The real server has both sides as null in the JSON format, beside those that say something.
    let mut answer = json!({ "type": kind, "before": null, "after": null });
    let [key, before, after] = match format {
        Format::Base64 => ["key", "before", "after"],
        Format::Json => ["keyJson", "beforeJson", "afterJson"],
    };
    answer[key] = told(&change.key, format)?;
    if let Some(entry) = &change.before {
        answer[before] = told(entry, format)?;
    }
    if let Some(entry) = &change.after {
        answer[after] = told(entry, format)?;
    }
    Ok(answer)
}
