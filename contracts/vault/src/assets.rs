//! The reserves that the vault has used, with the factors that its owner accepted.

use ballast_core::health::MAX_LEGS;
use ballast_interfaces::blend::{PoolClient, Positions, Reserve};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::{AssetEntry, Links};
use soroban_sdk::{Address, Env};

use crate::storage;

/// Remembers a reserve and the factors that the owner accepts with it, before the first deposit or
/// borrow of its asset.
///
/// # Errors
/// * [`VaultError::UnknownAsset`] - the pool has no such reserve.
/// * [`VaultError::TooManyAssets`] - the vault uses as many as it can.
pub fn remember_asset(env: &Env, links: &Links, asset: &Address) -> Result<(), VaultError> {
    let mut assets = storage::assets(env);
    if assets.iter().any(|(_, entry)| entry.asset == *asset) {
        return Ok(());
    }
    let Ok(Ok(reserve)) = PoolClient::new(env, &links.pool).try_get_reserve(asset) else {
        return Err(VaultError::UnknownAsset);
    };
    if assets.len() as usize >= MAX_LEGS {
        return Err(VaultError::TooManyAssets);
    }
    assets.set(reserve.index, entry(asset, &reserve));
    storage::set_assets(env, &assets);
    Ok(())
}

/// Remembers what has entered the position otherwise than by a deposit or a borrow.
///
/// # Errors
/// * [`VaultError::TooManyAssets`].
pub fn remember_positions(
    env: &Env,
    links: &Links,
    positions: &Positions,
) -> Result<(), VaultError> {
    let known = storage::assets(env);
    for shares in [&positions.collateral, &positions.liabilities] {
        for index in shares.keys() {
            if !known.contains_key(index) {
                let listed = PoolClient::new(env, &links.pool).get_reserve_list();
                remember_asset(env, links, &listed.get_unchecked(index))?;
            }
        }
    }
    Ok(())
}

/// Accepts the present factors of every reserve that the vault has used.
pub fn accept_factors(env: &Env, links: &Links) {
    let pool = PoolClient::new(env, &links.pool);
    let mut assets = storage::assets(env);
    for (index, known) in assets.iter() {
        assets.set(index, entry(&known.asset, &pool.get_reserve(&known.asset)));
    }
    storage::set_assets(env, &assets);
}

fn entry(asset: &Address, reserve: &Reserve) -> AssetEntry {
    AssetEntry {
        asset: asset.clone(),
        accepted_collateral_e7: reserve.c_factor,
        accepted_liability_e7: reserve.l_factor,
    }
}
