//! How much of the reserve is spent on a debt before collateral is sold.

use crate::fixed::{mul_div_floor, sub_floor_zero, ONE_E7};
use crate::health::{Position, Totals};
use crate::policy::Policy;
use crate::Refusal;

/// Amount of `balance` that repays the debt of leg `debt` before a sale: what reaches the target
/// (in a rescue the rescue target), at most the debt. Zero where the reserve is off or dust, and in
/// a rescue where it is not enough to leave the auction, since a part of the way needs a sale in
/// the same batch.
///
/// With `B` the liability base, `A` the collateral base and `l` the liability factor, repaying the
/// value `(B - t*A) * l` reaches the risk ratio `t`. Rounded down.
pub fn reserve_to_spend(
    policy: &Policy,
    position: &Position,
    totals: &Totals,
    debt: usize,
    balance: i128,
    rescue: bool,
) -> Result<i128, Refusal> {
    let leg = &position.legs[debt];
    let owed = leg.debt_ceil()?;
    if !policy.reserve_first || owed == 0 || balance <= 0 {
        return Ok(0);
    }
    if balance < mul_div_floor(owed, i128::from(policy.dust_reserve_e7), ONE_E7)? {
        return Ok(0);
    }
    let target_e7 = i128::from(if rescue {
        policy.rescue_target_e7
    } else {
        policy.target_e7
    });
    let above = sub_floor_zero(
        totals.liability_base,
        mul_div_floor(totals.collateral_base, target_e7, ONE_E7)?,
    );
    let value = mul_div_floor(above, leg.liability_factor_e7, ONE_E7)?;
    let amount = leg.amount_floor(value)?.min(balance).min(owed);
    if amount == 0 || mul_div_floor(amount, crate::fixed::ONE_E12, leg.d_rate_e12)? == 0 {
        return Ok(0);
    }
    if rescue {
        let mut after = position.clone();
        after.legs[debt].repay(amount)?;
        if !after.pool_accepts(&after.totals()?)? {
            return Ok(0);
        }
    }
    Ok(amount)
}

/// Whether the pool lets the reserve alone leave an auction: it refuses to delete one where debt is
/// left on less than its minimum collateral. Otherwise a gift to the reserve could stand in the way of
/// the rescue that closes the debt.
pub fn reserve_may_leave_auction(
    position: &Position,
    totals: &Totals,
    debt: usize,
    amount: i128,
    min_collateral: i128,
) -> Result<bool, Refusal> {
    if totals.collateral_base >= min_collateral {
        return Ok(true);
    }
    let mut leg = position.legs[debt];
    leg.repay(amount)?;
    let others = position
        .legs
        .iter()
        .enumerate()
        .any(|(index, leg)| index != debt && leg.d_tokens > 0);
    Ok(!others && leg.d_tokens == 0)
}
