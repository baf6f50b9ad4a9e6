use ballast_ledger::{Genesis, Ledger, Read, SubmitStatus};
use ballast_transaction::{sha256, to_xdr, Builder, KeyPair};
use stellar_xdr::curr::{CreateAccountOp, LedgerCloseMeta, OperationBody, TransactionResultResult};

#[test]
fn an_account_is_created_and_the_headers_are_a_chain() {
    let mut ledger = Ledger::genesis(Genesis {
        close_time: 1_000,
        ..Genesis::default()
    });
    let root = KeyPair::from_seed(ledger.network().id());
    let new = KeyPair::from_name("new");
    let envelope = Builder::new(root.muxed(), 1)
        .operation(OperationBody::CreateAccount(CreateAccountOp {
            destination: new.account_id(),
            starting_balance: 100_0000000,
        }))
        .sign(ledger.network(), &[&root]);

    let submitted = ledger.submit(envelope.clone());
    assert_eq!(submitted.status, SubmitStatus::Pending);
    assert_eq!(
        ledger.submit(envelope.clone()).status,
        SubmitStatus::Duplicate
    );
    assert!(ledger.state().account(&new.account_id()).is_none());

    let first = ledger.hash();
    let closed = ledger.close(1_010);
    assert_eq!(closed.header.header.previous_ledger_hash.0, first);
    assert_eq!(closed.header.hash.0, sha256(&to_xdr(&closed.header.header)));
    assert_eq!(closed.close_time(), 1_010);
    let [transaction] = &closed.transactions[..] else {
        panic!("{} transactions", closed.transactions.len());
    };
    assert!(matches!(
        transaction.result.result,
        TransactionResultResult::TxSuccess(_)
    ));
    assert_eq!(transaction.result.fee_charged, 100);
    assert_eq!(closed.header.header.fee_pool, 100);

    let account = ledger.state().account(&new.account_id()).unwrap();
    assert_eq!(account.balance, 100_0000000);
    assert_eq!(account.seq_num.0, 2 << 32);

    let (found, again) = ledger.history().transaction(&submitted.hash).unwrap();
    assert_eq!(found.sequence(), 2);
    assert_eq!(again.index, 1);

    let LedgerCloseMeta::V2(meta) = closed.meta() else {
        panic!("another version");
    };
    assert_eq!(meta.tx_processing.len(), 1);
    assert_eq!(
        closed.header.header.scp_value.tx_set_hash.0,
        sha256(&to_xdr(&meta.tx_set))
    );
    assert_eq!(ledger.submit(envelope).status, SubmitStatus::TryAgainLater);
}
