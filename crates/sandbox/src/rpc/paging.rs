//! Pages of ledgers and transactions.

use super::{view::Range, RpcError};
use serde::Deserialize;

/// Where a page begins and how long it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Paging {
    pub cursor: String,
    pub limit: u64,
}

/// Longest page.
pub(crate) const MOST: u64 = 200;
/// Length of a page unless told.
const USUAL: u64 = 50;

impl Paging {
    /// Length of the page.
    pub fn length(paging: Option<&Self>) -> usize {
        match paging.map_or(0, |paging| paging.limit) {
            0 => USUAL as usize,
            limit => limit.min(MOST) as usize,
        }
    }

    /// The cursor, if there is one.
    pub fn cursor(paging: Option<&Self>) -> Option<&str> {
        paging
            .map(|paging| paging.cursor.as_str())
            .filter(|cursor| !cursor.is_empty())
    }

    /// Either a cursor or a first ledger that is kept, and a length within the limit.
    pub fn check(
        paging: Option<&Self>,
        start_ledger: u32,
        range: &Range,
        texts: Texts,
    ) -> Result<(), RpcError> {
        let refuse = |text| Err(RpcError::invalid_request(text));
        match Self::cursor(paging) {
            Some(cursor) if start_ledger != 0 => {
                return refuse((texts.both)(start_ledger, cursor));
            }
            None if !range.has(start_ledger) => {
                return refuse((texts.outside)(start_ledger, range));
            }
            _ => {}
        }
        if paging.is_some_and(|paging| paging.limit > MOST) {
            return refuse(format!("limit must not exceed {MOST}"));
        }
        Ok(())
    }
}

/// The same refusals have other words in other methods.
pub(crate) struct Texts {
    pub both: fn(u32, &str) -> String,
    pub outside: fn(u32, &Range) -> String,
}
