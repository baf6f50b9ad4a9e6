//! The arithmetic of Ballast, without `Env` and without `std`: contract, keeper and simulator
//! compute the same numbers to the last digit because they all call this crate.
//!
//! | module | what it holds |
//! |---|---|
//! | [`fixed`] | products and quotients with the rounding in the name, 256 bits wide inside |
//! | [`health`] | a Blend position, its health as the pool computes it, and what a step does to it |
//! | [`price`] | the exchange ratio of two assets and the floor over several price sources |
//! | [`policy`] | the owner's policy, its validation, its ramps and its presets |
//! | [`interest`] | rates of a Blend reserve, accrued to now as the pool does it |
//! | [`auction`] | what a fill of a Blend liquidation auction gives and costs at a given age |
//! | [`proposal`] | a proposed step, and what the pool will make of it |
//! | [`situation`] | what a proposal is checked against, and the floor that follows |
//! | [`check`] | [`check::check_step`]: what the vault enforces on a proposed step |
//! | [`plan`] | [`plan::plan_step`]: a step that passes the check, for quotes, keepers and simulators |
//! | [`quote`] | [`quote::quote`]: the cheapest step at a ledger state, or the refusal that the call would give |
//! | [`reserve`] | how much of the reserve is spent before a sale |
//! | [`volatility`] | how far thresholds are lowered while the risk ratio moves much from round to round |
//! | [`window`] | the budget of sales per window of ledgers |
//! | [`refusal`] | one typed reason for each way not to act |
//!
//! Scales: `_e7` is a share of one with 7 decimals (`1_0000000` = 100%), `_e12` a rate with 12.
//! Token amounts are in the asset's own smallest unit. *Base* values are in the pool oracle's base
//! asset with the oracle's decimals. All amounts are non-negative `i128`.
#![no_std]

pub mod auction;
pub mod check;
pub mod fixed;
pub mod health;
pub mod interest;
pub mod plan;
pub mod policy;
pub mod price;
pub mod proposal;
pub mod quote;
pub mod refusal;
pub mod reserve;
pub mod situation;
mod sizing;
pub mod volatility;
pub mod window;

pub use refusal::Refusal;
