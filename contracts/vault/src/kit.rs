//! The owner's kit for what the other calls do not foresee: any batch at the pool, and another
//! version of the code.

use ballast_interfaces::blend::Request;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::request;
use ballast_interfaces::versions::VersionsClient;
use soroban_sdk::token::TokenClient;
use soroban_sdk::{Address, BytesN, Env, Map, Vec};

use crate::assets::remember_positions;
use crate::events::{Submitted, Upgraded};
use crate::owner::{require_calm, require_positive, told};
use crate::pool::Batch;
use crate::storage;

pub fn owner_submit(env: &Env, owner: &Address, requests: Vec<Request>) -> Result<(), VaultError> {
    let links = storage::links(env);
    let mut owed: Map<Address, i128> = Map::new(env);
    for each in requests.iter() {
        match each.request_type {
            request::FILL_INTEREST_AUCTION => return Err(VaultError::RequestUnsupported),
            request::SUPPLY | request::SUPPLY_COLLATERAL | request::REPAY => {
                require_positive(each.amount)?;
                let sum = owed.get(each.address.clone()).unwrap_or(0);
                owed.set(each.address, sum.saturating_add(each.amount));
            }
            _ => {}
        }
    }
    let allow = |nothing: bool| {
        for (asset, amount) in owed.iter() {
            TokenClient::new(env, &asset).approve(
                &env.current_contract_address(),
                &links.pool,
                &(if nothing { 0 } else { amount }),
                &env.ledger().sequence(),
            );
        }
    };
    allow(false);
    let positions = Batch::of(env, &requests)
        .submit_netting(&links.pool)
        .map_err(|error| told(env, error))?;
    // The pool takes less than it may where it nets, and where a debt is smaller than its repayment.
    allow(true);
    remember_positions(env, &links, &positions)?;
    require_calm(env)?;
    Submitted {
        owner: owner.clone(),
        requests,
    }
    .publish(env);
    Ok(())
}

pub fn upgrade(env: &Env, owner: &Address, wasm_hash: BytesN<32>) -> Result<(), VaultError> {
    let mut links = storage::links(env);
    let listed = VersionsClient::new(env, &links.factory).try_version_of(&wasm_hash);
    let Ok(Ok(version)) = listed else {
        return Err(VaultError::VersionNotListed);
    };
    links.receiver = version.receiver;
    storage::set_links(env, &links);
    env.deployer()
        .update_current_contract_wasm(wasm_hash.clone());
    Upgraded {
        owner: owner.clone(),
        wasm_hash,
        receiver: links.receiver,
    }
    .publish(env);
    Ok(())
}
