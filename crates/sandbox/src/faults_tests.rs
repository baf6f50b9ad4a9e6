use super::*;
use ballast_ledger::{Genesis, Limits};
use ballast_transaction::Network;

fn ledger() -> Arc<Ledger> {
    Arc::new(Ledger::genesis(Genesis {
        network: Network::default(),
        limits: Limits::Unlimited,
        sequence: 1,
        close_time: 1_000,
        history_ledgers: 0,
    }))
}

fn fault(json: &str) -> Fault {
    serde_json::from_str(json).unwrap()
}

fn with(seed: u64, json: &[&str]) -> Faults {
    let faults = Faults::new(seed);
    for json in json {
        faults.add(fault(json), &ledger()).unwrap();
    }
    faults
}

fn is_error(decision: &Decision) -> bool {
    matches!(decision.outcome, Outcome::Error { .. })
}

#[test]
fn without_faults_everything_is_served() {
    let decision = Faults::new(1).decide("getHealth");
    assert_eq!(decision.delay, Duration::ZERO);
    assert!(matches!(decision.outcome, Outcome::Serve));
}

#[test]
fn a_fault_hits_its_method_only_and_so_many_requests() {
    let faults = with(
        1,
        &[r#"{"kind":"error","method":"getTransaction","requests":2}"#],
    );
    let hits = |method| is_error(&faults.decide(method));
    assert!(!hits("getHealth"));
    assert!(hits("getTransaction"));
    assert_eq!(faults.standing()[0].hits, 1);
    assert!(!hits("sendTransaction"));
    assert!(hits("getTransaction"));
    assert!(!hits("getTransaction"));
    assert!(faults.standing().is_empty());
}

#[test]
fn chance_follows_the_seed() {
    let json = [r#"{"kind":"error","rate":"0.25"}"#];
    let run = |seed| {
        let faults = with(seed, &json);
        (0..4_000)
            .map(|_| is_error(&faults.decide("getHealth")))
            .collect::<Vec<_>>()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
    let hits = run(7).into_iter().filter(|hit| *hit).count();
    assert!((900..1_100).contains(&hits), "{hits}");
}

#[test]
fn latencies_add_up_before_what_comes_first() {
    let faults = with(
        1,
        &[
            r#"{"kind":"latency","ms":100}"#,
            r#"{"kind":"latency","ms":10,"jitterMs":5}"#,
            r#"{"kind":"error","code":-32000,"message":"no"}"#,
            r#"{"kind":"drop"}"#,
        ],
    );
    let decision = faults.decide("getHealth");
    let ms = decision.delay.as_millis();
    assert!((110..=115).contains(&ms), "{ms}");
    match decision.outcome {
        Outcome::Error { code, message } => assert_eq!((code, message.as_str()), (-32000, "no")),
        _ => panic!("the first one counts"),
    }
    assert_eq!(faults.standing()[3].hits, 0);
}

#[test]
fn a_rate_limit_starts_again_every_second() {
    let faults = with(1, &[r#"{"kind":"rateLimit","perSecond":3}"#]);
    let start = Instant::now();
    let limited = |ms| {
        let at = start + Duration::from_millis(ms);
        match faults.decide_at("getHealth", at).outcome {
            Outcome::Http {
                status: 429,
                retry_after: Some(1),
            } => true,
            Outcome::Serve => false,
            _ => panic!("served or limited"),
        }
    };
    let told: Vec<_> = [0, 1, 2, 3, 999, 1_000, 1_001, 1_002, 1_003]
        .map(limited)
        .to_vec();
    let expected = [false, false, false, true, true, false, false, false, true];
    assert_eq!(told, expected);
}

#[test]
fn a_stale_node_stays_and_then_follows_at_its_distance() {
    let ledgers: Vec<_> = (0..6).map(|_| ledger()).collect();
    let faults = Faults::new(1);
    let id = faults
        .add(fault(r#"{"kind":"stale","ledgers":2}"#), &ledgers[0])
        .unwrap();
    let seen = || match faults.decide("getLatestLedger").outcome {
        Outcome::Stale(seen) => ledgers.iter().position(|one| Arc::ptr_eq(one, &seen)),
        _ => None,
    };
    assert_eq!(seen(), Some(0));
    let mut places = Vec::new();
    for ledger in &ledgers[1..] {
        faults.closed(ledger);
        places.push(seen());
    }
    assert_eq!(places, [0, 0, 1, 2, 3].map(Some));
    faults.clear(Some(id));
    assert_eq!(seen(), None);
    assert!(faults.inner().recent.is_empty());
}

#[test]
fn garbage_of_every_form() {
    for form in ["bytes", "truncated", "html", "empty", "shape"] {
        let json = format!(r#"{{"kind":"garbage","form":"{form}"}}"#);
        let body = |seed| match with(seed, &[&json]).decide("getHealth").outcome {
            Outcome::Garbage(body) => body,
            _ => panic!("garbage"),
        };
        assert_eq!(body(3), body(3));
        let answer: Result<serde_json::Value, _> = serde_json::from_slice(&body(3));
        assert_eq!(answer.is_ok(), form == "shape", "{form}");
        // No client may take it for an answer.
        let healthy = |answer: serde_json::Value| answer["result"]["status"] == "healthy";
        assert!(!answer.is_ok_and(healthy), "{form}");
    }
    assert!(matches!(
        with(1, &[r#"{"kind":"garbage"}"#])
            .decide("getHealth")
            .outcome,
        Outcome::Garbage(_)
    ));
}

#[test]
fn statuses_and_closed_connections() {
    let outcome = |json| with(1, &[json]).decide("getHealth").outcome;
    assert!(matches!(
        outcome(r#"{"kind":"http","status":502}"#),
        Outcome::Http {
            status: 502,
            retry_after: None
        }
    ));
    assert!(matches!(outcome(r#"{"kind":"drop"}"#), Outcome::Drop));
}

#[test]
fn wrong_faults_are_refused() {
    for (json, words) in [
        (r#"{"kind":"latency","ms":600001}"#, "at most 600000"),
        (
            r#"{"kind":"latency","ms":18446744073709551615,"jitterMs":1}"#,
            "at most",
        ),
        (r#"{"kind":"http","status":200}"#, "400 to 599"),
        (r#"{"kind":"stale","ledgers":0}"#, "1 to 1000"),
        (r#"{"kind":"error","requests":0}"#, "at least one"),
        (r#"{"kind":"error","rate":"0"}"#, "above 0"),
        (r#"{"kind":"error","rate":"1.5"}"#, "up to 1"),
        (r#"{"kind":"error","rate":"often"}"#, "is not a decimal"),
    ] {
        let error = Faults::new(1).add(fault(json), &ledger()).unwrap_err();
        assert!(error.contains(words), "{json}: {error}");
    }
    for json in [r#"{"kind":"earthquake"}"#, r#"{"kind":"latency"}"#, "{}"] {
        assert!(serde_json::from_str::<Fault>(json).is_err(), "{json}");
    }
}

#[test]
fn a_fault_reads_as_it_is_written() {
    for json in [
        r#"{"kind":"latency","ms":5,"jitterMs":1,"method":"getHealth","requests":3,"rate":"0.5"}"#,
        r#"{"kind":"rateLimit","perSecond":3}"#,
        r#"{"kind":"garbage","form":"html"}"#,
        r#"{"kind":"drop"}"#,
    ] {
        assert_eq!(serde_json::to_string(&fault(json)).unwrap(), json);
    }
}
