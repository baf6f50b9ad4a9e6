//! Pools with their reserves, prices and venues.

use super::{
    entries::{self, Found},
    join::join_all,
    CollectError, Endpoints, VenueSettings,
};
use crate::model::{Feed, Market, PriceRound, Reserve, Venue, VenueToken};
use ballast_client::{
    entry::{self, comet, pool as key},
    pool,
    value::{
        Address, Asset, CometRecord, PoolConfig, PriceData, ReserveConfig, ReserveData, Value,
    },
    Call, Error,
};
use ballast_core::{
    fixed::ONE_E7,
    interest::{Curve, Reserve as Interest},
    volatility::VOLATILITY_ROUNDS,
};
use std::collections::{BTreeMap, BTreeSet};
use stellar_xdr::curr::LedgerKey;

/// Price feeds asked at a time.
const FEEDS_AT_ONCE: usize = 32;

/// What of a pool changes seldom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PoolInfo {
    pub pool: Address,
    pub oracle: Address,
    pub price_scalar: i128,
    pub resolution_seconds: u32,
    /// By reserve index.
    pub assets: Vec<Address>,
    /// Those of the assets whose contract is that of a classic asset or of lumens.
    pub classic: BTreeSet<Address>,
}

impl PoolInfo {
    /// Reads it.
    pub async fn read(
        endpoints: &Endpoints,
        pool: &Address,
        at_least: u32,
    ) -> Result<Self, CollectError> {
        let keys = [entry::instance(pool), key::reserve_list(pool)];
        let found = entries::read(endpoints, &keys, at_least).await?;
        let oracle = config(&found, pool)?.oracle;
        let assets: Vec<Address> = found.require(&keys[1], "a pool's list of reserves")?;
        let instances: Vec<_> = assets.iter().map(entry::instance).collect();
        let (decimals, resolution) = (pool::price_decimals(&oracle), pool::resolution(&oracle));
        let (decimals, resolution, instances) = tokio::join!(
            endpoints.view(&decimals, at_least),
            endpoints.view(&resolution, at_least),
            entries::read(endpoints, &instances, at_least),
        );
        let (decimals, instances) = (decimals?.0, instances?);
        let is_classic = |asset: &&Address| {
            let instance = instances.instance(&entry::instance(asset));
            instance.is_some_and(|instance| instance.is_classic_asset())
        };
        Ok(Self {
            pool: pool.clone(),
            price_scalar: scalar(decimals, "the oracle's decimals")?,
            resolution_seconds: resolution?.0,
            classic: assets.iter().filter(is_classic).cloned().collect(),
            oracle,
            assets,
        })
    }

    fn keys(&self) -> impl Iterator<Item = LedgerKey> + '_ {
        let pool = &self.pool;
        let of = |asset| {
            [
                key::reserve_config(pool, asset),
                key::reserve_data(pool, asset),
            ]
        };
        [entry::instance(pool), key::reserve_list(pool)]
            .into_iter()
            .chain(self.assets.iter().flat_map(of))
    }

    /// Whether the pool is still what it was when this was read.
    fn is_of(&self, found: &Found) -> Result<bool, CollectError> {
        let assets: Vec<Address> =
            found.require(&key::reserve_list(&self.pool), "a pool's list of reserves")?;
        Ok(assets == self.assets && config(found, &self.pool)?.oracle == self.oracle)
    }

    fn market(
        &self,
        found: &Found,
        feeds: &BTreeMap<(Address, Address), Feed>,
        venues: &[Venue],
        (ledger, closed_at): (u32, u64),
    ) -> Result<Market, CollectError> {
        let config = config(found, &self.pool)?;
        let reserves = self.assets.iter().map(|asset| {
            let of: ReserveConfig =
                found.require(&key::reserve_config(&self.pool, asset), "a reserve")?;
            let data: ReserveData =
                found.require(&key::reserve_data(&self.pool, asset), "a reserve")?;
            let now = interest(&of, &data)
                .accrued(closed_at, config.bstop_rate)
                .map_err(|refusal| CollectError::unexpected("a reserve", format!("{refusal:?}")))?;
            let feed = feeds.get(&(self.oracle.clone(), asset.clone()));
            Ok(Reserve {
                asset: asset.clone(),
                index: of.index,
                asset_scalar: scalar(of.decimals, "a reserve's decimals")?,
                collateral_factor_e7: of.c_factor,
                liability_factor_e7: of.l_factor,
                max_utilization_e7: of.max_util,
                enabled: of.enabled,
                b_rate_e12: now.b_rate_e12,
                d_rate_e12: now.d_rate_e12,
                b_supply: now.b_supply,
                d_supply: now.d_supply,
                feed: feed.cloned().unwrap_or_default(),
            })
        });
        Ok(Market {
            pool: self.pool.clone(),
            oracle: self.oracle.clone(),
            ledger,
            closed_at,
            price_scalar: self.price_scalar,
            resolution_seconds: self.resolution_seconds,
            status: config.status,
            min_collateral: config.min_collateral,
            reserves: reserves.collect::<Result<_, CollectError>>()?,
            venues: venues.to_vec(),
        })
    }
}

/// Pools as they were read: what is known of each, and its market or why there is none.
pub(super) type Markets = Vec<(PoolInfo, Result<Market, CollectError>)>;

/// Reads pools, prices and venues at once.
///
/// # Errors
/// Of the RPC. What is wrong with one pool is told of that pool.
pub(super) async fn read(
    endpoints: &Endpoints,
    infos: impl IntoIterator<Item = &PoolInfo>,
    venues: &[VenueSettings],
    at: (u32, u64),
) -> Result<Markets, CollectError> {
    let infos: Vec<_> = infos.into_iter().cloned().collect();
    let keys: Vec<_> = infos
        .iter()
        .flat_map(PoolInfo::keys)
        .chain(venues.iter().flat_map(venue_keys))
        .collect();
    let wanted: BTreeSet<_> = infos.iter().flat_map(feeds_of).collect();
    let (found, feeds) = tokio::join!(
        entries::read(endpoints, &keys, at.0),
        read_feeds(endpoints, wanted, at.0)
    );
    let (found, mut feeds) = (found?, feeds?);
    let venues: Vec<_> = venues
        .iter()
        .filter_map(|venue| read_venue(&found, venue))
        .collect();
    let mut markets = Vec::new();
    for mut info in infos {
        // Reserves and oracles are added seldom: then this pool is read once more.
        let again = match info.is_of(&found) {
            Ok(true) => None,
            Ok(false) => match PoolInfo::read(endpoints, &info.pool, at.0).await {
                Ok(new) => {
                    info = new;
                    let keys: Vec<_> = info.keys().collect();
                    feeds.extend(read_feeds(endpoints, feeds_of(&info).collect(), at.0).await?);
                    Some(entries::read(endpoints, &keys, at.0).await?)
                }
                Err(error @ CollectError::Rpc(_)) => return Err(error),
                Err(error) => {
                    markets.push((info, Err(error)));
                    continue;
                }
            },
            Err(error) => {
                markets.push((info, Err(error)));
                continue;
            }
        };
        let market = info.market(again.as_ref().unwrap_or(&found), &feeds, &venues, at);
        markets.push((info, market));
    }
    Ok(markets)
}

fn feeds_of(info: &PoolInfo) -> impl Iterator<Item = (Address, Address)> + '_ {
    let feed = |asset: &Address| (info.oracle.clone(), asset.clone());
    info.assets.iter().map(feed)
}

async fn read_feeds(
    endpoints: &Endpoints,
    wanted: BTreeSet<(Address, Address)>,
    at_least: u32,
) -> Result<BTreeMap<(Address, Address), Feed>, CollectError> {
    let read = |(oracle, asset): (Address, Address)| async move {
        let named = Asset::Stellar(asset.clone());
        let last = pool::last_price(&oracle, &named);
        let rounds = pool::prices(&oracle, &named, VOLATILITY_ROUNDS as u32);
        let (last, rounds) = tokio::join!(
            serves(endpoints, &last, at_least),
            serves(endpoints, &rounds, at_least)
        );
        let feed = Feed {
            last: last?.map(round),
            rounds: rounds?.unwrap_or_default().into_iter().map(round).collect(),
        };
        Ok(((oracle, asset), feed))
    };
    let feeds = join_all(wanted.into_iter().map(read).collect(), FEEDS_AT_ONCE).await;
    feeds.into_iter().collect()
}

/// What a feed answers; none where it traps, or answers with something else than a price: the vaults take it so.
pub(super) async fn serves<T: Value>(
    endpoints: &Endpoints,
    call: &Call<Option<T>>,
    at_least: u32,
) -> Result<Option<T>, CollectError> {
    match endpoints.view(call, at_least).await {
        Ok((value, _)) => Ok(value),
        Err(Error::WouldFail(_) | Error::Value { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn round(data: PriceData) -> PriceRound {
    PriceRound {
        price: data.price,
        timestamp: data.timestamp,
    }
}

fn config(found: &Found, pool: &Address) -> Result<PoolConfig, CollectError> {
    let what = || format!("the pool {pool}");
    let instance = found.instance(&entry::instance(pool));
    let instance =
        instance.ok_or_else(|| CollectError::unexpected(what(), "there is no such contract"))?;
    let config = instance.get(&key::config());
    let config = config.map_err(|error| CollectError::unexpected(what(), error))?;
    config.ok_or_else(|| CollectError::unexpected(what(), "it has no configuration"))
}

fn interest(config: &ReserveConfig, data: &ReserveData) -> Interest {
    Interest {
        curve: Curve {
            target_e7: config.util,
            base_e7: config.r_base,
            one_e7: config.r_one,
            two_e7: config.r_two,
            three_e7: config.r_three,
            reactivity_e7: config.reactivity,
        },
        b_rate_e12: data.b_rate,
        d_rate_e12: data.d_rate,
        modifier_e7: data.ir_mod,
        b_supply: data.b_supply,
        d_supply: data.d_supply,
        accrued_at: data.last_time,
    }
}

fn scalar(decimals: u32, what: &str) -> Result<i128, CollectError> {
    let scalar = 10_i128.checked_pow(decimals);
    scalar.ok_or_else(|| CollectError::unexpected(what, decimals))
}

fn venue_keys(venue: &VenueSettings) -> [LedgerKey; 2] {
    [
        entry::instance(&venue.contract),
        comet::records(&venue.contract),
    ]
}

/// A Comet pool; none where the contract is none, or not set up.
fn read_venue(found: &Found, venue: &VenueSettings) -> Option<Venue> {
    let [instance, records] = venue_keys(venue);
    let fee_e7 = found.instance(&instance)?.get(&comet::swap_fee());
    let records: Option<BTreeMap<Address, CometRecord>> =
        found.get(&records, "a Comet pool's balances").ok()?;
    let token = |(asset, record): (Address, CometRecord)| VenueToken {
        asset,
        balance: record.balance,
        weight_e7: record.weight,
    };
    let fee_e7: i128 = fee_e7.ok()??;
    (0..ONE_E7).contains(&fee_e7).then_some(())?;
    Some(Venue {
        adapter: venue.adapter.clone(),
        route: venue.route.clone(),
        contract: venue.contract.clone(),
        tokens: records?.into_iter().map(token).collect(),
        fee_e7,
    })
}
