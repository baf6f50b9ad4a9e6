//! What is charged, and where it goes.

use crate::{
    bench::{Bench, ALL, XLM},
    validity::payment,
};
use ballast_ledger::{charge_fee, Context};
use ballast_transaction::KeyPair;

/// Charges with what a set asks for; gives the fee.
fn charge(bench: &mut Bench, key: &KeyPair, bid: u32, asked: i64) -> i64 {
    let builder = bench
        .builder(key)
        .operation(payment(key))
        .inclusion_fee(bid);
    let frame = bench.frame(&builder.sign(&bench.network, &[key]));
    let mut context = Context {
        network: &bench.network,
        config: &bench.config,
        header: &mut bench.header,
        cache: &bench.cache,
        seed: [0; 32],
        diagnostics: false,
        changes: false,
    };
    charge_fee(&mut bench.state, &mut context, &frame, asked).0
}

#[test]
fn everybody_pays_what_the_set_asks_and_no_more_than_they_bid() {
    for (bid, asked, expected) in [(1000, 100, 100), (1000, 1000, 1000), (150, 1000, 150)] {
        let mut bench = Bench::new();
        let key = bench.fund("key", 100 * XLM);
        assert_eq!(charge(&mut bench, &key, bid, asked), expected);
        assert_eq!(bench.account(&key).balance, 100 * XLM - expected);
        assert_eq!(bench.header.fee_pool, expected);
        assert_eq!(bench.lumens(), i128::from(ALL));
    }
}

#[test]
fn nobody_pays_more_than_they_have() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 60);
    assert_eq!(charge(&mut bench, &key, 100, 100), 60);
    assert_eq!(bench.account(&key).balance, 0);
    assert_eq!(charge(&mut bench, &key, 100, 100), 0);
    assert_eq!(bench.lumens(), i128::from(ALL));
}

#[test]
fn an_account_that_is_not_there_pays_nothing() {
    let mut bench = Bench::new();
    let nobody = KeyPair::from_name("nobody");
    let builder = ballast_transaction::Builder::new(nobody.muxed(), 1);
    let envelope = builder
        .operation(payment(&nobody))
        .sign(&bench.network, &[&nobody]);
    let applied = bench.apply(&envelope);
    assert_eq!(applied.result.fee_charged, 0);
    assert_eq!(bench.lumens(), i128::from(ALL));
}
