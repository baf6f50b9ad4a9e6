//! A Stellar network in one process.

mod directory;
pub mod faults;
pub mod persist;
pub mod prices;
pub mod scenario;

pub use directory::{Directory, DirectoryAccount, DirectoryAsset, DirectoryComet, DirectoryOracle};
