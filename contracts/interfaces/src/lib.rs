//! Foreign contract ABIs and the types and traits that Ballast's contracts share.
//!
//! | module | what it holds |
//! |---|---|
//! | [`vault`] | the vault's trait, with every entry point documented, and its types |
//! | [`lens`] | the views' trait: position, health, quotes |
//! | [`factory`] | the factory's trait |
//! | [`versions`] | the part of it that a vault calls |
//! | [`receiver`] | the flash-loan receiver's trait |
//! | [`adapter`] | the trait behind which every swap venue stands |
//! | [`comet`] | the part of Comet's ABI that Ballast calls |
//! | [`error`] | error codes of vault, factory, receiver and adapters, append-only |
//! | [`blend`] | the part of Blend's pool that the vault calls |
//! | [`pool`] | Blend's pool complete, from its published wasm (`blend-contract-sdk`) |
//! | [`oracle`] | SEP-40 price feeds (`sep-40-oracle`) |
#![no_std]

pub mod adapter;
pub mod blend;
pub mod comet;
pub mod error;
#[cfg(feature = "factory")]
pub mod factory;
#[cfg(feature = "lens")]
pub mod lens;
pub mod receiver;
#[cfg(feature = "vault")]
pub mod vault;
pub mod versions;

pub use ballast_interfaces_macros::docs_off_chain;
pub use blend_contract_sdk::pool;
pub use sep_40_oracle as oracle;

/// Blend's request types (`RequestType` in `pool/src/pool/actions.rs` of v2.0.0).
pub mod request {
    /// Lends without making it collateral.
    pub const SUPPLY: u32 = 0;
    /// Adds collateral.
    pub const SUPPLY_COLLATERAL: u32 = 2;
    /// Takes collateral; an amount above the balance is clamped.
    pub const WITHDRAW_COLLATERAL: u32 = 3;
    /// Adds debt.
    pub const BORROW: u32 = 4;
    /// Removes debt; an excess is refunded.
    pub const REPAY: u32 = 5;
    /// Takes interest that the backstop is owed, for a donation to it.
    pub const FILL_INTEREST_AUCTION: u32 = 8;
    /// Deletes the caller's own liquidation auction; the batch must end healthy.
    pub const DELETE_LIQUIDATION_AUCTION: u32 = 9;
}

/// Blend's type number of a user-liquidation auction.
pub const USER_LIQUIDATION: u32 = 0;
