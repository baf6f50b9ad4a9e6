//! What a proposal is checked against, and the floor that follows from it.

use crate::auction::RescueTerms;
use crate::fixed::{add, mul_div_ceil, mul_div_floor, ONE_E7};
use crate::health::{Position, Totals};
use crate::policy::Policy;
use crate::price::{Floor, Ratio};
use crate::Refusal;

/// Everything a proposal is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The owner's policy.
    pub policy: &'a Policy,
    /// The position as the pool has it now.
    pub position: &'a Position,
    /// Its totals.
    pub totals: &'a Totals,
    /// The ratio under which nothing is sold, for the proposal's pair: at least the pool oracle's,
    /// [`Floor::PAR`] when an asset is netted against itself.
    pub floor: Floor,
    /// Base value that the window may still sell.
    pub budget_left_value: i128,
    /// The pool's minimum collateral base for a position with debt. Only a step that clears all
    /// debt needs it for its approval; with zero, any other is left to the pool, which refuses a
    /// stub itself.
    pub min_collateral: i128,
    /// The terms of a rescue, if an auction is open.
    pub rescue: Option<RescueTerms>,
}

impl Situation<'_> {
    /// Risk ratio at which a step from `risk_e7` should land, 7 decimals: the rescue target for a
    /// rescue from above it, else the target.
    pub fn landing_target_e7(&self, risk_e7: i128) -> i128 {
        let rescue_target = i128::from(self.policy.rescue_target_e7);
        if self.rescue.is_some() && risk_e7 > rescue_target {
            rescue_target
        } else {
            i128::from(self.policy.target_e7)
        }
    }

    /// Discount that the floor grants at `risk_e7`, 7 decimals, rounded down: the depth's ramp, or
    /// the auction's clock in a rescue, and never more than the owner's equity bears. Netting an
    /// asset against itself is at par.
    pub fn discount_e7(&self, risk_e7: i128, netting: bool) -> Result<i128, Refusal> {
        if netting {
            return Ok(0);
        }
        let cap_e7 = match &self.rescue {
            Some(terms) => terms.discount_cap_e7,
            None => self.policy.discount_at_e7(self.policy.ramp_e7(risk_e7)),
        };
        let share_e7 = i128::from(self.policy.max_cost_of_equity_e7);
        let bearable = mul_div_floor(self.totals.equity(), share_e7, ONE_E7)?;
        Ok(cap_e7.min(discount_costing_e7(bearable, self.totals.debt_value)?))
    }
}

/// The discount at which repaying debt worth `debt_value` costs `cost_value`, 7 decimals, rounded
/// down: `cost / (debt + cost)`, since a sale of `debt / (1 - d)` repays `debt` and costs
/// `debt * d / (1 - d)`.
///
/// It is taken on the whole debt and not on what one step sells: else a caller would multiply the
/// owner's cost by cutting a step into pieces. A share of equity then also keeps the discount under
/// `1 - debt / collateral`, so that with one pair and some equity a sale at it always improves
/// health.
pub(crate) fn discount_costing_e7(cost_value: i128, debt_value: i128) -> Result<i128, Refusal> {
    if cost_value == 0 {
        return Ok(0);
    }
    mul_div_floor(cost_value, ONE_E7, add(debt_value, cost_value)?)
}

/// Least repayment for `sell` at `discount_e7` under `floor`, rounded up.
pub fn floor_repay_ceil(floor: &Ratio, sell: i128, discount_e7: i128) -> Result<i128, Refusal> {
    mul_div_ceil(floor.convert_ceil(sell)?, ONE_E7 - discount_e7, ONE_E7)
}
