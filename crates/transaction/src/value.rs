//! Values of contracts, by hand. Short literals only: what does not fit panics.

use stellar_xdr::curr::{Int128Parts, ScMap, ScMapEntry, ScSymbol, ScVal, ScVec};

/// A symbol (at most 32 characters).
pub fn symbol(name: &str) -> ScSymbol {
    ScSymbol(name.try_into().expect("names have at most 32 characters"))
}

/// Bytes.
pub fn bytes(slice: &[u8]) -> ScVal {
    ScVal::Bytes(slice.to_vec().try_into().expect("fits"))
}

/// A vector.
pub fn vector(items: impl Into<Vec<ScVal>>) -> ScVal {
    ScVal::Vec(Some(ScVec(items.into().try_into().expect("fits"))))
}

/// A struct: a map with symbols as keys, sorted.
pub fn map<const N: usize>(entries: [(&str, ScVal); N]) -> ScVal {
    let mut entries = entries.map(|(key, val)| ScMapEntry {
        key: ScVal::Symbol(symbol(key)),
        val,
    });
    entries.sort_by(|left, right| left.key.cmp(&right.key));
    ScVal::Map(Some(ScMap(entries.to_vec().try_into().expect("fits"))))
}

/// An i128.
pub fn i128_value(value: i128) -> ScVal {
    ScVal::I128(Int128Parts {
        hi: (value >> 64) as i64,
        lo: value as u64,
    })
}

/// The number in an i128.
pub fn i128_of(value: &ScVal) -> Option<i128> {
    match value {
        ScVal::I128(parts) => Some((i128::from(parts.hi) << 64) | i128::from(parts.lo)),
        _ => None,
    }
}
