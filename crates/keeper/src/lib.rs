//! The keeper: watches every vault of a factory, decides which step serves whom, acts in time, and tells what it
//! did and why.
//!
//! | module | what it does | I/O |
//! |---|---|---|
//! | [`model`] | what is known of a pool, its borrowers and the vaults among them | none |
//! | [`book`] | every borrower of a pool in columns: who is beyond a threshold, who is next | none |
//! | [`collect`] | reads the chain: events, entries, prices; several endpoints | RPC |
//! | [`strategy`] | from what was read to actions in order, on the contracts' own arithmetic | none |
//! | [`execute`] | simulates, signs, sends and follows; inventory and channel accounts | RPC |
//! | [`run`] | the loop over them, ledger by ledger | |
//! | [`store`] | the database: what was seen, what was decided, what was sent | disk |
//! | [`config`] | the file that sets all of it, checked whole | disk |
//! | [`tell`] | metrics, health, alerts, and a page | HTTP |
//!
//! Data flows one way, collector to strategy to executor; the database remembers what a killed keeper needs to go on.

pub mod book;
pub mod collect;
pub mod config;
pub mod execute;
pub mod model;
pub mod run;
pub mod store;
pub mod strategy;
pub mod tell;
