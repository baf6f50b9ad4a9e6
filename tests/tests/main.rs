//! Tests of the whole system on wasm: real Blend and Comet, real signatures, mainnet's limits.
//!
//! One binary, one module per action. Tests are named `<function>_<succeeds|fails>_<when>`.

#[path = "support/attack.rs"]
mod attack;
mod support;

// The owner's and anybody's calls.
mod automation;
mod borrow;
mod claim;
mod clear_stale_auction;
mod close;
mod deposit;
mod extend_ttl;
mod fill;
mod netting;
mod owner_rescue;
mod owner_submit;
mod ownership;
mod policy;
mod rebalance;
mod repay;
mod reserve;
mod upgrade;
mod views;
mod volatility;
mod withdraw;

// The system around the vault.
mod adapter_comet;
mod factory;
mod goldens;
mod receiver;

// What must hold whatever happens.
mod health_against_pool;
mod keeper_plans;
mod limits;
mod matrix;
mod quotes;
mod rescue;
mod rules_of_the_road;
mod signatures;
mod theft;
