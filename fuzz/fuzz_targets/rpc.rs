//! Any body as a request of the RPC: it is answered as JSON-RPC has it, or not at all where only
//! notifications came.
//!
//! The first byte chooses a method that the rest is the parameters of, or takes the rest as it is.
#![no_main]

use ballast_ledger::{Genesis, Ledger, Limits};
use ballast_sandbox::{
    rpc::{answer, Asked, METHODS},
    Closing, Options, Sandbox,
};
use ballast_transaction::Network;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::{Arc, LazyLock};

static SANDBOX: LazyLock<Arc<Sandbox>> = LazyLock::new(|| {
    let ledger = Ledger::genesis(Genesis {
        network: Network::default(),
        limits: Limits::Mainnet,
        sequence: 2,
        close_time: 1_700_000_000,
        history_ledgers: 10,
    });
    let sandbox = Sandbox::new(
        ledger,
        Options {
            closing: Closing::Manual,
            ..Options::default()
        },
    );
    for _ in 0..5 {
        sandbox.close().expect("an empty ledger closes");
    }
    sandbox
});

fuzz_target!(|input: &[u8]| {
    let [choice, rest @ ..] = input else {
        return;
    };
    let body = match METHODS.get(usize::from(*choice)) {
        Some(method) => {
            let head = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":"#);
            [head.as_bytes(), rest, b"}"].concat()
        }
        None => rest.to_vec(),
    };
    let Some(text) = answer(&SANDBOX, &body, &Asked::default()) else {
        return;
    };
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    match answer {
        Value::Array(answers) => {
            assert!(!answers.is_empty());
            answers.iter().for_each(check);
        }
        answer => check(&answer),
    }
});

fn check(answer: &Value) {
    assert_eq!(answer["jsonrpc"], "2.0");
    assert!(answer.get("id").is_some());
    assert!(answer.get("result").is_some() != answer.get("error").is_some());
    // The server's own fault is what is looked for here.
    assert_ne!(answer["error"]["code"], -32603, "{answer}");
}
