//! What the owner is expected to lose by waiting: what orders the vaults of a ledger and what a
//! transaction's inclusion is worth. An estimate in integers; nothing that the vault enforces hangs on it.

use super::seen::Seen;
use ballast_core::{
    auction::{Auction, FILLER_MARGIN_E7},
    fixed::{mul_div_floor, ONE_E7},
    Refusal,
};

/// A fall of the collateral that one ledger may well bring when prices move, 7 decimals.
const MOVE_E7: i128 = 100_000;

/// What waiting costs, base value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency {
    /// Expected loss by one more ledger.
    pub per_ledger: i128,
    /// What is at stake: the loss if nobody ever comes but a filler.
    pub total: i128,
}

/// The urgency of a vault at `ledger`.
///
/// Below 100% without an auction, a liquidation's cost is at stake: a filler's margin on the debt, at most
/// the equity. One ledger brings the vault there with a chance of `(move / distance)^2`: the square,
/// because moves of twice the size are about a quarter as frequent (Chebyshev's bound).
///
/// In an auction, at stake is what a filler gains when one comes, and one comes the sooner the nearer
/// the gain is to a filler's margin; waiting also makes the rescue dearer by as much as the gain grows.
pub fn urgency(seen: &Seen<'_>, ledger: u32) -> Urgency {
    let of = match seen.auction() {
        Some(auction) => in_auction(seen, &auction, ledger),
        None => before_auction(seen),
    };
    // What does not fit 128 bits is not a position that any pool could hold.
    of.unwrap_or_default()
}

fn before_auction(seen: &Seen<'_>) -> Result<Urgency, Refusal> {
    let totals = &seen.totals;
    let margin = mul_div_floor(totals.debt_value, FILLER_MARGIN_E7, ONE_E7)?;
    let total = margin.min(totals.equity());
    let distance_e7 = (ONE_E7 - totals.risk_ratio_e7_ceil()).clamp(MOVE_E7, ONE_E7);
    let chance_e7 = mul_div_floor(
        mul_div_floor(MOVE_E7, ONE_E7, distance_e7)?,
        MOVE_E7,
        distance_e7,
    )?;
    Ok(Urgency {
        per_ledger: mul_div_floor(total, chance_e7, ONE_E7)?,
        total,
    })
}

fn in_auction(seen: &Seen<'_>, auction: &Auction, ledger: u32) -> Result<Urgency, Refusal> {
    let (position, age) = (&seen.position, auction.age(ledger));
    let now = auction.fill_terms(position, age)?;
    let next = auction.fill_terms(position, age.saturating_add(1))?;
    let profit = next.profit().max(0);
    let full = mul_div_floor(next.bid_value, FILLER_MARGIN_E7, ONE_E7)?;
    let chance_e7 = match full {
        0 => ONE_E7,
        full => mul_div_floor(profit, ONE_E7, full)?.min(ONE_E7),
    };
    let dearer = (profit - now.profit().max(0)).max(0);
    let taken = match auction.first_profitable_age(position, FILLER_MARGIN_E7)? {
        Some(first) => auction.fill_terms(position, first.max(age))?.profit(),
        None => 0,
    };
    Ok(Urgency {
        per_ledger: mul_div_floor(profit, chance_e7, ONE_E7)? + dearer,
        total: taken.max(profit),
    })
}
