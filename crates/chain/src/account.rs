//! Classic accounts: a key that signs and an entry on the ledger that says what it may.

use ballast_transaction::KeyPair;
use soroban_sdk::{
    xdr::{AccountId, ScAddress},
    Address, Env, TryFromVal,
};

/// Accounts may do to the holders of their assets: revoke authorisation, claw back.
pub(crate) const REVOCABLE_AND_CLAWBACK: u32 = 0x2 | 0x8;

/// A classic account with its key.
#[derive(Clone)]
pub struct Account {
    name: String,
    key: KeyPair,
    address: Address,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ({:?})", self.name, self.address)
    }
}

impl Account {
    pub(crate) fn new(env: &Env, name: &str, key: KeyPair) -> Self {
        let address = Address::try_from_val(env, &ScAddress::Account(key.account_id()))
            .expect("an account id is an address");
        Self {
            name: name.to_string(),
            key,
            address,
        }
    }

    /// The name that it was created with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Its secret key.
    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// Its id on the ledger.
    pub fn id(&self) -> AccountId {
        self.key.account_id()
    }
}
