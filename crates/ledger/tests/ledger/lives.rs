//! Lives of entries: temporary ones vanish, persistent ones are archived and come back.

use crate::world::*;
use ballast_ledger::{ttl_key, Harness, HarnessError, Limits, Read};
use ballast_transaction::{i128_of, i128_value, KeyPair};
use stellar_xdr::curr::{
    ContractDataDurability, ContractId, Hash, InvokeHostFunctionResult, LedgerEntryChange,
    LedgerKey, LedgerKeyContractData, OperationResult, OperationResultTr, ScAddress, ScSymbol,
    ScVal, ScVec, TransactionMeta, TransactionResultResult,
};

const PERSISTENT: u32 = 2_073_600;

fn vault() -> ScAddress {
    ScAddress::Contract(ContractId(Hash([7; 32])))
}

/// Where the native asset's contract keeps a contract's balance: a persistent entry.
fn balance_key(native: &ScAddress) -> LedgerKey {
    let symbol = ScVal::Symbol(ScSymbol("Balance".try_into().unwrap()));
    let parts = vec![symbol, ScVal::Address(vault())];
    LedgerKey::ContractData(LedgerKeyContractData {
        contract: native.clone(),
        key: ScVal::Vec(Some(ScVec(parts.try_into().unwrap()))),
        durability: ContractDataDurability::Persistent,
    })
}

/// A ledger in which a contract has a lumen.
fn deposited() -> (Harness, ScAddress, KeyPair) {
    let mut harness = harness(Limits::Mainnet);
    let native = native(&mut harness);
    let keys = accounts(&mut harness, 1);
    let envelope = transfer(&mut harness, &native, &keys[0], vault(), 100);
    harness.execute(envelope).unwrap();
    harness.close_ledger();
    (harness, native, keys[0].clone())
}

fn live_until(harness: &Harness, key: &LedgerKey) -> u32 {
    harness
        .ledger
        .state()
        .get(key)
        .unwrap()
        .ttl
        .unwrap()
        .live_until
}

#[test]
fn a_new_persistent_entry_lives_its_minimum_to_the_last_ledger() {
    let (harness, native, _) = deposited();
    let key = balance_key(&native);
    let made = harness.ledger.header().ledger_seq;
    assert_eq!(live_until(&harness, &key), made + PERSISTENT - 1);
    let entry = harness.ledger.state().get(&key).unwrap();
    assert!(entry.is_live(made + PERSISTENT - 1));
    assert!(!entry.is_live(made + PERSISTENT));
}

#[test]
fn an_archived_entry_is_restored_by_the_call_that_needs_it() {
    let (mut harness, native, key) = deposited();
    let balance = balance_key(&native);
    harness.warp_ledgers(PERSISTENT + 1);
    // The contract's own instance is as old, the balance younger by a ledger or two.
    let envelope = transfer(&mut harness, &native, &key, vault(), 100);
    let outcome = harness.execute(envelope).unwrap();
    let sequence = harness.ledger.building().ledger_seq;
    assert_eq!(live_until(&harness, &balance), sequence + PERSISTENT - 1);
    assert!(
        outcome.cost().disk_read_entries > 1,
        "restored entries are read from disk"
    );
    assert!(outcome.cost().rent_fee > 0);
    let TransactionMeta::V4(meta) = &outcome.applied.meta else {
        panic!("another version");
    };
    let changes = meta.operations[0].changes.iter();
    let restored = changes.filter(|change| matches!(change, LedgerEntryChange::Restored(_)));
    assert!(restored.count() >= 2, "the entry and its life");
    let left = harness
        .view(&native, "balance", vec![ScVal::Address(vault())])
        .unwrap();
    assert_eq!(i128_of(&left), Some(2 * i128::from(XLM)));
}

#[test]
fn an_archived_entry_fails_a_call_that_does_not_restore_it() {
    let (mut harness, native, key) = deposited();
    // Recorded while everything lives.
    let envelope = transfer(&mut harness, &native, &key, vault(), 100);
    harness.warp_ledgers(PERSISTENT + 1);
    let failed = harness.execute(envelope);
    let Err(HarnessError::Failed(result)) = failed else {
        panic!("{failed:?}");
    };
    let TransactionResultResult::TxFailed(operations) = &result.result else {
        panic!("{result:?}");
    };
    assert_eq!(
        operations[0],
        OperationResult::OpInner(OperationResultTr::InvokeHostFunction(
            InvokeHostFunctionResult::EntryArchived
        ))
    );
}

#[test]
fn restore_brings_an_entry_back_and_extend_prolongs_it() {
    let (mut harness, native, key) = deposited();
    let balance = balance_key(&native);
    harness.warp_ledgers(PERSISTENT + 10);
    harness.close_ledger();
    assert!(has(&harness, &balance), "archived entries stay");
    let outcome = harness.restore(&key, vec![balance.clone()]).unwrap();
    let sequence = harness.ledger.building().ledger_seq;
    assert_eq!(live_until(&harness, &balance), sequence + PERSISTENT - 1);
    assert!(
        outcome.fee() < 10_0000000,
        "what is not used comes back: {}",
        outcome.fee()
    );

    let outcome = harness
        .extend(&key, vec![balance.clone()], PERSISTENT + 5_000)
        .unwrap();
    assert!(outcome.cost().rent_fee > 0);
    assert_eq!(
        live_until(&harness, &balance),
        sequence + PERSISTENT + 5_000
    );
    // Again: nothing to do, no rent.
    let outcome = harness.extend(&key, vec![balance], 100).unwrap();
    assert_eq!(outcome.cost().rent_fee, 0);
}

#[test]
fn temporary_entries_vanish() {
    let (mut harness, native, key) = deposited();
    let spender = harness.account("spender", 100 * XLM).unwrap();
    let until = harness.ledger.building().ledger_seq + 20_000;
    let args = vec![
        ScVal::Address(key.sc_address()),
        ScVal::Address(spender.sc_address()),
        i128_value(5),
        ScVal::U32(until),
    ];
    harness.invoke(&key, &native, "approve", args, &[]).unwrap();
    let closed = harness.close_ledger();
    let made = closed.writes.keys();
    let made = made.filter(|key| {
        matches!(key.as_ref(), LedgerKey::ContractData(data)
            if data.durability == ContractDataDurability::Temporary)
    });
    let [allowance] = &made.collect::<Vec<_>>()[..] else {
        panic!("one allowance");
    };
    assert_eq!(live_until(&harness, allowance), until);

    let pair = || {
        vec![
            ScVal::Address(key.sc_address()),
            ScVal::Address(spender.sc_address()),
        ]
    };
    let left = harness.view(&native, "allowance", pair()).unwrap();
    assert_eq!(i128_of(&left), Some(5));

    // Its last ledger.
    let now = harness.ledger.building().ledger_seq;
    harness.warp_ledgers(until - now);
    assert!(harness.close_ledger().evicted.is_empty());
    // The one after.
    let left = harness.view(&native, "allowance", pair()).unwrap();
    assert_eq!(i128_of(&left), Some(0));
    let closed = harness.close_ledger();
    let key = allowance.as_ref().clone();
    assert_eq!(closed.evicted, [key.clone(), ttl_key(&key)]);
    assert_eq!(closed.writes.get(&key), Some(&None));
    assert!(!has(&harness, &key));
}

#[test]
fn a_nonce_that_ends_is_swept_too() {
    let (mut harness, native, key) = deposited();
    let other = harness.account("other", 100 * XLM).unwrap();
    let args = vec![
        ScVal::Address(key.sc_address()),
        ScVal::Address(other.sc_address()),
        i128_value(5),
    ];
    // Somebody else is the source: the sender signs an entry, whose nonce is kept.
    harness
        .invoke(&other, &native, "transfer", args, &[&key])
        .unwrap();
    harness.close_ledger();
    harness.warp_ledgers(20_000);
    assert_eq!(harness.close_ledger().evicted.len(), 2);
}
