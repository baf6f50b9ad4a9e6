//! How large the file becomes and how long it takes. By hand:
//! `cargo test --release -p ballast-sandbox --test state -- --ignored --nocapture figures`

use crate::support::{restored, temporary, Kept, HISTORY};
use ballast_ledger::Read;
use ballast_transaction::{Builder, KeyPair, Network};
use std::time::Instant;
use stellar_xdr::curr::{Asset, CreateAccountOp, OperationBody, PaymentOp};

const ACCOUNTS: usize = 100;
const LEDGERS: usize = 1_000;

#[test]
#[ignore = "figures, for people"]
fn figures() {
    let path = temporary("figures");
    let network = Network::default();
    let mut kept = Kept::new(&path);
    let root = KeyPair::from_seed(network.id());
    let keys: Vec<_> = (0..ACCOUNTS)
        .map(|number| KeyPair::from_name(&format!("figures {number}")))
        .collect();
    let sequence = |kept: &Kept, key: &KeyPair| {
        let account = kept.ledger.state().account(&key.account_id());
        account.unwrap().seq_num.0 + 1
    };
    let mut builder = Builder::new(root.muxed(), sequence(&kept, &root)).inclusion_fee(1_000_000);
    for key in &keys {
        builder = builder.operation(OperationBody::CreateAccount(CreateAccountOp {
            destination: key.account_id(),
            starting_balance: 1_000_0000000,
        }));
    }
    kept.close(vec![builder.sign(&network, &[&root])]);
    kept.store = kept.store.with_log_limit(u64::MAX);
    let before = kept.store.bytes();
    let mut writing = std::time::Duration::ZERO;
    for _ in 0..LEDGERS {
        for key in &keys {
            let payment = OperationBody::Payment(PaymentOp {
                destination: root.muxed(),
                asset: Asset::Native,
                amount: 1,
            });
            let envelope = Builder::new(key.muxed(), sequence(&kept, key))
                .operation(payment)
                .sign(&network, &[key]);
            kept.ledger.submit(envelope);
        }
        let closed = kept.ledger.close(kept.next_time());
        assert_eq!(closed.transactions.len(), ACCOUNTS);
        let start = Instant::now();
        kept.store.closed(&closed).unwrap();
        writing += start.elapsed();
    }
    let transactions = (LEDGERS * ACCOUNTS) as u64;
    println!(
        "{transactions} payments in {LEDGERS} ledgers: {} bytes a payment, {:.2} ms to write a ledger down",
        (kept.store.bytes() - before) / transactions,
        writing.as_secs_f64() * 1e3 / LEDGERS as f64,
    );
    let bytes = kept.store.bytes();
    drop(kept);
    let start = Instant::now();
    let mut again = Kept::from(restored(&path).unwrap());
    println!(
        "{} MB read in {:.2} s",
        bytes >> 20,
        start.elapsed().as_secs_f64()
    );
    again.store = again.store.with_log_limit(0);
    let start = Instant::now();
    assert!(again
        .store
        .compact(&again.ledger, &again.marks, again.clock)
        .unwrap());
    println!(
        "compacted to {HISTORY} ledgers, {} KB, in {:.2} s",
        again.store.bytes() >> 10,
        start.elapsed().as_secs_f64()
    );
}
