use crate::{
    storage::{self, Entry, Feed, Round, Settings},
    OracleError, OracleScript, Override, PriceFeed,
};
use sep_40_oracle::{Asset, PriceData};
use soroban_sdk::{contract, contractimpl, panic_with_error, vec, Address, Env, Vec};

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
        let Entry(index, forced) = storage::entry(&env, &asset)?;
        let period = |seconds: u64| seconds / u64::from(settings.resolution);
        match forced {
            Override::Absent => return None,
            Override::Fixed(data) => return Some(data),
            Override::Stable(price) => return Some(PriceData { price, timestamp }),
            Override::Rounds(rounds) => {
                return rounds
                    .iter()
                    .find(|round| period(round.timestamp) == period(timestamp))
            }
            Override::Off => {}
        }
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
        let Entry(index, forced) = storage::entry(&env, &asset)?;
        let records = records.min(storage::ROUNDS_KEPT);
        let resolution = u64::from(settings.resolution);
        let mut served = Vec::new(&env);
        match forced {
            Override::Absent => {}
            Override::Fixed(data) => served = vec![&env, data],
            Override::Rounds(rounds) => served = rounds,
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
        let Feed(mode, price, timestamp, expires) = storage::feed(&env, &asset)?;
        if mode == storage::FEED_DEAD {
            panic_with_error!(&env, OracleError::Dead);
        }
        let now = env.ledger().timestamp();
        if now >= expires {
            return None;
        }
        let stable = mode == storage::FEED_STABLE;
        let timestamp = if stable { now } else { timestamp };
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
        let mut settings = Settings {
            admin,
            assets: Vec::new(&env),
            base,
            dead: false,
            decimals,
            last_timestamp: 0,
            resolution,
            round_count: 0,
        };
        for asset in assets {
            storage::push_asset(&env, &mut settings, asset);
        }
        storage::set_settings(&env, &settings);
    }

    fn set_round(env: Env, timestamp: u64, prices: Vec<Option<i128>>) {
        let mut settings = authorized_settings(&env);
        if prices.len() != settings.assets.len() {
            panic_with_error!(&env, OracleError::WrongPriceCount);
        }
        if timestamp < settings.last_timestamp {
            panic_with_error!(&env, OracleError::RoundOutOfOrder);
        }
        if settings.round_count == 0 || timestamp > settings.last_timestamp {
            settings.round_count += 1;
            settings.last_timestamp = timestamp;
        }
        for (asset, price) in settings.assets.iter().zip(prices.iter()) {
            if let Some(Entry(_, forced)) = storage::entry(&env, &asset) {
                storage::refresh_feed(&env, &settings, &asset, forced, price);
            }
        }
        storage::set_round(&env, settings.round_count - 1, &Round(timestamp, prices));
        storage::set_settings(&env, &settings);
    }

    fn set_override(env: Env, asset: Asset, value: Override) {
        let settings = authorized_settings(&env);
        let Some(Entry(index, _)) = storage::entry(&env, &asset) else {
            panic_with_error!(&env, OracleError::UnknownAsset);
        };
        let entry = Entry(index, value);
        storage::set_entry(&env, &asset, &entry);
        storage::refresh_feed_from_round(&env, &settings, &asset, entry);
    }

    fn add_asset(env: Env, asset: Asset) {
        let mut settings = authorized_settings(&env);
        storage::push_asset(&env, &mut settings, asset);
        storage::set_settings(&env, &settings);
    }

    fn set_dead(env: Env, dead: bool) {
        let mut settings = authorized_settings(&env);
        settings.dead = dead;
        for asset in settings.assets.iter() {
            if let Some(entry) = storage::entry(&env, &asset) {
                storage::refresh_feed_from_round(&env, &settings, &asset, entry);
            }
        }
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

/// Numbers of the last `count` rounds that exist.
fn rounds_newest_first(settings: &Settings, count: u32) -> impl Iterator<Item = u32> {
    let end = settings.round_count;
    let kept = end.min(storage::ROUNDS_KEPT).min(count);
    (end - kept..end).rev()
}
