//! Classic accounts: a key that signs and an entry on the ledger that says what it may.

use ed25519_dalek::SigningKey;
use soroban_sdk::{
    xdr::{
        AccountEntry, AccountEntryExt, AccountId, LedgerEntryData, LedgerKey, LedgerKeyAccount,
        PublicKey, ScAddress, SequenceNumber, Thresholds, Uint256,
    },
    Address, Env, TryFromVal,
};

/// Accounts may do to the holders of their assets: revoke authorisation, claw back.
pub(crate) const REVOCABLE_AND_CLAWBACK: u32 = 0x2 | 0x8;

/// A classic account with its key.
#[derive(Clone)]
pub struct Account {
    name: String,
    key: SigningKey,
    address: Address,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ({:?})", self.name, self.address)
    }
}

impl Account {
    pub(crate) fn new(env: &Env, name: &str) -> Self {
        // Names give keys, so that addresses are the same in every run.
        let seed = crate::execute::sha256(format!("ballast account {name}").as_bytes());
        let key = SigningKey::from_bytes(&seed);
        let id = account_id(&key);
        let address = Address::try_from_val(env, &ScAddress::Account(id))
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
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Its id on the ledger.
    pub fn id(&self) -> AccountId {
        account_id(&self.key)
    }
}

fn account_id(key: &SigningKey) -> AccountId {
    AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(
        key.verifying_key().to_bytes(),
    )))
}

pub(crate) fn ledger_key(id: &AccountId) -> LedgerKey {
    LedgerKey::Account(LedgerKeyAccount {
        account_id: id.clone(),
    })
}

pub(crate) fn ledger_entry(id: AccountId, balance_stroops: i64, flags: u32) -> LedgerEntryData {
    LedgerEntryData::Account(AccountEntry {
        account_id: id,
        balance: balance_stroops,
        seq_num: SequenceNumber(0),
        num_sub_entries: 0,
        inflation_dest: None,
        flags,
        home_domain: Default::default(),
        // Weight of the master key, then low, medium and high threshold.
        thresholds: Thresholds([1, 0, 0, 0]),
        signers: Default::default(),
        ext: AccountEntryExt::V0,
    })
}
