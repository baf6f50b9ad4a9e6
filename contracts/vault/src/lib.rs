//! The vault: one borrower's position on one Blend pool, unwound in verified steps.
//!
//! Read in this order: `contract` (entry points), `step` (what anybody may do), `owner` (what only
//! the owner may do), `kit` (the owner's batches and upgrades), `pool` (every call that changes something at Blend), `assets`, `storage`,
//! `events`. What a step is judged by is read by the crate `ballast-snapshot`.
#![no_std]

mod assets;
mod contract;
mod events;
mod kit;
mod owner;
mod pool;
mod step;
mod storage;

pub use contract::VaultContract;
