//! Everything that a transaction may ask for before it runs.

use crate::{
    bench::{code, Bench, LEDGER, NOW, XLM},
    validity::payment,
};
use ballast_transaction::KeyPair;
use stellar_xdr::curr::{
    Duration, LedgerBounds, Preconditions, PreconditionsV2, SequenceNumber, SignerKey,
    SignerKeyEd25519SignedPayload, TimeBounds, TimePoint, TransactionEnvelope,
    TransactionResultCode as Code, Uint256,
};

pub fn nothing() -> PreconditionsV2 {
    PreconditionsV2 {
        time_bounds: None,
        ledger_bounds: None,
        min_seq_num: None,
        min_seq_age: Duration(0),
        min_seq_ledger_gap: 0,
        extra_signers: Default::default(),
    }
}

fn clock(min: u64, max: u64) -> PreconditionsV2 {
    PreconditionsV2 {
        time_bounds: Some(TimeBounds {
            min_time: TimePoint(min),
            max_time: TimePoint(max),
        }),
        ..nothing()
    }
}

fn ledgers(min_ledger: u32, max_ledger: u32) -> PreconditionsV2 {
    PreconditionsV2 {
        ledger_bounds: Some(LedgerBounds {
            min_ledger,
            max_ledger,
        }),
        ..nothing()
    }
}

fn tx(bench: &Bench, key: &KeyPair, all: PreconditionsV2) -> TransactionEnvelope {
    let builder = bench.builder(key).operation(payment(key));
    let builder = builder.conditions(Preconditions::V2(all));
    builder.sign(&bench.network, &[key])
}

#[test]
fn clock_and_ledger() {
    let rows = [
        ("nothing", nothing(), Code::TxSuccess),
        ("now only", clock(NOW, NOW), Code::TxSuccess),
        ("no end", clock(NOW, 0), Code::TxSuccess),
        ("a second too early", clock(NOW + 1, 0), Code::TxTooEarly),
        ("a second too late", clock(0, NOW - 1), Code::TxTooLate),
        ("both", clock(NOW + 1, NOW - 1), Code::TxTooEarly),
        ("from this ledger on", ledgers(LEDGER, 0), Code::TxSuccess),
        ("from the next on", ledgers(LEDGER + 1, 0), Code::TxTooEarly),
        ("before the next", ledgers(0, LEDGER + 1), Code::TxSuccess),
        ("before this", ledgers(0, LEDGER), Code::TxTooLate),
    ];
    for (name, all, expected) in rows {
        let mut bench = Bench::new();
        let key = bench.fund("key", 100 * XLM);
        let envelope = tx(&bench, &key, all);
        assert_eq!(bench.code(&envelope), expected, "{name}");
        let applied = bench.apply(&envelope);
        assert_eq!(code(&applied.result), expected, "{name}, applied");
        let used = bench.account(&key).seq_num.0 - (1 << 32);
        assert_eq!(used, i64::from(expected == Code::TxSuccess), "{name}");
    }
}

#[test]
fn a_least_sequence_number_lets_gaps_through() {
    let start = 1 << 32;
    // The number that it asks for, its own, the code.
    let rows = [
        (start, start + 1, Code::TxSuccess),
        (start, start + 1000, Code::TxSuccess),
        (start - 5, start + 2, Code::TxSuccess),
        (start + 1, start + 2, Code::TxBadSeq),
        (0, start, Code::TxBadSeq),
    ];
    for (least, own, expected) in rows {
        let mut bench = Bench::new();
        let key = bench.fund("key", 100 * XLM);
        let all = PreconditionsV2 {
            min_seq_num: Some(SequenceNumber(least)),
            ..nothing()
        };
        let builder = ballast_transaction::Builder::new(key.muxed(), own);
        let builder = builder
            .operation(payment(&key))
            .conditions(Preconditions::V2(all));
        let envelope = builder.sign(&bench.network, &[&key]);
        assert_eq!(bench.code(&envelope), expected, "{least} {own}");
        bench.apply(&envelope);
        if expected == Code::TxSuccess {
            assert_eq!(bench.account(&key).seq_num.0, own);
        }
    }
}

#[test]
fn age_and_gap_count_from_the_last_use() {
    let asks = |age, gap| PreconditionsV2 {
        min_seq_age: Duration(age),
        min_seq_ledger_gap: gap,
        ..nothing()
    };
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    // An account that never used a number is as old as time, but not older.
    assert_eq!(
        bench.code(&tx(&bench, &key, asks(NOW, LEDGER))),
        Code::TxSuccess
    );
    let older = Code::TxBadMinSeqAgeOrGap;
    assert_eq!(bench.code(&tx(&bench, &key, asks(NOW + 1, 0))), older);
    assert_eq!(bench.code(&tx(&bench, &key, asks(0, LEDGER + 1))), older);
    bench.succeed(&tx(&bench, &key, nothing()));
    bench.header.ledger_seq += 3;
    bench.header.scp_value.close_time.0 += 15;
    assert_eq!(bench.code(&tx(&bench, &key, asks(15, 3))), Code::TxSuccess);
    assert_eq!(bench.code(&tx(&bench, &key, asks(16, 0))), older);
    assert_eq!(bench.code(&tx(&bench, &key, asks(0, 4))), older);
    // In a ledger its number is used up all the same, and the time starts anew.
    let before = bench.account(&key).seq_num.0;
    let envelope = tx(&bench, &key, asks(16, 0));
    assert_eq!(code(&bench.apply(&envelope).result), older);
    assert_eq!(bench.account(&key).seq_num.0, before + 1);
    assert_eq!(bench.code(&tx(&bench, &key, asks(1, 0))), older);
}

#[test]
fn extra_signers_sign_too() {
    let (one, two) = (KeyPair::from_name("one"), KeyPair::from_name("two"));
    let ed25519 = |key: &KeyPair| SignerKey::Ed25519(Uint256(key.public()));
    let asks = |signers: Vec<SignerKey>| PreconditionsV2 {
        extra_signers: signers.try_into().expect("two"),
        ..nothing()
    };
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    let code = |signers: Vec<SignerKey>, keys: &[&KeyPair]| {
        let builder = bench.builder(&key).operation(payment(&key));
        let builder = builder.conditions(Preconditions::V2(asks(signers)));
        bench.code(&builder.sign(&bench.network, keys))
    };
    let both = || vec![ed25519(&one), ed25519(&two)];
    assert_eq!(code(both(), &[&key, &one, &two]), Code::TxSuccess);
    assert_eq!(code(both(), &[&key, &one]), Code::TxBadAuth);
    assert_eq!(code(both(), &[&key]), Code::TxBadAuth);
    assert_eq!(code(both(), &[&one, &two]), Code::TxBadAuth);
    assert_eq!(code(vec![ed25519(&one)], &[&key, &one]), Code::TxSuccess);
    assert_eq!(code(vec![ed25519(&key)], &[&key]), Code::TxSuccess);
    let twice = vec![ed25519(&one), ed25519(&one)];
    assert_eq!(code(twice, &[&key, &one]), Code::TxMalformed);
    let empty = SignerKey::Ed25519SignedPayload(SignerKeyEd25519SignedPayload {
        ed25519: Uint256(one.public()),
        payload: Default::default(),
    });
    assert_eq!(code(vec![empty], &[&key]), Code::TxMalformed);
}
