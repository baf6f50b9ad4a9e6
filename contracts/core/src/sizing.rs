//! How much a planned step sells.
//!
//! What keeps a collateral base (the plain path's slack, the pool's minimum) has an exact closed
//! form. The sale that reaches a risk ratio has one but for the pool's roundings: both bases fall in
//! proportion to the sale, so it is found by interpolation on the very projection that the check
//! makes, nearly always at the second look.

use crate::check::{flash_dust, floor_repay_ceil, largest_sale_value, Path, Proposal, Situation};
use crate::fixed::{mul_div_ceil, mul_div_floor, sub_floor_zero, ONE_E7};
use crate::Refusal;

/// Interest that a debt may gain between a quote and its execution: a few ledgers at any rate that
/// a pool can reach, 7 decimals. A repayment that closes a debt brings as much more (the pool
/// refunds what is too much), and a plain withdrawal leaves as much slack.
const INTEREST_HEADROOM_E7: i128 = 100;
/// A sale lands where it should if what is left of the way is at most the whole way shifted right
/// by this: a share of 6e-8 first, and more where the pool's roundings do not allow it.
const LANDING_PRECISIONS: [u32; 5] = [24, 20, 16, 12, 8];

/// The sale of one pair on one path at one discount.
pub(crate) struct Sizing<'a> {
    situation: &'a Situation<'a>,
    path: Path,
    collateral: usize,
    debt: usize,
    discount_e7: i128,
    /// Everything that the path can take of the leg, rounded down.
    available: i128,
    /// Everything that the leg owes, rounded up.
    owed: i128,
    /// Largest sale whose floor the whole debt covers.
    closing_sale: i128,
    /// Collateral base of everything but what is sold.
    other_collateral_base: i128,
    /// Liability base of everything but what is repaid.
    other_liability_base: i128,
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
        let sold = match legs.get(collateral) {
            Some(leg) if leg.b_tokens > 0 => leg,
            _ => return Err(Refusal::NoCollateral),
        };
        let repaid = match legs.get(debt) {
            Some(leg) if leg.d_tokens > 0 => leg,
            _ => return Err(Refusal::NoDebt),
        };
        let (held, owed) = (sold.collateral_floor()?, repaid.debt_ceil()?);
        let kept = if path == Path::Flash && collateral != debt {
            flash_dust(sold.d_rate_e12)?
        } else {
            0
        };
        // ceil(ceil(s * ratio) * (1 - d)) <= owed, solved for s: exact.
        let fair = mul_div_floor(owed, ONE_E7, ONE_E7 - discount_e7)?;
        let totals = situation.totals;
        Ok(Sizing {
            situation,
            path,
            collateral,
            debt,
            discount_e7,
            available: sub_floor_zero(held, kept),
            owed,
            closing_sale: situation.floor.least.invert_floor(fair)?,
            other_collateral_base: totals.collateral_base - sold.collateral_base_floor(held)?,
            other_liability_base: totals.liability_base - repaid.liability_base_ceil(owed)?,
        })
    }

    /// The proposal that sells `sell` and repays the floor for it; or the whole debt, with headroom
    /// for interest, if the floor comes to that.
    pub fn propose(&self, sell: i128) -> Result<Proposal, Refusal> {
        let repay = if sell < self.closing_sale {
            floor_repay_ceil(&self.situation.floor.least, sell, self.discount_e7)?
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

    /// The largest sale that leaves a collateral base of `base`. Zero if there is none.
    pub fn keeping(&self, base: i128) -> Result<i128, Refusal> {
        let own = sub_floor_zero(base, self.other_collateral_base);
        self.situation.position.legs[self.collateral].withdrawal_keeping_floor(own)
    }

    /// The collateral base that the pool wants to see between withdrawal and repayment, a few
    /// ledgers later.
    pub fn plain_collateral_base(&self) -> Result<i128, Refusal> {
        let Situation {
            position, totals, ..
        } = *self.situation;
        let liability_base =
            mul_div_ceil(totals.liability_base, ONE_E7 + INTEREST_HEADROOM_E7, ONE_E7)?;
        let accepted = position.accepted_collateral_base(liability_base)?;
        Ok(accepted.max(self.situation.min_collateral))
    }

    /// The largest sale, at most `most`, that lands at `risk_e7` or above, but for what the sale
    /// could be closer. Zero if there is none.
    pub fn landing(&self, most: i128, risk_e7: i128) -> Result<i128, Refusal> {
        let at = |sell: i128| -> Result<Landing, Refusal> {
            Ok(Landing {
                sell,
                above: self.base_above(sell, risk_e7)?,
            })
        };
        let (mut within, mut beyond) = (at(0)?, at(most)?);
        if beyond.above > 0 {
            return Ok(most);
        }
        let whole = within.above;
        if whole <= 0 {
            return Ok(0);
        }
        for precision in LANDING_PRECISIONS {
            let span = beyond.sell - within.sell;
            if span <= 1 {
                return Ok(within.sell);
            }
            let tolerance = whole >> precision;
            let next = at(within.sell
                + mul_div_floor(
                    span,
                    sub_floor_zero(within.above, tolerance >> 1),
                    within.above - beyond.above,
                )?
                .clamp(1, span - 1))?;
            if next.above <= 0 {
                beyond = next;
            } else if next.above <= tolerance {
                return Ok(next.sell);
            } else {
                within = next;
            }
        }
        // So few units, or so coarse a base, that roundings decide.
        while beyond.sell - within.sell > 1 + (within.sell >> 8) {
            let middle = at(within.sell + ((beyond.sell - within.sell) >> 1))?;
            if middle.above > 0 {
                within = middle;
            } else {
                beyond = middle;
            }
        }
        Ok(within.sell)
    }

    /// How much of the liability base is left after `sell` above what would put the risk ratio
    /// under `risk_e7`: positive exactly where the ratio, rounded up, is `risk_e7` or more.
    fn base_above(&self, sell: i128, risk_e7: i128) -> Result<i128, Refusal> {
        let legs = &self.situation.position.legs;
        let (mut sold, mut repaid) = (legs[self.collateral], legs[self.debt]);
        if sell > 0 {
            sold.withdraw(sell)?;
            match repaid.repay(self.propose(sell)?.repay) {
                // Too little to repay one share.
                Ok(_) | Err(Refusal::InvalidAmount) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        let collateral_base =
            self.other_collateral_base + sold.collateral_base_floor(sold.collateral_floor()?)?;
        let liability_base =
            self.other_liability_base + repaid.liability_base_ceil(repaid.debt_ceil()?)?;
        Ok(liability_base - mul_div_floor(collateral_base, risk_e7 - 1, ONE_E7)?)
    }
}

/// A sale, and how much of the liability base it leaves above the landing.
struct Landing {
    sell: i128,
    above: i128,
}
