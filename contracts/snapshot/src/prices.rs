//! Prices: the pool's oracle decides when, the floor's sources decide how cheap at most.

use ballast_core::price::SourcePrices;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::oracle::{Asset, PriceData, PriceFeedClient};
use ballast_interfaces::vault::{Links, SecondOracle, SecondSource, VaultPolicy};
use soroban_sdk::{Address, Env};

/// The pool oracle's last price, as the pool will use it, and not older than `max_age_seconds`.
///
/// # Errors
/// * [`VaultError::PriceMissing`], [`VaultError::PriceStale`], [`VaultError::InvalidPrice`].
pub fn pool_price(
    env: &Env,
    links: &Links,
    asset: &Address,
    max_age_seconds: u64,
) -> Result<PriceData, VaultError> {
    let feed = PriceFeedClient::new(env, &links.oracle);
    let last = match feed.try_lastprice(&Asset::Stellar(asset.clone())) {
        Ok(Ok(Some(last))) => last,
        _ => return Err(VaultError::PriceMissing),
    };
    if last.price <= 0 {
        return Err(VaultError::InvalidPrice);
    }
    if !is_fresh(env, &last, max_age_seconds) {
        return Err(VaultError::PriceStale);
    }
    Ok(last)
}

/// What the floor's other sources say of `asset`.
///
/// # Errors
/// * [`VaultError::SecondOracleUnavailable`] - required, and without a fresh positive price.
pub fn other_sources(
    env: &Env,
    links: &Links,
    policy: &VaultPolicy,
    asset: &Address,
    last: &PriceData,
) -> Result<SourcePrices, VaultError> {
    let previous = if policy.use_previous_round {
        previous_round(env, links, asset, last)
    } else {
        None
    };
    let second = match &policy.second_oracle {
        SecondSource::Feed(second) => second_price(env, policy, second, asset)?,
        SecondSource::None => None,
    };
    Ok(SourcePrices { previous, second })
}

/// The round before the last, where the oracle serves it. Feeds differ in the order of `prices`,
/// so the round is picked by time.
fn previous_round(env: &Env, links: &Links, asset: &Address, last: &PriceData) -> Option<i128> {
    let feed = PriceFeedClient::new(env, &links.oracle);
    match feed.try_prices(&Asset::Stellar(asset.clone()), &2) {
        Ok(Ok(Some(rounds))) => rounds
            .iter()
            .find(|round| round.timestamp < last.timestamp && round.price > 0)
            .map(|round| round.price),
        _ => None,
    }
}

fn second_price(
    env: &Env,
    policy: &VaultPolicy,
    second: &SecondOracle,
    asset: &Address,
) -> Result<Option<i128>, VaultError> {
    let fresh = second.assets.get(asset.clone()).and_then(|name| {
        match PriceFeedClient::new(env, &second.oracle).try_lastprice(&name) {
            Ok(Ok(Some(price)))
                if price.price > 0 && is_fresh(env, &price, policy.max_price_age_seconds) =>
            {
                Some(price.price)
            }
            _ => None,
        }
    });
    if fresh.is_none() && second.required {
        return Err(VaultError::SecondOracleUnavailable);
    }
    Ok(fresh)
}

fn is_fresh(env: &Env, price: &PriceData, max_age_seconds: u64) -> bool {
    env.ledger().timestamp().saturating_sub(price.timestamp) <= max_age_seconds
}
