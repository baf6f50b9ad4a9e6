use super::{Market, Reserve, Shares};
use ballast_core::{
    health::{Leg, Position},
    Refusal,
};

/// A position as the contracts' arithmetic takes it: a leg for each reserve that it holds or owes
/// something of, in the order of the pool's list. A reserve whose feed says nothing has the price zero,
/// at which the core's totals refuse.
///
/// # Errors
/// * [`Refusal::InvalidPrice`] - shares of a reserve that the market does not have.
/// * [`Refusal::Overflow`] - more reserves than [`ballast_core::health::MAX_LEGS`].
pub fn position(market: &Market, shares: &[Shares]) -> Result<Position, Refusal> {
    let mut position = Position {
        legs: Default::default(),
        price_scalar: market.price_scalar,
    };
    for held in shares {
        if held.b_tokens == 0 && held.d_tokens == 0 {
            continue;
        }
        let reserve = market.reserves.get(held.index as usize);
        let reserve = reserve.filter(|reserve| reserve.index == held.index);
        let reserve = reserve.ok_or(Refusal::InvalidPrice)?;
        let leg = leg(reserve, held);
        position.legs.try_push(leg).map_err(|_| Refusal::Overflow)?;
    }
    Ok(position)
}

/// One reserve of a position.
pub fn leg(reserve: &Reserve, held: &Shares) -> Leg {
    Leg {
        price: reserve.feed.last.map_or(0, |round| round.price),
        asset_scalar: reserve.asset_scalar,
        collateral_factor_e7: i128::from(reserve.collateral_factor_e7),
        liability_factor_e7: i128::from(reserve.liability_factor_e7),
        b_rate_e12: reserve.b_rate_e12,
        d_rate_e12: reserve.d_rate_e12,
        b_tokens: held.b_tokens,
        d_tokens: held.d_tokens,
    }
}
