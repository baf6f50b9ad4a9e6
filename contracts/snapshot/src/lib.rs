//! What a step is judged by: a vault's position, its reserves, prices and open auction, read once
//! per call. Vault and lens share this code, so that a quote sees what the call will see.
#![no_std]

mod auction;
mod prices;
mod snapshot;

pub use auction::{core_auction, open_auction};
pub use snapshot::{shares, Snapshot};
