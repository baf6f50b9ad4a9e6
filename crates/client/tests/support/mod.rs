//! A server that says what a test wants it to say: for failures that a real one does not have on demand.

use serde_json::{json, Value as Json};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the server does with a request.
#[allow(dead_code)]
pub enum Reply {
    /// A result.
    Result(Json),
    /// A JSON-RPC error.
    Error(i64, &'static str),
    /// Status, further headers, body.
    Http(u16, &'static str, Vec<u8>),
    /// Takes the request and never answers.
    Silence,
    /// Takes the request and closes the connection.
    HangUp,
}

type Script = dyn FnMut(&str, &Json) -> Reply + Send;

/// The server's address. It ends with the test's runtime.
pub async fn serve(script: impl FnMut(&str, &Json) -> Reply + Send + 'static) -> String {
    let script: Arc<Mutex<Box<Script>>> = Arc::new(Mutex::new(Box::new(script)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, script.clone()));
        }
    });
    url
}

async fn connection(mut stream: TcpStream, script: Arc<Mutex<Box<Script>>>) {
    let mut bytes = Vec::new();
    loop {
        let Some((head, length)) = head(&bytes) else {
            let mut more = [0; 4096];
            match stream.read(&mut more).await {
                Ok(0) | Err(_) => return,
                Ok(count) => bytes.extend_from_slice(&more[..count]),
            }
            continue;
        };
        while bytes.len() < head + length {
            let mut more = [0; 4096];
            match stream.read(&mut more).await {
                Ok(0) | Err(_) => return,
                Ok(count) => bytes.extend_from_slice(&more[..count]),
            }
        }
        let request: Json = serde_json::from_slice(&bytes[head..head + length]).unwrap();
        bytes.drain(..head + length);
        let method = request["method"].as_str().unwrap().to_owned();
        let reply = (script.lock().unwrap())(&method, &request["params"]);
        let (status, headers, body) = match reply {
            Reply::Result(result) => {
                let body = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result });
                (200, "", body.to_string().into_bytes())
            }
            Reply::Error(code, message) => {
                let error = json!({ "code": code, "message": message });
                let body = json!({ "jsonrpc": "2.0", "id": request["id"], "error": error });
                (200, "", body.to_string().into_bytes())
            }
            Reply::Http(status, headers, body) => (status, headers, body),
            Reply::Silence => std::future::pending().await,
            Reply::HangUp => return,
        };
        let head = format!(
            "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        );
        let answer = [head.as_bytes(), &body].concat();
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// Length of the head, and of the body that it announces.
fn head(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..end]).unwrap().to_lowercase();
    let length = text.split("content-length:").nth(1)?;
    Some((end, length.lines().next()?.trim().parse().unwrap()))
}
