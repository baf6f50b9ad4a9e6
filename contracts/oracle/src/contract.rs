use crate::{
    storage::{self, Round, Settings},
    OracleError, OracleScript, Override, PriceFeed,
};
use sep_40_oracle::{Asset, PriceData};
use soroban_sdk::{contract, contractimpl, panic_with_error, vec, Address, Env, Map, Vec};

/// The contract; [`PriceFeed`] and [`OracleScript`] tell what it does.
#[contract]
pub struct Oracle;

#[contractimpl]
impl PriceFeed for Oracle {
    fn base(env: Env) -> Asset {
        storage::settings(&env).base
    }

    fn assets(env: Env) -> Vec<Asset> {
        storage::settings(&env).assets
    }

    fn decimals(env: Env) -> u32 {
        storage::settings(&env).decimals
    }

    fn resolution(env: Env) -> u32 {
        storage::settings(&env).resolution
    }

    fn price(env: Env, asset: Asset, timestamp: u64) -> Option<PriceData> {
        let settings = live_settings(&env);
        let index = storage::position(&settings, &asset)?;
        match forced(&settings, &asset) {
            Override::Absent => return None,
            Override::Fixed(data) => return Some(data),
            Override::Stable(price) => return Some(PriceData { price, timestamp }),
            Override::Off => {}
        }
        let period = |seconds: u64| seconds / u64::from(settings.resolution);
        for number in rounds_newest_first(&settings, storage::ROUNDS_KEPT) {
            let (round_timestamp, price) = storage::price_in_round(&env, number, index);
            if period(round_timestamp) == period(timestamp) {
                return price;
            }
        }
        None
    }

    fn prices(env: Env, asset: Asset, records: u32) -> Option<Vec<PriceData>> {
        let settings = live_settings(&env);
        let index = storage::position(&settings, &asset)?;
        let records = records.min(storage::ROUNDS_KEPT);
        let resolution = u64::from(settings.resolution);
        let mut served = Vec::new(&env);
        match forced(&settings, &asset) {
            Override::Absent => {}
            Override::Fixed(data) => served = vec![&env, data],
            Override::Stable(price) => {
                let mut timestamp = env.ledger().timestamp() / resolution * resolution;
                for _ in 0..records {
                    served.push_back(PriceData { price, timestamp });
                    timestamp = timestamp.saturating_sub(resolution);
                }
            }
            Override::Off => {
                let span = u64::from(records) * resolution;
                for number in rounds_newest_first(&settings, records) {
                    let (timestamp, price) = storage::price_in_round(&env, number, index);
                    if timestamp.saturating_add(span) <= settings.last_timestamp {
                        break;
                    }
                    if let Some(price) = price {
                        served.push_back(price);
                    }
                }
            }
        }
        (!served.is_empty()).then_some(served)
    }

    fn lastprice(env: Env, asset: Asset) -> Option<PriceData> {
        let storage::Feed(mode, price, timestamp, expires) = storage::feed(&env, &asset)?;
        if mode == storage::FEED_DEAD {
            panic_with_error!(&env, OracleError::Dead);
        }
        let now = env.ledger().timestamp();
        if now >= expires {
            return None;
        }
        let timestamp = if mode == storage::FEED_STABLE {
            now
        } else {
            timestamp
        };
        Some(PriceData { price, timestamp })
    }
}

#[contractimpl]
impl OracleScript for Oracle {
    fn __constructor(
        env: Env,
        admin: Address,
        base: Asset,
        assets: Vec<Asset>,
        decimals: u32,
        resolution: u32,
    ) {
        if resolution == 0 {
            panic_with_error!(&env, OracleError::InvalidResolution);
        }
        if assets.len() > storage::MAX_ASSETS {
            panic_with_error!(&env, OracleError::TooManyAssets);
        }
        let settings = Settings {
            admin,
            assets,
            base,
            dead: false,
            decimals,
            overrides: Map::new(&env),
            resolution,
            round_count: 0,
            last_timestamp: 0,
        };
        refresh_all(&env, &settings);
        storage::set_settings(&env, &settings);
    }

    fn set_round(env: Env, timestamp: u64, prices: Vec<Option<i128>>) {
        let mut settings = authorized_settings(&env);
        if prices.len() != settings.assets.len() {
            panic_with_error!(&env, OracleError::WrongPriceCount);
        }
        let first = settings.round_count == 0;
        if timestamp < settings.last_timestamp {
            panic_with_error!(&env, OracleError::RoundOutOfOrder);
        }
        if first || timestamp > settings.last_timestamp {
            settings.round_count += 1;
            settings.last_timestamp = timestamp;
        }
        for (asset, price) in settings.assets.iter().zip(prices.iter()) {
            storage::refresh_feed(&env, &settings, &asset, price);
        }
        storage::set_round(&env, settings.round_count - 1, &Round(timestamp, prices));
        storage::set_settings(&env, &settings);
    }

    fn set_override(env: Env, asset: Asset, value: Override) {
        let mut settings = authorized_settings(&env);
        let index = storage::index_of(&env, &settings, &asset);
        match value {
            Override::Off => {
                settings.overrides.remove(asset);
            }
            value => settings.overrides.set(asset, value),
        }
        storage::refresh_feed_at(&env, &settings, index);
        storage::set_settings(&env, &settings);
    }

    fn add_asset(env: Env, asset: Asset) {
        let mut settings = authorized_settings(&env);
        if storage::position(&settings, &asset).is_some() {
            panic_with_error!(&env, OracleError::AssetExists);
        }
        if settings.assets.len() >= storage::MAX_ASSETS {
            panic_with_error!(&env, OracleError::TooManyAssets);
        }
        storage::refresh_feed(&env, &settings, &asset, None);
        settings.assets.push_back(asset);
        storage::set_settings(&env, &settings);
    }

    fn set_dead(env: Env, dead: bool) {
        let mut settings = authorized_settings(&env);
        settings.dead = dead;
        refresh_all(&env, &settings);
        storage::set_settings(&env, &settings);
    }
}

fn authorized_settings(env: &Env) -> Settings {
    let settings = storage::settings(env);
    settings.admin.require_auth();
    settings
}

fn live_settings(env: &Env) -> Settings {
    let settings = storage::settings(env);
    if settings.dead {
        panic_with_error!(env, OracleError::Dead);
    }
    settings
}

fn forced(settings: &Settings, asset: &Asset) -> Override {
    settings
        .overrides
        .get(asset.clone())
        .unwrap_or(Override::Off)
}

fn refresh_all(env: &Env, settings: &Settings) {
    for index in 0..settings.assets.len() {
        storage::refresh_feed_at(env, settings, index);
    }
}

/// Numbers of the last `count` rounds that exist.
fn rounds_newest_first(settings: &Settings, count: u32) -> impl Iterator<Item = u32> {
    let end = settings.round_count;
    let kept = end.min(storage::ROUNDS_KEPT).min(count);
    (end - kept..end).rev()
}
