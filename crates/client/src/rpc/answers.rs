use super::text::{number, number_or_zero, xdr, xdr_list, xdr_lists, xdr_option};
use crate::value::Address;
use serde::{de::Error, Deserialize, Deserializer};
use stellar_xdr::curr::{
    self as stellar, DiagnosticEvent, LedgerEntryData, LedgerKey, ScVal, SorobanAuthorizationEntry,
    SorobanTransactionData, TransactionEnvelope, TransactionEvent, TransactionMeta,
    TransactionResult,
};

/// Whether a server serves.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `healthy`.
    pub status: String,
    /// The last ledger it knows.
    pub latest_ledger: u32,
    /// The first one.
    pub oldest_ledger: u32,
}

/// The network behind a server.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInfo {
    /// Its passphrase.
    pub passphrase: String,
    /// Its protocol.
    #[serde(deserialize_with = "number")]
    pub protocol_version: u32,
    /// Where test accounts are funded.
    pub friendbot_url: Option<String>,
}

/// The last closed ledger.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LatestLedger {
    /// Its sequence number.
    pub sequence: u32,
    /// When it closed, unix seconds; zero from servers that do not tell.
    #[serde(default, deserialize_with = "number_or_zero")]
    pub close_time: u64,
}

/// Entries that were found.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntries {
    /// In the order of the keys, those that exist.
    #[serde(default, deserialize_with = "list")]
    pub entries: Vec<FoundEntry>,
    /// As of this ledger.
    pub latest_ledger: u32,
}

/// An entry that was found.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundEntry {
    /// Its key.
    #[serde(deserialize_with = "xdr")]
    pub key: LedgerKey,
    /// What it holds.
    #[serde(rename = "xdr", deserialize_with = "xdr")]
    pub data: LedgerEntryData,
    /// The ledger that it lives until, if it has a lifetime.
    pub live_until_ledger_seq: Option<u32>,
}

/// What a transaction would do.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Simulation {
    /// Why it would fail.
    pub error: Option<String>,
    /// Footprint and resources.
    #[serde(default, deserialize_with = "xdr_option")]
    pub transaction_data: Option<SorobanTransactionData>,
    /// Least resource fee, stroops.
    #[serde(default, deserialize_with = "number_or_zero")]
    pub min_resource_fee: u64,
    /// Events, with diagnostics where it fails.
    #[serde(default, deserialize_with = "xdr_list")]
    pub events: Vec<DiagnosticEvent>,
    /// One, of the host function.
    #[serde(default, deserialize_with = "list")]
    pub results: Vec<SimulatedResult>,
    /// What must be restored beforehand.
    pub restore_preamble: Option<Restore>,
    /// As of this ledger.
    #[serde(default)]
    pub latest_ledger: u32,
}

/// What a host function would return.
#[derive(Clone, Debug, Deserialize)]
pub struct SimulatedResult {
    /// The value.
    #[serde(rename = "xdr", deserialize_with = "xdr")]
    pub value: ScVal,
    /// Authorisations that it asked for.
    #[serde(default, deserialize_with = "xdr_list")]
    pub auth: Vec<SorobanAuthorizationEntry>,
}

/// A restoration that must come first.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restore {
    /// Footprint and resources.
    #[serde(deserialize_with = "xdr")]
    pub transaction_data: SorobanTransactionData,
    /// Least resource fee, stroops.
    #[serde(deserialize_with = "number")]
    pub min_resource_fee: u64,
}

/// What a server did with a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SendStatus {
    /// It waits for a ledger.
    Pending,
    /// It waited already.
    Duplicate,
    /// Another one of its source waits, or the queue is full.
    TryAgainLater,
    /// It is refused.
    Error,
}

/// The answer to a transaction that was handed in.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentTransaction {
    /// What the server did with it.
    pub status: SendStatus,
    /// Why it is refused.
    #[serde(default, deserialize_with = "xdr_option")]
    pub error_result_xdr: Option<TransactionResult>,
    /// Details of it.
    #[serde(default, deserialize_with = "xdr_list")]
    pub diagnostic_events_xdr: Vec<DiagnosticEvent>,
    /// As of this ledger.
    pub latest_ledger: u32,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransactionStatus {
    /// Applied.
    Success,
    /// Applied, and failed: the fee is gone.
    Failed,
    /// Not in the server's window.
    NotFound,
}

/// A transaction, if the server knows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchedTransaction {
    /// What became of it.
    pub status: TransactionStatus,
    /// The last ledger that the server knows.
    pub latest_ledger: u32,
    /// When that closed, unix seconds.
    #[serde(default, deserialize_with = "number_or_zero")]
    pub latest_ledger_close_time: u64,
    /// The first ledger that the server knows.
    #[serde(default)]
    pub oldest_ledger: u32,
    /// The ledger that it is in.
    #[serde(default)]
    pub ledger: Option<u32>,
    /// When that closed, unix seconds.
    #[serde(default, deserialize_with = "number_or_zero")]
    pub created_at: u64,
    /// As it was handed in.
    #[serde(default, deserialize_with = "xdr_option")]
    pub envelope_xdr: Option<TransactionEnvelope>,
    /// Its result.
    #[serde(default, deserialize_with = "xdr_option")]
    pub result_xdr: Option<TransactionResult>,
    /// What it changed.
    #[serde(default, deserialize_with = "xdr_option")]
    pub result_meta_xdr: Option<TransactionMeta>,
    /// Diagnostics, from servers that keep them.
    #[serde(default, deserialize_with = "xdr_list")]
    pub diagnostic_events_xdr: Vec<DiagnosticEvent>,
    /// Its events.
    #[serde(default)]
    pub events: TransactionEvents,
}

/// The events of a transaction.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionEvents {
    /// Fees.
    #[serde(default, deserialize_with = "xdr_list")]
    pub transaction_events_xdr: Vec<TransactionEvent>,
    /// Of each operation's contracts.
    #[serde(default, deserialize_with = "xdr_lists")]
    pub contract_events_xdr: Vec<Vec<stellar::ContractEvent>>,
}

/// A page of events.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// In the order of the ledgers.
    #[serde(default, deserialize_with = "list")]
    pub events: Vec<ContractEvent>,
    /// Where the next page begins.
    #[serde(default)]
    pub cursor: Option<String>,
    /// The last ledger that the server knows.
    pub latest_ledger: u32,
}

/// An event of a page.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractEvent {
    /// Unlike that of any other event.
    pub id: String,
    /// The ledger that it is of.
    pub ledger: u32,
    /// The contract that told it.
    #[serde(rename = "contractId", deserialize_with = "address")]
    pub contract: Address,
    /// The transaction that it is of, hexadecimal.
    #[serde(default)]
    pub tx_hash: String,
    /// Topics.
    #[serde(rename = "topic", default, deserialize_with = "xdr_list")]
    pub topics: Vec<ScVal>,
    /// Data.
    #[serde(rename = "value", deserialize_with = "xdr")]
    pub data: ScVal,
}

/// What the network charged lately.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeeStats {
    /// Inclusion fees of transactions with contracts.
    pub soroban_inclusion_fee: Fees,
    /// Inclusion fees of the others, an operation.
    pub inclusion_fee: Fees,
}

/// Fees of some ledgers, stroops.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Fees {
    #[serde(deserialize_with = "number")]
    pub min: u32,
    #[serde(deserialize_with = "number")]
    pub mode: u32,
    #[serde(deserialize_with = "number")]
    pub p50: u32,
    #[serde(deserialize_with = "number")]
    pub p90: u32,
    #[serde(deserialize_with = "number")]
    pub p95: u32,
    #[serde(deserialize_with = "number")]
    pub p99: u32,
    #[serde(deserialize_with = "number")]
    pub max: u32,
}

/// A list; `null` is an empty one.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(from)?.unwrap_or_default())
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Address, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|_| D::Error::custom(format!("{text:?} is not an address")))
}
