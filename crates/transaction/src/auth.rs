use crate::{bytes, map, sha256, to_xdr, vector, KeyPair, Network};
use stellar_xdr::curr::{
    Hash, HashIdPreimage, HashIdPreimageSorobanAuthorization, ScAddress, SorobanAddressCredentials,
    SorobanAuthorizationEntry, SorobanAuthorizedInvocation, SorobanCredentials,
};

/// What an authorisation entry's signature covers, apart from the tree of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthorizationPreimage {
    /// Once per address until the signature expires.
    pub nonce: i64,
    /// Last ledger that the signature is good in.
    pub expiration_ledger: u32,
}

/// `address` authorises the tree; `key` signs. For a classic account with no signers of its own, `key` is
/// the account's.
pub fn sign_entry(
    network: &Network,
    key: &KeyPair,
    address: ScAddress,
    invocation: &SorobanAuthorizedInvocation,
    preimage: AuthorizationPreimage,
) -> SorobanAuthorizationEntry {
    let hash = sha256(&to_xdr(&HashIdPreimage::SorobanAuthorization(
        HashIdPreimageSorobanAuthorization {
            network_id: Hash(network.id()),
            nonce: preimage.nonce,
            signature_expiration_ledger: preimage.expiration_ledger,
            invocation: invocation.clone(),
        },
    )));
    let signature = map([
        ("public_key", bytes(&key.public())),
        ("signature", bytes(&key.sign_bytes(&hash))),
    ]);
    SorobanAuthorizationEntry {
        credentials: SorobanCredentials::Address(SorobanAddressCredentials {
            address,
            nonce: preimage.nonce,
            signature_expiration_ledger: preimage.expiration_ledger,
            signature: vector([signature]),
        }),
        root_invocation: invocation.clone(),
    }
}

/// The entry that stands for the signature of the transaction's (or operation's) source.
pub fn source_entry(invocation: SorobanAuthorizedInvocation) -> SorobanAuthorizationEntry {
    SorobanAuthorizationEntry {
        credentials: SorobanCredentials::SourceAccount,
        root_invocation: invocation,
    }
}
