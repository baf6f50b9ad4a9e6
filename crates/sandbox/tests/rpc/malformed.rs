//! Ten thousand requests that no client would send: the server answers what can be answered and stays well.

use crate::support::{base64, invocation, keys, Connection, Response, Served};
use fastrand::Rng;
use serde_json::{json, Value};

/// How many, unless BALLAST_MALFORMED says otherwise.
const REQUESTS: usize = 10_000;

/// Valid requests of every method.
fn valid(served: &Served) -> Vec<Value> {
    let [alice, bob] = keys(["alice", "bob"]);
    served.fund(&[&alice, &bob]);
    served.deploy_native(&alice);
    let first = served.get("getHealth", json!({}))["oldestLedger"].clone();
    let transfer = served.transfer(&alice, bob.sc_address(), 5);
    let builder = served.next(&alice).operation(invocation(transfer.clone()));
    let unsigned = base64(&crate::support::unsigned(builder.build()));
    let signed = base64(&served.prepared(&alice, transfer));
    let payment = base64(&served.payment(&bob, &alice, 5));
    let keys = crate::methods::some_keys(served, &alice);
    let sent = served.send(&served.payment(&alice, &bob, 1));
    let symbol = "AAAADwAAAAh0cmFuc2Zlcg==";
    [
        ("getHealth", json!({})),
        ("getNetwork", json!(null)),
        ("getVersionInfo", json!({})),
        ("getLatestLedger", json!({})),
        ("getFeeStats", json!({})),
        ("getLedgers", json!({ "startLedger": first, "pagination": { "limit": 3 }, "xdrFormat": "json" })),
        ("getTransactions", json!({ "startLedger": first, "pagination": { "limit": 3 } })),
        ("getTransaction", json!({ "hash": sent["hash"], "xdrFormat": "base64" })),
        ("getLedgerEntries", json!({ "keys": keys })),
        ("getEvents", json!({
            "startLedger": first, "endLedger": 9_000, "pagination": { "limit": 10 },
            "filters": [{ "type": "contract", "topics": [[symbol, "*", "**"]], "contractIds": [] }],
        })),
        ("getEvents", json!({ "pagination": { "cursor": "0000000051539607552-0000000000", "limit": 10 } })),
        ("simulateTransaction", json!({ "transaction": unsigned, "resourceConfig": { "instructionLeeway": 7 }, "authMode": "record" })),
        ("sendTransaction", json!({ "transaction": signed })),
        ("sendTransaction", json!({ "transaction": payment })),
    ]
    .into_iter()
    .map(|(method, params)| json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
    .collect()
}

/// Something that a parameter is not.
fn nonsense(random: &mut Rng) -> Value {
    match random.u8(0..14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(i64::MIN),
        5 => json!(1.5e300),
        6 => json!(""),
        7 => json!("\u{0}\u{ffff}💥"),
        8 => json!("A".repeat(random.usize(0..70_000))),
        9 => json!([]),
        10 => json!({}),
        11 => json!([[[[[]]]]]),
        12 => json!(u32::MAX),
        _ => json!(vec![0; random.usize(0..300)]),
    }
}

/// Replaces, removes or doubles a part of a value.
fn bend(random: &mut Rng, value: &mut Value) {
    match value {
        Value::Object(members) if !members.is_empty() && random.u8(..) < 230 => {
            let at = random.usize(0..members.len());
            let name = members.keys().nth(at).cloned().unwrap_or_default();
            match random.u8(0..8) {
                0 => drop(members.remove(&name)),
                1 => drop(members.insert(format!("{name}x"), nonsense(random))),
                _ => bend(random, &mut members[&name]),
            }
        }
        Value::Array(items) if !items.is_empty() && random.u8(..) < 230 => {
            let at = random.usize(0..items.len());
            match random.u8(0..8) {
                0 => drop(items.remove(at)),
                1 => {
                    let item = items[at].clone();
                    items.extend(vec![item; random.usize(1..8)]);
                }
                _ => bend(random, &mut items[at]),
            }
        }
        Value::String(text) if random.u8(..) < 200 => *text = bend_text(random, text),
        other => *other = nonsense(random),
    }
}

/// Changes some bytes of a text, and where it is base64 of what it stands for.
fn bend_text(random: &mut Rng, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if bytes.is_empty() {
        return "*".into();
    }
    for _ in 0..random.usize(1..4) {
        let at = random.usize(0..bytes.len());
        match random.u8(0..4) {
            0 => bytes[at] = random.u8(b' '..b'~'),
            1 => drop(bytes.drain(at..(at + random.usize(0..9)).min(bytes.len()))),
            2 => bytes.insert(at, random.u8(b' '..b'~')),
            // Stays base64.
            _ => bytes[at] = b"AAAAAgEQ/zx9"[random.usize(0..12)],
        }
        if bytes.is_empty() {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn body(random: &mut Rng, valid: &[Value]) -> Vec<u8> {
    let mut request = valid[random.usize(0..valid.len())].clone();
    match random.u8(0..20) {
        // Bytes at random.
        0 => (0..random.usize(0..2_000)).map(|_| random.u8(..)).collect(),
        // Nested deeply.
        1 => {
            let (open, close) = [("[", "]"), ("{\"a\":", "}")][random.usize(0..2)];
            let depth = random.usize(1..60_000);
            let nested =
                open.repeat(depth) + "1" + &close.repeat(if random.bool() { depth } else { 0 });
            if random.bool() {
                return nested.into_bytes();
            }
            let text = request.to_string();
            text.replacen("{}", &nested, 1).into_bytes()
        }
        // Numbers beyond any type.
        2 => {
            let huge = [
                "99999999999999999999999999",
                "0.1",
                "-0",
                "1e999",
                "-1E-999",
            ];
            let text = request.to_string();
            // An id comes back as it was, so it must be one that the test can read.
            text.replacen(":1,", &format!(":{},", huge[random.usize(0..3)]), 1)
                .replacen(":3", &format!(":{}", huge[random.usize(0..5)]), 1)
                .into_bytes()
        }
        // Bytes of the text changed, lost or doubled.
        3..=6 => {
            let mut bytes = request.to_string().into_bytes();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(0..bytes.len());
                match random.u8(0..4) {
                    0 => bytes[at] = random.u8(..),
                    1 => bytes.truncate(at + 1),
                    2 => bytes.insert(at, random.u8(..)),
                    _ => {
                        let part = bytes[at..(at + 20).min(bytes.len())].to_vec();
                        bytes.splice(at..at, part);
                    }
                }
            }
            bytes
        }
        // Batches.
        7 => {
            let batch: Vec<_> = (0..random.usize(0..12))
                .map(|_| {
                    let mut request = valid[random.usize(0..valid.len())].clone();
                    bend(random, &mut request);
                    request
                })
                .collect();
            json!(batch).to_string().into_bytes()
        }
        // Members and parameters of other types.
        _ => {
            for _ in 0..random.usize(1..3) {
                let part = if random.u8(..) < 200 && request["params"].is_object() {
                    &mut request["params"]
                } else {
                    &mut request
                };
                bend(random, part);
            }
            request.to_string().into_bytes()
        }
    }
}

/// Is it an answer as JSON-RPC has it?
fn is_answer(answer: &Value) -> bool {
    match answer {
        Value::Array(answers) => !answers.is_empty() && answers.iter().all(is_answer),
        answer => {
            answer["jsonrpc"] == "2.0"
                && answer.get("id").is_some()
                && answer.get("result").is_some() != answer.get("error").is_some()
        }
    }
}

fn send(random: &mut Rng, connection: &mut Connection, body: &[u8]) -> Response {
    match random.u8(0..50) {
        0 => connection.send("POST", "/", &[("Content-Type", "text/xml")], body),
        1 => connection.send("PATCH", "/rpc", &[], body),
        2 => {
            let junk: String = std::iter::repeat_with(|| random.alphanumeric())
                .take(56)
                .collect();
            connection.send(
                "GET",
                &format!("/friendbot?addr=G{junk}&addr=%ff"),
                &[],
                b"",
            )
        }
        _ => connection.post(if random.bool() { "/" } else { "/rpc" }, body),
    }
}

#[test]
fn ten_thousand_malformed_requests_leave_the_server_healthy() {
    let served = Served::manual();
    let valid = valid(&served);
    for request in &valid {
        let response = served.connect().post("/", request.to_string().as_bytes());
        assert!(
            response.json().get("result").is_some(),
            "{request}: {}",
            response.text()
        );
    }
    let mut random = Rng::with_seed(20_240_229);
    let mut connection = served.connect();
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    let mut codes = std::collections::BTreeMap::<i64, usize>::new();
    let count = std::env::var("BALLAST_MALFORMED").ok();
    let count = count.map_or(REQUESTS, |count| count.parse().expect("a number"));
    for round in 0..count {
        let body = body(&mut random, &valid);
        let response = send(&mut random, &mut connection, &body);
        *statuses.entry(response.status).or_default() += 1;
        let shown = String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
        assert!(
            matches!(response.status, 200 | 204 | 400 | 404 | 405 | 413 | 415),
            "{round}: {} for {shown}",
            response.status
        );
        if response.status == 200 {
            let answer = response.json();
            assert!(is_answer(&answer), "{round}: {answer} for {shown}");
            if let Some(code) = answer["error"]["code"].as_i64() {
                *codes.entry(code).or_default() += 1;
                assert_ne!(code, -32603, "{round}: {answer} for {shown}");
            }
        }
        if round % 1_000 == 0 {
            served.close();
        }
    }
    println!("statuses {statuses:?}, codes {codes:?}");
    for code in [-32700, -32600, -32601, -32602] {
        assert!(codes.contains_key(&code), "nothing came to {code}");
    }
    served.close();
    assert_eq!(served.get("getHealth", json!({}))["status"], "healthy");
    let [alice, bob] = keys(["alice", "bob"]);
    let applied = served.apply(&served.payment(&alice, &bob, 1));
    assert_eq!(applied["status"], "SUCCESS", "{applied}");
}
