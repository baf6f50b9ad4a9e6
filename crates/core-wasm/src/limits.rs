//! The clock of an open auction, and the most that an owner can borrow or withdraw.

use ballast_core::auction::{
    bid_modifier_e7, lot_modifier_e7, rescue_terms, FILLER_MARGIN_E7, RAMP_LEDGERS, STALE_LEDGERS,
};
use ballast_core::fixed::{mul_div_ceil, mul_div_floor, ONE_E12, ONE_E7};
use ballast_core::policy::POOL_MAX_PRICE_AGE_SECONDS;
use ballast_core::quote::{PoolReserve, ACTIVE_STATUS};

use crate::code::Code;
use crate::question::Question;
use crate::view::{Prices, View};
use crate::words::{Writer, MOST_AMOUNT};

/// Interest that a debt may gain until a call is applied: five minutes at 100% a year, 7 decimals.
const INTEREST_MARGIN_E7: i128 = 100;
/// From this age on nothing of an auction changes.
const LAST_AGE: u32 = 2 * RAMP_LEDGERS;

/// An open auction at one ledger.
pub struct Terms {
    age: u32,
    lot_value: i128,
    bid_value: i128,
    break_even_age: Option<u32>,
    filler_age: Option<u32>,
    rescue_age: Option<u32>,
}

impl Terms {
    /// Writes it.
    pub fn write(&self, writer: &mut Writer<'_>) {
        writer.number(self.age.into());
        writer.wide(lot_modifier_e7(self.age));
        writer.wide(bid_modifier_e7(self.age));
        writer.wide(self.lot_value);
        writer.wide(self.bid_value);
        writer.maybe_small(self.break_even_age);
        writer.maybe_small(self.filler_age);
        writer.maybe_small(self.rescue_age);
        writer.number(STALE_LEDGERS.into());
    }
}

/// The open auction at the newest ledger, at the last prices, however old: its clock does not wait.
///
/// # Errors
/// * [`Code::NO_AUCTION`]; [`Code::PRICE_MISSING`] and the like, where it cannot be valued.
pub fn auction(question: &Question<'_>) -> Result<Terms, Code> {
    let view = View::load(question, Prices::Within(u64::MAX), None)?;
    view.totals()?;
    let auction = view.auction().ok_or(Code::NO_AUCTION)?;
    let (position, policy) = (&view.position, view.in_force());
    let age = auction.age(question.newest_ledger);
    let now = auction.fill_terms(position, age)?;
    let costs = |age: u32| Ok(auction.fill_terms(position, age)?.profit() > 0);
    // What the clock's refusal is not is no reason of the clock.
    let rescues = |age: u32| {
        let ledger = auction.start_ledger.saturating_add(age);
        Ok(rescue_terms(&policy, position, &auction, ledger).is_ok())
    };
    Ok(Terms {
        age,
        lot_value: now.lot_value,
        bid_value: now.bid_value,
        break_even_age: first_age(costs)?,
        filler_age: auction.first_profitable_age(position, FILLER_MARGIN_E7)?,
        rescue_age: if view.automation {
            first_age(rescues)?
        } else {
            None
        },
    })
}

/// The first age at which something is so that stays so; none if it never is.
fn first_age(holds: impl Fn(u32) -> Result<bool, Code>) -> Result<Option<u32>, Code> {
    if !holds(LAST_AGE)? {
        return Ok(None);
    }
    let (mut low, mut high) = (0, LAST_AGE);
    while low < high {
        let middle = (low + high) / 2;
        if holds(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(Some(low))
}

/// The most of a reserve that can be borrowed: the pool lends it, and the vault's own rules are kept
/// with a margin for interest. Zero if nothing can.
///
/// # Errors
/// As [`View::load`], at prices that the pool still takes.
pub fn most_loan(question: &Question<'_>, reserve: usize) -> Result<i128, Code> {
    let prices = Prices::Within(POOL_MAX_PRICE_AGE_SECONDS);
    let (mut view, leg) = load(question, prices, reserve)?;
    let pool = &view.held[leg].pool;
    if view.auction_start.is_some() || view.pool.status > ACTIVE_STATUS || !pool.enabled {
        return Ok(0);
    }
    let lendable = mul_div_floor(supplied(pool)?, pool.max_utilization_e7.into(), ONE_E7)?;
    let most = lendable - owed_soon(pool)? - 1;
    largest(&mut view, leg, most, false)
}

/// The most of a reserve's collateral that can be withdrawn, likewise. Without debt no price is needed.
///
/// # Errors
/// As [`View::load`], at prices that the pool still takes.
pub fn most_withdrawal(question: &Question<'_>, reserve: usize) -> Result<i128, Code> {
    let (mut view, mut leg) = load(question, Prices::AnyOrNone, reserve)?;
    let owes = view.position.legs.iter().any(|leg| leg.d_tokens > 0);
    if owes {
        let prices = Prices::Within(POOL_MAX_PRICE_AGE_SECONDS);
        (view, leg) = load(question, prices, reserve)?;
    }
    if view.auction_start.is_some() {
        return Ok(0);
    }
    let pool = &view.held[leg].pool;
    let liquid = supplied(pool)? - owed_soon(pool)? - 1;
    let most = view.position.legs[leg].collateral_floor()?.min(liquid);
    if !owes {
        return Ok(most.max(0));
    }
    largest(&mut view, leg, most, true)
}

fn load(question: &Question<'_>, prices: Prices, reserve: usize) -> Result<(View, usize), Code> {
    let view = View::load(question, prices, Some(reserve))?;
    let leg = view.leg_of(reserve).ok_or(Code::RESERVE)?;
    Ok((view, leg))
}

fn supplied(pool: &PoolReserve) -> Result<i128, Code> {
    Ok(mul_div_floor(pool.b_supply, pool.b_rate_e12, ONE_E12)?)
}

/// What is owed to a reserve, with the margin.
fn owed_soon(pool: &PoolReserve) -> Result<i128, Code> {
    let owed = mul_div_ceil(pool.d_supply, pool.d_rate_e12, ONE_E12)?;
    Ok(mul_div_ceil(owed, ONE_E7 + INTEREST_MARGIN_E7, ONE_E7)?)
}

/// The largest amount of at most `most` that may be withdrawn from a leg or be borrowed of it.
fn largest(view: &mut View, leg: usize, most: i128, withdraws: bool) -> Result<i128, Code> {
    let mut allowed = |amount: i128| -> Result<bool, Code> {
        let before = view.position.legs[leg];
        let changed = &mut view.position.legs[leg];
        if withdraws {
            changed.withdraw(amount)?;
        } else {
            let minted = mul_div_ceil(amount, ONE_E12, changed.d_rate_e12)?;
            changed.d_tokens = changed.d_tokens.saturating_add(minted);
        }
        let stands = may_stand(view);
        view.position.legs[leg] = before;
        stands
    };
    let (mut within, mut beyond) = (0, most.clamp(0, MOST_AMOUNT) + 1);
    if !allowed(0)? {
        return Ok(0);
    }
    while beyond - within > 1 {
        let middle = within + ((beyond - within) >> 1);
        if allowed(middle)? {
            within = middle;
        } else {
            beyond = middle;
        }
    }
    Ok(within)
}

/// Whether pool and vault let a position stand that its owner has changed, with the margin.
fn may_stand(view: &View) -> Result<bool, Code> {
    let totals = view.totals()?;
    let liability_base = mul_div_ceil(totals.liability_base, ONE_E7 + INTEREST_MARGIN_E7, ONE_E7)?;
    if liability_base == 0 {
        return Ok(true);
    }
    let position = &view.position;
    if totals.collateral_base < view.pool.min_collateral.max(1)
        || totals.collateral_base < position.accepted_collateral_base(liability_base)?
    {
        return Ok(false);
    }
    let risk_e7 = mul_div_ceil(liability_base, ONE_E7, totals.collateral_base)?;
    Ok(!view.automation || risk_e7 < i128::from(view.in_force().soft_e7))
}
