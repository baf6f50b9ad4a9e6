//! Over random transactions, good and bad: lumens stay as many as they are, and every lumen that moves is
//! told by an event.

use crate::{
    bench::{code, muxed, usdc, Bench, ALL, XLM},
    contracts::{deploy, transfer},
};
use ballast_ledger::{Applied, Read};
use ballast_transaction::{asset_contract_id, i128_of, sha256, symbol, KeyPair};
use proptest::{prelude::*, strategy::ValueTree};
use std::collections::BTreeMap;
use stellar_xdr::curr::{
    AccountId, Asset, ChangeTrustAsset, ChangeTrustOp, ClawbackOp, ContractEvent,
    ContractEventBody, CreateAccountOp, LedgerEntryData, OperationBody, PaymentOp, ScAddress,
    ScVal, SetOptionsOp, SetTrustLineFlagsOp, Signer, SignerKey, TransactionEnvelope,
    TransactionMeta, TransactionResultCode as Code, Uint256,
};

const NAMES: [&str; 5] = ["issuer", "one", "two", "three", "four"];

/// One transaction: the numbers are folded onto what there is.
#[derive(Clone, Debug)]
struct Step {
    kind: u8,
    source: u8,
    other: u8,
    amount: i64,
    flags: u8,
    fee: u32,
    flaw: u8,
    operations: u8,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let amount = prop_oneof![
        4 => 0..50 * XLM,
        1 => 80 * XLM..110 * XLM,
        1 => Just(i64::MAX),
        1 => Just(0),
        1 => Just(-1),
    ];
    let step = (
        0u8..10,
        0u8..5,
        0u8..7,
        amount,
        any::<u8>(),
        0u32..2000,
        0u8..30,
        prop_oneof![4 => Just(1u8), 1 => 2u8..4],
    );
    let step = step.prop_map(
        |(kind, source, other, amount, flags, fee, flaw, operations)| Step {
            kind,
            source,
            other,
            amount,
            flags,
            fee,
            flaw,
            operations,
        },
    );
    prop::collection::vec(step, 1..40)
}

/// The fifth and sixth other are nobody yet.
fn other(step: &Step) -> KeyPair {
    match NAMES.get(usize::from(step.other)) {
        Some(name) => KeyPair::from_name(name),
        None => KeyPair::from_name(&format!("new {} {}", step.other, step.flags % 4)),
    }
}

fn body(step: &Step, nth: u8) -> OperationBody {
    let asset = usdc(&KeyPair::from_name("issuer"));
    let to = other(step);
    let flags = u32::from(step.flags);
    match step.kind.wrapping_add(nth) % 8 {
        0 => OperationBody::CreateAccount(CreateAccountOp {
            destination: to.account_id(),
            starting_balance: step.amount,
        }),
        1 | 2 => OperationBody::Payment(PaymentOp {
            destination: to.muxed(),
            asset: Asset::Native,
            amount: step.amount,
        }),
        3 => OperationBody::Payment(PaymentOp {
            destination: muxed(&to, 5),
            asset,
            amount: step.amount,
        }),
        4 => {
            let Asset::CreditAlphanum4(asset) = asset else {
                unreachable!("four characters");
            };
            OperationBody::ChangeTrust(ChangeTrustOp {
                line: ChangeTrustAsset::CreditAlphanum4(asset),
                limit: step.amount,
            })
        }
        5 => OperationBody::SetOptions(SetOptionsOp {
            set_flags: Some(flags & 0b1011),
            signer: Some(Signer {
                key: SignerKey::HashX(Uint256(sha256(&[step.flags]))),
                weight: flags % 3,
            }),
            ..crate::set_options::nothing()
        }),
        6 => OperationBody::SetTrustLineFlags(SetTrustLineFlagsOp {
            trustor: to.account_id(),
            asset,
            clear_flags: flags & 0b111,
            set_flags: (flags >> 4) & 0b11 & !flags,
        }),
        _ => OperationBody::Clawback(ClawbackOp {
            asset,
            from: to.muxed(),
            amount: step.amount,
        }),
    }
}

fn envelope(bench: &Bench, step: &Step) -> TransactionEnvelope {
    let source = KeyPair::from_name(NAMES[usize::from(step.source)]);
    let envelope = if step.kind >= 8 {
        let to = match step.flags % 3 {
            0 => ScAddress::Contract(asset_contract_id(&bench.network, Asset::Native)),
            _ => other(step).sc_address(),
        };
        let function = transfer(bench, &source, to, step.amount);
        bench.call(&source, function, |data| match step.flags % 5 {
            0 => data.resource_fee += i64::from(step.fee),
            1 => data.resource_fee -= 10,
            2 => data.resources.instructions /= 2,
            _ => {}
        })
    } else {
        let fee = 100 * u32::from(step.operations) + step.fee;
        let mut builder = bench.builder(&source).inclusion_fee(fee);
        for nth in 0..step.operations {
            builder = builder.operation(body(step, nth));
        }
        builder.sign(&bench.network, &[&source])
    };
    flawed(bench, step, envelope)
}

fn flawed(bench: &Bench, step: &Step, envelope: TransactionEnvelope) -> TransactionEnvelope {
    let payer = KeyPair::from_name(NAMES[usize::from(step.other) % 5]);
    let TransactionEnvelope::Tx(mut inner) = envelope else {
        return envelope;
    };
    match step.flaw {
        0 => inner.signatures = Default::default(),
        1 => inner.tx.seq_num.0 += 1,
        2 => inner.tx.fee = step.fee,
        3 => inner.tx.source_account = KeyPair::from_name("nobody").muxed(),
        4..=8 => {
            let most = i64::from(inner.tx.fee) * 2 + i64::from(step.fee);
            return bench.bump(&payer, most, TransactionEnvelope::Tx(inner));
        }
        _ => return TransactionEnvelope::Tx(inner),
    }
    TransactionEnvelope::Tx(inner)
}

fn balances(bench: &Bench) -> BTreeMap<AccountId, i128> {
    let entries = bench.state.iter();
    let accounts = entries.filter_map(|(_, entry)| match &entry.entry.data {
        LedgerEntryData::Account(account) => {
            Some((account.account_id.clone(), account.balance.into()))
        }
        _ => None,
    });
    accounts.collect()
}

/// Lumens that an event moves: from whom, to whom, how many.
fn moved(bench: &Bench, event: &ContractEvent) -> Option<(ScVal, Option<ScVal>, i128)> {
    let lumens = asset_contract_id(&bench.network, Asset::Native);
    if event.contract_id.as_ref() != Some(&lumens) {
        return None;
    }
    let ContractEventBody::V0(body) = &event.body;
    let amount = match &body.data {
        ScVal::Map(Some(map)) => i128_of(&map.first()?.val)?,
        plain => i128_of(plain)?,
    };
    match &body.topics[..] {
        [ScVal::Symbol(name), from] if *name == symbol("fee") => Some((from.clone(), None, amount)),
        [ScVal::Symbol(name), from, to, _] if *name == symbol("transfer") => {
            Some((from.clone(), Some(to.clone()), amount))
        }
        other => panic!("{other:?}"),
    }
}

/// Does the account's balance differ by what the events say?
fn reconcile(bench: &Bench, before: &BTreeMap<AccountId, i128>, applied: &Applied) {
    let mut expected = before.clone();
    let TransactionMeta::V4(meta) = &applied.meta else {
        panic!("of version 4");
    };
    let of_operations = meta.operations.iter().flat_map(|meta| meta.events.iter());
    let of_transaction = meta.events.iter().map(|event| &event.event);
    for event in of_operations.chain(of_transaction) {
        let Some((from, to, amount)) = moved(bench, event) else {
            continue;
        };
        if let ScVal::Address(ScAddress::Account(from)) = from {
            *expected.entry(from).or_default() -= amount;
        }
        if let Some(ScVal::Address(ScAddress::Account(to))) = to {
            *expected.entry(to).or_default() += amount;
        }
    }
    assert_eq!(balances(bench), expected);
}

fn set_out() -> Bench {
    let mut bench = Bench::new();
    for name in NAMES {
        let key = bench.fund(name, 100 * XLM);
        if name != "issuer" && name != "four" {
            bench.trust(
                &key,
                &usdc(&KeyPair::from_name("issuer")),
                30 * XLM,
                100 * XLM,
                1 | 4,
            );
        }
    }
    let envelope = bench.call(&KeyPair::from_name("one"), deploy(), |_| {});
    bench.succeed(&envelope);
    bench
}

fn consistent(bench: &Bench) {
    for (_, entry) in bench.state.iter() {
        match &entry.entry.data {
            LedgerEntryData::Account(account) => {
                let lines = bench.state.iter().filter(|(_, entry)| {
                    matches!(&entry.entry.data, LedgerEntryData::Trustline(line)
                        if line.account_id == account.account_id)
                });
                let entries = lines.count() + account.signers.len();
                assert_eq!(account.num_sub_entries as usize, entries);
                assert!(account.balance >= 0);
                assert!(account.signers.is_sorted_by_key(|signer| &signer.key));
            }
            LedgerEntryData::Trustline(line) => {
                assert!((0..=line.limit).contains(&line.balance));
                assert!(line.flags & 3 != 3);
            }
            _ => {}
        }
    }
}

fn run(steps: &[Step]) -> (Bench, Vec<Applied>) {
    let mut bench = set_out();
    let mut all = Vec::new();
    for step in steps {
        let envelope = envelope(&bench, step);
        let frame = bench.frame(&envelope);
        let answer = bench.check(&envelope);
        let (before, pool) = (balances(&bench), bench.header.fee_pool);
        let sequence = bench
            .state
            .account(&KeyPair::from_name(NAMES[usize::from(step.source)]).account_id());
        let applied = bench.apply(&envelope);
        assert_eq!(bench.lumens(), i128::from(ALL), "{step:?}");
        reconcile(&bench, &before, &applied);
        consistent(&bench);
        let fee = applied.result.fee_charged;
        assert_eq!(bench.header.fee_pool - pool, fee);
        assert!((0..=frame.full_fee().max(0)).contains(&fee));
        if answer.is_ok() {
            // Nothing came between: what was found well formed is, and its number is used.
            let applied = code(&applied.result);
            assert!(
                matches!(applied, Code::TxSuccess | Code::TxFailed),
                "{applied:?}"
            );
            let key = KeyPair::from_name(NAMES[usize::from(step.source)]);
            let used =
                bench.account(&key).seq_num.0 - sequence.map_or(0, |account| account.seq_num.0);
            assert_eq!(used, 1);
        } else {
            assert!(!applied.is_success(), "{answer:?}");
        }
        all.push(applied);
    }
    (bench, all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lumens_are_conserved_and_told(steps in steps()) {
        let (bench, all) = run(&steps);
        // And all of it once more comes out the same.
        let (again, same) = run(&steps);
        prop_assert_eq!(&bench.header, &again.header);
        for (one, other) in all.iter().zip(&same) {
            prop_assert_eq!(&one.result, &other.result);
            prop_assert_eq!(&one.meta, &other.meta);
        }
        prop_assert!(bench.state.iter().eq(again.state.iter()));
    }
}

/// The random transactions are worth their name: many succeed, and they fail in many ways.
#[test]
fn random_transactions_come_to_many_ends() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..16 {
        let tree = steps().new_tree(&mut runner).expect("steps");
        for applied in run(&tree.current()).1 {
            *ends
                .entry(format!("{:?}", code(&applied.result)))
                .or_default() += 1;
        }
    }
    assert!(ends["TxSuccess"] > 50, "{ends:?}");
    assert!(ends["TxFailed"] > 50, "{ends:?}");
    assert!(ends.len() >= 6, "{ends:?}");
}
