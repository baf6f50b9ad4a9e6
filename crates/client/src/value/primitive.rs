use super::{Address, Value, ValueError};
use ballast_transaction::{i128_of, i128_value};
use std::{collections::BTreeMap, fmt};
use stellar_xdr::curr::{
    ContractId, ScAddress, ScBytes, ScMap, ScMapEntry, ScString, ScSymbol, ScVal, ScVec,
};

macro_rules! direct {
    ($($type:ty, $variant:ident, $name:literal;)*) => {$(
        impl Value for $type {
            fn to_value(&self) -> ScVal {
                ScVal::$variant(self.clone().into())
            }

            fn from_value(value: &ScVal) -> Result<Self, ValueError> {
                match value {
                    ScVal::$variant(value) => Ok(value.clone().into()),
                    other => Err(ValueError::new($name, other)),
                }
            }
        }
    )*};
}

direct! {
    bool, Bool, "bool";
    u32, U32, "u32";
    u64, U64, "u64";
    Address, Address, "an address";
}

impl Value for i128 {
    fn to_value(&self) -> ScVal {
        i128_value(*self)
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        i128_of(value).ok_or_else(|| ValueError::new("i128", value))
    }
}

impl Value for () {
    fn to_value(&self) -> ScVal {
        ScVal::Void
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        match value {
            ScVal::Void => Ok(()),
            other => Err(ValueError::new("nothing", other)),
        }
    }
}

/// As it is.
impl Value for ScVal {
    fn to_value(&self) -> ScVal {
        self.clone()
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        Ok(value.clone())
    }
}

impl<T: Value> Value for Option<T> {
    fn to_value(&self) -> ScVal {
        self.as_ref().map_or(ScVal::Void, Value::to_value)
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        match value {
            ScVal::Void => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<T: Value> Value for Vec<T> {
    fn to_value(&self) -> ScVal {
        let items: Vec<_> = self.iter().map(Value::to_value).collect();
        // A length above u32::MAX does not fit into memory.
        ScVal::Vec(Some(ScVec(items.try_into().unwrap_or_default())))
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        let ScVal::Vec(Some(ScVec(items))) = value else {
            return Err(ValueError::new("a vector", value));
        };
        let item =
            |(index, item)| T::from_value(item).map_err(|error| error.at(&format!("[{index}]")));
        items.iter().enumerate().map(item).collect()
    }
}

impl<K: Value + Ord, V: Value> Value for BTreeMap<K, V> {
    fn to_value(&self) -> ScVal {
        let entry = |(key, val): (&K, &V)| ScMapEntry {
            key: key.to_value(),
            val: val.to_value(),
        };
        let mut entries: Vec<_> = self.iter().map(entry).collect();
        entries.sort_by(|left, right| left.key.cmp(&right.key));
        ScVal::Map(Some(ScMap(entries.try_into().unwrap_or_default())))
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        let ScVal::Map(Some(ScMap(entries))) = value else {
            return Err(ValueError::new("a map", value));
        };
        let entry = |entry: &ScMapEntry| {
            let key = K::from_value(&entry.key).map_err(|error| error.at("[key]"))?;
            let val = V::from_value(&entry.val).map_err(|error| error.at("[value]"))?;
            Ok((key, val))
        };
        entries.iter().map(entry).collect()
    }
}

/// Bytes of any length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Value for Bytes {
    fn to_value(&self) -> ScVal {
        ScVal::Bytes(ScBytes(self.0.clone().try_into().unwrap_or_default()))
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        match value {
            ScVal::Bytes(ScBytes(bytes)) => Ok(Self(bytes.to_vec())),
            other => Err(ValueError::new("bytes", other)),
        }
    }
}

impl<const N: usize> Value for [u8; N] {
    fn to_value(&self) -> ScVal {
        Bytes(self.to_vec()).to_value()
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        let Bytes(bytes) = Bytes::from_value(value)?;
        bytes
            .try_into()
            .map_err(|_| ValueError::new("bytes of another length", value))
    }
}

/// A name of at most 32 letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol(String);

/// Only for names that the program itself holds: what is longer than 32 characters is cut.
impl From<&str> for Symbol {
    fn from(name: &str) -> Self {
        Self(name.chars().take(32).collect())
    }
}

impl Symbol {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Value for Symbol {
    fn to_value(&self) -> ScVal {
        ScVal::Symbol(ScSymbol(self.0.as_str().try_into().unwrap_or_default()))
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        match value {
            ScVal::Symbol(name) => Ok(Self(name.0.to_utf8_string_lossy())),
            other => Err(ValueError::new("a symbol", other)),
        }
    }
}

impl Value for String {
    fn to_value(&self) -> ScVal {
        ScVal::String(ScString(self.as_str().try_into().unwrap_or_default()))
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        match value {
            ScVal::String(text) => Ok(text.0.to_utf8_string_lossy()),
            other => Err(ValueError::new("a string", other)),
        }
    }
}

/// A contract's address.
impl Value for ContractId {
    fn to_value(&self) -> ScVal {
        ScVal::Address(ScAddress::Contract(self.clone()))
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        match value {
            ScVal::Address(ScAddress::Contract(id)) => Ok(id.clone()),
            other => Err(ValueError::new("a contract's address", other)),
        }
    }
}
