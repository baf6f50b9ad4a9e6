//! Deploys vaults and enumerates them; [`ballast_interfaces::factory::Factory`] is its interface.
//!
//! There is no function that replaces the factory's code, changes a listed version or reaches into
//! a vault.
#![no_std]

mod contract;
mod create;
mod event;
mod storage;

pub use contract::{VaultFactory, VaultFactoryClient};
pub use event::{AdminChanged, AdminProposed, CreationPauseChanged, VaultCreated, VersionListed};
