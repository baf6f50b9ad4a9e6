//! A vault. Amounts are in the token's smallest unit; who must authorise is said in
//! `contracts/interfaces/src/vault.rs`.

use super::{args, Call};
use crate::value::{Address, Request, Step, StepReport, VaultPolicy, VaultState};

/// Supplies collateral from the owner's balance.
pub fn deposit(vault: &Address, asset: &Address, amount: i128) -> Call<()> {
    Call::new(vault, "deposit", args![asset, &amount])
}

/// Withdraws collateral to `to`; an amount above the balance withdraws all of it.
pub fn withdraw(vault: &Address, asset: &Address, amount: i128, to: &Address) -> Call<()> {
    Call::new(vault, "withdraw", args![asset, &amount, to])
}

/// Borrows to `to`.
pub fn borrow(vault: &Address, asset: &Address, amount: i128, to: &Address) -> Call<()> {
    Call::new(vault, "borrow", args![asset, &amount, to])
}

/// Repays from `from`'s balance; what exceeds the debt is refunded.
pub fn repay(vault: &Address, from: &Address, asset: &Address, amount: i128) -> Call<()> {
    Call::new(vault, "repay", args![from, asset, &amount])
}

/// Adds to the reserve from `from`'s balance.
pub fn fund_reserve(vault: &Address, from: &Address, asset: &Address, amount: i128) -> Call<()> {
    Call::new(vault, "fund_reserve", args![from, asset, &amount])
}

/// Takes from the reserve.
pub fn withdraw_reserve(vault: &Address, asset: &Address, amount: i128, to: &Address) -> Call<()> {
    Call::new(vault, "withdraw_reserve", args![asset, &amount, to])
}

/// Replaces the policy.
pub fn set_policy(vault: &Address, policy: &VaultPolicy) -> Call<()> {
    Call::new(vault, "set_policy", args![policy])
}

/// Switches `fill` and `rebalance` on or off.
pub fn set_automation(vault: &Address, enabled: bool) -> Call<()> {
    Call::new(vault, "set_automation", args![&enabled])
}

/// Claims the pool's emissions to `to`; returns the amount of BLND.
pub fn claim(vault: &Address, reserve_token_ids: &[u32], to: &Address) -> Call<i128> {
    let args = args![&reserve_token_ids.to_vec(), to];
    Call::new(vault, "claim", args)
}

/// Unwinds everything to `to`, selling by these legs.
pub fn close(vault: &Address, legs: &[Step], to: &Address) -> Call<()> {
    Call::new(vault, "close", args![&legs.to_vec(), to])
}

/// A step at the owner's own terms.
pub fn owner_rescue(vault: &Address, step: &Step) -> Call<StepReport> {
    Call::new(vault, "owner_rescue", args![step])
}

/// Any batch of requests at the pool.
pub fn owner_submit(vault: &Address, requests: &[Request]) -> Call<()> {
    Call::new(vault, "owner_submit", args![&requests.to_vec()])
}

/// Deletes an open auction that is stale or not deserved any more.
pub fn clear_stale_auction(vault: &Address) -> Call<()> {
    Call::new(vault, "clear_stale_auction", args![])
}

/// Sends the whole idle balance of a token to `to`; returns the amount.
pub fn sweep(vault: &Address, token: &Address, to: &Address) -> Call<i128> {
    Call::new(vault, "sweep", args![token, to])
}

/// The keeper brings `repay` of the debt asset and takes `collateral_out` for it. `deadline` is in unix
/// seconds.
pub fn fill(
    vault: &Address,
    keeper: &Address,
    collateral: &Address,
    debt: &Address,
    repay: i128,
    collateral_out: i128,
    deadline: u64,
) -> Call<StepReport> {
    let args = args![keeper, collateral, debt, &repay, &collateral_out, &deadline];
    Call::new(vault, "fill", args)
}

/// Sells collateral through an adapter and repays debt. `deadline` is in unix seconds.
pub fn rebalance(
    vault: &Address,
    keeper: &Address,
    step: &Step,
    deadline: u64,
) -> Call<StepReport> {
    Call::new(vault, "rebalance", args![keeper, step, &deadline])
}

/// Extends the lifetime of the vault's instance and code.
pub fn extend_ttl(vault: &Address) -> Call<()> {
    Call::new(vault, "extend_ttl", args![])
}

/// Everything that the vault stores.
pub fn state(vault: &Address) -> Call<VaultState> {
    Call::new(vault, "state", args![])
}

/// The policy.
pub fn policy(vault: &Address) -> Call<VaultPolicy> {
    Call::new(vault, "policy", args![])
}

/// The owner.
pub fn owner(vault: &Address) -> Call<Address> {
    Call::new(vault, "owner", args![])
}

/// The pool.
pub fn pool(vault: &Address) -> Call<Address> {
    Call::new(vault, "pool", args![])
}
