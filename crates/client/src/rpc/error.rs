use std::time::Duration;

/// A request that was not answered, or not with an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// The address is none.
    #[error("{url}: {reason}")]
    Address {
        /// As given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server cannot be reached, or the connection broke.
    #[error("cannot reach {url}: {reason}")]
    Transport {
        /// The server.
        url: String,
        /// Why.
        reason: String,
    },
    /// No answer in time.
    #[error("{method}: no answer within {} s", after.as_secs_f32())]
    Timeout {
        /// What was asked.
        method: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// The server answered with an HTTP status.
    #[error("{method}: HTTP {status}{}{body}", if body.is_empty() { "" } else { ": " })]
    Status {
        /// What was asked.
        method: &'static str,
        /// The status.
        status: u16,
        /// The beginning of the answer.
        body: String,
        /// When the server wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The server refused the request.
    #[error("{method}: {message} ({code})")]
    Call {
        /// What was asked.
        method: &'static str,
        /// JSON-RPC's code.
        code: i64,
        /// The server's words.
        message: String,
    },
    /// The answer is larger than it may be.
    #[error("{method}: the answer is larger than {limit} bytes")]
    TooLarge {
        /// What was asked.
        method: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The answer is not what the method answers.
    #[error("{method}: the answer makes no sense: {reason}")]
    Malformed {
        /// What was asked.
        method: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl RpcError {
    /// Whether the same request may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        match self {
            RpcError::Transport { .. } | RpcError::Timeout { .. } => true,
            RpcError::Status { status, .. } => *status == 429 || *status >= 500,
            // JSON-RPC's internal error and the range of servers' own.
            RpcError::Call { code, .. } => *code == -32603 || (-32099..=-32000).contains(code),
            // A proxy's page in place of an answer.
            RpcError::Malformed { .. } => true,
            RpcError::Address { .. } | RpcError::TooLarge { .. } => false,
        }
    }
}
