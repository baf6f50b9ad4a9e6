//! Lumens neither appear nor vanish, whatever transactions do.

use crate::world::*;
use ballast_ledger::{Limits, SubmitStatus};
use ballast_transaction::to_xdr;
use proptest::{collection::vec, prelude::*};
use std::collections::HashSet;
use stellar_xdr::curr::{
    Asset, ChangeTrustAsset, ChangeTrustOp, ContractId, CreateAccountOp, Hash, OperationBody,
    PaymentOp, ScAddress,
};

const ALL: i128 = 100_000_000_000_0000000;
const ACCOUNTS: usize = 5;

/// What an account does in a ledger.
#[derive(Clone, Debug)]
enum Act {
    Pay { to: usize, stroops: i64 },
    PayUnknown { stroops: i64 },
    Create { name: u8, stroops: i64 },
    Trust { limit: i64 },
    PayAsset { to: usize, amount: i64 },
    Transfer { to: usize },
    ToContract { to: u8 },
}

#[derive(Clone, Debug)]
struct Step {
    who: usize,
    act: Act,
    bid: u32,
    /// Who bumps the fee, and to how much.
    bump: Option<(usize, i64)>,
    /// Executed at once, or submitted.
    at_once: bool,
    /// Close afterwards, and jump so many ledgers.
    close: Option<u32>,
}

fn act() -> impl Strategy<Value = Act> {
    let stroops = prop_oneof![1_i64..100, Just(9_999 * XLM), 1..i64::MAX];
    prop_oneof![
        (0..ACCOUNTS, stroops.clone()).prop_map(|(to, stroops)| Act::Pay { to, stroops }),
        stroops
            .clone()
            .prop_map(|stroops| Act::PayUnknown { stroops }),
        (any::<u8>(), stroops).prop_map(|(name, stroops)| Act::Create { name, stroops }),
        (0_i64..1_000).prop_map(|limit| Act::Trust { limit }),
        (0..ACCOUNTS, 1_i64..1_000).prop_map(|(to, amount)| Act::PayAsset { to, amount }),
        (0..ACCOUNTS).prop_map(|to| Act::Transfer { to }),
        (0_u8..3).prop_map(|to| Act::ToContract { to }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    (
        0..ACCOUNTS,
        act(),
        prop_oneof![Just(100_u32), 100..1_000_000_u32],
        proptest::option::weighted(0.2, (0..ACCOUNTS, 200_i64..10_000_000)),
        any::<bool>(),
        proptest::option::weighted(0.3, prop_oneof![Just(0_u32), 1..3_000_000_u32]),
    )
        .prop_map(|(who, act, bid, bump, at_once, close)| Step {
            who,
            act,
            bid,
            bump,
            at_once,
            close,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn lumens_are_conserved(steps in vec(step(), 1..40)) {
        let mut harness = harness(Limits::Mainnet);
        let native = native(&mut harness);
        let keys = accounts(&mut harness, ACCOUNTS);
        let asset = ballast_transaction::asset("USD", keys[0].account_id());
        let mut applied = 0;
        let mut handed_in = HashSet::new();
        prop_assert_eq!(all_lumens(&harness), ALL);
        for step in steps {
            let key = &keys[step.who];
            harness.bid = step.bid;
            let operation = match step.act {
                Act::Pay { to, stroops } => Some(payment(&keys[to], stroops)),
                Act::PayUnknown { stroops } => {
                    Some(payment(&ballast_transaction::KeyPair::from_name("nobody"), stroops))
                }
                Act::Create { name, stroops } => {
                    let new = ballast_transaction::KeyPair::from_name(&format!("new {name}"));
                    Some(OperationBody::CreateAccount(CreateAccountOp {
                        destination: new.account_id(),
                        starting_balance: stroops,
                    }))
                }
                Act::Trust { limit } => {
                    let Asset::CreditAlphanum4(line) = asset.clone() else { unreachable!() };
                    Some(OperationBody::ChangeTrust(ChangeTrustOp {
                        line: ChangeTrustAsset::CreditAlphanum4(line),
                        limit,
                    }))
                }
                Act::PayAsset { to, amount } => Some(OperationBody::Payment(PaymentOp {
                    destination: keys[to].muxed(),
                    asset: asset.clone(),
                    amount,
                })),
                Act::Transfer { .. } | Act::ToContract { .. } => None,
            };
            let to = match step.act {
                Act::Transfer { to } => keys[to].sc_address(),
                Act::ToContract { to } => ScAddress::Contract(ContractId(Hash([to; 32]))),
                _ => key.sc_address(),
            };
            let envelope = match operation {
                Some(operation) => harness.operations(key, vec![operation]).unwrap(),
                None => {
                    // Fails already in recording where the account has spent everything.
                    if harness.balance(key) < 100 * XLM {
                        continue;
                    }
                    transfer(&mut harness, &native, key, to, step.bid)
                }
            };
            let known = !step.at_once && !handed_in.insert(to_xdr(&envelope));
            let envelope = match step.bump {
                Some((payer, fee)) => fee_bump(&harness, &keys[payer], envelope, fee),
                None => envelope,
            };
            if step.at_once {
                let (before, count) =
                    (harness.ledger.building().fee_pool, harness.ledger.executed().len());
                let done = harness.ledger.execute(envelope);
                let charged = harness.ledger.building().fee_pool - before;
                // One that is not valid is part of nothing and pays nothing.
                let expected = match harness.ledger.executed().len() > count {
                    true => done.result.fee_charged,
                    false => 0,
                };
                prop_assert_eq!(charged, expected);
            } else {
                let submitted = harness.submit(envelope);
                // Two equal steps of one sequence number are one transaction, and so is one beside its fee bump.
                prop_assert!(known || submitted.status != SubmitStatus::Duplicate);
            }
            prop_assert_eq!(all_lumens(&harness), ALL);
            if let Some(ledgers) = step.close {
                let closed = harness.close_ledger();
                applied += closed.transactions.len();
                prop_assert_eq!(all_lumens(&harness), ALL);
                prop_assert_eq!(i128::from(closed.header.header.total_coins), ALL);
                for transaction in &closed.transactions {
                    let cost = &transaction.cost;
                    let parts = cost.inclusion_fee + cost.non_refundable_fee
                        + cost.refundable_fee + cost.rent_fee;
                    if succeeded(&transaction.result) {
                        prop_assert_eq!(parts, transaction.result.fee_charged);
                    }
                }
                harness.warp_ledgers(ledgers);
            }
        }
        let closed = harness.close_ledger();
        applied += closed.transactions.len();
        prop_assert_eq!(all_lumens(&harness), ALL);
        prop_assert!(applied <= 40);
    }
}
