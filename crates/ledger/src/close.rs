//! A closed ledger, as a node keeps and tells it.

use crate::{
    queue::{account_of, failure},
    set::{envelopes_of, Shape},
    Applied, Cost, Frame, Writes,
};
use ballast_transaction::Network;
use std::collections::HashMap;
use stellar_xdr::curr::{
    AccountId, DiagnosticEvent, ExtensionPoint, GeneralizedTransactionSet, Hash, LedgerCloseMeta,
    LedgerCloseMetaExt, LedgerCloseMetaExtV1, LedgerCloseMetaV2, LedgerEntryChanges,
    LedgerHeaderHistoryEntry, LedgerKey, TransactionEnvelope, TransactionMeta, TransactionMetaV4,
    TransactionResult, TransactionResultMetaV1, TransactionResultPair, TransactionResultResult,
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
    /// How the set is built of its transactions.
    pub(crate) shape: Shape,
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
    /// Number of operations that it pays for: a fee bump counts as one more.
    pub operations: u32,
    /// Whose sequence number it uses.
    pub source: AccountId,
    /// That sequence number.
    pub sequence: i64,
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
        let envelopes = self.transactions.iter().map(|tx| (tx.hash, &tx.envelope));
        let previous = self.header.header.previous_ledger_hash.clone();
        self.shape.set(previous, &envelopes.collect())
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

/// The told ledger does not hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no closed ledger: {0}")]
pub struct BrokenLedger(pub(crate) &'static str);

impl ClosedLedger {
    /// A ledger out of what [`Self::meta`] told of it, what that does not tell of its transactions (cost
    /// and diagnostics, in the order in which they were applied), and its writes.
    ///
    /// # Errors
    /// If that does not hold together.
    pub fn rebuild(
        network: &Network,
        meta: LedgerCloseMeta,
        details: Vec<(Cost, Vec<DiagnosticEvent>)>,
        writes: Writes,
    ) -> Result<Self, BrokenLedger> {
        let LedgerCloseMeta::V2(meta) = meta else {
            return Err(BrokenLedger("of another version"));
        };
        if details.len() != meta.tx_processing.len() {
            return Err(BrokenLedger("details of other transactions"));
        }
        let mut frames = HashMap::new();
        for envelope in envelopes_of(&meta.tx_set) {
            let frame = Frame::new(network, envelope.clone())
                .map_err(|_| BrokenLedger("an envelope that is none"))?;
            frames.insert(frame.hash(), frame);
        }
        let mut transactions = Vec::with_capacity(details.len());
        for (told, (cost, diagnostics)) in meta.tx_processing.iter().zip(details) {
            let frame = frames
                .get(&told.result.transaction_hash.0)
                .ok_or(BrokenLedger("a result without a transaction"))?;
            transactions.push(ClosedTransaction {
                result: told.result.result.clone(),
                meta: told.tx_apply_processing.clone(),
                fee_changes: told.fee_processing.clone(),
                refund_changes: told.post_tx_apply_fee_processing.clone(),
                diagnostics,
                cost,
                ..ClosedTransaction::of(frame, transactions.len() as u32 + 1)
            });
        }
        Ok(Self {
            transactions,
            writes,
            evicted: meta.evicted_keys.into(),
            shape: Shape::of(network, &meta.tx_set),
            soroban_state_bytes: meta.total_byte_size_of_live_soroban_state,
            write_fee_per_kb: match &meta.ext {
                LedgerCloseMetaExt::V0 => 0,
                LedgerCloseMetaExt::V1(ext) => ext.soroban_fee_write1_kb,
            },
            header: meta.ledger_header,
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
    /// What the envelope says, with an empty result.
    pub(crate) fn of(frame: &Frame, index: u32) -> Self {
        Self {
            hash: frame.hash(),
            inner_hash: frame.is_fee_bump().then(|| frame.inner_hash()),
            envelope: frame.envelope().clone(),
            result: failure(TransactionResultResult::TxInternalError, 0),
            meta: no_meta(),
            fee_changes: LedgerEntryChanges::default(),
            refund_changes: LedgerEntryChanges::default(),
            index,
            diagnostics: Vec::new(),
            cost: Cost::default(),
            soroban: frame.is_soroban(),
            operations: frame.operations_paid() as u32,
            source: account_of(frame.source()),
            sequence: frame.sequence(),
        }
    }

    /// As it was applied.
    pub(crate) fn applied(frame: &Frame, applied: Applied, index: u32) -> Self {
        Self {
            result: applied.result,
            meta: applied.meta,
            fee_changes: applied.fee_changes,
            refund_changes: applied.refund_changes,
            diagnostics: applied.diagnostics,
            cost: applied.cost,
            ..Self::of(frame, index)
        }
    }

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

/// The meta of a transaction that did nothing.
pub(crate) fn no_meta() -> TransactionMeta {
    TransactionMeta::V4(TransactionMetaV4::default())
}
