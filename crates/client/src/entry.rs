//! Ledger entries of contracts: their keys, and what they hold. Reading them costs a server less than a
//! simulation, and 200 go into one request.

use crate::value::{
    Address, AssetEntry, BudgetWindow, Links, Symbol, Value, ValueError, VaultPolicy, VaultState,
};
use std::collections::BTreeMap;
use stellar_xdr::curr::{
    ContractDataDurability, ContractExecutable, LedgerEntryData, LedgerKey, LedgerKeyContractData,
    ScContractInstance, ScMapEntry, ScVal, ScVec,
};

/// The instance of a contract: its code, and what it keeps beside it.
pub fn instance(contract: &Address) -> LedgerKey {
    persistent(contract, ScVal::LedgerKeyContractInstance)
}

/// A persistent entry.
pub fn persistent(contract: &Address, key: ScVal) -> LedgerKey {
    data(contract, key, ContractDataDurability::Persistent)
}

/// A temporary entry.
pub fn temporary(contract: &Address, key: ScVal) -> LedgerKey {
    data(contract, key, ContractDataDurability::Temporary)
}

fn data(contract: &Address, key: ScVal, durability: ContractDataDurability) -> LedgerKey {
    LedgerKey::ContractData(LedgerKeyContractData {
        contract: contract.clone(),
        key,
        durability,
    })
}

/// A variant of a contract's enum of keys, with what it is of.
fn variant(name: &str, of: Option<ScVal>) -> ScVal {
    let mut items = vec![Symbol::from(name).to_value()];
    items.extend(of);
    // Two items fit.
    ScVal::Vec(Some(ScVec(items.try_into().unwrap_or_default())))
}

/// Keys of Blend's pools.
pub mod pool {
    use super::{persistent, temporary, variant, Address, LedgerKey, Symbol, Value};
    use crate::value::record;

    /// Blend's number of a user's liquidation among the auctions.
    const USER_LIQUIDATION: u32 = 0;

    /// The assets, by reserve index: `Vec<Address>`.
    pub fn reserve_list(pool: &Address) -> LedgerKey {
        persistent(pool, Symbol::from("ResList").to_value())
    }

    /// [`crate::value::ReserveConfig`] of an asset.
    pub fn reserve_config(pool: &Address, asset: &Address) -> LedgerKey {
        persistent(pool, variant("ResConfig", Some(asset.to_value())))
    }

    /// [`crate::value::ReserveData`] of an asset.
    pub fn reserve_data(pool: &Address, asset: &Address) -> LedgerKey {
        persistent(pool, variant("ResData", Some(asset.to_value())))
    }

    /// [`crate::value::Positions`] of a user.
    pub fn positions(pool: &Address, user: &Address) -> LedgerKey {
        persistent(pool, variant("Positions", Some(user.to_value())))
    }

    /// [`crate::value::AuctionData`] of a user's liquidation.
    pub fn auction(pool: &Address, user: &Address) -> LedgerKey {
        let of = record(vec![
            ("auct_type", USER_LIQUIDATION.to_value()),
            ("user", user.to_value()),
        ]);
        temporary(pool, variant("Auction", Some(of)))
    }

    /// Where the instance keeps [`crate::value::PoolConfig`].
    pub fn config() -> super::ScVal {
        Symbol::from("Config").to_value()
    }
}

/// Keys of the factory.
pub mod factory {
    use super::{persistent, variant, Address, LedgerKey, ScVal};

    /// Where the instance keeps how many vaults there are, a u32.
    pub fn vault_count() -> ScVal {
        variant("VaultCount", None)
    }

    /// The address of the vault of this index.
    pub fn vault_at(factory: &Address, index: u32) -> LedgerKey {
        persistent(factory, variant("VaultAt", Some(ScVal::U32(index))))
    }
}

/// Keys of Comet's pools.
pub mod comet {
    use super::{persistent, variant, Address, LedgerKey, ScVal};

    /// `BTreeMap<Address, CometRecord>`: balances and weights.
    pub fn records(pool: &Address) -> LedgerKey {
        persistent(pool, variant("AllRecordData", None))
    }

    /// Where the instance keeps the fee, an i128 of 7 decimals.
    pub fn swap_fee() -> ScVal {
        variant("SwapFee", None)
    }
}

/// [`crate::value::TokenBalance`] of a contract at a classic asset's contract; other tokens may keep theirs
/// otherwise.
pub fn balance(token: &Address, holder: &Address) -> LedgerKey {
    persistent(token, variant("Balance", Some(holder.to_value())))
}

/// The value of a contract's entry.
pub fn value(data: &LedgerEntryData) -> Option<&ScVal> {
    match data {
        LedgerEntryData::ContractData(data) => Some(&data.val),
        _ => None,
    }
}

/// A contract's entry, decoded; `None` if the entry is no contract's.
///
/// # Errors
/// If it holds something else.
pub fn decode<T: Value>(data: &LedgerEntryData) -> Result<Option<T>, ValueError> {
    value(data).map(T::from_value).transpose()
}

/// A contract's instance.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a>(&'a ScContractInstance);

impl<'a> Instance<'a> {
    /// From an entry; `None` if it is no instance.
    pub fn of(data: &'a LedgerEntryData) -> Option<Self> {
        match value(data) {
            Some(ScVal::ContractInstance(instance)) => Some(Self(instance)),
            _ => None,
        }
    }

    /// Whether it is the contract of a classic asset (or of lumens).
    pub fn is_classic_asset(&self) -> bool {
        self.0.executable == ContractExecutable::StellarAsset
    }

    /// What it keeps under a key.
    ///
    /// # Errors
    /// If that is of another type.
    pub fn get<T: Value>(&self, key: &ScVal) -> Result<Option<T>, ValueError> {
        let entries: &[ScMapEntry] = self.0.storage.as_ref().map_or(&[], |map| map.0.as_slice());
        let entry = entries.iter().find(|entry| entry.key == *key);
        entry.map(|entry| T::from_value(&entry.val)).transpose()
    }

    fn get_variant<T: Value>(&self, name: &'static str) -> Result<Option<T>, ValueError> {
        let read = self.get(&variant(name, None));
        read.map_err(|error| error.at(name))
    }

    fn require<T: Value>(&self, name: &'static str) -> Result<T, ValueError> {
        self.get_variant(name)?.ok_or_else(|| ValueError {
            place: name.to_owned(),
            expected: "an entry",
            found: "none".into(),
        })
    }

    /// Everything that a vault stores (`contracts/vault/src/storage.rs`), as its `state` tells it.
    ///
    /// # Errors
    /// If it is no vault's.
    pub fn vault_state(&self) -> Result<VaultState, ValueError> {
        let off: Option<ScVal> = self.get_variant("AutomationOff")?;
        let links: Links = self.require("Links")?;
        let policy: VaultPolicy = self.require("Policy")?;
        let window: Option<BudgetWindow> = self.get_variant("Window")?;
        let assets: Option<BTreeMap<u32, AssetEntry>> = self.get_variant("Assets")?;
        Ok(VaultState {
            owner: self.require("Owner")?,
            links,
            policy,
            automation: off.is_none(),
            window: window.unwrap_or(BudgetWindow {
                start_ledger: 0,
                budget_value: 0,
                sold_value: 0,
            }),
            assets: assets.unwrap_or_default(),
        })
    }
}
