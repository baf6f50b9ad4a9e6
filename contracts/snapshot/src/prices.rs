//! Prices: the pool's oracle decides when, the floor's sources decide how cheap at most.

use ballast_core::volatility::{History, Round};
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

/// What the pool's oracle served of an asset's last rounds.
pub struct Served {
    /// The rounds.
    pub rounds: History,
    /// The newest price before the last round's.
    pub previous: Option<i128>,
}

/// The last `count` rounds of `asset`; none where the oracle does not serve them. Feeds differ in the
/// order of `prices`, so rounds are told by their time.
pub fn served(env: &Env, links: &Links, asset: &Address, last: &PriceData, count: usize) -> Served {
    let mut served = Served {
        rounds: History::new(),
        previous: None,
    };
    let feed = PriceFeedClient::new(env, &links.oracle);
    let Ok(Ok(Some(rounds))) = feed.try_prices(&Asset::Stellar(asset.clone()), &(count as u32))
    else {
        return served;
    };
    let mut newest = 0;
    for round in rounds.iter().take(count) {
        if round.price > 0 && (newest..last.timestamp).contains(&round.timestamp) {
            newest = round.timestamp;
            served.previous = Some(round.price);
        }
        served.rounds.push(Round {
            number: round.timestamp / u64::from(links.resolution_seconds.max(1)),
            price: round.price,
        });
    }
    served
}

/// The second oracle's price of `asset`, where the policy names one.
///
/// # Errors
/// * [`VaultError::SecondOracleUnavailable`] - required, and without a fresh positive price.
pub fn second(
    env: &Env,
    policy: &VaultPolicy,
    asset: &Address,
) -> Result<Option<i128>, VaultError> {
    match &policy.second_oracle {
        SecondSource::Feed(second) => second_price(env, policy, second, asset),
        SecondSource::None => Ok(None),
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
