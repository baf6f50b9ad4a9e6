//! Page, documents and health over a real socket.

use crate::fixture::{contract, fill, state, Served, HOSTILE};
use ballast_keeper::{
    store::NewAlert,
    tell::{AlertKind, Health, HistoryDocument, QueueDocument, StatusDocument},
};
use std::time::{Duration, Instant};

async fn health(served: &Served) -> (u16, Vec<String>) {
    let answer = served.get("/healthz").await;
    let health: Health = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(health.healthy, answer.status == 200);
    (answer.status, health.reasons)
}

#[tokio::test]
async fn healthz_turns_503_with_reasons_and_back() {
    let served = Served::start().await;
    let (view, alerts) = (&served.tell.view, &served.tell.alerts);
    assert_eq!(
        health(&served).await,
        (503, vec!["starting: not synchronised yet".into()])
    );
    view.show(state(2_000));
    assert_eq!(health(&served).await, (200, vec![]));

    let mut behind = state(2_000);
    behind.endpoints[0].latest_ledger = 2_004;
    view.show(behind.clone());
    assert_eq!(
        health(&served).await,
        (503, vec!["4 ledgers behind the network".into()])
    );
    behind.endpoints[0].latest_ledger = 2_003;
    view.show(behind);
    assert_eq!(health(&served).await, (200, vec![]));

    let mut alone = state(2_000);
    alone.endpoints[0].healthy = false;
    view.show(alone);
    assert_eq!(
        health(&served).await,
        (503, vec!["no RPC endpoint answers".into()])
    );

    let mut still = state(2_000);
    still.seen = Instant::now().checked_sub(Duration::from_secs(45)).unwrap();
    view.show(still);
    assert_eq!(
        health(&served).await,
        (503, vec!["no ledger for 45 s".into()])
    );

    view.show(state(2_000));
    alerts.raise(AlertKind::Lag, "", "the loop takes 9 s a ledger");
    assert_eq!(
        health(&served).await,
        (503, vec!["lags: the loop takes 9 s a ledger".into()])
    );
    alerts.clear(AlertKind::Lag, "");
    // An auctioned vault is an alert, not an illness of the keeper.
    alerts.raise(AlertKind::VaultAuctioned, "CA", "from ledger 7");
    assert_eq!(health(&served).await, (200, vec![]));
}

#[tokio::test]
async fn healthz_turns_503_while_the_database_does_not_answer() {
    let served = Served::start().await;
    served.tell.view.show(state(2_000));
    assert_eq!(health(&served).await, (200, vec![]));
    served.tell.store.as_ref().unwrap().close().await;
    // The next change finds out.
    served.tell.alerts.raise(AlertKind::RpcDown, "A", "refused");
    let found = async {
        loop {
            let (status, reasons) = health(&served).await;
            if status == 503 {
                return reasons;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let reasons = tokio::time::timeout(Duration::from_secs(10), found)
        .await
        .unwrap();
    assert!(reasons[0].starts_with("database: "), "{reasons:?}");
    // The page says so in place of steps and chart, and is there.
    let page = served.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Not to be had"), "{}", page.body);
    assert_eq!(served.get("/history.json").await.status, 503);
}

#[tokio::test]
async fn alerts_are_kept_in_the_database_and_those_of_an_earlier_run_end() {
    let served = Served::start().await;
    let store = served.tell.store.clone().unwrap();
    let wait = |active: Vec<String>| {
        let store = store.clone();
        async move {
            loop {
                let rows = store.active_alerts().await.unwrap();
                let kinds: Vec<_> = rows.into_iter().map(|row| row.kind).collect();
                if kinds == active {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    };
    served.tell.alerts.at(7, 1_000);
    served
        .tell
        .alerts
        .raise(AlertKind::LumensLow, "GA", "4 left");
    served
        .tell
        .alerts
        .raise(AlertKind::LumensLow, "GA", "3 left");
    wait(vec!["lumens_low".into()]).await;
    served.tell.alerts.at(9, 1_010);
    served.tell.alerts.clear(AlertKind::LumensLow, "GA");
    wait(vec![]).await;
    let rows = store.alerts(10).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].raised_ledger, rows[0].raised_at), (7, 1_000));
    assert_eq!(rows[0].cleared, Some((9, 1_010)));

    // Another keeper on the same database.
    let left = NewAlert {
        kind: "lag".into(),
        subject: String::new(),
        message: "of an earlier run".into(),
        ledger: 1,
        closed_at: 1,
    };
    store.add_alert(&left).await.unwrap();
    let (alerts, changes) = ballast_keeper::tell::Alerts::new();
    let metrics = ballast_keeper::tell::Metrics::new(&served.tell.view, &alerts);
    alerts.raise(AlertKind::RpcDown, "A", "refused");
    tokio::spawn(ballast_keeper::tell::keep_alerts(
        store.clone(),
        alerts,
        metrics,
        changes,
    ));
    wait(vec!["rpc_down".into()]).await;
}

#[tokio::test]
async fn documents_say_what_was_shown() {
    let served = Served::start().await;
    served.tell.view.show(state(2_000));
    served.tell.metrics.stepped("fill", "done");
    served.tell.alerts.at(2_000, 1_760_135_000);
    served
        .tell
        .alerts
        .raise(AlertKind::VaultAuctioned, "CA", "from ledger 7");
    let status: StatusDocument =
        serde_json::from_str(&served.get("/status.json").await.body).unwrap();
    assert!(status.healthy);
    assert_eq!(status.ledger.unwrap().sequence, 2_000);
    assert_eq!(status.pools[0].name, "Fixed");
    assert_eq!(
        status.pools[0].highest_vault_risk.as_deref(),
        Some("1.0012345")
    );
    assert_eq!(
        (status.pools[0].auctions, status.pools[0].vault_auctions),
        (3, 1)
    );
    assert_eq!(
        status.pools[0].prices[0].price.as_deref(),
        Some("0.2503717")
    );
    assert_eq!(status.accounts[0].lumens, "1234.5678901");
    assert_eq!(status.alerts[0].since, "2025-10-10T22:23:20Z");
    assert_eq!(
        (status.steps[0].way.as_str(), status.steps[0].count),
        ("fill", 1)
    );

    let queue: QueueDocument =
        serde_json::from_str(&served.get("/queue.json?limit=3").await.body).unwrap();
    let rows = &queue.pools[0].queue;
    assert_eq!((rows.len(), queue.pools[0].borrowers), (3, 214));
    assert_eq!(
        (rows[0].risk_ratio.as_deref(), rows[0].distance.as_deref()),
        (None, None)
    );
    assert_eq!(rows[1].distance.as_deref(), Some("-0.0234"));
    let auction = rows[1].auction.as_ref().unwrap();
    assert_eq!(
        (auction.age_ledgers, auction.filler_gain.as_deref()),
        (212, Some("2123.45679"))
    );
    assert!(rows[2].vault);
    assert_eq!(rows[2].standing, "liquidatable");
    let queue: QueueDocument = serde_json::from_str(&served.get("/queue.json").await.body).unwrap();
    let standings: Vec<_> = queue.pools[0]
        .queue
        .iter()
        .map(|row| row.standing.clone())
        .collect();
    assert_eq!(standings[3..], ["at risk", "near", "near", "far"]);
}

#[tokio::test]
async fn history_is_paged_and_of_a_vault() {
    let served = Served::start().await;
    fill(served.tell.store.as_ref().unwrap()).await;
    let get = |query: String| {
        let served = &served;
        async move {
            let answer = served.get(&format!("/history.json{query}")).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            serde_json::from_str::<HistoryDocument>(&answer.body)
                .unwrap()
                .decisions
        }
    };
    let all = get(String::new()).await;
    assert_eq!(all.iter().map(|one| one.id).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(all[0].outcome, None);
    assert_eq!(
        (all[1].outcome.as_deref(), all[1].way.as_deref()),
        (Some("lost"), Some("flash"))
    );
    assert_eq!(all[2].transactions[0].fee.as_deref(), Some("0.0123456"));
    assert_eq!(all[2].transactions[0].hash, "a0".repeat(32));
    assert_eq!(all[2].risk_ratio_after.as_deref(), Some("0.87"));
    assert_eq!(get("?limit=1&before=3".into()).await[0].id, 2);
    let of = get(format!("?vault={}", contract(102))).await;
    assert_eq!(of.iter().map(|one| one.id).collect::<Vec<_>>(), [1]);
    for wrong in ["?limit=x", "?vault=CX", "?limit=-1", "?lmit=1"] {
        assert_eq!(
            served.get(&format!("/history.json{wrong}")).await.status,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn page_shows_all_and_loads_nothing_from_elsewhere() {
    let served = Served::start().await;
    let empty = served.get("/").await;
    assert!(
        empty.body.contains("Waiting for the first ledger"),
        "{}",
        empty.body
    );
    fill(served.tell.store.as_ref().unwrap()).await;
    served.tell.view.show(state(2_000));
    served
        .tell
        .alerts
        .raise(AlertKind::VaultAuctioned, "CA<b>", "from ledger 7");
    let page = served.get("/").await;
    assert_eq!(page.status, 200);
    for words in [
        "Watching 200 vaults and 14 other borrowers in 1 pool. Ledger 2,000",
        "vault auctioned",
        "2,123.45",
        "-14,476.54",
        "212 ledgers",
        &"a0".repeat(32),
        "<svg",
        "riskiest vault",
        "100.00 XLM",
    ] {
        assert!(page.body.contains(words), "no {words:?} in {}", page.body);
    }
    // Texts of others are texts.
    assert!(
        !page.body.contains(HOSTILE)
            && !page.body.contains("CA<b>")
            && !page.body.contains("words <b>")
    );
    // Nothing from elsewhere, nothing that runs, no style that the policy forbids.
    for never in [
        "http://", "<script", "style=", "src=", "url(", "onload", "@import",
    ] {
        let allowed = page.body.replace("http://www.w3.org/2000/svg", "");
        assert!(!allowed.contains(never), "{never}");
    }
    assert!(page
        .head
        .contains("content-security-policy: default-src 'none'; style-src 'self';"));
    assert!(page.head.contains("x-content-type-options: nosniff"));
    assert!(page.head.contains("cache-control: no-store"));
    assert!(page.body.contains("http-equiv=\"refresh\""));
    assert!(!served
        .get("/?refresh=off")
        .await
        .body
        .contains("http-equiv=\"refresh\""));
    let css = served.get("/page.css").await;
    assert!(css.head.contains("content-type: text/css"));
    assert!(!css.body.contains("url(") && !css.body.contains("@import"));
}

#[tokio::test]
async fn nothing_can_be_changed_and_unknown_pages_are_none() {
    let served = Served::without_database().await;
    for method in ["POST", "PUT", "DELETE"] {
        for path in ["/", "/status.json", "/healthz"] {
            assert_eq!(
                served
                    .ask(method, path, "Content-Length: 0\r\n")
                    .await
                    .status,
                405
            );
        }
    }
    assert_eq!(served.get("/keeper.toml").await.status, 404);
    assert_eq!(served.get("/../../etc/passwd").await.status, 404);
}

#[tokio::test]
async fn no_answer_holds_a_secret() {
    let served = Served::start().await;
    served.tell.view.show(state(2_000));
    let seed = format!("S{}", "ABCD2345".repeat(7))[..56].to_owned();
    let url = "https://user:hunter2@rpc.example/v1/KEYKEY?apikey=KEYKEY";
    served
        .tell
        .alerts
        .raise(AlertKind::RpcDown, url, &format!("{url} refused {seed}"));
    let mut later = state(2_001);
    later.endpoints[0].name = ballast_keeper::tell::endpoint_name(url);
    served.tell.view.show(later);
    for path in [
        "/",
        "/metrics",
        "/healthz",
        "/status.json",
        "/queue.json",
        "/history.json",
    ] {
        let answer = served.get(path).await;
        for secret in ["hunter2", "KEYKEY", seed.as_str()] {
            assert!(!answer.body.contains(secret), "{path}: {secret}");
        }
    }
}
