//! Replays of price paths: what a vault makes of them, beside an identical borrower without one.
//!
//! Everything happens on a simulated chain with the real contracts (Blend, Comet, Ballast) under
//! enforced authorisation; only prices and the wish to act come from here.
//!
//! | module | what it holds |
//! |---|---|
//! | [`bars`] | price bars: built in, or read from a file |
//! | [`time`] | times as people write them |
//! | [`path`] | the price between the corners of a bar |
//! | [`policy`] | the owner's policy as a file |
//! | [`replay`] | the replay itself: ledgers, oracle rounds, who acts when |
//! | [`settings`] | what a replay is run with |
//! | [`outcome`] | what a replay reports, with the definition of every figure |
//! | [`grid`] | many replays in parallel |
//! | [`picture`] | a replay drawn |

mod actors;
pub mod bars;
mod crash;
pub mod grid;
pub mod outcome;
pub mod path;
pub mod picture;
pub mod policy;
pub mod replay;
pub mod settings;
pub mod time;
mod world;
