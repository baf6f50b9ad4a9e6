//! What goes wrong, and what it ends in.

use crate::{
    keeper::{
        channels_of, closing, crash, endpoints, fill, flash, market, pay, quick, store, take,
        Keeper, CHANNEL_LUMENS,
    },
    support::{units, World},
};
use ballast_client::value::Address;
use ballast_keeper::{
    execute::{ExecuteNotice, ExecuteSettings, Executor, Outcome},
    store::TransactionStatus,
};
use ballast_sandbox::faults::Kind;
use ballast_transaction::KeyPair;
use std::time::Duration;

async fn sequence(world: &World, key: &KeyPair) -> i64 {
    let account = world.client.account(&key.account_id()).await.unwrap();
    account.seq_num.0
}

async fn stepped(world: &World, vault: &Address) -> usize {
    let query = ballast_client::rpc::EventQuery {
        start: ballast_client::rpc::Start::Ledger(2),
        end_ledger: None,
        filters: vec![ballast_client::rpc::EventFilter::named(
            vec![vault.clone()],
            "step_executed",
        )],
        limit: None,
    };
    world
        .client
        .rpc()
        .events(&query)
        .await
        .unwrap()
        .events
        .len()
}

#[tokio::test]
async fn a_transaction_that_nobody_gets_expires_and_its_number_is_used_again() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let settings = ExecuteSettings {
        valid_ledgers: 2,
        ..quick(&world)
    };
    let keeper = Keeper::start(&world, 1, settings).await;
    crash(&world).await;
    let (step, market_then) = (flash(&world, &vault).await, market(&world).await);
    let before = sequence(&world, &keeper.channels[0]).await;
    world.fail(Kind::Drop, Some("sendTransaction"));
    let acted = keeper.turn(&world, &[step], &market_then).await;
    let Outcome::Expired { hash } = acted.outcome else {
        panic!("{acted:?}");
    };
    world.mend();
    let row = keeper.store.transaction(hash).await.unwrap().unwrap();
    assert_eq!(row.status, TransactionStatus::Expired);
    assert!(row.last_ledger <= world.ledger());
    assert_eq!(row.sequence, before + 1);
    assert!(keeper.executor.in_flight().is_empty());

    // A fresh plan, not the old envelope.
    let (step, market) = (flash(&world, &vault).await, market(&world).await);
    let acted = keeper.turn(&world, &[step], &market).await;
    let Outcome::Done { hash: second, .. } = acted.outcome else {
        panic!("{acted:?}");
    };
    assert_ne!(hash, second);
    assert_eq!(sequence(&world, &keeper.channels[0]).await, before + 1);
    assert_eq!(stepped(&world, &vault).await, 1);
}

#[tokio::test]
async fn a_number_that_somebody_else_used_is_read_again_and_told() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let keeper = Keeper::start(&world, 1, quick(&world)).await;
    crash(&world).await;
    let (channel, ours) = (
        keeper.channels[0].clone(),
        sequence(&world, &keeper.channels[0]).await,
    );
    pay(&world, &channel, &channel, 1).await;

    // The first turn finds out; nothing of it is applied.
    let (step, market_then) = (flash(&world, &vault).await, market(&world).await);
    let acted = keeper.turn(&world, &[step], &market_then).await;
    assert!(
        matches!(acted.outcome, Outcome::Refused { .. }),
        "{acted:?}"
    );
    let notice = ExecuteNotice::SequenceUsedElsewhere {
        channel: channel.sc_address(),
        expected: ours,
        found: ours + 1,
    };
    assert_eq!(keeper.executor.take_notices(), [notice]);
    assert!(keeper.executor.in_flight().is_empty());

    // Once its bound has passed, the channel is used again, with the right number.
    for _ in 0..50 {
        let ledger = world.close(1).await;
        keeper.executor.closed(ledger);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(keeper.executor.free_channels(), 1);
    let rows = keeper.store.latest_transactions(9).await.unwrap();
    assert_eq!(rows[0].status, TransactionStatus::Refused);
    let (step, market) = (flash(&world, &vault).await, market(&world).await);
    let acted = keeper.turn(&world, &[step], &market).await;
    assert!(matches!(acted.outcome, Outcome::Done { .. }), "{acted:?}");
    assert_eq!(sequence(&world, &channel).await, ours + 2);
}

#[tokio::test]
async fn a_channel_that_cannot_pay_is_parked_and_another_one_does_it() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let keeper = Keeper::start(&world, 2, quick(&world)).await;
    crash(&world).await;
    // Both were read with plenty; the one that comes first has nothing left by now.
    pay(
        &world,
        &world.keys("faucet"),
        &keeper.channels[0],
        50_0000000,
    )
    .await;
    keeper.executor.refresh().await.unwrap();
    let rest = CHANNEL_LUMENS + 50_0000000 - 1_0001000;
    take(&world, &keeper.channels[0], rest).await;

    let (step, market) = (flash(&world, &vault).await, market(&world).await);
    let acted = keeper.turn(&world, &[step], &market).await;
    let Outcome::Done { hash, .. } = acted.outcome else {
        panic!("{acted:?}");
    };
    assert_eq!(acted.simulations, 2);
    let row = keeper.store.transaction(hash).await.unwrap().unwrap();
    assert_eq!(row.channel, keeper.channels[1].sc_address());
    let poor = keeper.channels[0].sc_address();
    let notices = keeper.executor.take_notices();
    assert!(
        notices.contains(&ExecuteNotice::OutOfLumens { channel: poor }),
        "{notices:?}"
    );
    // It stays parked, until somebody pays in.
    for _ in 0..45 {
        keeper.executor.closed(world.close(1).await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    keeper.executor.refresh().await.unwrap();
    assert_eq!(keeper.executor.free_channels(), 1);
    pay(
        &world,
        &world.keys("faucet"),
        &keeper.channels[0],
        50_0000000,
    )
    .await;
    keeper.executor.refresh().await.unwrap();
    assert_eq!(keeper.executor.free_channels(), 2);
}

#[tokio::test]
async fn an_end_that_is_not_known_keeps_vault_and_channel_until_it_is() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let settings = ExecuteSettings {
        patience: Duration::from_millis(400),
        ..quick(&world)
    };
    let keeper = Keeper::start(&world, 1, settings).await;
    crash(&world).await;
    let (step, market) = (fill(&world, &vault).await, market(&world).await);
    // No ledger closes meanwhile.
    let choices = [step.clone()];
    let acted = keeper
        .executor
        .act(None, &choices, &market, &keeper.settings)
        .await;
    let Outcome::Unknown { hash, .. } = acted.outcome else {
        panic!("{acted:?}");
    };
    assert_eq!(keeper.executor.in_flight(), [vault.clone()].into());
    assert_eq!(keeper.executor.free_channels(), 0);
    let again = keeper
        .executor
        .act(None, &choices, &market, &keeper.settings)
        .await;
    assert!(matches!(again.outcome, Outcome::Held(_)), "{again:?}");
    let usdc = [world.asset("USDC")];
    let left = keeper.executor.inventory(&usdc).await.unwrap().available;
    assert_eq!(left[&usdc[0]], 15_000_0000000 - step.repay);

    keeper.executor.closed(world.close(1).await);
    tokio::time::timeout(Duration::from_secs(5), async {
        while keeper.executor.free_channels() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    let row = keeper.store.transaction(hash).await.unwrap().unwrap();
    assert_eq!(row.status, TransactionStatus::Succeeded);
    assert!(keeper.executor.in_flight().is_empty());
    assert_eq!(stepped(&world, &vault).await, 1);
}

#[tokio::test]
async fn of_two_keepers_one_steps_the_vault_and_the_other_loses_its_fee_at_most() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let one = Keeper::start(&world, 1, quick(&world)).await;
    let other = channels_of(&world, "other", 1).await;
    let other = Keeper::with(&world, "carol", other, quick(&world)).await;
    crash(&world).await;
    let (step, market) = (fill(&world, &vault).await, market(&world).await);
    let choices = [step.clone()];
    // Both have simulated and sent before the ledger closes.
    let both = async {
        tokio::join!(
            one.executor.act(None, &choices, &market, &one.settings),
            other.executor.act(None, &choices, &market, &other.settings)
        )
    };
    let mut both = std::pin::pin!(both);
    let waited = tokio::time::timeout(Duration::from_secs(2), &mut both).await;
    assert!(waited.is_err(), "{waited:?}");
    let (first, second) = closing(&world, &one, both).await;
    let (won, lost) = match first.outcome {
        Outcome::Done { .. } => (first, second),
        _ => (second, first),
    };
    let Outcome::Done { report, .. } = won.outcome else {
        panic!("{won:?} {lost:?}");
    };
    let Outcome::Lost {
        why, fee_charged, ..
    } = lost.outcome
    else {
        panic!("{lost:?}");
    };
    assert_eq!(report.repaid, step.repay);
    assert!(
        fee_charged > 0 && why.contains("INVOKE_HOST_FUNCTION_TRAPPED"),
        "{why}"
    );
    assert_eq!(stepped(&world, &vault).await, 1);
}

#[tokio::test]
async fn a_server_that_lags_neither_plans_nor_refuses_for_the_others() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let channels = channels_of(&world, "channel", 1).await;
    let node = world.node().await;
    let directory = tempfile::tempdir().unwrap();
    let store = store(&world, directory.path()).await;
    // It is asked first, and stays where it is.
    node.fail(Kind::Stale { ledgers: 900 }, None);
    let endpoints = endpoints(&[&node.url, &world.url]).await;
    let executor = Executor::open(
        endpoints,
        store.clone(),
        world.keys("bob"),
        channels.clone(),
        quick(&world),
    );
    let executor = executor.await.unwrap();
    crash(&world).await;
    let (step, market) = (flash(&world, &vault).await, market(&world).await);
    let choices = [step];
    let settings = ballast_keeper::strategy::Settings::default();
    let turn = executor.act(None, &choices, &market, &settings);
    let mut turn = std::pin::pin!(turn);
    let acted = loop {
        tokio::select! {
            acted = &mut turn => break acted,
            () = tokio::time::sleep(Duration::from_millis(60)) => executor.closed(world.close(1).await),
        }
    };
    assert!(matches!(acted.outcome, Outcome::Done { .. }), "{acted:?}");
    assert_eq!(executor.take_notices(), []);
}

#[tokio::test]
async fn entries_that_sleep_are_woken_by_the_step_itself() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let keeper = Keeper::start(&world, 1, quick(&world)).await;
    // Longer than tokens let a balance live that nobody touches.
    world
        .control("ballast_warp", serde_json::json!({ "ledgers": 700_000 }))
        .await;
    crash(&world).await;
    let (step, market) = (flash(&world, &vault).await, market(&world).await);
    let acted = keeper.turn(&world, &[step], &market).await;
    assert!(matches!(acted.outcome, Outcome::Done { .. }), "{acted:?}");
}
