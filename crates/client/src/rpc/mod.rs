//! Stellar RPC, as much of it as Ballast needs.

mod answers;
mod error;
mod query;
mod text;
mod transport;

pub use answers::{
    ContractEvent, EventPage, FeeStats, Fees, FetchedTransaction, FoundEntry, Health, LatestLedger,
    LedgerEntries, NetworkInfo, Restore, SendStatus, SentTransaction, SimulatedResult, Simulation,
    TransactionEvents, TransactionStatus,
};
pub use error::RpcError;
pub use query::{AuthMode, EventFilter, EventQuery, Start};
pub use transport::{Rpc, RpcOptions};

use serde::de::DeserializeOwned;
use serde_json::{json, Value as Json};
use stellar_xdr::curr::{Hash, LedgerKey, Limits, TransactionEnvelope, WriteXdr};

/// Keys that a server looks up in one request.
const KEYS_PER_REQUEST: usize = 200;

impl Rpc {
    /// Whether the server serves, and which ledgers.
    ///
    /// # Errors
    /// Of transport, server and answer, as of every method here; [`RpcError::Call`] if it is not healthy.
    pub async fn health(&self) -> Result<Health, RpcError> {
        self.read("getHealth", Json::Null).await
    }

    /// The network behind the server.
    pub async fn network(&self) -> Result<NetworkInfo, RpcError> {
        self.read("getNetwork", Json::Null).await
    }

    /// The last closed ledger.
    pub async fn latest_ledger(&self) -> Result<LatestLedger, RpcError> {
        self.read("getLatestLedger", Json::Null).await
    }

    /// What the network charged lately.
    pub async fn fee_stats(&self) -> Result<FeeStats, RpcError> {
        self.read("getFeeStats", Json::Null).await
    }

    /// The entries under these keys, in batches: those that exist, in the order of the keys.
    pub async fn ledger_entries(&self, keys: &[LedgerKey]) -> Result<LedgerEntries, RpcError> {
        let mut all = LedgerEntries::default();
        for batch in keys.chunks(KEYS_PER_REQUEST) {
            let keys: Vec<_> = batch.iter().map(base64).collect();
            let part: LedgerEntries = self
                .read("getLedgerEntries", json!({ "keys": keys }))
                .await?;
            all.entries.extend(part.entries);
            all.latest_ledger = part.latest_ledger;
        }
        Ok(all)
    }

    /// Runs a transaction without sending it. A call that fails is an answer, not an error.
    pub async fn simulate(
        &self,
        envelope: &TransactionEnvelope,
        auth: AuthMode,
    ) -> Result<Simulation, RpcError> {
        let mut params = json!({ "transaction": base64(envelope) });
        if let Some(mode) = auth.name() {
            params["authMode"] = mode.into();
        }
        self.read("simulateTransaction", params).await
    }

    /// Hands a transaction in.
    pub async fn send(&self, envelope: &TransactionEnvelope) -> Result<SentTransaction, RpcError> {
        let params = json!({ "transaction": base64(envelope) });
        self.read("sendTransaction", params).await
    }

    /// What became of a transaction, if it is in the server's window.
    pub async fn transaction(&self, hash: [u8; 32]) -> Result<FetchedTransaction, RpcError> {
        let params = json!({ "hash": Hash(hash).to_string() });
        self.read("getTransaction", params).await
    }

    /// A page of events.
    pub async fn events(&self, query: &EventQuery) -> Result<EventPage, RpcError> {
        self.read("getEvents", query.params()).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Json,
    ) -> Result<T, RpcError> {
        let answer = self.call(method, params).await?;
        serde_json::from_value(answer).map_err(|error| RpcError::Malformed {
            method,
            reason: error.to_string(),
        })
    }
}

/// XDR as the RPC takes it.
fn base64(value: &impl WriteXdr) -> String {
    // Writing to memory does not fail.
    value.to_xdr_base64(Limits::none()).unwrap_or_default()
}
