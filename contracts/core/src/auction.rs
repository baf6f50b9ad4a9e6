//! What a fill of a Blend user-liquidation auction gives and costs at a given age, and when a
//! rescue by others is better for the owner than waiting.
//!
//! An open auction is a free option for the borrower: nobody fills at a loss, the price may come
//! back, and an early fill is even a gain. So a rescue opens on the auction's clock.
//! Source of the modifiers: `scale_auction` in `pool/src/auctions/auction.rs` of Blend v2.0.0.

use arrayvec::ArrayVec;

use crate::fixed::{add, mul_div_ceil, mul_div_floor, sub_floor_zero, ONE_E12, ONE_E7};
use crate::health::{Position, MAX_LEGS};
use crate::policy::Policy;
use crate::Refusal;

/// Blend moves a modifier by this much per ledger.
const STEP_PER_LEDGER_E7: i128 = 50_000;
/// Ledgers until the whole lot is offered; after as many again the bid is zero.
pub const RAMP_LEDGERS: u32 = 200;
/// Ledgers after which anybody may delete an auction.
pub const STALE_LEDGERS: u32 = 500;
/// Profit that a widely run filler asks for, share of the bid.
pub const FILLER_MARGIN_E7: i128 = 1_000_000;

/// What an auction offers and asks of one leg of the position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuctionLeg {
    /// Collateral shares in the lot, before the age's modifier.
    pub lot_b_tokens: i128,
    /// Debt shares in the bid, before the age's modifier.
    pub bid_d_tokens: i128,
}

/// An open user-liquidation auction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auction {
    /// First ledger of the auction (the one after it was created).
    pub start_ledger: u32,
    /// Parallel to [`Position::legs`].
    pub legs: ArrayVec<AuctionLeg, MAX_LEGS>,
}

/// Base values of a whole fill at one age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillTerms {
    /// What the filler receives, rounded down.
    pub lot_value: i128,
    /// What the filler takes over, rounded up.
    pub bid_value: i128,
}

impl FillTerms {
    /// The filler's gain over the bid, which is the owner's loss. Negative while it is a gain for
    /// the owner.
    pub fn profit(&self) -> i128 {
        self.lot_value - self.bid_value
    }
}

/// Share of the lot offered at `age` ledgers, 7 decimals.
pub fn lot_modifier_e7(age: u32) -> i128 {
    (i128::from(age) * STEP_PER_LEDGER_E7).min(ONE_E7)
}

/// Share of the bid asked at `age` ledgers, 7 decimals.
pub fn bid_modifier_e7(age: u32) -> i128 {
    (ONE_E7 - i128::from(age.saturating_sub(RAMP_LEDGERS)) * STEP_PER_LEDGER_E7).clamp(0, ONE_E7)
}

impl Auction {
    /// Ledgers since the start; zero before it.
    pub fn age(&self, ledger: u32) -> u32 {
        ledger.saturating_sub(self.start_ledger)
    }

    /// What a whole fill at `age` gives and costs at the position's prices and rates.
    pub fn fill_terms(&self, position: &Position, age: u32) -> Result<FillTerms, Refusal> {
        let (lot_e7, bid_e7) = (lot_modifier_e7(age), bid_modifier_e7(age));
        let mut terms = FillTerms {
            lot_value: 0,
            bid_value: 0,
        };
        for (leg, auctioned) in position.legs.iter().zip(&self.legs) {
            if auctioned.lot_b_tokens > 0 {
                let shares = mul_div_floor(auctioned.lot_b_tokens, lot_e7, ONE_E7)?;
                let amount = mul_div_floor(shares, leg.b_rate_e12, ONE_E12)?;
                terms.lot_value = add(terms.lot_value, leg.value_floor(amount)?)?;
            }
            if auctioned.bid_d_tokens > 0 {
                let shares = mul_div_ceil(auctioned.bid_d_tokens, bid_e7, ONE_E7)?;
                let amount = mul_div_ceil(shares, leg.d_rate_e12, ONE_E12)?;
                terms.bid_value = add(terms.bid_value, leg.value_ceil(amount)?)?;
            }
        }
        Ok(terms)
    }

    /// First age at which a filler who asks for `margin_e7` of the bid takes the whole auction at
    /// the position's prices, or `None` if no age up to `2 * RAMP_LEDGERS` pays.
    pub fn first_profitable_age(
        &self,
        position: &Position,
        margin_e7: i128,
    ) -> Result<Option<u32>, Refusal> {
        // Lot over bid never falls with age, so the first age is found by bisection.
        let pays = |age: u32| -> Result<bool, Refusal> {
            let terms = self.fill_terms(position, age)?;
            let asked = mul_div_ceil(terms.bid_value, add(ONE_E7, margin_e7)?, ONE_E7)?;
            Ok(terms.lot_value > 0 && terms.lot_value >= asked)
        };
        let (mut low, mut high) = (0, 2 * RAMP_LEDGERS);
        if !pays(high)? {
            return Ok(None);
        }
        while low < high {
            let middle = (low + high) / 2;
            if pays(middle)? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(Some(low))
    }
}

/// What a rescue by others may cost the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RescueTerms {
    /// Discount cap, 7 decimals: ramps with the filler's profit, not with the depth of the position,
    /// and never exceeds what the auction itself gives. Negative, a premium, while the auction asks
    /// for more than the lot is worth.
    pub discount_cap_e7: i128,
    /// What being filled would cost at present prices, base value: what a filler asks for, or what
    /// a fill at this ledger takes if that is more. A rescue may not cost more.
    pub fill_cost_value: i128,
}

/// The terms of a rescue at `ledger`.
///
/// A rescue opens when the lot due `rescue_window_ledgers` from now is worth at least what a filler
/// would take, `bid * (1 - 10%)`. Its discount goes from the policy's minimum to its maximum as the
/// filler's profit goes from 0 to 10% of the bid, but a rescue pays at least what a filler would
/// pay now for as much of the lot, `bid / lot`: an oracle that lags behind the market makes the
/// auction look dear and its price the better one.
///
/// # Errors
/// * [`Refusal::RescueTooEarly`] - waiting is still free.
pub fn rescue_terms(
    policy: &Policy,
    position: &Position,
    auction: &Auction,
    ledger: u32,
) -> Result<RescueTerms, Refusal> {
    let age = auction.age(ledger);
    let ahead = auction.fill_terms(position, age.saturating_add(policy.rescue_window_ledgers))?;
    let taken = mul_div_ceil(ahead.bid_value, ONE_E7 - FILLER_MARGIN_E7, ONE_E7)?;
    if ahead.lot_value < taken {
        return Err(Refusal::RescueTooEarly);
    }
    let now = auction.fill_terms(position, age)?;
    if now.lot_value == 0 {
        return Err(Refusal::RescueTooEarly);
    }
    let full_profit = mul_div_floor(now.bid_value, FILLER_MARGIN_E7, ONE_E7)?;
    let profit = sub_floor_zero(now.lot_value, now.bid_value);
    let reached_e7 = if full_profit == 0 {
        ONE_E7
    } else {
        mul_div_floor(profit, ONE_E7, full_profit)?.min(ONE_E7)
    };
    // A filler with that margin takes the auction when lot = bid * (1 + margin): before the ramp's
    // middle if the whole lot is worth it, else as the bid falls.
    let whole = auction.fill_terms(position, RAMP_LEDGERS)?;
    let bid_at_fill = whole.bid_value.min(mul_div_floor(
        whole.lot_value,
        ONE_E7,
        ONE_E7 + FILLER_MARGIN_E7,
    )?);
    // Past that age nobody came, and a fill at this ledger costs what it costs.
    let asked = mul_div_floor(bid_at_fill, FILLER_MARGIN_E7, ONE_E7)?;
    Ok(RescueTerms {
        discount_cap_e7: policy
            .discount_at_e7(reached_e7)
            .min(discount_of_fill_e7(&now)?),
        fill_cost_value: asked.max(profit),
    })
}

/// What a filler gives up less than the lot's worth, share of the lot, 7 decimals, rounded down:
/// `1 - bid / lot`. Negative while it pays more. The lot is not empty.
fn discount_of_fill_e7(terms: &FillTerms) -> Result<i128, Refusal> {
    Ok(ONE_E7 - mul_div_ceil(terms.bid_value, ONE_E7, terms.lot_value)?)
}
