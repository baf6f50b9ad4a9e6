//! Transactions that are XDR and little else: whatever decodes is refused or applied, by code and without
//! a panic, and no lumen is made or lost.
//!
//! Bytes of real transactions are changed at random. Every other one then gets a source that exists, its
//! sequence number, a fee and a signature, so that it comes as far as its operations.

use crate::support::{deploy_native, keys, payment, Served};
use ballast_ledger::{lumens, Ledger, Read as _, SubmitStatus};
use ballast_transaction::{asset, sign, to_xdr, KeyPair};
use fastrand::Rng;
use stellar_xdr::curr::{
    Asset, ChangeTrustAsset, ChangeTrustOp, ClawbackOp, CreateAccountOp, ExtendFootprintTtlOp,
    ExtensionPoint, Limits, OperationBody, Preconditions, ReadXdr, RestoreFootprintOp,
    SequenceNumber, SetOptionsOp, SetTrustLineFlagsOp, Signer, SignerKey, Transaction,
    TransactionEnvelope, Uint256,
};

/// How many are tried, unless BALLAST_MALFORMED says otherwise.
const ENVELOPES: usize = 10_000;

/// Real transactions of every operation that there is.
fn real(served: &Served, root: &KeyPair) -> Vec<Transaction> {
    let [bob] = keys(["bob"]);
    served.fund(&[&bob]);
    let deploy = served.prepared(root, deploy_native());
    served.deploy_native(&bob);
    let transfer = served.prepared(root, served.transfer(root, bob.sc_address(), 5));
    let usd = asset("USD", bob.account_id());
    let line = match usd.clone() {
        Asset::CreditAlphanum4(code) => ChangeTrustAsset::CreditAlphanum4(code),
        other => panic!("{other:?} is a long code"),
    };
    let options = SetOptionsOp {
        inflation_dest: None,
        clear_flags: Some(1),
        set_flags: Some(2),
        master_weight: Some(1),
        low_threshold: Some(1),
        med_threshold: Some(1),
        high_threshold: Some(1),
        home_domain: None,
        signer: Some(Signer {
            key: SignerKey::Ed25519(Uint256(bob.public())),
            weight: 1,
        }),
    };
    let classic = [
        payment(&bob, 5),
        OperationBody::CreateAccount(CreateAccountOp {
            destination: KeyPair::from_name("new").account_id(),
            starting_balance: 100_000_000,
        }),
        OperationBody::ChangeTrust(ChangeTrustOp { line, limit: 1_000 }),
        OperationBody::SetOptions(options),
        OperationBody::SetTrustLineFlags(SetTrustLineFlagsOp {
            trustor: bob.account_id(),
            asset: usd.clone(),
            clear_flags: 1,
            set_flags: 2,
        }),
        OperationBody::Clawback(ClawbackOp {
            asset: usd,
            from: bob.muxed(),
            amount: 1,
        }),
    ];
    let data = |envelope: &TransactionEnvelope| match envelope {
        TransactionEnvelope::Tx(envelope) => envelope.tx.clone(),
        other => panic!("{other:?} is of another kind"),
    };
    let mut all: Vec<_> = classic
        .into_iter()
        .map(|body| served.next(root).operation(body).build())
        .collect();
    let ext = data(&transfer).ext;
    for body in [
        OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp {
            ext: ExtensionPoint::V0,
            extend_to: 100_000,
        }),
        OperationBody::RestoreFootprint(RestoreFootprintOp {
            ext: ExtensionPoint::V0,
        }),
    ] {
        let mut tx = served.next(root).operation(body).build();
        tx.ext = ext.clone();
        all.push(tx);
    }
    all.extend([data(&deploy), data(&transfer)]);
    all
}

/// Changes words of the XDR form; mostly it stays one.
fn bend(random: &mut Rng, bytes: &mut Vec<u8>) {
    const WORDS: [u32; 8] = [0, 1, 2, 3, 24, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    for _ in 0..[1, 1, 1, 2, 4][random.usize(0..5)] {
        let at = random.usize(0..bytes.len() / 4) * 4;
        match random.u8(0..8) {
            0 => bytes[at + random.usize(0..4)] = random.u8(..),
            1 => bytes[at + 3] ^= 1 << random.u8(0..8),
            2 => drop(bytes.drain(at..(at + 4 * random.usize(1..9)).min(bytes.len()))),
            3 => {
                let part = bytes[at..(at + 4 * random.usize(1..9)).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            _ => bytes[at..at + 4].copy_from_slice(&WORDS[random.usize(0..8)].to_be_bytes()),
        }
        if bytes.len() < 4 {
            return;
        }
    }
}

fn all_lumens(ledger: &Ledger) -> i128 {
    let held = ledger
        .state()
        .iter()
        .map(|(_, entry)| lumens(ledger.network(), &entry.entry));
    held.sum::<i128>() + i128::from(ledger.header().fee_pool)
}

#[test]
fn whatever_decodes_is_refused_or_applied() {
    let count = std::env::var("BALLAST_MALFORMED").ok();
    let count = count.map_or(ENVELOPES, |count| count.parse().expect("a number"));
    let served = Served::manual();
    let root = KeyPair::from_seed(served.network.id());
    let real = real(&served, &root);
    let before = (*served.sandbox.view()).clone();
    let lumens_before = all_lumens(&before);
    let sequence = before
        .state()
        .account(&root.account_id())
        .expect("it exists");
    let sequence = sequence.seq_num.0 + 1;
    let mut random = Rng::with_seed(11);
    let (mut decoded, mut pending, mut succeeded) = (0, 0, 0);
    for round in 0..count {
        let mut bytes = to_xdr(&real[random.usize(0..real.len())]);
        bend(&mut random, &mut bytes);
        let limits = Limits {
            depth: 500,
            len: bytes.len(),
        };
        let Ok(mut tx) = Transaction::from_xdr(&bytes, limits) else {
            continue;
        };
        // The decoder takes any number for a truth value; the RPC refuses such.
        if to_xdr(&tx) != bytes {
            continue;
        }
        decoded += 1;
        if random.bool() {
            tx.source_account = root.muxed();
            tx.seq_num = SequenceNumber(sequence);
            tx.cond = Preconditions::None;
            tx.fee = tx.fee.max(100_000_000);
        }
        let envelope = sign(&served.network, tx, &[&root]);
        let mut ledger = before.clone();
        if ledger.submit(envelope).status != SubmitStatus::Pending {
            continue;
        }
        pending += 1;
        let closed = ledger.close(before.header().scp_value.close_time.0 + 5);
        assert_eq!(closed.transactions.len(), 1, "{round}");
        let result = &closed.transactions[0].result;
        succeeded += usize::from(format!("{:?}", result.result).starts_with("TxSuccess"));
        assert_eq!(all_lumens(&ledger), lumens_before, "{round}: {result:?}");
    }
    println!("{count} tried, {decoded} decoded, {pending} queued, {succeeded} succeeded");
    assert!(decoded > count / 5, "{decoded} of {count} decoded");
    assert!(pending > count / 20, "{pending} of {count} were queued");
    assert!(succeeded > 0 && succeeded < pending);
}
