//! Errors as JSON-RPC tells them.

use serde::Serialize;
use serde_json::Value;
use std::fmt::Display;

/// An error as JSON-RPC tells it.
#[derive(Clone, Debug, PartialEq, Serialize, thiserror::Error)]
#[error("[{code}] {message}")]
pub struct RpcError {
    /// What kind.
    pub code: i32,
    /// What is wrong.
    pub message: String,
    /// More of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl RpcError {
    /// The body is not JSON.
    pub const PARSE: i32 = -32700;
    /// JSON, but no request; also a ledger that is not kept.
    pub const INVALID_REQUEST: i32 = -32600;
    /// No such method.
    pub const METHOD_NOT_FOUND: i32 = -32601;
    /// Wrong parameters.
    pub const INVALID_PARAMS: i32 = -32602;
    /// The server's own fault.
    pub const INTERNAL: i32 = -32603;

    /// An error of this kind.
    pub fn new(code: i32, message: impl Display) -> Self {
        Self {
            code,
            message: message.to_string(),
            data: None,
        }
    }

    /// The body is not JSON.
    pub fn parse(message: impl Display) -> Self {
        Self::new(Self::PARSE, message)
    }

    /// JSON, but no request.
    pub fn invalid_request(message: impl Display) -> Self {
        Self::new(Self::INVALID_REQUEST, message)
    }

    /// No such method.
    pub fn method_not_found(method: &str) -> Self {
        Self::new(
            Self::METHOD_NOT_FOUND,
            format_args!("no such method {method:?}"),
        )
    }

    /// Wrong parameters.
    pub fn invalid_params(message: impl Display) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    /// The server's own fault.
    pub fn internal(message: impl Display) -> Self {
        Self::new(Self::INTERNAL, message)
    }

    /// With more to tell.
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }
}
