//! Signers of each kind, weights and thresholds.

use crate::{
    bench::{code, operations, Bench, XLM},
    set_options::nothing,
    validity::payment,
};
use ballast_transaction::{sha256, KeyPair};
use stellar_xdr::curr::{
    DecoratedSignature, OperationBody, OperationResult as O, Preconditions, SetOptionsOp,
    Signature, SignatureHint, Signer, SignerKey, SignerKeyEd25519SignedPayload, Thresholds,
    TransactionEnvelope, TransactionResultCode as Code, Uint256,
};

fn ed25519(key: &KeyPair) -> SignerKey {
    SignerKey::Ed25519(Uint256(key.public()))
}

fn set(bench: &mut Bench, key: &KeyPair, thresholds: [u8; 4], signers: Vec<(SignerKey, u32)>) {
    bench.change(key, |account| {
        account.thresholds = Thresholds(thresholds);
        account.num_sub_entries = signers.len() as u32;
        let mut signers: Vec<_> = signers
            .into_iter()
            .map(|(key, weight)| Signer { key, weight })
            .collect();
        signers.sort_by(|left, right| left.key.cmp(&right.key));
        account.signers = signers.try_into().expect("few");
    });
}

/// Puts other signatures on it.
fn with(envelope: TransactionEnvelope, signatures: Vec<DecoratedSignature>) -> TransactionEnvelope {
    let TransactionEnvelope::Tx(mut inner) = envelope else {
        panic!("a transaction");
    };
    inner.signatures = signatures.try_into().expect("few");
    TransactionEnvelope::Tx(inner)
}

fn signature(hint: [u8; 4], bytes: &[u8]) -> DecoratedSignature {
    DecoratedSignature {
        hint: SignatureHint(hint),
        signature: Signature(bytes.to_vec().try_into().expect("short")),
    }
}

fn tail(bytes: &[u8; 32]) -> [u8; 4] {
    [bytes[28], bytes[29], bytes[30], bytes[31]]
}

#[test]
fn weights_add_up_to_the_threshold_of_the_operation() {
    let (owner, one, two) = (
        "owner",
        KeyPair::from_name("one"),
        KeyPair::from_name("two"),
    );
    let medium = payment(&KeyPair::from_name(owner));
    let high = OperationBody::SetOptions(SetOptionsOp {
        high_threshold: Some(3),
        ..nothing()
    });
    let low_for_core = OperationBody::SetOptions(nothing());
    // Owner weighs 1, the others 1 each; thresholds 1, 2, 3. Who signs, what, the code.
    let rows = [
        (vec![0], &medium, Code::TxFailed),
        (vec![0, 1], &medium, Code::TxSuccess),
        (vec![1, 2], &medium, Code::TxSuccess),
        (vec![0, 1], &high, Code::TxFailed),
        (vec![0, 1, 2], &high, Code::TxSuccess),
        (vec![0, 1, 2], &medium, Code::TxBadAuthExtra),
        (vec![0, 1], &low_for_core, Code::TxSuccess),
    ];
    for (signing, body, expected) in rows {
        let mut bench = Bench::new();
        let owner = bench.fund(owner, 100 * XLM);
        set(
            &mut bench,
            &owner,
            [1, 1, 2, 3],
            vec![(ed25519(&one), 1), (ed25519(&two), 1)],
        );
        let keys = [&owner, &one, &two];
        let keys: Vec<_> = signing.iter().map(|index| keys[*index]).collect();
        let builder = bench.builder(&owner).operation(body.clone());
        let envelope = builder.sign(&bench.network, &keys);
        let answer = bench.check(&envelope);
        let sent = answer.as_ref().map_or_else(code, |()| Code::TxSuccess);
        assert_eq!(sent, expected, "{signing:?}");
        let applied = bench.apply(&envelope);
        assert_eq!(code(&applied.result), expected, "{signing:?}, applied");
        if expected == Code::TxFailed {
            assert_eq!(operations(&applied.result), [O::OpBadAuth]);
        }
    }
}

#[test]
fn without_weight_the_own_key_signs_nothing() {
    let mut bench = Bench::new();
    let (owner, other) = (bench.fund("owner", 100 * XLM), KeyPair::from_name("other"));
    set(&mut bench, &owner, [0, 0, 0, 0], vec![(ed25519(&other), 1)]);
    let builder = bench.builder(&owner).operation(payment(&owner));
    assert_eq!(
        bench.code(&builder.sign(&bench.network, &[&owner])),
        Code::TxBadAuth
    );
    assert_eq!(
        bench.code(&builder.sign(&bench.network, &[])),
        Code::TxBadAuth
    );
    assert_eq!(
        bench.code(&builder.sign(&bench.network, &[&other])),
        Code::TxSuccess
    );
}

#[test]
fn a_low_threshold_guards_the_transaction_itself() {
    let mut bench = Bench::new();
    let (owner, weak) = (bench.fund("owner", 100 * XLM), KeyPair::from_name("weak"));
    set(&mut bench, &owner, [5, 3, 0, 0], vec![(ed25519(&weak), 2)]);
    let builder = bench.builder(&owner).operation(payment(&owner));
    assert_eq!(
        bench.code(&builder.sign(&bench.network, &[&weak])),
        Code::TxBadAuth
    );
    assert_eq!(
        bench.code(&builder.sign(&bench.network, &[&owner])),
        Code::TxSuccess
    );
}

#[test]
fn a_preimage_signs_for_its_hash() {
    let mut bench = Bench::new();
    let owner = bench.fund("owner", 100 * XLM);
    let preimage = b"open sesame";
    let hash = sha256(preimage);
    set(
        &mut bench,
        &owner,
        [0, 1, 1, 1],
        vec![(SignerKey::HashX(Uint256(hash)), 1)],
    );
    let unsigned = || {
        bench
            .builder(&owner)
            .operation(payment(&owner))
            .sign(&bench.network, &[])
    };
    let right = with(unsigned(), vec![signature(tail(&hash), preimage)]);
    assert_eq!(bench.code(&right), Code::TxSuccess);
    let wrong = with(unsigned(), vec![signature(tail(&hash), b"open barley")]);
    assert_eq!(bench.code(&wrong), Code::TxBadAuth);
    let wrong_hint = with(unsigned(), vec![signature([0; 4], preimage)]);
    assert_eq!(bench.code(&wrong_hint), Code::TxBadAuth);
}

#[test]
fn a_signed_payload_signs_for_whatever_it_says() {
    let mut bench = Bench::new();
    let (owner, other) = (bench.fund("owner", 100 * XLM), KeyPair::from_name("other"));
    for payload in [&b"a payload of more than four bytes"[..], &[1, 2]] {
        let key = SignerKey::Ed25519SignedPayload(SignerKeyEd25519SignedPayload {
            ed25519: Uint256(other.public()),
            payload: payload.to_vec().try_into().expect("short"),
        });
        set(&mut bench, &owner, [0, 1, 1, 1], vec![(key, 1)]);
        let unsigned = || {
            bench
                .builder(&owner)
                .operation(payment(&owner))
                .sign(&bench.network, &[])
        };
        let mut hint = tail(&other.public());
        let from = payload.len().saturating_sub(4);
        for (byte, of_payload) in hint.iter_mut().zip(&payload[from..]) {
            *byte ^= of_payload;
        }
        let signed = other.sign_bytes(payload);
        let right = with(unsigned(), vec![signature(hint, &signed)]);
        assert_eq!(bench.code(&right), Code::TxSuccess);
        let wrong = with(
            unsigned(),
            vec![signature(hint, &other.sign_bytes(b"else"))],
        );
        assert_eq!(bench.code(&wrong), Code::TxBadAuth);
    }
}

#[test]
fn a_transaction_authorised_before_needs_no_signature_and_works_once() {
    let mut bench = Bench::new();
    let owner = bench.fund("owner", 100 * XLM);
    let envelope = bench
        .builder(&owner)
        .operation(payment(&owner))
        .sign(&bench.network, &[]);
    assert_eq!(bench.code(&envelope), Code::TxBadAuth);
    let hash = bench.frame(&envelope).hash();
    let key = SignerKey::PreAuthTx(Uint256(hash));
    set(
        &mut bench,
        &owner,
        [1, 1, 1, 1],
        vec![(key, 1), (ed25519(&KeyPair::from_name("x")), 1)],
    );
    bench.succeed(&envelope);
    let account = bench.account(&owner);
    assert_eq!((account.signers.len(), account.num_sub_entries), (1, 1));
}

#[test]
fn a_failed_transaction_uses_its_signer_up_as_well() {
    let mut bench = Bench::new();
    let (owner, other) = (
        bench.fund("owner", 100 * XLM),
        bench.fund("other", 100 * XLM),
    );
    let bounds = Preconditions::Time(stellar_xdr::curr::TimeBounds {
        min_time: stellar_xdr::curr::TimePoint(u64::MAX),
        max_time: stellar_xdr::curr::TimePoint(0),
    });
    let builder = bench.builder(&owner).conditions(bounds);
    let builder = builder.operation_of(Some(other.muxed()), payment(&owner));
    let envelope = builder.sign(&bench.network, &[]);
    let key = SignerKey::PreAuthTx(Uint256(bench.frame(&envelope).hash()));
    set(&mut bench, &owner, [1, 1, 1, 1], vec![(key.clone(), 1)]);
    set(&mut bench, &other, [1, 1, 1, 1], vec![(key, 1)]);
    assert_eq!(code(&bench.apply(&envelope).result), Code::TxTooEarly);
    assert_eq!(bench.account(&owner).signers.len(), 0);
    assert_eq!(bench.account(&other).signers.len(), 0);
    // Its number was not used.
    assert_eq!(bench.account(&owner).seq_num.0, 1 << 32);
}

#[test]
fn weights_count_a_byte_at_most() {
    let mut bench = Bench::new();
    let (owner, other) = (bench.fund("owner", 100 * XLM), KeyPair::from_name("other"));
    set(
        &mut bench,
        &owner,
        [1, 255, 255, 255],
        vec![(ed25519(&other), 1000)],
    );
    let builder = bench.builder(&owner).operation(payment(&owner));
    assert_eq!(
        bench.code(&builder.sign(&bench.network, &[&other])),
        Code::TxSuccess
    );
    set(
        &mut bench,
        &owner,
        [0, 255, 255, 255],
        vec![(ed25519(&other), 254)],
    );
    assert_eq!(
        bench.code(&builder.sign(&bench.network, &[&other])),
        Code::TxBadAuth
    );
}
