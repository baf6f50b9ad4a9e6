//! Whose signatures are on a transaction, and are they enough?

use ballast_transaction::sha256;
use ed25519_dalek::{Signature, VerifyingKey};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use stellar_xdr::curr::{
    AccountEntry, AccountId, DecoratedSignature, PublicKey, Signer, SignerKey,
    SignerKeyEd25519SignedPayload, Uint256,
};

/// Verifications that one transaction may ask for. Each costs real work, and accounts with twenty signers
/// and operations by the hundred would multiply it.
const VERIFICATIONS: u32 = 1000;

/// Signatures of one envelope and which of them were needed.
pub(crate) struct Signatures<'a> {
    hash: [u8; 32],
    signatures: &'a [DecoratedSignature],
    used: Vec<bool>,
    verifications: u32,
}

impl<'a> Signatures<'a> {
    /// Of what these signatures sign.
    pub(crate) fn new(hash: [u8; 32], signatures: &'a [DecoratedSignature]) -> Self {
        Self {
            hash,
            signatures,
            used: vec![false; signatures.len()],
            verifications: 0,
        }
    }

    /// Did the account sign with this weight? A needed weight of nothing still asks for one signature.
    pub(crate) fn by_account(&mut self, account: &AccountEntry, needed: u8) -> bool {
        let master = account.thresholds.0[0];
        let mut signers = Vec::with_capacity(account.signers.len() + 1);
        if master > 0 {
            signers.push(Signer {
                key: master_key(&account.account_id),
                weight: u32::from(master),
            });
        }
        signers.extend(account.signers.iter().cloned());
        self.by(signers, u32::from(needed))
    }

    /// Did the key of an account that does not exist (yet) sign?
    pub(crate) fn by_absent(&mut self, id: &AccountId) -> bool {
        let key = master_key(id);
        self.by(vec![Signer { key, weight: 1 }], 0)
    }

    /// Did each of these sign?
    pub(crate) fn by_all(&mut self, keys: &[SignerKey]) -> bool {
        if keys.is_empty() {
            return true;
        }
        let signers = keys.iter().cloned();
        let signers = signers.map(|key| Signer { key, weight: 1 }).collect();
        self.by(signers, keys.len() as u32)
    }

    /// Was there use for every signature?
    pub(crate) fn all_used(&self) -> bool {
        self.used.iter().all(|used| *used)
    }

    fn by(&mut self, signers: Vec<Signer>, needed: u32) -> bool {
        let mut weight = 0;
        let (pre_authorised, rest): (Vec<_>, Vec<_>) = signers
            .into_iter()
            .partition(|signer| matches!(signer.key, SignerKey::PreAuthTx(_)));
        for signer in pre_authorised {
            if signer.key == SignerKey::PreAuthTx(Uint256(self.hash)) {
                weight += counted(&signer);
                if weight >= needed {
                    return true;
                }
            }
        }
        // Kind by kind, in this order; a signature and a signer count once in each.
        for kind in [Kind::HashX, Kind::Ed25519, Kind::SignedPayload] {
            let mut signers: Vec<_> = rest
                .iter()
                .filter(|signer| Kind::of(&signer.key) == Some(kind))
                .collect();
            for index in 0..self.signatures.len() {
                let found = signers
                    .iter()
                    .position(|signer| self.verify(index, &signer.key));
                let Some(found) = found else { continue };
                self.used[index] = true;
                weight += counted(signers.remove(found));
                if weight >= needed {
                    return true;
                }
            }
        }
        false
    }

    fn verify(&mut self, index: usize, key: &SignerKey) -> bool {
        let DecoratedSignature { hint, signature } = &self.signatures[index];
        match key {
            SignerKey::PreAuthTx(_) => false,
            SignerKey::HashX(hash) => {
                hint.0 == tail(&hash.0) && sha256(signature.as_slice()) == hash.0
            }
            SignerKey::Ed25519(public) => {
                let hash = self.hash;
                hint.0 == tail(&public.0) && self.ed25519(&public.0, &hash, signature.as_slice())
            }
            SignerKey::Ed25519SignedPayload(SignerKeyEd25519SignedPayload { ed25519, payload }) => {
                let (public, of_payload) = (tail(&ed25519.0), tail(payload.as_slice()));
                let expected: [u8; 4] = std::array::from_fn(|byte| public[byte] ^ of_payload[byte]);
                hint.0 == expected
                    && self.ed25519(&ed25519.0, payload.as_slice(), signature.as_slice())
            }
        }
    }

    fn ed25519(&mut self, public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
        if self.verifications >= VERIFICATIONS {
            return false;
        }
        self.verifications += 1;
        remembered(public, message, signature)
    }
}

/// How many signatures are remembered.
const REMEMBERED: usize = 65_536;

/// Signatures that were verified, and how that ended. A transaction's are asked for when it is handed in,
/// when a set is chosen and twice when it is applied; verifying once takes longer than all else but the
/// contracts. Validators remember them, too.
static VERIFIED: Mutex<BTreeMap<[u8; 32], bool>> = Mutex::new(BTreeMap::new());

fn remembered(public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    if signature.len() != Signature::BYTE_SIZE {
        return false;
    }
    let name = sha256(&[public, signature, message].concat());
    // Whoever died holding the map left it whole.
    let known = || VERIFIED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(good) = known().get(&name) {
        return *good;
    }
    let good = verify(public, message, signature);
    let mut known = known();
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(name, good);
    good
}

fn verify(public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (
        VerifyingKey::from_bytes(public),
        Signature::from_slice(signature),
    ) else {
        return false;
    };
    // Strict, as the network's library is: no keys of small order, one form of each signature.
    key.verify_strict(message, &signature).is_ok()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    HashX,
    Ed25519,
    SignedPayload,
}

impl Kind {
    fn of(key: &SignerKey) -> Option<Self> {
        match key {
            SignerKey::PreAuthTx(_) => None,
            SignerKey::HashX(_) => Some(Self::HashX),
            SignerKey::Ed25519(_) => Some(Self::Ed25519),
            SignerKey::Ed25519SignedPayload(_) => Some(Self::SignedPayload),
        }
    }
}

/// A weight is a byte at most, whatever stands in an old entry.
fn counted(signer: &Signer) -> u32 {
    signer.weight.min(255)
}

/// The key of an account as a signer.
pub(crate) fn master_key(id: &AccountId) -> SignerKey {
    let PublicKey::PublicKeyTypeEd25519(public) = &id.0;
    SignerKey::Ed25519(public.clone())
}

/// The last four bytes; shorter ones are filled with zeros behind.
fn tail(bytes: &[u8]) -> [u8; 4] {
    let mut hint = [0; 4];
    let from = bytes.len().saturating_sub(4);
    hint[..bytes.len() - from].copy_from_slice(&bytes[from..]);
    hint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_of_short_payloads_are_filled_up() {
        assert_eq!(tail(&[]), [0; 4]);
        assert_eq!(tail(&[1, 2]), [1, 2, 0, 0]);
        assert_eq!(tail(&[1, 2, 3, 4, 5]), [2, 3, 4, 5]);
    }
}
