//! Thresholds that move with volatility: how far the risk ratio moves from round to round, and how
//! much lower unwinding therefore starts.
//!
//! What is measured is the present position, revalued at the past rounds of the pool's oracle: the
//! volatility of what will liquidate, whatever the assets and however they move together.

use arrayvec::ArrayVec;

use crate::fixed::{mul_div_floor, ONE_E7};
use crate::health::Position;
use crate::policy::Policy;
use crate::Refusal;

/// Rounds of the pool's oracle that are looked back on, the last one included: twelve changes.
pub const VOLATILITY_ROUNDS: usize = 13;
/// Fewer rounds than this say nothing.
pub const VOLATILITY_LEAST_ROUNDS: usize = 3;

/// What changes are measured in: 100%, with 8 decimals. Squares of them sum up in 64 bits, which
/// keeps wider arithmetic out of the contract, and the root has a decimal more than the result.
const ONE_E8: u64 = 1_0000_0000;

/// One round of an oracle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Its number: its time over the oracle's resolution. Some oracles stamp each asset with a time
    /// of its own within a round.
    pub number: u64,
    /// Price in the oracle's decimals.
    pub price: i128,
}

/// Rounds of one leg's asset, in any order.
pub type History = ArrayVec<Round, VOLATILITY_ROUNDS>;

/// Risk ratios of `position` at past rounds, 7 decimals, rounded up, oldest first. A round counts
/// where every leg that holds or owes something has a positive price of its number (the first, where
/// a feed has several). `histories` is parallel to the legs.
pub fn risk_ratios_e7(
    position: &Position,
    histories: &[History],
) -> ArrayVec<i128, VOLATILITY_ROUNDS> {
    let mut ratios = ArrayVec::new();
    let Some(first) = histories.first() else {
        return ratios;
    };
    let mut past = position.clone();
    let mut least = 0;
    // Oldest first, by looking for the next one each time: few rounds, and no sort in the contract.
    while let Some(number) = first
        .iter()
        .map(|round| round.number)
        .filter(|number| *number >= least)
        .min()
    {
        for (leg, history) in past.legs.iter_mut().zip(histories) {
            let of_number = history
                .iter()
                .find(|round| round.number == number && round.price > 0);
            // Without a price the position has no value.
            leg.price = of_number.map_or(0, |round| round.price);
        }
        if let Ok(totals) = past.totals() {
            // As many as the first leg has rounds at most.
            ratios.push(totals.risk_ratio_e7_ceil());
        }
        let Some(next) = number.checked_add(1) else {
            break;
        };
        least = next;
    }
    ratios
}

/// Volatility of a series of risk ratios: the root mean square of its relative changes, 7 decimals,
/// rounded down. A change above 100% counts as 100%. Zero for a series of fewer than
/// [`VOLATILITY_LEAST_ROUNDS`].
///
/// It is at most one unit below the exact value rounded down.
///
/// # Errors
/// * [`Refusal::InvalidPrice`] - a ratio is not positive: there is no relative change from it.
pub fn round_volatility_e7(ratios_e7: &[i128]) -> Result<i128, Refusal> {
    if ratios_e7.iter().any(|ratio| *ratio <= 0) {
        return Err(Refusal::InvalidPrice);
    }
    if ratios_e7.len() < VOLATILITY_LEAST_ROUNDS {
        return Ok(0);
    }
    let mut squares: u64 = 0;
    for pair in ratios_e7.windows(2) {
        let change = change_e8(pair[0], pair[1])?;
        // Overflows after 1,844 changes of 100%.
        squares = squares.saturating_add(change * change);
    }
    let root = root_floor(squares / (ratios_e7.len() as u64 - 1));
    Ok(i128::from(root / (ONE_E8 / ONE_E7 as u64)))
}

/// `|to - from| / from`, 8 decimals, rounded down, at most 100%. Both are positive.
fn change_e8(from: i128, to: i128) -> Result<u64, Refusal> {
    let difference = (to - from).abs();
    if difference >= from {
        return Ok(ONE_E8);
    }
    Ok(mul_div_floor(difference, i128::from(ONE_E8), from)? as u64)
}

/// Square root, rounded down, bit by bit.
fn root_floor(value: u64) -> u64 {
    let (mut rest, mut root) = (value, 0);
    let mut bit = 1 << 62;
    while bit > 0 {
        if rest >= root + bit {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    root
}

/// How far a policy lowers its thresholds at a volatility: `volatility_z * volatility`, rounded
/// down, and never more than the owner's bound. Risk ratio, 7 decimals.
pub fn shift_e7(policy: &Policy, volatility_e7: i128) -> u32 {
    let most = u64::from(policy.volatility_shift_max_e7);
    // A volatility is at most 100%; whatever is beyond exceeds every bound.
    let volatility = volatility_e7.clamp(0, 100 * ONE_E7) as u64;
    (u64::from(policy.volatility_z_e2) * volatility / 100).min(most) as u32
}

/// The policy in force: lowered by the volatility of `position` over `histories`. Where they are too
/// short or have no value, the policy as it is.
pub fn policy_in_force(policy: &Policy, position: &Position, histories: &[History]) -> Policy {
    let volatility_e7 = round_volatility_e7(&risk_ratios_e7(position, histories)).unwrap_or(0);
    policy.lowered_by(shift_e7(policy, volatility_e7))
}
