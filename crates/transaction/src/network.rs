use crate::{sha256, to_xdr};
use stellar_xdr::curr::{
    FeeBumpTransaction, Hash, Transaction, TransactionSignaturePayload,
    TransactionSignaturePayloadTaggedTransaction,
};

/// A network, by its passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    passphrase: String,
    id: [u8; 32],
}

impl Network {
    /// Passphrase of a local network that wallets know as STANDALONE.
    pub const STANDALONE: &'static str = "Standalone Network ; February 2017";
    /// Passphrase of the main network.
    pub const PUBLIC: &'static str = "Public Global Stellar Network ; September 2015";
    /// Passphrase of the test network.
    pub const TESTNET: &'static str = "Test SDF Network ; September 2015";

    /// The network of this passphrase.
    pub fn new(passphrase: impl Into<String>) -> Self {
        let passphrase = passphrase.into();
        let id = sha256(passphrase.as_bytes());
        Self { passphrase, id }
    }

    /// Its passphrase.
    pub fn passphrase(&self) -> &str {
        &self.passphrase
    }

    /// SHA-256 of the passphrase, which signatures are bound to.
    pub fn id(&self) -> [u8; 32] {
        self.id
    }

    /// What the signatures of a transaction sign.
    pub fn transaction_hash(&self, transaction: &Transaction) -> [u8; 32] {
        self.payload_hash(TransactionSignaturePayloadTaggedTransaction::Tx(
            transaction.clone(),
        ))
    }

    /// What the signatures of a fee bump sign.
    pub fn fee_bump_hash(&self, transaction: &FeeBumpTransaction) -> [u8; 32] {
        self.payload_hash(TransactionSignaturePayloadTaggedTransaction::TxFeeBump(
            transaction.clone(),
        ))
    }

    fn payload_hash(
        &self,
        tagged_transaction: TransactionSignaturePayloadTaggedTransaction,
    ) -> [u8; 32] {
        sha256(&to_xdr(&TransactionSignaturePayload {
            network_id: Hash(self.id),
            tagged_transaction,
        }))
    }
}

impl Default for Network {
    /// The standalone network.
    fn default() -> Self {
        Self::new(Self::STANDALONE)
    }
}
