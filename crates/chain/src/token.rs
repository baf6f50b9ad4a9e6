//! Tokens: classic assets behind their Stellar asset contracts, the native asset among them, and
//! contracts of their own.

use crate::{
    account::REVOCABLE_AND_CLAWBACK,
    ballast::{self, shipped::SEP_41_TOKEN},
    Account, CallError, Chain, Invocation,
};
use ballast_ledger::account_key;
use ballast_transaction::{asset, symbol};
use soroban_sdk::{
    xdr::{
        AccountId, Asset, ContractDataDurability, LedgerEntryData, LedgerKey,
        LedgerKeyContractData, LedgerKeyTrustLine, ScAddress, ScVal, TrustLineAsset,
    },
    Address,
};

/// A token contract on a chain, with what it takes to hand out the token.
#[derive(Clone)]
pub struct Token {
    chain: Chain,
    address: Address,
    code: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// Accounts hold it in their account entry.
    Native,
    /// Accounts hold it in a trustline. The issuer can freeze and claw back.
    Issued { asset: Asset, issuer: Account },
    /// A contract of its own, whose admin may `mint`.
    Contract { admin: Account },
}

impl Token {
    /// The native asset, XLM. Call it once on a chain.
    pub fn native(chain: &Chain) -> Self {
        let address = chain
            .deploy_asset(Asset::Native)
            .expect("the native asset has a contract");
        Self {
            chain: chain.clone(),
            address,
            code: "XLM".into(),
            kind: Kind::Native,
        }
    }

    /// A new classic asset of up to 12 characters, 7 decimals, issued by an account of its own.
    pub fn issue(chain: &Chain, code: &str) -> Self {
        Self::issue_by(chain, code, &chain.account(&format!("{code} issuer")))
    }

    /// As [`Self::issue`], issued by this account.
    pub fn issue_by(chain: &Chain, code: &str, issuer: &Account) -> Self {
        chain
            .set_flags(issuer, REVOCABLE_AND_CLAWBACK)
            .expect("an issuer without holders may be strict");
        let asset = asset(code, issuer.id());
        let address = chain
            .deploy_asset(asset.clone())
            .expect("a new asset gets its contract");
        let kind = Kind::Issued {
            asset,
            issuer: issuer.clone(),
        };
        Self {
            chain: chain.clone(),
            address,
            code: code.into(),
            kind,
        }
    }

    /// A new token of any decimals (at most 18) that is a contract of its own: the SEP-41 token that
    /// the `sep-41-token` crate ships, with allowances and events. Its admin is an account of its own.
    pub fn deploy(chain: &Chain, code: &str, decimals: u32) -> Self {
        let admin = chain.account(&format!("{code} admin"));
        let address = ballast::deploy(chain, &admin, SEP_41_TOKEN, code, ())
            .expect("the token's code deploys");
        let name = soroban_sdk::String::from_str(chain.env(), code);
        let args = (admin.address(), decimals, name.clone(), name);
        chain
            .call(&address, "initialize", args, &[])
            .expect("a new token takes its first values");
        Self::contract(chain, code, &address, &admin)
    }

    /// A token contract deployed by other means (any decimals), whose `mint(to, amount)` needs
    /// `admin`.
    pub fn contract(chain: &Chain, code: &str, address: &Address, admin: &Account) -> Self {
        let kind = Kind::Contract {
            admin: admin.clone(),
        };
        Self {
            chain: chain.clone(),
            address: address.clone(),
            code: code.into(),
            kind,
        }
    }

    /// The token on another chain in the same state (after [`Chain::fork`]).
    pub fn on(&self, chain: &Chain) -> Self {
        let address = chain.address(&ScAddress::from(&self.address));
        let kind = match &self.kind {
            Kind::Native => Kind::Native,
            Kind::Issued { asset, issuer } => {
                let issuer = chain.account(issuer.name());
                Kind::Issued {
                    asset: asset.clone(),
                    issuer,
                }
            }
            Kind::Contract { admin } => Kind::Contract {
                admin: chain.account(admin.name()),
            },
        };
        Self {
            chain: chain.clone(),
            address,
            code: self.code.clone(),
            kind,
        }
    }

    /// The contract's address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The asset's code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The account that issues it, which may freeze and claw back, if it is a classic asset.
    pub fn issuer(&self) -> Option<&Account> {
        match &self.kind {
            Kind::Issued { issuer, .. } => Some(issuer),
            _ => None,
        }
    }

    /// Balance in the token's smallest unit; nothing where there is no trustline.
    pub fn balance(&self, holder: &Address) -> i128 {
        let entry = match (&self.kind, ScAddress::from(holder)) {
            (Kind::Contract { .. }, _) => {
                let balance = self.chain.view(&self.address, "balance", (holder,));
                return balance.expect("tokens tell balances");
            }
            (Kind::Native, ScAddress::Account(id)) => self.chain.entry(&account_key(&id)),
            (Kind::Issued { asset, .. }, ScAddress::Account(id)) => {
                self.chain.entry(&trustline_key(asset, id))
            }
            (_, contract) => self.chain.entry(&self.contract_balance_key(contract)),
        };
        match entry {
            Some(LedgerEntryData::Account(account)) => account.balance.into(),
            Some(LedgerEntryData::Trustline(line)) => line.balance.into(),
            Some(LedgerEntryData::ContractData(data)) => amount(&data.val),
            _ => 0,
        }
    }

    /// Opens a trustline of the account without a limit. Nothing where it has one or needs none.
    pub fn trust(&self, account: &Account) {
        self.trust_up_to(account, i64::MAX);
    }

    /// As [`Self::trust`], with a limit that the balance cannot pass.
    pub fn trust_up_to(&self, account: &Account, limit: i64) {
        let Kind::Issued { asset, issuer } = &self.kind else {
            return;
        };
        let key = trustline_key(asset, account.id());
        if issuer.id() == account.id() || self.chain.entry(&key).is_some() {
            return;
        }
        self.chain
            .change_trust(account, asset.clone(), limit)
            .unwrap_or_else(|error| panic!("{} trusts {}: {error}", account.name(), self.code));
    }

    /// Gives an account the token, opening its trustline where needed.
    pub fn fund(&self, account: &Account, amount: i128) {
        self.trust(account);
        self.mint(account.address(), amount);
    }

    /// Gives an address the token.
    ///
    /// # Panics
    /// If the token refuses it: no trustline, frozen, over the limit.
    pub fn mint(&self, to: &Address, amount: i128) {
        if amount == 0 {
            // A payment of nothing is none.
            return;
        }
        let classic = || i64::try_from(amount).expect("classic balances are 64 bits wide");
        let root = self.chain.root();
        let outcome = match (&self.kind, ScAddress::from(to)) {
            (Kind::Native, ScAddress::Account(id)) => {
                self.chain.pay(root, &id, Asset::Native, classic())
            }
            (Kind::Issued { asset, issuer }, ScAddress::Account(id)) => {
                self.chain.pay(issuer, &id, asset.clone(), classic())
            }
            (Kind::Native, _) => {
                let args = (root.address(), to, amount);
                self.chain
                    .call_from(root, &self.address, "transfer", args, &[])
                    .map(drop)
            }
            (Kind::Issued { issuer: admin, .. } | Kind::Contract { admin }, _) => self
                .chain
                .call_from(admin, &self.address, "mint", (to, amount), &[])
                .map(drop),
        };
        outcome.unwrap_or_else(|error| panic!("mint {amount} {} to {to:?}: {error}", self.code));
    }

    /// The issuer takes the token from an address.
    ///
    /// # Panics
    /// If the asset is not a classic one, or the balance is smaller.
    pub fn claw_back(&self, from: &Address, amount: i128) {
        let issuer = self.issuer().expect("only classic assets have an issuer");
        self.chain
            .call_from(issuer, &self.address, "clawback", (from, amount), &[])
            .expect("the issuer may claw back what is there");
    }

    /// The issuer forbids an address to send and to receive.
    pub fn freeze(&self, holder: &Address) {
        self.set_authorized(holder, false);
    }

    /// Ends [`Self::freeze`].
    pub fn unfreeze(&self, holder: &Address) {
        self.set_authorized(holder, true);
    }

    fn set_authorized(&self, holder: &Address, authorized: bool) {
        let issuer = self.issuer().expect("only classic assets have an issuer");
        self.chain
            .call_from(
                issuer,
                &self.address,
                "set_authorized",
                (holder, authorized),
                &[],
            )
            .expect("the issuer may change what its holders may do");
    }

    /// Signs and sends `transfer`.
    pub fn transfer(&self, from: &Account, to: &Address, amount: i128) -> Result<(), CallError> {
        let args = (from.address(), to, amount);
        self.chain
            .call_as(from, &self.address, "transfer", args, &[])
            .map(drop)
    }

    /// Signs and sends `approve`, good until a ledger.
    pub fn approve(
        &self,
        from: &Account,
        spender: &Address,
        amount: i128,
        live_until: u32,
    ) -> Result<(), CallError> {
        let args = (from.address(), spender, amount, live_until);
        self.chain
            .call_as(from, &self.address, "approve", args, &[])
            .map(drop)
    }

    /// `transfer(from, to, amount)` as a part of a tree to sign.
    pub fn transfer_invocation(&self, from: &Address, to: &Address, amount: i128) -> Invocation {
        Invocation::transfer(&self.address, from, to, amount)
    }

    fn contract_balance_key(&self, holder: ScAddress) -> LedgerKey {
        let key = vec![ScVal::Symbol(symbol("Balance")), ScVal::Address(holder)];
        LedgerKey::ContractData(LedgerKeyContractData {
            contract: (&self.address).into(),
            key: ScVal::Vec(key.try_into().ok().map(soroban_sdk::xdr::ScVec)),
            durability: ContractDataDurability::Persistent,
        })
    }
}

fn trustline_asset(asset: &Asset) -> TrustLineAsset {
    match asset.clone() {
        Asset::Native => TrustLineAsset::Native,
        Asset::CreditAlphanum4(asset) => TrustLineAsset::CreditAlphanum4(asset),
        Asset::CreditAlphanum12(asset) => TrustLineAsset::CreditAlphanum12(asset),
    }
}

fn trustline_key(asset: &Asset, account_id: AccountId) -> LedgerKey {
    LedgerKey::Trustline(LedgerKeyTrustLine {
        account_id,
        asset: trustline_asset(asset),
    })
}

/// `amount` out of a contract's balance `{amount, authorized, clawback}`.
fn amount(balance: &ScVal) -> i128 {
    let ScVal::Map(Some(map)) = balance else {
        return 0;
    };
    let key = ScVal::Symbol(symbol("amount"));
    match map
        .iter()
        .find(|entry| entry.key == key)
        .map(|entry| &entry.val)
    {
        Some(ScVal::I128(parts)) => parts.into(),
        _ => 0,
    }
}
