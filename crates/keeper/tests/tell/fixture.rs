//! A keeper's view with something of everything, and a server of it.

use ballast_client::value::Address;
use ballast_core::{auction::FillTerms, health::RISK_UNBOUNDED};
use ballast_keeper::{
    store::{
        ActionRow, Identity, NewDecision, NewTransaction, RiskPoint, Store, TransactionStatus,
    },
    tell::{
        keep_alerts, serve, About, AccountState, Alerts, AuctionState, EndpointState, Holding,
        Metrics, PoolState, PriceState, Queued, Role, State, Tell, View,
    },
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};
use stellar_xdr::curr::{AccountId, ContractId, Hash, PublicKey, Uint256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// Close time of ledger 1,000.
pub const CLOSED_AT: u64 = 1_760_130_000;
/// What an asset's name may be on a hostile chain.
pub const HOSTILE: &str = "<script>\"\n\\";

pub fn contract(index: u8) -> Address {
    Address::Contract(ContractId(Hash([index; 32])))
}

pub fn account(index: u8) -> Address {
    let key = PublicKey::PublicKeyTypeEd25519(Uint256([index; 32]));
    Address::Account(AccountId(key))
}

pub fn about() -> About {
    About {
        network: "Standalone Network ; \"quoted\"".to_owned(),
        factory: contract(1),
        dry_run: false,
        started_at: CLOSED_AT - 3_600,
        names: BTreeMap::from([
            (contract(2), "Fixed".to_owned()),
            (contract(3), "XLM".to_owned()),
            (contract(4), "USDC".to_owned()),
            (contract(5), HOSTILE.to_owned()),
        ]),
        lag_ledgers: 3,
        patience: Duration::from_secs(30),
    }
}

fn queued(index: u8, soft_e7: Option<u32>, risk_e7: i128) -> Queued {
    Queued {
        address: contract(100 + index),
        soft_e7,
        is_vault: soft_e7.is_some(),
        risk_e7,
        collateral_value: 12_345_6789012 * i128::from(index + 1),
        debt_value: 8_345_6789012 * i128::from(index + 1),
    }
}

pub fn state(ledger: u32) -> State {
    let pool = PoolState {
        pool: contract(2),
        price_decimals: 7,
        borrowers: 214,
        vaults: 200,
        at_risk: 2,
        unpriced: 1,
        queue: vec![
            queued(0, None, RISK_UNBOUNDED),
            queued(1, None, 1_0234000),
            queued(2, Some(0_8500000), 1_0012345),
            queued(3, Some(0_9000000), 0_9312345),
            queued(4, Some(0_9700000), 0_9289999),
            queued(5, None, 0_9123000),
            queued(6, Some(0_9000000), 0_4000001),
        ],
        auctions: vec![
            AuctionState {
                user: contract(101),
                is_vault: false,
                start_ledger: ledger - 212,
                age_ledgers: 212,
                terms: Some(FillTerms {
                    lot_value: 24_000_0000000,
                    bid_value: 21_876_5432100,
                }),
            },
            AuctionState {
                user: contract(102),
                is_vault: true,
                start_ledger: ledger - 40,
                age_ledgers: 40,
                terms: Some(FillTerms {
                    lot_value: 7_400_0000000,
                    bid_value: 21_876_5432100,
                }),
            },
            AuctionState {
                user: contract(120),
                is_vault: false,
                start_ledger: ledger - 1,
                age_ledgers: 1,
                terms: None,
            },
        ],
        prices: vec![
            PriceState {
                asset: contract(3),
                decimals: 7,
                price: Some(2_503_717),
                timestamp: Some(CLOSED_AT - 60),
            },
            PriceState {
                asset: contract(5),
                decimals: 18,
                price: None,
                timestamp: None,
            },
        ],
    };
    let channel = |index: u8| AccountState {
        address: account(10 + index),
        role: Role::Channel,
        lumens: 99_0000000 + i64::from(index),
        free: index != 1,
    };
    let endpoint = |name: &str, healthy, behind| EndpointState {
        name: name.to_owned(),
        healthy,
        latest_ledger: ledger - behind,
        failures: u64::from(behind) * 7,
        latency: healthy.then_some(Duration::from_micros(12_345)),
    };
    State {
        ledger,
        closed_at: CLOSED_AT + u64::from(ledger - 1_000) * 5,
        seen: Instant::now(),
        pools: vec![pool],
        endpoints: vec![
            endpoint("https://one.example", true, 0),
            endpoint("https://two.example:8443", false, 90),
        ],
        accounts: std::iter::once(AccountState {
            address: account(9),
            role: Role::Keeper,
            lumens: 1_234_5678901,
            free: true,
        })
        .chain((0..3).map(channel))
        .collect(),
        inventory: vec![Holding {
            asset: contract(4),
            decimals: 7,
            balance: 10_000_5000000,
            exposure: 5_000_0000000,
        }],
    }
}

/// Decisions, transactions and risk points as a keeper leaves them.
pub async fn fill(store: &Store) {
    for (index, (way, outcome, rescue)) in [
        ("fill", Some("done"), false),
        ("flash", Some("lost"), false),
        ("plain", None, true),
    ]
    .into_iter()
    .enumerate()
    {
        let index = index as u8;
        let decision = NewDecision {
            ledger: 990 + u32::from(index),
            closed_at: CLOSED_AT - 50 + u64::from(index) * 5,
            pool: contract(2),
            vault: contract(102 + index),
            risk_e7: 0_9300000,
            soft_e7: 0_9000000,
            verdict: "act".to_owned(),
            action: Some(ActionRow {
                way: way.to_owned(),
                collateral: contract(3),
                debt: contract(4),
                adapter: contract(7),
                sell: 100_0000000,
                repay: 24_0000000,
                rescue,
                sponsored: false,
                inclusion_fee: 200,
                risk_after_e7: 0_8700000,
                profit_value: 1_2345678,
                loss_if_late: 10_0000000,
            }),
            inputs: "{}".to_owned(),
        };
        let id = store.add_decision(&decision).await.unwrap();
        let hash = [0xA0 + index; 32];
        let transaction = NewTransaction {
            hash,
            decision: Some(id),
            vault: Some(decision.vault.clone()),
            channel: account(10 + index),
            sequence: 1,
            last_ledger: 992 + u32::from(index),
            envelope_xdr: "AAAA".to_owned(),
            purpose: "step".to_owned(),
        };
        store.add_transaction(&transaction).await.unwrap();
        if let Some(outcome) = outcome {
            let status = match outcome {
                "done" => TransactionStatus::Succeeded,
                _ => TransactionStatus::Failed,
            };
            let ledger = Some(decision.ledger + 1);
            let set = store.set_transaction(hash, status, ledger, Some(123_456), "");
            set.await.unwrap();
            let finish = store.finish_decision(id, outcome, "in words <b>");
            finish.await.unwrap();
        }
    }
    // A day in which a crash happens.
    for index in 0..288_u32 {
        let crash = (f64::from(index) - 200.0) / 12.0;
        let bump = (1.0 / (1.0 + crash * crash) * 0_3000000.0) as i128;
        let point = RiskPoint {
            ledger: index + 1,
            closed_at: CLOSED_AT - 86_400 + u64::from(index) * 300,
            pool: contract(2),
            borrowers: 214,
            vaults: 200,
            vaults_at_risk: 2,
            auctions: 1,
            highest_vault_risk_e7: 0_7000000 + bump + i128::from(index % 7) * 0_0020000,
            median_vault_risk_e7: 0_4500000 + bump / 2,
            prices: BTreeMap::from([(contract(3), 2_503_717)]),
        };
        store.add_risk_point(&point).await.unwrap();
    }
}

/// A server that ends when it is dropped.
pub struct Served {
    pub tell: Tell,
    pub address: SocketAddr,
    _directory: Option<tempfile::TempDir>,
    _stop: oneshot::Sender<()>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Served {
    /// With a database of its own.
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let identity = Identity {
            passphrase: "test".to_owned(),
            factory: contract(1),
        };
        let file = directory.path().join("keeper.db");
        let store = Store::open(&file, &identity).await.unwrap().store;
        Self::of(Some(store), Some(directory)).await
    }

    /// Without one.
    pub async fn without_database() -> Self {
        Self::of(None, None).await
    }

    async fn of(store: Option<Store>, directory: Option<tempfile::TempDir>) -> Self {
        let view = View::new(about());
        let (alerts, changes) = Alerts::new();
        let metrics = Metrics::new(&view, &alerts);
        if let Some(store) = &store {
            let (store, alerts, metrics) = (store.clone(), alerts.clone(), metrics.clone());
            tokio::spawn(keep_alerts(store, alerts, metrics, changes));
        }
        let tell = Tell {
            view,
            metrics,
            alerts,
            store,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(serve(listener, tell.clone(), async {
            let _ = stopped.await;
        }));
        Self {
            tell,
            address,
            _directory: directory,
            _stop: stop,
        }
    }

    /// Asks as a plain client does.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: keeper\r\n{headers}Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }
}
