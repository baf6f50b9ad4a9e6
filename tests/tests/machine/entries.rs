//! What the ledger says, read from its entries: no contract is asked, and none can lie.

use ballast_chain::Chain;
use soroban_sdk::xdr::{
    ContractDataDurability, LedgerEntryData, LedgerKey, LedgerKeyContractData, ScAddress,
    ScContractInstance, ScMap, ScMapEntry, ScSymbol, ScVal, ScVec,
};
use soroban_sdk::Address;

/// Reserves of the pool: XLM, USDC, EURC.
pub const RESERVES: usize = 3;

/// A contract's entry on the ledger.
pub fn contract_key(
    contract: &Address,
    key: ScVal,
    durability: ContractDataDurability,
) -> LedgerKey {
    LedgerKey::ContractData(LedgerKeyContractData {
        contract: contract.into(),
        key,
        durability,
    })
}

/// A symbol.
pub fn symbol(name: &str) -> ScVal {
    ScVal::Symbol(ScSymbol(name.try_into().expect("a short name")))
}

/// The key of an enum's variant with a field, as contracts store it.
pub fn variant(name: &str, field: ScVal) -> ScVal {
    let items = vec![symbol(name), field];
    ScVal::Vec(Some(ScVec(items.try_into().expect("two items"))))
}

/// An address as a value.
pub fn address(address: &Address) -> ScVal {
    ScVal::Address(ScAddress::from(address))
}

/// The field of a struct.
pub fn field<'a>(value: &'a ScVal, name: &str) -> Option<&'a ScVal> {
    let ScVal::Map(Some(map)) = value else {
        return None;
    };
    let named = |entry: &&ScMapEntry| match &entry.key {
        ScVal::Symbol(key) => key.0.as_slice() == name.as_bytes(),
        _ => false,
    };
    map.iter().find(named).map(|entry| &entry.val)
}

/// The value under a key of an instance's storage that is an enum's variant without a field.
pub fn stored<'a>(instance: &'a ScContractInstance, name: &str) -> Option<&'a ScVal> {
    let map: &ScMap = instance.storage.as_ref()?;
    let named = |entry: &&ScMapEntry| match &entry.key {
        ScVal::Symbol(key) => key.0.as_slice() == name.as_bytes(),
        ScVal::Vec(Some(items)) => match items.first() {
            Some(ScVal::Symbol(key)) => key.0.as_slice() == name.as_bytes(),
            _ => false,
        },
        _ => false,
    };
    map.iter().find(named).map(|entry| &entry.val)
}

/// A number, whatever its width.
///
/// # Panics
/// If it is none.
pub fn number(value: &ScVal) -> i128 {
    match value {
        ScVal::I128(parts) => parts.into(),
        ScVal::U32(number) => (*number).into(),
        ScVal::U64(number) => (*number).into(),
        ScVal::Bool(flag) => (*flag).into(),
        other => panic!("not a number: {other:?}"),
    }
}

/// A struct's field as a number.
///
/// # Panics
/// If there is none.
pub fn number_of(value: &ScVal, name: &str) -> i128 {
    number(field(value, name).unwrap_or_else(|| panic!("no field {name}")))
}

/// Amounts of a map from reserve index.
pub fn by_index(map: &ScVal) -> [i128; RESERVES] {
    let mut amounts = [0; RESERVES];
    if let ScVal::Map(Some(map)) = map {
        for entry in map.iter() {
            amounts[number(&entry.key) as usize] = number(&entry.val);
        }
    }
    amounts
}

/// Amounts of a map from the reserve's address.
pub fn by_asset(map: &ScVal, assets: &[ScVal; RESERVES]) -> [i128; RESERVES] {
    let mut amounts = [0; RESERVES];
    if let ScVal::Map(Some(map)) = map {
        for entry in map.iter() {
            let index = assets.iter().position(|asset| *asset == entry.key);
            amounts[index.expect("auctions hold reserves")] = number(&entry.val);
        }
    }
    amounts
}

/// The value of a contract's entry.
pub fn read(chain: &Chain, key: &LedgerKey) -> Option<ScVal> {
    match chain.entry(key) {
        Some(LedgerEntryData::ContractData(data)) => Some(data.val),
        _ => None,
    }
}

/// A contract's instance: its code and what it stores there.
pub fn instance(chain: &Chain, key: &LedgerKey) -> ScContractInstance {
    match read(chain, key) {
        Some(ScVal::ContractInstance(instance)) => instance,
        other => panic!("not an instance: {other:?}"),
    }
}

/// The key of a contract's instance.
pub fn instance_key(contract: &Address) -> LedgerKey {
    contract_key(
        contract,
        ScVal::LedgerKeyContractInstance,
        ContractDataDurability::Persistent,
    )
}

/// A struct; fields in the order of their names.
pub fn map<const N: usize>(fields: [(&str, ScVal); N]) -> ScVal {
    let fields = fields.map(|(name, val)| ScMapEntry {
        key: symbol(name),
        val,
    });
    ScVal::Map(Some(ScMap(fields.to_vec().try_into().expect("few fields"))))
}
