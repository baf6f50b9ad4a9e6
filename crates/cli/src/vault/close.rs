//! `ballast vault close`: sells as much collateral as the debts need, and takes out the rest.

use super::{
    arguments::{Close, Venue},
    misuse, policy,
    run::{act, Act},
    session::{Actor, Session},
    standing::{self, Standing},
};
use crate::Failure;
use anyhow::Context;
use ballast_client::{
    pool,
    value::{Address, Asset as Named, Bytes, Path, PositionLeg, Step, Value},
    vault,
};
use ballast_core::fixed::{mul_div_ceil, mul_div_floor, ONE_E7};
use stellar_xdr::curr::{Limits, WriteXdr};

/// Interest that may accrue until the call arrives, one part in so many of the debt.
const INTEREST_MARGIN: i128 = 10_000;
/// The most that anybody may lose on a sale: half of it.
const MOST_SLIPPAGE_E7: i128 = ONE_E7 / 2;

/// Unwinds everything.
pub async fn run(arguments: &Close) -> Result<(), Failure> {
    let slippage_e7 = policy::share(&arguments.max_slippage)
        .map_err(|words| misuse(format!("--max-slippage: {words}")))?;
    if slippage_e7 > MOST_SLIPPAGE_E7 {
        return Err(misuse("--max-slippage: at most 50%"));
    }
    let actor = Actor::open(&arguments.network, &arguments.signing).await?;
    let vault = actor.vault(&arguments.which).await?;
    let to = arguments.to.clone().unwrap_or_else(|| actor.address());
    let standing = standing::read(&actor.session, &vault).await?;
    let mut legs = Vec::new();
    let mut sales = Vec::new();
    for debt in standing.legs.iter().filter(|leg| leg.debt > 0) {
        let step = step(
            &actor.session,
            &standing,
            &arguments.venue,
            debt,
            slippage_e7,
        )
        .await?;
        let (sold, repaid) = (
            &standing.assets[&step.collateral],
            &standing.assets[&step.debt],
        );
        sales.push(format!(
            "{} for at least {}",
            sold.words(step.sell),
            repaid.words(step.min_proceeds)
        ));
        legs.push(step);
    }
    let words = match sales.as_slice() {
        [] => "close the vault".to_owned(),
        sales => format!("close the vault, selling {}", sales.join(" and ")),
    };
    let what = Act {
        action: "close",
        words,
        changes: None,
    };
    act(&actor, what, &vault, &vault::close(&vault, &legs, &to)).await
}

/// The sale that repays one debt: of the same asset where there is enough, else of the most valuable
/// collateral.
async fn step(
    session: &Session,
    standing: &Standing,
    venue: &Venue,
    debt: &PositionLeg,
    slippage_e7: i128,
) -> Result<Step, Failure> {
    let owed = debt.debt.saturating_add(debt.debt / INTEREST_MARGIN + 1);
    if debt.collateral >= owed {
        // Netted at the pool, without a venue.
        let nowhere = debt.asset.clone();
        return Ok(Step {
            path: Path::Plain,
            collateral: debt.asset.clone(),
            debt: debt.asset.clone(),
            sell: owed,
            min_proceeds: owed,
            adapter: nowhere,
            route: Bytes::default(),
        });
    }
    let debt_price = price(session, standing, &debt.asset).await?;
    let scalar = |leg: &PositionLeg| 10_i128.saturating_pow(standing.assets[&leg.asset].decimals);
    let mut best: Option<(i128, i128, &PositionLeg)> = None;
    for leg in standing.legs.iter().filter(|leg| leg.collateral > 0) {
        let price = price(session, standing, &leg.asset).await?;
        let value = mul_div_floor(leg.collateral, price, scalar(leg)).unwrap_or(0);
        if best.is_none_or(|(most, ..)| value > most) {
            best = Some((value, price, leg));
        }
    }
    let (_, collateral_price, collateral) = best.context("the vault has no collateral to sell")?;
    let sale = || {
        let value = mul_div_ceil(owed, debt_price, scalar(debt))?;
        let even = mul_div_ceil(value, scalar(collateral), collateral_price)?;
        mul_div_ceil(even, ONE_E7, ONE_E7 - slippage_e7)
    };
    let sell = sale().map_err(|_| anyhow::anyhow!("the sale is too large for its numbers"))?;
    let pair = (
        &standing.assets[&collateral.asset],
        &standing.assets[&debt.asset],
    );
    let (adapter, route) = route(session, venue, Some((&pair.0.code, &pair.1.code)))?;
    Ok(Step {
        path: Path::Flash,
        collateral: collateral.asset.clone(),
        debt: debt.asset.clone(),
        sell: sell.min(collateral.collateral),
        min_proceeds: owed,
        adapter,
        route,
    })
}

async fn price(session: &Session, standing: &Standing, asset: &Address) -> Result<i128, Failure> {
    let call = pool::last_price(&standing.state.links.oracle, &Named::Stellar(asset.clone()));
    let last = session.client.view(&call).await?;
    let price = last.filter(|last| last.price > 0).map(|last| last.price);
    let code = &standing.assets[asset].code;
    Ok(price.with_context(|| format!("the pool's oracle has no price of {code}"))?)
}

/// Adapter and route of a sale at Comet.
pub fn route(
    session: &Session,
    venue: &Venue,
    pair: Option<(&str, &str)>,
) -> Result<(Address, Bytes), Failure> {
    let adapter = venue
        .adapter
        .as_ref()
        .or(session.deployment.contract("adapter"))
        .ok_or_else(|| misuse("no adapter: name one with --adapter, or a file with --sandbox"))?;
    let trades = |assets: &[String], code: &str| assets.iter().any(|asset| asset == code);
    let listed = pair.and_then(|(sold, bought)| {
        let pools = &session.deployment.comet;
        pools
            .iter()
            .find(|pool| trades(&pool.assets, sold) && trades(&pool.assets, bought))
    });
    let comet = venue
        .comet
        .as_ref()
        .or(listed.map(|pool| &pool.contract))
        .ok_or_else(|| match pair {
            Some((sold, bought)) => misuse(format!(
                "no Comet pool of {sold} and {bought} is known: name one with --comet, or repay first"
            )),
            None => misuse("no Comet pool: name one with --comet"),
        })?;
    let route = comet.to_value().to_xdr(Limits::none())?;
    Ok((adapter.clone(), Bytes(route)))
}
