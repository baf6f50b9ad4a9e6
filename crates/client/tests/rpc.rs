//! What the client does when the server does not do what it should.

mod support;

use ballast_client::{
    rpc::{EventFilter, EventQuery, Rpc, RpcError, RpcOptions, Start},
    Client, Error, Options,
};
use serde_json::{json, Value as Json};
use std::time::Duration;
use support::{serve, Reply};

const OPTIONS: RpcOptions = RpcOptions {
    timeout: Duration::from_millis(400),
    max_answer_bytes: 10_000,
};

async fn health_after(reply: fn() -> Reply) -> RpcError {
    let url = serve(move |_, _| reply()).await;
    let rpc = Rpc::new(&url, OPTIONS).unwrap();
    rpc.health().await.unwrap_err()
}

#[tokio::test]
async fn failures_have_types() {
    assert!(matches!(
        health_after(|| Reply::Silence).await,
        RpcError::Timeout {
            method: "getHealth",
            ..
        }
    ));
    assert!(matches!(
        health_after(|| Reply::HangUp).await,
        RpcError::Transport { .. }
    ));
    assert!(matches!(
        health_after(|| Reply::Error(-32601, "method not found")).await,
        RpcError::Call { code: -32601, .. }
    ));
    let busy = health_after(|| Reply::Http(429, "retry-after: 7\r\n", b"slow down".to_vec())).await;
    assert_eq!(
        busy,
        RpcError::Status {
            method: "getHealth",
            status: 429,
            body: "slow down".into(),
            retry_after: Some(Duration::from_secs(7)),
        }
    );
    assert!(busy.is_transient());
    // A redirected POST would arrive as a GET: it is not followed.
    let moved =
        health_after(|| Reply::Http(302, "location: http://127.0.0.1:1/\r\n", vec![])).await;
    assert!(matches!(moved, RpcError::Status { status: 302, .. }));
    assert!(matches!(
        health_after(|| Reply::Http(200, "", vec![b' '; 10_001])).await,
        RpcError::TooLarge { limit: 10_000, .. }
    ));
    let unreachable = Rpc::new("http://127.0.0.1:1/", OPTIONS).unwrap();
    let error = unreachable.health().await.unwrap_err();
    assert!(matches!(&error, RpcError::Transport { .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn answers_that_make_no_sense_are_errors() {
    let answers: [fn() -> Reply; 8] = [
        || Reply::Http(200, "", b"<html>gateway</html>".to_vec()),
        || Reply::Http(200, "", vec![0xff, 0xfe]),
        || Reply::Http(200, "", b"[]".to_vec()),
        || Reply::Http(200, "", br#"{"jsonrpc":"2.0","id":1}"#.to_vec()),
        || {
            Reply::Http(
                200,
                "",
                br#"{"jsonrpc":"2.0","id":99,"result":{}}"#.to_vec(),
            )
        },
        || Reply::Result(json!({ "status": "healthy" })),
        || Reply::Result(json!({ "status": "healthy", "latestLedger": -1, "oldestLedger": 1 })),
        || Reply::Result(json!(null)),
    ];
    for (index, answer) in answers.into_iter().enumerate() {
        let error = health_after(answer).await;
        assert!(
            matches!(error, RpcError::Malformed { .. }),
            "{index}: {error}"
        );
    }
}

#[tokio::test]
async fn values_inside_answers_are_checked() {
    for (method, result) in [
        (
            "simulateTransaction",
            json!({ "latestLedger": 1, "transactionData": "!!" }),
        ),
        (
            "simulateTransaction",
            json!({ "latestLedger": 1, "minResourceFee": "many" }),
        ),
        (
            "simulateTransaction",
            json!({ "latestLedger": 1, "results": [{ "xdr": "AAAA" }] }),
        ),
        (
            "sendTransaction",
            json!({ "latestLedger": 1, "status": "PERHAPS" }),
        ),
        // Bytes follow the value.
        (
            "simulateTransaction",
            json!({ "latestLedger": 1, "results": [{ "xdr": "AAAAAQAAAAE=" }] }),
        ),
    ] {
        let url = serve(move |_, _| Reply::Result(result.clone())).await;
        let rpc = Rpc::new(&url, OPTIONS).unwrap();
        let nothing = envelope();
        let error = match method {
            "sendTransaction" => rpc.send(&nothing).await.unwrap_err(),
            _ => rpc
                .simulate(&nothing, ballast_client::rpc::AuthMode::Default)
                .await
                .unwrap_err(),
        };
        assert!(
            matches!(error, RpcError::Malformed { .. }),
            "{method}: {error}"
        );
    }
}

#[test]
fn addresses_are_http() {
    for url in [
        "",
        "localhost:8000",
        "ftp://localhost/",
        "http://",
        "file:///etc/passwd",
    ] {
        let error = Rpc::new(url, OPTIONS).unwrap_err();
        assert!(matches!(error, RpcError::Address { .. }), "{url}: {error}");
    }
    assert!(Rpc::new("https://rpc.example.org/path?key=1", OPTIONS).is_ok());
}

#[tokio::test]
async fn another_network_is_refused() {
    let url =
        serve(|_, _| Reply::Result(json!({ "passphrase": "Other", "protocolVersion": 25 }))).await;
    let connect = |passphrase| {
        let rpc = Rpc::new(&url, OPTIONS).unwrap();
        Client::connect(rpc, passphrase, Options::default())
    };
    assert!(matches!(
        connect(Some("Mine")).await,
        Err(Error::Network { .. })
    ));
    assert_eq!(connect(None).await.unwrap().network().passphrase(), "Other");
    assert!(connect(Some("Other")).await.is_ok());
}

#[tokio::test]
async fn events_are_asked_for_as_the_server_wants_it() {
    let url = serve(|method, params: &Json| {
        assert_eq!(method, "getEvents");
        assert_eq!(params["startLedger"], 7);
        assert_eq!(params["pagination"], json!({ "limit": 3 }));
        assert_eq!(params["filters"][0]["type"], "contract");
        // Symbol "deposited", and whatever follows.
        let topics = json!([["AAAADwAAAAlkZXBvc2l0ZWQAAAA=", "**"]]);
        assert_eq!(params["filters"][0]["topics"], topics);
        Reply::Result(json!({ "events": null, "latestLedger": 9, "cursor": "c" }))
    })
    .await;
    let rpc = Rpc::new(&url, OPTIONS).unwrap();
    let query = EventQuery {
        start: Start::Ledger(7),
        end_ledger: None,
        filters: vec![EventFilter::named(Vec::new(), "deposited")],
        limit: Some(3),
    };
    let page = rpc.events(&query).await.unwrap();
    assert_eq!((page.events.len(), page.cursor.as_deref()), (0, Some("c")));
}

fn envelope() -> stellar_xdr::curr::TransactionEnvelope {
    let key = ballast_transaction::KeyPair::from_name("nobody");
    ballast_transaction::Builder::new(key.muxed(), 1).sign(&Default::default(), &[&key])
}
