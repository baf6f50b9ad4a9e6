//! JSON-RPC 2.0: from the body of a request to the body of its answer.

use super::{dispatch, RpcError};
use crate::Sandbox;
use ballast_ledger::Ledger;
use serde_json::{json, value::RawValue, Value};
use std::{collections::BTreeMap, sync::Arc};

/// A request that is well formed. Without an id it is a notification: carried out, not answered.
struct Call<'a> {
    id: Option<&'a RawValue>,
    method: String,
    params: Option<&'a RawValue>,
}

/// What is wrong with a request, and its id as far as it has one.
struct Refusal<'a> {
    id: Option<&'a RawValue>,
    error: RpcError,
}

/// How the calls of a request are answered.
#[derive(Default)]
pub struct Asked {
    /// What they are answered from.
    pub source: Source,
    /// Why the controls are not for who asks, where they are not.
    pub no_controls: Option<RpcError>,
}

/// What calls are answered from.
#[derive(Default)]
pub enum Source {
    /// The ledger as it was published last.
    #[default]
    Newest,
    /// This one, as a node would that lags.
    Stale(Arc<Ledger>),
    /// None: every call fails like this.
    Failing(RpcError),
}

/// Answers the body of a request: one call or a batch of them. Nothing where only notifications came.
pub fn answer(sandbox: &Arc<Sandbox>, body: &[u8], asked: &Asked) -> Option<String> {
    let unreadable = |error| Some(failure(None, &error));
    let Ok(text) = std::str::from_utf8(body) else {
        return unreadable(RpcError::parse("invalid request value"));
    };
    if !text.trim_start().starts_with('[') {
        return match serde_json::from_str::<&RawValue>(text) {
            Ok(one) => answer_one(sandbox, one, asked),
            Err(_) => unreadable(RpcError::parse("invalid request value")),
        };
    }
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Err(_) => unreadable(RpcError::parse("invalid request value")),
        Ok(calls) if calls.is_empty() => {
            unreadable(RpcError::invalid_request("empty request batch"))
        }
        Ok(calls) => {
            let answers: Vec<_> = calls
                .into_iter()
                .filter_map(|one| answer_one(sandbox, one, asked))
                .collect();
            (!answers.is_empty()).then(|| format!("[{}]", answers.join(",")))
        }
    }
}

fn answer_one(sandbox: &Arc<Sandbox>, raw: &RawValue, asked: &Asked) -> Option<String> {
    let call = match parse(raw) {
        Ok(call) => call,
        Err(refusal) => return Some(failure(refusal.id, &refusal.error)),
    };
    let outcome = dispatch(sandbox, &call.method, call.params, asked);
    let id = call.id?;
    Some(match outcome {
        Ok(result) => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#),
        Err(error) => failure(Some(id), &error),
    })
}

fn failure(id: Option<&RawValue>, error: &RpcError) -> String {
    let id = id.map_or("null", RawValue::get);
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{}}}"#, json!(error))
}

/// Reads one request. Members that JSON-RPC does not know are refused, as the real server does.
fn parse(raw: &RawValue) -> Result<Call<'_>, Refusal<'_>> {
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get())
        .map_err(|_| refuse(None, RpcError::parse("request is not a JSON object")))?;
    let id = match members.remove("id") {
        None => None,
        Some(id) if is_id(id) => Some(id).filter(|id| id.get() != "null"),
        Some(_) => {
            return Err(refuse(
                None,
                RpcError::invalid_request("invalid request ID"),
            ))
        }
    };
    let fail = |error| Err(refuse(id, error));
    match members.remove("jsonrpc").map(string) {
        Some(Some(version)) if version == "2.0" => {}
        Some(None) => return fail(RpcError::parse("invalid version key")),
        _ => return fail(RpcError::invalid_request("invalid version marker")),
    }
    let method = match members.remove("method").map(string) {
        Some(Some(method)) if !method.is_empty() => method,
        Some(None) => return fail(RpcError::parse("invalid method name")),
        _ => return fail(RpcError::invalid_request("empty method name")),
    };
    let params = members.remove("params").filter(|raw| raw.get() != "null");
    if params.is_some_and(|raw| !raw.get().starts_with(['[', '{'])) {
        return fail(RpcError::invalid_request(
            "parameters must be array or object",
        ));
    }
    if members.contains_key("result") || members.contains_key("error") {
        return fail(RpcError::invalid_request("mixed request and reply fields"));
    }
    if !members.is_empty() {
        let extra: Vec<_> = members.into_keys().map(Value::from).collect();
        return fail(
            RpcError::invalid_request("extra fields in request").with_data(Value::from(extra)),
        );
    }
    Ok(Call { id, method, params })
}

fn refuse(id: Option<&RawValue>, error: RpcError) -> Refusal<'_> {
    Refusal { id, error }
}

fn is_id(raw: &RawValue) -> bool {
    let text = raw.get();
    text == "null" || text.starts_with(|first: char| matches!(first, '"' | '-' | '0'..='9'))
}

fn string(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// The method of the first call in a body, as far as it can be read.
pub fn first_method(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let first: &RawValue = if text.trim_start().starts_with('[') {
        let calls: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        calls.into_iter().next()?
    } else {
        serde_json::from_str(text).ok()?
    };
    Some(parse(first).ok()?.method)
}
