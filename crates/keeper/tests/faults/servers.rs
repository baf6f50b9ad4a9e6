//! Servers.

use crate::{
    stage::Stage,
    support::{proxy, units, World},
};
use ballast_keeper::tell::AlertKind;
use ballast_sandbox::{faults::Kind, Closing};
use serde_json::json;
use std::sync::{
    atomic::{AtomicBool, Ordering},
    Arc,
};

/// In every way that the first server can fail, the vault at risk is stepped through the second, and the operator
/// knows of the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_vault_is_stepped_while_the_first_server_fails_in_any_way() {
    let kinds = [
        ("down", Kind::Drop),
        ("refusing", Kind::Http { status: 403 }),
        ("out of order", Kind::Http { status: 503 }),
        ("limiting", Kind::RateLimit { per_second: 1 }),
        ("garbage", Kind::Garbage { form: None }),
        (
            "slow",
            Kind::Latency {
                ms: 20_000,
                jitter_ms: 0,
            },
        ),
        ("stale", Kind::Stale { ledgers: 30 }),
        (
            "error",
            Kind::Error {
                code: -32603,
                message: "internal".into(),
            },
        ),
    ];
    let world = World::start().await;
    let mut vaults = Vec::new();
    for (place, _) in kinds.iter().enumerate() {
        // Each a little riskier than the one before, so that each fall of the price reaches one more.
        let risk = 0_9000000 - 0_0150000 * place as i128;
        vaults.push(world.vault_at("alice", units("4000"), risk).await);
    }
    let mut stage = Stage::set(world).await;
    stage.run(5).await;
    let mut price = 0.36;
    for ((what, kind), vault) in kinds.iter().zip(&vaults) {
        stage.node.fail(kind.clone(), None);
        let mut steps = 0;
        while steps == 0 {
            price *= 0.99;
            assert!(price > 0.2, "{what}: no step");
            stage.crash(&format!("{price:.6}")).await;
            let risk = stage.world.health(vault).await;
            if risk.risk_ratio_e7 < i128::from(risk.soft_e7) {
                continue;
            }
            assert!(
                stage.is_stepped(vault, 1).await,
                "{what}: not stepped at {price}"
            );
            steps = 1;
        }
        let told = stage.alerts(AlertKind::RpcDown);
        let expected = !matches!(
            kind,
            Kind::Latency { .. } | Kind::Stale { .. } | Kind::RateLimit { .. }
        );
        assert!(
            told || !expected,
            "{what}: {:?}",
            stage.keeper.alerts().active()
        );
        stage.node.mend();
    }
}

/// Both servers are gone: the operator is told, and when one is back the vault is stepped.
#[tokio::test(flavor = "multi_thread")]
async fn a_vault_is_stepped_as_soon_as_a_server_is_back() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let mut stage = Stage::set(world).await;
    stage.run(3).await;
    // The controls are not hit.
    stage.node.fail(Kind::Drop, None);
    for method in [
        "getLatestLedger",
        "getLedgerEntries",
        "simulateTransaction",
        "sendTransaction",
        "getTransaction",
        "getEvents",
        "getFeeStats",
        "getHealth",
        "getNetwork",
    ] {
        stage.world.fail(Kind::Drop, Some(method));
    }
    stage.crash("0.324").await;
    let alerts = stage.keeper.alerts().clone();
    let told = stage.until(async |_| alerts.find(AlertKind::RpcDown).is_some());
    assert!(told.await, "{:?}", alerts.active());
    stage.world.mend();
    assert!(stage.is_stepped(&vault, 1).await);
    stage.node.mend();
    let serves = stage.until(async |_| alerts.find(AlertKind::RpcDown).is_none());
    assert!(serves.await, "{:?}", alerts.active());
}

/// While the keeper was away more ledgers closed than servers remember: everything is read again, the operator is
/// told, and a vault that was made meanwhile is stepped.
#[tokio::test(flavor = "multi_thread")]
async fn a_vault_made_in_a_gap_is_stepped() {
    let world = World::start_with(Closing::Manual, 200).await;
    world.vault_at("carol", units("1000"), 0_5000000).await;
    let mut stage = Stage::set(world).await;
    stage.run(3).await;
    assert!(!stage.alerts(AlertKind::EventGap));
    let mut made = None;
    let mut stage = stage
        .restart_after(async |world| {
            made = Some(world.vault_at("alice", units("10000"), 0_8800000).await);
            world.close(250).await;
        })
        .await;
    stage.run(3).await;
    assert!(
        stage.alerts(AlertKind::EventGap),
        "{:?}",
        stage.keeper.alerts().active()
    );
    stage.crash("0.324").await;
    assert!(stage.is_stepped(&made.unwrap(), 1).await);
}

/// Events come twice and mixed with nonsense.
#[tokio::test(flavor = "multi_thread")]
async fn a_vault_is_stepped_once_when_its_events_come_twice() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let node = world.node().await;
    let url = proxy::proxy(&world.url, |method, result| {
        if method == "getEvents" {
            if let Some(events) = result["events"].as_array_mut() {
                let again = events.clone();
                events.extend(again.iter().cloned().map(|mut event| {
                    event["id"] = json!("again");
                    event
                }));
                events.extend(again);
            }
        }
    })
    .await;
    let mut stage = Stage::with(world, node, &[url]).await;
    stage.run(3).await;
    stage.crash("0.324").await;
    assert!(stage.is_stepped(&vault, 1).await);
    stage.run(15).await;
    assert_eq!(stage.world.events(&vault, "step_executed").await, 1);
}

/// Events are lost: a vault that borrowed unseen is stepped nevertheless, once the steady check has found it.
#[tokio::test(flavor = "multi_thread")]
async fn what_lost_events_hid_is_found_and_told() {
    let world = World::start().await;
    let node = world.node().await;
    let lossy = Arc::new(AtomicBool::new(false));
    let loses = lossy.clone();
    let url = proxy::proxy(&world.url, move |method, result| {
        if method == "getEvents" && loses.load(Ordering::Relaxed) {
            result["events"] = json!([]);
        }
    })
    .await;
    let mut stage = Stage::with(world, node, &[url]).await;
    stage.run(3).await;
    lossy.store(true, Ordering::Relaxed);
    let vault = stage
        .world
        .vault_at("alice", units("10000"), 0_8800000)
        .await;
    stage.run(3).await;
    // A day, in which every entry is looked at once.
    for _ in 0..3 {
        stage.world.pass(12 * 3_600).await;
        stage
            .world
            .set_prices(&[("XLM", "0.36"), ("USDC", "1"), ("EURC", "1.08")])
            .await;
        stage.run(5).await;
    }
    assert!(
        stage.alerts(AlertKind::CheckMended),
        "{:?}",
        stage.keeper.alerts().active()
    );
    stage.crash("0.324").await;
    assert!(stage.is_stepped(&vault, 1).await);
}
