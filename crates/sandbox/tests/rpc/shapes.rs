//! Answers against the published description of the RPC: every field that it says is there, with its type.
//!
//! The table below is the description's, condensed: `?` marks what may be absent. Where the description and
//! the real server differ, the real server's type is taken, with a note.

use crate::support::{keys, payment, Served};
use serde_json::{json, Value};

/// The results of the methods.
fn table() -> Value {
    let fees = json!({
        "max": "string", "min": "string", "mode": "string", "p10": "string", "p20": "string",
        "p30": "string", "p40": "string", "p50": "string", "p60": "string", "p70": "string",
        "p80": "string", "p90": "string", "p95": "string", "p99": "string",
        "transactionCount": "string", "ledgerCount": "number",
    });
    let transaction = json!({
        "status": "string", "txHash": "hash", "applicationOrder": "number", "feeBump": "boolean",
        "envelopeXdr": "base64", "resultXdr": "base64", "resultMetaXdr": "base64",
        "diagnosticEventsXdr?": ["base64"],
        "events": { "transactionEventsXdr?": ["base64"], "contractEventsXdr?": [["base64"]] },
        "ledger": "number", "createdAt": "number",
    });
    // The single transaction's time is a text.
    let mut single = transaction.clone();
    for (name, kind) in [
        ("createdAt", "string"),
        ("latestLedger", "number"),
        ("latestLedgerCloseTime", "string"),
        ("oldestLedger", "number"),
        ("oldestLedgerCloseTime", "string"),
    ] {
        single[name] = json!(kind);
    }
    json!({
        "getEvents": {
            "latestLedger": "number", "oldestLedger": "number", "latestLedgerCloseTime": "string",
            "oldestLedgerCloseTime": "string", "cursor": "string",
            "events": [{
                "type": "string", "ledger": "number", "ledgerClosedAt": "string",
                "contractId": "string", "id": "string", "transactionIndex": "number",
                "operationIndex": "number", "inSuccessfulContractCall": "boolean",
                "topic": ["base64"], "value": "base64", "txHash": "hash",
            }],
        },
        "getFeeStats": {
            "sorobanInclusionFee": fees, "inclusionFee": fees, "latestLedger": "number",
        },
        "getHealth": {
            "status": "string", "latestLedger": "number", "latestLedgerCloseTime": "string",
            "oldestLedger": "number", "oldestLedgerCloseTime": "string",
            "ledgerRetentionWindow": "number",
        },
        "getLatestLedger": {
            "id": "hash", "protocolVersion": "number", "sequence": "number", "closeTime": "string",
            "headerXdr": "base64", "metadataXdr": "base64",
        },
        "getLedgerEntries": {
            "latestLedger": "number",
            "entries": [{
                "key": "base64", "xdr": "base64", "extXdr": "base64",
                "lastModifiedLedgerSeq": "number", "liveUntilLedgerSeq?": "number",
            }],
        },
        "getLedgers": {
            "ledgers": [{
                "hash": "hash", "sequence": "number", "ledgerCloseTime": "string",
                "headerXdr": "base64", "metadataXdr": "base64",
            }],
            "latestLedger": "number", "latestLedgerCloseTime": "number", "oldestLedger": "number",
            "oldestLedgerCloseTime": "number", "cursor": "string",
        },
        "getNetwork": {
            "passphrase": "string", "protocolVersion": "number", "friendbotUrl?": "string",
        },
        "getTransaction": single,
        "getTransactions": {
            "transactions": [transaction],
            "latestLedger": "number", "latestLedgerCloseTimestamp": "number",
            "oldestLedger": "number", "oldestLedgerCloseTimestamp": "number", "cursor": "string",
        },
        "getVersionInfo": {
            "version": "string", "commitHash": "string", "buildTimestamp": "string",
            "captiveCoreVersion": "string", "protocolVersion": "number",
        },
        // The description has a number as the close time; its examples and the server have a text.
        "sendTransaction": {
            "hash": "hash", "status": "string", "latestLedger": "number",
            "latestLedgerCloseTime": "string", "errorResultXdr?": "base64",
            "diagnosticEventsXdr?": ["base64"],
        },
        "simulateTransaction": {
            "latestLedger": "number", "minResourceFee?": "string",
            "results?": [{ "xdr": "base64", "auth": ["base64"] }],
            "transactionData?": "base64", "events?": ["base64"],
            "restorePreamble?": { "minResourceFee": "string", "transactionData": "base64" },
            "stateChanges?": [{
                "type": "string", "key": "base64", "before": "base64 or null",
                "after": "base64 or null",
            }],
            "error?": "string",
        },
    })
}

/// What is wrong with a value, in words.
fn compare(shape: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    match shape {
        Value::String(kind) => {
            let text = value.as_str();
            let is_base64 = || {
                let text = text.unwrap_or_default();
                let digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
                !text.is_empty() && text.len().is_multiple_of(4) && text.bytes().all(digit)
            };
            let fits = match kind.as_str() {
                "string" => text.is_some(),
                "number" => value.is_u64(),
                "boolean" => value.is_boolean(),
                "base64" => is_base64(),
                "base64 or null" => value.is_null() || is_base64(),
                "hash" => text.is_some_and(|text| {
                    text.len() == 64 && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
                }),
                other => panic!("the table says {other}"),
            };
            if !fits {
                wrong.push(format!("{at}: {value} is no {kind}"));
            }
        }
        Value::Array(of) => match value.as_array() {
            None => wrong.push(format!("{at}: {value} is no list")),
            Some(items) => {
                for (index, item) in items.iter().enumerate() {
                    compare(&of[0], item, &format!("{at}[{index}]"), wrong);
                }
            }
        },
        Value::Object(members) => {
            let Some(found) = value.as_object() else {
                wrong.push(format!("{at}: {value} is no object"));
                return;
            };
            for (name, of) in members {
                let field = name.trim_end_matches('?');
                match found.get(field) {
                    Some(member) => compare(of, member, &format!("{at}.{field}"), wrong),
                    None if name.ends_with('?') => {}
                    None => wrong.push(format!("{at}.{field} is absent")),
                }
            }
            for name in found.keys() {
                if !members.contains_key(name) && !members.contains_key(&format!("{name}?")) {
                    wrong.push(format!("{at}.{name} is in no description"));
                }
            }
        }
        other => panic!("the table says {other}"),
    }
}

fn check(served: &Served, method: &str, params: Value) -> Value {
    let answer = served.get(method, params);
    let mut wrong = Vec::new();
    compare(&table()[method], &answer, method, &mut wrong);
    assert!(wrong.is_empty(), "{}\nin {answer:#}", wrong.join("\n"));
    answer
}

#[test]
fn answers_have_the_published_shapes() {
    let served = Served::manual();
    let [alice, bob] = keys(["alice", "bob"]);
    served.fund(&[&alice, &bob]);
    served.deploy_native(&alice);

    for method in [
        "getHealth",
        "getNetwork",
        "getVersionInfo",
        "getLatestLedger",
        "getFeeStats",
    ] {
        check(&served, method, json!({}));
    }
    let transfer = served.transfer(&alice, bob.sc_address(), 5);
    let envelope = crate::support::unsigned(
        served
            .next(&alice)
            .operation(crate::support::invocation(transfer.clone()))
            .build(),
    );
    let transaction = crate::support::base64(&envelope);
    let simulated = check(
        &served,
        "simulateTransaction",
        json!({ "transaction": transaction }),
    );
    for field in [
        "minResourceFee",
        "results",
        "transactionData",
        "events",
        "stateChanges",
    ] {
        assert!(simulated.get(field).is_some(), "{field} in {simulated:#}");
    }
    let too_much = served.transfer(&alice, bob.sc_address(), i128::from(i64::MAX));
    let envelope = crate::support::unsigned(
        served
            .next(&alice)
            .operation(crate::support::invocation(too_much))
            .build(),
    );
    let transaction = crate::support::base64(&envelope);
    let failed = check(
        &served,
        "simulateTransaction",
        json!({ "transaction": transaction }),
    );
    assert!(failed.get("error").is_some() && failed.get("results").is_none());

    let transaction = crate::support::base64(&served.prepared(&alice, transfer));
    let sent = check(
        &served,
        "sendTransaction",
        json!({ "transaction": transaction }),
    );
    let unknown = check_not_found(&served, &sent["hash"]);
    assert_eq!(unknown["status"], "NOT_FOUND");
    let malformed = served.next(&bob).operation(payment(&alice, -1));
    let transaction = crate::support::base64(&malformed.sign(&served.network, &[&bob]));
    let refused = check(
        &served,
        "sendTransaction",
        json!({ "transaction": transaction }),
    );
    assert_eq!(refused["status"], "ERROR");
    assert!(refused.get("errorResultXdr").is_some());

    served.close();
    check(&served, "getTransaction", json!({ "hash": sent["hash"] }));
    let first = served.get("getHealth", json!({}))["oldestLedger"].clone();
    let range = json!({ "startLedger": first });
    let events = check(&served, "getEvents", range.clone());
    assert!(!events["events"].as_array().expect("a list").is_empty());
    let transactions = check(&served, "getTransactions", range.clone());
    assert!(!transactions["transactions"]
        .as_array()
        .expect("a list")
        .is_empty());
    check(&served, "getLedgers", range);
    check(&served, "getFeeStats", json!(null));
    let keys = crate::methods::some_keys(&served, &alice);
    let entries = check(&served, "getLedgerEntries", json!({ "keys": keys }));
    assert_eq!(
        entries["entries"].as_array().expect("a list").len(),
        keys.len()
    );
}

/// What is told of a transaction that is in no ledger.
fn check_not_found(served: &Served, hash: &Value) -> Value {
    let answer = served.get("getTransaction", json!({ "hash": hash }));
    for (field, is_text) in [
        ("status", true),
        ("txHash", true),
        ("latestLedger", false),
        ("latestLedgerCloseTime", true),
        ("oldestLedger", false),
        ("oldestLedgerCloseTime", true),
    ] {
        assert_eq!(answer[field].is_string(), is_text, "{field} in {answer}");
        assert_eq!(answer[field].is_u64(), !is_text, "{field} in {answer}");
    }
    for field in ["envelopeXdr", "resultXdr", "resultMetaXdr"] {
        assert!(answer.get(field).is_none(), "{field} in {answer}");
    }
    answer
}

#[test]
fn the_comparison_finds_what_is_wrong() {
    let shape = json!({ "a": "number", "b?": ["string"], "c": { "d": "hash" } });
    let count = |value: Value| {
        let mut wrong = Vec::new();
        compare(&shape, &value, "", &mut wrong);
        wrong.len()
    };
    let hash = "0".repeat(64);
    assert_eq!(count(json!({ "a": 1, "c": { "d": hash } })), 0);
    assert_eq!(
        count(json!({ "a": "1", "b": [1, "x"], "c": { "d": hash } })),
        2
    );
    assert_eq!(count(json!({ "c": { "d": "00" }, "e": 1 })), 3);
    assert_eq!(count(json!([])), 1);
}
