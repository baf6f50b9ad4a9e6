//! The keeper as its operator runs it, from a configuration, against a sandbox.

#[path = "../support/mod.rs"]
mod support;

use ballast_client::value::Address;
use ballast_keeper::{
    config::{Config, Secrets},
    run::{Keeper, RunOptions},
    store::{HistoryFilter, HistoryRow, Store},
    tell::AlertKind,
};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions};
use std::time::Duration;
use support::{units, World};
use tempfile::TempDir;

/// What a transaction may take to be sent on a machine with other things to do.
const SENDING: Duration = Duration::from_millis(400);
/// Ledgers within which a step must be done.
const LEDGERS: u32 = 30;

struct Operator {
    keeper: Keeper,
    store: Store,
    _folder: TempDir,
}

impl Operator {
    async fn start(world: &World, dry_run: bool) -> Self {
        Self::start_in(world, dry_run, tempfile::tempdir().unwrap()).await
    }

    async fn start_in(world: &World, dry_run: bool, folder: TempDir) -> Self {
        let text = format!(
            r#"
            [network]
            rpc = ["{}"]
            factory = "{}"
            [keys]
            keeper_env = "NOT_READ"
            channels_env = "NOT_READ"
            [watch]
            poll_ms = 10
            [strategy]
            ways = ["flash"]
            [transactions]
            valid_ledgers = 5
            [[venue]]
            adapter = "{}"
            comet = "{}"
            "#,
            world.url,
            world.contract("factory"),
            world.contract("adapter"),
            world.deployment.comet[0].contract,
        );
        let config = Config::parse(&folder.path().join("keeper.toml"), &text).unwrap();
        let secrets = Secrets {
            keeper: world.keys("bob"),
            channels: vec![world.keys("carol"), world.keys("dave")],
        };
        let options = RunOptions { dry_run };
        let keeper = Keeper::open(&config, secrets, options, &mut |_| {})
            .await
            .unwrap();
        let store = Store::open_read_only(&config.database.path).await.unwrap();
        Self {
            keeper,
            store,
            _folder: folder,
        }
    }

    /// A ledger, and time for what the keeper makes of it.
    async fn ledger(&mut self, world: &World) {
        self.ledger_of(world, SENDING).await;
    }

    async fn ledger_of(&mut self, world: &World, time: Duration) {
        let ledger = world.close(1).await;
        while self.keeper.turn().await.unwrap().ledger < ledger {}
        tokio::time::sleep(time).await;
    }

    /// Ledgers until the vault's risk ratio is below `risk_e7`, or there were enough of them.
    async fn until_below(&mut self, world: &World, vault: &Address, risk_e7: i128) -> bool {
        self.until_below_in(world, vault, risk_e7, SENDING).await
    }

    async fn until_below_in(
        &mut self,
        world: &World,
        vault: &Address,
        risk_e7: i128,
        time: Duration,
    ) -> bool {
        for _ in 0..LEDGERS {
            if world.health(vault).await.risk_ratio_e7 < risk_e7 {
                return true;
            }
            self.ledger_of(world, time).await;
        }
        false
    }

    async fn history(&self) -> Vec<HistoryRow> {
        let filter = HistoryFilter {
            limit: 100,
            ..HistoryFilter::default()
        };
        self.store.history(&filter).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_is_stepped_when_its_price_falls_and_what_was_decided_is_written_down() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("20000"), 0_9500000).await;
    let mut operator = Operator::start(&world, false).await;
    operator.ledger(&world).await;
    assert!(operator.history().await.is_empty(), "nothing was in danger");

    world.set_prices(&[("XLM", "0.35")]).await;
    world.pass(300).await;
    world.set_prices(&[("XLM", "0.35")]).await;
    assert!(operator.until_below(&world, &vault, 0_9600000).await);
    operator.ledger(&world).await;

    let history = operator.history().await;
    let done: Vec<_> = history
        .iter()
        .filter(|row| row.decision.outcome.as_deref() == Some("done"))
        .collect();
    assert_eq!(done.len(), 1, "{history:?}");
    assert_eq!(done[0].decision.decision.vault, vault);
    assert_eq!(done[0].transactions.len(), 1);
    assert!(done[0].decision.decision.inputs.contains("b_rate_e12"));
    let queue = operator.keeper.view().state().unwrap().pools[0]
        .queue
        .clone();
    assert!(queue.iter().any(|one| one.address == vault && one.is_vault));
    operator.keeper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_decides_and_sends_nothing() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("20000"), 0_9500000).await;
    let mut operator = Operator::start(&world, true).await;
    world.set_prices(&[("XLM", "0.35")]).await;
    world.pass(300).await;
    world.set_prices(&[("XLM", "0.35")]).await;
    for _ in 0..4 {
        operator.ledger(&world).await;
    }
    assert!(world.health(&vault).await.risk_ratio_e7 >= 0_9600000);
    let history = operator.history().await;
    assert_eq!(
        history
            .iter()
            .filter(|row| row.decision.decision.verdict == "act")
            .count(),
        1
    );
    let dry = |row: &&HistoryRow| row.decision.outcome.as_deref() == Some("dry run");
    assert!(history.iter().find(dry).is_some(), "{history:?}");
    assert!(history.iter().all(|row| row.transactions.is_empty()));
    operator.keeper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_in_an_auction_is_an_alert_until_it_is_rescued() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("20000"), 0_9500000).await;
    let mut operator = Operator::start(&world, false).await;
    world.set_prices(&[("XLM", "0.33")]).await;
    world.pass(300).await;
    world.set_prices(&[("XLM", "0.33")]).await;
    world.open_auction(&vault).await;
    operator.ledger(&world).await;
    let alert = |operator: &Operator| operator.keeper.alerts().find(AlertKind::VaultAuctioned);
    assert_eq!(alert(&operator).unwrap().subject, vault.to_string());
    // Waiting is free until the auction's clock says otherwise.
    assert!(world.health(&vault).await.auction_start_ledger.is_some());
    world.close(150).await;
    assert!(operator.until_below(&world, &vault, 0_9600000).await);
    operator.ledger(&world).await;
    assert!(world.health(&vault).await.auction_start_ledger.is_none());
    assert_eq!(alert(&operator), None);
    operator.keeper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_put_aside_and_the_vault_is_stepped() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("20000"), 0_9500000).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keeper.db"), [b'x'; 8_192]).unwrap();
    let mut operator = Operator::start_in(&world, false, folder).await;
    let alert = operator.keeper.alerts().find(AlertKind::DatabaseReplaced);
    assert!(alert.is_some());
    world.set_prices(&[("XLM", "0.35")]).await;
    world.pass(300).await;
    world.set_prices(&[("XLM", "0.35")]).await;
    assert!(operator.until_below(&world, &vault, 0_9600000).await);
    operator.keeper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_somebody_locks_the_database_the_vault_is_stepped_and_the_operator_is_told() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("20000"), 0_9500000).await;
    let mut operator = Operator::start(&world, false).await;
    operator.ledger(&world).await;
    let file = SqliteConnectOptions::new().filename(operator.store.path());
    let mut other = file.connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();

    world.set_prices(&[("XLM", "0.35")]).await;
    world.pass(300).await;
    world.set_prices(&[("XLM", "0.35")]).await;
    // A write waits for a second before it is given up.
    assert!(
        operator
            .until_below_in(&world, &vault, 0_9600000, 4 * SENDING)
            .await
    );
    assert!(operator.keeper.alerts().find(AlertKind::Database).is_some());

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    let mut over = false;
    for _ in 0..LEDGERS {
        operator.ledger(&world).await;
        over = operator.keeper.alerts().find(AlertKind::Database).is_none();
        if over {
            break;
        }
    }
    assert!(over);
    operator.keeper.stop().await;
}
