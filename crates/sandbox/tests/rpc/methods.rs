//! What the methods answer.

use crate::support::{base64, from_base64, invocation, keys, payment, Served};
use ballast_ledger::{account_key, Entry, Ttl};
use ballast_transaction::{sha256, to_xdr, KeyPair};
use serde_json::{json, Value};
use stellar_xdr::curr::{
    ContractDataDurability, ContractDataEntry, ExtendFootprintTtlOp, ExtensionPoint,
    FeeBumpTransaction, FeeBumpTransactionEnvelope, FeeBumpTransactionExt,
    FeeBumpTransactionInnerTx, LedgerCloseMeta, LedgerEntry, LedgerEntryData, LedgerEntryExt,
    LedgerFootprint, LedgerHeader, LedgerHeaderHistoryEntry, LedgerKey, LedgerKeyContractData,
    Memo, OperationBody, RestoreFootprintOp, ScVal, SorobanResources, SorobanTransactionData,
    SorobanTransactionDataExt, TransactionEnvelope, TransactionMeta, TransactionResult,
    TransactionResultResult,
};

/// Keys of an account, of a contract and of its storage.
pub fn some_keys(served: &Served, key: &KeyPair) -> Vec<String> {
    vec![
        base64(&account_key(&key.account_id())),
        base64(&instance_key(served)),
    ]
}

fn instance_key(served: &Served) -> LedgerKey {
    LedgerKey::ContractData(LedgerKeyContractData {
        contract: served.native(),
        key: ScVal::LedgerKeyContractInstance,
        durability: ContractDataDurability::Persistent,
    })
}

#[test]
fn the_newest_ledger() {
    let served = Served::manual();
    for _ in 0..3 {
        served.close();
        let latest = served.get("getLatestLedger", json!({}));
        let header: LedgerHeader = from_base64(&latest["headerXdr"]);
        let meta: LedgerCloseMeta = from_base64(&latest["metadataXdr"]);
        let LedgerCloseMeta::V2(meta) = meta else {
            panic!("not V2");
        };
        assert_eq!(meta.ledger_header.header, header);
        assert_eq!(latest["sequence"], header.ledger_seq);
        assert_eq!(latest["protocolVersion"], header.ledger_version);
        assert_eq!(
            latest["closeTime"],
            header.scp_value.close_time.0.to_string()
        );
        assert_eq!(latest["id"], hex(&sha256(&to_xdr(&header))));
        let health = served.get("getHealth", json!({}));
        assert_eq!(health["status"], "healthy");
        assert_eq!(health["latestLedger"], header.ledger_seq);
        assert_eq!(health["latestLedgerCloseTime"], latest["closeTime"]);
        assert_eq!(health["ledgerRetentionWindow"], 1_000);
    }
    let network = served.get("getNetwork", json!(null));
    assert_eq!(network["passphrase"], "Standalone Network ; February 2017");
    let friendbot = format!("http://{}/friendbot", served.address);
    assert_eq!(network["friendbotUrl"], friendbot);
    let version = served.get("getVersionInfo", json!({}));
    assert_eq!(version["protocolVersion"], network["protocolVersion"]);
}

#[test]
fn ledgers_in_pages_are_a_chain() {
    let served = Served::manual();
    for _ in 0..9 {
        served.close();
    }
    let health = served.get("getHealth", json!({}));
    let oldest = health["oldestLedger"].as_u64().expect("a number");
    let mut params = json!({ "startLedger": oldest, "pagination": { "limit": 4 } });
    let mut hashes = Vec::new();
    loop {
        let page = served.call("getLedgers", params.clone());
        let Ok(page) = page else { break };
        let ledgers = page["ledgers"].as_array().expect("a list").clone();
        assert!(!ledgers.is_empty() && ledgers.len() <= 4);
        for ledger in &ledgers {
            let header: LedgerHeaderHistoryEntry = from_base64(&ledger["headerXdr"]);
            let _: LedgerCloseMeta = from_base64(&ledger["metadataXdr"]);
            assert_eq!(ledger["hash"], hex(&header.hash.0));
            assert_eq!(ledger["sequence"], oldest + hashes.len() as u64);
            if let Some(last) = hashes.last() {
                assert_eq!(hex(&header.header.previous_ledger_hash.0), *last);
            }
            hashes.push(hex(&header.hash.0));
        }
        params = json!({ "pagination": { "cursor": page["cursor"], "limit": 4 } });
    }
    // The page after the last one is refused, as the real server does.
    assert_eq!(
        hashes.len() as u64,
        health["latestLedger"].as_u64().expect("a number") - oldest + 1
    );
    let (code, text) = served.refused("getLedgers", params);
    assert_eq!(code, -32602);
    assert!(text.starts_with("cursor ('"), "{text}");

    let json = served.get(
        "getLedgers",
        json!({ "startLedger": oldest, "xdrFormat": "json", "pagination": { "limit": 1 } }),
    );
    let ledger = &json["ledgers"][0];
    assert_eq!(ledger["headerXdr"], "");
    assert_eq!(ledger["metadataXdr"], "");
    assert_eq!(ledger["headerJson"]["header"]["ledger_seq"], oldest);
    assert!(ledger["metadataJson"]["v2"].is_object(), "{ledger}");
}

#[test]
fn entries_come_in_the_order_of_their_keys() {
    let served = Served::manual();
    let [alice, bob, nobody] = keys(["alice", "bob", "nobody"]);
    served.fund(&[&alice, &bob]);
    served.deploy_native(&alice);
    let wanted = [
        base64(&instance_key(&served)),
        base64(&account_key(&nobody.account_id())),
        base64(&account_key(&bob.account_id())),
        base64(&account_key(&alice.account_id())),
    ];
    let answer = served.get("getLedgerEntries", json!({ "keys": wanted }));
    let entries = answer["entries"].as_array().expect("a list");
    let found: Vec<_> = entries.iter().map(|entry| &entry["key"]).collect();
    assert_eq!(found, [&wanted[0], &wanted[2], &wanted[3]]);
    let latest = answer["latestLedger"].as_u64().expect("a number");
    assert!(entries[0]["liveUntilLedgerSeq"].as_u64().expect("a number") > latest);
    assert_eq!(entries[0]["lastModifiedLedgerSeq"], latest);
    assert!(entries[1].get("liveUntilLedgerSeq").is_none());
    let LedgerEntryData::Account(account) = from_base64(&entries[1]["xdr"]) else {
        panic!("no account");
    };
    assert_eq!(account.account_id, bob.account_id());
    let ext: LedgerEntryExt = from_base64(&entries[1]["extXdr"]);
    assert_eq!(ext, LedgerEntryExt::V0);

    let json = served.get(
        "getLedgerEntries",
        json!({ "keys": [wanted[2]], "xdrFormat": "json" }),
    );
    let entry = &json["entries"][0];
    assert_eq!(entry["keyJson"]["account"]["account_id"], bob.address());
    assert_eq!(
        entry["dataJson"]["account"]["balance"],
        account.balance.to_string()
    );
    assert_eq!(entry["extJson"], "v0");
    let none = served.get("getLedgerEntries", json!({}));
    assert_eq!(none["entries"], json!([]));
}

/// An entry of a contract that was put there with this time to live.
fn put(
    served: &Served,
    name: &str,
    durability: ContractDataDurability,
    live_until: u32,
) -> LedgerKey {
    let key = ScVal::Symbol(ballast_transaction::symbol(name));
    let data = LedgerEntryData::ContractData(ContractDataEntry {
        ext: ExtensionPoint::V0,
        contract: served.native(),
        key: key.clone(),
        durability,
        val: ScVal::U32(7),
    });
    let ttl = Ttl {
        live_until,
        last_modified: 1,
    };
    let entry = LedgerEntry {
        last_modified_ledger_seq: 1,
        data,
        ext: LedgerEntryExt::V0,
    };
    served
        .sandbox
        .change(|ledger| ledger.edit(Entry::new(entry, Some(ttl))));
    LedgerKey::ContractData(LedgerKeyContractData {
        contract: served.native(),
        key,
        durability,
    })
}

#[test]
fn expired_entries_are_archived_or_gone() {
    use ContractDataDurability::{Persistent, Temporary};
    let served = Served::manual();
    served.close();
    let latest = served.sandbox.view().header().ledger_seq;
    let keys = [
        put(&served, "lives", Persistent, latest),
        put(&served, "archived", Persistent, latest - 1),
        put(&served, "lives", Temporary, latest),
        put(&served, "gone", Temporary, latest - 1),
    ]
    .map(|key| base64(&key));
    let answer = served.get("getLedgerEntries", json!({ "keys": keys }));
    let told: Vec<_> = answer["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| (entry["key"].clone(), entry["liveUntilLedgerSeq"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!(keys[0]), json!(latest)),
            (json!(keys[1]), json!(0)),
            (json!(keys[2]), json!(latest)),
        ]
    );
}

#[test]
fn sending_has_four_outcomes() {
    let served = Served::manual();
    let [alice, bob] = keys(["alice", "bob"]);
    served.fund(&[&alice, &bob]);
    let first = served.payment(&alice, &bob, 1);
    let sent = served.send(&first);
    assert_eq!(sent["status"], "PENDING");
    assert_eq!(served.send(&first)["status"], "DUPLICATE");
    let other = served.payment(&alice, &bob, 2);
    assert_eq!(served.send(&other)["status"], "TRY_AGAIN_LATER");
    let unsigned = served
        .next(&bob)
        .operation(payment(&alice, 1))
        .sign(&served.network, &[]);
    let refused = served.send(&unsigned);
    assert_eq!(refused["status"], "ERROR");
    let result: TransactionResult = from_base64(&refused["errorResultXdr"]);
    assert_eq!(result.result, TransactionResultResult::TxBadAuth);
    let told = served.get(
        "sendTransaction",
        json!({ "transaction": base64(&unsigned), "xdrFormat": "json" }),
    );
    assert_eq!(told["errorResultJson"]["result"], "tx_bad_auth");
    assert!(told.get("errorResultXdr").is_none());

    // Until a ledger closes it is nowhere.
    let ask = json!({ "hash": sent["hash"] });
    assert_eq!(
        served.get("getTransaction", ask.clone())["status"],
        "NOT_FOUND"
    );
    served.close();
    assert_eq!(served.get("getTransaction", ask)["status"], "SUCCESS");
    // What was in a ledger lately is kept away for a while.
    let again = served.send(&first);
    assert!(again["status"] == "TRY_AGAIN_LATER", "{again}");
}

#[test]
fn transactions_are_told_whole() {
    let served = Served::manual();
    let [alice, bob, nobody] = keys(["alice", "bob", "nobody"]);
    served.fund(&[&alice, &bob]);
    let envelope = served.payment(&alice, &bob, 1);
    let told = served.apply(&envelope);
    assert_eq!(told["status"], "SUCCESS");
    assert_eq!(
        from_base64::<TransactionEnvelope>(&told["envelopeXdr"]),
        envelope
    );
    let result: TransactionResult = from_base64(&told["resultXdr"]);
    assert_eq!(result.fee_charged, 100);
    let TransactionMeta::V4(_) = from_base64(&told["resultMetaXdr"]) else {
        panic!("not V4");
    };
    let header = served.sandbox.view().header().clone();
    assert_eq!(told["ledger"], header.ledger_seq);
    assert_eq!(told["createdAt"], header.scp_value.close_time.0.to_string());
    assert_eq!(told["applicationOrder"], 1);
    assert_eq!(told["feeBump"], false);

    let failed = served.apply(&served.payment(&alice, &nobody, 1));
    assert_eq!(failed["status"], "FAILED");
    let result: TransactionResult = from_base64(&failed["resultXdr"]);
    assert!(matches!(
        result.result,
        TransactionResultResult::TxFailed(_)
    ));

    let json = served.get(
        "getTransaction",
        json!({ "hash": told["txHash"], "xdrFormat": "json" }),
    );
    for field in ["envelopeXdr", "resultXdr", "resultMetaXdr"] {
        assert!(json.get(field).is_none(), "{field}");
    }
    assert_eq!(json["resultJson"]["fee_charged"], "100");
    assert_eq!(
        json["envelopeJson"]["tx"]["tx"]["source_account"],
        alice.address()
    );
    assert!(json["resultMetaJson"]["v4"].is_object());
}

#[test]
fn a_fee_bump_is_found_by_both_hashes() {
    let served = Served::manual();
    let [alice, bob] = keys(["alice", "bob"]);
    served.fund(&[&alice, &bob]);
    let TransactionEnvelope::Tx(inner) = served.payment(&alice, &bob, 1) else {
        panic!("no V1 envelope");
    };
    let inner_hash = hex(&served.network.transaction_hash(&inner.tx));
    let tx = FeeBumpTransaction {
        fee_source: bob.muxed(),
        fee: 400,
        inner_tx: FeeBumpTransactionInnerTx::Tx(inner),
        ext: FeeBumpTransactionExt::V0,
    };
    let hash = served.network.fee_bump_hash(&tx);
    let signatures = vec![bob.sign_hash(&hash)].try_into().expect("one fits");
    let bump = TransactionEnvelope::TxFeeBump(FeeBumpTransactionEnvelope { tx, signatures });
    let told = served.apply(&bump);
    assert_eq!(told["status"], "SUCCESS", "{told}");
    assert_eq!(told["feeBump"], true);
    assert_eq!(told["txHash"], hex(&hash));
    let inner = served.get("getTransaction", json!({ "hash": inner_hash }));
    assert_eq!(inner["envelopeXdr"], told["envelopeXdr"]);
    // The hash is the one that was asked for.
    assert_eq!(inner["txHash"], inner_hash);
}

#[test]
fn transactions_in_pages_come_once_and_in_order() {
    let served = Served::manual();
    let [alice, bob, carol] = keys(["alice", "bob", "carol"]);
    served.fund(&[&alice, &bob, &carol]);
    let start = served.sandbox.view().header().ledger_seq + 1;
    let mut sent = Vec::new();
    for round in 1..=4 {
        let mut ledger = Vec::new();
        for (from, to) in [(&alice, &bob), (&bob, &carol), (&carol, &alice)] {
            let sent = served.send(&served.payment(from, to, round));
            assert_eq!(sent["status"], "PENDING");
            ledger.push(sent["hash"].as_str().expect("a hash").to_owned());
        }
        served.close();
        served.close();
        ledger.sort();
        sent.extend(ledger);
    }
    for limit in [1, 2, 5, 12, 200] {
        let mut params = json!({ "startLedger": start, "pagination": { "limit": limit } });
        let mut told = Vec::new();
        loop {
            let page = served.get("getTransactions", params);
            let transactions = page["transactions"].as_array().expect("a list").clone();
            assert!(transactions.len() <= limit);
            params = json!({ "pagination": { "cursor": page["cursor"], "limit": limit } });
            if transactions.is_empty() {
                // An empty page leads nowhere else.
                assert_eq!(
                    served.get("getTransactions", params)["cursor"],
                    page["cursor"]
                );
                break;
            }
            told.extend(transactions);
        }
        let order: Vec<_> = told
            .iter()
            .map(|one| (one["ledger"].as_u64(), one["applicationOrder"].as_u64()))
            .collect();
        assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
        let mut hashes: Vec<Vec<_>> = told
            .chunks(3)
            .map(|ledger| {
                ledger
                    .iter()
                    .filter_map(|one| one["txHash"].as_str())
                    .collect()
            })
            .collect();
        hashes.iter_mut().for_each(|ledger| ledger.sort_unstable());
        assert_eq!(hashes.concat(), sent, "pages of {limit}");
    }
}

#[test]
fn fees_of_the_last_ledgers() {
    let served = Served::manual();
    let [alice, bob] = keys(["alice", "bob"]);
    served.fund(&[&alice, &bob]);
    served.deploy_native(&alice);
    let stats = served.get("getFeeStats", json!({}));
    assert_eq!(stats["inclusionFee"]["min"], "100");
    assert_eq!(stats["inclusionFee"]["transactionCount"], "2");
    assert_eq!(stats["sorobanInclusionFee"]["max"], "100");
    assert_eq!(stats["sorobanInclusionFee"]["transactionCount"], "1");
    assert_eq!(
        stats["latestLedger"],
        served.sandbox.view().header().ledger_seq
    );
}

#[test]
fn simulation_makes_transactions_that_apply() {
    let served = Served::manual();
    let [alice, bob] = keys(["alice", "bob"]);
    served.fund(&[&alice, &bob]);
    served.deploy_native(&alice);
    let transfer = served.transfer(&alice, bob.sc_address(), 12);
    let simulated = served.simulate(&alice, invocation(transfer.clone()));
    let data: SorobanTransactionData = from_base64(&simulated["transactionData"]);
    assert_eq!(simulated["minResourceFee"], data.resource_fee.to_string());
    assert_eq!(
        from_base64::<ScVal>(&simulated["results"][0]["xdr"]),
        ScVal::Void
    );
    let changes = simulated["stateChanges"].as_array().expect("a list");
    assert!(
        changes.iter().any(|change| change["type"] == "updated"),
        "{changes:?}"
    );
    assert!(!simulated["events"].as_array().expect("a list").is_empty());
    let applied = served.apply(&served.prepared(&alice, transfer.clone()));
    assert_eq!(applied["status"], "SUCCESS", "{applied}");
    let contract_events = applied["events"]["contractEventsXdr"][0]
        .as_array()
        .expect("a list");
    assert_eq!(contract_events.len(), 1);

    // More instructions on request, and nothing else.
    let envelope =
        crate::support::unsigned(served.next(&alice).operation(invocation(transfer)).build());
    let more = served.get(
        "simulateTransaction",
        json!({
            "transaction": base64(&envelope),
            "resourceConfig": { "instructionLeeway": 50_000_000 },
            "useUpgradedAuth": true,
        }),
    );
    let with_leeway: SorobanTransactionData = from_base64(&more["transactionData"]);
    assert!(with_leeway.resources.instructions > data.resources.instructions + 40_000_000);
    assert_eq!(with_leeway.resources.footprint, data.resources.footprint);
    let json = served.get(
        "simulateTransaction",
        json!({ "transaction": base64(&envelope), "xdrFormat": "json" }),
    );
    assert!(
        json["transactionDataJson"]["resources"].is_object(),
        "{json}"
    );
    assert_eq!(json["results"][0]["returnValueJson"], "void");
    assert!(json["results"][0]["authJson"].is_array());
    assert!(json["eventsJson"].is_array());
    assert_eq!(json["stateChanges"][0]["before"], Value::Null);
    assert!(json["stateChanges"][0]["keyJson"].is_object());
}

#[test]
fn a_failing_simulation_says_why() {
    let served = Served::manual();
    let [alice, bob] = keys(["alice", "bob"]);
    served.fund(&[&alice, &bob]);
    served.deploy_native(&alice);
    let too_much = served.transfer(&alice, bob.sc_address(), i128::from(i64::MAX));
    let failed = served.simulate(&alice, invocation(too_much));
    let text = failed["error"].as_str().expect("an error");
    assert!(
        text.starts_with("HostError: Error(Contract, #10)"),
        "{text}"
    );
    assert!(text.contains("Event log (newest first):"), "{text}");
    assert!(!failed["events"].as_array().expect("diagnostics").is_empty());
    assert!(failed.get("transactionData").is_none());
    assert!(failed.get("minResourceFee").is_none());
}

#[test]
fn simulation_refuses_in_its_answer() {
    let served = Served::manual();
    let [alice, bob] = keys(["alice", "bob"]);
    served.fund(&[&alice, &bob]);
    let transfer = || invocation(served.transfer(&alice, bob.sc_address(), 1));
    let reason = |params: Value| {
        let answer = served.get("simulateTransaction", params);
        answer["error"].as_str().expect("an error").to_owned()
    };
    let transaction =
        |builder: ballast_transaction::Builder| base64(&crate::support::unsigned(builder.build()));
    let one = transaction(served.next(&alice).operation(transfer()));
    let two = transaction(
        served
            .next(&alice)
            .operation(transfer())
            .operation(transfer()),
    );
    let memo = transaction(served.next(&alice).operation(transfer()).memo(Memo::Id(1)));
    let classic = transaction(served.next(&alice).operation(payment(&bob, 1)));
    let restore = OperationBody::RestoreFootprint(RestoreFootprintOp {
        ext: ExtensionPoint::V0,
    });
    let bare = transaction(served.next(&alice).operation(restore));
    for (params, expected) in [
        (json!({}), "Could not unmarshal transaction"),
        (
            json!({ "transaction": "AAAA" }),
            "Could not unmarshal transaction",
        ),
        (
            json!({ "transaction": two }),
            "Transaction contains more than one operation",
        ),
        (
            json!({ "transaction": memo }),
            "Transaction contains a memo. Soroban transactions do not support memos.",
        ),
        (
            json!({ "transaction": classic }),
            "transaction contains unsupported operation type: OperationTypePayment",
        ),
        (
            json!({ "transaction": bare }),
            "SorobanTransactionData must be provided",
        ),
        (
            json!({ "transaction": bare, "authMode": "record" }),
            "cannot set authMode with non-InvokeHostFunction operations",
        ),
        (
            json!({ "transaction": one, "authMode": "enforced" }),
            "optional 'authMode' must be one of enforce,record,record_allow_nonroot when included",
        ),
        (
            json!({ "transaction": one, "xdrFormat": "hex" }),
            "got 'hex': expected base64, json for optional 'xdrFormat'",
        ),
    ] {
        let text = reason(params.clone());
        assert!(text.contains(expected), "{params}: {text}");
    }
}

#[test]
fn ttl_operations_are_simulated_and_apply() {
    let served = Served::manual();
    let [alice] = keys(["alice"]);
    served.fund(&[&alice]);
    served.deploy_native(&alice);
    let instance = instance_key(&served);
    let until = |served: &Served| {
        let keys = json!({ "keys": [base64(&instance)] });
        let entry = served.get("getLedgerEntries", keys)["entries"][0].clone();
        entry["liveUntilLedgerSeq"].as_u64().expect("a number") as u32
    };
    let before = until(&served);
    let latest = served.sandbox.view().header().ledger_seq;
    let extend = OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp {
        ext: ExtensionPoint::V0,
        extend_to: before - latest + 5_000,
    });
    let told = run_ttl(&served, &alice, extend, vec![instance.clone()], vec![]);
    assert_eq!(told["status"], "SUCCESS", "{told}");
    assert!(until(&served) > before);

    let gone = until(&served) + 10;
    served
        .sandbox
        .change(|ledger| ledger.jump(gone, 1_800_000_000));
    served.close();
    assert_eq!(until(&served), 0);
    let restore = OperationBody::RestoreFootprint(RestoreFootprintOp {
        ext: ExtensionPoint::V0,
    });
    let told = run_ttl(&served, &alice, restore, vec![], vec![instance.clone()]);
    assert_eq!(told["status"], "SUCCESS", "{told}");
    assert!(until(&served) > gone);
}

/// Simulates a TTL operation on a footprint, takes what that says, sends it.
fn run_ttl(
    served: &Served,
    key: &KeyPair,
    body: OperationBody,
    read_only: Vec<LedgerKey>,
    read_write: Vec<LedgerKey>,
) -> Value {
    let data = SorobanTransactionData {
        ext: SorobanTransactionDataExt::V0,
        resources: SorobanResources {
            footprint: LedgerFootprint {
                read_only: read_only.try_into().expect("fits"),
                read_write: read_write.try_into().expect("fits"),
            },
            instructions: 0,
            disk_read_bytes: 0,
            write_bytes: 0,
        },
        resource_fee: 0,
    };
    let builder = served.next(key).operation(body);
    let envelope = crate::support::unsigned(builder.clone().soroban(data).build());
    let simulated = served.get(
        "simulateTransaction",
        json!({ "transaction": base64(&envelope) }),
    );
    assert!(simulated.get("error").is_none(), "{simulated}");
    assert!(simulated.get("results").is_none(), "{simulated}");
    let data: SorobanTransactionData = from_base64(&simulated["transactionData"]);
    served.apply(&builder.soroban(data).sign(&served.network, &[key]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
