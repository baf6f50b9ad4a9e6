use crate::bench::{Bench, RESERVE, XLM};
use ballast_transaction::KeyPair;
use stellar_xdr::curr::{
    OperationBody, OperationResult as O, OperationResultTr as Tr, SetOptionsOp,
    SetOptionsResult as R, Signer, SignerKey, SignerKeyEd25519SignedPayload, String32, Uint256,
};

pub fn nothing() -> SetOptionsOp {
    SetOptionsOp {
        inflation_dest: None,
        clear_flags: None,
        set_flags: None,
        master_weight: None,
        low_threshold: None,
        med_threshold: None,
        high_threshold: None,
        home_domain: None,
        signer: None,
    }
}

fn signer(key: SignerKey, weight: u32) -> SetOptionsOp {
    SetOptionsOp {
        signer: Some(Signer { key, weight }),
        ..nothing()
    }
}

fn hash_x(seed: u8) -> SignerKey {
    SignerKey::HashX(Uint256([seed; 32]))
}

fn domain(text: &[u8]) -> Option<String32> {
    Some(String32(text.to_vec().try_into().expect("short")))
}

fn result(result: R) -> O {
    O::OpInner(Tr::SetOptions(result))
}

#[test]
fn every_result_that_needs_no_state() {
    let itself = SignerKey::Ed25519(Uint256(KeyPair::from_name("owner").public()));
    let payload = |payload: &[u8]| {
        SignerKey::Ed25519SignedPayload(SignerKeyEd25519SignedPayload {
            ed25519: Uint256([1; 32]),
            payload: payload.to_vec().try_into().expect("short"),
        })
    };
    let rows = [
        ("nothing", nothing(), R::Success),
        (
            "unknown flag",
            SetOptionsOp {
                set_flags: Some(16),
                ..nothing()
            },
            R::UnknownFlag,
        ),
        (
            "unknown to clear",
            SetOptionsOp {
                clear_flags: Some(32),
                ..nothing()
            },
            R::UnknownFlag,
        ),
        (
            "set and cleared",
            SetOptionsOp {
                set_flags: Some(3),
                clear_flags: Some(2),
                ..nothing()
            },
            R::BadFlags,
        ),
        (
            "weight",
            SetOptionsOp {
                master_weight: Some(256),
                ..nothing()
            },
            R::ThresholdOutOfRange,
        ),
        (
            "low",
            SetOptionsOp {
                low_threshold: Some(256),
                ..nothing()
            },
            R::ThresholdOutOfRange,
        ),
        (
            "medium",
            SetOptionsOp {
                med_threshold: Some(256),
                ..nothing()
            },
            R::ThresholdOutOfRange,
        ),
        (
            "high",
            SetOptionsOp {
                high_threshold: Some(256),
                ..nothing()
            },
            R::ThresholdOutOfRange,
        ),
        ("itself as signer", signer(itself, 1), R::BadSigner),
        ("heavy signer", signer(hash_x(1), 256), R::BadSigner),
        ("empty payload", signer(payload(&[]), 1), R::BadSigner),
        ("payload", signer(payload(&[1]), 1), R::Success),
        (
            "domain",
            SetOptionsOp {
                home_domain: domain(b"a.b"),
                ..nothing()
            },
            R::Success,
        ),
        (
            "domain with a newline",
            SetOptionsOp {
                home_domain: domain(b"a\nb"),
                ..nothing()
            },
            R::InvalidHomeDomain,
        ),
        (
            "domain beyond ASCII",
            SetOptionsOp {
                home_domain: domain(&[0xe4]),
                ..nothing()
            },
            R::InvalidHomeDomain,
        ),
        (
            "inflation to nobody",
            SetOptionsOp {
                inflation_dest: Some(KeyPair::from_name("nobody").account_id()),
                ..nothing()
            },
            R::InvalidInflation,
        ),
        (
            "inflation to itself",
            SetOptionsOp {
                inflation_dest: Some(KeyPair::from_name("owner").account_id()),
                ..nothing()
            },
            R::Success,
        ),
        (
            "clawback alone",
            SetOptionsOp {
                set_flags: Some(8),
                ..nothing()
            },
            R::AuthRevocableRequired,
        ),
        (
            "clawback",
            SetOptionsOp {
                set_flags: Some(8 | 2),
                ..nothing()
            },
            R::Success,
        ),
    ];
    for (name, op, expected) in rows {
        let mut bench = Bench::new();
        let owner = bench.fund("owner", 100 * XLM);
        assert_eq!(
            bench.operation(&owner, OperationBody::SetOptions(op)),
            result(expected),
            "{name}"
        );
    }
}

#[test]
fn every_result_that_needs_state() {
    let mut bench = Bench::new();
    let owner = bench.fund("owner", 100 * XLM);
    let run = |bench: &mut Bench, op| bench.operation(&owner, OperationBody::SetOptions(op));
    let clawback = SetOptionsOp {
        set_flags: Some(10),
        ..nothing()
    };
    assert_eq!(run(&mut bench, clawback), result(R::Success));
    let revocable = SetOptionsOp {
        clear_flags: Some(2),
        ..nothing()
    };
    assert_eq!(run(&mut bench, revocable), result(R::AuthRevocableRequired));
    let immutable = SetOptionsOp {
        set_flags: Some(4),
        ..nothing()
    };
    assert_eq!(run(&mut bench, immutable), result(R::Success));
    let more = SetOptionsOp {
        set_flags: Some(1),
        ..nothing()
    };
    assert_eq!(run(&mut bench, more), result(R::CantChange));
    let less = SetOptionsOp {
        clear_flags: Some(8),
        ..nothing()
    };
    assert_eq!(run(&mut bench, less), result(R::CantChange));
    assert_eq!(bench.account(&owner).flags, 2 | 4 | 8);

    let poor = bench.fund("poor", 3 * RESERVE + 99);
    let op = OperationBody::SetOptions(signer(hash_x(1), 1));
    assert_eq!(bench.operation(&poor, op.clone()), result(R::LowReserve));
    assert_eq!(bench.account(&poor).signers.len(), 0);
    let full = bench.fund("full", 1000 * XLM);
    bench.change(&full, |account| account.num_sub_entries = 1000);
    assert_eq!(bench.operation(&full, op), O::OpTooManySubentries);
}

#[test]
fn signers_come_and_go() {
    let mut bench = Bench::new();
    let owner = bench.fund("owner", 100 * XLM);
    let run = |bench: &mut Bench, op| bench.operation(&owner, OperationBody::SetOptions(op));
    for seed in (1..=20).rev() {
        assert_eq!(run(&mut bench, signer(hash_x(seed), 5)), result(R::Success));
    }
    assert_eq!(
        run(&mut bench, signer(hash_x(21), 5)),
        result(R::TooManySigners)
    );
    let account = bench.account(&owner);
    assert_eq!((account.signers.len(), account.num_sub_entries), (20, 20));
    assert!(account.signers.is_sorted_by_key(|signer| &signer.key));
    // Another weight needs no more room, none at all gives it back.
    assert_eq!(run(&mut bench, signer(hash_x(7), 9)), result(R::Success));
    assert_eq!(bench.account(&owner).signers[6].weight, 9);
    assert_eq!(run(&mut bench, signer(hash_x(7), 0)), result(R::Success));
    assert_eq!(run(&mut bench, signer(hash_x(99), 0)), result(R::Success));
    let account = bench.account(&owner);
    assert_eq!((account.signers.len(), account.num_sub_entries), (19, 19));
}

#[test]
fn what_is_set_stands() {
    let mut bench = Bench::new();
    let owner = bench.fund("owner", 100 * XLM);
    let op = SetOptionsOp {
        master_weight: Some(10),
        low_threshold: Some(1),
        med_threshold: Some(2),
        high_threshold: Some(3),
        home_domain: domain(b"ballast.example"),
        set_flags: Some(1),
        ..nothing()
    };
    bench.operation(&owner, OperationBody::SetOptions(op));
    let account = bench.account(&owner);
    assert_eq!(account.thresholds.0, [10, 1, 2, 3]);
    assert_eq!(account.home_domain.0.as_slice(), b"ballast.example");
    assert_eq!(account.flags, 1);
}
