//! Typed events for every state change. Topics filter (event name, then who); data carries what
//! was planned and what happened. Amounts are in the token's smallest unit, ratios have 7 decimals.

use ballast_interfaces::blend::Request;
use ballast_interfaces::docs_off_chain;
use ballast_interfaces::vault::{Path, VaultPolicy};
use soroban_sdk::{contractevent, Address, BytesN, Vec};

/// Collateral was supplied.
#[docs_off_chain]
#[contractevent]
pub struct Deposited {
    #[topic]
    pub owner: Address,
    pub asset: Address,
    pub amount: i128,
}

/// Collateral was withdrawn.
#[docs_off_chain]
#[contractevent]
pub struct Withdrawn {
    #[topic]
    pub owner: Address,
    pub asset: Address,
    /// As asked; the pool clamps it to the balance.
    pub amount: i128,
    pub to: Address,
}

/// Debt was taken.
#[docs_off_chain]
#[contractevent]
pub struct Borrowed {
    #[topic]
    pub owner: Address,
    pub asset: Address,
    pub amount: i128,
    pub to: Address,
}

/// Debt was repaid by `from`.
#[docs_off_chain]
#[contractevent]
pub struct Repaid {
    #[topic]
    pub from: Address,
    pub asset: Address,
    /// As sent; the pool refunds what exceeds the debt.
    pub amount: i128,
}

/// The reserve grew.
#[docs_off_chain]
#[contractevent]
pub struct ReserveFunded {
    #[topic]
    pub from: Address,
    pub asset: Address,
    pub amount: i128,
}

/// The owner took idle assets: `withdraw_reserve`, `sweep` or the end of `close`.
#[docs_off_chain]
#[contractevent]
pub struct ReserveWithdrawn {
    #[topic]
    pub owner: Address,
    pub asset: Address,
    pub amount: i128,
    pub to: Address,
}

/// The reserve repaid debt before a sale.
#[docs_off_chain]
#[contractevent]
pub struct ReserveSpent {
    #[topic]
    pub caller: Address,
    pub debt: Address,
    pub amount: i128,
    pub risk_before_e7: i128,
    pub risk_after_e7: i128,
    /// Whether this left an open auction.
    pub rescue: bool,
}

/// A step was executed.
#[docs_off_chain]
#[contractevent]
pub struct StepExecuted {
    #[topic]
    pub caller: Address,
    #[topic]
    pub collateral: Address,
    #[topic]
    pub debt: Address,
    /// `None` for a fill.
    pub path: Option<Path>,
    /// Whether this left an open auction.
    pub rescue: bool,
    pub sold: i128,
    /// Planned: the caller's bid.
    pub bid: i128,
    /// Least that the vault would have accepted.
    pub floor: i128,
    /// Discount that the floor granted.
    pub discount_e7: i128,
    /// Happened: what arrived.
    pub proceeds: i128,
    pub repaid: i128,
    pub reward: i128,
    /// The pool oracle's prices of collateral and debt.
    pub collateral_price: i128,
    pub debt_price: i128,
    pub risk_before_e7: i128,
    pub risk_after_e7: i128,
}

/// The policy was replaced.
#[docs_off_chain]
#[contractevent]
pub struct PolicySet {
    #[topic]
    pub owner: Address,
    pub policy: VaultPolicy,
}

/// Automation was switched.
#[docs_off_chain]
#[contractevent]
pub struct AutomationSet {
    #[topic]
    pub owner: Address,
    pub enabled: bool,
}

/// Pool emissions were claimed.
#[docs_off_chain]
#[contractevent]
pub struct Claimed {
    #[topic]
    pub owner: Address,
    pub reserve_token_ids: Vec<u32>,
    pub amount: i128,
    pub to: Address,
}

/// Everything was unwound.
#[docs_off_chain]
#[contractevent]
pub struct Closed {
    #[topic]
    pub owner: Address,
    pub to: Address,
}

/// The owner made a batch of requests at the pool.
#[docs_off_chain]
#[contractevent]
pub struct Submitted {
    #[topic]
    pub owner: Address,
    pub requests: Vec<Request>,
}

/// The code was replaced.
#[docs_off_chain]
#[contractevent]
pub struct Upgraded {
    #[topic]
    pub owner: Address,
    pub wasm_hash: BytesN<32>,
    pub receiver: Address,
}

/// An auction was deleted without a sale.
#[docs_off_chain]
#[contractevent]
pub struct AuctionCleared {
    pub start_ledger: u32,
}

/// Ownership was offered.
#[docs_off_chain]
#[contractevent]
pub struct OwnerProposed {
    #[topic]
    pub owner: Address,
    pub proposed: Address,
}

/// Ownership moved.
#[docs_off_chain]
#[contractevent]
pub struct OwnerChanged {
    #[topic]
    pub previous: Address,
    #[topic]
    pub owner: Address,
}
