//! Any bytes as a transaction: what decodes is refused or queued, and, with a
//! source that exists and its signature, is applied. No lumen is made or lost.
#![no_main]

use ballast_ledger::{Frame, Genesis, Ledger, Limits, Read as _};
use ballast_transaction::{sign, to_xdr, KeyPair, Network};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use stellar_xdr::curr::{
    LedgerEntryData, Limits as XdrLimits, Preconditions, ReadXdr, SequenceNumber, Transaction,
    TransactionEnvelope,
};

static LEDGER: LazyLock<Ledger> = LazyLock::new(|| {
    Ledger::genesis(Genesis {
        network: Network::default(),
        limits: Limits::Mainnet,
        sequence: 2,
        close_time: 1_700_000_000,
        history_ledgers: 2,
    })
});

fuzz_target!(|input: &[u8]| {
    let [choice, bytes @ ..] = input else {
        return;
    };
    let limits = XdrLimits {
        depth: 500,
        len: bytes.len(),
    };
    if choice % 2 == 0 {
        let Ok(envelope) = TransactionEnvelope::from_xdr(bytes, limits) else {
            return;
        };
        // The decoder takes any number for a truth value.
        if to_xdr(&envelope) != bytes {
            return;
        }
        let mut ledger = LEDGER.clone();
        ledger.submit(envelope);
        return;
    }
    let Ok(mut tx) = Transaction::from_xdr(bytes, limits) else {
        return;
    };
    let network = LEDGER.network();
    let root = KeyPair::from_seed(network.id());
    let account = LEDGER
        .state()
        .account(&root.account_id())
        .expect("it exists");
    tx.source_account = root.muxed();
    tx.seq_num = SequenceNumber(account.seq_num.0 + 1);
    tx.cond = Preconditions::None;
    tx.fee = tx.fee.max(100_000_000);
    let envelope = sign(network, tx, &[&root]);
    Frame::new(network, envelope.clone()).expect("it is one of today's");
    let mut ledger = LEDGER.clone();
    ledger.submit(envelope);
    ledger.close(1_700_000_005);
    assert_eq!(lumens(&ledger), lumens(&LEDGER));
});

/// Every lumen there is. (No contract holds any: none is there to hold them.)
fn lumens(ledger: &Ledger) -> i64 {
    let balances = ledger
        .state()
        .iter()
        .map(|(_, entry)| match &entry.entry.data {
            LedgerEntryData::Account(account) => account.balance,
            _ => 0,
        });
    balances.sum::<i64>() + ledger.header().fee_pool
}
