//! A closed ledger, as a node keeps and tells it.

use crate::{set::Layout, Cost, Writes};
use stellar_xdr::curr::{
    DiagnosticEvent, ExtensionPoint, GeneralizedTransactionSet, Hash, LedgerCloseMeta,
    LedgerCloseMetaExt, LedgerCloseMetaExtV1, LedgerCloseMetaV2, LedgerEntryChanges,
    LedgerHeaderHistoryEntry, LedgerKey, TransactionEnvelope, TransactionMeta, TransactionResult,
    TransactionResultMetaV1, TransactionResultPair,
};

/// A closed ledger.
#[derive(Clone, Debug)]
pub struct ClosedLedger {
    /// Header and its hash.
    pub header: LedgerHeaderHistoryEntry,
    /// Its transactions in the order in which they were applied.
    pub transactions: Vec<ClosedTransaction>,
    /// Everything that it changed in the state: what brings the state of the ledger before to this one's.
    /// Empty in ledgers of an imported history.
    pub writes: Writes,
    /// Temporary entries whose time was over and that were dropped, and their TTL entries.
    pub evicted: Vec<LedgerKey>,
    /// How the set orders its transactions.
    pub(crate) layout: Layout,
    /// Bytes of live contract data and code.
    pub(crate) soroban_state_bytes: u64,
    /// Fee for writing a kilobyte to a ledger of that size, stroops.
    pub(crate) write_fee_per_kb: i64,
}

/// A transaction of a closed ledger.
#[derive(Clone, Debug)]
pub struct ClosedTransaction {
    /// What a client asks for.
    pub hash: [u8; 32],
    /// Of the transaction inside, if this is a fee bump.
    pub inner_hash: Option<[u8; 32]>,
    /// The envelope as it came.
    pub envelope: TransactionEnvelope,
    /// Result, with the fee charged after the refund.
    pub result: TransactionResult,
    /// TransactionMetaV4.
    pub meta: TransactionMeta,
    /// What charging the fee changed.
    pub fee_changes: LedgerEntryChanges,
    /// What the refund changed.
    pub refund_changes: LedgerEntryChanges,
    /// Its place in the ledger, from 1.
    pub index: u32,
    /// The host's diagnostics.
    pub diagnostics: Vec<DiagnosticEvent>,
    /// What it used and was charged.
    pub cost: Cost,
    /// Does it run or keep contracts?
    pub soroban: bool,
    /// Number of its operations.
    pub operations: u32,
}

impl ClosedLedger {
    /// Sequence number.
    pub fn sequence(&self) -> u32 {
        self.header.header.ledger_seq
    }

    /// Unix seconds.
    pub fn close_time(&self) -> u64 {
        self.header.header.scp_value.close_time.0
    }

    /// Hash of its header.
    pub fn hash(&self) -> [u8; 32] {
        self.header.hash.0
    }

    /// The set that validators would have agreed on.
    pub fn transaction_set(&self) -> GeneralizedTransactionSet {
        self.layout.set(
            self.header.header.previous_ledger_hash.clone(),
            &self.transactions,
        )
    }

    /// Everything that a validator tells about it: LedgerCloseMetaV2.
    pub fn meta(&self) -> LedgerCloseMeta {
        let processing: Vec<_> = self.transactions.iter().map(processing).collect();
        LedgerCloseMeta::V2(LedgerCloseMetaV2 {
            ext: LedgerCloseMetaExt::V1(LedgerCloseMetaExtV1 {
                ext: ExtensionPoint::V0,
                soroban_fee_write1_kb: self.write_fee_per_kb,
            }),
            ledger_header: self.header.clone(),
            tx_set: self.transaction_set(),
            tx_processing: processing.try_into().unwrap_or_default(),
            upgrades_processing: Default::default(),
            scp_info: Default::default(),
            total_byte_size_of_live_soroban_state: self.soroban_state_bytes,
            evicted_keys: self.evicted.clone().try_into().unwrap_or_default(),
        })
    }
}

fn processing(transaction: &ClosedTransaction) -> TransactionResultMetaV1 {
    TransactionResultMetaV1 {
        ext: ExtensionPoint::V0,
        result: transaction.result_pair(),
        fee_processing: transaction.fee_changes.clone(),
        tx_apply_processing: transaction.meta.clone(),
        post_tx_apply_fee_processing: transaction.refund_changes.clone(),
    }
}

impl ClosedTransaction {
    /// Hash and result.
    pub fn result_pair(&self) -> TransactionResultPair {
        TransactionResultPair {
            transaction_hash: Hash(self.hash),
            result: self.result.clone(),
        }
    }

    /// The hashes that it is found by.
    pub fn hashes(&self) -> impl Iterator<Item = [u8; 32]> {
        [Some(self.hash), self.inner_hash].into_iter().flatten()
    }
}
