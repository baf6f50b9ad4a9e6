use crate::{OracleError, Override};
use sep_40_oracle::{Asset, PriceData};
use soroban_sdk::{contracttype, panic_with_error, Address, Env, Map, Vec};

/// Rounds kept: as many as `prices` serves.
pub const ROUNDS_KEPT: u32 = 20;
/// Bound on the assets quoted.
pub const MAX_ASSETS: u32 = 32;

const DAY_IN_LEDGERS: u32 = 17_280;
const EXTEND_AMOUNT: u32 = 120 * DAY_IN_LEDGERS;
const TTL_THRESHOLD: u32 = 30 * DAY_IN_LEDGERS;

/// Everything that reads of a single price do not need. Instance.
#[contracttype]
#[derive(Clone)]
pub struct Settings {
    pub admin: Address,
    pub assets: Vec<Asset>,
    pub base: Asset,
    pub dead: bool,
    pub decimals: u32,
    pub overrides: Map<Asset, Override>,
    pub resolution: u32,
    /// Rounds published since the start; round `n` sits in slot `n % ROUNDS_KEPT`.
    pub round_count: u32,
    pub last_timestamp: u64,
}

/// A round: its timestamp and the price of each asset. Persistent, keyed by slot (u32).
#[contracttype]
#[derive(Clone)]
pub struct Round(pub u64, pub Vec<Option<i128>>);

/// What `lastprice` answers, ready to serve. Persistent, keyed by the asset itself, so that
/// `lastprice` costs one read: it is what vault and pool call, and their costs contain it.
#[contracttype]
#[derive(Clone)]
pub struct Feed(
    /// One of the `FEED_` modes.
    pub u32,
    /// Price.
    pub i128,
    /// Its timestamp, seconds.
    pub u64,
    /// Second from which on it is no longer served.
    pub u64,
);

/// The feed serves price and timestamp until it expires.
pub const FEED_LIVE: u32 = 0;
/// The feed serves the price as of now.
pub const FEED_STABLE: u32 = 1;
/// Reading traps.
pub const FEED_DEAD: u32 = 2;

const SETTINGS: u32 = 0;

pub fn settings(env: &Env) -> Settings {
    // Written by the constructor, hence always there.
    env.storage().instance().get(&SETTINGS).unwrap()
}

pub fn set_settings(env: &Env, settings: &Settings) {
    let instance = env.storage().instance();
    instance.set(&SETTINGS, settings);
    instance.extend_ttl(TTL_THRESHOLD, EXTEND_AMOUNT);
}

pub fn feed(env: &Env, asset: &Asset) -> Option<Feed> {
    env.storage().persistent().get(asset)
}

/// Works out and stores what `lastprice` serves for `asset`, given its price in the last round.
pub fn refresh_feed(env: &Env, settings: &Settings, asset: &Asset, price: Option<i128>) {
    let feed = if settings.dead {
        Feed(FEED_DEAD, 0, 0, 0)
    } else {
        match settings
            .overrides
            .get(asset.clone())
            .unwrap_or(Override::Off)
        {
            Override::Absent => Feed(FEED_LIVE, 0, 0, 0),
            Override::Fixed(data) => Feed(FEED_LIVE, data.price, data.timestamp, u64::MAX),
            Override::Stable(price) => Feed(FEED_STABLE, price, 0, u64::MAX),
            Override::Off => match price {
                Some(price) => {
                    let timestamp = settings.last_timestamp;
                    let age_served = 2 * u64::from(settings.resolution);
                    Feed(
                        FEED_LIVE,
                        price,
                        timestamp,
                        timestamp.saturating_add(age_served),
                    )
                }
                None => Feed(FEED_LIVE, 0, 0, 0),
            },
        }
    };
    let persistent = env.storage().persistent();
    persistent.set(asset, &feed);
    persistent.extend_ttl(asset, TTL_THRESHOLD, EXTEND_AMOUNT);
}

/// As [`refresh_feed`], with the price looked up in the last round.
pub fn refresh_feed_at(env: &Env, settings: &Settings, index: u32) {
    let price = settings
        .round_count
        .checked_sub(1)
        .and_then(|number| round(env, number).1.get(index))
        .flatten();
    refresh_feed(env, settings, &settings.assets.get_unchecked(index), price);
}

/// Round `number`, which must be one of the last [`ROUNDS_KEPT`].
pub fn round(env: &Env, number: u32) -> Round {
    env.storage()
        .persistent()
        .get(&(number % ROUNDS_KEPT))
        .unwrap()
}

pub fn set_round(env: &Env, number: u32, round: &Round) {
    let slot = number % ROUNDS_KEPT;
    let persistent = env.storage().persistent();
    persistent.set(&slot, round);
    persistent.extend_ttl(&slot, TTL_THRESHOLD, EXTEND_AMOUNT);
}

/// Price of the asset at `index` in round `number`.
pub fn price_in_round(env: &Env, number: u32, index: u32) -> (u64, Option<PriceData>) {
    let Round(timestamp, prices) = round(env, number);
    let price = prices.get(index).flatten();
    (timestamp, price.map(|price| PriceData { price, timestamp }))
}

/// Position of `asset` in the rounds, or a trap if it is not quoted.
pub fn index_of(env: &Env, settings: &Settings, asset: &Asset) -> u32 {
    position(settings, asset).unwrap_or_else(|| panic_with_error!(env, OracleError::UnknownAsset))
}

pub fn position(settings: &Settings, asset: &Asset) -> Option<u32> {
    settings.assets.first_index_of(asset)
}
