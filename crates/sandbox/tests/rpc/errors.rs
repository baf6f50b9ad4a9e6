//! Refusals: their codes and their texts.

use crate::support::Served;
use serde_json::{json, Value};

const CONTRACT: &str = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC";

#[test]
fn wrong_parameters_are_refused() {
    let served = Served::manual();
    for _ in 0..5 {
        served.close();
    }
    let filter = |filter: Value| json!({ "startLedger": 12, "filters": [filter] });
    let topics = |topics: Value| filter(json!({ "topics": topics }));
    let id = |id: &str| json!({ "pagination": { "cursor": id } });
    let symbol = "AAAADwAAAAh0cmFuc2Zlcg==";
    let cases = [
        ("nothing", json!({}), -32601, "no such method \"nothing\""),
        ("getHealth", json!([1]), -32602, "invalid parameters: "),
        ("getEvents", json!({ "startLedger": "12" }), -32602, "invalid parameters: "),
        ("getEvents", json!({ "startLedger": 1.5 }), -32602, "invalid parameters: "),
        ("getEvents", json!({ "startLedger": -1 }), -32602, "invalid parameters: "),
        ("getEvents", json!({ "startLedger": 4_294_967_296u64 }), -32602, "invalid parameters: "),
        ("getEvents", json!({}), -32602, "startLedger must be positive"),
        ("getEvents", json!({ "startLedger": 1 }), -32600, "startLedger must be within the ledger range: 10 - 15"),
        ("getEvents", json!({ "startLedger": 16 }), -32600, "startLedger must be within the ledger range: 10 - 15"),
        ("getEvents", json!({ "startLedger": 12, "pagination": { "limit": 10_001 } }), -32602, "limit must not exceed 10000"),
        ("getEvents", json!({ "startLedger": 12, "xdrFormat": "x" }), -32602, "got 'x': expected base64, json for optional 'xdrFormat'"),
        ("getEvents", json!({ "startLedger": 12, "filters": vec![json!({}); 6] }), -32602, "maximum 5 filters per request"),
        ("getEvents", json!({ "startLedger": 12, "filters": {} }), -32602, "invalid parameters: "),
        ("getEvents", filter(json!({ "type": "diagnostic" })), -32602, "filter 1 invalid: filter type invalid: if set, type must be either 'system' or 'contract'"),
        ("getEvents", filter(json!({ "contractIds": ["C"] })), -32602, "filter 1 invalid: contract ID 1 invalid"),
        ("getEvents", filter(json!({ "contractIds": vec![CONTRACT; 6] })), -32602, "filter 1 invalid: maximum 5 contract IDs per filter"),
        ("getEvents", topics(json!([["*"], ["*"], ["*"], ["*"], ["*"], ["*"]])), -32602, "filter 1 invalid: maximum 5 topics per filter"),
        ("getEvents", topics(json!([[]])), -32602, "filter 1 invalid: topic 1 invalid: topic must have at least 1 segment"),
        ("getEvents", topics(json!([["*", "*", "*", "*", "*"]])), -32602, "filter 1 invalid: topic 1 invalid: topic cannot have more than 4 segments"),
        ("getEvents", topics(json!([[symbol], ["**", "*"]])), -32602, "filter 1 invalid: topic 2 invalid: segment 1 invalid: wildcard '**' is only allowed as the last segment"),
        ("getEvents", topics(json!([["transfer"]])), -32602, "invalid parameters: "),
        ("getEvents", json!({ "startLedger": 12, "pagination": { "cursor": "0000000051539607552-0000000000" } }), -32602, "ledger ranges and cursor cannot both be set"),
        ("getEvents", id("7"), -32602, "invalid parameters: invalid event id 7"),
        ("getEvents", id("0000000004294967296-0000000000"), -32600, "startLedger must be within the ledger range: 10 - 15"),
        ("getLedgers", json!({}), -32600, "start ledger (0) must be between the oldest ledger: 10 and the latest ledger: 15 for this rpc instance"),
        ("getLedgers", json!({ "startLedger": 12, "pagination": { "cursor": "12" } }), -32600, "startLedger (12) and cursor (12) cannot both be set"),
        ("getLedgers", json!({ "startLedger": 12, "pagination": { "limit": 201 } }), -32600, "limit must not exceed 200"),
        ("getLedgers", json!({ "pagination": { "cursor": "x" } }), -32602, "parsing \"x\": "),
        ("getLedgers", json!({ "pagination": { "cursor": "15" } }), -32602, "cursor ('15') must be between the oldest ledger: 10 and the latest ledger: 15 for this rpc instance"),
        ("getLedgers", json!({ "startLedger": 12, "xdrFormat": "x" }), -32600, "got 'x': expected base64, json"),
        ("getTransactions", json!({ "startLedger": 16 }), -32600, "start ledger must be between the oldest ledger: 10 and the latest ledger: 15 for this rpc instance"),
        ("getTransactions", json!({ "startLedger": 12, "pagination": { "cursor": "12" } }), -32600, "startLedger and cursor cannot both be set"),
        ("getTransactions", json!({ "pagination": { "cursor": "x" } }), -32602, "parsing \"x\": "),
        ("getTransactions", json!({ "pagination": { "cursor": "-4294967296" } }), -32602, "cursor ledger sequence cannot be negative"),
        ("getTransactions", json!({ "pagination": { "cursor": "4294967296" } }), -32602, "database does not contain metadata for ledger: 1"),
        ("getTransaction", json!({}), -32602, "unexpected hash length (0)"),
        ("getTransaction", json!({ "hash": 1 }), -32602, "invalid parameters: "),
        ("getTransaction", json!({ "hash": "g".repeat(64) }), -32602, "incorrect hash: "),
        ("getTransaction", json!({ "hash": "ä".repeat(32) }), -32602, "incorrect hash: "),
        ("getTransaction", json!({ "hash": "0".repeat(64), "xdrFormat": "x" }), -32602, "got 'x'"),
        ("getLedgerEntries", json!({ "keys": ["x"] }), -32602, "cannot unmarshal key value x at index 0"),
        ("getLedgerEntries", json!({ "keys": vec!["x"; 201] }), -32602, "key count (201) exceeds maximum supported (200)"),
        ("sendTransaction", json!({}), -32602, "invalid_xdr"),
        ("sendTransaction", json!({ "transaction": "AAAA" }), -32602, "invalid_xdr"),
        ("sendTransaction", json!({ "transaction": "AAAA", "xdrFormat": "x" }), -32602, "got 'x'"),
        ("simulateTransaction", json!({ "transaction": 1 }), -32602, "invalid parameters: "),
        ("simulateTransaction", json!({ "resourceConfig": { "instructionLeeway": "1" } }), -32602, "invalid parameters: "),
        ("ballast_nothing", json!({}), -32601, "no such method"),
    ];
    for (method, params, code, text) in cases {
        let (told, message) = served.refused(method, params.clone());
        assert_eq!(told, code, "{method} {params}: {message}");
        assert!(message.starts_with(text), "{method} {params}: {message}");
    }
}

#[test]
fn values_have_one_form() {
    let served = Served::manual();
    let params = |topic: &str| json!({ "startLedger": 10, "filters": [{ "topics": [[topic]] }] });
    // True, as base64 of XDR; with a line's end; and a truth value of 5.
    served.get("getEvents", params("AAAAAAAAAAE="));
    served.get("getEvents", params("AAAAAAAAAAE=\n"));
    let (code, _) = served.refused("getEvents", params("AAAAAAAAAAU="));
    assert_eq!(code, -32602);
}

#[test]
fn ttl_entries_cannot_be_asked_for() {
    use stellar_xdr::curr::{Hash, LedgerKey, LedgerKeyTtl};
    let served = Served::manual();
    let key = LedgerKey::Ttl(LedgerKeyTtl {
        key_hash: Hash([7; 32]),
    });
    let params = json!({ "keys": [crate::support::base64(&key)] });
    let (code, text) = served.refused("getLedgerEntries", params);
    assert_eq!(code, -32602);
    assert_eq!(text, "ledger ttl entries cannot be queried directly");
}

#[test]
fn what_is_unknown_or_null_is_ignored() {
    let served = Served::manual();
    served.close();
    for (method, params) in [
        ("getHealth", json!({ "no": ["such", { "thing": 1 }] })),
        (
            "getEvents",
            json!({
                "startLedger": 11, "endLedger": null, "pagination": { "cursor": null, "limit": 10, "order": "asc" },
                "filters": [{ "type": null, "contractIds": null, "topics": null }], "xdrFormat": null,
            }),
        ),
        (
            "getEvents",
            json!({ "startLedger": 11, "filters": [], "pagination": {} }),
        ),
        (
            "getEvents",
            json!({ "startLedger": 11, "filters": null, "pagination": null }),
        ),
        (
            "getEvents",
            json!({ "startLedger": 11, "filters": [{ "type": "contract,system" }] }),
        ),
        (
            "getLedgers",
            json!({ "startLedger": 11, "pagination": { "cursor": "", "limit": 0 } }),
        ),
        (
            "getTransactions",
            json!({ "startLedger": 11, "pagination": null }),
        ),
        ("getLedgerEntries", json!({ "keys": null })),
        (
            "simulateTransaction",
            json!({ "transaction": "", "authMode": null, "resourceConfig": null }),
        ),
    ] {
        served.get(method, params);
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let served = Served::manual();
    let mut connection = served.connect();
    for (body, code, text, id) in [
        ("", -32700, "invalid request value", json!(null)),
        ("{", -32700, "invalid request value", json!(null)),
        ("nonsense", -32700, "invalid request value", json!(null)),
        ("{} {}", -32700, "invalid request value", json!(null)),
        ("[", -32700, "invalid request value", json!(null)),
        ("[]", -32600, "empty request batch", json!(null)),
        ("1", -32700, "request is not a JSON object", json!(null)),
        (
            "\"getHealth\"",
            -32700,
            "request is not a JSON object",
            json!(null),
        ),
        ("{}", -32600, "invalid version marker", json!(null)),
        (
            r#"{"jsonrpc":"1.0","id":7,"method":"getHealth"}"#,
            -32600,
            "invalid version marker",
            json!(7),
        ),
        (
            r#"{"jsonrpc":2,"id":7,"method":"getHealth"}"#,
            -32700,
            "invalid version key",
            json!(7),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7}"#,
            -32600,
            "empty method name",
            json!(7),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":""}"#,
            -32600,
            "empty method name",
            json!(7),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":7}"#,
            -32700,
            "invalid method name",
            json!(7),
        ),
        (
            r#"{"jsonrpc":"2.0","id":[7],"method":"getHealth"}"#,
            -32600,
            "invalid request ID",
            json!(null),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":"getHealth","params":7}"#,
            -32600,
            "parameters must be array or object",
            json!(7),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":"getHealth","more":7}"#,
            -32600,
            "extra fields in request",
            json!(7),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":"getHealth","result":7}"#,
            -32600,
            "mixed request and reply fields",
            json!(7),
        ),
    ] {
        let response = connection.post("/", body.as_bytes());
        assert_eq!(response.status, 200, "{body}");
        let answer = response.json();
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
        assert_eq!(answer["error"]["message"], text, "{body}");
        assert_eq!(answer["id"], id, "{body}");
        assert!(answer.get("result").is_none(), "{body}");
    }
}

#[test]
fn ids_come_back_as_they_were() {
    let served = Served::manual();
    let mut connection = served.connect();
    for id in [
        "1",
        "-1",
        "0.10",
        "1e3",
        "\"\"",
        "\"a\\u0041\"",
        "123456789012345678901234567890",
    ] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"getHealth"}}"#);
        let text = connection.post("/rpc", body.as_bytes()).text();
        assert!(
            text.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"#)),
            "{text}"
        );
    }
}

#[test]
fn batches_are_answered_in_order_without_the_notifications() {
    let served = Served::manual();
    let mut connection = served.connect();
    let batch = r#"[
        {"jsonrpc":"2.0","id":1,"method":"getHealth"},
        {"jsonrpc":"2.0","method":"getHealth"},
        7,
        {"jsonrpc":"2.0","id":2,"method":"nothing"},
        {"jsonrpc":"2.0","id":"c","method":"getNetwork"}
    ]"#;
    let answers = connection.post("/", batch.as_bytes()).json();
    let answers = answers.as_array().expect("a list");
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(ids, [json!(1), json!(null), json!(2), json!("c")]);
    assert_eq!(answers[0]["result"]["status"], "healthy");
    assert_eq!(answers[1]["error"]["code"], -32700);
    assert_eq!(answers[2]["error"]["code"], -32601);
    for notification in [
        r#"{"jsonrpc":"2.0","method":"getHealth"}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":"getHealth"}"#,
        r#"[{"jsonrpc":"2.0","method":"getHealth"}]"#,
    ] {
        let response = connection.post("/", notification.as_bytes());
        assert_eq!(response.status, 204, "{notification}");
        assert!(response.body.is_empty());
    }
}
