//! One transaction on the ledger being built: fee, sequence number, operations, refund, meta.

use crate::{Frame, NetworkConfig, State};
use ballast_transaction::Network;
use soroban_env_host::ModuleCache;
use stellar_xdr::curr::{
    DiagnosticEvent, LedgerEntryChanges, LedgerHeader, TransactionMeta, TransactionResult,
};

/// The ledger being built.
pub struct Context<'a> {
    /// The network.
    pub network: &'a Network,
    /// Its configuration.
    pub config: &'a NetworkConfig,
    /// Sequence number, close time, base fee and reserve of the ledger being built; `fee_pool` and
    /// `id_pool` move as transactions apply.
    pub header: &'a mut LedgerHeader,
    /// Parsed code. Modules uploaded in this ledger are not in it.
    pub cache: &'a ModuleCache,
    /// Where the seeds of the transactions' random numbers come from.
    pub seed: [u8; 32],
    /// Keep the host's diagnostics of calls that succeed, too. They are always told of those that fail.
    pub diagnostics: bool,
}

/// What a transaction used and was charged. Zero for what does not apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Instructions, as validators count them.
    pub instructions: u64,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// Entries of the footprint that are only read.
    pub read_entries: u32,
    /// Entries of the footprint that may be written.
    pub write_entries: u32,
    /// Entries read from disk: classic ones and restored ones.
    pub disk_read_entries: u32,
    /// Bytes read from disk.
    pub disk_read_bytes: u32,
    /// Bytes written.
    pub write_bytes: u32,
    /// Bytes of events.
    pub event_bytes: u32,
    /// Bytes of the return value.
    pub return_bytes: u32,
    /// Bytes of the envelope.
    pub transaction_bytes: u32,
    /// Resource fee that is charged whatever happens, stroops.
    pub non_refundable_fee: i64,
    /// Charged for events and return value, stroops.
    pub refundable_fee: i64,
    /// Charged for rent, stroops.
    pub rent_fee: i64,
    /// Charged to be included, stroops.
    pub inclusion_fee: i64,
}

/// A transaction that was applied, with success or without.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Result, with the fee charged after the refund.
    pub result: TransactionResult,
    /// TransactionMetaV4.
    pub meta: TransactionMeta,
    /// What charging the fee changed.
    pub fee_changes: LedgerEntryChanges,
    /// What the refund changed.
    pub refund_changes: LedgerEntryChanges,
    /// What it used.
    pub cost: Cost,
    /// The host's diagnostics, which validators do not keep.
    pub diagnostics: Vec<DiagnosticEvent>,
}

/// Takes the fee before anything of the ledger is applied. `inclusion_fee` is what its set asks for; the
/// resource fee comes on top. Gives the fee and what changed.
pub fn charge_fee(
    _state: &mut State,
    _context: &mut Context<'_>,
    _frame: &Frame,
    _inclusion_fee: i64,
) -> (i64, LedgerEntryChanges) {
    todo!()
}

/// Checks it again, uses its sequence number up, applies its operations; `index` is its place in the set.
/// Its refund is not paid yet.
pub fn apply(
    _state: &mut State,
    _context: &mut Context<'_>,
    _frame: &Frame,
    _fee_charged: i64,
    _index: u64,
) -> Applied {
    todo!()
}

/// Pays the refund that [`apply`] found.
pub fn refund(
    _state: &mut State,
    _context: &mut Context<'_>,
    _frame: &Frame,
    _applied: &mut Applied,
) {
    todo!()
}
