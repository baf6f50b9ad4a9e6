//! A server in front of a world's that alters answers: for what no fault of the sandbox does.

use axum::{extract::State, http::StatusCode, response::IntoResponse, routing::post, Json, Router};
use ballast_client::rpc::{Rpc, RpcError, RpcOptions};
use serde_json::{json, Value};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// Method and result; what it leaves behind is answered.
pub type Alter = dyn FnMut(&str, &mut Value) + Send;

#[derive(Clone)]
struct Front {
    rpc: Arc<Rpc>,
    alter: Arc<Mutex<Box<Alter>>>,
}

/// Its address.
pub async fn proxy(upstream: &str, alter: impl FnMut(&str, &mut Value) + Send + 'static) -> String {
    let rpc = Rpc::new(upstream, RpcOptions::default()).unwrap();
    let front = Front {
        rpc: Arc::new(rpc),
        alter: Arc::new(Mutex::new(Box::new(alter))),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(answer)).with_state(front);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn answer(State(front): State<Front>, Json(request): Json<Value>) -> impl IntoResponse {
    let method = request["method"].as_str().unwrap_or_default().to_owned();
    // A handful of names in the life of a test.
    let name: &'static str = Box::leak(method.clone().into_boxed_str());
    let answer = front.rpc.call(name, request["params"].clone()).await;
    let mut body = json!({ "jsonrpc": "2.0", "id": request["id"] });
    match answer {
        Ok(mut result) => {
            (front.alter.lock().unwrap())(&method, &mut result);
            body["result"] = result;
        }
        Err(RpcError::Call { code, message, .. }) => {
            body["error"] = json!({ "code": code, "message": message });
        }
        Err(_) => return (StatusCode::BAD_GATEWAY, Json(body)),
    }
    (StatusCode::OK, Json(body))
}
