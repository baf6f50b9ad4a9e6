//! What the vault enforces on a proposed step.
//!
//! Callers propose, the vault verifies: whoever calls names what is sold and what is repaid, and
//! this check decides. `fill`, `rebalance` (plain and flash) and rescue all pass through it.

use crate::auction::RescueTerms;
use crate::fixed::{mul_div_ceil, mul_div_floor, sub_floor_zero, ONE_E7};
use crate::health::{Position, Totals, POOL_MIN_HEALTH_E7};
use crate::policy::{Policy, LANDING_TOLERANCE_E7};
use crate::Refusal;

pub use crate::proposal::{flash_dust, project, Path, Projected, Proposal};
pub use crate::situation::{floor_repay_ceil, Situation};

/// An approved step: what the vault may execute and must find afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// The position that the pool must report afterwards, or better.
    pub after: Position,
    /// Debt that the pool keeps: `repay`, or the whole debt if that is less.
    pub repaid: i128,
    /// Least repayment for what is sold, rounded up.
    pub floor_repay: i128,
    /// Most that the keeper may be paid out of proceeds above `repay`, in the debt asset, rounded
    /// down. What the owner gets is never under the floor: `repay` is not, and a reward larger
    /// than `proceeds - repay` is not paid.
    pub largest_reward: i128,
    /// Discount that the floor grants, 7 decimals.
    pub discount_e7: i128,
    /// Base value of what is sold, at the pool's price, rounded up; counts against the budget.
    pub sold_value: i128,
    /// Risk ratio before, 7 decimals, rounded up.
    pub risk_before_e7: i128,
    /// Risk ratio after, 7 decimals, rounded up.
    pub risk_after_e7: i128,
}

/// The trigger: nothing happens below the soft threshold, not even with the reserve.
///
/// # Errors
/// * [`Refusal::NoDebt`], [`Refusal::NotAtRisk`].
pub fn require_at_risk(policy: &Policy, totals: &Totals) -> Result<(), Refusal> {
    if totals.liability_base == 0 {
        return Err(Refusal::NoDebt);
    }
    if totals.risk_ratio_e7_ceil() < i128::from(policy.soft_e7) {
        return Err(Refusal::NotAtRisk);
    }
    Ok(())
}

/// At 100% and beyond the auction's clock decides, from the first ledger: before an auction is open
/// nobody can be filled, the price may come back, and what a hasty step gives up is the most that
/// the policy allows.
///
/// # Errors
/// * [`Refusal::RescueTooEarly`].
pub fn require_clock(auction_open: bool, risk_e7: i128) -> Result<(), Refusal> {
    if !auction_open && risk_e7 >= ONE_E7 {
        return Err(Refusal::RescueTooEarly);
    }
    Ok(())
}

/// Checks a proposal. The order is: trigger, shape, floor, effect, landing, size.
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

    // Trigger.
    require_at_risk(policy, totals)?;
    let risk_before_e7 = totals.risk_ratio_e7_ceil();
    require_clock(situation.rescue.is_some(), risk_before_e7)?;

    // Shape: `project` also proves both indices.
    let Projected { after, repaid } = project(position, proposal)?;
    let after_totals = after.totals()?;

    // Floor.
    let discount_e7 = situation.discount_e7(risk_before_e7, proposal.is_netting())?;
    let floor_repay = floor_repay_ceil(&situation.floor.least, proposal.sell, discount_e7)?;
    if repaid < floor_repay {
        return Err(Refusal::BelowFloor);
    }

    // Effect: never worse, and good enough for the pool.
    let risk_after_e7 = after_totals.risk_ratio_e7_ceil();
    if risk_after_e7 >= risk_before_e7 {
        return Err(Refusal::DoesNotImprove);
    }
    if !position.pool_accepts(&after_totals)? {
        return Err(Refusal::UnhealthyAfter);
    }
    if proposal.path == Path::Plain
        && !proposal.is_netting()
        && !withdrawal_stands(situation, &after_totals)?
    {
        return Err(Refusal::PlainExceedsSlack);
    }

    let closes_stub = check_landing(situation, &after_totals, risk_before_e7, risk_after_e7)?;
    let step = Approved {
        largest_reward: mul_div_floor(
            situation.floor.least.convert_floor(proposal.sell)?,
            discount_e7.max(0),
            ONE_E7,
        )?,
        after,
        repaid,
        floor_repay,
        discount_e7,
        sold_value: position.legs[proposal.collateral].value_ceil(proposal.sell)?,
        risk_before_e7,
        risk_after_e7,
    };
    match &situation.rescue {
        Some(terms) => check_rescue(situation, terms, proposal, &step)?,
        None => check_size(situation, proposal, &step, closes_stub)?,
    }
    Ok(step)
}

/// Landing: no further than the target, and not on collateral that the pool finds too small.
/// Returns whether the step is one that closes what would be left as a stub.
fn check_landing(
    situation: &Situation<'_>,
    after: &Totals,
    risk_before_e7: i128,
    risk_after_e7: i128,
) -> Result<bool, Refusal> {
    let cleared = after.liability_base == 0;
    if !cleared && after.collateral_base < situation.min_collateral {
        return Err(Refusal::LeavesStub);
    }
    let least_e7 = situation.landing_target_e7(risk_before_e7) - LANDING_TOLERANCE_E7;
    if risk_after_e7 >= least_e7 {
        return Ok(false);
    }
    if cleared && would_leave_stub(situation, after, least_e7)? {
        return Ok(true);
    }
    Err(Refusal::LandsBelowTarget)
}

/// Whether a step of the same pair and price that stops at `risk_e7` would leave a collateral base
/// under the pool's minimum. Such a step may close the debt entirely instead.
///
/// Collateral and liability base fall in proportion, so the share `s` of the proposal that reaches
/// the risk ratio `t` solves `B - s*dB = t * (A - s*dA)`: `s = (B - t*A) / (dB - t*dA)`.
fn would_leave_stub(
    situation: &Situation<'_>,
    after: &Totals,
    risk_e7: i128,
) -> Result<bool, Refusal> {
    let totals = situation.totals;
    let freed = totals.collateral_base - after.collateral_base;
    let above = totals.liability_base - mul_div_floor(totals.collateral_base, risk_e7, ONE_E7)?;
    // At least `above`, which is positive: the risk ratio is at soft or higher, the aim below it,
    // the whole debt is cleared and no more is freed than there is.
    let slope = totals.liability_base - mul_div_floor(freed, risk_e7, ONE_E7)?;
    let freed_at_target = mul_div_ceil(freed, above, slope)?;
    Ok(totals.collateral_base - freed_at_target < situation.min_collateral)
}

/// Size of a rescue: it must reach its target, at no more than being filled would cost. The cost is
/// what is given up at the highest ratio that any source tells: at the last round alone, a single
/// bad one would sell more of the collateral than the auction does, at the auction's price.
fn check_rescue(
    situation: &Situation<'_>,
    terms: &RescueTerms,
    proposal: &Proposal,
    step: &Approved,
) -> Result<(), Refusal> {
    if step.risk_after_e7 > i128::from(situation.policy.rescue_target_e7) {
        return Err(Refusal::LandsAboveRescueTarget);
    }
    let given_up = sub_floor_zero(
        situation.floor.highest.convert_ceil(proposal.sell)?,
        step.repaid,
    );
    let cost_value = situation.position.legs[proposal.debt].value_ceil(given_up)?;
    if cost_value > terms.fill_cost_value {
        return Err(Refusal::TooDeep);
    }
    Ok(())
}

/// Size of a step without an auction: within the cap and the budget while below hard, and not so
/// small that steps can be farmed.
fn check_size(
    situation: &Situation<'_>,
    proposal: &Proposal,
    step: &Approved,
    closes_stub: bool,
) -> Result<(), Refusal> {
    let (policy, totals) = (situation.policy, situation.totals);
    if step.risk_before_e7 < i128::from(policy.hard_e7) && !closes_stub {
        if step.sold_value > largest_sale_value(policy, totals, step.risk_before_e7)? {
            return Err(Refusal::StepTooLarge);
        }
        if step.sold_value > situation.budget_left_value {
            return Err(Refusal::BudgetExhausted);
        }
    }
    if is_full_size(policy, totals, step)? {
        return Ok(());
    }
    // Less is useful if there is no more: of the debt, of the collateral (but for what accrues
    // between signature and execution), or of the slack.
    let (collateral, debt) = (proposal.collateral, proposal.debt);
    let exhausts = step.after.legs[debt].d_tokens == 0
        || step.after.legs[collateral].collateral_floor()?
            <= mul_div_floor(proposal.sell, 1, 1_000)?;
    let takes_slack = proposal.path == Path::Plain
        && !proposal.is_netting()
        && step.sold_value >= mul_div_floor(plain_slack_value(situation, collateral)?, 1, 2)?;
    if exhausts || takes_slack {
        Ok(())
    } else {
        Err(Refusal::StepTooSmall)
    }
}

/// Base value that one step may sell below hard, rounded up.
pub(crate) fn largest_sale_value(
    policy: &Policy,
    totals: &Totals,
    risk_e7: i128,
) -> Result<i128, Refusal> {
    mul_div_ceil(totals.debt_value, policy.step_cap_e7(risk_e7), ONE_E7)
}

/// Whether a step is of full size: it sells the smallest step, or reaches the target.
pub(crate) fn is_full_size(
    policy: &Policy,
    totals: &Totals,
    step: &Approved,
) -> Result<bool, Refusal> {
    let smallest = mul_div_floor(totals.debt_value, policy.step_floor_e7(), ONE_E7)?;
    Ok(step.sold_value >= smallest
        || step.risk_after_e7 <= i128::from(policy.target_e7) + LANDING_TOLERANCE_E7)
}

/// The plain path withdraws before it repays: whether the pool accepts the position in between,
/// with the debt as it is and the collateral as it will be.
fn withdrawal_stands(situation: &Situation<'_>, after: &Totals) -> Result<bool, Refusal> {
    let between = Totals {
        liability_base: situation.totals.liability_base,
        ..*after
    };
    Ok(between.collateral_base >= situation.min_collateral
        && situation.position.pool_accepts(&between)?)
}

/// Base value of a leg's collateral that can be withdrawn before anything is repaid, rounded down:
/// `(A - h * B) / c`, with the pool's least health `h`.
fn plain_slack_value(situation: &Situation<'_>, collateral: usize) -> Result<i128, Refusal> {
    let totals = situation.totals;
    let factor_e7 = situation.position.legs[collateral].collateral_factor_e7;
    if factor_e7 == 0 {
        return Ok(i128::MAX);
    }
    let kept = mul_div_ceil(totals.liability_base, POOL_MIN_HEALTH_E7, ONE_E7)?;
    mul_div_floor(
        sub_floor_zero(totals.collateral_base, kept),
        ONE_E7,
        factor_e7,
    )
}
