//! HTTP: paths, kinds of bodies, sizes, origins; closing beside serving.

use crate::support::{every, keys, Served};
use serde_json::json;
use std::time::{Duration, Instant};

const HEALTH: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"getHealth"}"#;

#[test]
fn paths_and_methods() {
    let served = Served::manual();
    let mut connection = served.connect();
    for path in ["/", "/rpc", "/soroban/rpc"] {
        let response = connection.post(path, HEALTH);
        assert_eq!(response.json()["result"]["status"], "healthy", "{path}");
        assert_eq!(response.header("content-type"), Some("application/json"));
    }
    assert_eq!(connection.post("/other", HEALTH).status, 404);
    assert_eq!(connection.send("PUT", "/", &[], HEALTH).status, 405);
    let refused = connection.send("GET", "/rpc", &[], b"");
    assert_eq!(refused.status, 405);
    assert_eq!(refused.header("accept-post"), Some("application/json"));
    let greeting = connection.send("GET", "/", &[], b"");
    assert_eq!(greeting.status, 200);
    for method in ballast_sandbox::rpc::METHODS {
        assert!(greeting.text().contains(method), "{method}");
    }
}

#[test]
fn bodies_are_json() {
    let served = Served::manual();
    let mut connection = served.connect();
    for (kind, status) in [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/json; charset=latin1", 415),
        ("text/plain", 415),
        ("", 415),
    ] {
        let headers = [("Content-Type", kind)];
        assert_eq!(
            connection.send("POST", "/", &headers, HEALTH).status,
            status,
            "{kind}"
        );
    }
    assert_eq!(connection.send("POST", "/", &[], HEALTH).status, 415);
}

#[test]
fn long_bodies_are_refused() {
    let served = Served::manual();
    let padded = |length: usize| {
        let mut body = HEALTH.to_vec();
        body.resize(length, b' ');
        body
    };
    let mut connection = served.connect();
    assert_eq!(connection.post("/", &padded(512 * 1024)).status, 200);
    assert_eq!(connection.post("/", &padded(512 * 1024 + 1)).status, 413);
    // Read to its end without being kept.
    assert_eq!(
        connection.post("/", &vec![b'['; 50 * 1024 * 1024]).status,
        413
    );
    // What is longer still is not even read.
    assert_eq!(
        served
            .connect()
            .post("/friendbot", &padded(50 * 1024 * 1024))
            .status,
        413
    );
    assert_eq!(
        connection.post("/", HEALTH).json()["result"]["status"],
        "healthy"
    );
}

#[test]
fn any_page_may_ask() {
    let served = Served::manual();
    let headers = [
        ("Origin", "https://wallet.example"),
        ("Access-Control-Request-Method", "POST"),
        (
            "Access-Control-Request-Headers",
            "content-type,x-client-name",
        ),
    ];
    let preflight = served.connect().send("OPTIONS", "/", &headers, b"");
    assert_eq!(preflight.status, 200);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    let allowed = preflight
        .header("access-control-allow-headers")
        .expect("a header");
    assert!(allowed.contains("x-client-name"), "{allowed}");
    let methods = preflight
        .header("access-control-allow-methods")
        .expect("a header");
    assert!(methods.contains("POST"), "{methods}");
    let headers = [("Origin", "null"), ("Content-Type", "application/json")];
    let response = served.connect().send("POST", "/rpc", &headers, HEALTH);
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn ledgers_close_by_themselves() {
    let served = Served::with(every(20));
    let sequence = || served.sandbox.view().header().ledger_seq;
    let first = sequence();
    let begun = Instant::now();
    while sequence() < first + 20 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "ledgers do not close"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(
        begun.elapsed() >= Duration::from_millis(20 * 19),
        "they close too often"
    );
    // Time does not run ahead of the clock however often ledgers close.
    let time = served.sandbox.view().header().scp_value.close_time.0;
    assert!(time <= served.sandbox.now());

    served.sandbox.set_closing(ballast_sandbox::Closing::Manual);
    std::thread::sleep(Duration::from_millis(60));
    let stopped = sequence();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(sequence(), stopped);
    served.get("ballast_warp", json!({ "seconds": 1_000_000 }));
    assert!(served.sandbox.view().header().scp_value.close_time.0 >= time + 1_000_000);
}

#[test]
fn who_reads_does_not_wait_for_who_writes() {
    let served = Served::manual();
    let [alice] = keys(["alice"]);
    served.fund(&[&alice]);
    let sandbox = served.sandbox.clone();
    let (begun, waits) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        sandbox.change(|_| {
            begun.send(()).expect("somebody waits");
            std::thread::sleep(Duration::from_millis(700));
        });
    });
    waits.recv().expect("the writer begins");
    let start = Instant::now();
    served.get("getLatestLedger", json!({}));
    served.get("getEvents", json!({ "startLedger": 10 }));
    assert!(
        start.elapsed() < Duration::from_millis(500),
        "{:?}",
        start.elapsed()
    );
    writer.join().expect("the writer ends");
}

#[test]
fn a_ledger_that_cannot_be_written_down_ends_the_server() {
    struct Full;
    impl ballast_sandbox::Journal for Full {
        fn closed(
            &mut self,
            _: &ballast_ledger::Ledger,
            _: &ballast_ledger::ClosedLedger,
        ) -> std::io::Result<()> {
            Err(std::io::Error::other("the disk is full"))
        }
    }
    let served = Served::manual();
    let before = served.sandbox.view().header().ledger_seq;
    served.sandbox.set_journal(Box::new(Full));
    let error = served.sandbox.close().expect_err("it must not close");
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!(
        served.sandbox.view().header().ledger_seq,
        before,
        "nobody sees it"
    );
    let ended = served.ended();
    assert!(ended
        .expect_err("with an error")
        .to_string()
        .contains("the disk is full"));
}

#[test]
fn methods_are_called_without_a_socket() {
    let served = Served::manual();
    let call = |method, params| ballast_sandbox::rpc::call(&served.sandbox, method, &params);
    assert_eq!(
        call("getHealth", json!({})).expect("a result")["status"],
        "healthy"
    );
    let error = call("getEvents", json!({})).expect_err("an error");
    assert_eq!(error.to_string(), "[-32602] startLedger must be positive");
}
