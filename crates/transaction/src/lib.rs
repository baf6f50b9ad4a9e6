//! Stellar transactions: keys, hashes, signatures, and what it takes to build one.
//!
//! Knows nothing of a ledger or of an RPC: ledger, sandbox, client and tests make and check their
//! signatures here.

mod auth;
mod build;
mod keys;
mod network;
mod value;

pub use auth::{sign_entry, source_entry, AuthorizationPreimage};
pub use build::{asset, asset_contract_id, contract_id, deployed_by, fee_bump, sign, Builder};
pub use keys::{account_id, KeyError, KeyPair};
pub use network::Network;
pub use value::{bytes, i128_of, i128_value, map, symbol, vector};

use sha2::{Digest, Sha256};
use stellar_xdr::curr::{Limits, WriteXdr};

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The XDR form of a value.
pub fn to_xdr(value: &impl WriteXdr) -> Vec<u8> {
    // Writing to memory without a limit does not fail.
    value.to_xdr(Limits::none()).unwrap_or_default()
}

/// Length of the XDR form, bytes.
pub fn xdr_len(value: &impl WriteXdr) -> u32 {
    to_xdr(value).len() as u32
}
