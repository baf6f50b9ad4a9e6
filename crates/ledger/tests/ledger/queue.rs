//! What the queue takes and what it does not.

use crate::world::*;
use ballast_ledger::{Limits, SubmitStatus::*};
use ballast_transaction::Builder;
use stellar_xdr::curr::TransactionResultResult::*;

#[test]
fn one_transaction_of_an_account_waits() {
    let mut harness = harness(Limits::Mainnet);
    let native = native(&mut harness);
    let keys = accounts(&mut harness, 2);
    let first = harness
        .operations(&keys[0], vec![payment(&keys[1], 1)])
        .unwrap();
    assert_eq!(harness.submit(first.clone()).status, Pending);
    assert_eq!(harness.submit(first).status, Duplicate);

    // The next sequence number, the same one with a higher bid, one of another kind: all too many.
    let sequence = harness.sequence(&keys[0]).unwrap();
    let network = harness.ledger.network().clone();
    let next = Builder::new(keys[0].muxed(), sequence + 1)
        .operation(payment(&keys[1], 1))
        .sign(&network, &[&keys[0]]);
    let same = Builder::new(keys[0].muxed(), sequence)
        .inclusion_fee(1_000_000)
        .operation(payment(&keys[1], 1))
        .sign(&network, &[&keys[0]]);
    let contract = transfer(&mut harness, &native, &keys[0], keys[1].sc_address(), 100);
    for other in [next, same, contract] {
        assert_eq!(harness.submit(other).status, TryAgainLater);
    }
    let old = Builder::new(keys[0].muxed(), sequence - 1)
        .operation(payment(&keys[1], 1))
        .sign(&network, &[&keys[0]]);
    assert_eq!(error(harness.submit(old).status).result, TxBadSeq);

    let gap = Builder::new(keys[1].muxed(), harness.sequence(&keys[1]).unwrap() + 1)
        .operation(payment(&keys[0], 1))
        .sign(&network, &[&keys[1]]);
    assert_eq!(error(harness.submit(gap).status).result, TxBadSeq);
    assert_eq!(harness.ledger.queue().len(), 1);
    harness.close_ledger();
    assert!(harness.ledger.queue().is_empty());
}

#[test]
fn a_tenfold_fee_bump_replaces() {
    let mut harness = harness(Limits::Mainnet);
    let keys = accounts(&mut harness, 2);
    let inner = harness
        .operations(&keys[0], vec![payment(&keys[1], 1)])
        .unwrap();
    assert_eq!(harness.submit(inner.clone()).status, Pending);

    // 100 stroops for one operation; a fee bump counts as a second one.
    let low = fee_bump(&harness, &keys[1], inner.clone(), 1_999);
    let refused = error(harness.submit(low).status);
    assert_eq!(
        (refused.result, refused.fee_charged),
        (TxInsufficientFee, 2_000)
    );

    let enough = fee_bump(&harness, &keys[1], inner.clone(), 2_000);
    let replaced = harness.submit(enough);
    assert_eq!(replaced.status, Pending);
    // The transaction inside is as good as waiting.
    assert_eq!(harness.submit(inner).status, Duplicate);

    let closed = harness.close_ledger();
    assert_eq!(closed.transactions.len(), 1);
    let transaction = &closed.transactions[0];
    assert_eq!(transaction.hash, replaced.hash);
    assert!(succeeded(&transaction.result));
    assert_eq!(transaction.result.fee_charged, 200);
    let history = harness.ledger.history();
    let inner = transaction.inner_hash.unwrap();
    assert_eq!(history.transaction(&inner).unwrap().1.hash, replaced.hash);
}

#[test]
fn what_is_left_out_four_times_is_dropped_and_refused_for_ten_ledgers() {
    let mut harness = harness(Limits::Mainnet);
    let native = native(&mut harness);
    let keys = accounts(&mut harness, 3);
    limit_count(&mut harness, 1);
    harness.close_ledger();

    let patient = transfer(&mut harness, &native, &keys[0], keys[2].sc_address(), 100);
    let hash = harness.submit(patient.clone()).hash;
    for round in 0..4 {
        assert!(harness.ledger.queue().contains(&hash), "round {round}");
        let better = transfer(&mut harness, &native, &keys[1], keys[2].sc_address(), 101);
        assert_eq!(harness.submit(better).status, Pending);
        let closed = harness.close_ledger();
        assert_eq!(closed.transactions.len(), 1);
        assert_ne!(closed.transactions[0].hash, hash);
    }
    assert!(!harness.ledger.queue().contains(&hash));
    for _ in 0..10 {
        assert_eq!(harness.submit(patient.clone()).status, TryAgainLater);
        harness.close_ledger();
    }
    assert_eq!(harness.submit(patient).status, Pending);
}

#[test]
fn a_full_queue_takes_better_bids_only() {
    let mut harness = harness(Limits::Mainnet);
    let native = native(&mut harness);
    let keys = accounts(&mut harness, 6);
    limit_count(&mut harness, 1);
    harness.close_ledger();

    let to = keys[5].sc_address();
    let mut hashes = Vec::new();
    for (key, bid) in [(0, 200), (1, 300)] {
        let envelope = transfer(&mut harness, &native, &keys[key], to.clone(), bid);
        let submitted = harness.submit(envelope);
        assert_eq!(submitted.status, Pending);
        hashes.push(submitted.hash);
    }
    // As good as the lowest is not good enough.
    let equal = transfer(&mut harness, &native, &keys[2], to.clone(), 200);
    let frame = ballast_ledger::Frame::new(harness.ledger.network(), equal.clone()).unwrap();
    let refused = error(harness.submit(equal).status);
    assert_eq!(refused.result, TxInsufficientFee);
    assert_eq!(refused.fee_charged, 201 + frame.resource_fee());

    let better = transfer(&mut harness, &native, &keys[3], to.clone(), 250);
    assert_eq!(harness.submit(better).status, Pending);
    assert!(!harness.ledger.queue().contains(&hashes[0]));
    assert!(harness.ledger.queue().contains(&hashes[1]));
    assert_eq!(harness.ledger.queue().len(), 2);

    // Who was driven out, or bids no more than who was, must wait for the next ledger.
    harness.close_ledger();
    let again = transfer(&mut harness, &native, &keys[4], to, 200);
    assert_eq!(harness.submit(again).status, Pending);
}

#[test]
fn fees_of_everything_that_waits_are_counted_against_the_balance() {
    let mut harness = harness(Limits::Mainnet);
    let keys = accounts(&mut harness, 2);
    let poor = harness.account("poor", XLM + 5_000).unwrap();
    harness.close_ledger();
    for (key, expected) in [(0, true), (1, false)] {
        let other = &keys[1 - key];
        let inner = harness
            .operations(&keys[key], vec![payment(other, 1)])
            .unwrap();
        let bumped = fee_bump(&harness, &poor, inner, 3_000);
        match harness.submit(bumped).status {
            Pending => assert!(expected),
            status => {
                assert!(!expected);
                assert_eq!(error(status).result, TxInsufficientBalance);
            }
        }
    }
}

#[test]
fn what_became_invalid_is_dropped_at_the_next_close() {
    let mut harness = harness(Limits::Mainnet);
    let keys = accounts(&mut harness, 2);
    let now = harness.ledger.header().scp_value.close_time.0;
    let brief = Builder::new(keys[0].muxed(), harness.sequence(&keys[0]).unwrap())
        .until(now + 60)
        .operation(payment(&keys[1], 1))
        .sign(harness.ledger.network(), &[&keys[0]]);
    assert_eq!(harness.submit(brief.clone()).status, Pending);
    let closed = harness.ledger.close(now + 61);
    assert!(closed.transactions.is_empty());
    assert!(harness.ledger.queue().is_empty());
    assert_eq!(harness.submit(brief).status, TryAgainLater);
}

#[test]
fn an_applied_transaction_is_refused_at_first_and_then_has_a_used_sequence_number() {
    let mut harness = harness(Limits::Mainnet);
    let keys = accounts(&mut harness, 2);
    let envelope = harness
        .operations(&keys[0], vec![payment(&keys[1], 1)])
        .unwrap();
    harness.submit(envelope.clone());
    harness.close_ledger();
    assert_eq!(harness.submit(envelope.clone()).status, TryAgainLater);
    for _ in 0..10 {
        harness.close_ledger();
    }
    assert_eq!(error(harness.submit(envelope).status).result, TxBadSeq);
}
