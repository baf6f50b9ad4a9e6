//! Replays of prices.

use crate::{call, fails, sandbox, sequence, served};
use ballast_sandbox::Sandbox;
use serde_json::{json, Value};
use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const START: u64 = 1_760_130_600;

fn wait(sandbox: &Arc<Sandbox>) -> Value {
    let start = Instant::now();
    loop {
        let replay = call(sandbox, "status", json!({}))["replay"].clone();
        if replay["running"] == false {
            return replay;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{replay}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn time_and_ledgers_follow_the_rows() {
    let sandbox = sandbox();
    call(&sandbox, "close", json!({}));
    let (before, time) = (sequence(&sandbox), sandbox.now());
    let rounds: Vec<_> = (0..20)
        .map(|number| json!([START + 300 * number, ["0.3", "1.1"]]))
        .chain([json!([START + 6_000, ["0.25", null]])])
        .collect();
    let params = json!({ "assets": ["XLM", "EURC"], "rounds": rounds, "speed": "max" });
    call(&sandbox, "replayPrices", params);
    let told = wait(&sandbox);
    assert_eq!(told["error"], Value::Null);
    assert_eq!((&told["done"], &told["rounds"]), (&json!(21), &json!(21)));
    assert_eq!(told["time"], (START + 6_000).to_string());
    // Where an asset missed the last round, the one before is its newest price.
    assert_eq!(served(&sandbox, "XLM").0, "0.25");
    let (euro, at) = served(&sandbox, "EURC");
    assert_eq!(euro, "1.1");
    assert!(at < served(&sandbox, "XLM").1);
    let passed = sandbox.now() - time;
    assert!((6_000..6_060).contains(&passed), "{passed}");
    let ledgers = sequence(&sandbox) - before;
    assert!((1_200..1_230).contains(&ledgers), "{ledgers}");
}

#[test]
fn a_slow_replay_can_be_stopped_and_is_the_only_one() {
    let sandbox = sandbox();
    let rounds = json!([[START, ["0.3"]], [START + 3_600, ["0.2"]]]);
    let params = json!({ "assets": ["XLM"], "rounds": rounds, "speed": "0.5" });
    call(&sandbox, "replayPrices", params.clone());
    fails(&sandbox, "replayPrices", params, "a replay runs");
    call(&sandbox, "stopReplay", json!({}));
    let told = wait(&sandbox);
    assert!(told["done"].as_u64().unwrap() <= 1, "{told}");
    assert_eq!(told["error"], Value::Null);
}
