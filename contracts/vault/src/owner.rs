//! What only the owner may do, and repayment, which anybody may do for the owner.

use ballast_core::auction::STALE_LEDGERS;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::pool::Client;
use ballast_interfaces::vault::{Step, StepReport, VaultPolicy};
use ballast_interfaces::USER_LIQUIDATION;
use ballast_snapshot::{open_auction, Snapshot};
use soroban_sdk::token::TokenClient;
use soroban_sdk::{Address, Env, Vec};

use crate::events::{
    AuctionCleared, AutomationSet, Borrowed, Claimed, Closed, Deposited, PolicySet, Repaid,
    ReserveFunded, ReserveWithdrawn, Withdrawn,
};
use crate::assets::{accept_factors, remember_asset};
use crate::pool::{settle, Batch};
use crate::step::{execute, Order, Terms};
use crate::storage;

fn require_positive(amount: i128) -> Result<(), VaultError> {
    if amount > 0 {
        Ok(())
    } else {
        Err(VaultError::InvalidAmount)
    }
}

fn load(env: &Env, policy: &VaultPolicy) -> Result<Snapshot, VaultError> {
    Snapshot::load(
        env,
        &env.current_contract_address(),
        &storage::links(env),
        policy,
        &storage::assets(env),
    )
}

/// Refuses an owner's call that leaves the vault at or above soft while keepers may act. Without
/// debt there is nothing to trigger, and no price is needed.
fn require_calm(env: &Env) -> Result<(), VaultError> {
    if !storage::automation(env) {
        return Ok(());
    }
    let links = storage::links(env);
    let vault = env.current_contract_address();
    let positions = Client::new(env, &links.pool).get_positions(&vault);
    if positions.liabilities.is_empty() {
        return Ok(());
    }
    let policy = storage::policy(env);
    let totals = load(env, &policy)?.position.totals()?;
    if totals.risk_ratio_e7_ceil() >= i128::from(policy.soft_e7) {
        return Err(VaultError::WouldTriggerNow);
    }
    Ok(())
}

pub fn deposit(env: &Env, owner: &Address, asset: &Address, amount: i128) -> Result<(), VaultError> {
    require_positive(amount)?;
    let links = storage::links(env);
    remember_asset(env, &links, asset)?;
    let vault = env.current_contract_address();
    TokenClient::new(env, asset).transfer(owner, &vault, &amount);
    let auction = open_auction(env, &links.pool, &vault);
    Batch::new(env, auction.is_some())
        .supply_collateral(asset, amount)
        .submit_paying(&links.pool, asset, amount, &vault)?;
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
        .submit(&links.pool, to)?;
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
        .submit(&links.pool, to)?;
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
    let auction = open_auction(env, &links.pool, &vault);
    Batch::new(env, auction.is_some())
        .repay(asset, amount)
        .submit_paying(&links.pool, asset, amount, from)
        .map_err(|error| explain_dead_oracle(env, error))?;
    Repaid {
        from: from.clone(),
        asset: asset.clone(),
        amount,
    }
    .publish(env);
    Ok(())
}

/// Blend traps without a code where its oracle has no price; the owner should be told.
fn explain_dead_oracle(env: &Env, error: VaultError) -> VaultError {
    if error != VaultError::PoolRefused {
        return error;
    }
    match load(env, &storage::policy(env)) {
        Err(price_error) => price_error,
        Ok(_) => error,
    }
}

pub fn fund_reserve(
    env: &Env,
    from: &Address,
    asset: &Address,
    amount: i128,
) -> Result<(), VaultError> {
    require_positive(amount)?;
    TokenClient::new(env, asset).transfer(from, &env.current_contract_address(), &amount);
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

pub fn sweep(env: &Env, owner: &Address, asset: &Address, to: &Address) -> Result<i128, VaultError> {
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
    let amount = settle(Client::new(env, &links.pool).try_claim(
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
    let pool = Client::new(env, &links.pool);
    let vault = env.current_contract_address();
    for leg in legs.iter() {
        execute(env, &Order::from_step(owner.clone(), leg), Terms::Close)?;
    }
    let assets = storage::assets(env);
    // What is left of a debt (interest since the legs were written) comes from the vault's balance.
    for (index, owed) in pool.get_positions(&vault).liabilities.iter() {
        let asset = assets
            .get(index)
            .ok_or(VaultError::UnknownAsset)?
            .asset;
        let balance = TokenClient::new(env, &asset).balance(&vault);
        let rate = pool.get_reserve(&asset).data.d_rate;
        let debt = ballast_core::fixed::mul_div_ceil(owed, rate, ballast_core::fixed::ONE_E12)?;
        if balance < debt {
            return Err(VaultError::DebtRemains);
        }
        let auction = open_auction(env, &links.pool, &vault);
        Batch::new(env, auction.is_some())
            .repay(&asset, debt)
            .submit_paying(&links.pool, &asset, debt, &vault)?;
    }
    for (index, _) in pool.get_positions(&vault).collateral.iter() {
        let asset = assets
            .get(index)
            .ok_or(VaultError::UnknownAsset)?
            .asset;
        Batch::new(env, false)
            .withdraw_collateral(&asset, i128::MAX)
            .submit(&links.pool, to)?;
    }
    for (_, entry) in assets.iter() {
        sweep(env, owner, &entry.asset, to)?;
    }
    Closed {
        owner: owner.clone(),
        to: to.clone(),
    }
    .publish(env);
    Ok(())
}

pub fn clear_stale_auction(env: &Env, owner: &Address) -> Result<(), VaultError> {
    let links = storage::links(env);
    let vault = env.current_contract_address();
    let auction = open_auction(env, &links.pool, &vault).ok_or(VaultError::NoAuction)?;
    if env.ledger().sequence() >= auction.block.saturating_add(STALE_LEDGERS) {
        settle(Client::new(env, &links.pool).try_del_auction(&USER_LIQUIDATION, &vault))?;
    } else {
        Batch::new(env, true).submit(&links.pool, &vault)?;
    }
    AuctionCleared {
        owner: owner.clone(),
        start_ledger: auction.block,
    }
    .publish(env);
    Ok(())
}
