//! A transaction as it came, with what its envelope says read once.

use ballast_transaction::{xdr_len, Network};
use stellar_xdr::curr::{
    DecoratedSignature, FeeBumpTransactionInnerTx, Memo, MuxedAccount, Operation, OperationBody,
    Preconditions, SorobanTransactionData, TimeBounds, Transaction, TransactionEnvelope,
    TransactionExt, TransactionV1Envelope,
};

/// A transaction as it came.
#[derive(Clone, Debug)]
pub struct Frame {
    envelope: TransactionEnvelope,
    inner: TransactionV1Envelope,
    hash: [u8; 32],
    inner_hash: [u8; 32],
    fee_bump: Option<(MuxedAccount, i64)>,
    bytes: u32,
}

/// The envelope is of a kind that is no transaction of today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a transaction envelope")]
pub struct MalformedEnvelope;

impl Frame {
    /// Reads an envelope: a transaction or a fee bump of one. (One of the old kind, V0, has the hash of
    /// the same transaction in V1.)
    ///
    /// # Errors
    /// Never today; kinds of envelopes to come.
    pub fn new(
        network: &Network,
        envelope: TransactionEnvelope,
    ) -> Result<Self, MalformedEnvelope> {
        let (inner, fee_bump) = match &envelope {
            TransactionEnvelope::Tx(inner) => (inner.clone(), None),
            TransactionEnvelope::TxFeeBump(bump) => {
                let FeeBumpTransactionInnerTx::Tx(inner) = &bump.tx.inner_tx;
                let hash = network.fee_bump_hash(&bump.tx);
                let source = bump.tx.fee_source.clone();
                (inner.clone(), Some((source, bump.tx.fee, hash)))
            }
            TransactionEnvelope::TxV0(old) => {
                let tx = Transaction {
                    source_account: MuxedAccount::Ed25519(old.tx.source_account_ed25519.clone()),
                    fee: old.tx.fee,
                    seq_num: old.tx.seq_num.clone(),
                    cond: match &old.tx.time_bounds {
                        None => Preconditions::None,
                        Some(bounds) => Preconditions::Time(bounds.clone()),
                    },
                    memo: old.tx.memo.clone(),
                    operations: old.tx.operations.clone(),
                    ext: TransactionExt::V0,
                };
                let signatures = old.signatures.clone();
                (TransactionV1Envelope { tx, signatures }, None)
            }
        };
        let inner_hash = network.transaction_hash(&inner.tx);
        // Four bytes tell the kind of the envelope.
        let bytes = xdr_len(&inner).saturating_add(4);
        Ok(Self {
            hash: fee_bump.as_ref().map_or(inner_hash, |(_, _, hash)| *hash),
            fee_bump: fee_bump.map(|(source, fee, _)| (source, fee)),
            inner_hash,
            inner,
            envelope,
            bytes,
        })
    }

    /// The envelope as it came.
    pub fn envelope(&self) -> &TransactionEnvelope {
        &self.envelope
    }

    /// The transaction itself: within the fee bump, if it is one.
    pub fn tx(&self) -> &Transaction {
        &self.inner.tx
    }

    /// Hash of the whole: what a client asks for, and what a fee bump's signatures sign.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// Hash of the transaction itself; the same unless this is a fee bump.
    pub fn inner_hash(&self) -> [u8; 32] {
        self.inner_hash
    }

    /// Is it a fee bump?
    pub fn is_fee_bump(&self) -> bool {
        self.fee_bump.is_some()
    }

    /// The transaction's source, whose sequence number it uses.
    pub fn source(&self) -> &MuxedAccount {
        &self.inner.tx.source_account
    }

    /// Who pays the fee.
    pub fn fee_source(&self) -> &MuxedAccount {
        self.fee_bump
            .as_ref()
            .map_or(self.source(), |(source, _)| source)
    }

    /// Sequence number.
    pub fn sequence(&self) -> i64 {
        self.inner.tx.seq_num.0
    }

    /// The most that it pays in all, stroops: the fee bump's fee, if it is one.
    pub fn full_fee(&self) -> i64 {
        self.fee_bump
            .as_ref()
            .map_or(i64::from(self.inner.tx.fee), |(_, fee)| *fee)
    }

    /// What it declares for resources, stroops. Where nothing runs or keeps contracts it counts for nothing.
    pub fn resource_fee(&self) -> i64 {
        match self.soroban_data() {
            Some(data) if self.is_soroban() => data.resource_fee,
            _ => 0,
        }
    }

    /// What it bids to be included, stroops. May be negative where the declared resource fee is higher
    /// than the fee.
    pub fn inclusion_fee(&self) -> i64 {
        self.full_fee().saturating_sub(self.resource_fee())
    }

    /// Operations that it pays for: a fee bump counts as one more.
    pub fn operations_paid(&self) -> i64 {
        self.operations().len() as i64 + i64::from(self.is_fee_bump())
    }

    /// Its operations.
    pub fn operations(&self) -> &[Operation] {
        &self.inner.tx.operations
    }

    /// Footprint, resources and resource fee.
    pub fn soroban_data(&self) -> Option<&SorobanTransactionData> {
        match &self.inner.tx.ext {
            TransactionExt::V0 => None,
            TransactionExt::V1(data) => Some(data),
        }
    }

    /// Is it one that runs or keeps contracts? The first operation tells; beside such a one there may be no
    /// other.
    pub fn is_soroban(&self) -> bool {
        self.operations().first().is_some_and(|operation| {
            matches!(
                operation.body,
                OperationBody::InvokeHostFunction(_)
                    | OperationBody::ExtendFootprintTtl(_)
                    | OperationBody::RestoreFootprint(_)
            )
        })
    }

    /// Signatures of the transaction itself.
    pub fn inner_signatures(&self) -> &[DecoratedSignature] {
        &self.inner.signatures
    }

    /// Signatures of the fee bump; none if it is not one.
    pub fn fee_bump_signatures(&self) -> &[DecoratedSignature] {
        match &self.envelope {
            TransactionEnvelope::TxFeeBump(bump) => &bump.signatures,
            _ => &[],
        }
    }

    /// Preconditions.
    pub fn conditions(&self) -> &Preconditions {
        &self.inner.tx.cond
    }

    /// Time bounds, wherever they stand.
    pub fn time_bounds(&self) -> Option<&TimeBounds> {
        match self.conditions() {
            Preconditions::None => None,
            Preconditions::Time(bounds) => Some(bounds),
            Preconditions::V2(all) => all.time_bounds.as_ref(),
        }
    }

    /// Memo.
    pub fn memo(&self) -> &Memo {
        &self.inner.tx.memo
    }

    /// Size as it is charged and limited, bytes: of the envelope; of a fee bump, what the one inside would
    /// have alone.
    pub fn bytes(&self) -> u32 {
        self.bytes
    }
}
