use super::RpcError;
use reqwest::{header, redirect, Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::{json, Value as Json};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How much of an error page is told.
const SNIPPET_CHARS: usize = 200;

/// What a request may cost.
#[derive(Clone, Copy, Debug)]
pub struct RpcOptions {
    /// From the request to the last byte of the answer.
    pub timeout: Duration,
    /// Largest answer, bytes.
    pub max_answer_bytes: usize,
}

impl Default for RpcOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            max_answer_bytes: 32 << 20,
        }
    }
}

/// A Stellar RPC server.
#[derive(Debug)]
pub struct Rpc {
    http: reqwest::Client,
    url: Url,
    options: RpcOptions,
    next_id: AtomicU64,
}

impl Rpc {
    /// The server at an address, `http` or `https`. Nothing is asked yet.
    ///
    /// # Errors
    /// [`RpcError::Address`].
    pub fn new(url: &str, options: RpcOptions) -> Result<Self, RpcError> {
        let error = |reason: String| RpcError::Address {
            url: url.to_owned(),
            reason,
        };
        let parsed = Url::parse(url).map_err(|cause| error(cause.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
            return Err(error("an address begins with http:// or https://".into()));
        }
        // Once for the process; a second installation is refused and of no matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(options.timeout)
            // A redirected POST arrives as a GET.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("ballast/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|cause| error(words(&cause)))?;
        Ok(Self {
            http,
            url: parsed,
            options,
            next_id: AtomicU64::new(1),
        })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Calls any method.
    ///
    /// # Errors
    /// Of transport, server and answer.
    pub async fn call(&self, method: &'static str, params: Json) -> Result<Json, RpcError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut request = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        if !params.is_null() {
            request["params"] = params;
        }
        let response = self
            .http
            .post(self.url.clone())
            .json(&request)
            .send()
            .await
            .map_err(|error| self.failed(method, &error))?;
        let status = response.status();
        let retry_after = retry_after(&response);
        let body = self.body(method, response).await?;
        if status != StatusCode::OK {
            return Err(RpcError::Status {
                method,
                status: status.as_u16(),
                body: snippet(&body),
                retry_after,
            });
        }
        let malformed = |reason: String| RpcError::Malformed { method, reason };
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|error| malformed(format!("{error} in {:?}", snippet(&body))))?;
        if let Some(error) = answer.error {
            return Err(RpcError::Call {
                method,
                code: error.code,
                message: error.message,
            });
        }
        if answer.id != id {
            return Err(malformed(format!("the answer to request {}", answer.id)));
        }
        answer
            .result
            .ok_or_else(|| malformed("neither result nor error".into()))
    }

    /// Reads no more than is allowed, whatever the server claims to send.
    async fn body(
        &self,
        method: &'static str,
        mut response: Response,
    ) -> Result<Vec<u8>, RpcError> {
        let limit = self.options.max_answer_bytes;
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failed(method, &error))?
        {
            if body.len() + chunk.len() > limit {
                return Err(RpcError::TooLarge { method, limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failed(&self, method: &'static str, error: &reqwest::Error) -> RpcError {
        if error.is_timeout() {
            return RpcError::Timeout {
                method,
                after: self.options.timeout,
            };
        }
        RpcError::Transport {
            url: self.url.to_string(),
            reason: words(error),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    id: Json,
    result: Option<Json>,
    error: Option<AnswerError>,
}

#[derive(Deserialize)]
struct AnswerError {
    code: i64,
    message: String,
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?;
    value.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

fn snippet(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    match text.char_indices().nth(SNIPPET_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// The innermost cause: reqwest's own words name the address, not what happened.
fn words(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
