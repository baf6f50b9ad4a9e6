//! Fee bumps: who pays, how much, and whose code is told.

use crate::{
    bench::{code, Bench, RESERVE, XLM},
    validity::payment,
};
use ballast_transaction::{fee_bump, KeyPair};
use stellar_xdr::curr::{
    InnerTransactionResultResult as Inner, Signer, SignerKey, TransactionEnvelope,
    TransactionResultCode as Code, TransactionResultResult as Outer, Uint256,
};

fn set_out() -> (Bench, KeyPair, KeyPair) {
    let mut bench = Bench::new();
    let (key, payer) = (bench.fund("key", 100 * XLM), bench.fund("payer", 100 * XLM));
    (bench, key, payer)
}

/// A transaction that bids this much for its one operation.
fn inner(bench: &Bench, key: &KeyPair, fee: u32) -> TransactionEnvelope {
    let builder = bench
        .builder(key)
        .operation(payment(key))
        .inclusion_fee(fee);
    builder.sign(&bench.network, &[key])
}

#[test]
fn the_bump_pays_for_one_operation_more() {
    let (mut bench, key, payer) = set_out();
    let envelope = bench.bump(&payer, 250, inner(&bench, &key, 100));
    let applied = bench.succeed(&envelope);
    assert_eq!(applied.result.fee_charged, 200);
    assert_eq!(bench.account(&payer).balance, 100 * XLM - 200);
    assert_eq!(bench.account(&key).balance, 100 * XLM);
    assert_eq!(bench.account(&key).seq_num.0, (1 << 32) + 1);
    assert_eq!(bench.account(&payer).seq_num.0, 1 << 32);
    assert_eq!(bench.header.fee_pool, 200);
    let Outer::TxFeeBumpInnerSuccess(pair) = applied.result.result else {
        panic!("a success inside");
    };
    assert_eq!(pair.transaction_hash.0, bench.frame(&envelope).inner_hash());
    assert_eq!(pair.result.fee_charged, 0);
    assert!(matches!(pair.result.result, Inner::TxSuccess(_)));
}

#[test]
fn its_bid_for_each_operation_is_no_lower_than_the_one_inside() {
    // What the transaction bids, what the bump bids, code, fee told.
    let rows = [
        (100, 200, Code::TxSuccess, 0),
        (100, 199, Code::TxInsufficientFee, 200),
        (1000, 2000, Code::TxSuccess, 0),
        (1000, 1999, Code::TxInsufficientFee, 2000),
        // The transaction need not pay for itself.
        (0, 200, Code::TxSuccess, 0),
        (0, 199, Code::TxInsufficientFee, 200),
    ];
    for (inside, outside, expected, told) in rows {
        let (bench, key, payer) = set_out();
        let envelope = bench.bump(&payer, outside, inner(&bench, &key, inside));
        match bench.check(&envelope) {
            Ok(()) => assert_eq!(expected, Code::TxSuccess, "{inside} {outside}"),
            Err(refused) => {
                assert_eq!(refused.result.discriminant(), expected);
                assert_eq!(refused.fee_charged, told, "{inside} {outside}");
            }
        }
    }
}

#[test]
fn codes_of_the_bump_itself() {
    let (mut bench, key, payer) = set_out();
    let outer = |bench: &Bench, envelope: &TransactionEnvelope| {
        let refused = bench.check(envelope).expect_err("refused");
        refused.result.discriminant()
    };
    let network = bench.network.clone();
    let bump = |inner, fee, keys: &[&KeyPair]| {
        fee_bump(&network, payer.muxed(), fee, inner, keys).expect("a transaction inside")
    };
    let good = inner(&bench, &key, 100);
    assert_eq!(
        outer(&bench, &bump(good.clone(), 200, &[])),
        Code::TxBadAuth
    );
    assert_eq!(
        outer(&bench, &bump(good.clone(), 200, &[&key])),
        Code::TxBadAuth
    );
    let extra = bump(good.clone(), 200, &[&payer, &key]);
    assert_eq!(outer(&bench, &extra), Code::TxBadAuthExtra);
    assert_eq!(
        outer(&bench, &bump(good.clone(), -1, &[&payer])),
        Code::TxMalformed
    );
    let nobody = KeyPair::from_name("nobody");
    let unknown = bench.bump(&nobody, 200, good.clone());
    assert_eq!(outer(&bench, &unknown), Code::TxNoAccount);
    bench.change(&payer, |account| account.balance = 2 * RESERVE + 199);
    let poor = bump(good.clone(), 200, &[&payer]);
    assert_eq!(outer(&bench, &poor), Code::TxInsufficientBalance);
    bench.change(&payer, |account| account.balance = 2 * RESERVE + 200);
    assert_eq!(bench.check(&bump(good, 200, &[&payer])), Ok(()));
}

#[test]
fn codes_of_the_transaction_inside() {
    let (mut bench, key, payer) = set_out();
    let unsigned = bench
        .builder(&key)
        .operation(payment(&key))
        .sign(&bench.network, &[]);
    let envelope = bench.bump(&payer, 200, unsigned);
    let refused = bench.check(&envelope).expect_err("refused");
    assert_eq!(refused.result.discriminant(), Code::TxFeeBumpInnerFailed);
    assert_eq!(code(&refused), Code::TxBadAuth);
    let applied = bench.apply(&envelope);
    assert_eq!(
        applied.result.result.discriminant(),
        Code::TxFeeBumpInnerFailed
    );
    assert_eq!(code(&applied.result), Code::TxBadAuth);
    assert_eq!(applied.result.fee_charged, 200);
    assert_eq!(bench.account(&key).seq_num.0, (1 << 32) + 1);
}

#[test]
fn an_account_without_lumens_to_spend_has_others_pay() {
    let (mut bench, key, payer) = set_out();
    bench.change(&key, |account| account.balance = 2 * RESERVE);
    let create = stellar_xdr::curr::OperationBody::SetOptions(crate::set_options::nothing());
    let builder = bench.builder(&key).inclusion_fee(0).operation(create);
    let poor = builder.sign(&bench.network, &[&key]);
    assert_eq!(bench.code(&poor), Code::TxInsufficientFee);
    let envelope = bench.bump(&payer, 200, poor);
    bench.succeed(&envelope);
    assert_eq!(bench.account(&key).balance, 2 * RESERVE);
}

#[test]
fn a_bump_authorised_before_uses_its_signer_up() {
    let (mut bench, key, payer) = set_out();
    let good = inner(&bench, &key, 100);
    let unsigned = fee_bump(&bench.network, payer.muxed(), 200, good, &[]).expect("inside");
    let hash = bench.frame(&unsigned).hash();
    bench.change(&payer, |account| {
        let key = SignerKey::PreAuthTx(Uint256(hash));
        account.signers = [Signer { key, weight: 1 }].try_into().expect("one");
        account.num_sub_entries = 1;
    });
    bench.succeed(&unsigned);
    let account = bench.account(&payer);
    assert_eq!((account.signers.len(), account.num_sub_entries), (0, 0));
}
