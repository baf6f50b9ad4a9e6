//! Headers, hashes, determinism, what is kept and taken apart.

use crate::world::*;
use ballast_ledger::{
    ClosedLedger, Genesis, Harness, Image, Ledger, Limits, ReplayError, SubmitStatus,
};
use ballast_transaction::{sha256, to_xdr};
use std::sync::Arc;
use stellar_xdr::curr::{LedgerCloseMeta, TransactionMeta, TransactionResultSet};

/// Some ledgers with everything in them: classic and contracts' transactions, fee bumps, failures, executed
/// ones, a jump.
fn busy(history_ledgers: u32) -> Harness {
    let mut harness = Harness::new(Genesis {
        close_time: START,
        history_ledgers,
        ..Genesis::default()
    });
    let native = native(&mut harness);
    let keys = accounts(&mut harness, 6);
    for round in 0..4_i64 {
        for (number, key) in keys.iter().enumerate() {
            let to = &keys[(number + 1) % keys.len()];
            let envelope = match number % 3 {
                0 => harness
                    .operations(key, vec![payment(to, round + 1)])
                    .unwrap(),
                // More than it has: fails, and pays its fee.
                1 => harness.operations(key, vec![payment(to, 1 << 60)]).unwrap(),
                _ => transfer(&mut harness, &native, key, to.sc_address(), 100),
            };
            let envelope = match number == 3 {
                true => fee_bump(&harness, &keys[0], envelope, 1_000),
                false => envelope,
            };
            assert_eq!(harness.submit(envelope).status, SubmitStatus::Pending);
        }
        let root = harness.root();
        harness.operate(&root, vec![payment(&keys[0], 5)]).unwrap();
        harness.close_ledger();
        if round == 2 {
            harness.warp_ledgers(1_000);
        }
    }
    harness
}

#[test]
fn every_hash_is_that_of_what_it_names() {
    let harness = busy(100);
    let ledgers: Vec<_> = harness.ledger.history().from(0).collect();
    assert!(ledgers.len() > 6);
    for pair in ledgers.windows(2) {
        let (before, closed) = (pair[0], pair[1]);
        let header = &closed.header.header;
        assert_eq!(header.previous_ledger_hash, before.header.hash);
        assert_eq!(closed.header.hash.0, sha256(&to_xdr(header)));
        let results: Vec<_> = closed
            .transactions
            .iter()
            .map(|tx| tx.result_pair())
            .collect();
        let results = TransactionResultSet {
            results: results.try_into().unwrap(),
        };
        assert_eq!(header.tx_set_result_hash.0, sha256(&to_xdr(&results)));
        let LedgerCloseMeta::V2(meta) = closed.meta() else {
            panic!("another version");
        };
        assert_eq!(
            header.scp_value.tx_set_hash.0,
            sha256(&to_xdr(&meta.tx_set))
        );
        assert_ne!(
            header.bucket_list_hash,
            before.header.header.bucket_list_hash
        );
        for (place, transaction) in closed.transactions.iter().enumerate() {
            assert_eq!(transaction.index as usize, place + 1);
            let (found, same) = harness
                .ledger
                .history()
                .transaction(&transaction.hash)
                .unwrap();
            assert_eq!(
                (found.sequence(), same.index),
                (closed.sequence(), transaction.index)
            );
            let TransactionMeta::V4(meta) = &transaction.meta else {
                panic!("another version");
            };
            assert_eq!(meta.soroban_meta.is_some(), transaction.soroban);
        }
    }
    assert_eq!(harness.ledger.hash(), ledgers.last().unwrap().hash());
}

#[test]
fn the_same_inputs_give_the_same_hashes() {
    let (one, other) = (busy(100), busy(100));
    assert_eq!(one.ledger.hash(), other.ledger.hash());
    // What is kept or told makes no difference.
    assert_eq!(one.ledger.hash(), busy(0).ledger.hash());
    assert_eq!(one.ledger.hash(), busy(3).ledger.hash());
    assert_eq!(busy(3).ledger.history().from(0).count(), 3);
}

#[test]
fn coming_back_leaves_no_trace() {
    let mut harness = busy(100);
    let keys = ["account 0", "account 1"].map(ballast_transaction::KeyPair::from_name);
    let go_on = |harness: &mut Harness| {
        harness
            .operate(&keys[0], vec![payment(&keys[1], 7)])
            .unwrap();
        harness.warp_ledgers(10);
        let waiting = harness
            .operations(&keys[1], vec![payment(&keys[0], 1)])
            .unwrap();
        harness.submit(waiting);
        harness.close_ledger();
        harness.ledger.hash()
    };
    let checkpoint = harness.snapshot();
    let (before, state) = (harness.ledger.hash(), harness.ledger.state().clone());
    let after = go_on(&mut harness);
    assert_ne!(before, after);
    harness.revert(&checkpoint);
    assert_eq!(harness.ledger.hash(), before);
    assert!(harness.ledger.state().iter().eq(state.iter()));
    assert!(harness.ledger.queue().is_empty());
    assert_eq!(go_on(&mut harness), after);
}

#[test]
fn a_ledger_is_taken_apart_and_goes_on_as_before() {
    let mut harness = busy(100);
    let image: Image = harness.ledger.export();
    let mut other = Harness::of(Ledger::import(image.clone()));
    assert_eq!(other.ledger.hash(), harness.ledger.hash());
    assert_eq!(other.ledger.fee_stats(), harness.ledger.fee_stats());

    // What is not closed is not part of it, a jump is.
    let root = harness.root();
    let to = ballast_transaction::KeyPair::from_name("account 0");
    harness.operate(&root, vec![payment(&to, 5)]).unwrap();
    let again = Ledger::import(harness.ledger.export());
    assert!(again.state().iter().eq(image.state.iter()));
    let closed = harness.close_ledger();

    other.ledger.replay(closed.clone()).unwrap();
    assert_eq!(other.ledger.hash(), harness.ledger.hash());
    assert!(other
        .ledger
        .state()
        .iter()
        .eq(harness.ledger.state().iter()));

    // Both go on alike.
    for harness in [&mut harness, &mut other] {
        harness.warp_ledgers(7);
        harness.operate(&root, vec![payment(&to, 6)]).unwrap();
    }
    let next = harness.close_ledger();
    let image = other.ledger.export();
    assert!(image.next.is_some());
    assert_eq!(other.close_ledger().hash(), next.hash());

    // A ledger that does not follow, or has other writes than its header says.
    let last = harness.ledger.header().ledger_seq;
    let refused = harness.ledger.replay(closed.clone());
    let found = closed.sequence();
    assert_eq!(refused, Err(ReplayError::OutOfOrder { last, found }));
    let mut third = Harness::of(Ledger::import(image));
    let mut forged: ClosedLedger = next.as_ref().clone();
    forged.writes.pop_first();
    let refused = third.ledger.replay(Arc::new(forged));
    assert_eq!(refused, Err(ReplayError::Hash(next.sequence())));
}

#[test]
fn a_closed_ledger_is_rebuilt_from_what_it_tells() {
    let harness = busy(100);
    for closed in harness.ledger.history().from(0) {
        let details = closed.transactions.iter();
        let details = details
            .map(|tx| (tx.cost, tx.diagnostics.clone()))
            .collect();
        let network = harness.ledger.network();
        let rebuilt =
            ClosedLedger::rebuild(network, closed.meta(), details, closed.writes.clone()).unwrap();
        assert_eq!(rebuilt.meta(), closed.meta());
        assert_eq!(format!("{rebuilt:?}"), format!("{closed:?}"));
    }
}

#[test]
fn sequence_numbers_and_times_do_not_go_back() {
    let mut harness = harness(Limits::Mainnet);
    accounts(&mut harness, 1);
    let (sequence, time) = (harness.ledger.header().ledger_seq, START + 5);
    harness.ledger.jump(0, 0);
    let closed = harness.ledger.close(0);
    assert_eq!(
        (closed.sequence(), closed.close_time()),
        (sequence + 1, time)
    );
    harness.ledger.jump(1_000, time + 100);
    let closed = harness.ledger.close(0);
    assert_eq!(closed.sequence(), 1_000);
    assert!(harness.ledger.history().ledger(999).is_none());
    assert_eq!(
        harness.ledger.history().ledger(1_000).unwrap().hash(),
        closed.hash()
    );
}
