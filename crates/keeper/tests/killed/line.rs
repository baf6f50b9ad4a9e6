//! A line to the sandbox that can be cut at a named point, and remembers what was handed in.

use axum::{extract::State, routing::post, Json, Router};
use ballast_client::rpc::{Rpc, RpcError, RpcOptions};
use serde_json::{json, Value};
use std::{
    future::pending,
    sync::{Arc, Mutex},
};
use stellar_xdr::curr::{
    HostFunction, Limits, OperationBody, Preconditions, ReadXdr, TransactionEnvelope,
};
use tokio::{net::TcpListener, sync::Notify};

/// Where the line stops answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub method: &'static str,
    /// Whether the server still gets the request.
    pub after: bool,
    /// Requests of the kind that pass before it.
    pub passing: usize,
}

/// A transaction that was handed in.
#[derive(Clone, Debug)]
pub struct HandedIn {
    pub envelope: String,
    pub sequence: i64,
    pub source: String,
    /// The last ledger that it is good for.
    pub last_ledger: u32,
    /// The last ledger that had closed.
    pub at: u32,
}

pub struct Line {
    pub url: String,
    state: Arc<Inner>,
}

struct Inner {
    rpc: Rpc,
    stop: Mutex<Option<Stop>>,
    stopped: Notify,
    handed_in: Mutex<Vec<HandedIn>>,
}

const METHODS: [&str; 8] = [
    "getNetwork",
    "getHealth",
    "getLatestLedger",
    "getLedgerEntries",
    "getFeeStats",
    "simulateTransaction",
    "sendTransaction",
    "getTransaction",
];

impl Line {
    pub async fn to(url: &str) -> Self {
        let state = Arc::new(Inner {
            rpc: Rpc::new(url, RpcOptions::default()).unwrap(),
            stop: Mutex::default(),
            stopped: Notify::new(),
            handed_in: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/", post(answer))
            .with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    /// From now on it stops there; [`Line::stopped`] tells when it has.
    pub fn stop_at(&self, stop: Stop) {
        *self.state.stop.lock().unwrap() = Some(stop);
    }

    pub fn go_on(&self) {
        *self.state.stop.lock().unwrap() = None;
    }

    pub async fn stopped(&self) {
        self.state.stopped.notified().await;
    }

    pub fn handed_in(&self) -> Vec<HandedIn> {
        self.state.handed_in.lock().unwrap().clone()
    }
}

impl Inner {
    /// Whether it stops here. Of simulations and questions only those of steps count.
    fn stops(&self, method: &str, params: &Value, after: bool) -> bool {
        let mut guard = self.stop.lock().unwrap();
        let Some(stop) = guard.as_mut() else {
            return false;
        };
        if stop.method != method || stop.after != after {
            return false;
        }
        if method == "simulateTransaction" && !is_step(params) {
            return false;
        }
        if stop.passing > 0 {
            stop.passing -= 1;
            return false;
        }
        true
    }
}

async fn answer(State(state): State<Arc<Inner>>, Json(request): Json<Value>) -> Json<Value> {
    let name = request["method"].as_str().unwrap_or_default();
    let params = request["params"].clone();
    if state.stops(name, &params, false) {
        state.stopped.notify_one();
        pending::<()>().await;
    }
    let method = METHODS.into_iter().find(|method| *method == name);
    let method = method.unwrap_or_else(|| panic!("{name}"));
    if method == "sendTransaction" {
        let latest = state.rpc.latest_ledger().await.unwrap().sequence;
        let handed_in = handed_in(&params, latest);
        state.handed_in.lock().unwrap().push(handed_in);
    }
    let answer = state.rpc.call(method, params.clone()).await;
    // Of the questions for a transaction the one that is answered with its end.
    let open = matches!(&answer, Ok(answer) if answer["status"] == "NOT_FOUND");
    if !open && state.stops(name, &params, true) {
        state.stopped.notify_one();
        pending::<()>().await;
    }
    let mut told = json!({ "jsonrpc": "2.0", "id": request["id"] });
    match answer {
        Ok(result) => told["result"] = result,
        Err(RpcError::Call { code, message, .. }) => {
            told["error"] = json!({ "code": code, "message": message });
        }
        Err(error) => told["error"] = json!({ "code": -32603, "message": error.to_string() }),
    }
    Json(told)
}

fn envelope(params: &Value) -> TransactionEnvelope {
    let text = params["transaction"].as_str().unwrap();
    TransactionEnvelope::from_xdr_base64(text, Limits::none()).unwrap()
}

fn is_step(params: &Value) -> bool {
    let TransactionEnvelope::Tx(envelope) = envelope(params) else {
        return false;
    };
    envelope.tx.operations.iter().any(|operation| {
        let OperationBody::InvokeHostFunction(invoke) = &operation.body else {
            return false;
        };
        let HostFunction::InvokeContract(call) = &invoke.host_function else {
            return false;
        };
        let name = call.function_name.0.to_utf8_string_lossy();
        name == "rebalance" || name == "fill"
    })
}

fn handed_in(params: &Value, at: u32) -> HandedIn {
    let TransactionEnvelope::Tx(envelope) = envelope(params) else {
        panic!("the keeper sends plain transactions");
    };
    let Preconditions::V2(conditions) = &envelope.tx.cond else {
        panic!("without bounds");
    };
    HandedIn {
        envelope: params["transaction"].as_str().unwrap().to_owned(),
        sequence: envelope.tx.seq_num.0,
        source: format!("{:?}", envelope.tx.source_account),
        last_ledger: conditions.ledger_bounds.as_ref().unwrap().max_ledger - 1,
        at,
    }
}
