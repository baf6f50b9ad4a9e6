//! Codes of whole transactions: what comes back when they are sent, and what they do to their account when
//! a ledger has them all the same.

use crate::bench::{code, muxed, operations, Bench, LEDGER, NOW, RESERVE, XLM};
use ballast_transaction::{sign, Builder, KeyPair};
use stellar_xdr::curr::{
    BumpSequenceOp, CreateAccountOp, DecoratedSignature, ExtendFootprintTtlOp, ExtensionPoint,
    LedgerFootprint, Memo, OperationBody, OperationResult as O, PaymentOp, SequenceNumber,
    SorobanResources, SorobanTransactionData, SorobanTransactionDataExt, Transaction,
    TransactionEnvelope, TransactionExt, TransactionResultCode as Code, TransactionV0,
    TransactionV0Envelope, TransactionV0Ext,
};

/// A payment of one stroop to itself.
pub fn payment(key: &KeyPair) -> OperationBody {
    OperationBody::Payment(PaymentOp {
        destination: key.muxed(),
        asset: stellar_xdr::curr::Asset::Native,
        amount: 1,
    })
}

fn soroban_data(resource_fee: i64) -> SorobanTransactionData {
    SorobanTransactionData {
        ext: SorobanTransactionDataExt::V0,
        resources: SorobanResources {
            footprint: LedgerFootprint {
                read_only: Default::default(),
                read_write: Default::default(),
            },
            instructions: 0,
            disk_read_bytes: 0,
            write_bytes: 0,
        },
        resource_fee,
    }
}

fn extend() -> OperationBody {
    OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp {
        ext: ExtensionPoint::V0,
        extend_to: 1000,
    })
}

type Make = fn(&Bench, &KeyPair) -> TransactionEnvelope;

/// Builds, changes and signs.
fn changed(
    bench: &Bench,
    key: &KeyPair,
    change: impl FnOnce(&mut Transaction),
) -> TransactionEnvelope {
    let mut tx = bench.builder(key).operation(payment(key)).build();
    change(&mut tx);
    sign(&bench.network, tx, &[key])
}

/// Name, transaction, code, and whether a ledger that has it uses its sequence number up.
fn rows() -> Vec<(&'static str, Make, Code, bool)> {
    vec![
        ("valid", |b, k| b.tx(k, payment(k)), Code::TxSuccess, true),
        (
            "no operation",
            |b, k| b.builder(k).sign(&b.network, &[k]),
            Code::TxMissingOperation,
            false,
        ),
        (
            "sequence of now",
            |b, k| changed(b, k, |tx| tx.seq_num.0 -= 1),
            Code::TxBadSeq,
            false,
        ),
        (
            "a gap",
            |b, k| changed(b, k, |tx| tx.seq_num.0 += 1),
            Code::TxBadSeq,
            false,
        ),
        (
            "negative sequence",
            |b, k| changed(b, k, |tx| tx.seq_num.0 = -1),
            Code::TxBadSeq,
            false,
        ),
        (
            "no account",
            |b, _| {
                let nobody = KeyPair::from_name("nobody");
                let builder = Builder::new(nobody.muxed(), 1).operation(payment(&nobody));
                builder.sign(&b.network, &[&nobody])
            },
            Code::TxNoAccount,
            false,
        ),
        (
            "fee too low",
            |b, k| changed(b, k, |tx| tx.fee = 99),
            Code::TxInsufficientFee,
            false,
        ),
        (
            "fee too low for two",
            |b, k| {
                let two = b.builder(k).operation(payment(k)).operation(payment(k));
                two.inclusion_fee(199).sign(&b.network, &[k])
            },
            Code::TxInsufficientFee,
            false,
        ),
        (
            "unsigned",
            |b, k| b.builder(k).operation(payment(k)).sign(&b.network, &[]),
            Code::TxBadAuth,
            true,
        ),
        (
            "signed by another",
            |b, k| {
                let other = KeyPair::from_name("other");
                b.builder(k)
                    .operation(payment(k))
                    .sign(&b.network, &[&other])
            },
            Code::TxBadAuth,
            true,
        ),
        (
            "signed for another network",
            |b, k| {
                let other = ballast_transaction::Network::new(ballast_transaction::Network::PUBLIC);
                b.builder(k).operation(payment(k)).sign(&other, &[k])
            },
            Code::TxBadAuth,
            true,
        ),
        (
            "one signature too many",
            |b, k| {
                let other = KeyPair::from_name("other");
                b.builder(k)
                    .operation(payment(k))
                    .sign(&b.network, &[k, &other])
            },
            Code::TxBadAuthExtra,
            true,
        ),
        (
            "signed twice",
            |b, k| b.builder(k).operation(payment(k)).sign(&b.network, &[k, k]),
            Code::TxBadAuthExtra,
            true,
        ),
        (
            "resources without contracts",
            |b, k| changed(b, k, |tx| tx.ext = TransactionExt::V1(soroban_data(0))),
            Code::TxMalformed,
            false,
        ),
        (
            "contracts without resources",
            |b, k| b.tx(k, extend()),
            Code::TxMalformed,
            false,
        ),
        (
            "a contract's operation and another",
            |b, k| {
                let both = b.builder(k).operation(extend()).operation(payment(k));
                both.soroban(soroban_data(1_000_000))
                    .inclusion_fee(200)
                    .sign(&b.network, &[k])
            },
            Code::TxMalformed,
            false,
        ),
        (
            "another and a contract's operation",
            |b, k| {
                let both = b.builder(k).operation(payment(k)).operation(extend());
                both.inclusion_fee(200).sign(&b.network, &[k])
            },
            Code::TxMalformed,
            false,
        ),
        (
            "resource fee below nothing",
            |b, k| {
                b.builder(k)
                    .operation(extend())
                    .soroban(soroban_data(-1))
                    .sign(&b.network, &[k])
            },
            Code::TxMalformed,
            false,
        ),
        (
            "resource fee too low",
            |b, k| {
                b.builder(k)
                    .operation(extend())
                    .soroban(soroban_data(1))
                    .sign(&b.network, &[k])
            },
            Code::TxSorobanInvalid,
            false,
        ),
        (
            "resource fee above the fee",
            |b, k| {
                let builder = b
                    .builder(k)
                    .operation(extend())
                    .soroban(soroban_data(1_000_000));
                let mut tx = builder.build();
                tx.fee = 999_999;
                sign(&b.network, tx, &[k])
            },
            Code::TxSorobanInvalid,
            false,
        ),
        (
            "resource fee and no more",
            |b, k| {
                let builder = b
                    .builder(k)
                    .operation(extend())
                    .soroban(soroban_data(1_000_000));
                builder.inclusion_fee(99).sign(&b.network, &[k])
            },
            Code::TxInsufficientFee,
            false,
        ),
    ]
}

#[test]
fn every_code() {
    for (name, make, expected, uses_sequence) in rows() {
        let mut bench = Bench::new();
        let key = bench.fund("key", 100 * XLM);
        let envelope = make(&bench, &key);
        let answer = bench.check(&envelope);
        match expected {
            Code::TxSuccess => assert_eq!(answer, Ok(()), "{name}"),
            _ => assert_eq!(code(&answer.expect_err(name)), expected, "{name}"),
        }
        let (sequence, lumens) = (bench.account(&key).seq_num.0, bench.lumens());
        let applied = bench.apply(&envelope);
        if applied.result.result.discriminant() != Code::TxFailed {
            assert_eq!(code(&applied.result), expected, "{name}, applied");
        }
        let used = bench.account(&key).seq_num.0 - sequence;
        assert_eq!(used, i64::from(uses_sequence), "{name}");
        assert_eq!(bench.lumens(), lumens, "{name}");
    }
}

#[test]
fn the_old_kind_of_envelope_is_not_supported() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    let TransactionEnvelope::Tx(newer) = bench.tx(&key, payment(&key)) else {
        panic!("of the newer kind");
    };
    let envelope = TransactionEnvelope::TxV0(TransactionV0Envelope {
        tx: TransactionV0 {
            source_account_ed25519: stellar_xdr::curr::Uint256(key.public()),
            fee: 100,
            seq_num: newer.tx.seq_num,
            time_bounds: None,
            memo: Memo::None,
            operations: newer.tx.operations,
            ext: TransactionV0Ext::V0,
        },
        signatures: newer.signatures,
    });
    assert_eq!(bench.code(&envelope), Code::TxNotSupported);
    assert_eq!(code(&bench.apply(&envelope).result), Code::TxNotSupported);
}

#[test]
fn balance_covers_fee_and_reserve() {
    for (balance, expected) in [
        (2 * RESERVE + 100, Code::TxSuccess),
        (2 * RESERVE + 99, Code::TxInsufficientBalance),
        (0, Code::TxInsufficientBalance),
    ] {
        let mut bench = Bench::new();
        let key = bench.fund("key", balance);
        let envelope = bench.tx(&key, payment(&key));
        assert_eq!(bench.code(&envelope), expected);
        let applied = bench.apply(&envelope);
        assert_eq!(code(&applied.result), expected);
        // What it has is taken, and the sequence number is used.
        assert_eq!(applied.result.fee_charged, balance.min(100));
        assert_eq!(bench.account(&key).seq_num.0, (1 << 32) + 1);
    }
}

#[test]
fn the_first_sequence_of_this_ledger_is_refused() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    let first = i64::from(LEDGER) << 32;
    bench.change(&key, |account| account.seq_num = SequenceNumber(first - 1));
    assert_eq!(bench.code(&bench.tx(&key, payment(&key))), Code::TxBadSeq);
}

#[test]
fn the_last_sequence_has_no_next() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    bench.change(&key, |account| account.seq_num = SequenceNumber(i64::MAX));
    let builder = Builder::new(key.muxed(), i64::MAX).operation(payment(&key));
    let envelope = builder.sign(&bench.network, &[&key]);
    assert_eq!(bench.code(&envelope), Code::TxBadSeq);
}

#[test]
fn calls_carry_no_memo_and_no_number() {
    let call = |bench: &Bench, key: &KeyPair, change: fn(&mut Transaction, &KeyPair)| {
        let code = stellar_xdr::curr::HostFunction::UploadContractWasm(Default::default());
        let builder = bench.builder(key).host_function(code, Vec::new());
        let mut tx = builder.soroban(soroban_data(10_000_000)).build();
        change(&mut tx, key);
        bench.code(&sign(&bench.network, tx, &[key]))
    };
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    assert_eq!(call(&bench, &key, |_, _| {}), Code::TxSuccess);
    let memo = |tx: &mut Transaction, _: &KeyPair| tx.memo = Memo::Id(1);
    assert_eq!(call(&bench, &key, memo), Code::TxSorobanInvalid);
    let number = |tx: &mut Transaction, key: &KeyPair| tx.source_account = muxed(key, 1);
    assert_eq!(call(&bench, &key, number), Code::TxSorobanInvalid);
    let envelope = {
        let builder = bench
            .builder(&key)
            .memo(Memo::Id(1))
            .operation(payment(&key));
        builder.sign(&bench.network, &[&key])
    };
    assert_eq!(bench.code(&envelope), Code::TxSuccess);
    // Keeping contracts alive is no call.
    let builder = bench.builder(&key).memo(Memo::Id(1)).operation(extend());
    let envelope = builder
        .soroban(soroban_data(1_000_000))
        .sign(&bench.network, &[&key]);
    assert_eq!(bench.code(&envelope), Code::TxSuccess);
}

#[test]
fn a_refusal_tells_the_least_fee() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    let two = bench
        .builder(&key)
        .operation(payment(&key))
        .operation(payment(&key));
    let refused = bench.check(&two.inclusion_fee(1).sign(&bench.network, &[&key]));
    assert_eq!(refused.expect_err("too low").fee_charged, 200);
}

#[test]
fn what_is_not_supported_says_so() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    let bump = OperationBody::BumpSequence(BumpSequenceOp {
        bump_to: SequenceNumber(1 << 40),
    });
    for body in [
        bump,
        OperationBody::Inflation,
        OperationBody::AccountMerge(key.muxed()),
    ] {
        let envelope = bench.tx(&key, body);
        let refused = bench.check(&envelope).expect_err("not supported");
        assert_eq!(code(&refused), Code::TxFailed);
        assert_eq!(operations(&refused), [O::OpNotSupported]);
        let applied = bench.apply(&envelope);
        assert_eq!(operations(&applied.result), [O::OpNotSupported]);
    }
}

#[test]
fn operations_of_others_ask_for_their_signatures() {
    let mut bench = Bench::new();
    let (key, other) = (bench.fund("key", 100 * XLM), bench.fund("other", 100 * XLM));
    let tx = |bench: &Bench, keys: &[&KeyPair]| {
        let builder = bench
            .builder(&key)
            .operation_of(Some(other.muxed()), payment(&key));
        builder.sign(&bench.network, keys)
    };
    let envelope = tx(&bench, &[&key]);
    let refused = bench.check(&envelope).expect_err("not signed");
    assert_eq!(operations(&refused), [O::OpBadAuth]);
    assert_eq!(operations(&bench.apply(&envelope).result), [O::OpBadAuth]);
    bench.succeed(&tx(&bench, &[&key, &other]));
    assert_eq!(bench.account(&other).balance, 100 * XLM - 1);
}

#[test]
fn an_account_may_act_right_after_it_was_created() {
    let mut bench = Bench::new();
    let (key, new) = (bench.fund("key", 100 * XLM), KeyPair::from_name("new"));
    let create = OperationBody::CreateAccount(CreateAccountOp {
        destination: new.account_id(),
        starting_balance: 10 * XLM,
    });
    let tx = |bench: &Bench, first: OperationBody, keys: &[&KeyPair]| {
        let builder = bench.builder(&key).inclusion_fee(200).operation(first);
        let builder = builder.operation_of(Some(new.muxed()), payment(&key));
        builder.sign(&bench.network, keys)
    };
    let unsigned = tx(&bench, create.clone(), &[&key]);
    let refused = bench
        .check(&unsigned)
        .expect_err("not signed by the new one");
    assert_eq!(operations(&refused)[1], O::OpBadAuth);
    // Never created: signed well, found missing when it applies.
    let missing = tx(&bench, payment(&key), &[&key, &new]);
    assert_eq!(bench.code(&missing), Code::TxSuccess);
    let applied = bench.apply(&missing);
    assert_eq!(operations(&applied.result)[1], O::OpNoAccount);
    bench.succeed(&tx(&bench, create, &[&key, &new]));
    assert_eq!(bench.account(&new).balance, 10 * XLM - 1);
}

#[test]
fn all_or_nothing() {
    let mut bench = Bench::new();
    let (key, to) = (bench.fund("key", 100 * XLM), bench.fund("to", 10 * XLM));
    let pay = |amount| {
        OperationBody::Payment(PaymentOp {
            destination: to.muxed(),
            asset: stellar_xdr::curr::Asset::Native,
            amount,
        })
    };
    let builder = bench.builder(&key).inclusion_fee(300);
    let builder = builder
        .operation(pay(XLM))
        .operation(pay(1000 * XLM))
        .operation(pay(XLM));
    let envelope = builder.sign(&bench.network, &[&key]);
    let applied = bench.apply(&envelope);
    assert_eq!(code(&applied.result), Code::TxFailed);
    let told: Vec<bool> = operations(&applied.result)
        .iter()
        .map(|result| format!("{result:?}").contains("Success"))
        .collect();
    assert_eq!(told, [true, false, true]);
    assert_eq!(bench.account(&to).balance, 10 * XLM);
    assert_eq!(bench.account(&key).balance, 100 * XLM - 300);
}

#[test]
fn garbage_for_a_signature_is_no_signature() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    for length in [0, 1, 63, 64] {
        let TransactionEnvelope::Tx(mut inner) = bench.tx(&key, payment(&key)) else {
            panic!("a transaction");
        };
        let hint = inner.signatures[0].hint.clone();
        let signature = vec![0xff; length].try_into().expect("short");
        let signature = stellar_xdr::curr::Signature(signature);
        inner.signatures = [DecoratedSignature { hint, signature }]
            .try_into()
            .expect("one");
        assert_eq!(bench.code(&TransactionEnvelope::Tx(inner)), Code::TxBadAuth);
    }
}

#[test]
fn times_are_of_the_ledger() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    let until = |max| bench.builder(&key).operation(payment(&key)).until(max);
    let code = |max| bench.code(&until(max).sign(&bench.network, &[&key]));
    assert_eq!(code(NOW), Code::TxSuccess);
    assert_eq!(code(NOW - 1), Code::TxTooLate);
    assert_eq!(code(0), Code::TxSuccess);
}
