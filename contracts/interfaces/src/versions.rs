//! The part of the factory that a vault calls, to upgrade. The factory's whole trait is
//! [`crate::factory`]; to decode its types takes more of the vault than this.

use soroban_sdk::{contractclient, Address, BytesN, ConversionError, Env, Symbol, TryFromVal, Val};

use crate::blend::{field, Fields};

/// A factory, to its vaults.
#[contractclient(name = "VersionsClient")]
pub trait Versions {
    /// The listed version with that hash. Fails where there is none.
    fn version_of(env: Env, wasm_hash: BytesN<32>) -> ListedVersion;
}

/// What the vault reads of a version.
#[derive(Clone)]
pub struct ListedVersion {
    /// Its flash-loan receiver.
    pub receiver: Address,
}

impl TryFromVal<Env, Val> for ListedVersion {
    type Error = ConversionError;

    fn try_from_val(env: &Env, value: &Val) -> Result<Self, ConversionError> {
        let version = Fields::try_from_val(env, value)?;
        Ok(ListedVersion {
            receiver: field(&version, Symbol::new(env, "receiver"))?,
        })
    }
}
