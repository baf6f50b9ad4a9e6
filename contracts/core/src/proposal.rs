//! A proposed step, and what the pool will make of it.

use crate::fixed::{add, mul_div_ceil, ONE_E12};
use crate::health::Position;
use crate::Refusal;

/// How the collateral is turned into repayment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The other side hands over the debt asset and takes the collateral, in one pool call.
    Fill,
    /// Withdraw, swap, repay: can only free slack.
    Plain,
    /// Flash loan of the collateral asset, swap, repay.
    Flash,
}

/// A proposed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// How.
    pub path: Path,
    /// Index of the leg whose collateral is sold.
    pub collateral: usize,
    /// Index of the leg whose debt is repaid.
    pub debt: usize,
    /// Collateral sold, in its smallest unit.
    pub sell: i128,
    /// Debt repaid: the caller's bid. An excess over the whole debt does not count.
    pub repay: i128,
}

impl Proposal {
    /// Whether the step sets an asset off against itself: no price, no venue, no discount.
    pub fn is_netting(&self) -> bool {
        self.collateral == self.debt
    }
}

/// What must be returned beyond a flash loan so that no liability is left: minting d-tokens rounds
/// up, burning rounds down, so one d-token's worth and one unit more. `d_rate_e12` is the rate of
/// the asset lent.
pub fn flash_dust(d_rate_e12: i128) -> Result<i128, Refusal> {
    add(mul_div_ceil(d_rate_e12, 1, ONE_E12)?, 1)
}

/// What the pool will make of a proposal.
pub struct Projected {
    /// The position afterwards.
    pub after: Position,
    /// Debt that the pool keeps.
    pub repaid: i128,
}

/// Applies a proposal to a position as the pool will.
///
/// # Errors
/// * [`Refusal::InvalidAmount`], [`Refusal::NoCollateral`], [`Refusal::NoDebt`],
///   [`Refusal::ExceedsCollateral`] (the flash path needs [`flash_dust`] besides what it sells).
pub fn project(position: &Position, proposal: &Proposal) -> Result<Projected, Refusal> {
    if proposal.sell <= 0 || proposal.repay <= 0 {
        return Err(Refusal::InvalidAmount);
    }
    let mut after = position.clone();
    let collateral = after
        .legs
        .get_mut(proposal.collateral)
        .filter(|leg| leg.b_tokens > 0)
        .ok_or(Refusal::NoCollateral)?;
    if proposal.path == Path::Flash && !proposal.is_netting() {
        // The batch withdraws what it returned to the loan; the pool refunds all but the sale.
        let dust = flash_dust(collateral.d_rate_e12)?;
        { *collateral }.withdraw(proposal.sell.saturating_add(dust))?;
    }
    collateral.withdraw(proposal.sell)?;
    let debt = after
        .legs
        .get_mut(proposal.debt)
        .filter(|leg| leg.d_tokens > 0)
        .ok_or(Refusal::NoDebt)?;
    let repaid = debt.repay(proposal.repay)?;
    Ok(Projected { after, repaid })
}
