//! The ledger that actors act on: one interface for the simulated chain and for the core engine, so
//! that who acts, when and why is written once.

use crate::outcome::{Twin, Way};
use ballast_chain::CallError;
use ballast_core::{auction::Auction, health::Leg, window::Window};

/// Index of the collateral (XLM, or what stands in for it) among the pool's reserves and in every
/// position here.
pub const XLM: usize = 0;
/// The same of USDC.
pub const USDC: usize = 1;

/// Who trades on the AMM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trader {
    Arbitrageur,
    Keeper,
}

/// What a twin has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holdings {
    /// Collateral in b-tokens of XLM.
    pub b_tokens: i128,
    /// Debt in d-tokens of USDC.
    pub d_tokens: i128,
    /// The open auction.
    pub auction: Option<Auction>,
    /// Idle XLM and USDC of the vault, smallest unit.
    pub idle: [i128; 2],
}

/// A step that the vault accepts now, as the lens quotes it. Smallest units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// XLM sold.
    pub sell: i128,
    /// USDC repaid.
    pub repay: i128,
    /// Most that the keeper may be paid out of proceeds above `repay`.
    pub largest_reward: i128,
}

/// What an executed step did, as the vault reports it. Smallest units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// XLM sold.
    pub sold: i128,
    /// Debt repaid out of the sale.
    pub repaid: i128,
    /// What the sale brought.
    pub proceeds: i128,
    /// What of it the keeper was paid.
    pub reward: i128,
    /// Risk ratio before, 7 decimals.
    pub risk_before_e7: i128,
    /// Risk ratio after, 7 decimals.
    pub risk_after_e7: i128,
}

/// A ledger with the twins, their pool, its oracle, an AMM and the vault's contracts on it.
///
/// A call that a contract refuses fails with [`CallError::Contract`] and the contract's code, and
/// changes nothing.
pub trait Ledger {
    /// Number of the ledger.
    fn sequence(&self) -> u32;

    /// Moves to a time of the episode, unix seconds.
    fn advance_to(&mut self, now: u64);

    /// Publishes a round of the oracle, of now.
    fn publish(&mut self, price: i128);

    /// Reserves with interest accrued until now: everything about a leg but the price of XLM and
    /// balances.
    fn legs(&self) -> [Leg; 2];

    /// The same as they will be at `time` if nobody acts until then; `None` from a ledger that
    /// cannot tell, which is then never skipped.
    fn legs_at(&self, time: u64) -> Option<[Leg; 2]>;

    /// A twin's position, auction and idle assets.
    fn holdings(&self, twin: Twin) -> Holdings;

    /// The vault's window of sales, as stored.
    fn window(&self) -> Window;

    /// What the AMM holds.
    fn amm(&self) -> [i128; 2];

    /// Swaps an amount of a token for the other one on the AMM. What the trader got.
    fn swap(&mut self, trader: Trader, token: usize, amount: i128) -> Result<i128, CallError>;

    /// Opens a liquidation auction of this share of a twin's position.
    fn open_auction(&mut self, twin: Twin, percent: u32) -> Result<(), CallError>;

    /// The liquidator fills a twin's whole auction, repays up to `repay` of the debt that it took
    /// over and withdraws the collateral that it got.
    fn fill_auction(&mut self, twin: Twin, repay: i128) -> Result<(), CallError>;

    /// Deletes a twin's stale auction.
    fn delete_auction(&mut self, twin: Twin) -> Result<(), CallError>;

    /// The lens's quote for a step.
    fn quote(&self, way: Way) -> Result<Quote, CallError>;

    /// The keeper executes a step of the vault.
    fn step(&mut self, way: Way, sell: i128, repay: i128) -> Result<Done, CallError>;
}
