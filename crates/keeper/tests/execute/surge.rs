//! Full ledgers: who bids less than everybody else is not taken.

use crate::{
    keeper::{channels_of, crash, flash, market, quick, Keeper},
    support::{units, World},
};
use ballast_client::{rpc::SendStatus, token, Keys, Prepared};
use ballast_keeper::{
    execute::{ExecuteNotice, ExecuteSettings, Outcome},
    store::TransactionStatus,
};
use ballast_transaction::{sign, KeyPair};
use stellar_xdr::curr::{Transaction, TransactionExt};

/// What everybody else bids, stroops.
const BID: u32 = 50_000;
/// Instructions that strangers' transactions declare: the most of one, and less for what is left between them.
const INSTRUCTIONS: [u32; 4] = [400_000_000, 100_000_000, 25_000_000, 6_000_000];

/// Strangers who fill the queue, until it takes no more of theirs.
async fn crowd(world: &World, strangers: &[KeyPair]) {
    let faucet = world.keys("faucet").sc_address();
    let mut sizes = INSTRUCTIONS.into_iter().peekable();
    for stranger in strangers {
        let call = token::transfer(&world.asset("XLM"), &stranger.sc_address(), &faucet, 1);
        let prepared = world.client.prepare(Keys::from(stranger), &call).await;
        let prepared = prepared.unwrap();
        while let Some(size) = sizes.peek() {
            let transaction = sized(&prepared, *size);
            let envelope = sign(world.client.network(), transaction, &[stranger]);
            let sent = world.client.rpc().send(&envelope).await.unwrap();
            match sent.status {
                SendStatus::Pending => break,
                SendStatus::Error => sizes.next(),
                other => panic!("{other:?}"),
            };
        }
    }
    assert!(sizes.peek().is_none(), "the queue has room for more");
}

fn sized<T>(prepared: &Prepared<T>, instructions: u32) -> Transaction {
    let mut transaction = prepared.transaction.clone();
    let TransactionExt::V1(data) = &mut transaction.ext else {
        panic!("it calls a contract");
    };
    data.resources.instructions = instructions;
    data.resource_fee += 1_000_000;
    transaction.fee = BID + data.resource_fee as u32;
    transaction
}

#[tokio::test]
async fn in_a_surge_the_bid_is_what_the_network_asks() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let keeper = Keeper::start(&world, 2, quick(&world)).await;
    let strangers = channels_of(&world, "stranger", 50).await;
    crash(&world).await;
    let (step, market) = (flash(&world, &vault).await, market(&world).await);
    assert!(step.inclusion_fee < BID);
    crowd(&world, &strangers).await;
    let acted = keeper.turn(&world, &[step], &market).await;
    let Outcome::Done {
        hash, fee_charged, ..
    } = acted.outcome
    else {
        panic!("{acted:?}");
    };
    assert_eq!(acted.simulations, 2);
    assert!(fee_charged > i64::from(BID));
    // The first one's channel rests: its number is not used again while it could be.
    let row = keeper.store.transaction(hash).await.unwrap().unwrap();
    let rows = keeper.store.latest_transactions(9).await.unwrap();
    let first = rows.iter().find(|other| other.hash != hash).unwrap();
    assert_ne!(first.channel, row.channel);
    assert_eq!(keeper.executor.free_channels(), 1);
    for _ in 0..45 {
        keeper.executor.closed(world.close(1).await);
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let first = keeper.store.transaction(first.hash).await.unwrap().unwrap();
    assert_eq!(first.status, TransactionStatus::Refused);
    assert!(first.detail.contains("txINSUFFICIENT_FEE"), "{first:?}");
    assert_eq!(keeper.executor.free_channels(), 2);
}

#[tokio::test]
async fn in_a_surge_above_the_cap_nothing_is_spent_and_the_operator_is_told() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let settings = ExecuteSettings {
        max_inclusion_fee: BID / 2,
        ..quick(&world)
    };
    let keeper = Keeper::start(&world, 2, settings).await;
    let strangers = channels_of(&world, "stranger", 50).await;
    crash(&world).await;
    let (step, market_then) = (flash(&world, &vault).await, market(&world).await);
    crowd(&world, &strangers).await;
    let choices = [step];
    let acted = keeper
        .executor
        .act(None, &choices, &market_then, &keeper.settings)
        .await;
    assert!(
        matches!(acted.outcome, Outcome::Refused { .. }),
        "{acted:?}"
    );
    let notices = keeper.executor.take_notices();
    let told = |notice: &ExecuteNotice| matches!(notice, ExecuteNotice::FeeAboveCap { asked, cap } if *asked > BID.into() && *cap == BID / 2);
    assert!(notices.iter().any(told), "{notices:?}");
    for key in &keeper.channels {
        let account = world.client.account(&key.account_id()).await.unwrap();
        assert_eq!(account.balance, crate::keeper::CHANNEL_LUMENS);
    }
    // When it is over, a fresh plan goes through.
    for _ in 0..6 {
        keeper.executor.closed(world.close(1).await);
    }
    let (step, market) = (flash(&world, &vault).await, market(&world).await);
    let acted = keeper.turn(&world, &[step], &market).await;
    assert!(matches!(acted.outcome, Outcome::Done { .. }), "{acted:?}");
}
