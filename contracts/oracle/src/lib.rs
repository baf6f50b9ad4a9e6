//! A SEP-40 price oracle that does what a script says: rounds with history, assets that miss a
//! round, staleness, forced prices of any sign, absence, and an oracle that traps.
//!
//! It follows Reflector where vault and pool can tell the difference: `lastprice` is `None` once the
//! last round is two resolutions old or the asset missed it, and `prices` serves at most 20 rounds,
//! newest first, leaving out those that the asset missed. It is meant for tests and sandboxes: its
//! admin sets any price.
#![no_std]

mod contract;
mod error;
mod interface;
mod storage;

pub use contract::{Oracle, OracleClient};
pub use error::OracleError;
pub use interface::{OracleScript, Override, PriceFeed};
pub use sep_40_oracle::{Asset, PriceData};
