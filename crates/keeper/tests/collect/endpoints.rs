//! Several servers as one.

use crate::support::{units, World};
use ballast_client::{factory, vault, Error};
use ballast_core::policy::Policy;
use ballast_keeper::collect::{CollectError, EndpointOptions, Endpoints};
use ballast_sandbox::faults::{Form, Kind};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

fn options() -> EndpointOptions {
    EndpointOptions {
        timeout: Duration::from_secs(2),
        patience: Duration::from_secs(5),
        ..EndpointOptions::default()
    }
}

async fn connect(urls: &[&String]) -> Endpoints {
    let urls: Vec<_> = urls.iter().map(|url| (*url).clone()).collect();
    Endpoints::connect(&urls, None, options()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_fails_when_nobody_answers_and_succeeds_when_one_does() {
    let world = World::start().await;
    let dead = "http://127.0.0.1:9".to_owned();
    let error = Endpoints::connect(std::slice::from_ref(&dead), None, options())
        .await
        .unwrap_err();
    assert!(matches!(error, CollectError::Unreachable(_)), "{error}");
    let error = Endpoints::connect(&[], None, options()).await.unwrap_err();
    assert!(matches!(error, CollectError::NoEndpoint), "{error}");
    let error =
        Endpoints::connect(std::slice::from_ref(&world.url), Some("another"), options()).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("\"another\""), "{error}");

    let endpoints = connect(&[&dead, &world.url]).await;
    assert_eq!(endpoints.latest().await.unwrap().sequence, world.ledger());
    let standing = endpoints.standing();
    assert!(!standing[0].healthy && standing[1].healthy, "{standing:?}");
    assert!(standing[0].failures >= 1 && standing[0].last_error.is_some());
    assert_eq!(standing[1].latest_ledger, world.ledger());
}

/// Every kind of a spoilt answer leads to the other server, whichever comes first, and a question asked meanwhile
/// is answered within a second.
#[tokio::test(flavor = "multi_thread")]
async fn ask_succeeds_while_the_first_endpoint_fails_in_any_way() {
    let world = World::start().await;
    let node = world.node().await;
    for kind in [
        Kind::Drop,
        Kind::Http { status: 503 },
        Kind::Http { status: 404 },
        Kind::RateLimit { per_second: 0 },
        Kind::Error {
            code: -32603,
            message: "internal".into(),
        },
        Kind::Garbage {
            form: Some(Form::Html),
        },
        Kind::Garbage {
            form: Some(Form::Truncated),
        },
        Kind::Garbage {
            form: Some(Form::Shape),
        },
        Kind::Latency {
            ms: 60_000,
            jitter_ms: 0,
        },
    ] {
        let endpoints = connect(&[&node.url, &world.url]).await;
        endpoints.latest().await.unwrap();
        node.fail(kind.clone(), None);
        for _ in 0..3 {
            let asked = Instant::now();
            let latest = endpoints.latest().await;
            let latest = latest.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
            assert_eq!(latest.sequence, world.ledger(), "{kind:?}");
            assert!(asked.elapsed() < Duration::from_secs(1), "{kind:?}");
        }
        let count = factory::vault_count(&world.contract("factory"));
        assert_eq!(endpoints.view(&count, 0).await.unwrap().0, 0);
        node.mend();
        // It comes back: not at once, but when the other is gone.
        world.fail(Kind::Drop, None);
        let latest = endpoints.latest().await;
        assert!(
            latest.is_ok(),
            "{kind:?}: {latest:?} {:?}",
            endpoints.standing()
        );
        world.mend();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ask_fails_with_the_reason_when_every_endpoint_fails() {
    let world = World::start().await;
    let endpoints = connect(&[&world.url]).await;
    world.fail(Kind::Http { status: 500 }, None);
    let asked = Instant::now();
    let error = endpoints.latest().await.unwrap_err();
    assert!(error.to_string().contains("HTTP 500"), "{error}");
    let took = asked.elapsed();
    assert!(
        took > Duration::from_secs(3) && took < Duration::from_secs(7),
        "{took:?}"
    );
    world.mend();
    assert_eq!(endpoints.latest().await.unwrap().sequence, world.ledger());
}

#[tokio::test(flavor = "multi_thread")]
async fn ask_waits_when_the_only_endpoint_limits_its_rate() {
    let world = World::start().await;
    let endpoints = Arc::new(connect(&[&world.url]).await);
    world.fail(Kind::RateLimit { per_second: 3 }, None);
    for _ in 0..8 {
        endpoints.latest().await.unwrap();
    }
    let standing = &endpoints.standing()[0];
    // It obeys Retry-After: refused about once a second, not once a question or more.
    assert!(
        standing.failures >= 1 && standing.failures <= 4,
        "{standing:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ask_fails_at_once_when_a_contract_refuses() {
    let world = World::start().await;
    let node = world.node().await;
    let endpoints = connect(&[&world.url, &node.url]).await;
    let call = vault::state(&world.contract("pool"));
    let asked = Instant::now();
    let error = endpoints.ask(|client| {
        let call = &call;
        async move { client.view(call).await }
    });
    let error = error.await.unwrap_err();
    assert!(matches!(error, Error::WouldFail(_)), "{error}");
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert!(endpoints.standing().iter().all(|one| one.failures == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lags_is_passed_over() {
    let world = World::start().await;
    let node = world.node().await;
    let endpoints = connect(&[&node.url, &world.url]).await;
    node.fail(Kind::Stale { ledgers: 5 }, None);
    let count = factory::vault_count(&world.contract("factory"));
    for _ in 0..8 {
        let ledger = world.close(1).await;
        // An answer as of a ledger that is known to have closed.
        let (_, of) = endpoints.view(&count, ledger).await.unwrap();
        assert_eq!(of, ledger);
        endpoints.look_around().await;
    }
    let latest = endpoints.latest().await.unwrap();
    assert_eq!(latest.sequence, world.ledger());
    let standing = endpoints.standing();
    assert!(standing[0].latest_ledger < standing[1].latest_ledger);
}

/// The mirror takes transactions and loses them, the leader refuses nothing; whichever answers first, the
/// transaction arrives, and a server that knows an older ledger does not spoil it.
#[tokio::test(flavor = "multi_thread")]
async fn send_everywhere_succeeds_while_one_endpoint_refuses_or_is_gone() {
    let world = World::start().await;
    let node = world.node().await;
    let endpoints = Arc::new(connect(&[&node.url, &world.url]).await);
    let alice = world.keys("alice");
    for kind in [
        None,
        Some(Kind::Drop),
        Some(Kind::Stale { ledgers: 50 }),
        Some(Kind::Error {
            code: -32602,
            message: "no".into(),
        }),
    ] {
        if let Some(kind) = &kind {
            node.fail(kind.clone(), Some("sendTransaction"));
        }
        let vault = world.empty_vault("alice", &Policy::BALANCED.into()).await;
        let call = vault::deposit(&vault, &world.asset("XLM"), units("10"));
        let prepared = world.client.prepare((&alice).into(), &call).await.unwrap();
        let network = world.client.network();
        let hash = network.transaction_hash(&prepared.transaction);
        let envelope = ballast_transaction::sign(network, prepared.transaction.clone(), &[&alice]);
        let sent = {
            let (endpoints, envelope) = (endpoints.clone(), envelope.clone());
            // In a task of its own: the future goes from thread to thread.
            tokio::spawn(async move { endpoints.send_everywhere(&envelope).await })
        };
        sent.await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.close(1).await;
        let found = world.client.rpc().transaction(hash).await.unwrap();
        assert_eq!(found.ledger, Some(world.ledger()), "{kind:?}");
        node.mend();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn send_everywhere_fails_when_nobody_takes_it() {
    let world = World::start().await;
    let endpoints = connect(&[&world.url]).await;
    let alice = world.keys("alice");
    let vault = world.empty_vault("alice", &Policy::BALANCED.into()).await;
    let call = vault::deposit(&vault, &world.asset("XLM"), units("10"));
    let prepared = world.client.prepare((&alice).into(), &call).await.unwrap();
    let network = world.client.network();
    let envelope = ballast_transaction::sign(network, prepared.transaction.clone(), &[&alice]);
    world.fail(Kind::Drop, Some("sendTransaction"));
    let error = endpoints.send_everywhere(&envelope).await.unwrap_err();
    assert!(matches!(error, Error::Rpc(_)), "{error}");
    world.mend();
    assert_eq!(
        endpoints.send_everywhere(&envelope).await.unwrap().status,
        ballast_client::rpc::SendStatus::Pending
    );
}
