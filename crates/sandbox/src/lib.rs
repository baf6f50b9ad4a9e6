//! A Stellar network in one process: Stellar RPC and a friendbot over the simulated ledger, with Blend and
//! Ballast deployed.

pub mod control;
mod deep;
mod directory;
pub mod faults;
mod friendbot;
mod journal;
pub mod page;
pub mod persist;
pub mod prices;
pub mod rpc;
mod sandbox;
pub mod scenario;
mod server;

pub use ballast_ledger::{Ledger, Limits};
pub use ballast_transaction::Network;
pub use directory::{Directory, DirectoryAccount, DirectoryAsset, DirectoryComet, DirectoryOracle};
pub use journal::Journal;
pub use rpc::RpcError;
pub use sandbox::{CloseError, Closing, Options, Sandbox};
pub use server::serve;
