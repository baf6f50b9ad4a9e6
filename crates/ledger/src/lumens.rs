//! Where lumens are.

use ballast_transaction::{asset_contract_id, i128_of, Network};
use stellar_xdr::curr::{
    Asset, LedgerEntry, LedgerEntryData, ScAddress, ScMapEntry, ScSymbol, ScVal,
};

/// Stroops that an entry holds: an account's balance, or what the native asset's contract holds for a
/// contract.
pub fn lumens(network: &Network, entry: &LedgerEntry) -> i128 {
    match &entry.data {
        LedgerEntryData::Account(account) => account.balance.into(),
        LedgerEntryData::ContractData(data) if is_balance(&data.key) => {
            let native = ScAddress::Contract(asset_contract_id(network, Asset::Native));
            match &data.val {
                ScVal::Map(Some(map)) if data.contract == native => {
                    let amount = |entry: &&ScMapEntry| is_symbol(&entry.key, b"amount");
                    let amount = map.iter().find(amount);
                    amount.and_then(|entry| i128_of(&entry.val)).unwrap_or(0)
                }
                _ => 0,
            }
        }
        _ => 0,
    }
}

fn is_balance(key: &ScVal) -> bool {
    match key {
        ScVal::Vec(Some(key)) => key.first().is_some_and(|name| is_symbol(name, b"Balance")),
        _ => false,
    }
}

fn is_symbol(value: &ScVal, name: &[u8]) -> bool {
    matches!(value, ScVal::Symbol(ScSymbol(symbol)) if symbol.as_slice() == name)
}
