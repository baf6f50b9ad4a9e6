//! Accounts: created, paid and changed by ordinary operations.

use super::Chain;
use crate::{Account, CallError};
use ballast_ledger::{account_key, Entry, Read};
use ballast_transaction::KeyPair;
use soroban_sdk::xdr::{
    AccountEntry, AccountId, Asset, ChangeTrustAsset, ChangeTrustOp, CreateAccountOp,
    LedgerEntryData, LedgerKey, OperationBody, PaymentOp, SetOptionsOp,
};

/// Balance of a new account, stroops of the native asset.
const ACCOUNT_BALANCE: i64 = 1_000_000_0000000;
/// Balance of who pays the fees of all transactions.
const RELAYER_BALANCE: i64 = 1_000_000_000_0000000;

impl Chain {
    /// The account of this name, created with plenty of the native asset if it does not exist.
    pub fn account(&self, name: &str) -> Account {
        self.account_with(name, ACCOUNT_BALANCE)
    }

    /// The account of this name, created with this many stroops if it does not exist.
    ///
    /// # Panics
    /// If the root account does not have as much, or it is less than an account has to keep.
    pub fn account_with(&self, name: &str, stroops: i64) -> Account {
        let key = KeyPair::from_name(&format!("{}{name}", self.0.names));
        let account = Account::new(self.env(), name, key);
        if self.entry(&account_key(&account.id())).is_none() {
            self.create_account(&account, stroops)
                .unwrap_or_else(|error| panic!("account {name}: {error}"));
        }
        account
    }

    pub(super) fn create_relayer(&self) {
        let relayer = &self.0.relayer;
        if self.entry(&account_key(&relayer.id())).is_none() {
            self.operate_alone(&self.0.root, create(relayer, RELAYER_BALANCE))
                .unwrap_or_else(|error| panic!("the relayer's account: {error}"));
        }
    }

    fn create_account(&self, account: &Account, stroops: i64) -> Result<(), CallError> {
        self.operate(&self.0.root, create(account, stroops))
    }

    /// The account that has what nobody else has of the native asset.
    pub fn root(&self) -> &Account {
        &self.0.root
    }

    /// Pays an asset from one account to another.
    pub fn pay(
        &self,
        from: &Account,
        to: &AccountId,
        asset: Asset,
        amount: i64,
    ) -> Result<(), CallError> {
        let destination = to.clone().into();
        let payment = PaymentOp {
            destination,
            asset,
            amount,
        };
        self.operate(from, OperationBody::Payment(payment))
    }

    /// Opens or changes a trustline.
    pub(crate) fn change_trust(
        &self,
        account: &Account,
        line: Asset,
        limit: i64,
    ) -> Result<(), CallError> {
        let line = match line {
            Asset::Native => ChangeTrustAsset::Native,
            Asset::CreditAlphanum4(asset) => ChangeTrustAsset::CreditAlphanum4(asset),
            Asset::CreditAlphanum12(asset) => ChangeTrustAsset::CreditAlphanum12(asset),
        };
        self.operate(
            account,
            OperationBody::ChangeTrust(ChangeTrustOp { line, limit }),
        )
    }

    /// Sets flags of an account: what it may do to holders of its assets.
    pub(crate) fn set_flags(&self, account: &Account, flags: u32) -> Result<(), CallError> {
        let options = SetOptionsOp {
            inflation_dest: None,
            clear_flags: None,
            set_flags: Some(flags),
            master_weight: None,
            low_threshold: None,
            med_threshold: None,
            high_threshold: None,
            home_domain: None,
            signer: None,
        };
        self.operate(account, OperationBody::SetOptions(options))
    }

    /// Changes the classic entry of an account out of band, without a transaction: a balance to the stroop,
    /// thresholds and signers of any kind.
    ///
    /// # Panics
    /// If the account does not exist.
    pub fn change_account(&self, id: &AccountId, change: impl FnOnce(&mut AccountEntry)) {
        let mut ledger = self.0.ledger.borrow_mut();
        let entry = ledger.state().account(id);
        let mut entry = entry.unwrap_or_else(|| panic!("no such account: {id:?}"));
        change(&mut entry);
        let sequence = ledger.building().ledger_seq;
        ledger.edit(Entry::classic(LedgerEntryData::Account(entry), sequence));
    }

    /// An entry as it stands.
    pub fn entry(&self, key: &LedgerKey) -> Option<LedgerEntryData> {
        let entry = self.0.ledger.borrow().state().get(key)?;
        Some(entry.entry.data.clone())
    }

    /// The last ledger that a contract entry lives in, if it is there.
    pub fn live_until(&self, key: &LedgerKey) -> Option<u32> {
        let entry = self.0.ledger.borrow().state().get(key)?;
        Some(entry.ttl?.live_until)
    }
}

fn create(account: &Account, starting_balance: i64) -> OperationBody {
    OperationBody::CreateAccount(CreateAccountOp {
        destination: account.id(),
        starting_balance,
    })
}
