//! XDR and numbers as JSON carries them.

use serde::{de::Error, Deserialize, Deserializer};
use stellar_xdr::curr::{Limits, ReadXdr};

/// Nesting of what a server may send. The protocol's own limit for contract values is lower.
const DEPTH: u32 = 1_000;
/// Length of one value. A ledger's close is the longest, by far.
const BYTES: usize = 64 << 20;

fn decode<T: ReadXdr, E: Error>(text: &str) -> Result<T, E> {
    let limits = Limits {
        depth: DEPTH,
        len: BYTES,
    };
    T::from_xdr_base64(text, limits).map_err(|error| E::custom(format!("XDR: {error}")))
}

/// A value.
pub fn xdr<'de, D: Deserializer<'de>, T: ReadXdr>(from: D) -> Result<T, D::Error> {
    decode(&String::deserialize(from)?)
}

/// A value or none. Servers leave out what they have not, or send an empty text.
pub fn xdr_option<'de, D: Deserializer<'de>, T: ReadXdr>(from: D) -> Result<Option<T>, D::Error> {
    match Option::<String>::deserialize(from)? {
        Some(text) if !text.is_empty() => decode(&text).map(Some),
        _ => Ok(None),
    }
}

/// A list of values, also none.
pub fn xdr_list<'de, D: Deserializer<'de>, T: ReadXdr>(from: D) -> Result<Vec<T>, D::Error> {
    let texts = Option::<Vec<String>>::deserialize(from)?.unwrap_or_default();
    texts.iter().map(|text| decode(text)).collect()
}

/// A list of lists of values, also none.
pub fn xdr_lists<'de, D: Deserializer<'de>, T: ReadXdr>(from: D) -> Result<Vec<Vec<T>>, D::Error> {
    let lists = Option::<Vec<Option<Vec<String>>>>::deserialize(from)?.unwrap_or_default();
    let list = |texts: Option<Vec<String>>| {
        let texts = texts.unwrap_or_default();
        texts.iter().map(|text| decode(text)).collect()
    };
    lists.into_iter().map(list).collect()
}

/// A number, written as one or as text.
pub fn number<'de, D: Deserializer<'de>, T: TryFrom<u64>>(from: D) -> Result<T, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }
    let number = match Written::deserialize(from)? {
        Written::Number(number) => number,
        Written::Text(text) => text
            .parse()
            .map_err(|_| D::Error::custom(format!("{text:?} is not a number")))?,
    };
    T::try_from(number).map_err(|_| D::Error::custom(format!("{number} is too large")))
}

/// The same, zero where it is missing: use it with `default`.
pub fn number_or_zero<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    struct Inner(#[serde(deserialize_with = "number")] u64);
    Ok(Option::<Inner>::deserialize(from)?.map_or(0, |inner| inner.0))
}
