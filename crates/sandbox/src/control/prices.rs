//! Prices of the scripted oracle.

use super::{
    hex,
    oracle::{Oracle, Served},
    told,
};
use crate::{
    prices::{format_decimal, parse_decimal},
    RpcError, Sandbox,
};
use serde::Deserialize;
use serde_json::{json, Map, Value};
use std::{collections::BTreeMap, sync::Arc};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetPrice {
    asset: Option<String>,
    price: Option<String>,
    #[serde(default)]
    prices: BTreeMap<String, String>,
}

/// What the oracle says of each asset, however old.
pub(super) fn prices(sandbox: &Arc<Sandbox>) -> Result<Value, RpcError> {
    let oracle = sandbox.controls().oracle()?;
    let served = oracle.served(sandbox)?;
    let prices: Map<_, _> = oracle
        .codes()
        .zip(served)
        .map(|(code, served)| {
            let price = served.map(|served| {
                json!({
                    "price": format_decimal(served.price, oracle.decimals),
                    "timestamp": served.timestamp.to_string(),
                })
            });
            (code.to_string(), json!(price))
        })
        .collect();
    Ok(json!({ "prices": prices }))
}

/// Publishes a round: the prices given, and of the other assets what they were.
pub(super) fn set(sandbox: &Arc<Sandbox>, params: SetPrice) -> Result<Value, RpcError> {
    let mut given = params.prices;
    match (params.asset, params.price) {
        (Some(asset), Some(price)) => {
            given.insert(asset, price);
        }
        (None, None) => {}
        _ => return Err(RpcError::invalid_params("asset and price belong together")),
    }
    if given.is_empty() {
        return Err(RpcError::invalid_params(
            "give asset and price, or prices: {asset: price}",
        ));
    }
    let oracle = sandbox.controls().oracle()?;
    let mut changed = Vec::new();
    for (asset, price) in &given {
        let price = parse_decimal(price, oracle.decimals)
            .map_err(|why| RpcError::invalid_params(format_args!("{asset}: {why}")))?;
        changed.push((oracle.place(asset)?, Some(price)));
    }
    let (closed, hash) = publish(sandbox, &changed)?;
    let mut answer = told(&closed);
    answer["hash"] = hex(&hash).into();
    Ok(answer)
}

/// Publishes a round with these prices, by place; nothing where an asset misses it. Other assets keep what
/// they had. It is the round that the clock is in, or the last one again if that is later.
pub(super) fn publish(
    sandbox: &Arc<Sandbox>,
    changed: &[(usize, Option<i128>)],
) -> Result<(Arc<ballast_ledger::ClosedLedger>, [u8; 32]), RpcError> {
    let controls = sandbox.controls();
    let oracle = controls.oracle()?;
    let _one_at_a_time = controls.pricing();
    let served = oracle.served(sandbox)?;
    let round = this_round(sandbox, &oracle).max(newest(&served));
    let mut prices = prices_of(&served);
    for (place, price) in changed {
        if let Some(old) = prices.get_mut(*place) {
            *old = *price;
        }
    }
    let published = oracle.publish(sandbox, round, &prices)?;
    controls.set_due(round + u64::from(oracle.resolution_seconds));
    Ok(published)
}

/// The oracle would go stale by itself, because the clock goes on: when the clock has entered a new round,
/// the last prices are handed in again, for the ledger that closes next. What fails is tried again then.
pub(crate) fn refresh(sandbox: &Arc<Sandbox>) {
    let controls = sandbox.controls();
    if controls.paused() || sandbox.now() < controls.due() {
        return;
    }
    let Some(_one_at_a_time) = controls.try_pricing() else {
        return;
    };
    let Ok(oracle) = controls.oracle() else {
        // There is none, and none will come.
        return controls.set_due(u64::MAX);
    };
    let hand_in = || -> Result<u64, RpcError> {
        let served = oracle.served(sandbox)?;
        let (round, last) = (this_round(sandbox, &oracle), newest(&served));
        if last == 0 || round <= last {
            // Without any price there is nothing to repeat.
            return Ok(last.max(round));
        }
        oracle.hand_in(sandbox, round, &prices_of(&served))?;
        Ok(round)
    };
    if let Ok(round) = hand_in() {
        controls.set_due(round + u64::from(oracle.resolution_seconds));
    }
}

/// The round that the clock is in.
fn this_round(sandbox: &Sandbox, oracle: &Oracle) -> u64 {
    let resolution = u64::from(oracle.resolution_seconds);
    sandbox.now() / resolution * resolution
}

fn newest(served: &[Option<Served>]) -> u64 {
    let times = served.iter().flatten().map(|served| served.timestamp);
    times.max().unwrap_or(0)
}

fn prices_of(served: &[Option<Served>]) -> Vec<Option<i128>> {
    let price = |served: &Option<Served>| served.map(|served| served.price);
    served.iter().map(price).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rounds {
    paused: bool,
}

/// Lets the oracle go stale, or goes on.
pub(super) fn pause(sandbox: &Sandbox, params: &Rounds) -> Result<Value, RpcError> {
    sandbox.controls().oracle()?;
    sandbox.controls().pause(params.paused);
    Ok(json!({ "paused": params.paused }))
}
