//! Steps as they should be.

use crate::{
    keeper::{closing, crash, fill, flash, market, quick, Keeper},
    support::{units, World},
};
use ballast_client::{token, value::Address};
use ballast_keeper::{
    execute::{sale_of, ExecuteSettings, Outcome, SaleOutcome},
    store::TransactionStatus,
    strategy::{Hold, Incoming, Refused},
};
use std::slice;

async fn balance(world: &World, code: &str, holder: &Address) -> i128 {
    let call = token::balance(&world.asset(code), holder);
    world.client.view(&call).await.unwrap()
}

#[tokio::test]
async fn act_fills_by_one_simulation_and_one_transaction() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let keeper = Keeper::start(&world, 2, quick(&world)).await;
    crash(&world).await;
    let (fill, market) = (fill(&world, &vault).await, market(&world).await);
    let held = balance(&world, "USDC", &keeper.key.sc_address()).await;

    let acted = keeper.turn(&world, slice::from_ref(&fill), &market).await;
    let Outcome::Done {
        hash,
        report,
        fee_charged,
        profit_value,
        ..
    } = &acted.outcome
    else {
        panic!("{acted:?}");
    };
    assert_eq!((report.sold, report.repaid), (fill.sell, fill.repay));
    assert!(*profit_value > 0);
    assert_eq!(acted.simulations, 1);
    assert!(acted.first_sent.is_some());
    assert_eq!(acted.action.as_ref(), Some(&fill));

    // The channel has paid the fee and the keeper the debt; a row tells it.
    let row = keeper.store.transaction(*hash).await.unwrap().unwrap();
    assert_eq!(row.status, TransactionStatus::Succeeded);
    assert_eq!(row.fee_charged, Some(*fee_charged));
    assert_eq!(row.vault.as_ref(), Some(&vault));
    let channel = keeper
        .channels
        .iter()
        .find(|key| key.sc_address() == row.channel);
    let account = world
        .client
        .account(&channel.unwrap().account_id())
        .await
        .unwrap();
    assert_eq!(account.balance, crate::keeper::CHANNEL_LUMENS - fee_charged);
    assert_eq!(account.seq_num.0, row.sequence);
    let left = balance(&world, "USDC", &keeper.key.sc_address()).await;
    assert_eq!(held - left, fill.repay);
    assert!(keeper.executor.in_flight().is_empty());
    assert_eq!(keeper.executor.free_channels(), 2);
    assert!(keeper.executor.take_notices().is_empty());
}

#[tokio::test]
async fn act_steps_one_vault_after_another_with_one_channel() {
    let world = World::start().await;
    let first = world.vault_at("alice", units("10000"), 0_8800000).await;
    let second = world.vault_at("carol", units("20000"), 0_8850000).await;
    let keeper = Keeper::start(&world, 1, quick(&world)).await;
    crash(&world).await;
    for vault in [first, second] {
        let (step, market) = (flash(&world, &vault).await, market(&world).await);
        let acted = keeper.turn(&world, &[step], &market).await;
        assert!(matches!(acted.outcome, Outcome::Done { .. }), "{acted:?}");
    }
    let rows = keeper.store.latest_transactions(10).await.unwrap();
    let mut numbers: Vec<_> = rows.iter().map(|row| row.sequence).collect();
    numbers.sort_unstable();
    assert_eq!(numbers.len(), 2);
    assert_eq!(numbers[0] + 1, numbers[1]);
}

#[tokio::test]
async fn act_takes_the_next_choice_when_the_vault_refuses_the_first() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let keeper = Keeper::start(&world, 1, quick(&world)).await;
    crash(&world).await;
    let mut greedy = fill(&world, &vault).await;
    greedy.repay -= greedy.repay / 10;
    let (good, market) = (flash(&world, &vault).await, market(&world).await);

    // Alone it is held, by the vault's own reason, and nothing is sent.
    let acted = keeper.turn(&world, &[greedy.clone()], &market).await;
    match acted.outcome {
        Outcome::Held(hold @ Hold::Refused(Refused(135))) => {
            assert_eq!(hold.to_string(), "BelowFloor");
        }
        outcome => panic!("{outcome:?}"),
    }
    let sent = keeper.store.latest_transactions(10).await.unwrap();
    assert!(sent.is_empty());
    assert_eq!(keeper.executor.free_channels(), 1);

    let acted = keeper.turn(&world, &[greedy, good.clone()], &market).await;
    assert!(matches!(acted.outcome, Outcome::Done { .. }), "{acted:?}");
    assert_eq!(acted.action, Some(good));
    assert_eq!(acted.simulations, 2);
}

#[tokio::test]
async fn act_spends_no_more_than_the_exposure() {
    let world = World::start().await;
    let first = world.vault_at("alice", units("10000"), 0_8800000).await;
    let second = world.vault_at("carol", units("10000"), 0_8800000).await;
    crash(&world).await;
    let (one, two) = (fill(&world, &first).await, fill(&world, &second).await);
    let most = one.repay + two.repay / 2;
    let settings = ExecuteSettings {
        exposures: [(world.asset("USDC"), most)].into(),
        ..quick(&world)
    };
    let keeper = Keeper::start(&world, 2, settings).await;
    let (one, two) = (fill(&world, &first).await, fill(&world, &second).await);
    let market = market(&world).await;
    let usdc = [world.asset("USDC")];
    let (first_choice, second_choice) = ([one.clone()], [two.clone()]);
    let both = async {
        tokio::join!(
            keeper
                .executor
                .act(None, &first_choice, &market, &keeper.settings),
            async {
                while keeper.executor.in_flight().is_empty() {
                    tokio::task::yield_now().await;
                }
                // While the first is out, what is left does not do for the second.
                keeper
                    .executor
                    .act(None, &second_choice, &market, &keeper.settings)
                    .await
            }
        )
    };
    let (first, second) = closing(&world, &keeper, both).await;
    assert!(matches!(first.outcome, Outcome::Done { .. }), "{first:?}");
    assert!(
        matches!(second.outcome, Outcome::Held(Hold::NoInventory)),
        "{second:?}"
    );
    keeper.executor.refresh().await.unwrap();
    let left = keeper.executor.inventory(&usdc).await.unwrap().available;
    assert_eq!(left[&usdc[0]], most - one.repay);
}

#[tokio::test]
async fn sell_turns_what_came_in_back_for_no_less_than_the_least() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let mut keeper = Keeper::start(&world, 2, quick(&world)).await;
    crash(&world).await;
    keeper
        .settings
        .incoming
        .insert(world.asset("XLM"), Incoming::Sell);
    let (step, market) = (fill(&world, &vault).await, market(&world).await);
    let choices = [step.clone()];
    let acted = keeper.turn(&world, &choices, &market).await;
    let Outcome::Done { report, .. } = &acted.outcome else {
        panic!("{acted:?}");
    };
    let sale = sale_of(&step, report, &keeper.settings).unwrap();
    assert_eq!((&sale.asset, sale.amount), (&step.collateral, report.sold));

    let who = keeper.key.sc_address();
    let before = balance(&world, "USDC", &who).await;
    let sold = closing(&world, &keeper, keeper.executor.sell(&sale, &market)).await;
    let SaleOutcome::Sold { proceeds, .. } = sold else {
        panic!("{sold:?}");
    };
    assert_eq!(balance(&world, "USDC", &who).await - before, proceeds);
    // Comet still pays the price from before the fall.
    assert!(proceeds > report.repaid, "{proceeds} {report:?}");

    // Where the market asks more than the venue pays, nothing is sold.
    let mut dear = market.clone();
    for reserve in &mut dear.reserves {
        if let (true, Some(last)) = (reserve.asset == sale.asset, &mut reserve.feed.last) {
            last.price *= 2;
        }
    }
    let sold = closing(&world, &keeper, keeper.executor.sell(&sale, &dear)).await;
    assert!(matches!(sold, SaleOutcome::Held { .. }), "{sold:?}");
}

#[tokio::test]
async fn a_dry_run_does_everything_but_send() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let settings = ExecuteSettings {
        dry_run: true,
        ..quick(&world)
    };
    let keeper = Keeper::start(&world, 1, settings).await;
    crash(&world).await;
    let (step, market) = (flash(&world, &vault).await, market(&world).await);
    let acted = keeper
        .executor
        .act(None, slice::from_ref(&step), &market, &keeper.settings)
        .await;
    let Outcome::DryRun { report, fee, .. } = &acted.outcome else {
        panic!("{acted:?}");
    };
    assert_eq!(report.sold, step.sell);
    assert!(*fee > 1_000);
    assert!(acted.first_sent.is_none());
    assert!(keeper.store.unfinished().await.unwrap().is_empty());
    assert_eq!(keeper.executor.free_channels(), 1);
    assert!(keeper
        .store
        .latest_transactions(10)
        .await
        .unwrap()
        .is_empty());
    // Nobody has stepped the vault.
    world.close(1).await;
    assert_eq!(flash(&world, &vault).await.sell, step.sell);
}
