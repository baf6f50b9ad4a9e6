//! The factory.

use super::{args, Call};
use crate::{
    value::{Address, VaultPolicy, Version},
    Client, Error,
};

/// Vaults that the factory lists in one call, at most.
const PAGE: u32 = 100;

/// Deploys a vault of `owner` on `pool`, of the version with this index, and returns its address.
/// `nonce` tells several vaults of one owner on one pool apart.
pub fn create(
    factory: &Address,
    owner: &Address,
    pool: &Address,
    version: u32,
    policy: &VaultPolicy,
    nonce: u32,
) -> Call<Address> {
    let args = args![owner, pool, &version, policy, &nonce];
    Call::new(factory, "create", args)
}

/// Where `create` puts the vault.
pub fn vault_address(
    factory: &Address,
    owner: &Address,
    pool: &Address,
    nonce: u32,
) -> Call<Address> {
    Call::new(factory, "vault_address", args![owner, pool, &nonce])
}

/// Whether the factory deployed `vault`.
pub fn is_vault(factory: &Address, vault: &Address) -> Call<bool> {
    Call::new(factory, "is_vault", args![vault])
}

/// Number of vaults.
pub fn vault_count(factory: &Address) -> Call<u32> {
    Call::new(factory, "vault_count", args![])
}

/// A page of vaults, in the order of creation.
pub fn vaults(factory: &Address, start: u32, limit: u32) -> Call<Vec<Address>> {
    Call::new(factory, "vaults", args![&start, &limit])
}

/// Number of versions.
pub fn version_count(factory: &Address) -> Call<u32> {
    Call::new(factory, "version_count", args![])
}

/// A version.
pub fn version(factory: &Address, index: u32) -> Call<Version> {
    Call::new(factory, "version", args![&index])
}

/// Every vault, page by page.
///
/// # Errors
/// As [`Client::view`].
pub async fn all_vaults(client: &Client, factory: &Address) -> Result<Vec<Address>, Error> {
    let mut all = Vec::new();
    loop {
        let start = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let page = client.view(&vaults(factory, start, PAGE)).await?;
        let last = page.len() < PAGE as usize;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}
