//! What the vault enforces on a proposed step.
//!
//! Callers propose, the vault verifies: whoever calls names what is sold and what is repaid, and
//! this check decides. `fill`, `rebalance` (plain and flash) and rescue all pass through it.

use crate::auction::RescueTerms;
use crate::fixed::{mul_div_ceil, mul_div_floor, sub_floor_zero, ONE_E7};
use crate::health::{Position, Totals};
use crate::policy::{Policy, LANDING_TOLERANCE_E7};
use crate::price::Ratio;
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

/// Everything a proposal is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The owner's policy.
    pub policy: &'a Policy,
    /// The position as the pool has it now.
    pub position: &'a Position,
    /// Its totals.
    pub totals: &'a Totals,
    /// The ratio under which nothing is sold, for the proposal's pair.
    pub floor: Ratio,
    /// Base value that the window may still sell.
    pub budget_left_value: i128,
    /// The pool's minimum collateral base. Only read by a step that clears all debt.
    pub min_collateral: i128,
    /// The terms of a rescue, if an auction is open.
    pub rescue: Option<RescueTerms>,
}

/// An approved step: what the vault may execute and must find afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// The position that the pool must report afterwards, or better.
    pub after: Position,
    /// Debt that the pool keeps: `repay`, or the whole debt if that is less.
    pub repaid: i128,
    /// Least repayment for what is sold, rounded up.
    pub floor_repay: i128,
    /// Most that the keeper may be paid out of proceeds above `repay`, in the debt asset.
    pub largest_reward: i128,
    /// Discount that the floor grants, 7 decimals.
    pub discount_e7: i128,
    /// Base value of what is sold, at the pool's price; counts against the budget.
    pub sold_value: i128,
    /// Risk ratio before, 7 decimals, rounded up.
    pub risk_before_e7: i128,
    /// Risk ratio after, 7 decimals, rounded up.
    pub risk_after_e7: i128,
}

/// `min(cap, max_cost_of_equity * equity / sold)`, 7 decimals, rounded down.
pub fn discount_e7(
    policy: &Policy,
    cap_e7: i128,
    equity: i128,
    sold_value: i128,
) -> Result<i128, Refusal> {
    if sold_value == 0 {
        return Ok(0);
    }
    let by_equity = mul_div_floor(equity, i128::from(policy.max_cost_of_equity_e7), sold_value)?;
    Ok(cap_e7.min(by_equity))
}

/// Least repayment for `sell` at `discount_e7` under `floor`, rounded up.
pub fn floor_repay_ceil(floor: &Ratio, sell: i128, discount_e7: i128) -> Result<i128, Refusal> {
    mul_div_ceil(floor.convert_ceil(sell)?, ONE_E7 - discount_e7, ONE_E7)
}

/// The discount cap of the situation: the depth's ramp, or the auction's clock in a rescue.
/// Netting an asset against itself is at par.
pub(crate) fn discount_cap_e7(situation: &Situation<'_>, risk_e7: i128, netting: bool) -> i128 {
    match (&situation.rescue, netting) {
        (_, true) => 0,
        (Some(terms), _) => terms.discount_cap_e7,
        (None, _) => situation
            .policy
            .discount_at_e7(situation.policy.ramp_e7(risk_e7)),
    }
}

/// What the pool will make of the proposal.
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
///   [`Refusal::ExceedsCollateral`].
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
    collateral.withdraw(proposal.sell)?;
    let debt = after
        .legs
        .get_mut(proposal.debt)
        .filter(|leg| leg.d_tokens > 0)
        .ok_or(Refusal::NoDebt)?;
    let repaid = debt.repay(proposal.repay)?;
    Ok(Projected { after, repaid })
}

/// Checks a proposal. The order is: shape, trigger, floor, effect, landing, size.
///
/// # Errors
/// Each refusal names its rule; see [`Refusal`].
pub fn check_step(situation: &Situation<'_>, proposal: &Proposal) -> Result<Approved, Refusal> {
    let Situation {
        policy,
        position,
        totals,
        ..
    } = *situation;
    if totals.liability_base == 0 {
        return Err(Refusal::NoDebt);
    }
    let Projected { after, repaid } = project(position, proposal)?;
    let after_totals = after.totals()?;

    // Trigger.
    let risk_before_e7 = totals.risk_ratio_e7_ceil();
    let risk_after_e7 = after_totals.risk_ratio_e7_ceil();
    if risk_before_e7 < i128::from(policy.soft_e7) {
        return Err(Refusal::NotAtRisk);
    }

    // Floor.
    let netting = proposal.collateral == proposal.debt;
    let leg = &position.legs[proposal.collateral];
    let sold_value = leg.value_ceil(proposal.sell)?;
    let repaid_value = position.legs[proposal.debt].value_floor(repaid)?;
    let cap_e7 = discount_cap_e7(situation, risk_before_e7, netting);
    let discount = discount_e7(policy, cap_e7, totals.equity(), sold_value)?;
    let floor_repay = floor_repay_ceil(&situation.floor, proposal.sell, discount)?;
    if repaid < floor_repay {
        return Err(Refusal::BelowFloor);
    }

    // Effect: never worse, and good enough for the pool.
    if risk_after_e7 >= risk_before_e7 {
        return Err(Refusal::DoesNotImprove);
    }
    if !after.pool_accepts(&after_totals)? {
        return Err(Refusal::UnhealthyAfter);
    }
    if proposal.path == Path::Plain && !netting {
        require_slack(position, proposal)?;
    }

    // Landing.
    let cleared = after_totals.liability_base == 0;
    if !cleared && after_totals.collateral_base < situation.min_collateral {
        return Err(Refusal::LeavesStub);
    }
    let rescue_target = i128::from(policy.rescue_target_e7);
    let least_e7 = if situation.rescue.is_some() && risk_before_e7 > rescue_target {
        rescue_target - LANDING_TOLERANCE_E7
    } else {
        i128::from(policy.target_e7) - LANDING_TOLERANCE_E7
    };
    let closes_stub = risk_after_e7 < least_e7;
    if closes_stub && !(cleared && leaves_stub(situation, &after_totals, least_e7)?) {
        return Err(Refusal::LandsBelowTarget);
    }

    // Size.
    if let Some(terms) = &situation.rescue {
        if risk_after_e7 > rescue_target {
            return Err(Refusal::LandsAboveRescueTarget);
        }
        if sub_floor_zero(sold_value, repaid_value) > terms.fill_cost_value {
            return Err(Refusal::TooDeep);
        }
    } else {
        if risk_before_e7 < i128::from(policy.hard_e7) && !closes_stub {
            let cap_e7 = policy.step_cap_e7(risk_before_e7);
            if sold_value > mul_div_ceil(totals.debt_value, cap_e7, ONE_E7)? {
                return Err(Refusal::StepTooLarge);
            }
            if sold_value > situation.budget_left_value {
                return Err(Refusal::BudgetExhausted);
            }
        }
        let smallest = mul_div_floor(totals.debt_value, i128::from(policy.step_min_e7), ONE_E7)?;
        let useful = repaid_value >= smallest
            || risk_after_e7 <= i128::from(policy.target_e7) + LANDING_TOLERANCE_E7
            || after.legs[proposal.debt].d_tokens == 0
            || after.legs[proposal.collateral].b_tokens == 0
            || (proposal.path == Path::Plain
                && !netting
                && sold_value >= plain_slack_value(totals, leg.collateral_factor_e7)? / 2);
        if !useful {
            return Err(Refusal::StepTooSmall);
        }
    }

    let fair = situation.floor.convert_ceil(proposal.sell)?;
    Ok(Approved {
        after,
        repaid,
        floor_repay,
        largest_reward: mul_div_floor(fair, discount, ONE_E7)?,
        discount_e7: discount,
        sold_value,
        risk_before_e7,
        risk_after_e7,
    })
}

/// Whether a step of the same pair and price that stops at `risk_e7` would leave a collateral base
/// under the pool's minimum. Such a step may close the debt entirely instead.
///
/// Along the proposal, `A - c*x` over the sold value `x` and `B - l*x` fall in proportion, so the
/// share `s` of the proposal that reaches the risk ratio `t` solves
/// `B - s*dB = t * (A - s*dA)`, and the collateral base there is `A - s*dA`.
fn leaves_stub(
    situation: &Situation<'_>,
    after: &Totals,
    risk_e7: i128,
) -> Result<bool, Refusal> {
    let totals = situation.totals;
    let freed = totals.collateral_base - after.collateral_base;
    let cleared = totals.liability_base - after.liability_base;
    let above = sub_floor_zero(
        totals.liability_base,
        mul_div_floor(totals.collateral_base, risk_e7, ONE_E7)?,
    );
    let slope = cleared - mul_div_floor(freed, risk_e7, ONE_E7)?;
    if slope <= 0 || above >= slope {
        return Ok(true);
    }
    let freed_at_target = mul_div_ceil(freed, above, slope)?;
    Ok(totals.collateral_base - freed_at_target < situation.min_collateral)
}

/// Base value of collateral that can be withdrawn before anything is repaid:
/// `(A - h * B) / c`, with the pool's least health `h`, rounded down.
pub(crate) fn plain_slack_value(
    totals: &Totals,
    collateral_factor_e7: i128,
) -> Result<i128, Refusal> {
    if collateral_factor_e7 == 0 {
        return Ok(i128::MAX);
    }
    let kept = mul_div_ceil(
        totals.liability_base,
        crate::health::POOL_MIN_HEALTH_E7,
        ONE_E7,
    )?;
    mul_div_floor(
        sub_floor_zero(totals.collateral_base, kept),
        ONE_E7,
        collateral_factor_e7,
    )
}

/// The plain path withdraws before it repays: the pool must accept the position in between.
fn require_slack(position: &Position, proposal: &Proposal) -> Result<(), Refusal> {
    let mut between = position.clone();
    between.legs[proposal.collateral].withdraw(proposal.sell)?;
    let totals = between.totals()?;
    if between.pool_accepts(&totals)? {
        Ok(())
    } else {
        Err(Refusal::PlainExceedsSlack)
    }
}
