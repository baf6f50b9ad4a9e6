//! The vault: one borrower's position on one Blend pool, unwound in verified steps.
//!
//! Read in this order: `contract` (entry points), `step` (what anybody may do), `owner` (what only
//! the owner may do), `snapshot` (what a step is judged by), `pool` (every call to Blend),
//! `prices`, `storage`, `events`, `views`.
#![no_std]

mod contract;
mod events;
mod owner;
mod pool;
mod prices;
mod snapshot;
mod step;
mod storage;
mod views;

pub use contract::VaultContract;
