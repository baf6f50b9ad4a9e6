//! Blend's pool in arithmetic: interest, positions and liquidation auctions, with the order and the
//! rounding of `pool/src/{pool,auctions}` of Blend v2.0.0.
//!
//! Amounts are in the asset's smallest unit; factors and the modifier have 7 decimals, rates 12.

use ballast_chain::{blend::ReserveConfig, CallError};
use ballast_core::{
    auction::{bid_modifier_e7, lot_modifier_e7, Auction, AuctionLeg},
    fixed::{mul_div_ceil, mul_div_floor, ONE_E12, ONE_E7},
    health::{Leg, Position, Totals},
    interest, Refusal,
};

/// Errors of the pool that actors act on or report.
pub mod code {
    pub const BAD_REQUEST: u32 = 1200;
    pub const UTILIZATION: u32 = 1207;
    pub const LIQUIDATION: u32 = 1211;
    pub const AUCTION_IN_PROGRESS: u32 = 1212;
    pub const LIQUIDATION_TOO_LARGE: u32 = 1213;
    pub const LIQUIDATION_TOO_SMALL: u32 = 1214;
}

/// Health factors between which a partial liquidation must land, 7 decimals.
const HEALTH_AFTER_E7: (i128, i128) = (1_0300000, 1_1500000);
/// A liquidation of everything above this share is one of 100%.
const FULL_PERCENT: u32 = 95;

/// A refusal as the contract's error.
pub fn refused(refusal: Refusal) -> CallError {
    CallError::Contract(refusal as u32)
}

/// One reserve of the pool.
#[derive(Clone, Debug)]
pub struct Reserve {
    config: ReserveConfig,
    take_rate_e7: u32,
    state: interest::Reserve,
}

impl Reserve {
    /// A new reserve.
    pub fn new(config: ReserveConfig, take_rate_e7: u32, now: u64) -> Self {
        let curve = interest::Curve {
            target_e7: config.util,
            base_e7: config.r_base,
            one_e7: config.r_one,
            two_e7: config.r_two,
            three_e7: config.r_three,
            reactivity_e7: config.reactivity,
        };
        Self {
            config,
            take_rate_e7,
            state: interest::Reserve {
                curve,
                b_rate_e12: ONE_E12,
                d_rate_e12: ONE_E12,
                modifier_e7: ONE_E7,
                b_supply: 0,
                d_supply: 0,
                accrued_at: now,
            },
        }
    }

    /// The reserve as any call at `now` finds it. It is stored by calls that change it only, so
    /// interest compounds at those moments.
    pub fn accrued(&self, now: u64) -> Result<Self, Refusal> {
        let mut reserve = self.clone();
        reserve.accrue(now)?;
        Ok(reserve)
    }

    /// Accrues interest until `now` and stores it.
    pub fn accrue(&mut self, now: u64) -> Result<(), Refusal> {
        self.state = self.state.accrued(now, self.take_rate_e7)?;
        Ok(())
    }

    /// Underlying per share of debt, 12 decimals.
    pub fn d_rate_e12(&self) -> i128 {
        self.state.d_rate_e12
    }

    /// The pool pays out only what is not lent.
    pub fn require_liquid(&self) -> Result<(), CallError> {
        if self.state.utilization_e7().map_err(refused)? >= ONE_E7 {
            return Err(CallError::Contract(code::UTILIZATION));
        }
        Ok(())
    }

    /// Mints shares of supply for an amount, rounded down. The shares.
    pub fn supply(&mut self, amount: i128) -> Result<i128, Refusal> {
        let b_tokens = mul_div_floor(amount, ONE_E12, self.state.b_rate_e12)?;
        self.state.b_supply += b_tokens;
        Ok(b_tokens)
    }

    /// Burns shares of supply for an amount, rounded up. The shares.
    pub fn withdraw(&mut self, amount: i128) -> Result<i128, Refusal> {
        let b_tokens = mul_div_ceil(amount, ONE_E12, self.state.b_rate_e12)?;
        self.state.b_supply -= b_tokens;
        Ok(b_tokens)
    }

    /// Burns these shares of supply. The amount that they pay, rounded down.
    pub fn redeem(&mut self, b_tokens: i128) -> Result<i128, Refusal> {
        self.state.b_supply -= b_tokens;
        mul_div_floor(b_tokens, self.state.b_rate_e12, ONE_E12)
    }

    /// Mints shares of debt for an amount, rounded up. The shares.
    pub fn borrow(&mut self, amount: i128) -> Result<i128, Refusal> {
        let d_tokens = mul_div_ceil(amount, ONE_E12, self.state.d_rate_e12)?;
        self.state.d_supply += d_tokens;
        Ok(d_tokens)
    }

    /// Burns at most `held` shares of debt for an amount, rounded down. The shares, and what the pool
    /// keeps of the amount.
    ///
    /// # Errors
    /// * [`Refusal::InvalidAmount`] - too little to burn one share.
    pub fn repay(&mut self, amount: i128, held: i128) -> Result<(i128, i128), Refusal> {
        let mut d_tokens = mul_div_floor(amount, ONE_E12, self.state.d_rate_e12)?;
        let mut kept = amount;
        if d_tokens > held {
            d_tokens = held;
            kept = mul_div_ceil(held, self.state.d_rate_e12, ONE_E12)?;
        }
        if d_tokens <= 0 {
            return Err(Refusal::InvalidAmount);
        }
        self.state.d_supply -= d_tokens;
        Ok((d_tokens, kept))
    }

    /// The reserve as a leg of a position without balances.
    pub fn leg(&self, price: i128) -> Leg {
        Leg {
            price,
            asset_scalar: 10_i128.pow(self.config.decimals),
            collateral_factor_e7: i128::from(self.config.c_factor),
            liability_factor_e7: i128::from(self.config.l_factor),
            b_rate_e12: self.state.b_rate_e12,
            d_rate_e12: self.state.d_rate_e12,
            b_tokens: 0,
            d_tokens: 0,
        }
    }
}

/// The auction that `new_auction` makes of `percent` of a position of one collateral (the first leg)
/// and one debt (the second), to start at `start_ledger`.
///
/// # Errors
/// * 1211 - not liquidatable, or no such percent.
/// * 1213, 1214 - the percent is too large or too small.
pub fn new_auction(
    position: &Position,
    percent: u32,
    start_ledger: u32,
) -> Result<Auction, CallError> {
    let refuse = |code: u32| Err(CallError::Contract(code));
    let totals = position.totals().map_err(refused)?;
    if percent == 0 || percent > 100 || totals.liability_base <= totals.collateral_base {
        return refuse(code::LIQUIDATION);
    }
    let (held, owed) = (position.legs[0].b_tokens, position.legs[1].d_tokens);
    if held == 0 || owed == 0 {
        return refuse(code::LIQUIDATION);
    }
    let full = percent > FULL_PERCENT;
    let checked = if full { FULL_PERCENT } else { percent };
    let partial = partial_lot(position, &totals, checked).map_err(refused)?;
    let mut after = position.clone();
    after.legs[0].b_tokens -= partial.auctioned.lot_b_tokens;
    after.legs[1].d_tokens -= partial.auctioned.bid_d_tokens;
    let after = after.totals().map_err(refused)?;

    let too_large = is_health_over(position, &after, HEALTH_AFTER_E7.1).map_err(refused)?;
    let auctioned = if full {
        if partial.withdrawn_value < totals.collateral_value && too_large {
            return refuse(code::LIQUIDATION_TOO_LARGE);
        }
        AuctionLeg {
            lot_b_tokens: held,
            bid_d_tokens: owed,
        }
    } else {
        if too_large {
            return refuse(code::LIQUIDATION_TOO_LARGE);
        }
        if is_health_under(position, &after, HEALTH_AFTER_E7.0).map_err(refused)? {
            return refuse(code::LIQUIDATION_TOO_SMALL);
        }
        partial.auctioned
    };
    let lot = AuctionLeg {
        bid_d_tokens: 0,
        ..auctioned
    };
    let bid = AuctionLeg {
        lot_b_tokens: 0,
        ..auctioned
    };
    Ok(Auction {
        start_ledger,
        legs: [lot, bid].into_iter().collect(),
    })
}

struct PartialLot {
    auctioned: AuctionLeg,
    /// Base value of the collateral that the lot is meant to hold.
    withdrawn_value: i128,
}

/// Lot and bid of a share of a position: the bid is that share of the debt, the lot what it is worth
/// and half of the average margin between collateral and debt on top.
fn partial_lot(position: &Position, totals: &Totals, percent: u32) -> Result<PartialLot, Refusal> {
    let scalar = position.price_scalar;
    let share = i128::from(percent) * scalar / 100;
    let factor = mul_div_floor(totals.collateral_base, scalar, totals.collateral_value)?;
    let inverse = mul_div_floor(totals.liability_base, scalar, totals.debt_value)?;
    let margin = scalar - mul_div_ceil(factor, scalar, inverse)?;
    let incentive = mul_div_ceil(margin, scalar, 2 * scalar)? + scalar;
    let repaid_value = mul_div_floor(totals.debt_value, share, scalar)?;
    let withdrawn_value = mul_div_floor(repaid_value, incentive, scalar)?;
    let withdrawn_share =
        mul_div_ceil(withdrawn_value, scalar, totals.collateral_value)?.min(scalar);
    Ok(PartialLot {
        auctioned: AuctionLeg {
            lot_b_tokens: mul_div_ceil(position.legs[0].b_tokens, withdrawn_share, scalar)?,
            bid_d_tokens: mul_div_ceil(position.legs[1].d_tokens, share, scalar)?,
        },
        withdrawn_value,
    })
}

fn health(position: &Position, totals: &Totals) -> Result<i128, Refusal> {
    mul_div_floor(
        totals.collateral_base,
        position.price_scalar,
        totals.liability_base,
    )
}

fn is_health_over(position: &Position, totals: &Totals, most_e7: i128) -> Result<bool, Refusal> {
    Ok(totals.liability_base == 0
        || health(position, totals)? > mul_div_ceil(position.price_scalar, most_e7, ONE_E7)?)
}

fn is_health_under(position: &Position, totals: &Totals, least_e7: i128) -> Result<bool, Refusal> {
    Ok(totals.liability_base != 0
        && health(position, totals)? < mul_div_floor(position.price_scalar, least_e7, ONE_E7)?)
}

/// What a fill of a whole auction at an age moves: shares of collateral and of debt.
pub fn fill_shares(auction: &Auction, age: u32) -> Result<AuctionLeg, Refusal> {
    Ok(AuctionLeg {
        lot_b_tokens: mul_div_floor(auction.legs[0].lot_b_tokens, lot_modifier_e7(age), ONE_E7)?,
        bid_d_tokens: mul_div_ceil(auction.legs[1].bid_d_tokens, bid_modifier_e7(age), ONE_E7)?,
    })
}
