//! What only the owner may do; and repayment and the clearing of an auction that is not deserved,
//! which anybody may do for the owner.

use ballast_core::auction::STALE_LEDGERS;
use ballast_core::fixed::{mul_div_ceil, ONE_E12};
use ballast_core::policy::POOL_MAX_PRICE_AGE_SECONDS;
use ballast_interfaces::blend::PoolClient;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::{AssetEntry, Step, StepReport, VaultPolicy};
use ballast_interfaces::{request, USER_LIQUIDATION};
use ballast_snapshot::{open_auction, shares, Snapshot};
use soroban_sdk::token::TokenClient;
use soroban_sdk::{Address, Env, Vec};

use crate::assets::{accept_factors, remember_asset};
use crate::events::{
    AuctionCleared, AutomationSet, Borrowed, Claimed, Closed, Deposited, PolicySet, Repaid,
    ReserveFunded, ReserveWithdrawn, Withdrawn,
};
use crate::pool::{leaving_auction, settle, Batch};
use crate::step::{execute, Order, Terms};
use crate::storage;

pub fn require_positive(amount: i128) -> Result<(), VaultError> {
    if amount > 0 {
        Ok(())
    } else {
        Err(VaultError::InvalidAmount)
    }
}

/// The snapshot at prices that the pool still takes: an owner's call is not held up by a round that
/// is too old to sell by.
fn load(env: &Env) -> Result<Snapshot, VaultError> {
    let vault = env.current_contract_address();
    let (links, assets) = (storage::links(env), storage::assets(env));
    Snapshot::load(env, &vault, &links, &assets, POOL_MAX_PRICE_AGE_SECONDS)
}

/// Refuses an owner's call that leaves the vault at or above soft while keepers may act. Without
/// debt there is nothing to trigger, and no price is needed.
pub fn require_calm(env: &Env) -> Result<(), VaultError> {
    if !storage::automation(env) {
        return Ok(());
    }
    let links = storage::links(env);
    let vault = env.current_contract_address();
    let positions = PoolClient::new(env, &links.pool).get_positions(&vault);
    if positions.liabilities.is_empty() {
        return Ok(());
    }
    let mut snapshot = load(env)?;
    let risk_e7 = snapshot.position.totals()?.risk_ratio_e7_ceil();
    let rules = snapshot.policy_in_force(env, &links, &storage::policy(env));
    if risk_e7 >= i128::from(rules.soft_e7) {
        return Err(VaultError::WouldTriggerNow);
    }
    Ok(())
}

/// Blend fails without a code of its own where its oracle has no price; the owner should be told.
pub fn told(env: &Env, error: VaultError) -> VaultError {
    match error {
        VaultError::PoolRefused => load(env).err().unwrap_or(error),
        _ => error,
    }
}

/// Blend fails without a code of its own where its oracle has no price, where the asset is no
/// reserve, and where there is nothing to take or to repay; the owner should be told which.
fn explain(env: &Env, asset: &Address, request_type: u32, error: VaultError) -> VaultError {
    if error != VaultError::PoolRefused {
        return error;
    }
    let links = storage::links(env);
    let pool = PoolClient::new(env, &links.pool);
    let Ok(Ok(reserve)) = pool.try_get_reserve(asset) else {
        return VaultError::UnknownAsset;
    };
    let positions = pool.get_positions(&env.current_contract_address());
    match (request_type, shares(&positions, reserve.index)) {
        (request::WITHDRAW_COLLATERAL, (0, _)) => VaultError::NoCollateral,
        (request::REPAY, (_, 0)) => VaultError::NoDebt,
        _ => told(env, error),
    }
}

pub fn deposit(
    env: &Env,
    owner: &Address,
    asset: &Address,
    amount: i128,
) -> Result<(), VaultError> {
    require_positive(amount)?;
    let links = storage::links(env);
    remember_asset(env, &links, asset)?;
    let vault = env.current_contract_address();
    TokenClient::new(env, asset).transfer(owner, &vault, &amount);
    leaving_auction(|auction_open| {
        Batch::new(env, auction_open)
            .supply_collateral(asset, amount)
            .submit_paying(&links.pool, asset, amount, &vault)
    })
    .map_err(|error| explain(env, asset, request::SUPPLY_COLLATERAL, error))?;
    Deposited {
        owner: owner.clone(),
        asset: asset.clone(),
        amount,
    }
    .publish(env);
    Ok(())
}

pub fn withdraw(
    env: &Env,
    owner: &Address,
    asset: &Address,
    amount: i128,
    to: &Address,
) -> Result<(), VaultError> {
    require_positive(amount)?;
    let links = storage::links(env);
    Batch::new(env, false)
        .withdraw_collateral(asset, amount)
        .submit(&links.pool, to)
        .map_err(|error| explain(env, asset, request::WITHDRAW_COLLATERAL, error))?;
    require_calm(env)?;
    Withdrawn {
        owner: owner.clone(),
        asset: asset.clone(),
        amount,
        to: to.clone(),
    }
    .publish(env);
    Ok(())
}

pub fn borrow(
    env: &Env,
    owner: &Address,
    asset: &Address,
    amount: i128,
    to: &Address,
) -> Result<(), VaultError> {
    require_positive(amount)?;
    let links = storage::links(env);
    remember_asset(env, &links, asset)?;
    Batch::new(env, false)
        .borrow(asset, amount)
        .submit(&links.pool, to)
        .map_err(|error| explain(env, asset, request::BORROW, error))?;
    require_calm(env)?;
    Borrowed {
        owner: owner.clone(),
        asset: asset.clone(),
        amount,
        to: to.clone(),
    }
    .publish(env);
    Ok(())
}

pub fn repay(env: &Env, from: &Address, asset: &Address, amount: i128) -> Result<(), VaultError> {
    require_positive(amount)?;
    let links = storage::links(env);
    let vault = env.current_contract_address();
    TokenClient::new(env, asset).transfer(from, &vault, &amount);
    leaving_auction(|auction_open| {
        Batch::new(env, auction_open)
            .repay(asset, amount)
            .submit_paying(&links.pool, asset, amount, from)
    })
    .map_err(|error| explain(env, asset, request::REPAY, error))?;
    Repaid {
        from: from.clone(),
        asset: asset.clone(),
        amount,
    }
    .publish(env);
    Ok(())
}

pub fn fund_reserve(
    env: &Env,
    from: &Address,
    asset: &Address,
    amount: i128,
) -> Result<(), VaultError> {
    require_positive(amount)?;
    let vault = env.current_contract_address();
    TokenClient::new(env, asset).transfer(from, &vault, &amount);
    ReserveFunded {
        from: from.clone(),
        asset: asset.clone(),
        amount,
    }
    .publish(env);
    Ok(())
}

pub fn withdraw_reserve(
    env: &Env,
    owner: &Address,
    asset: &Address,
    amount: i128,
    to: &Address,
) -> Result<(), VaultError> {
    require_positive(amount)?;
    let token = TokenClient::new(env, asset);
    let vault = env.current_contract_address();
    if token.balance(&vault) < amount {
        return Err(VaultError::InsufficientReserve);
    }
    token.transfer(&vault, to, &amount);
    ReserveWithdrawn {
        owner: owner.clone(),
        asset: asset.clone(),
        amount,
        to: to.clone(),
    }
    .publish(env);
    Ok(())
}

pub fn sweep(
    env: &Env,
    owner: &Address,
    asset: &Address,
    to: &Address,
) -> Result<i128, VaultError> {
    let balance = TokenClient::new(env, asset).balance(&env.current_contract_address());
    if balance > 0 {
        withdraw_reserve(env, owner, asset, balance, to)?;
    }
    Ok(balance)
}

pub fn set_policy(env: &Env, owner: &Address, policy: VaultPolicy) -> Result<(), VaultError> {
    let links = storage::links(env);
    policy.to_core().validate(links.resolution_seconds)?;
    storage::set_policy(env, &policy);
    accept_factors(env, &links);
    require_calm(env)?;
    PolicySet {
        owner: owner.clone(),
        policy,
    }
    .publish(env);
    Ok(())
}

pub fn set_automation(env: &Env, owner: &Address, enabled: bool) -> Result<(), VaultError> {
    storage::set_automation(env, enabled);
    require_calm(env)?;
    AutomationSet {
        owner: owner.clone(),
        enabled,
    }
    .publish(env);
    Ok(())
}

pub fn claim(
    env: &Env,
    owner: &Address,
    reserve_token_ids: Vec<u32>,
    to: &Address,
) -> Result<i128, VaultError> {
    let links = storage::links(env);
    let amount = settle(PoolClient::new(env, &links.pool).try_claim(
        &env.current_contract_address(),
        &reserve_token_ids,
        to,
    ))?;
    Claimed {
        owner: owner.clone(),
        reserve_token_ids,
        amount,
        to: to.clone(),
    }
    .publish(env);
    Ok(amount)
}

pub fn owner_rescue(env: &Env, owner: &Address, step: Step) -> Result<StepReport, VaultError> {
    execute(env, &Order::from_step(owner.clone(), step), Terms::Owner)
}

pub fn close(env: &Env, owner: &Address, legs: Vec<Step>, to: &Address) -> Result<(), VaultError> {
    let links = storage::links(env);
    let pool = PoolClient::new(env, &links.pool);
    let vault = env.current_contract_address();
    for leg in legs.iter() {
        execute(env, &Order::from_step(owner.clone(), leg), Terms::Close)?;
    }
    let assets = storage::assets(env);
    let positions = pool.get_positions(&vault);
    // What is left of a debt (interest since the legs were written) comes from the vault's balance.
    for (index, AssetEntry { asset, .. }) in assets.iter() {
        let (_, owed) = shares(&positions, index);
        if owed == 0 {
            continue;
        }
        let debt = mul_div_ceil(owed, pool.get_reserve(&asset).d_rate, ONE_E12)?;
        if TokenClient::new(env, &asset).balance(&vault) < debt {
            return Err(VaultError::DebtRemains);
        }
        leaving_auction(|auction_open| {
            Batch::new(env, auction_open)
                .repay(&asset, debt)
                .submit_paying(&links.pool, &asset, debt, &vault)
        })
        .map_err(|error| explain(env, &asset, request::REPAY, error))?;
    }
    for (index, AssetEntry { asset, .. }) in assets.iter() {
        let (held, _) = shares(&positions, index);
        if held > 0 {
            Batch::new(env, false)
                .withdraw_collateral(&asset, i128::MAX)
                .submit(&links.pool, to)?;
        }
        sweep(env, owner, &asset, to)?;
    }
    Closed {
        owner: owner.clone(),
        to: to.clone(),
    }
    .publish(env);
    Ok(())
}

pub fn clear_stale_auction(env: &Env) -> Result<(), VaultError> {
    let links = storage::links(env);
    let vault = env.current_contract_address();
    let auction = open_auction(env, &links.pool, &vault).ok_or(VaultError::NoAuction)?;
    if env.ledger().sequence() >= auction.block.saturating_add(STALE_LEDGERS) {
        settle(PoolClient::new(env, &links.pool).try_del_auction(&USER_LIQUIDATION, &vault))?;
    } else {
        Batch::new(env, true)
            .submit(&links.pool, &vault)
            .map_err(|error| told(env, error))?;
    }
    AuctionCleared {
        start_ledger: auction.block,
    }
    .publish(env);
    Ok(())
}
