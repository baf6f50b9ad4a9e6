//! Parameters that make no sense.

use crate::{call, fails, sandbox, sequence};
use serde_json::json;

#[test]
fn wrong_parameters_are_refused_and_nothing_happens() {
    let sandbox = sandbox();
    let before = sequence(&sandbox);
    let many: Vec<_> = (0..20_001).map(|time| json!([time, ["1"]])).collect();
    for (method, params, words) in [
        ("noSuchThing", json!({}), "no such method"),
        ("close", json!({ "count": 0 }), "from 1 to"),
        ("close", json!({ "count": 1_001 }), "from 1 to"),
        ("close", json!({ "count": "2" }), "invalid parameters"),
        ("close", json!({ "ledgers": 2 }), "unknown field"),
        ("warp", json!({}), "must be given"),
        ("warp", json!({ "ledgers": 4_000_000_000_u32 }), "at most"),
        ("warp", json!({ "seconds": u64::MAX }), "at most"),
        ("warp", json!({ "seconds": -1 }), "invalid parameters"),
        ("setPrice", json!({}), "asset and price"),
        ("setPrice", json!({ "asset": "XLM" }), "belong together"),
        (
            "setPrice",
            json!({ "asset": "XLM", "price": 0.3 }),
            "invalid parameters",
        ),
        (
            "setPrice",
            json!({ "asset": "XLM", "price": "cheap" }),
            "not a decimal",
        ),
        (
            "setPrice",
            json!({ "asset": "DOGE", "price": "1" }),
            "it quotes XLM",
        ),
        ("snapshot", json!({ "name": "" }), "name"),
        ("snapshot", json!({ "name": "a\nb" }), "name"),
        ("snapshot", json!({ "name": "x".repeat(65) }), "name"),
        ("snapshot", json!({}), "missing field"),
        ("revert", json!({ "name": "never" }), "no snapshot"),
        ("dropSnapshot", json!({ "name": "never" }), "no snapshot"),
        ("fail", json!({ "kind": "earthquake" }), "earthquake"),
        ("fail", json!({ "kind": "stale", "ledgers": 0 }), "ledgers"),
        ("stopReplay", json!({}), "no replay"),
        (
            "replayPrices",
            json!({ "assets": ["XLM"], "rounds": [] }),
            "rounds: 0",
        ),
        (
            "replayPrices",
            json!({ "assets": ["XLM"], "rounds": many }),
            "rounds: 20001",
        ),
        (
            "replayPrices",
            json!({ "assets": [], "rounds": [[1, []]] }),
            "at least one",
        ),
        (
            "replayPrices",
            json!({ "assets": ["XLM"], "rounds": [[1, ["1", "2"]]] }),
            "2 prices, 1 assets",
        ),
        (
            "replayPrices",
            json!({ "assets": ["XLM"], "rounds": [[1, ["1"]], [1, ["1"]]] }),
            "rounds[1]: 1 is not later",
        ),
        (
            "replayPrices",
            json!({ "assets": ["XLM"], "rounds": [[1, ["1"]]], "speed": "0" }),
            "speed",
        ),
    ] {
        fails(&sandbox, method, params, words);
    }
    assert_eq!(sequence(&sandbox), before);
    assert_eq!(call(&sandbox, "status", json!({}))["snapshots"], json!([]));
}

#[test]
fn snapshots_are_limited() {
    let sandbox = sandbox();
    for number in 0..32 {
        call(&sandbox, "snapshot", json!({ "name": number.to_string() }));
    }
    fails(
        &sandbox,
        "snapshot",
        json!({ "name": "more" }),
        "32 snapshots",
    );
    // One of the same name is replaced.
    call(&sandbox, "snapshot", json!({ "name": "7" }));
    call(&sandbox, "dropSnapshot", json!({ "name": "7" }));
    call(&sandbox, "snapshot", json!({ "name": "more" }));
}
