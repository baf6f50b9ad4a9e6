//! What an attacker gains from a vault when a price feed lies.
//!
//! The attacker may be keeper, adapter, liquidator and trader at once, runs several calls in one
//! transaction, waits, and has capital without end. It neither controls the feed beyond the
//! scenario nor signs for the owner. A strategy is a vector of numbers ([`strategy`]); the search
//! ([`search`]) tries random ones, then changes the best. Every gain is executed on the contracts'
//! wasm, under enforced authorisation and the main network's limits.
//!
//! Gains and losses are US dollars at the market's true price, which the feed does not tell.

pub mod act;
pub mod book;
pub mod calls;
pub mod honest;
pub mod measure;
pub mod report;
pub mod rival;
pub mod scenario;
pub mod search;
pub mod stage;
pub mod strategy;
pub mod world;
