//! How a vault would stand after a call that was only simulated.

use super::{session::Session, standing::Standing};
use crate::Failure;
use ballast_client::{
    pool,
    value::{Address, Asset as Named},
};
use ballast_core::fixed::{add, mul_div_ceil, mul_div_floor, ONE_E7};

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
    let (mut collateral_base, mut debt_base) = (0, 0);
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
        let bases = || {
            let value = mul_div_floor(*collateral, price.price, reserve.scalar)?;
            let collateral = mul_div_floor(value, reserve.c_factor.into(), ONE_E7)?;
            let value = mul_div_ceil(*debt, price.price, reserve.scalar)?;
            let debt = match debt {
                0 => 0,
                _ => mul_div_ceil(value, ONE_E7, reserve.l_factor.into())?,
            };
            Ok::<_, ballast_core::Refusal>((
                add(collateral_base, collateral)?,
                add(debt_base, debt)?,
            ))
        };
        match bases() {
            Ok(sums) => (collateral_base, debt_base) = sums,
            Err(_) => return Ok(None),
        }
    }
    Ok(match (debt_base, collateral_base) {
        (0, _) => Some(0),
        (_, 0) => Some(i128::MAX),
        _ => mul_div_ceil(debt_base, ONE_E7, collateral_base).ok(),
    })
}
