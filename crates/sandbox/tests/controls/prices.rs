//! Prices of the oracle.

use crate::{call, sandbox, sequence, served};
use serde_json::json;
use stellar_xdr::curr::TransactionResultResult;

#[test]
fn a_price_is_an_ordinary_transaction() {
    let sandbox = sandbox();
    let (before, euro) = (sequence(&sandbox), served(&sandbox, "EURC"));
    let set = call(
        &sandbox,
        "setPrice",
        json!({ "asset": "XLM", "price": "0.00000000000001" }),
    );
    assert_eq!(set["sequence"], before + 1);
    assert_eq!(served(&sandbox, "XLM").0, "0.00000000000001");
    // The others are what they were.
    assert_eq!(served(&sandbox, "EURC").0, euro.0);
    let view = sandbox.view();
    let closed = view.history().latest().unwrap();
    let [transaction] = &closed.transactions[..] else {
        panic!("one transaction");
    };
    assert!(matches!(
        transaction.result.result,
        TransactionResultResult::TxSuccess(_)
    ));
    let hash: String = transaction
        .hash
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(set["hash"], hash);

    let both = json!({ "prices": { "XLM": "0.3", "EURC": "1.05" } });
    call(&sandbox, "setPrice", both);
    assert_eq!(served(&sandbox, "XLM").0, "0.3");
    assert_eq!(served(&sandbox, "EURC").0, "1.05");
}

#[test]
fn the_last_prices_are_repeated_unless_paused() {
    let sandbox = sandbox();
    call(&sandbox, "close", json!({}));
    let (price, first) = served(&sandbox, "XLM");
    // Rounds are 300 s long.
    call(&sandbox, "warp", json!({ "seconds": 300 }));
    let (same, second) = served(&sandbox, "XLM");
    assert_eq!((same, second), (price.clone(), first + 300));
    // One round is enough, however long it was.
    call(&sandbox, "warp", json!({ "seconds": 86_400 }));
    let (same, third) = served(&sandbox, "XLM");
    assert_eq!((same, third), (price.clone(), second + 86_400));
    let before = sequence(&sandbox);
    call(&sandbox, "close", json!({ "count": 3 }));
    assert_eq!(sequence(&sandbox), before + 3);
    assert_eq!(served(&sandbox, "XLM"), (price.clone(), third));

    call(&sandbox, "oracle", json!({ "paused": true }));
    call(&sandbox, "warp", json!({ "seconds": 3_600 }));
    assert_eq!(served(&sandbox, "XLM"), (price.clone(), third));
    call(&sandbox, "oracle", json!({ "paused": false }));
    call(&sandbox, "close", json!({}));
    assert_eq!(served(&sandbox, "XLM"), (price, third + 3_600));
}

#[test]
fn after_going_back_rounds_go_on() {
    let sandbox = sandbox();
    call(&sandbox, "close", json!({}));
    call(&sandbox, "snapshot", json!({ "name": "before" }));
    let (_, first) = served(&sandbox, "XLM");
    call(&sandbox, "warp", json!({ "seconds": 3_000 }));
    assert_eq!(served(&sandbox, "XLM").1, first + 3_000);
    call(&sandbox, "revert", json!({ "name": "before" }));
    assert_eq!(served(&sandbox, "XLM").1, first);
    call(&sandbox, "warp", json!({ "seconds": 600 }));
    assert_eq!(served(&sandbox, "XLM").1, first + 600);
}
