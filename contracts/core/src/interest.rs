//! Interest of a Blend reserve: its rates and its supplies as any call at a given time finds them.
//!
//! Formulas, order and rounding follow `pool/src/pool/{interest,reserve}.rs` of Blend v2.0.0. The pool
//! stores a reserve only in calls that change it; whoever reads the entry in between accrues it to now,
//! and gets the rates that the next call will use.

use crate::fixed::{add, mul_div_ceil, mul_div_floor, ONE_E12, ONE_E7};
use crate::Refusal;

const SECONDS_PER_YEAR: i128 = 31_536_000;
/// Where the steepest part of the interest curve begins.
const STEEP_UTILIZATION_E7: i128 = 0_9500000;
/// Between which the rate's modifier stays.
const MODIFIER_RANGE_E7: (i128, i128) = (ONE_E7 / 10, 10 * ONE_E7);

/// The interest rate by utilization: three straight pieces, times a modifier that follows how long
/// utilization has been away from its target. All of it has 7 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve {
    /// Utilization up to which the first piece goes (`util`).
    pub target_e7: u32,
    /// Rate at no utilization (`r_base`).
    pub base_e7: u32,
    /// What the first piece adds up to the target (`r_one`).
    pub one_e7: u32,
    /// What the second piece adds from there to 95% (`r_two`).
    pub two_e7: u32,
    /// What the third piece adds from there to 100% (`r_three`).
    pub three_e7: u32,
    /// How fast the modifier moves (`reactivity`).
    pub reactivity_e7: u32,
}

/// A reserve as stored at `accrued_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// Its interest rate.
    pub curve: Curve,
    /// Underlying per b-token, 12 decimals.
    pub b_rate_e12: i128,
    /// Underlying per d-token, 12 decimals.
    pub d_rate_e12: i128,
    /// The rate's modifier, 7 decimals (`ir_mod`).
    pub modifier_e7: i128,
    /// All b-tokens.
    pub b_supply: i128,
    /// All d-tokens.
    pub d_supply: i128,
    /// Unix seconds (`last_time`).
    pub accrued_at: u64,
}

impl Reserve {
    /// The reserve as a call at `now` finds it. A reserve of a later time than `now` is returned as it
    /// is: it was read after the ledger that `now` is of.
    ///
    /// # Errors
    /// * [`Refusal::Overflow`] - the pool would overflow too.
    pub fn accrued(&self, now: u64, backstop_take_rate_e7: u32) -> Result<Self, Refusal> {
        let mut reserve = *self;
        let seconds = now.saturating_sub(self.accrued_at);
        if seconds == 0 {
            return Ok(reserve);
        }
        reserve.accrued_at = now;
        let utilization_e7 = self.utilization_e7()?;
        if self.b_supply == 0 || utilization_e7 == 0 {
            return Ok(reserve);
        }
        let seconds = i128::from(seconds);
        let rate_e7 = self.rate_e7(utilization_e7)?;
        reserve.modifier_e7 = self.next_modifier_e7(utilization_e7, seconds)?;
        let years_e12 = mul_div_floor(seconds, ONE_E12, SECONDS_PER_YEAR)?;
        let growth_e12 = add(ONE_E12, mul_div_ceil(years_e12, rate_e7, ONE_E7)?)?;

        reserve.d_rate_e12 = mul_div_ceil(growth_e12, self.d_rate_e12, ONE_E12)?;
        let interest = reserve.owed_ceil()? - self.owed_ceil()?;
        if interest > 0 {
            let take_rate_e7 = i128::from(backstop_take_rate_e7);
            let backstops = mul_div_floor(interest, take_rate_e7, ONE_E7)?;
            let supply = add(self.supplied_floor()?, interest - backstops)?;
            reserve.b_rate_e12 = mul_div_floor(supply, ONE_E12, self.b_supply)?;
        }
        Ok(reserve)
    }

    /// Everything that is owed to the reserve, rounded up.
    pub fn owed_ceil(&self) -> Result<i128, Refusal> {
        mul_div_ceil(self.d_supply, self.d_rate_e12, ONE_E12)
    }

    /// Everything that was supplied to the reserve, rounded down.
    pub fn supplied_floor(&self) -> Result<i128, Refusal> {
        mul_div_floor(self.b_supply, self.b_rate_e12, ONE_E12)
    }

    /// Share of the supply that is lent, 7 decimals, rounded up, 100% at most.
    pub fn utilization_e7(&self) -> Result<i128, Refusal> {
        let (owed, supplied) = (self.owed_ceil()?, self.supplied_floor()?);
        if owed == 0 {
            return Ok(0);
        }
        if owed >= supplied {
            return Ok(ONE_E7);
        }
        mul_div_ceil(owed, ONE_E7, supplied)
    }

    fn rate_e7(&self, utilization_e7: i128) -> Result<i128, Refusal> {
        let curve = &self.curve;
        let target_e7 = i128::from(curve.target_e7);
        let (base_e7, one_e7) = (i128::from(curve.base_e7), i128::from(curve.one_e7));
        let (two_e7, three_e7) = (i128::from(curve.two_e7), i128::from(curve.three_e7));
        // A share of the way from `from_e7` to `to_e7` of what that piece adds.
        let piece = |from_e7: i128, to_e7: i128, adds_e7: i128| {
            let share_e7 = mul_div_ceil(utilization_e7 - from_e7, ONE_E7, to_e7 - from_e7)?;
            mul_div_ceil(share_e7, adds_e7, ONE_E7)
        };
        if utilization_e7 <= target_e7 {
            let rate_e7 = piece(0, target_e7, one_e7)? + base_e7;
            return mul_div_ceil(rate_e7, self.modifier_e7, ONE_E7);
        }
        if utilization_e7 <= STEEP_UTILIZATION_E7 {
            let rate_e7 = piece(target_e7, STEEP_UTILIZATION_E7, two_e7)? + one_e7 + base_e7;
            return mul_div_ceil(rate_e7, self.modifier_e7, ONE_E7);
        }
        // The modifier is for the first two pieces only.
        let below_e7 = mul_div_ceil(self.modifier_e7, two_e7 + one_e7 + base_e7, ONE_E7)?;
        add(piece(STEEP_UTILIZATION_E7, ONE_E7, three_e7)?, below_e7)
    }

    fn next_modifier_e7(&self, utilization_e7: i128, seconds: i128) -> Result<i128, Refusal> {
        let off_e7 = utilization_e7 - i128::from(self.curve.target_e7);
        // Rounded down both where it rises and, in amount, where it falls.
        let change_e7 = mul_div_floor(
            mul_div_floor(seconds, off_e7.abs(), 1)?,
            i128::from(self.curve.reactivity_e7),
            ONE_E7,
        )?;
        let change_e7 = if off_e7 < 0 { -change_e7 } else { change_e7 };
        let next_e7 = add(self.modifier_e7, change_e7)?;
        Ok(next_e7.clamp(MODIFIER_RANGE_E7.0, MODIFIER_RANGE_E7.1))
    }
}
