//! The friendbot.

use crate::support::{every, from_base64, keys, payment, Served};
use ballast_ledger::Read as _;
use ballast_transaction::KeyPair;
use serde_json::{json, Value};
use stellar_xdr::curr::{LedgerEntryChange, LedgerEntryData, TransactionMeta};

const STARTING_BALANCE: i64 = 100_000_000_000;

fn ask(served: &Served, address: &str) -> (u16, Value) {
    let path = format!("/friendbot?addr={address}");
    let response = served.connect().send("GET", &path, &[], b"");
    (response.status, response.json())
}

fn balance(served: &Served, key: &KeyPair) -> Option<i64> {
    let account = served.sandbox.view().state().account(&key.account_id());
    account.map(|account| account.balance)
}

#[test]
fn accounts_are_created_by_a_transaction() {
    let served = Served::manual();
    let [alice] = keys(["alice"]);
    let (status, answer) = ask(&served, &alice.address());
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["successful"], true);
    assert_eq!(balance(&served, &alice), Some(STARTING_BALANCE));
    let told = served.get("getTransaction", json!({ "hash": answer["hash"] }));
    assert_eq!(told["status"], "SUCCESS");
    assert_eq!(told["envelopeXdr"], answer["envelope_xdr"]);
    assert_eq!(told["resultMetaXdr"], answer["result_meta_xdr"]);
    // Clients read the new account's sequence number out of the meta.
    let TransactionMeta::V4(meta) = from_base64(&told["resultMetaXdr"]) else {
        panic!("not V4");
    };
    let created = meta.operations[0]
        .changes
        .iter()
        .find_map(|change| match change {
            LedgerEntryChange::Created(entry) => Some(&entry.data),
            _ => None,
        });
    let Some(LedgerEntryData::Account(account)) = created else {
        panic!("no account was created");
    };
    assert_eq!(account.account_id, alice.account_id());
    assert_eq!(told["ledger"], (account.seq_num.0 >> 32) as u32);
}

#[test]
fn posts_are_answered_by_query_and_by_form() {
    let served = Served::manual();
    let [alice, bob] = keys(["alice", "bob"]);
    let path = format!("/friendbot?addr={}", alice.address());
    assert_eq!(served.connect().send("POST", &path, &[], b"").status, 200);
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let form = format!("addr={}", bob.address());
    let response = served
        .connect()
        .send("POST", "/friendbot", &headers, form.as_bytes());
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(balance(&served, &bob), Some(STARTING_BALANCE));
    assert_eq!(served.connect().send("DELETE", &path, &[], b"").status, 405);
}

#[test]
fn who_has_enough_gets_no_more() {
    let served = Served::manual();
    let [alice, bob] = keys(["alice", "bob"]);
    served.fund(&[&alice, &bob]);
    let (status, answer) = ask(&served, &alice.address());
    assert_eq!(status, 400);
    assert_eq!(answer["status"], 400);
    assert_eq!(answer["title"], "Bad Request");
    assert_eq!(
        answer["type"],
        "https://stellar.org/friendbot-errors/bad_request"
    );
    let detail = answer["detail"].as_str().expect("a text");
    assert!(
        detail.contains("account already funded to starting balance"),
        "{detail}"
    );
    assert!(detail.contains("createAccountAlreadyExist"), "{detail}");

    // Who has spent some gets the whole again.
    let spent = served
        .next(&alice)
        .operation(payment(&bob, 7))
        .sign(&served.network, &[&alice]);
    served.apply(&spent);
    let (status, answer) = ask(&served, &alice.address());
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        balance(&served, &alice),
        Some(2 * STARTING_BALANCE - 7 - 100)
    );
}

#[test]
fn wrong_addresses_are_refused() {
    let served = Served::manual();
    for (address, reason) in [
        ("", "invalid address: must be a valid G or C address"),
        ("GA", "invalid address: must be a valid G or C address"),
        (
            "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC",
            "contract addresses are not supported, configure rpc_url to fund contract addresses",
        ),
    ] {
        let (status, answer) = ask(&served, address);
        assert_eq!(status, 400, "{address}");
        assert_eq!(
            answer["extras"],
            json!({ "invalid_field": "addr", "reason": reason })
        );
        assert_eq!(
            answer["detail"],
            "The request you sent was invalid in some way."
        );
    }
    assert_eq!(
        served.connect().send("GET", "/friendbot", &[], b"").status,
        400
    );
}

#[test]
fn many_at_once_share_transactions() {
    let served = Served::with(every(100));
    let keys: Vec<_> = (0..30)
        .map(|index| KeyPair::from_name(&format!("account {index}")))
        .collect();
    std::thread::scope(|scope| {
        for key in &keys {
            scope.spawn(|| {
                let (status, answer) = ask(&served, &key.address());
                assert_eq!(status, 200, "{answer}");
            });
        }
    });
    for key in &keys {
        assert_eq!(balance(&served, key), Some(STARTING_BALANCE));
    }
}
