use crate::store::StoreError;
use ballast_client::Error;
use std::time::Duration;

/// Why the chain could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// No endpoint is configured.
    #[error("no RPC endpoint is named")]
    NoEndpoint,
    /// No endpoint answered at the start.
    #[error("no RPC endpoint answers: {}", reasons(.0))]
    Unreachable(Vec<(String, Error)>),
    /// Endpoints serve different networks.
    #[error("{first} serves {one:?}, {second} serves {other:?}")]
    Networks {
        /// An endpoint.
        first: String,
        /// The passphrase of its network.
        one: String,
        /// Another endpoint.
        second: String,
        /// The passphrase of its network.
        other: String,
    },
    /// All endpoints failed, or the call does.
    #[error(transparent)]
    Rpc(#[from] Error),
    /// Endpoints answer, and no ledger closes, or none of them gets any.
    #[error("no ledger after {ledger} for {} s", waited.as_secs())]
    Stalled {
        /// The last ledger that is known.
        ledger: u32,
        /// How long nothing came.
        waited: Duration,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something on the chain is not what it should be.
    #[error("{what} is not as expected: {why}")]
    Unexpected {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
}

impl CollectError {
    pub(super) fn unexpected(what: impl ToString, why: impl ToString) -> Self {
        CollectError::Unexpected {
            what: what.to_string(),
            why: why.to_string(),
        }
    }
}

fn reasons(errors: &[(String, Error)]) -> String {
    let each = |(url, error): &(String, Error)| format!("{url}: {error}");
    errors.iter().map(each).collect::<Vec<_>>().join("; ")
}
