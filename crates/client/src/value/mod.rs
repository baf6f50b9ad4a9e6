//! Contract values and the structs that they stand for, in one place.
//!
//! Written on XDR alone, without the SDK's host: a type that implements [`Value`] is what a contract's
//! specification calls it. The tests put every one through the contracts' own types and back.

mod events;
mod pool;
mod primitive;
mod types;

pub use events::{Event, VaultEvent};
pub use pool::{
    AuctionData, CometRecord, PoolConfig, Positions, ReserveConfig, ReserveData, TokenBalance,
};
pub use primitive::{Bytes, Symbol};
pub use types::{
    Asset, AssetEntry, BudgetWindow, FactorChange, Health, Links, Path, PolicyField, PositionLeg,
    PriceData, Request, Reserve, SecondOracle, SecondSource, Step, StepQuote, StepReport,
    VaultPolicy, VaultState, Version,
};

use stellar_xdr::curr::{ScAddress, ScMap, ScMapEntry, ScVal, ScVec};

/// An account or a contract.
pub type Address = ScAddress;

/// Something that a contract takes or returns.
pub trait Value: Sized {
    /// As the contract sees it.
    fn to_value(&self) -> ScVal;

    /// From what the contract returned.
    ///
    /// # Errors
    /// If it is of another type.
    fn from_value(value: &ScVal) -> Result<Self, ValueError>;
}

/// A value that is not of the type that it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}expected {expected}, found {found}", if .place.is_empty() { String::new() } else { format!("{}: ", .place) })]
pub struct ValueError {
    /// Where: `Health.risk_ratio_e7`.
    pub place: String,
    /// What it should be.
    pub expected: &'static str,
    /// What it is.
    pub found: String,
}

impl ValueError {
    pub(crate) fn new(expected: &'static str, found: &ScVal) -> Self {
        Self {
            place: String::new(),
            expected,
            found: found.name().to_owned(),
        }
    }

    /// The same, further in.
    pub(crate) fn at(mut self, place: &str) -> Self {
        let joint = match self.place.as_bytes().first() {
            None | Some(b'[' | b'.') => "",
            Some(_) => ".",
        };
        self.place = format!("{place}{joint}{}", self.place);
        self
    }
}

/// The fields of a struct.
pub(crate) struct Fields<'a>(&'a [ScMapEntry]);

impl<'a> Fields<'a> {
    pub(crate) fn of(value: &'a ScVal) -> Result<Self, ValueError> {
        match value {
            ScVal::Map(Some(ScMap(entries))) => Ok(Self(entries)),
            other => Err(ValueError::new("a struct", other)),
        }
    }

    pub(crate) fn get<T: Value>(&self, name: &str) -> Result<T, ValueError> {
        let field = self.0.iter().find(
            |entry| matches!(&entry.key, ScVal::Symbol(key) if key.0.as_slice() == name.as_bytes()),
        );
        match field {
            Some(entry) => T::from_value(&entry.val).map_err(|error| error.at(name)),
            None => Err(ValueError {
                place: name.to_owned(),
                expected: "a field",
                found: "none".into(),
            }),
        }
    }
}

/// A struct: entries in the order of their keys, as the host wants them.
pub(crate) fn record(mut entries: Vec<(&'static str, ScVal)>) -> ScVal {
    entries.sort_by_key(|(name, _)| *name);
    let entries: Vec<_> = entries
        .into_iter()
        .map(|(name, val)| ScMapEntry {
            key: Symbol::from(name).to_value(),
            val,
        })
        .collect();
    // A struct has a handful of fields.
    ScVal::Map(Some(ScMap(entries.try_into().unwrap_or_default())))
}

/// A variant of a union, with its payload if it has one.
pub(crate) fn variant(name: &'static str, payload: Option<ScVal>) -> ScVal {
    let mut items = vec![Symbol::from(name).to_value()];
    items.extend(payload);
    ScVal::Vec(Some(ScVec(items.try_into().unwrap_or_default())))
}

/// Name and payload of a variant of a union.
pub(crate) fn variant_of(value: &ScVal) -> Result<(String, Option<&ScVal>), ValueError> {
    let error = || ValueError::new("a variant", value);
    let ScVal::Vec(Some(ScVec(items))) = value else {
        return Err(error());
    };
    let (ScVal::Symbol(name), payload) = (items.first().ok_or_else(error)?, items.get(1)) else {
        return Err(error());
    };
    Ok((name.0.to_utf8_string_lossy(), payload))
}
