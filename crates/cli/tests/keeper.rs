//! `ballast keeper status|queue|history` as an operator meets them: beside a keeper that serves, and without one.

mod support;

use ballast_client::value::Address;
use ballast_keeper::{
    store::{Batch, Cursor, Identity, NewAlert, NewDecision, PoolRow, RiskPoint, Store},
    tell::{
        keep_alerts, serve, About, AlertKind, Alerts, EndpointState, Metrics, PoolState, Queued,
        State, Tell, View,
    },
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use support::{assert_fails, ballast, text};
use tokio::runtime::Runtime;

const FACTORY: &str = "CAAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQC526";
const POOL: &str = "CABAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAFNSZ";
const VAULT: &str = "CADQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQP5KR";

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// A directory with a configuration, a database, and perhaps a keeper.
struct World {
    runtime: Runtime,
    directory: PathBuf,
    store: Store,
}

impl World {
    fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("keeper-{name}"));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        let runtime = Runtime::new().unwrap();
        let identity = Identity {
            passphrase: "test".into(),
            factory: address(FACTORY),
        };
        let file = directory.join("keeper.db");
        let opened = runtime.block_on(Store::open(&file, &identity)).unwrap();
        let world = Self {
            runtime,
            directory,
            store: opened.store,
        };
        world.remember();
        // Nobody serves there.
        world.configure("127.0.0.1:1".parse().unwrap());
        world
    }

    fn configure(&self, bind: SocketAddr) {
        let config = format!(
            "[network]\nrpc = [\"http://127.0.0.1:1\"]\nfactory = \"{FACTORY}\"\n\
             [keys]\nkeeper_env = \"NOBODY\"\nchannels_file = \"channels\"\n\
             [database]\npath = \"keeper.db\"\n[http]\nbind = \"{bind}\"\n"
        );
        std::fs::write(self.config(), config).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.directory.join("keeper.toml")
    }

    /// What a keeper has left.
    fn remember(&self) {
        let decision = NewDecision {
            ledger: 990,
            closed_at: 1_760_130_000,
            pool: address(POOL),
            vault: address(VAULT),
            risk_e7: 0_9300000,
            soft_e7: 0_9000000,
            verdict: "unprofitable".into(),
            action: None,
            inputs: "{}".into(),
        };
        let point = RiskPoint {
            ledger: 991,
            closed_at: 1_760_130_005,
            pool: address(POOL),
            borrowers: 3,
            vaults: 1,
            vaults_at_risk: 1,
            auctions: 0,
            highest_vault_risk_e7: 0_9312345,
            median_vault_risk_e7: 0_5000000,
            prices: BTreeMap::new(),
        };
        let alert = NewAlert {
            kind: "lumens_low".into(),
            subject: "GA".into(),
            message: "4 left".into(),
            ledger: 990,
            closed_at: 1_760_130_000,
        };
        let batch = Batch {
            cursor: Some(Cursor {
                cursor: None,
                ledger: 991,
            }),
            pools: vec![PoolRow {
                pool: address(POOL),
                checked_ledger: 991,
            }],
            ..Batch::default()
        };
        self.runtime.block_on(async {
            self.store.save(&batch).await.unwrap();
            self.store.add_decision(&decision).await.unwrap();
            self.store.add_risk_point(&point).await.unwrap();
            self.store.add_alert(&alert).await.unwrap();
        });
    }

    /// A keeper that serves and knows of one vault.
    fn serve(&self) -> Tell {
        let view = View::new(About {
            network: "test".into(),
            factory: address(FACTORY),
            dry_run: true,
            started_at: 1_760_130_000,
            names: BTreeMap::from([(address(POOL), "Fixed".into())]),
            lag_ledgers: 3,
            patience: Duration::from_secs(60),
        });
        let (alerts, changes) = Alerts::new();
        let metrics = Metrics::new(&view, &alerts);
        let queued = |address: &str, is_vault: bool, risk_e7: i128| Queued {
            address: address.parse().unwrap(),
            soft_e7: is_vault.then_some(0_9000000),
            is_vault,
            risk_e7,
            collateral_value: 12_345_6789012,
            debt_value: 8_345_6789012,
        };
        let pool = PoolState {
            pool: address(POOL),
            price_decimals: 7,
            borrowers: 2,
            vaults: 1,
            at_risk: 1,
            unpriced: 0,
            queue: vec![
                queued(FACTORY, false, 0_9500000),
                queued(VAULT, true, 0_9300000),
            ],
            auctions: vec![],
            prices: vec![],
        };
        view.show(State {
            ledger: 1_234,
            closed_at: 1_760_130_100,
            seen: Instant::now(),
            pools: vec![pool],
            endpoints: vec![EndpointState {
                name: "http://rpc".into(),
                healthy: true,
                latest_ledger: 1_234,
                failures: 0,
                latency: Some(Duration::from_millis(3)),
            }],
            accounts: vec![],
            inventory: vec![],
        });
        let tell = Tell {
            view,
            metrics,
            alerts,
            store: Some(self.store.clone()),
        };
        let served = tell.clone();
        let address = self.runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (store, alerts, metrics) = (
                self.store.clone(),
                served.alerts.clone(),
                served.metrics.clone(),
            );
            tokio::spawn(keep_alerts(store, alerts, metrics, changes));
            tokio::spawn(serve(listener, served, std::future::pending()));
            address
        });
        self.configure(address);
        tell
    }

    /// What a command prints, and what it says beside.
    fn run(&self, arguments: &[&str]) -> (String, String) {
        let config = self.config();
        let mut all = vec!["keeper"];
        all.extend(arguments);
        all.extend(["--config", config.to_str().unwrap()]);
        let output = ballast(&all);
        let error = text(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        (text(&output.stdout), error)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        serde_json::from_str(&self.run(&all).0).unwrap()
    }
}

#[test]
fn status_is_of_the_running_keeper() {
    let world = World::new("status");
    let tell = world.serve();
    tell.alerts
        .raise(AlertKind::RpcDown, "http://other", "refused");
    tell.metrics.stepped("fill", "dry_run");
    let (told, error) = world.run(&["status"]);
    assert_eq!(error, "");
    for words in [
        "keeper at ledger 1234 (",
        "a dry run: all is well",
        "alert, rpc down http://other: refused",
        "Fixed",
        "93.00%",
        "dry run",
    ] {
        assert!(told.contains(words), "no {words:?} in {told}");
    }
    let document = world.json(&["status"]);
    assert_eq!(document["running"], true);
    assert_eq!(document["pools"][0]["vaultsAtRisk"], 1);
}

#[test]
fn status_and_history_are_the_databases_when_no_keeper_answers() {
    let world = World::new("fallback");
    let (told, error) = world.run(&["status"]);
    assert!(
        error.contains("no keeper answers (nobody answers at http://127.0.0.1:1"),
        "{error}"
    );
    assert!(error.contains("keeper.db tells"), "{error}");
    for words in [
        "everything up to ledger 991 was read",
        "alert, lumens low GA: 4 left",
        POOL,
        "93.12%",
    ] {
        assert!(told.contains(words), "no {words:?} in {told}");
    }
    let document = world.json(&["status"]);
    assert_eq!(
        (&document["running"], &document["ledger"]),
        (&false.into(), &991.into())
    );

    let (told, error) = world.run(&["history"]);
    assert!(error.contains("no keeper answers"), "{error}");
    assert!(told.contains("held: unprofitable"), "{told}");
    let document = world.json(&["history", "--vault", VAULT]);
    assert_eq!(document["decisions"][0]["riskRatio"], "0.93");
    assert_eq!(
        world.json(&["history", "--vault", FACTORY])["decisions"],
        Value::Array(vec![])
    );
    let (told, _) = world.run(&["history", "--sent"]);
    assert_eq!(told, "nothing was decided yet\n");
}

#[test]
fn history_is_of_the_running_keeper() {
    let world = World::new("history");
    world.serve();
    let (told, error) = world.run(&["history"]);
    assert_eq!(error, "");
    assert!(told.contains("held: unprofitable"), "{told}");
    assert_eq!(
        world.json(&["history", "--before", "1"])["decisions"],
        Value::Array(vec![])
    );
}

#[test]
fn queue_shows_all_or_vaults_and_needs_a_keeper() {
    let world = World::new("queue");
    let config = world.config();
    let config = config.to_str().unwrap();
    assert_fails(
        &["keeper", "queue", "--config", config],
        1,
        "the queue is a running keeper's",
    );
    world.serve();
    let (told, _) = world.run(&["queue"]);
    assert!(
        told.contains("ledger 1234 of 2025-10-10T21:01:40Z"),
        "{told}"
    );
    assert!(told.contains(VAULT) && told.contains(FACTORY), "{told}");
    assert!(
        told.contains("12345.67") && told.contains("7.00%"),
        "{told}"
    );
    let document = world.json(&["queue", "--vaults", "--limit", "1"]);
    let queue = &document["pools"][0]["queue"];
    assert_eq!(queue.as_array().unwrap().len(), 1);
    assert_eq!(queue[0]["borrower"], VAULT);
}

#[test]
fn keeper_fails_on_wrong_arguments() {
    for (arguments, words) in [
        (&["queue", "--limit", "0"][..], "--limit"),
        (&["queue", "--limit", "many"], "--limit"),
        (&["history", "--vault", "C123"], "--vault"),
        (&["history", "--before", "x"], "--before"),
        (&["status", "--limit", "1"], "--limit"),
        (&["stats"], "stats"),
    ] {
        let mut all = vec!["keeper"];
        all.extend(arguments);
        assert_fails(&all, 2, words);
    }
    assert_fails(
        &["keeper", "status", "--config", "no-such.toml"],
        1,
        "no-such.toml",
    );
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = directory.join("keeper-wrong.toml");
    std::fs::write(&file, "[network]\nrpcc = 1\n").unwrap();
    assert_fails(
        &["keeper", "status", "--config", file.to_str().unwrap()],
        1,
        "rpcc",
    );
}

#[test]
fn status_fails_where_there_is_neither_keeper_nor_database() {
    let world = World::new("nothing");
    let directory = world.directory.clone();
    let config = world.config();
    drop(world);
    std::fs::remove_file(directory.join("keeper.db")).unwrap();
    assert_fails(
        &["keeper", "status", "--config", config.to_str().unwrap()],
        1,
        "there is no database",
    );
}
