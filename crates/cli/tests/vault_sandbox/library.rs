//! The client library, on what the program has no command for.

use crate::network::Network;
use ballast_client::{
    lens,
    rpc::{EventFilter, EventQuery, Rpc, Start},
    value::{Address, Bytes, Path, Value, VaultEvent},
    vault, Client, Deployment, Error, Options as ClientOptions,
};
use ballast_sandbox::{
    scenario::{self, Scenario},
    serve, Closing, Limits, Options, Sandbox,
};
use ballast_transaction::KeyPair;
use serde_json::json;
use std::time::Duration;
use stellar_xdr::curr::{
    Asset, CreateAccountOp, Limits as XdrLimits, OperationBody, PaymentOp, WriteXdr,
};

/// A keeper's flash step, with what it reports and what the contracts tell.
#[test]
fn a_keeper_rebalances() {
    let network = Network::start();
    let created = network.json("alice", &["create"]);
    let vault: Address = created["vault"].as_str().unwrap().parse().unwrap();
    network.text("alice", &["deposit", "10000", "XLM"]);
    network.text("alice", &["borrow", "2000", "USDC"]);
    // Comet's price stays where it was: selling there brings more than the floor.
    for _ in 0..2 {
        network.control("ballast_warp", json!({ "seconds": 300 }));
        network.control(
            "ballast_setPrice",
            json!({ "asset": "XLM", "price": "0.2896" }),
        );
    }
    let deployment = Deployment::read(&network.file).unwrap();
    let contract = |name: &str| deployment.contract(name).unwrap().clone();
    let route = deployment.comet[0].contract.to_value();
    let route = Bytes(route.to_xdr(XdrLimits::none()).unwrap());
    let secret = deployment
        .account("bob")
        .unwrap()
        .secret_key
        .clone()
        .unwrap();
    let keeper = KeyPair::from_secret(&secret).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let rpc = Rpc::new(&network.url, Default::default()).unwrap();
        let client = Client::connect(rpc, None, ClientOptions::default())
            .await
            .unwrap();
        let quote = lens::quote_rebalance(
            &contract("lens"),
            &vault,
            Path::Flash,
            &contract("adapter"),
            &route,
        );
        let quote = client.view(&quote).await.unwrap();
        let who = keeper.sc_address();
        let late = vault::rebalance(&vault, &who, &quote.step, 1);
        let error = client.invoke((&keeper).into(), &late).await.unwrap_err();
        assert_eq!(
            error.contract().unwrap().name(),
            Some("DeadlinePassed"),
            "{error}"
        );

        let call = vault::rebalance(&vault, &who, &quote.step, u64::MAX);
        let done = client.invoke((&keeper).into(), &call).await.unwrap();
        assert_eq!(done.value.sold, quote.step.sell);
        assert!(done.value.reward > 0 && done.value.reward <= quote.largest_reward);
        assert!(done.value.risk_after_e7 < 9_450_000, "{:?}", done.value);
        let told = done.ballast_events().unwrap();
        let [event] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!(event.contract, vault);
        match &event.event {
            VaultEvent::StepExecuted {
                caller,
                path,
                sold,
                reward,
                rescue,
                ..
            } => {
                assert_eq!((caller, path), (&who, &Some(Path::Flash)));
                assert_eq!((*sold, *reward), (done.value.sold, done.value.reward));
                assert!(!rescue);
            }
            other => panic!("{other:?}"),
        }

        // The same from the server's events, and what came before it.
        let query = EventQuery {
            start: Start::Ledger(done.ledger - 500_u32.min(done.ledger - 2)),
            end_ledger: None,
            filters: vec![EventFilter {
                contracts: vec![vault.clone()],
                ..EventFilter::default()
            }],
            limit: None,
        };
        let page = client.rpc().events(&query).await.unwrap();
        let names: Vec<_> = page
            .events
            .iter()
            .map(|event| {
                VaultEvent::decode(&event.topics, &event.data)
                    .unwrap()
                    .unwrap()
                    .name()
            })
            .collect();
        assert_eq!(names, ["deposited", "borrowed", "step_executed"]);
        let named = EventQuery {
            filters: vec![EventFilter::named(vec![vault.clone()], "step_executed")],
            ..query
        };
        let page = client.rpc().events(&named).await.unwrap();
        assert_eq!(page.events.len(), 1);
        assert_eq!(page.events[0].ledger, done.ledger);
    });
}

/// The library itself, on classic operations: they end as the network says.
#[tokio::test]
async fn operations_end_by_their_codes() {
    let (ledger, _) = Scenario::Bare
        .build(scenario::Options {
            limits: Limits::Mainnet,
            seed: 1,
            history_ledgers: 100,
            now: 1_700_000_000,
        })
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let options = Options {
        closing: Closing::Every(Duration::from_millis(30)),
        ..Options::default()
    };
    let sandbox = Sandbox::new(ledger, options);
    tokio::spawn(serve(sandbox, listener, std::future::pending()));

    let rpc = Rpc::new(&url, Default::default()).unwrap();
    let client = Client::connect(rpc, None, Default::default())
        .await
        .unwrap();
    let root = KeyPair::from_seed(client.network().id());
    let (new, other) = (KeyPair::from_name("new"), KeyPair::from_name("other"));
    let create = OperationBody::CreateAccount(CreateAccountOp {
        destination: new.account_id(),
        starting_balance: 100_0000000,
    });
    assert_eq!(client.operate(&root, create.clone()).await.unwrap(), 100);
    assert_eq!(
        client.account(&new.account_id()).await.unwrap().balance,
        100_0000000
    );
    let pay = |to: &KeyPair, amount| {
        OperationBody::Payment(PaymentOp {
            destination: to.muxed(),
            asset: Asset::Native,
            amount,
        })
    };
    client.operate(&new, pay(&root, 1)).await.unwrap();
    for (operation, code) in [
        (create, "CREATE_ACCOUNT_ALREADY_EXIST"),
        (pay(&other, 1), "PAYMENT_NO_DESTINATION"),
    ] {
        match client.operate(&root, operation).await.unwrap_err() {
            Error::Failed {
                refusal,
                fee_charged,
                ..
            } => {
                assert_eq!(refusal.transaction, "txFAILED");
                assert_eq!(refusal.operations, [code]);
                assert_eq!(fee_charged, 100);
            }
            error => panic!("{error}"),
        }
    }
    let error = client
        .operate(&new, pay(&root, 100_0000000))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("(PAYMENT_UNDERFUNDED), the account does not hold so much"),
        "{error}"
    );
    let error = client.operate(&other, pay(&root, 1)).await.unwrap_err();
    assert!(
        matches!(&error, Error::NoAccount(account) if *account == other.address()),
        "{error}"
    );
}
