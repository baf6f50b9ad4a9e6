//! A transaction on its way over a bad line: it is applied once, or it is said that nobody knows yet.

mod support;

use ballast_client::{
    rpc::{Rpc, RpcOptions},
    Client, Error, Fee, Options,
};
use ballast_transaction::KeyPair;
use serde_json::{json, Value as Json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use stellar_xdr::curr::*;
use support::{serve, Reply};

/// What the server said to `sendTransaction` and `getTransaction`, and what was sent.
#[derive(Default)]
struct Seen {
    sent: Vec<String>,
    asked: usize,
}

struct Line {
    client: Client,
    seen: Arc<Mutex<Seen>>,
}

/// A server whose answers are scripted: to the n-th transaction handed in, and to the n-th question.
async fn line(
    send: impl Fn(usize) -> Reply + Send + 'static,
    get: impl Fn(usize) -> Reply + Send + 'static,
) -> Line {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let notes = seen.clone();
    let url = serve(move |method, params: &Json| {
        let mut notes = notes.lock().unwrap();
        match method {
            "getNetwork" => Reply::Result(json!({ "passphrase": "Test", "protocolVersion": 25 })),
            "getHealth" => {
                Reply::Result(json!({ "status": "healthy", "latestLedger": 10, "oldestLedger": 1 }))
            }
            "getLedgerEntries" => Reply::Result(account()),
            "sendTransaction" => {
                notes
                    .sent
                    .push(params["transaction"].as_str().unwrap().to_owned());
                send(notes.sent.len())
            }
            "getTransaction" => {
                notes.asked += 1;
                get(notes.asked)
            }
            other => panic!("{other}"),
        }
    })
    .await;
    let rpc_options = RpcOptions {
        timeout: Duration::from_millis(300),
        ..RpcOptions::default()
    };
    let options = Options {
        fee: Fee::Fixed(100),
        valid_ledgers: 20,
        patience: Duration::from_millis(1_500),
        poll: Duration::from_millis(30),
    };
    let rpc = Rpc::new(&url, rpc_options).unwrap();
    Line {
        client: Client::connect(rpc, None, options).await.unwrap(),
        seen,
    }
}

fn key() -> KeyPair {
    KeyPair::from_name("follow")
}

fn account() -> Json {
    let id = key().account_id();
    let entry = LedgerEntryData::Account(AccountEntry {
        account_id: id.clone(),
        balance: 1_000_000,
        seq_num: SequenceNumber(41),
        num_sub_entries: 0,
        inflation_dest: None,
        flags: 0,
        home_domain: Default::default(),
        thresholds: Thresholds([1, 0, 0, 0]),
        signers: Default::default(),
        ext: AccountEntryExt::V0,
    });
    let key = LedgerKey::Account(LedgerKeyAccount { account_id: id });
    let text = |xdr: Result<String, _>| xdr.unwrap();
    json!({
        "latestLedger": 10,
        "entries": [{
            "key": text(key.to_xdr_base64(Limits::none())),
            "xdr": text(entry.to_xdr_base64(Limits::none())),
        }],
    })
}

fn sent(status: &str) -> Reply {
    Reply::Result(
        json!({ "status": status, "hash": "", "latestLedger": 10, "latestLedgerCloseTime": "1" }),
    )
}

fn error(result: TransactionResultResult) -> Reply {
    let result = TransactionResult {
        fee_charged: 100,
        result,
        ext: TransactionResultExt::V0,
    };
    let text = result.to_xdr_base64(Limits::none()).unwrap();
    Reply::Result(json!({ "status": "ERROR", "latestLedger": 10, "errorResultXdr": text }))
}

fn not_found(latest: u32) -> Reply {
    Reply::Result(
        json!({ "status": "NOT_FOUND", "latestLedger": latest, "latestLedgerCloseTime": "9" }),
    )
}

fn success() -> Reply {
    let operations = vec![OperationResult::OpInner(OperationResultTr::BumpSequence(
        BumpSequenceResult::Success,
    ))];
    let result = TransactionResult {
        fee_charged: 77,
        result: TransactionResultResult::TxSuccess(operations.try_into().unwrap()),
        ext: TransactionResultExt::V0,
    };
    let text = result.to_xdr_base64(Limits::none()).unwrap();
    Reply::Result(json!({
        "status": "SUCCESS", "latestLedger": 12, "ledger": 11, "createdAt": "5", "resultXdr": text,
    }))
}

async fn operate(line: &Line) -> Result<i64, Error> {
    let operation = OperationBody::BumpSequence(BumpSequenceOp {
        bump_to: SequenceNumber(0),
    });
    line.client.operate(&key(), operation).await
}

fn all_the_same(line: &Line) -> usize {
    let seen = line.seen.lock().unwrap();
    assert!(seen.sent.iter().all(|one| *one == seen.sent[0]));
    seen.sent.len()
}

#[tokio::test]
async fn pending_then_applied() {
    let line = line(
        |_| sent("PENDING"),
        |asked| if asked < 3 { not_found(10) } else { success() },
    )
    .await;
    assert_eq!(operate(&line).await.unwrap(), 77);
    assert_eq!(all_the_same(&line), 1);
}

#[tokio::test]
async fn try_again_later_and_duplicates_are_no_end() {
    let line = line(
        |count| {
            sent(if count < 3 {
                "TRY_AGAIN_LATER"
            } else {
                "DUPLICATE"
            })
        },
        |asked| if asked < 5 { not_found(10) } else { success() },
    )
    .await;
    assert_eq!(operate(&line).await.unwrap(), 77);
    assert_eq!(all_the_same(&line), 3);
}

#[tokio::test]
async fn an_answer_that_got_lost_is_asked_for_and_not_sent_anew() {
    // The first was taken, applied, and its answer lost; the second finds the number used.
    let line = line(
        |count| match count {
            1 => Reply::HangUp,
            _ => error(TransactionResultResult::TxBadSeq),
        },
        |asked| if asked < 3 { not_found(10) } else { success() },
    )
    .await;
    assert_eq!(operate(&line).await.unwrap(), 77);
    assert!(all_the_same(&line) >= 2);
}

#[tokio::test]
async fn refused_at_once_is_refused() {
    let line = line(
        |_| error(TransactionResultResult::TxInsufficientBalance),
        |_| not_found(10),
    )
    .await;
    let error = operate(&line).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { .. }));
    assert_eq!(
        error.to_string(),
        "the network refused the transaction: txINSUFFICIENT_BALANCE, its account cannot pay the fee"
    );
}

#[tokio::test]
async fn what_the_queue_dropped_is_handed_in_again_until_its_last_ledger() {
    let line = line(|_| sent("PENDING"), |asked| not_found(9 + 2 * asked as u32)).await;
    let error = operate(&line).await.unwrap_err();
    // Ledger 10 was the last when it was made; it is good for 20 more.
    assert!(
        matches!(
            error,
            Error::Expired {
                last_ledger: 30,
                ..
            }
        ),
        "{error}"
    );
    let times = all_the_same(&line);
    assert!((3..=6).contains(&times), "{times}");
    // Its end is certain: another one goes out.
    assert!(matches!(operate(&line).await, Err(Error::Expired { .. })));
}

#[tokio::test]
async fn nobody_knows_yet_is_an_error_of_its_own_and_blocks_the_next() {
    let line = line(
        |_| sent("PENDING"),
        |asked| {
            if asked % 2 == 0 {
                Reply::Http(503, "", vec![])
            } else {
                not_found(10)
            }
        },
    )
    .await;
    let first = operate(&line).await.unwrap_err();
    assert!(first.is_unsettled(), "{first}");
    // The second waits for the first, and hands in nothing of its own.
    let second = operate(&line).await.unwrap_err();
    assert!(second.is_unsettled(), "{second}");
    assert_eq!(all_the_same(&line), 1);
}

#[tokio::test]
async fn a_server_that_dies_after_taking_it_leaves_it_open() {
    let line = line(|_| Reply::HangUp, |_| Reply::HangUp).await;
    match operate(&line).await.unwrap_err() {
        Error::Unsettled { cause: Some(_), .. } => {}
        other => panic!("{other}"),
    }
}
