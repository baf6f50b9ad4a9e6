use crate::sha256;
use ed25519_dalek::{Signer, SigningKey};
use stellar_strkey::ed25519;
use stellar_xdr::curr::{
    AccountId, DecoratedSignature, MuxedAccount, PublicKey, ScAddress, Signature, SignatureHint,
    Uint256,
};

/// An ed25519 key pair.
#[derive(Clone)]
pub struct KeyPair(SigningKey);

/// Not a secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a secret key (S..., 56 characters)")]
pub struct KeyError;

impl KeyPair {
    /// From the 32 bytes of the secret seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// From a name: the same in every run. For tests and sandboxes only.
    pub fn from_name(name: &str) -> Self {
        Self::from_seed(sha256(name.as_bytes()))
    }

    /// From the text form `S...`.
    ///
    /// # Errors
    /// If the text is none.
    pub fn from_secret(secret: &str) -> Result<Self, KeyError> {
        let key = ed25519::PrivateKey::from_string(secret).map_err(|_| KeyError)?;
        Ok(Self::from_seed(key.0))
    }

    /// The text form `S...` of the secret seed.
    pub fn secret(&self) -> String {
        ed25519::PrivateKey(self.0.to_bytes())
            .to_string()
            .as_str()
            .to_owned()
    }

    /// The 32 bytes of the public key.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The text form `G...` of the public key.
    pub fn address(&self) -> String {
        ed25519::PublicKey(self.public())
            .to_string()
            .as_str()
            .to_owned()
    }

    /// The account of this key.
    pub fn account_id(&self) -> AccountId {
        account_id(self.public())
    }

    /// The account as a transaction's source.
    pub fn muxed(&self) -> MuxedAccount {
        MuxedAccount::Ed25519(Uint256(self.public()))
    }

    /// The account as contracts see it.
    pub fn sc_address(&self) -> ScAddress {
        ScAddress::Account(self.account_id())
    }

    /// Signs bytes.
    pub fn sign_bytes(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }

    /// Signs a transaction's hash.
    pub fn sign_hash(&self, hash: &[u8; 32]) -> DecoratedSignature {
        let public = self.public();
        DecoratedSignature {
            hint: SignatureHint([public[28], public[29], public[30], public[31]]),
            signature: Signature(
                self.sign_bytes(hash)
                    .to_vec()
                    .try_into()
                    .expect("64 bytes fit"),
            ),
        }
    }
}

impl std::fmt::Debug for KeyPair {
    /// Without the secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "KeyPair({})", self.address())
    }
}

/// The account of a public key.
pub fn account_id(public: [u8; 32]) -> AccountId {
    AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(public)))
}
