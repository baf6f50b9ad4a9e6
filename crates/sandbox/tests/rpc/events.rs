//! getEvents against a naive reference: all events are taken out of the ledgers' metas, sorted, and
//! filtered by the words of the description.

use crate::support::{base64, from_base64, keys, Served};
use fastrand::Rng;
use serde_json::{json, Value};
use stellar_xdr::curr::{
    ContractEvent, ContractEventBody, ContractEventType, LedgerCloseMeta, ScVal,
    TransactionEventStage, TransactionMeta,
};

/// An event as the reference has it.
#[derive(Clone, Debug)]
struct Event {
    ledger: u64,
    id: String,
    kind: &'static str,
    contract: Option<String>,
    topics: Vec<String>,
    value: String,
    hash: String,
}

/// A server whose ledgers have events of several contracts, topics and stages; failed transactions too.
fn eventful() -> Served {
    let served = Served::manual();
    let people = keys(["alice", "bob", "carol"]);
    let [alice, bob, carol] = &people;
    served.fund(&[alice, bob, carol]);
    served.deploy_native(alice);
    for round in 1..=6 {
        for (from, to) in [(alice, bob), (bob, carol), (carol, alice)] {
            let amount = if round == 4 { 2_000_000_000_000 } else { round };
            let envelope = match (round, from.address() == bob.address()) {
                // Some pay classically; some try to pay what they have not.
                (2 | 4, true) => served.payment(from, to, amount),
                (4, false) => served.payment(from, to, amount),
                _ => {
                    let transfer = served.transfer(from, to.sc_address(), i128::from(amount));
                    served.prepared(from, transfer)
                }
            };
            assert_eq!(served.send(&envelope)["status"], "PENDING");
        }
        served.close();
        if round % 2 == 0 {
            served.close();
        }
    }
    served
}

/// Every event there is, in order.
fn reference(served: &Served) -> Vec<Event> {
    let oldest = served.get("getHealth", json!({}))["oldestLedger"].clone();
    let ledgers = served.get(
        "getLedgers",
        json!({ "startLedger": oldest, "pagination": { "limit": 200 } }),
    );
    let mut events = Vec::new();
    for ledger in ledgers["ledgers"].as_array().expect("a list") {
        let LedgerCloseMeta::V2(meta) = from_base64(&ledger["metadataXdr"]) else {
            panic!("not V2");
        };
        let sequence = u64::from(meta.ledger_header.header.ledger_seq);
        let mut put =
            |event: &ContractEvent, transaction: u64, operation: u64, index: usize, hash: &str| {
                let ContractEventBody::V0(body) = &event.body;
                let toid = (sequence << 32) + (transaction << 12) + operation;
                events.push(Event {
                    ledger: sequence,
                    id: format!("{toid:019}-{index:010}"),
                    kind: match event.type_ {
                        ContractEventType::Contract => "contract",
                        ContractEventType::System => "system",
                        ContractEventType::Diagnostic => "diagnostic",
                    },
                    contract: event.contract_id.as_ref().map(|id| {
                        stellar_strkey::Contract(id.0 .0)
                            .to_string()
                            .as_str()
                            .to_owned()
                    }),
                    topics: body.topics.iter().map(base64).collect(),
                    value: base64(&body.data),
                    hash: hash.into(),
                });
            };
        let (mut before, mut after) = (0, 0);
        for (index, processing) in (1..).zip(meta.tx_processing.iter()) {
            let TransactionMeta::V4(meta) = &processing.tx_apply_processing else {
                panic!("not V4");
            };
            let hash: String = processing
                .result
                .transaction_hash
                .0
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            for event in meta.events.iter() {
                match event.stage {
                    TransactionEventStage::BeforeAllTxs => {
                        put(&event.event, 0, 0, before, &hash);
                        before += 1;
                    }
                    TransactionEventStage::AfterTx => put(&event.event, index, 4_095, 0, &hash),
                    TransactionEventStage::AfterAllTxs => {
                        put(&event.event, 1_048_575, 0, after, &hash);
                        after += 1;
                    }
                }
            }
            for (operation, of) in (0..).zip(meta.operations.iter()) {
                for (place, event) in of.events.iter().enumerate() {
                    put(event, index, operation, place, &hash);
                }
            }
        }
    }
    events.sort_by(|left, right| left.id.cmp(&right.id));
    events
}

/// Does an event pass? By the words of the description, on texts.
fn passes(filters: &Value, event: &Event) -> bool {
    let Some(filters) = filters.as_array().filter(|filters| !filters.is_empty()) else {
        return true;
    };
    let texts = |value: &Value| -> Vec<String> {
        let items = value.as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|item| item.as_str().expect("a text").to_owned())
            .collect()
    };
    filters.iter().any(|filter| {
        let kind = filter["type"]
            .as_str()
            .is_none_or(|kinds| kinds.split(',').any(|kind| kind == event.kind));
        let contracts = texts(&filter["contractIds"]);
        let contract = contracts.is_empty()
            || event
                .contract
                .as_ref()
                .is_some_and(|contract| contracts.contains(contract));
        let wanted = filter["topics"].as_array().cloned().unwrap_or_default();
        let topic = wanted.is_empty()
            || wanted.iter().any(|wanted| {
                let mut wanted = texts(wanted);
                let is_open = wanted.last().is_some_and(|last| last == "**");
                if is_open {
                    wanted.pop();
                }
                let long_enough = if is_open {
                    event.topics.len() >= wanted.len()
                } else {
                    event.topics.len() == wanted.len()
                };
                long_enough
                    && (0..wanted.len())
                        .all(|at| wanted[at] == "*" || wanted[at] == event.topics[at])
            });
        kind && contract && topic
    })
}

/// All pages of a query: ids of the events, checking each page on the way.
fn pages(served: &Served, filters: &Value, first: u64, limit: usize) -> Vec<String> {
    let mut params =
        json!({ "startLedger": first, "filters": filters, "pagination": { "limit": limit } });
    let mut ids: Vec<String> = Vec::new();
    loop {
        let page = served.get("getEvents", params);
        let events = page["events"].as_array().expect("a list");
        ids.extend(
            events
                .iter()
                .map(|event| event["id"].as_str().expect("a text").to_owned()),
        );
        assert!(events.len() <= limit);
        let cursor = page["cursor"].as_str().expect("a cursor");
        if events.len() < limit {
            // The end of what was looked through: the newest ledger.
            let latest = page["latestLedger"].as_u64().expect("a number");
            let end = ((latest + 1) << 32) - 1;
            assert_eq!(cursor, format!("{end:019}-4294967295"));
            return ids;
        }
        assert_eq!(Some(cursor), ids.last().map(String::as_str));
        params = json!({ "filters": filters, "pagination": { "cursor": cursor, "limit": limit } });
    }
}

#[test]
fn events_are_those_of_the_metas() {
    let served = eventful();
    let expected = reference(&served);
    let first = expected[0].ledger;
    let told = served.get(
        "getEvents",
        json!({ "startLedger": first, "pagination": { "limit": 10_000 } }),
    );
    let told = told["events"].as_array().expect("a list");
    assert_eq!(told.len(), expected.len());
    assert!(expected.len() > 40, "{}", expected.len());
    let mut failed = 0;
    for (told, expected) in told.iter().zip(&expected) {
        assert_eq!(told["id"], expected.id);
        assert_eq!(told["type"], expected.kind);
        assert_eq!(told["ledger"], expected.ledger);
        assert_eq!(
            told["contractId"],
            expected.contract.clone().unwrap_or_default()
        );
        assert_eq!(told["topic"], json!(expected.topics));
        assert_eq!(told["value"], expected.value);
        assert_eq!(told["txHash"], expected.hash);
        let toid: u64 = expected.id[..19].parse().expect("a number");
        assert_eq!(told["transactionIndex"], (toid >> 12) & 0xf_ffff);
        assert_eq!(told["operationIndex"], toid & 0xfff);
        let transaction = served.get("getTransaction", json!({ "hash": expected.hash }));
        let success = transaction["status"] == "SUCCESS";
        assert_eq!(told["inSuccessfulContractCall"], success);
        failed += usize::from(!success);
        let seconds: i64 = transaction["createdAt"]
            .as_str()
            .expect("a text")
            .parse()
            .expect("a number");
        assert!(seconds >= 1_700_000_000);
    }
    assert!(failed > 0, "fees of failed transactions are told");
}

#[test]
fn filters_of_every_kind() {
    let served = eventful();
    let expected = reference(&served);
    let first = expected[0].ledger;
    let [alice, bob] = keys(["alice", "bob"]);
    let symbol = |name: &str| base64(&ScVal::Symbol(ballast_transaction::symbol(name)));
    let (transfer, fee) = (symbol("transfer"), symbol("fee"));
    let (from, to) = (
        base64(&ScVal::Address(alice.sc_address())),
        base64(&ScVal::Address(bob.sc_address())),
    );
    let native = match served.native() {
        stellar_xdr::curr::ScAddress::Contract(id) => stellar_strkey::Contract(id.0 .0)
            .to_string()
            .as_str()
            .to_owned(),
        _ => unreachable!("a contract"),
    };
    let other = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC";
    // The filters, and whether some event passes them.
    let cases = [
        (json!([]), true),
        (json!([{}]), true),
        (json!([{ "type": "contract" }]), true),
        (json!([{ "type": "system" }]), false),
        (json!([{ "type": "system,contract" }]), true),
        (json!([{ "contractIds": [native] }]), true),
        (json!([{ "contractIds": [other] }]), false),
        (json!([{ "contractIds": [other, native] }]), true),
        (json!([{ "topics": [["*"]] }]), false),
        (json!([{ "topics": [["**"]] }]), true),
        (json!([{ "topics": [["*", "*"]] }]), true),
        (json!([{ "topics": [["*", "**"]] }]), true),
        (json!([{ "topics": [[transfer, "**"]] }]), true),
        (json!([{ "topics": [[transfer, "*", "*", "*"]] }]), true),
        (json!([{ "topics": [[transfer, "*", "*"]] }]), false),
        (
            json!([{ "topics": [[transfer, "*", "*", "*", "**"]] }]),
            true,
        ),
        (json!([{ "topics": [[transfer, from, "**"]] }]), true),
        (json!([{ "topics": [[transfer, from, to, "*"]] }]), true),
        (json!([{ "topics": [[transfer, to, from, "*"]] }]), false),
        (json!([{ "topics": [["*", from]] }]), true),
        (
            json!([{ "topics": [[fee, from], [transfer, to, "**"]] }]),
            true,
        ),
        (
            json!([{ "topics": [[fee, "**"]], "contractIds": [other] }]),
            false,
        ),
        (
            json!([{ "topics": [[fee, "**"]], "contractIds": [other] }, { "topics": [[fee, from]] }]),
            true,
        ),
        (
            json!([{ "type": "system" }, { "contractIds": [other] }, { "topics": [[from, "**"]] }]),
            false,
        ),
        (json!([{}, {}, {}, {}, {}]), true),
    ];
    for (filters, some) in &cases {
        let wanted: Vec<_> = expected
            .iter()
            .filter(|event| passes(filters, event))
            .map(|event| event.id.clone())
            .collect();
        assert_eq!(!wanted.is_empty(), *some, "{filters}");
        for limit in [1, 7, 10_000] {
            assert_eq!(
                pages(&served, filters, first, limit),
                wanted,
                "{filters} by {limit}"
            );
        }
    }
}

#[test]
fn filters_at_random() {
    let served = eventful();
    let expected = reference(&served);
    let (first, last) = (expected[0].ledger, expected[expected.len() - 1].ledger);
    let mut topics: Vec<String> = expected
        .iter()
        .flat_map(|event| event.topics.clone())
        .collect();
    topics.sort();
    topics.dedup();
    let contracts: Vec<_> = expected
        .iter()
        .filter_map(|event| event.contract.clone())
        .collect();
    let mut random = Rng::with_seed(7);
    let (mut some, mut none) = (0, 0);
    for _ in 0..400 {
        let filters = random_filters(&mut random, &topics, &contracts, &expected);
        let start = random.u64(first..=last);
        let wanted: Vec<_> = expected
            .iter()
            .filter(|event| event.ledger >= start && passes(&filters, event))
            .map(|event| event.id.clone())
            .collect();
        if wanted.is_empty() {
            none += 1;
        } else {
            some += 1;
        }
        let limit = random.usize(1..40);
        assert_eq!(
            pages(&served, &filters, start, limit),
            wanted,
            "{filters} from {start}"
        );
    }
    assert!(some > 100 && none > 20, "{some} and {none}");
}

fn random_filters(
    random: &mut Rng,
    topics: &[String],
    contracts: &[String],
    events: &[Event],
) -> Value {
    let other = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC";
    let mut filters = Vec::new();
    for _ in 0..random.usize(0..=3) {
        let mut filter = json!({});
        if random.u8(..) < 80 {
            filter["type"] = json!(["contract", "system", "contract,system"][random.usize(0..3)]);
        }
        if random.u8(..) < 100 {
            let ids: Vec<_> = (0..random.usize(1..=3))
                .map(|_| {
                    if random.bool() {
                        random_of(random, contracts)
                    } else {
                        other.to_owned()
                    }
                })
                .collect();
            filter["contractIds"] = json!(ids);
        }
        if random.u8(..) < 200 {
            let wanted: Vec<Vec<String>> = (0..random.usize(1..=3))
                .map(|_| {
                    // Mostly like an event that there is.
                    let event = &events[random.usize(0..events.len())];
                    let mut topic = event.topics.clone();
                    for segment in &mut topic {
                        match random.u8(0..10) {
                            0..=3 => *segment = "*".into(),
                            4 => *segment = random_of(random, topics),
                            _ => {}
                        }
                    }
                    if random.u8(..) < 100 {
                        topic.truncate(random.usize(0..=topic.len()));
                        topic.push("**".into());
                    }
                    topic
                })
                .collect();
            filter["topics"] = json!(wanted);
        }
        filters.push(filter);
    }
    json!(filters)
}

fn random_of(random: &mut Rng, texts: &[String]) -> String {
    texts[random.usize(0..texts.len())].clone()
}

#[test]
fn ranges_and_cursors() {
    let served = eventful();
    let expected = reference(&served);
    let (first, last) = (expected[0].ledger, expected[expected.len() - 1].ledger);
    // The end is exclusive.
    for (start, end) in [
        (first, first),
        (first, first + 1),
        (first + 1, last),
        (first, last + 100),
    ] {
        let page = served.get(
            "getEvents",
            json!({ "startLedger": start, "endLedger": end, "pagination": { "limit": 1_000 } }),
        );
        let count = expected
            .iter()
            .filter(|event| (start..end).contains(&event.ledger))
            .count();
        assert_eq!(
            page["events"].as_array().expect("a list").len(),
            count,
            "{start}..{end}"
        );
    }
    // A hundred unless told.
    let page = served.get("getEvents", json!({ "startLedger": first }));
    assert_eq!(
        page["events"].as_array().expect("a list").len(),
        expected.len().min(100)
    );
    // A cursor at the newest ledger's end waits for what comes.
    let page = served.get(
        "getEvents",
        json!({ "startLedger": first, "pagination": { "limit": 10_000 } }),
    );
    let wait = json!({ "pagination": { "cursor": page["cursor"] } });
    assert_eq!(served.get("getEvents", wait.clone())["events"], json!([]));
    let [alice, bob] = keys(["alice", "bob"]);
    served.apply(&served.payment(&alice, &bob, 1));
    let news = served.get("getEvents", wait);
    let news = news["events"].as_array().expect("a list");
    assert!(!news.is_empty());
    assert!(news
        .iter()
        .all(|event| event["ledger"].as_u64() > Some(last)));
}

#[test]
fn a_call_looks_through_ten_thousand_ledgers() {
    let served = Served::over(
        crate::support::ledger(30_000),
        ballast_sandbox::Options {
            closing: ballast_sandbox::Closing::Manual,
            ..Default::default()
        },
    );
    let first = served.sandbox.view().header().ledger_seq;
    for _ in 0..10_001 {
        served.close();
    }
    let [alice] = keys(["alice"]);
    served.fund(&[&alice]);
    let page = served.get("getEvents", json!({ "startLedger": first }));
    assert_eq!(page["events"], json!([]));
    let end = (u64::from(first + 10_000) << 32) - 1;
    assert_eq!(page["cursor"], format!("{end:019}-4294967295"));
    let next = served.get(
        "getEvents",
        json!({ "pagination": { "cursor": page["cursor"] } }),
    );
    assert!(!next["events"].as_array().expect("a list").is_empty());
}

#[test]
fn events_as_json() {
    let served = eventful();
    let first = reference(&served)[0].ledger;
    let page = served.get(
        "getEvents",
        json!({ "startLedger": first, "xdrFormat": "json" }),
    );
    for event in page["events"].as_array().expect("a list") {
        assert!(event.get("topic").is_none() && event.get("value").is_none());
        assert!(event["topicJson"][0]["symbol"].is_string(), "{event}");
        assert!(event["valueJson"].is_object(), "{event}");
    }
}
