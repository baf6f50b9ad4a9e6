//! Transactions that run contracts: what they cost, what comes back, what is told.

use crate::bench::{code, operations, Bench, ALL, XLM};
use ballast_ledger::Applied;
use ballast_transaction::{asset_contract_id, fee_bump, i128_value, sign, symbol, KeyPair};
use stellar_xdr::curr::{
    Asset, ContractExecutable, ContractIdPreimage, CreateContractArgs, HostFunction,
    InvokeContractArgs, InvokeHostFunctionResult as R, LedgerEntryChange, OperationResult as O,
    OperationResultTr as Tr, ScAddress, ScVal, SorobanTransactionData, SorobanTransactionMetaExt,
    TransactionEnvelope, TransactionEventStage as Stage, TransactionMeta, TransactionMetaV4,
    TransactionResultCode as Code, VecM,
};

/// Makes the contract of lumens.
pub fn deploy() -> HostFunction {
    HostFunction::CreateContract(CreateContractArgs {
        contract_id_preimage: ContractIdPreimage::Asset(Asset::Native),
        executable: ContractExecutable::StellarAsset,
    })
}

/// Lumens by their contract.
pub fn transfer(bench: &Bench, from: &KeyPair, to: ScAddress, amount: i64) -> HostFunction {
    let lumens = asset_contract_id(&bench.network, Asset::Native);
    let args = [
        ScVal::Address(from.sc_address()),
        ScVal::Address(to),
        i128_value(amount.into()),
    ];
    HostFunction::InvokeContract(InvokeContractArgs {
        contract_address: ScAddress::Contract(lumens),
        function_name: symbol("transfer"),
        args: args.try_into().expect("few"),
    })
}

fn set_out() -> (Bench, KeyPair, KeyPair) {
    let mut bench = Bench::new();
    let (key, to) = (bench.fund("key", 100 * XLM), bench.fund("to", 100 * XLM));
    let envelope = bench.call(&key, deploy(), |_| {});
    bench.succeed(&envelope);
    (bench, key, to)
}

fn meta(applied: &Applied) -> &TransactionMetaV4 {
    match &applied.meta {
        TransactionMeta::V4(meta) => meta,
        other => panic!("{other:?}"),
    }
}

/// What the events of the transaction say was paid.
fn told_fee(applied: &Applied) -> Vec<(Stage, i128)> {
    let events = meta(applied).events.iter();
    let fees = events.map(|event| {
        let stellar_xdr::curr::ContractEventBody::V0(body) = &event.event.body;
        let amount = ballast_transaction::i128_of(&body.data).expect("an amount");
        (event.stage, amount)
    });
    fees.collect()
}

fn fees(applied: &Applied) -> (i64, i64, i64) {
    let soroban = meta(applied).soroban_meta.as_ref().expect("told");
    match &soroban.ext {
        SorobanTransactionMetaExt::V1(fees) => (
            fees.total_non_refundable_resource_fee_charged,
            fees.total_refundable_resource_fee_charged,
            fees.rent_fee_charged,
        ),
        SorobanTransactionMetaExt::V0 => panic!("fees are told"),
    }
}

#[test]
fn what_is_not_used_comes_back() {
    let (mut bench, key, to) = set_out();
    let (pool, before) = (bench.header.fee_pool, bench.account(&key).balance);
    let extra = |data: &mut SorobanTransactionData| data.resource_fee += 1_000_000;
    let call = transfer(&bench, &key, to.sc_address(), XLM);
    let envelope = bench.call(&key, call, extra);
    let applied = bench.succeed(&envelope);
    let cost = applied.cost;
    let paid = cost.inclusion_fee + cost.non_refundable_fee + cost.refundable_fee + cost.rent_fee;
    assert_eq!(cost.inclusion_fee, 100);
    assert!(cost.non_refundable_fee > 0 && cost.refundable_fee > 0);
    assert_eq!(applied.result.fee_charged, paid);
    assert_eq!(bench.header.fee_pool - pool, paid);
    assert_eq!(before - bench.account(&key).balance, paid + XLM);
    assert_eq!(bench.account(&to).balance, 101 * XLM);
    assert_eq!(bench.lumens(), i128::from(ALL));
    let full = bench.frame(&envelope).full_fee();
    let told = [
        (Stage::BeforeAllTxs, i128::from(full)),
        (Stage::AfterAllTxs, i128::from(paid - full)),
    ];
    assert_eq!(told_fee(&applied), told);
    let [LedgerEntryChange::State(_), LedgerEntryChange::Updated(_)] =
        &applied.refund_changes.0[..]
    else {
        panic!("{:?}", applied.refund_changes);
    };
    let refundable = cost.refundable_fee + cost.rent_fee;
    assert_eq!(
        fees(&applied),
        (cost.non_refundable_fee, refundable, cost.rent_fee)
    );
}

#[test]
fn a_call_tells_its_value_and_its_events() {
    let (mut bench, key, to) = set_out();
    let call = transfer(&bench, &key, to.sc_address(), XLM);
    let envelope = bench.call(&key, call, |_| {});
    let applied = bench.succeed(&envelope);
    let meta = meta(&applied);
    let value = meta.soroban_meta.as_ref().map(|meta| &meta.return_value);
    assert_eq!(value, Some(&Some(ScVal::Void)));
    assert_eq!(meta.operations.len(), 1);
    assert_eq!(meta.operations[0].events.len(), 1);
    assert_eq!(meta.operations[0].changes.len(), 4);
    let result = operations(&applied.result);
    assert!(matches!(
        result[..],
        [O::OpInner(Tr::InvokeHostFunction(R::Success(_)))]
    ));
}

/// What a row changes of what a call declares, and the result.
type Row = (&'static str, i64, fn(&mut SorobanTransactionData), R);

#[test]
fn a_failed_call_pays_for_its_resources_and_nothing_else() {
    let rows: [Row; 5] = [
        ("more than there is", 50 * XLM, |_| {}, R::Trapped),
        (
            "footprint too small",
            XLM,
            |data| data.resources.footprint.read_write = VecM::default(),
            R::Trapped,
        ),
        (
            "too few instructions",
            XLM,
            |data| data.resources.instructions /= 2,
            R::ResourceLimitExceeded,
        ),
        (
            "too few bytes to write",
            XLM,
            |data| data.resources.write_bytes = 10,
            R::ResourceLimitExceeded,
        ),
        (
            "nothing for events",
            XLM,
            |data| data.resource_fee -= 1,
            R::InsufficientRefundableFee,
        ),
    ];
    for (name, amount, change, expected) in rows {
        let (mut bench, key, to) = set_out();
        let call = transfer(&bench, &key, to.sc_address(), amount);
        let envelope = bench.call(&key, call, change);
        // Recorded while there was enough.
        let taken = bench.account(&key).balance - 20 * XLM;
        bench.change(&key, |account| account.balance -= taken);
        bench.change(&bench.root(), |root| root.balance += taken);
        assert_eq!(bench.check(&envelope), Ok(()), "{name}");
        let before = bench.account(&key);
        let applied = bench.apply(&envelope);
        assert_eq!(code(&applied.result), Code::TxFailed, "{name}");
        let result = O::OpInner(Tr::InvokeHostFunction(expected));
        assert_eq!(operations(&applied.result), [result], "{name}");
        let paid = 100 + applied.cost.non_refundable_fee;
        assert_eq!(applied.result.fee_charged, paid, "{name}");
        let after = bench.account(&key);
        assert_eq!(before.balance - after.balance, paid, "{name}");
        assert_eq!(after.seq_num.0, before.seq_num.0 + 1);
        assert_eq!(bench.account(&to).balance, 100 * XLM);
        assert_eq!(meta(&applied).operations.len(), 0);
        assert_eq!(fees(&applied), (applied.cost.non_refundable_fee, 0, 0));
        assert!(!applied.diagnostics.is_empty(), "{name}");
        assert_eq!(bench.lumens(), i128::from(ALL), "{name}");
    }
}

#[test]
fn whoever_bumps_gets_the_refund() {
    let (mut bench, key, to) = set_out();
    let payer = bench.fund("payer", 100 * XLM);
    let call = transfer(&bench, &key, to.sc_address(), XLM);
    let extra = |data: &mut SorobanTransactionData| data.resource_fee += 1_000_000;
    let TransactionEnvelope::Tx(inner) = bench.call(&key, call, extra) else {
        panic!("a transaction");
    };
    // With a fee of nothing inside: the bump pays for the resources as well.
    let mut tx = inner.tx;
    tx.fee = 0;
    let inner = sign(&bench.network, tx, &[&key]);
    assert_eq!(bench.code(&inner), Code::TxSorobanInvalid);
    let resource_fee = bench.frame(&inner).resource_fee();
    let bump = |fee| fee_bump(&bench.network, payer.muxed(), fee, inner.clone(), &[&payer]);
    let low = bump(resource_fee + 199).expect("a bump");
    let refused = bench.check(&low).expect_err("too low");
    assert_eq!(refused.result.discriminant(), Code::TxInsufficientFee);
    let envelope = bump(resource_fee + 200).expect("a bump");
    let before = bench.account(&key).balance;
    let applied = bench.succeed(&envelope);
    assert_eq!(before - bench.account(&key).balance, XLM);
    let paid = applied.result.fee_charged;
    assert_eq!(100 * XLM - bench.account(&payer).balance, paid);
    assert!(paid < resource_fee + 200 - 999_999, "{paid}");
    assert_eq!(applied.cost.inclusion_fee, 200);
    assert_eq!(bench.lumens(), i128::from(ALL));
}

#[test]
fn contracts_hold_lumens_too() {
    let (mut bench, key, _) = set_out();
    let contract = ScAddress::Contract(asset_contract_id(&bench.network, Asset::Native));
    let call = transfer(&bench, &key, contract, XLM);
    let envelope = bench.call(&key, call, |_| {});
    let before = bench.account(&key).balance;
    let applied = bench.succeed(&envelope);
    assert!(applied.cost.rent_fee > 0);
    assert_eq!(
        before - bench.account(&key).balance,
        XLM + applied.result.fee_charged
    );
    assert_eq!(bench.lumens(), i128::from(ALL));
}

#[test]
fn numbers_of_bounds_that_a_call_breaks_are_told() {
    let (bench, key, to) = set_out();
    let call = transfer(&bench, &key, to.sc_address(), XLM);
    let most = bench.config.tx_max_instructions;
    let above = bench.call(&key, call.clone(), |data| {
        data.resources.instructions = most + 1
    });
    assert_eq!(bench.code(&above), Code::TxSorobanInvalid);
    let twice = bench.call(&key, call, |data| {
        data.resource_fee += 1_000_000;
        let mut keys = data.resources.footprint.read_write.to_vec();
        keys.push(keys[0].clone());
        data.resources.footprint.read_write = keys.try_into().expect("few");
    });
    assert_eq!(bench.code(&twice), Code::TxSorobanInvalid);
    for (envelope, text) in [(above, "instructions"), (twice, "duplicate key")] {
        let frame = bench.frame(&envelope);
        let event = ballast_ledger::diagnose(&bench.config, &frame).expect("told");
        assert!(format!("{event:?}").contains(text), "{event:?}");
    }
}
