//! What a node tells about a transaction: changes and events.

use crate::{
    bench::{muxed, usdc, Bench, LEDGER, NOW, XLM},
    validity::payment,
};
use ballast_ledger::Applied;
use ballast_transaction::{asset_contract_id, i128_of, KeyPair};
use stellar_xdr::curr::{
    AccountEntryExt, AccountEntryExtensionV1Ext, AccountEntryExtensionV2Ext, Asset, ClawbackOp,
    ContractEvent, ContractEventBody, CreateAccountOp, LedgerEntryChange as Change,
    LedgerEntryData, Memo, OperationBody, PaymentOp, ScAddress, ScVal, SetTrustLineFlagsOp,
    TransactionEventStage as Stage, TransactionMeta, TransactionMetaV4,
};

fn meta(applied: &Applied) -> &TransactionMetaV4 {
    match &applied.meta {
        TransactionMeta::V4(meta) => meta,
        other => panic!("{other:?}"),
    }
}

/// An event as words: topics, then data.
fn words(event: &ContractEvent) -> String {
    let ContractEventBody::V0(body) = &event.body;
    let topics = body.topics.iter().map(word);
    topics
        .chain([word(&body.data)])
        .collect::<Vec<_>>()
        .join(" ")
}

fn word(value: &ScVal) -> String {
    match value {
        ScVal::Symbol(symbol) => symbol.to_utf8_string_lossy(),
        ScVal::String(text) => {
            let text = text.to_utf8_string_lossy();
            text.split(':').next().unwrap_or_default().to_owned()
        }
        ScVal::Address(ScAddress::Account(id)) => ["key", "to", "issuer"]
            .into_iter()
            .find(|name| KeyPair::from_name(name).account_id() == *id)
            .unwrap_or("somebody")
            .to_owned(),
        ScVal::Bool(yes) => yes.to_string(),
        ScVal::U64(number) => format!("#{number}"),
        ScVal::Map(Some(map)) => map
            .iter()
            .map(|entry| format!("{}={}", word(&entry.key), word(&entry.val)))
            .collect::<Vec<_>>()
            .join(","),
        other => i128_of(other).map_or("?".to_owned(), |number| number.to_string()),
    }
}

fn kinds(changes: &[Change]) -> String {
    let kind = |change: &Change| match change {
        Change::Created(_) => "created",
        Change::Updated(_) => "updated",
        Change::Removed(_) => "removed",
        Change::State(_) => "state",
        Change::Restored(_) => "restored",
    };
    changes.iter().map(kind).collect::<Vec<_>>().join(" ")
}

#[test]
fn fee_sequence_and_operation_are_told_apart() {
    let mut bench = Bench::new();
    let (key, new) = (bench.fund("key", 100 * XLM), KeyPair::from_name("to"));
    let create = OperationBody::CreateAccount(CreateAccountOp {
        destination: new.account_id(),
        starting_balance: 10 * XLM,
    });
    let envelope = bench.tx(&key, create);
    let applied = bench.succeed(&envelope);
    assert_eq!(kinds(&applied.fee_changes.0), "state updated");
    let meta = meta(&applied);
    assert_eq!(kinds(&meta.tx_changes_before.0), "state updated");
    let Change::Updated(after) = &meta.tx_changes_before.0[1] else {
        panic!("updated");
    };
    let LedgerEntryData::Account(account) = &after.data else {
        panic!("an account");
    };
    assert_eq!(after.last_modified_ledger_seq, LEDGER);
    assert_eq!(account.balance, 100 * XLM - 100);
    assert_eq!(account.seq_num.0, (1 << 32) + 1);
    let AccountEntryExt::V1(first) = &account.ext else {
        panic!("extended");
    };
    let AccountEntryExtensionV1Ext::V2(second) = &first.ext else {
        panic!("extended");
    };
    let AccountEntryExtensionV2Ext::V3(third) = &second.ext else {
        panic!("extended");
    };
    assert_eq!((third.seq_ledger, third.seq_time.0), (LEDGER, NOW));
    let mut told: Vec<_> = meta.operations[0].changes.0.to_vec();
    told.sort_by_key(|change| matches!(change, Change::Created(_)));
    assert_eq!(kinds(&told), "state updated created");
    assert!(meta.soroban_meta.is_none());
    assert_eq!(meta.events.len(), 1);
    assert_eq!(meta.events[0].stage, Stage::BeforeAllTxs);
    assert_eq!(words(&meta.events[0].event), "fee key 100");
    let lumens = asset_contract_id(&bench.network, Asset::Native);
    assert_eq!(meta.events[0].event.contract_id, Some(lumens));
    assert_eq!(
        words(&meta.operations[0].events[0]),
        "transfer key to native 100000000"
    );
}

#[test]
fn a_failed_transaction_tells_of_fee_and_sequence_only() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    let to_nobody = OperationBody::Payment(PaymentOp {
        destination: KeyPair::from_name("nobody").muxed(),
        asset: Asset::Native,
        amount: 1,
    });
    let builder = bench
        .builder(&key)
        .operation(payment(&key))
        .operation(to_nobody);
    let envelope = builder.inclusion_fee(200).sign(&bench.network, &[&key]);
    let applied = bench.apply(&envelope);
    assert!(!applied.is_success());
    let meta = meta(&applied);
    assert_eq!(kinds(&meta.tx_changes_before.0), "state updated");
    assert_eq!(meta.operations.len(), 0);
    assert_eq!(words(&meta.events[0].event), "fee key 200");
}

#[test]
fn events_of_operations() {
    let (key, to) = (KeyPair::from_name("key"), KeyPair::from_name("to"));
    let issuer = KeyPair::from_name("issuer");
    let ours = usdc(&issuer);
    let pay = |destination, asset: &Asset| {
        OperationBody::Payment(PaymentOp {
            destination,
            asset: asset.clone(),
            amount: 5,
        })
    };
    let native = Asset::Native;
    let clawback = OperationBody::Clawback(ClawbackOp {
        asset: ours.clone(),
        from: to.muxed(),
        amount: 5,
    });
    let flags = |clear_flags, set_flags| {
        OperationBody::SetTrustLineFlags(SetTrustLineFlagsOp {
            trustor: to.account_id(),
            asset: ours.clone(),
            clear_flags,
            set_flags,
        })
    };
    let text = Memo::Text(b"rent".to_vec().try_into().expect("short"));
    // Who, what, memo, the event.
    #[rustfmt::skip]
    let rows = [
        (&key, pay(to.muxed(), &native), Memo::None, "transfer key to native 5"),
        (&key, pay(key.muxed(), &native), Memo::None, "transfer key key native 5"),
        (&key, pay(to.muxed(), &ours), Memo::None, "transfer key to USDC 5"),
        (&key, pay(muxed(&to, 9), &ours), Memo::None, "transfer key to USDC amount=5,to_muxed_id=#9"),
        (&key, pay(muxed(&to, 9), &ours), Memo::Id(1), "transfer key to USDC amount=5,to_muxed_id=#9"),
        (&key, pay(to.muxed(), &ours), Memo::Id(1), "transfer key to USDC amount=5,to_muxed_id=#1"),
        (&key, pay(to.muxed(), &ours), text.clone(), "transfer key to USDC amount=5,to_muxed_id=rent"),
        (&issuer, pay(to.muxed(), &ours), Memo::None, "mint to USDC 5"),
        (&issuer, pay(muxed(&to, 9), &ours), text, "mint to USDC amount=5,to_muxed_id=#9"),
        (&key, pay(muxed(&issuer, 9), &ours), Memo::Id(1), "burn key USDC 5"),
        (&issuer, pay(issuer.muxed(), &ours), Memo::None, "transfer issuer issuer USDC 5"),
        (&issuer, clawback, Memo::Id(1), "clawback to USDC 5"),
        (&issuer, flags(1, 2), Memo::None, "set_authorized to USDC false"),
        (&issuer, flags(0, 1), Memo::None, "set_authorized to USDC true"),
    ];
    for (source, body, memo, expected) in rows {
        let mut bench = Bench::new();
        for name in ["key", "to", "issuer"] {
            bench.fund(name, 100 * XLM);
        }
        bench.change(&issuer, |account| account.flags = 2);
        for key in [&key, &to] {
            bench.trust(key, &ours, 50, 100, 1 | 4);
        }
        let builder = bench.builder(source).memo(memo).operation(body);
        let applied = bench.succeed(&builder.sign(&bench.network, &[source]));
        let events = &meta(&applied).operations[0].events;
        assert_eq!(events.iter().map(words).collect::<Vec<_>>(), [expected]);
    }
}
