//! Typed client of Ballast over any Stellar RPC.
//!
//! [`Client`] simulates, signs, sends and follows transactions; [`vault`], [`factory`], [`lens`] and
//! [`token`] say what can be called; [`value`] holds the contracts' structs, [`entry`] the keys of what they
//! store. Failures carry the contracts' own names ([`Error`]).

pub mod amount;
mod call;
mod deployment;
pub mod entry;
mod failure;
pub mod rpc;
mod transaction;
pub mod value;

pub use call::{comet, factory, lens, pool, token, vault, Call};
pub use deployment::{AssetInfo, CometInfo, Deployment, DeploymentError, NamedAccount};
pub use failure::{Code, ContractError, Error, Fault, Refusal, Role, RESULTS};
pub use transaction::{end_of, Authorization, Client, Done, Fee, Given, Keys, Options, Prepared};
