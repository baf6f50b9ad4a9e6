//! The controls, on the default scenario.

mod prices;
mod replays;
mod wrong;

use ballast_sandbox::{
    control::Controls,
    persist::{self, Beginning, Opening, Store, Wanted},
    rpc,
    scenario::{Options, Scenario},
    Closing, Network, Sandbox,
};
use serde_json::{json, Value};
use std::{
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// A sandbox with the default scenario whose ledgers close when told to.
pub fn sandbox() -> Arc<Sandbox> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let (ledger, directory) = Scenario::Default
        .build(Options {
            limits: ballast_sandbox::Limits::Mainnet,
            seed: 1,
            history_ledgers: 1_000,
            now: now.as_secs(),
        })
        .unwrap();
    let sandbox = Sandbox::new(ledger, manual());
    sandbox.controls().set_directory(directory);
    sandbox
}

fn manual() -> ballast_sandbox::Options {
    ballast_sandbox::Options {
        closing: Closing::Manual,
        ..ballast_sandbox::Options::default()
    }
}

pub fn call(sandbox: &Arc<Sandbox>, method: &str, params: Value) -> Value {
    rpc::call(sandbox, &format!("ballast_{method}"), &params).unwrap()
}

pub fn fails(sandbox: &Arc<Sandbox>, method: &str, params: Value, words: &str) {
    let error = rpc::call(sandbox, &format!("ballast_{method}"), &params).unwrap_err();
    assert!(error.message.contains(words), "{params}: {error}");
}

/// What the oracle says of an asset: price and time.
pub fn served(sandbox: &Arc<Sandbox>, asset: &str) -> (String, u64) {
    let told = call(sandbox, "prices", json!({}));
    let served = &told["prices"][asset];
    (
        served["price"].as_str().unwrap().into(),
        served["timestamp"].as_str().unwrap().parse().unwrap(),
    )
}

pub fn sequence(sandbox: &Sandbox) -> u64 {
    sandbox.view().header().ledger_seq.into()
}

#[test]
fn a_restart_keeps_scenario_and_prices() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("default.state");
    let _ = std::fs::remove_file(&path);
    let open = || Store::open(&path, &Network::default(), 1_000, &Wanted::default()).unwrap();
    let Opening::New(place) = open() else {
        panic!("there is a file");
    };
    let first = sandbox();
    let beginning = Beginning {
        settings: persist::settings(&Wanted::default()),
        directory: first.controls().directory(),
    };
    let store = Store::begin(place, &beginning, &first.view()).unwrap();
    Controls::keep(&first, store, persist::Marks::new(), 0);
    call(&first, "snapshot", json!({ "name": "start" }));
    call(
        &first,
        "setPrice",
        json!({ "asset": "XLM", "price": "0.1234" }),
    );
    call(&first, "warp", json!({ "ledgers": 100, "seconds": 1_000 }));
    let (hash, at) = (first.view().hash(), sequence(&first));
    drop(first);

    let Opening::Restored(restored) = open() else {
        panic!("there is no file");
    };
    let again = Sandbox::new(restored.ledger, manual());
    again.controls().set_directory(restored.beginning.directory);
    Controls::keep(&again, restored.store, restored.marks, restored.clock);
    assert_eq!((again.view().hash(), sequence(&again)), (hash, at));
    assert_eq!(served(&again, "XLM").0, "0.1234");
    let status = call(&again, "status", json!({}));
    assert_eq!(status["clockOffsetSeconds"], 1_000);
    // It goes on: signed transactions, and the way back.
    call(
        &again,
        "setPrice",
        json!({ "asset": "XLM", "price": "0.5" }),
    );
    assert_eq!(served(&again, "XLM").0, "0.5");
    call(&again, "revert", json!({ "name": "start" }));
    assert_eq!(served(&again, "XLM").0, "0.36");
}
