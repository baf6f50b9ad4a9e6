//! The accounts: what they lack, and the transactions that give it to them.

use super::{assets::PoolAsset, xlm};
use crate::Failure;
use anyhow::anyhow;
use ballast_client::{Client, Error};
use ballast_transaction::KeyPair;
use std::collections::BTreeMap;
use stellar_xdr::curr::{
    AccountEntry, AccountEntryExt, AccountEntryExtensionV1Ext, AccountId, Asset, ChangeTrustAsset,
    ChangeTrustOp, CreateAccountOp, LedgerEntryData, LedgerKey, LedgerKeyAccount,
    LedgerKeyTrustLine, MuxedAccount, OperationBody, PaymentOp, TrustLineAsset, Uint256,
};

/// Operations of a transaction; the network takes 100.
const OPERATIONS: usize = 50;
/// What the network holds back for each entry of an account, stroops.
const BASE_RESERVE: i64 = 5_000_000;

/// What a channel gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gift {
    /// It does not exist yet.
    Create(i64),
    /// It has less than half of what it shall have.
    TopUp(i64),
    /// It has enough.
    Left,
}

/// What is to be done.
pub struct Plan {
    keeper: AccountEntry,
    /// In the order of the channels.
    pub gifts: Vec<(AccountId, Gift)>,
    /// Trustlines that the keeper lacks, and whether they are made.
    pub missing: Vec<Asset>,
    /// Whether they are made.
    pub trust: bool,
    /// Trustlines that it has.
    pub trusted: usize,
    /// Stroops bid for each operation.
    pub fee: u32,
}

/// How far it came.
pub struct Ran {
    /// Accounts that were seen to.
    pub accounts: usize,
    /// Fees, stroops.
    pub spent: i64,
    /// What ended it.
    pub result: Result<(), Error>,
}

impl Plan {
    /// Looks at the accounts.
    pub async fn make(
        client: &Client,
        keeper: &KeyPair,
        channels: &[KeyPair],
        lumens: i64,
        assets: &[PoolAsset],
        trust: bool,
    ) -> Result<Self, Failure> {
        let account = match client.account(&keeper.account_id()).await {
            Ok(account) => account,
            Err(Error::NoAccount(address)) => {
                return Err(anyhow!(
                    "the keeper's account {address} does not exist on {:?}: send it lumens first",
                    client.network().passphrase()
                )
                .into())
            }
            Err(error) => return Err(error.into()),
        };
        let ids: Vec<_> = channels.iter().map(KeyPair::account_id).collect();
        let found = balances(client, &ids).await?;
        let gift = |id: AccountId| {
            let gift = match found.get(&id) {
                None => Gift::Create(lumens),
                Some(balance) if *balance < lumens / 2 => Gift::TopUp(lumens - balance),
                Some(_) => Gift::Left,
            };
            (id, gift)
        };
        let gifts = ids.into_iter().map(gift).collect();
        // An issuer needs no line to what it issues.
        let classic = assets.iter().filter_map(|asset| asset.classic.clone());
        let classic: Vec<_> = classic
            .filter(|asset| issuer(asset) != Some(&account.account_id))
            .collect();
        let lacking = lacking(client, &account.account_id, &classic).await?;
        Ok(Self {
            keeper: account,
            gifts,
            trusted: classic.len() - lacking.len(),
            missing: lacking,
            trust,
            fee: client.operation_fee().await?,
        })
    }

    /// Stroops that go to the channels.
    pub fn given(&self) -> i64 {
        let stroops = self.gifts.iter().map(|(_, gift)| match gift {
            Gift::Create(stroops) | Gift::TopUp(stroops) => *stroops,
            Gift::Left => 0,
        });
        stroops.fold(0, i64::saturating_add)
    }

    /// The most that it costs in fees, stroops.
    pub fn fees(&self) -> i64 {
        let operations = i64::try_from(self.operations().len()).unwrap_or(i64::MAX);
        operations.saturating_mul(self.fee.into())
    }

    /// That the keeper has what it takes.
    pub fn check(&self) -> Result<(), Failure> {
        let lines = i64::from(self.trust) * i64::try_from(self.missing.len()).unwrap_or(i64::MAX);
        let locked = locked(&self.keeper).saturating_add(lines.saturating_mul(BASE_RESERVE));
        let free = self.keeper.balance.saturating_sub(locked).max(0);
        let needed = self.given().saturating_add(self.fees());
        if needed <= free {
            return Ok(());
        }
        let missing = needed - free;
        Err(anyhow!(
            "the keeper's account has {} to spend, and {} are needed ({} for channels, {} for fees): send it {} more, \
             or choose fewer --channels or --lumens",
            xlm(free),
            xlm(needed),
            xlm(self.given()),
            xlm(self.fees()),
            xlm(missing),
        )
        .into())
    }

    fn operations(&self) -> Vec<OperationBody> {
        let give = |(id, gift): &(AccountId, Gift)| match gift {
            Gift::Create(stroops) => Some(OperationBody::CreateAccount(CreateAccountOp {
                destination: id.clone(),
                starting_balance: *stroops,
            })),
            Gift::TopUp(stroops) => Some(OperationBody::Payment(PaymentOp {
                destination: MuxedAccount::Ed25519(Uint256(public(id))),
                asset: Asset::Native,
                amount: *stroops,
            })),
            Gift::Left => None,
        };
        let trust = self.missing.iter().filter(|_| self.trust).map(|asset| {
            OperationBody::ChangeTrust(ChangeTrustOp {
                line: match asset.clone() {
                    Asset::Native => ChangeTrustAsset::Native,
                    Asset::CreditAlphanum4(asset) => ChangeTrustAsset::CreditAlphanum4(asset),
                    Asset::CreditAlphanum12(asset) => ChangeTrustAsset::CreditAlphanum12(asset),
                },
                limit: i64::MAX,
            })
        });
        self.gifts.iter().filter_map(give).chain(trust).collect()
    }

    /// Makes it so, several operations a transaction.
    pub async fn run(&self, client: &Client, keeper: &KeyPair) -> Ran {
        let mut ran = Ran {
            accounts: 0,
            spent: 0,
            result: Ok(()),
        };
        for operations in self.operations().chunks(OPERATIONS) {
            match client.operate_all(keeper, operations.to_vec()).await {
                Ok(done) => {
                    ran.spent = ran.spent.saturating_add(done.fee_charged);
                    let gives = |operation: &&OperationBody| {
                        !matches!(operation, OperationBody::ChangeTrust(_))
                    };
                    ran.accounts += operations.iter().filter(gives).count();
                }
                Err(error) => {
                    if let Error::Failed { fee_charged, .. } = &error {
                        ran.spent = ran.spent.saturating_add(*fee_charged);
                    }
                    ran.result = Err(error);
                    break;
                }
            }
        }
        ran
    }
}

/// Lumens of those accounts that exist.
async fn balances(client: &Client, ids: &[AccountId]) -> Result<BTreeMap<AccountId, i64>, Error> {
    let key = |id: &AccountId| {
        LedgerKey::Account(LedgerKeyAccount {
            account_id: id.clone(),
        })
    };
    let keys: Vec<_> = ids.iter().map(key).collect();
    let found = client.rpc().ledger_entries(&keys).await?;
    let balance = |data: LedgerEntryData| match data {
        LedgerEntryData::Account(account) => Some((account.account_id, account.balance)),
        _ => None,
    };
    let entries = found.entries.into_iter();
    Ok(entries.filter_map(|entry| balance(entry.data)).collect())
}

/// Those assets to which the account has no trustline.
async fn lacking(client: &Client, id: &AccountId, assets: &[Asset]) -> Result<Vec<Asset>, Error> {
    let key = |asset: &Asset| {
        LedgerKey::Trustline(LedgerKeyTrustLine {
            account_id: id.clone(),
            asset: match asset.clone() {
                Asset::Native => TrustLineAsset::Native,
                Asset::CreditAlphanum4(asset) => TrustLineAsset::CreditAlphanum4(asset),
                Asset::CreditAlphanum12(asset) => TrustLineAsset::CreditAlphanum12(asset),
            },
        })
    };
    let keys: Vec<_> = assets.iter().map(key).collect();
    let found = client.rpc().ledger_entries(&keys).await?;
    let missing =
        |(_, key): &(&Asset, &LedgerKey)| !found.entries.iter().any(|entry| entry.key == **key);
    let pairs = assets.iter().zip(&keys);
    Ok(pairs
        .filter(missing)
        .map(|(asset, _)| asset.clone())
        .collect())
}

/// What the account cannot spend, stroops.
fn locked(account: &AccountEntry) -> i64 {
    let (selling, sponsoring, sponsored) = match &account.ext {
        AccountEntryExt::V0 => (0, 0, 0),
        AccountEntryExt::V1(v1) => match &v1.ext {
            AccountEntryExtensionV1Ext::V0 => (v1.liabilities.selling, 0, 0),
            AccountEntryExtensionV1Ext::V2(v2) => {
                (v1.liabilities.selling, v2.num_sponsoring, v2.num_sponsored)
            }
        },
    };
    let entries =
        2 + i64::from(account.num_sub_entries) + i64::from(sponsoring) - i64::from(sponsored);
    entries.saturating_mul(BASE_RESERVE).saturating_add(selling)
}

fn issuer(asset: &Asset) -> Option<&AccountId> {
    match asset {
        Asset::Native => None,
        Asset::CreditAlphanum4(asset) => Some(&asset.issuer),
        Asset::CreditAlphanum12(asset) => Some(&asset.issuer),
    }
}

fn public(id: &AccountId) -> [u8; 32] {
    let stellar_xdr::curr::PublicKey::PublicKeyTypeEd25519(Uint256(public)) = &id.0;
    *public
}
