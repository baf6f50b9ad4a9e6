//! Who may use the controls: programs, and pages of this server.

use crate::support::{Response, Served};
use serde_json::{json, Value};

fn post(served: &Served, headers: &[(&str, &str)], body: &Value) -> Response {
    let mut all = vec![("Content-Type", "application/json")];
    all.extend(headers);
    let response = served
        .connect()
        .send("POST", "/rpc", &all, body.to_string().as_bytes());
    assert!(matches!(response.status, 200 | 204), "{}", response.status);
    response
}

fn close() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "ballast_close" })
}

/// Is a control carried out for who sends these headers?
fn is_served(served: &Served, headers: &[(&str, &str)]) -> bool {
    let sequence = || served.sandbox.view().header().ledger_seq;
    let before = sequence();
    let answer = post(served, headers, &close()).json();
    let closed = sequence() - before;
    match answer.get("error") {
        None => {
            assert_eq!(closed, 1);
            true
        }
        Some(error) => {
            assert_eq!(closed, 0, "{error}");
            assert_eq!(error["code"], -32000);
            let message = error["message"].as_str().expect("a message");
            assert!(message.starts_with("controls are not for"), "{message}");
            false
        }
    }
}

#[test]
fn programs_and_pages_of_this_server_use_the_controls() {
    let served = Served::manual();
    let own = served.address.to_string();
    let origin = format!("http://{own}");
    for headers in [
        &[][..],
        &[("Host", own.as_str())],
        &[("Host", own.as_str()), ("Origin", origin.as_str())],
        &[("Origin", "http://localhost")],
        // Behind a proxy that speaks TLS.
        &[("Origin", "https://localhost")],
        &[
            ("Host", "LocalHost:8000"),
            ("Origin", "http://localhost:8000"),
        ],
        &[("Host", "[::1]:8000"), ("Origin", "http://[::1]:8000")],
        // Names of containers and of machines nearby.
        &[("Host", "sandbox:8000")],
        &[("Host", "host.docker.internal:8000")],
        &[("Host", "ballast.localhost:8000")],
    ] {
        assert!(is_served(&served, headers), "{headers:?}");
    }
}

#[test]
fn pages_of_other_origins_do_not_use_the_controls() {
    let served = Served::manual();
    let own = served.address.to_string();
    for origin in [
        "https://wallet.example",
        "null",
        "",
        "http://localhost",
        // Another server on this machine.
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        "ftp://127.0.0.1",
        &own,
        &format!("http://{own}/"),
        &format!("http://{own}.evil.example"),
        &format!("http://evil.example@{own}"),
    ] {
        let headers = [("Host", own.as_str()), ("Origin", origin)];
        assert!(!is_served(&served, &headers), "{origin}");
    }
    let two = [
        ("Host", own.as_str()),
        ("Origin", &format!("http://{own}")),
        ("Origin", "https://wallet.example"),
    ];
    assert!(!is_served(&served, &two));
}

#[test]
fn a_server_by_a_foreign_name_has_no_controls() {
    let served = Served::manual();
    for host in [
        "rebound.example",
        "rebound.example:8000",
        "127.0.0.1.rebound.example:8000",
        "localhost.rebound.example",
        "rebound.example.",
        "localhost@rebound.example",
        "rebound.example@localhost",
        "[::1",
        "a b",
    ] {
        let origin = format!("http://{host}");
        assert!(
            !is_served(&served, &[("Host", host), ("Origin", &origin)]),
            "{host}"
        );
        assert!(!is_served(&served, &[("Host", host)]), "{host}");
    }
    let two = [("Host", "localhost"), ("Host", "rebound.example")];
    let body = close().to_string();
    let headers = [[("Content-Type", "application/json")].as_slice(), &two].concat();
    let before = served.sandbox.view().header().ledger_seq;
    served
        .connect()
        .send("POST", "/", &headers, body.as_bytes());
    assert_eq!(served.sandbox.view().header().ledger_seq, before);
}

#[test]
fn controls_do_not_hide_in_batches_or_notifications() {
    let served = Served::manual();
    let foreign = [("Origin", "https://wallet.example")];
    let sequence = || served.sandbox.view().header().ledger_seq;
    let before = sequence();

    let health = json!({ "jsonrpc": "2.0", "id": 2, "method": "getHealth" });
    let batch = json!([health, close(), health]);
    let answers = post(&served, &foreign, &batch).json();
    assert_eq!(answers[0]["result"]["status"], "healthy");
    assert_eq!(answers[1]["error"]["code"], -32000);
    assert_eq!(answers[2]["result"]["status"], "healthy");

    let notification = json!({ "jsonrpc": "2.0", "method": "ballast_close" });
    assert_eq!(post(&served, &foreign, &notification).status, 204);
    assert_eq!(post(&served, &foreign, &json!([notification])).status, 204);
    let unknown = json!({ "jsonrpc": "2.0", "id": 1, "method": "ballast_nothing" });
    let answer = post(&served, &foreign, &unknown).json();
    assert_eq!(answer["error"]["code"], -32000);
    assert_eq!(sequence(), before);

    // The RPC is for everybody, as the real one is.
    let answer = post(&served, &foreign, &health).json();
    assert_eq!(answer["result"]["status"], "healthy");
}
