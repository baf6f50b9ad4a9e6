//! A server on a small ledger, and transactions to send to it.

mod http;

pub use http::{Connection, Response};

use ballast_ledger::{Genesis, Ledger, Limits};
use ballast_sandbox::{serve, Closing, Options, Sandbox};
use ballast_transaction::{asset_contract_id, Builder, KeyPair, Network};
use serde_json::{json, Value};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use stellar_xdr::curr::{
    Asset, ContractExecutable, ContractIdPreimage, CreateContractArgs, HostFunction,
    InvokeContractArgs, InvokeHostFunctionOp, Limits as XdrLimits, MuxedAccount, OperationBody,
    PaymentOp, ReadXdr, ScAddress, ScVal, SorobanAuthorizationEntry, SorobanTransactionData,
    Transaction, TransactionEnvelope, Uint256, WriteXdr,
};
use tokio::{net::TcpListener, sync::oneshot};

/// A server with its own ledger and clients of it.
pub struct Served {
    pub sandbox: Arc<Sandbox>,
    pub address: SocketAddr,
    pub network: Network,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<std::thread::JoinHandle<anyhow::Result<()>>>,
}

impl Served {
    /// Ledgers close when told to.
    pub fn manual() -> Self {
        Self::with(Closing::Manual)
    }

    pub fn with(closing: Closing) -> Self {
        Self::over(
            ledger(1_000),
            Options {
                closing,
                ..Options::default()
            },
        )
    }

    pub fn over(ledger: Ledger, options: Options) -> Self {
        let network = ledger.network().clone();
        let sandbox = Sandbox::new(ledger, options);
        let (stop, stopped) = oneshot::channel::<()>();
        let (address, bound) = std::sync::mpsc::channel();
        let serving = sandbox.clone();
        let runtime = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                address.send(listener.local_addr()?)?;
                serve(serving, listener, async {
                    let _ = stopped.await;
                })
                .await
            })
        });
        Self {
            sandbox,
            address: bound.recv().expect("the server is bound"),
            network,
            stop: Some(stop),
            runtime: Some(runtime),
        }
    }

    /// How the server ended by itself.
    pub fn ended(mut self) -> anyhow::Result<()> {
        let runtime = self.runtime.take().expect("it was not waited for");
        runtime.join().expect("the server did not panic")
    }

    pub fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    /// Calls a method through the socket and gives what it answered, result or error.
    pub fn call(&self, method: &str, params: Value) -> Result<Value, Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 8, "method": method, "params": params });
        let response = self.connect().post("/", request.to_string().as_bytes());
        assert_eq!(response.status, 200, "{}", response.text());
        let mut answer = response.json();
        assert_eq!(answer["jsonrpc"], "2.0");
        assert_eq!(answer["id"], 8);
        match answer.get("error") {
            Some(error) => {
                assert!(answer.get("result").is_none());
                Err(error.clone())
            }
            None => Ok(answer["result"].take()),
        }
    }

    /// The result of a call that must succeed.
    pub fn get(&self, method: &str, params: Value) -> Value {
        self.call(method, params.clone())
            .unwrap_or_else(|error| panic!("{method} {params}: {error}"))
    }

    /// Code and text of the error of a call that must fail.
    pub fn refused(&self, method: &str, params: Value) -> (i64, String) {
        match self.call(method, params.clone()) {
            Ok(result) => panic!("{method} {params} was answered: {result}"),
            Err(error) => (
                error["code"].as_i64().expect("a code"),
                error["message"].as_str().expect("a message").to_owned(),
            ),
        }
    }

    /// Funds accounts.
    pub fn fund(&self, keys: &[&KeyPair]) {
        for key in keys {
            let path = format!("/friendbot?addr={}", key.address());
            let response = self.connect().send("GET", &path, &[], b"");
            assert_eq!(response.status, 200, "{}", response.text());
        }
    }

    /// The account's next transaction.
    pub fn next(&self, key: &KeyPair) -> Builder {
        use ballast_ledger::Read as _;
        let account = self.sandbox.view().state().account(&key.account_id());
        let sequence = account.expect("the account is funded").seq_num.0;
        Builder::new(key.muxed(), sequence + 1)
    }

    /// Sends a signed envelope.
    pub fn send(&self, envelope: &TransactionEnvelope) -> Value {
        self.get(
            "sendTransaction",
            json!({ "transaction": base64(envelope) }),
        )
    }

    /// Sends, closes a ledger and asks for the transaction.
    pub fn apply(&self, envelope: &TransactionEnvelope) -> Value {
        let sent = self.send(envelope);
        assert_eq!(sent["status"], "PENDING", "{sent}");
        self.close();
        self.get("getTransaction", json!({ "hash": sent["hash"] }))
    }

    pub fn close(&self) {
        self.sandbox.close().expect("the ledger closes");
    }

    /// Pays natively.
    pub fn payment(&self, from: &KeyPair, to: &KeyPair, amount: i64) -> TransactionEnvelope {
        self.next(from)
            .operation(payment(to, amount))
            .sign(&self.network, &[from])
    }

    /// Simulates an operation of this account.
    pub fn simulate(&self, key: &KeyPair, body: OperationBody) -> Value {
        let envelope = unsigned(self.next(key).operation(body).build());
        self.get(
            "simulateTransaction",
            json!({ "transaction": base64(&envelope) }),
        )
    }

    /// Simulates a host function, puts what that gave into a transaction and signs it.
    pub fn prepared(&self, key: &KeyPair, function: HostFunction) -> TransactionEnvelope {
        let simulated = self.simulate(key, invocation(function.clone()));
        assert!(simulated.get("error").is_none(), "{simulated}");
        let data: SorobanTransactionData = from_base64(&simulated["transactionData"]);
        let auth = simulated["results"][0]["auth"].as_array().expect("auth");
        let auth: Vec<SorobanAuthorizationEntry> = auth.iter().map(from_base64).collect();
        self.next(key)
            .host_function(function, auth)
            .soroban(data)
            .sign(&self.network, &[key])
    }

    /// Deploys the contract of the native asset.
    pub fn deploy_native(&self, key: &KeyPair) {
        let applied = self.apply(&self.prepared(key, deploy_native()));
        assert_eq!(applied["status"], "SUCCESS", "{applied}");
    }

    /// A transfer by the contract of the native asset.
    pub fn transfer(&self, from: &KeyPair, to: ScAddress, amount: i128) -> HostFunction {
        HostFunction::InvokeContract(InvokeContractArgs {
            contract_address: self.native(),
            function_name: ballast_transaction::symbol("transfer"),
            args: vec![
                ScVal::Address(from.sc_address()),
                ScVal::Address(to),
                ballast_transaction::i128_value(amount),
            ]
            .try_into()
            .expect("three arguments"),
        })
    }

    /// The contract of the native asset.
    pub fn native(&self) -> ScAddress {
        ScAddress::Contract(asset_contract_id(&self.network, Asset::Native))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(runtime) = self.runtime.take() {
            let ended = runtime.join();
            if !std::thread::panicking() {
                ended
                    .expect("the server did not panic")
                    .expect("it ended well");
            }
        }
    }
}

/// A new ledger with main network's limits and a long history.
pub fn ledger(history_ledgers: u32) -> Ledger {
    Ledger::genesis(Genesis {
        network: Network::default(),
        limits: Limits::Mainnet,
        sequence: 10,
        close_time: 1_700_000_000,
        history_ledgers,
    })
}

/// Every so many milliseconds.
pub fn every(milliseconds: u64) -> Closing {
    Closing::Every(Duration::from_millis(milliseconds))
}

pub fn payment(to: &KeyPair, amount: i64) -> OperationBody {
    OperationBody::Payment(PaymentOp {
        destination: MuxedAccount::Ed25519(Uint256(to.public())),
        asset: Asset::Native,
        amount,
    })
}

pub fn deploy_native() -> HostFunction {
    HostFunction::CreateContract(CreateContractArgs {
        contract_id_preimage: ContractIdPreimage::Asset(Asset::Native),
        executable: ContractExecutable::StellarAsset,
    })
}

pub fn invocation(host_function: HostFunction) -> OperationBody {
    OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
        host_function,
        auth: Default::default(),
    })
}

pub fn unsigned(tx: Transaction) -> TransactionEnvelope {
    ballast_transaction::sign(&Network::default(), tx, &[])
}

pub fn base64(value: &impl WriteXdr) -> String {
    value.to_xdr_base64(XdrLimits::none()).expect("XDR")
}

pub fn from_base64<T: ReadXdr>(value: &Value) -> T {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"));
    T::from_xdr_base64(text, XdrLimits::none()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Keys of a test.
pub fn keys<const N: usize>(names: [&str; N]) -> [KeyPair; N] {
    names.map(KeyPair::from_name)
}
