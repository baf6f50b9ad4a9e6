//! Columns to values and back. What does not read is an error with its column, never a default.

use super::StoreError;
use crate::model::{OpenAuction, Shares};
use ballast_client::value::{Address, Value, VaultState};
use sqlx::{sqlite::SqliteRow, Row};
use std::{collections::BTreeMap, str::FromStr};
use stellar_xdr::curr::{Limits, ReadXdr, ScVal, WriteXdr};

/// Deeper than any value that a vault stores.
const XDR_DEPTH: u32 = 100;

pub(super) fn wrong(column: &'static str, expected: &'static str, found: &str) -> StoreError {
    StoreError::Value {
        column,
        expected,
        found: found.chars().take(80).collect(),
    }
}

pub(super) fn text(row: &SqliteRow, column: &'static str) -> Result<String, StoreError> {
    Ok(row.try_get(column)?)
}

pub(super) fn optional_text(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<String>, StoreError> {
    Ok(row.try_get(column)?)
}

pub(super) fn flag(row: &SqliteRow, column: &'static str) -> Result<bool, StoreError> {
    Ok(row.try_get(column)?)
}

pub(super) fn integer(row: &SqliteRow, column: &'static str) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

/// An integer of a narrower or unsigned type.
pub(super) fn number<T: TryFrom<i64>>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<T, StoreError> {
    let value = integer(row, column)?;
    T::try_from(value).map_err(|_| wrong(column, "in range", &value.to_string()))
}

pub(super) fn optional_number<T: TryFrom<i64>>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    let value: Option<i64> = row.try_get(column)?;
    let narrow =
        |value: i64| T::try_from(value).map_err(|_| wrong(column, "in range", &value.to_string()));
    value.map(narrow).transpose()
}

/// An address or a number that stands as text.
pub(super) fn parsed<T: FromStr>(
    row: &SqliteRow,
    column: &'static str,
    expected: &'static str,
) -> Result<T, StoreError> {
    let text = text(row, column)?;
    text.parse().map_err(|_| wrong(column, expected, &text))
}

pub(super) fn optional_parsed<T: FromStr>(
    row: &SqliteRow,
    column: &'static str,
    expected: &'static str,
) -> Result<Option<T>, StoreError> {
    let parse = |text: String| text.parse().map_err(|_| wrong(column, expected, &text));
    optional_text(row, column)?.map(parse).transpose()
}

pub(super) fn address(row: &SqliteRow, column: &'static str) -> Result<Address, StoreError> {
    parsed(row, column, "an address")
}

pub(super) fn amount(row: &SqliteRow, column: &'static str) -> Result<i128, StoreError> {
    parsed(row, column, "an integer")
}

/// Times are of ledgers: they fit for as long as the chain lasts.
pub(super) fn time(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

pub(super) fn hash_text(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn hash(row: &SqliteRow, column: &'static str) -> Result<[u8; 32], StoreError> {
    let text = text(row, column)?;
    let read = || {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
        }
        Some(bytes)
    };
    read().ok_or_else(|| wrong(column, "a hash", &text))
}

pub(super) fn shares_text(shares: &[Shares]) -> String {
    let one = |shares: &Shares| format!("{}:{}:{}", shares.index, shares.b_tokens, shares.d_tokens);
    shares.iter().map(one).collect::<Vec<_>>().join(",")
}

pub(super) fn shares(row: &SqliteRow) -> Result<Vec<Shares>, StoreError> {
    const COLUMN: &str = "shares";
    let text = text(row, COLUMN)?;
    let one = |part: &str| {
        let mut fields = part.split(':');
        let shares = Shares {
            index: fields.next()?.parse().ok()?,
            b_tokens: fields.next()?.parse().ok()?,
            d_tokens: fields.next()?.parse().ok()?,
        };
        fields.next().is_none().then_some(shares)
    };
    parts(&text)
        .map(one)
        .collect::<Option<_>>()
        .ok_or_else(|| wrong(COLUMN, "reserve:b:d, ...", &text))
}

/// Amounts by asset: `asset:amount`, joined by commas.
pub(super) fn amounts_text<'a>(
    amounts: impl IntoIterator<Item = (&'a Address, &'a i128)>,
) -> String {
    let one = |(asset, amount): (&Address, &i128)| format!("{asset}:{amount}");
    amounts.into_iter().map(one).collect::<Vec<_>>().join(",")
}

pub(super) fn amounts(
    row: &SqliteRow,
    column: &'static str,
) -> Result<BTreeMap<Address, i128>, StoreError> {
    let text = text(row, column)?;
    let one = |part: &str| {
        let (asset, amount) = part.split_once(':')?;
        Some((asset.parse().ok()?, amount.parse().ok()?))
    };
    parts(&text)
        .map(one)
        .collect::<Option<_>>()
        .ok_or_else(|| wrong(column, "asset:amount, ...", &text))
}

pub(super) fn auction(row: &SqliteRow) -> Result<OpenAuction, StoreError> {
    Ok(OpenAuction {
        start_ledger: number(row, "start_ledger")?,
        lot: amounts(row, "lot")?,
        bid: amounts(row, "bid")?,
    })
}

pub(super) fn state_text(state: &VaultState) -> String {
    // Writing to memory without a limit does not fail.
    state
        .to_value()
        .to_xdr_base64(Limits::none())
        .unwrap_or_default()
}

pub(super) fn state(row: &SqliteRow) -> Result<VaultState, StoreError> {
    const COLUMN: &str = "state";
    let text = text(row, COLUMN)?;
    let limits = Limits {
        depth: XDR_DEPTH,
        len: text.len(),
    };
    ScVal::from_xdr_base64(&text, limits)
        .ok()
        .and_then(|value| VaultState::from_value(&value).ok())
        .ok_or_else(|| wrong(COLUMN, "a vault's state", &text))
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.is_empty())
}
