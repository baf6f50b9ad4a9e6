//! How much a planned step sells.
//!
//! The sale `x` that reaches a risk ratio `t` has a closed form, `x = (B - t*A) / (eta/l - t*c)`,
//! but the pool rounds at eight places on the way, the debt may end first and the plain path has a
//! limit of its own. All of these only bind from some amount on, so the largest sale that keeps
//! them all is found by bisection on the very projection that the check makes.

use crate::check::{
    floor_repay_ceil, largest_sale_value, project, withdrawal_stands, Path, Projected, Proposal,
    Situation,
};
use crate::fixed::{mul_div_ceil, mul_div_floor, ONE_E7};
use crate::Refusal;

/// Interest that a debt may gain between a quote and its execution: a few ledgers at any rate that
/// a pool can reach, 7 decimals. A repayment that closes a debt brings as much more (the pool
/// refunds what is too much), and a plain withdrawal leaves as much slack.
const INTEREST_HEADROOM_E7: i128 = 100;

/// What limits the sale, besides the policy's cap and budget.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Lowest risk ratio to land at, 7 decimals.
    pub lands_at_e7: i128,
    /// Whether the collateral base must stay at the pool's minimum.
    pub keeps_minimum: bool,
}

/// The sale of one pair on one path at one discount.
pub(crate) struct Sizing<'a> {
    situation: &'a Situation<'a>,
    path: Path,
    collateral: usize,
    debt: usize,
    discount_e7: i128,
    /// Everything that the leg holds, rounded down.
    available: i128,
    /// Everything that the leg owes, rounded up.
    owed: i128,
    /// Largest sale whose floor the whole debt covers.
    closing_sale: i128,
}

impl<'a> Sizing<'a> {
    /// # Errors
    /// * [`Refusal::NoCollateral`], [`Refusal::NoDebt`] - the pair has nothing to sell or to repay.
    pub fn new(
        situation: &'a Situation<'a>,
        path: Path,
        (collateral, debt): (usize, usize),
        discount_e7: i128,
    ) -> Result<Sizing<'a>, Refusal> {
        let legs = &situation.position.legs;
        let available = match legs.get(collateral) {
            Some(leg) if leg.b_tokens > 0 => leg.collateral_floor()?,
            _ => return Err(Refusal::NoCollateral),
        };
        let owed = match legs.get(debt) {
            Some(leg) if leg.d_tokens > 0 => leg.debt_ceil()?,
            _ => return Err(Refusal::NoDebt),
        };
        // ceil(ceil(s * ratio) * (1 - d)) <= owed, solved for s: exact.
        let fair = mul_div_floor(owed, ONE_E7, ONE_E7 - discount_e7)?;
        Ok(Sizing {
            situation,
            path,
            collateral,
            debt,
            discount_e7,
            available,
            owed,
            closing_sale: situation.floor.invert_floor(fair)?,
        })
    }

    /// The proposal that sells `sell` and repays the floor for it; or the whole debt, with headroom
    /// for interest, if the floor comes to that.
    pub fn propose(&self, sell: i128) -> Result<Proposal, Refusal> {
        let repay = if sell < self.closing_sale {
            floor_repay_ceil(&self.situation.floor, sell, self.discount_e7)?
        } else if !self.trades() {
            self.owed
        } else {
            mul_div_ceil(self.owed, ONE_E7 + INTEREST_HEADROOM_E7, ONE_E7)?
        };
        Ok(Proposal {
            path: self.path,
            collateral: self.collateral,
            debt: self.debt,
            sell,
            repay,
        })
    }

    /// Whether the pair is two assets, and not one to be netted.
    fn trades(&self) -> bool {
        self.collateral != self.debt
    }

    /// Whether the withdrawal must stand on its own.
    pub fn needs_slack(&self) -> bool {
        self.path == Path::Plain && self.trades()
    }

    /// The sale that closes the debt, or everything if that is less.
    pub fn closing(&self) -> i128 {
        self.closing_sale.min(self.available)
    }

    /// The largest sale within the policy's size at `risk_e7`, and whether the budget is what binds.
    pub fn within_policy(&self, risk_e7: i128) -> Result<(i128, bool), Refusal> {
        let Situation {
            policy,
            totals,
            budget_left_value,
            rescue,
            ..
        } = *self.situation;
        let largest = self.closing();
        if rescue.is_some() || risk_e7 >= i128::from(policy.hard_e7) {
            return Ok((largest, false));
        }
        let leg = &self.situation.position.legs[self.collateral];
        let capped = largest.min(leg.amount_floor(largest_sale_value(policy, totals, risk_e7)?)?);
        let budgeted = capped.min(leg.amount_floor(budget_left_value.max(0))?);
        Ok((budgeted, budgeted < capped))
    }

    /// The largest sale, at most `most`, that stays within the limits. Zero if there is none.
    pub fn largest_within(&self, most: i128, limits: Limits) -> Result<i128, Refusal> {
        if self.stays_within(most, limits)? {
            return Ok(most);
        }
        let (mut within, mut beyond) = (0, most);
        while beyond - within > 1 {
            let middle = within + (beyond - within) / 2;
            if self.stays_within(middle, limits)? {
                within = middle;
            } else {
                beyond = middle;
            }
        }
        Ok(within)
    }

    fn stays_within(&self, sell: i128, limits: Limits) -> Result<bool, Refusal> {
        let after = match project(self.situation.position, &self.propose(sell)?) {
            Ok(Projected { after, .. }) => after.totals()?,
            // Too little to repay one share: not too much.
            Err(Refusal::InvalidAmount) => return Ok(true),
            Err(refusal) => return Err(refusal),
        };
        if after.risk_ratio_e7_ceil() < limits.lands_at_e7 {
            return Ok(false);
        }
        if limits.keeps_minimum && after.collateral_base < self.situation.min_collateral {
            return Ok(false);
        }
        if self.needs_slack() {
            return withdrawal_stands(self.situation, &after, INTEREST_HEADROOM_E7);
        }
        Ok(true)
    }
}
