//! Lives of entries: extended, restored, over.

use crate::bench::*;
use ballast_ledger::{Executed, Limits, Read, RecordAuth};
use ballast_transaction::*;
use stellar_xdr::curr::*;

const KEY: ScVal = ScVal::U32(1);

fn stage() -> (Bench, KeyPair, ScAddress) {
    let mut bench = Bench::new(Limits::Mainnet);
    let ann = bench.account("ann", 1_000_0000000);
    let contract = bench.deploy(&ann);
    bench.done(&ann, invocation(&contract, "put", &[KEY, bytes(&[9; 100])]));
    (bench, ann, contract)
}

fn extend(extend_to: u32) -> OperationBody {
    OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp {
        ext: ExtensionPoint::V0,
        extend_to,
    })
}

fn restore() -> OperationBody {
    OperationBody::RestoreFootprint(RestoreFootprintOp {
        ext: ExtensionPoint::V0,
    })
}

fn data(
    read_only: &[LedgerKey],
    read_write: &[LedgerKey],
    bytes: u32,
    fee: i64,
) -> SorobanTransactionData {
    SorobanTransactionData {
        ext: SorobanTransactionDataExt::V0,
        resources: SorobanResources {
            footprint: LedgerFootprint {
                read_only: read_only.to_vec().try_into().unwrap(),
                read_write: read_write.to_vec().try_into().unwrap(),
            },
            instructions: 0,
            disk_read_bytes: bytes,
            write_bytes: bytes,
        },
        resource_fee: fee,
    }
}

const PLENTY: i64 = 100_0000000;

fn run(
    bench: &mut Bench,
    ann: &KeyPair,
    body: OperationBody,
    data: SorobanTransactionData,
) -> Executed {
    let frame = bench.frame(ann, body, data);
    bench.apply(&frame)
}

fn extended(executed: &Executed) -> ExtendFootprintTtlResult {
    match &executed.result {
        OperationResult::OpInner(OperationResultTr::ExtendFootprintTtl(code)) => code.clone(),
        other => panic!("{other:?}"),
    }
}

fn restored(executed: &Executed) -> RestoreFootprintResult {
    match &executed.result {
        OperationResult::OpInner(OperationResultTr::RestoreFootprint(code)) => code.clone(),
        other => panic!("{other:?}"),
    }
}

fn live_until(bench: &Bench, key: &LedgerKey) -> u32 {
    bench.state.get(key).unwrap().ttl.unwrap().live_until
}

/// The entry's life ends before the ledger being built.
fn expire(bench: &mut Bench, key: &LedgerKey) {
    let entry = bench.state.get(key).unwrap();
    let mut ttl = entry.ttl.unwrap();
    ttl.live_until = bench.header.ledger_seq - 1;
    bench.state.put(entry.with_ttl(ttl));
}

#[test]
fn extending_pays_the_added_ledgers_and_passes_others_over() {
    let (mut bench, ann, contract) = stage();
    let key = Bench::data_key(&contract, KEY);
    let absent = Bench::data_key(&contract, ScVal::U32(2));
    let archived = Bench::instance_key(&contract);
    expire(&mut bench, &archived);
    let keys = [key.clone(), absent, archived.clone()];
    let size = bench.state.get(&key).unwrap().xdr.len() as i64;
    let before = live_until(&bench, &key);
    let executed = run(
        &mut bench,
        &ann,
        extend(3_000_000),
        data(&keys, &[], 0, PLENTY),
    );
    assert_eq!(extended(&executed), ExtendFootprintTtlResult::Success);
    assert_eq!(live_until(&bench, &key), START + 3_000_000);
    assert_eq!(live_until(&bench, &archived), START - 1);
    assert_eq!(executed.writes.len(), 1);
    // By the protocol's formula: bytes x ledgers x price of a kilobyte, and the write of the new time.
    let ledgers = i64::from(START + 3_000_000 - before);
    let rent = (size * 1_000 * ledgers + 1024 * 1_215 - 1) / (1024 * 1_215);
    let written = 2_500 + (48 * 875 + 1023) / 1024;
    assert_eq!(executed.cost.rent_fee, rent + written);
    assert_eq!(executed.refundable_used, executed.cost.rent_fee);
    // A second time there is nothing to do, and nothing to pay.
    let again = run(
        &mut bench,
        &ann,
        extend(3_000_000),
        data(&keys, &[], 0, PLENTY),
    );
    assert_eq!(extended(&again), ExtendFootprintTtlResult::Success);
    assert!(again.writes.is_empty());
    assert_eq!(again.refundable_used, 0);
}

#[test]
fn extending_ends_with_its_codes() {
    let (mut bench, ann, contract) = stage();
    let key = Bench::data_key(&contract, KEY);
    let fee = |bench: &Bench, fee| {
        let frame = bench.frame(
            &ann,
            extend(3_000_000),
            data(std::slice::from_ref(&key), &[], 0, fee),
        );
        ballast_ledger::non_refundable_fee(&bench.config, &frame)
    };
    let fee = fee(&bench, 0);
    let executed = run(
        &mut bench,
        &ann,
        extend(3_000_000),
        data(std::slice::from_ref(&key), &[], 0, fee + 10),
    );
    assert_eq!(
        extended(&executed),
        ExtendFootprintTtlResult::InsufficientRefundableFee
    );
    assert!(executed.writes.is_empty());
    bench.config.max_entry_bytes = 100;
    let executed = run(
        &mut bench,
        &ann,
        extend(3_000_000),
        data(&[key], &[], 0, PLENTY),
    );
    assert_eq!(
        extended(&executed),
        ExtendFootprintTtlResult::ResourceLimitExceeded
    );
}

#[test]
fn restoring_ends_with_its_codes() {
    let (mut bench, ann, contract) = stage();
    let key = Bench::data_key(&contract, KEY);
    let absent = Bench::data_key(&contract, ScVal::U32(2));
    let live = Bench::instance_key(&contract);
    expire(&mut bench, &key);
    let keys = [key.clone(), absent, live];
    let size = bench.state.get(&key).unwrap().xdr.len() as u32;
    let frame = bench.frame(&ann, restore(), data(&[], &keys, size, 0));
    let fee = ballast_ledger::non_refundable_fee(&bench.config, &frame);
    // Every entry to be restored is read from disk.
    assert_eq!(ballast_ledger::disk_read_entries(&frame), 3);
    let too_few = |read, write| {
        let mut data = data(&[], &keys, size, PLENTY);
        data.resources.disk_read_bytes -= read;
        data.resources.write_bytes -= write;
        data
    };
    let rows = [
        (too_few(1, 0), RestoreFootprintResult::ResourceLimitExceeded),
        (too_few(0, 1), RestoreFootprintResult::ResourceLimitExceeded),
        (
            data(&[], &keys, size, fee + 10),
            RestoreFootprintResult::InsufficientRefundableFee,
        ),
        (
            data(&[], &keys, size, PLENTY),
            RestoreFootprintResult::Success,
        ),
    ];
    for (data, code) in rows {
        let executed = run(&mut bench, &ann, restore(), data);
        assert_eq!(restored(&executed), code);
        let done = code == RestoreFootprintResult::Success;
        assert_eq!(executed.restored.len(), usize::from(done));
        assert_eq!(executed.refundable_used > 0, done);
    }
    let lives = bench.config.min_persistent_ttl;
    assert_eq!(live_until(&bench, &key), START + lives - 1);
    assert_eq!(
        bench
            .done(&ann, invocation(&contract, "get", &[KEY]))
            .return_value,
        Some(bytes(&[9; 100]))
    );
}

#[test]
fn temporary_entries_vanish_and_can_be_made_anew() {
    let (mut bench, ann, contract) = stage();
    let put = invocation(&contract, "put_temporary", &[KEY, ScVal::U32(5)]);
    bench.done(&ann, put.clone());
    let key = LedgerKey::ContractData(LedgerKeyContractData {
        contract,
        key: KEY,
        durability: ContractDataDurability::Temporary,
    });
    assert_eq!(
        live_until(&bench, &key),
        START + bench.config.min_temporary_ttl - 1
    );
    let first = bench.done(&ann, put.clone());
    assert_eq!(first.cost.rent_fee, 0, "it is paid for already");
    expire(&mut bench, &key);
    bench.header.ledger_seq += 1;
    let anew = bench.done(&ann, put);
    assert!(anew.cost.rent_fee > 0, "a new entry pays for its life");
    assert!(anew.restored.is_empty());
    let lives = bench.config.min_temporary_ttl;
    assert_eq!(live_until(&bench, &key), START + 1 + lives - 1);
}

#[test]
fn reading_may_extend_and_every_written_entry_is_modified() {
    let (mut bench, ann, contract) = stage();
    let key = Bench::data_key(&contract, KEY);
    bench.header.ledger_seq += 10;
    let now = bench.header.ledger_seq;
    let before = bench.state.get(&key).unwrap();
    let call = invocation(&contract, "extend", &[KEY, ScVal::U32(3_000_000)]);
    let recorded = bench.record(&ann, &call, RecordAuth::Record);
    assert!(recorded.resources.footprint.read_write.is_empty());
    let executed = bench.done(&ann, call);
    let after = bench.state.get(&key).unwrap();
    assert_eq!(after.entry, before.entry);
    assert_eq!(after.ttl.unwrap().live_until, now + 3_000_000);
    assert_eq!(after.ttl.unwrap().last_modified, now);
    assert_eq!(executed.cost.write_bytes, 0);
    // Written with the same value: modified, its time to live as it was.
    bench.header.ledger_seq += 1;
    bench.done(&ann, invocation(&contract, "put", &[KEY, bytes(&[9; 100])]));
    let again = bench.state.get(&key).unwrap();
    assert_eq!(again.entry.last_modified_ledger_seq, now + 1);
    assert_eq!(again.entry.data, before.entry.data);
    assert_eq!(again.ttl, after.ttl);
    assert_eq!(*again.xdr, *to_xdr(again.entry.as_ref()));
    // Removed.
    bench.done(&ann, invocation(&contract, "remove", &[KEY]));
    assert_eq!(bench.state.get(&key), None);
}

#[test]
fn success_is_the_hash_of_what_a_call_gave() {
    let (mut bench, ann, contract) = stage();
    let call = invocation(&contract, "emit", &[vector([KEY]), bytes(&[1; 99])]);
    let executed = bench.done(&ann, call);
    assert_eq!(executed.events.len(), 1);
    let preimage = InvokeHostFunctionSuccessPreImage {
        return_value: executed.return_value.clone().unwrap(),
        events: executed.events.clone().try_into().unwrap(),
    };
    let hash = Hash(sha256(&to_xdr(&preimage)));
    assert_eq!(code(&executed), InvokeHostFunctionResult::Success(hash));
    assert!(executed.diagnostics.is_empty());
    bench.diagnostics = true;
    let call = invocation(&contract, "emit", &[vector([KEY]), bytes(&[1; 99])]);
    assert!(bench.done(&ann, call).diagnostics.len() >= 3);
}
