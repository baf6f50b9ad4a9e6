//! Every access to storage. Nothing here extends an entry's life: on the main network entries live for
//! 120 days from their creation, and one that was archived is restored by the call that needs it.

use crate::{OracleError, Override};
use sep_40_oracle::{Asset, PriceData};
use soroban_sdk::{contracttype, panic_with_error, Address, Env, Vec};

/// Rounds kept: as many as `prices` serves.
pub const ROUNDS_KEPT: u32 = 20;
/// Bound on the assets quoted.
pub const MAX_ASSETS: u32 = 32;

const SETTINGS: u32 = 0;

/// Everything that a read of the last price does not need. Instance.
#[contracttype]
#[derive(Clone)]
pub struct Settings {
    pub admin: Address,
    pub assets: Vec<Asset>,
    pub base: Asset,
    pub dead: bool,
    pub decimals: u32,
    pub last_timestamp: u64,
    pub resolution: u32,
    /// Rounds published since the start; round `n` sits in slot `n % ROUNDS_KEPT`.
    pub round_count: u32,
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

/// What only the script and reads of the history need of an asset: its position in the rounds and
/// what is forced. Persistent, keyed by `(asset, 0)`.
#[contracttype]
#[derive(Clone)]
pub struct Entry(pub u32, pub Override);

pub fn settings(env: &Env) -> Settings {
    // Written by the constructor, hence always there.
    env.storage().instance().get(&SETTINGS).unwrap()
}

pub fn set_settings(env: &Env, settings: &Settings) {
    env.storage().instance().set(&SETTINGS, settings);
}

pub fn feed(env: &Env, asset: &Asset) -> Option<Feed> {
    env.storage().persistent().get(asset)
}

pub fn entry(env: &Env, asset: &Asset) -> Option<Entry> {
    env.storage().persistent().get(&(asset, 0_u32))
}

pub fn set_entry(env: &Env, asset: &Asset, entry: &Entry) {
    env.storage().persistent().set(&(asset, 0_u32), entry);
}

/// Adds an asset at the end of the rounds, with nothing forced.
pub fn push_asset(env: &Env, settings: &mut Settings, asset: Asset) {
    let index = settings.assets.len();
    if index >= MAX_ASSETS {
        panic_with_error!(env, OracleError::TooManyAssets);
    }
    if entry(env, &asset).is_some() {
        panic_with_error!(env, OracleError::AssetExists);
    }
    let entry = Entry(index, Override::Off);
    set_entry(env, &asset, &entry);
    refresh_feed(env, settings, &asset, entry.1, None);
    settings.assets.push_back(asset);
}

/// Works out and stores what `lastprice` serves for `asset`, given its price in the last round.
pub fn refresh_feed(
    env: &Env,
    settings: &Settings,
    asset: &Asset,
    forced: Override,
    price: Option<i128>,
) {
    let absent = Feed(FEED_LIVE, 0, 0, 0);
    let feed = match (settings.dead, forced, price) {
        (true, ..) => Feed(FEED_DEAD, 0, 0, 0),
        (_, Override::Absent, _) => absent,
        (_, Override::Fixed(data), _) => Feed(FEED_LIVE, data.price, data.timestamp, u64::MAX),
        (_, Override::Stable(price), _) => Feed(FEED_STABLE, price, 0, u64::MAX),
        (_, Override::Rounds(rounds), _) => rounds
            .iter()
            .max_by_key(|round| round.timestamp)
            .map_or(absent, |last| {
                Feed(FEED_LIVE, last.price, last.timestamp, u64::MAX)
            }),
        (_, Override::Off, Some(price)) => {
            let timestamp = settings.last_timestamp;
            let served = 2 * u64::from(settings.resolution);
            Feed(
                FEED_LIVE,
                price,
                timestamp,
                timestamp.saturating_add(served),
            )
        }
        (_, Override::Off, None) => absent,
    };
    env.storage().persistent().set(asset, &feed);
}

/// As [`refresh_feed`], with the price looked up in the last round.
pub fn refresh_feed_from_round(env: &Env, settings: &Settings, asset: &Asset, entry: Entry) {
    let Entry(index, forced) = entry;
    let last = settings.round_count.checked_sub(1);
    let price = last
        .and_then(|number| round(env, number).1.get(index))
        .flatten();
    refresh_feed(env, settings, asset, forced, price);
}

/// Round `number`, which must be one of the last [`ROUNDS_KEPT`].
pub fn round(env: &Env, number: u32) -> Round {
    env.storage()
        .persistent()
        .get(&(number % ROUNDS_KEPT))
        .unwrap()
}

pub fn set_round(env: &Env, number: u32, round: &Round) {
    env.storage()
        .persistent()
        .set(&(number % ROUNDS_KEPT), round);
}

/// Timestamp of round `number` and the price of the asset at `index` in it.
pub fn price_in_round(env: &Env, number: u32, index: u32) -> (u64, Option<PriceData>) {
    let Round(timestamp, prices) = round(env, number);
    let price = prices.get(index).flatten();
    (timestamp, price.map(|price| PriceData { price, timestamp }))
}
