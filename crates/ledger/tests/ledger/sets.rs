//! Which transactions a ledger has, what they pay, how they are packed.

use crate::world::*;
use ballast_ledger::{ClosedLedger, Harness, Limits, SubmitStatus};
use stellar_xdr::curr::{
    ConfigSettingEntry, ContractId, GeneralizedTransactionSet, Hash, ScAddress, TransactionPhase,
    TxSetComponent,
};

/// Base fees of the classic components and of the contracts' phase, and the sizes of its clusters.
fn shape(closed: &ClosedLedger) -> (Vec<i64>, Option<i64>, Vec<Vec<usize>>) {
    let GeneralizedTransactionSet::V1(set) = closed.transaction_set();
    let [TransactionPhase::V0(components), TransactionPhase::V1(parallel)] = &set.phases[..] else {
        panic!("other phases");
    };
    let fees = components.iter().map(|component| {
        let TxSetComponent::TxsetCompTxsMaybeDiscountedFee(component) = component;
        component.base_fee.unwrap()
    });
    let stages = parallel.execution_stages.iter();
    let stages = stages.map(|stage| stage.0.iter().map(|cluster| cluster.0.len()).collect());
    (fees.collect(), parallel.base_fee, stages.collect())
}

fn fees(closed: &ClosedLedger) -> Vec<i64> {
    let fees = closed.transactions.iter().map(|tx| tx.cost.inclusion_fee);
    let mut fees: Vec<_> = fees.collect();
    fees.sort();
    fees
}

#[test]
fn everyone_pays_the_base_fee_while_there_is_room() {
    let mut harness = harness(Limits::Mainnet);
    let keys = accounts(&mut harness, 3);
    for (key, bid) in [(0, 100), (1, 5_000)] {
        harness.bid = bid;
        let envelope = harness
            .operations(&keys[key], vec![payment(&keys[2], 1); 2])
            .unwrap();
        assert_eq!(harness.submit(envelope).status, SubmitStatus::Pending);
    }
    let closed = harness.close_ledger();
    assert_eq!(fees(&closed), [200, 200]);
    assert_eq!(shape(&closed), (vec![100], None, vec![]));
}

#[test]
fn a_full_ledger_takes_the_best_bids_at_the_price_of_the_lowest() {
    let mut harness = harness(Limits::Mainnet);
    // A thousand operations go in: ten of eleven.
    let keys = accounts(&mut harness, 11);
    for (number, key) in keys.iter().enumerate() {
        harness.bid = 200 + number as u32;
        let operations = vec![payment(&keys[0], 1); 100];
        let envelope = harness.operations(key, operations).unwrap();
        assert_eq!(harness.submit(envelope).status, SubmitStatus::Pending);
    }
    let closed = harness.close_ledger();
    assert_eq!(fees(&closed), [20_100; 10]);
    assert_eq!(shape(&closed).0, [201]);
    let stats = harness.ledger.fee_stats();
    assert_eq!((stats.classic.max, stats.classic.min), (201, 100));
    // The rest is in the next ledger, and alone there.
    let closed = harness.close_ledger();
    assert_eq!(fees(&closed), [10_000]);
}

#[test]
fn contracts_transactions_compete_among_themselves() {
    let mut harness = harness(Limits::Mainnet);
    let native = native(&mut harness);
    let keys = accounts(&mut harness, 5);
    limit_count(&mut harness, 2);
    harness.close_ledger();
    let to = keys[4].sc_address();
    for (key, bid) in [(0, 1_000), (1, 3_000), (2, 2_000)] {
        let envelope = transfer(&mut harness, &native, &keys[key], to.clone(), bid);
        assert_eq!(harness.submit(envelope).status, SubmitStatus::Pending);
    }
    let classic = harness
        .operations(&keys[3], vec![payment(&keys[4], 1)])
        .unwrap();
    harness.submit(classic);
    let closed = harness.close_ledger();
    assert_eq!(fees(&closed), [100, 2_000, 2_000]);
    let (classic, soroban, _) = shape(&closed);
    assert_eq!((classic, soroban), (vec![100], Some(2_000)));
    assert!(closed.transactions.iter().all(|tx| succeeded(&tx.result)));
}

/// Balances of contracts are entries of their own: transfers to different contracts from different
/// accounts have nothing in common but the asset's contract, which they read.
fn contract(number: u8) -> ScAddress {
    ScAddress::Contract(ContractId(Hash([number; 32])))
}

/// The native asset's contract, in which the first contracts have balances already.
fn balances(harness: &mut Harness) -> ScAddress {
    let native = native(harness);
    let root = harness.root();
    for number in 0..10 {
        let envelope = transfer(harness, &native, &root, contract(number), 100);
        harness.execute(envelope).unwrap();
    }
    harness.close_ledger();
    native
}

#[test]
fn what_writes_the_same_entry_is_in_one_cluster() {
    let mut harness = harness(Limits::Mainnet);
    let native = balances(&mut harness);
    let keys = accounts(&mut harness, 6);
    for (key, to) in [(0, 1), (1, 1), (2, 2), (3, 2), (4, 2), (5, 3)] {
        let envelope = transfer(&mut harness, &native, &keys[key], contract(to), 100);
        assert_eq!(harness.submit(envelope).status, SubmitStatus::Pending);
    }
    let closed = harness.close_ledger();
    assert!(closed.transactions.iter().all(|tx| succeeded(&tx.result)));
    // Everything fits into the first cluster: no need for a second one.
    assert_eq!(shape(&closed).2, [vec![6]]);
}

#[test]
fn a_cluster_has_its_share_of_instructions() {
    let mut harness = harness(Limits::Mainnet);
    let native = balances(&mut harness);
    let keys = accounts(&mut harness, 8);
    let one = transfer(&mut harness, &native, &keys[7], contract(9), 100);
    let frame = ballast_ledger::Frame::new(harness.ledger.network(), one).unwrap();
    let instructions = i64::from(frame.soroban_data().unwrap().resources.instructions);
    // Room for two transfers and a half in each of the two clusters.
    limit_instructions(&mut harness, instructions * 5 / 2);
    harness.close_ledger();

    // Four that depend on each other, of which two fit; two of two others.
    let targets = [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3)];
    for (number, (key, to)) in targets.into_iter().enumerate() {
        let bid = 1_000 - number as u32;
        let envelope = transfer(&mut harness, &native, &keys[key], contract(to), bid);
        assert_eq!(harness.submit(envelope).status, SubmitStatus::Pending);
    }
    let closed = harness.close_ledger();
    assert!(closed.transactions.iter().all(|tx| succeeded(&tx.result)));
    let (_, base_fee, stages) = shape(&closed);
    assert_eq!(stages, [vec![2, 2]]);
    assert_eq!(base_fee, Some(995), "the lowest bid that is in");
    // The others follow in the next ledgers.
    assert_eq!(harness.close_ledger().transactions.len(), 3);
    assert!(harness.close_ledger().transactions.is_empty());
}

#[test]
fn every_limit_of_a_ledger_holds() {
    type Change = fn(&mut ConfigSettingEntry);
    let limits: [(&str, Change); 5] = [
        ("bytes of transactions", |setting| {
            if let ConfigSettingEntry::ContractBandwidthV0(bandwidth) = setting {
                bandwidth.ledger_max_txs_size_bytes = 1_500;
            }
        }),
        ("written entries", |setting| {
            if let ConfigSettingEntry::ContractLedgerCostV0(cost) = setting {
                cost.ledger_max_write_ledger_entries = 5;
            }
        }),
        ("written bytes", |setting| {
            if let ConfigSettingEntry::ContractLedgerCostV0(cost) = setting {
                cost.ledger_max_write_bytes = 900;
            }
        }),
        ("entries read from disk", |setting| {
            if let ConfigSettingEntry::ContractLedgerCostV0(cost) = setting {
                cost.ledger_max_disk_read_entries = 2;
            }
        }),
        ("bytes read from disk", |setting| {
            if let ConfigSettingEntry::ContractLedgerCostV0(cost) = setting {
                cost.ledger_max_disk_read_bytes = 500;
            }
        }),
    ];
    for (name, change) in limits {
        let mut harness = harness(Limits::Mainnet);
        let native = balances(&mut harness);
        let keys = accounts(&mut harness, 4);
        setting(&mut harness, change);
        harness.close_ledger();
        let mut count = 0;
        for (number, key) in keys.iter().enumerate() {
            let to = contract(number as u8);
            let bid = 500 - number as u32;
            let envelope = transfer(&mut harness, &native, key, to, bid);
            count += usize::from(harness.submit(envelope).status == SubmitStatus::Pending);
        }
        let closed = harness.close_ledger();
        let included = closed.transactions.len();
        assert!(
            0 < included && included < count,
            "{name}: {included} of {count}"
        );
        let lowest = 500 - (included as i64 - 1);
        assert_eq!(shape(&closed).1, Some(lowest), "{name}");
    }
}
