//! Replays of price paths: what a vault makes of them, beside an identical borrower without one.
//!
//! Everything happens on a simulated chain with the real contracts (Blend, Comet, Ballast) under
//! enforced authorisation, or, a thousand times faster and with the same results, in arithmetic; only
//! prices and the wish to act come from here.
//!
//! | module | what it holds |
//! |---|---|
//! | [`bars`] | price bars: built in, or read from a file |
//! | [`time`] | times as people write them |
//! | [`path`] | the price between the corners of a bar |
//! | [`policy`] | the owner's policy as a file |
//! | [`history`] | a price history prepared for any number of episodes on parts of it |
//! | [`replay`] | the replay itself: ledgers, oracle rounds, who acts when |
//! | [`engine`] | episodes on either engine, by the thousand |
//! | [`settings`] | what a replay is run with |
//! | [`outcome`] | what a replay reports, with the definition of every figure |
//! | [`grid`] | many replays in parallel |
//! | [`picture`] | a replay drawn, and many |
//! | [`episodes`] | many episodes out of one history |
//! | [`policy_grid`] | several policies in one file |
//! | [`study`] | every episode under every setting and policy |
//! | [`check`] | the fast engine against the contracts |
//! | [`statistics`] | figures of many numbers that depend on each other |
//! | [`summary`] | what many episodes say |

mod actors;
pub mod bars;
pub mod check;
mod core;
mod crash;
pub mod engine;
pub mod episodes;
pub mod grid;
pub mod history;
mod ledger;
pub mod outcome;
pub mod path;
pub mod picture;
pub mod policy;
pub mod policy_grid;
mod pool;
pub mod replay;
mod rounds;
pub mod settings;
mod start;
pub mod statistics;
pub mod study;
pub mod summary;
pub mod time;
mod wasm;
mod world;
