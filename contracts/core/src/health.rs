//! A Blend position, its health as the pool computes it, and what a step does to it.
//!
//! Formulas, order and rounding follow `pool/src/pool/{reserve,health_factor,actions}.rs` of Blend
//! v2.0.0, so that [`Position::pool_accepts`] says yes exactly when the pool's `submit` does.

use arrayvec::ArrayVec;

use crate::fixed::{add, mul_div_ceil, mul_div_floor, sub_floor_zero, ONE_E12, ONE_E7};
use crate::Refusal;

/// The most reserves of a pool that one vault uses. Blend's pools allow up to 30, and up to 60
/// positions, but a position is copied within a call, and each leg costs.
pub const MAX_LEGS: usize = 10;
/// Health factor that the pool demands at the end of a batch, 7 decimals.
pub const POOL_MIN_HEALTH_E7: i128 = 1_0000100;
/// Risk ratio of a position that has debt and no collateral base.
pub const RISK_UNBOUNDED: i128 = i128::MAX;

/// What a position holds and owes of one reserve, and what is needed to value it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Price of one whole token in the oracle's base, oracle decimals.
    pub price: i128,
    /// `10^decimals` of the token.
    pub asset_scalar: i128,
    /// Collateral factor, 7 decimals.
    pub collateral_factor_e7: i128,
    /// Liability factor, 7 decimals.
    pub liability_factor_e7: i128,
    /// Underlying per b-token, accrued to now, 12 decimals.
    pub b_rate_e12: i128,
    /// Underlying per d-token, accrued to now, 12 decimals.
    pub d_rate_e12: i128,
    /// Collateral shares (b-tokens).
    pub b_tokens: i128,
    /// Debt shares (d-tokens).
    pub d_tokens: i128,
}

impl Leg {
    /// Underlying behind the collateral shares, rounded down.
    pub fn collateral_floor(&self) -> Result<i128, Refusal> {
        mul_div_floor(self.b_tokens, self.b_rate_e12, ONE_E12)
    }

    /// Underlying owed, rounded up.
    pub fn debt_ceil(&self) -> Result<i128, Refusal> {
        mul_div_ceil(self.d_tokens, self.d_rate_e12, ONE_E12)
    }

    /// Base value of `amount` of the underlying, rounded down.
    pub fn value_floor(&self, amount: i128) -> Result<i128, Refusal> {
        mul_div_floor(self.price, amount, self.asset_scalar)
    }

    /// Base value of `amount` of the underlying, rounded up.
    pub fn value_ceil(&self, amount: i128) -> Result<i128, Refusal> {
        mul_div_ceil(self.price, amount, self.asset_scalar)
    }

    /// What `amount` of collateral counts for in the collateral base, rounded down.
    pub fn collateral_base_floor(&self, amount: i128) -> Result<i128, Refusal> {
        self.value_floor(self.counted_collateral_floor(amount)?)
    }

    /// The part of `amount` of collateral that counts, rounded down.
    pub fn counted_collateral_floor(&self, amount: i128) -> Result<i128, Refusal> {
        mul_div_floor(amount, self.collateral_factor_e7, ONE_E7)
    }

    /// What `amount` of debt counts for in the liability base, rounded up.
    pub fn liability_base_ceil(&self, amount: i128) -> Result<i128, Refusal> {
        self.value_ceil(self.counted_debt_ceil(amount)?)
    }

    /// What `amount` of debt counts for, in the underlying, rounded up.
    pub fn counted_debt_ceil(&self, amount: i128) -> Result<i128, Refusal> {
        mul_div_ceil(amount, ONE_E7, self.liability_factor_e7)
    }

    /// Most of the collateral that can be withdrawn while it counts for at least `base`: exact, by
    /// undoing each of the roundings. Zero if it counts for less already.
    pub fn withdrawal_keeping_floor(&self, base: i128) -> Result<i128, Refusal> {
        let held = self.collateral_floor()?;
        if base <= 0 {
            return Ok(held);
        }
        if self.collateral_base_floor(held)? < base {
            return Ok(0);
        }
        let counted = mul_div_ceil(base, self.asset_scalar, self.price)?;
        let kept = mul_div_ceil(counted, ONE_E7, self.collateral_factor_e7)?;
        let shares = mul_div_ceil(kept, ONE_E12, self.b_rate_e12)?;
        mul_div_floor(
            sub_floor_zero(self.b_tokens, shares),
            self.b_rate_e12,
            ONE_E12,
        )
    }

    /// Amount of the underlying that a base value buys, rounded down.
    pub fn amount_floor(&self, value: i128) -> Result<i128, Refusal> {
        mul_div_floor(value, self.asset_scalar, self.price)
    }

    /// Removes `amount` of collateral as the pool's WithdrawCollateral does (shares rounded up).
    ///
    /// # Errors
    /// * [`Refusal::ExceedsCollateral`] - the pool would clamp, and pay out less than `amount`.
    pub fn withdraw(&mut self, amount: i128) -> Result<(), Refusal> {
        let burned = mul_div_ceil(amount, ONE_E12, self.b_rate_e12)?;
        if burned > self.b_tokens {
            return Err(Refusal::ExceedsCollateral);
        }
        self.b_tokens -= burned;
        Ok(())
    }

    /// Repays up to `amount` of debt as the pool's Repay does (shares rounded down, an excess is
    /// refunded), and returns the amount that the pool keeps.
    ///
    /// # Errors
    /// * [`Refusal::InvalidAmount`] - too little to burn one share; the pool refuses it.
    pub fn repay(&mut self, amount: i128) -> Result<i128, Refusal> {
        let burned = mul_div_floor(amount, ONE_E12, self.d_rate_e12)?;
        if burned <= 0 {
            return Err(Refusal::InvalidAmount);
        }
        if burned > self.d_tokens {
            let owed = self.debt_ceil()?;
            self.d_tokens = 0;
            return Ok(owed);
        }
        self.d_tokens -= burned;
        Ok(amount)
    }
}

/// Sums over a position, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Collateral base: value times collateral factor, rounded down leg by leg.
    pub collateral_base: i128,
    /// Liability base: value over liability factor, rounded up leg by leg.
    pub liability_base: i128,
    /// Collateral at full value, rounded down leg by leg.
    pub collateral_value: i128,
    /// Debt at full value, rounded up leg by leg.
    pub debt_value: i128,
}

impl Totals {
    /// Liability base over collateral base, 7 decimals (`1_0000000` is where the pool
    /// liquidates), rounded up. Zero without debt, [`RISK_UNBOUNDED`] with debt and no collateral.
    pub fn risk_ratio_e7_ceil(&self) -> i128 {
        if self.liability_base == 0 {
            return 0;
        }
        if self.collateral_base == 0 {
            return RISK_UNBOUNDED;
        }
        mul_div_ceil(self.liability_base, ONE_E7, self.collateral_base).unwrap_or(RISK_UNBOUNDED)
    }

    /// Debt value over collateral value, 7 decimals, rounded up.
    pub fn nominal_ltv_e7_ceil(&self) -> i128 {
        if self.debt_value == 0 {
            return 0;
        }
        if self.collateral_value == 0 {
            return RISK_UNBOUNDED;
        }
        mul_div_ceil(self.debt_value, ONE_E7, self.collateral_value).unwrap_or(RISK_UNBOUNDED)
    }

    /// Nominal LTV at which the pool liquidates, at the present mix of assets, 7 decimals, rounded
    /// down: nominal LTV over risk ratio, which is `c * l` for one pair. Zero without debt.
    pub fn liquidation_ltv_e7_floor(&self) -> Result<i128, Refusal> {
        if self.liability_base == 0 || self.collateral_value == 0 {
            return Ok(0);
        }
        let factor_e7 = mul_div_floor(self.collateral_base, ONE_E7, self.collateral_value)?;
        mul_div_floor(factor_e7, self.debt_value, self.liability_base)
    }

    /// Collateral value less debt value, zero when underwater.
    pub fn equity(&self) -> i128 {
        (self.collateral_value - self.debt_value).max(0)
    }
}

/// A whole position: one leg for each reserve that it holds or owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The legs, in the order of the pool's reserve list.
    pub legs: ArrayVec<Leg, MAX_LEGS>,
    /// `10^decimals` of the pool's oracle.
    pub price_scalar: i128,
}

impl Position {
    /// Sums the legs as the pool does.
    ///
    /// # Errors
    /// * [`Refusal::InvalidPrice`] - a leg with a balance has no positive price.
    /// * [`Refusal::Overflow`] - the pool would overflow too.
    pub fn totals(&self) -> Result<Totals, Refusal> {
        let mut totals = Totals {
            collateral_base: 0,
            liability_base: 0,
            collateral_value: 0,
            debt_value: 0,
        };
        for leg in &self.legs {
            if leg.b_tokens == 0 && leg.d_tokens == 0 {
                continue;
            }
            if leg.price <= 0 {
                return Err(Refusal::InvalidPrice);
            }
            if leg.b_tokens > 0 {
                let collateral = leg.collateral_floor()?;
                totals.collateral_base = add(
                    totals.collateral_base,
                    leg.collateral_base_floor(collateral)?,
                )?;
                totals.collateral_value =
                    add(totals.collateral_value, leg.value_floor(collateral)?)?;
            }
            if leg.d_tokens > 0 {
                let debt = leg.debt_ceil()?;
                totals.liability_base = add(totals.liability_base, leg.liability_base_ceil(debt)?)?;
                totals.debt_value = add(totals.debt_value, leg.value_ceil(debt)?)?;
            }
        }
        Ok(totals)
    }

    /// The one collateral and the one debt of a position that has no more, in different assets.
    pub fn only_pair(&self) -> Option<(usize, usize)> {
        let (mut held, mut owed) = (None, None);
        for (index, leg) in self.legs.iter().enumerate() {
            if leg.b_tokens > 0 && held.replace(index).is_some()
                || leg.d_tokens > 0 && owed.replace(index).is_some()
            {
                return None;
            }
        }
        held.zip(owed)
            .filter(|(collateral, debt)| collateral != debt)
    }

    /// Price of a leg's asset at which the risk ratio is `risk_e7`, other prices unchanged, rounded
    /// up; `None` if there is none.
    ///
    /// With the bases `a` and `b` of the leg at its price `p`, and `A` and `B` of all other legs:
    /// `(B + b*x/p) = t * (A + a*x/p)`, so `x = p * (B - t*A) / (t*a - b)`.
    pub fn price_at(&self, leg: usize, risk_e7: i128) -> Result<Option<i128>, Refusal> {
        let totals = self.totals()?;
        let leg = &self.legs[leg];
        let own_collateral = leg.collateral_base_floor(leg.collateral_floor()?)?;
        let own_liability = leg.liability_base_ceil(leg.debt_ceil()?)?;
        let other_collateral = totals.collateral_base - own_collateral;
        let above = totals.liability_base
            - own_liability
            - mul_div_floor(other_collateral, risk_e7, ONE_E7)?;
        let slope = mul_div_floor(own_collateral, risk_e7, ONE_E7)? - own_liability;
        if above.signum() * slope.signum() <= 0 {
            return Ok(None);
        }
        Ok(Some(mul_div_ceil(leg.price, above.abs(), slope.abs())?))
    }

    /// For one collateral and one debt in different assets: the collateral's price at which the pool
    /// liquidates, the debt's unchanged, rounded up. What [`Position::price_at`] says of 100%, at a
    /// price that a contract can pay.
    pub fn liquidation_price_ceil(&self, totals: &Totals) -> Result<Option<i128>, Refusal> {
        let (liability, collateral) = (totals.liability_base, totals.collateral_base);
        match self.only_pair() {
            Some((leg, _)) if collateral > 0 => Ok(Some(mul_div_ceil(
                self.legs[leg].price,
                liability,
                collateral,
            )?)),
            _ => Ok(None),
        }
    }

    /// Whether the pool's end-of-batch check accepts these totals: no debt, or a health factor of
    /// at least [`POOL_MIN_HEALTH_E7`], divided and rounded as the pool does.
    pub fn pool_accepts(&self, totals: &Totals) -> Result<bool, Refusal> {
        if totals.liability_base == 0 {
            return Ok(true);
        }
        let health = mul_div_floor(
            totals.collateral_base,
            self.price_scalar,
            totals.liability_base,
        )?;
        Ok(health >= self.least_health()?)
    }

    /// Least collateral base that the pool's end-of-batch check accepts for a liability base: exact.
    pub fn accepted_collateral_base(&self, liability_base: i128) -> Result<i128, Refusal> {
        mul_div_ceil(self.least_health()?, liability_base, self.price_scalar)
    }

    /// [`POOL_MIN_HEALTH_E7`] with the oracle's decimals, as the pool rounds it.
    fn least_health(&self) -> Result<i128, Refusal> {
        mul_div_floor(self.price_scalar, POOL_MIN_HEALTH_E7, ONE_E7)
    }
}
