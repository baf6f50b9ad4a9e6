//! How a vault would stand after a call that was only simulated.

use super::{session::Session, standing::Standing};
use crate::Failure;
use ballast_client::{
    pool,
    value::{Address, Asset as Named},
};
use ballast_core::{
    fixed::ONE_E12,
    health::{Leg, Position},
};

/// What a call does to an asset of the position, smallest unit.
#[derive(Clone, Debug)]
pub struct Change {
    pub asset: Address,
    pub collateral: i128,
    pub debt: i128,
}

/// Liability base over collateral base after the changes, 7 decimals, at the last prices; zero without
/// debt. None where a price or a number fails.
pub async fn risk_ratio(
    session: &Session,
    standing: &Standing,
    changes: &[Change],
) -> Result<Option<i128>, Failure> {
    let mut legs: Vec<_> = standing
        .legs
        .iter()
        .map(|leg| (leg.asset.clone(), leg.collateral, leg.debt))
        .collect();
    for change in changes {
        match legs.iter_mut().find(|(asset, ..)| *asset == change.asset) {
            Some((_, collateral, debt)) => {
                // More than there is takes what there is.
                *collateral = collateral.saturating_add(change.collateral).max(0);
                *debt = debt.saturating_add(change.debt).max(0);
            }
            None => legs.push((change.asset.clone(), change.collateral, change.debt)),
        }
    }
    let mut position = Position {
        legs: Default::default(),
        price_scalar: standing.state.links.price_scalar,
    };
    for (asset, collateral, debt) in &legs {
        if (*collateral, *debt) == (0, 0) {
            continue;
        }
        let links = &standing.state.links;
        let reserve = session
            .client
            .view(&pool::reserve(&links.pool, asset))
            .await?;
        let price = pool::last_price(&links.oracle, &Named::Stellar(asset.clone()));
        let Some(price) = session.client.view(&price).await? else {
            return Ok(None);
        };
        // Amounts instead of shares, at rates of one.
        let leg = Leg {
            price: price.price,
            asset_scalar: reserve.scalar,
            collateral_factor_e7: reserve.c_factor.into(),
            liability_factor_e7: reserve.l_factor.into(),
            b_rate_e12: ONE_E12,
            d_rate_e12: ONE_E12,
            b_tokens: *collateral,
            d_tokens: *debt,
        };
        if position.legs.try_push(leg).is_err() {
            return Ok(None);
        }
    }
    Ok(position
        .totals()
        .ok()
        .map(|totals| totals.risk_ratio_e7_ceil()))
}
