//! JSON-RPC over one connection, with as little between clock and server as possible.

use anyhow::{anyhow, bail, Context, Result};
use serde_json::{json, Value};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// Calls in one request: half a megabyte is the most that a server reads.
const BATCH: usize = 100;

/// A connection to a server.
pub struct Wire {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Wire {
    /// Connects to `http://host:port/`.
    pub fn connect(url: &str) -> Result<Self> {
        let host = url
            .strip_prefix("http://")
            .and_then(|rest| rest.split('/').next())
            .with_context(|| format!("not an address: {url}"))?;
        let stream = TcpStream::connect(host).with_context(|| host.to_owned())?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            host: host.to_owned(),
        })
    }

    /// One call.
    pub fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        let mut answers = self.post(&request(1, method, params))?;
        result_of(method, answers.take())
    }

    /// Many calls of one method, in requests of many, answered in their order.
    pub fn batch(&mut self, method: &str, params: Vec<Value>) -> Result<Vec<Value>> {
        let mut results = Vec::with_capacity(params.len());
        for some in params.chunks(BATCH) {
            let requests: Vec<_> = some
                .iter()
                .enumerate()
                .map(|(id, params)| request(id, method, params.clone()))
                .collect();
            let Value::Array(mut answers) = self.post(&Value::Array(requests))? else {
                bail!("{method}: the answer to a batch is not a list");
            };
            answers.sort_by_key(|answer| answer["id"].as_u64());
            for answer in answers {
                results.push(result_of(method, answer)?);
            }
        }
        Ok(results)
    }

    fn post(&mut self, body: &Value) -> Result<Value> {
        let body = serde_json::to_vec(body)?;
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(&body)?;
        let mut length = None;
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("the server closed the connection");
            }
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            let header = text.split_once(':');
            if let Some((_, value)) =
                header.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            {
                length = Some(value.trim().parse()?);
            }
        }
        let mut answer = vec![0; length.context("an answer without its length")?];
        self.stream.read_exact(&mut answer)?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

fn request(id: usize, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn result_of(method: &str, mut answer: Value) -> Result<Value> {
    match answer.get("error") {
        Some(error) => Err(anyhow!("{method}: {error}")),
        None => Ok(answer["result"].take()),
    }
}
