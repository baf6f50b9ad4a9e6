//! What goes wrong, by name.

mod codes;
mod diagnose;
mod result;
#[cfg(test)]
mod tests;

pub use codes::Code;
pub use diagnose::{ContractError, Fault, Role};
pub use result::{Refusal, RESULTS};

use crate::{rpc::RpcError, value::ValueError};
use stellar_xdr::curr::Hash;

/// A call that did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The RPC did not answer, or not sensibly.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The RPC serves another network.
    #[error("the RPC serves {actual:?}, not {expected:?}")]
    Network {
        /// What was expected.
        expected: String,
        /// What it serves.
        actual: String,
    },
    /// An account that does not exist.
    #[error("the account {0} does not exist on this network")]
    NoAccount(String),
    /// The simulation says that the call fails: nothing was sent.
    #[error("{0}")]
    WouldFail(Box<Fault>),
    /// Somebody's authorisation is needed whose key is not there: nothing was sent.
    #[error("{0} must authorise this call, and its key is not there")]
    NoKey(String),
    /// The network refused the transaction: it is not applied, and the sequence number not used.
    #[error("the network refused the transaction: {refusal}{}", after(.fault))]
    Refused {
        /// The result's codes.
        refusal: Refusal,
        /// Details, where the server gave any.
        fault: Box<Fault>,
    },
    /// The transaction was applied and failed: the fee is spent, and nothing else changed.
    #[error("transaction {} failed in ledger {ledger}: {refusal}{}", Hash(*.hash), after(.fault))]
    Failed {
        /// The transaction.
        hash: [u8; 32],
        /// Its ledger.
        ledger: u32,
        /// The result's codes.
        refusal: Refusal,
        /// Details, where the server keeps any.
        fault: Box<Fault>,
        /// What it cost, stroops.
        fee_charged: i64,
    },
    /// The transaction was not included up to its last ledger, and never will be.
    #[error("transaction {} was not included up to ledger {last_ledger}: its fee was too low, or the network did not get it", Hash(*.hash))]
    Expired {
        /// The transaction.
        hash: [u8; 32],
        /// The last ledger that it was good for.
        last_ledger: u32,
    },
    /// It is not known yet what became of the transaction: until its last ledger has closed, it may still
    /// be applied.
    #[error("transaction {} was handed in and is in no ledger yet; it may still be applied up to ledger {last_ledger}{}", Hash(*.hash), .cause.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default())]
    Unsettled {
        /// The transaction.
        hash: [u8; 32],
        /// The last ledger that it is good for.
        last_ledger: u32,
        /// The last error of the RPC, if that is why.
        cause: Option<RpcError>,
    },
    /// An answer that a contract should not give.
    #[error("{call}: {error}")]
    Value {
        /// Of which call.
        call: String,
        /// What is wrong.
        error: ValueError,
    },
    /// An answer that the RPC should not give.
    #[error("the RPC's answer makes no sense: {0}")]
    Nonsense(&'static str),
}

impl Error {
    /// The contract's error, where there is one.
    pub fn contract(&self) -> Option<&ContractError> {
        match self {
            Error::WouldFail(fault)
            | Error::Refused { fault, .. }
            | Error::Failed { fault, .. } => fault.error.as_ref(),
            _ => None,
        }
    }

    /// Whether the transaction may yet be applied: nothing else of its source should be sent before
    /// that is known.
    pub fn is_unsettled(&self) -> bool {
        matches!(self, Error::Unsettled { .. })
    }
}

fn after(fault: &Fault) -> String {
    match fault.is_empty() {
        true => String::new(),
        false => format!(": {fault}"),
    }
}
