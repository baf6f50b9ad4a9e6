//! What is told of a ledger: view, alerts, risk points; and what is read again for the next one.

use super::Keeper;
use crate::{
    collect::{Notice, Tick},
    execute::ExecuteNotice,
    store::RiskPoint,
    tell::{
        endpoint_name, AccountState, AlertKind, Counts, EndpointState, Holding, PoolState, Queued,
        Role, State,
    },
};
use ballast_client::value::Address;
use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

/// Borrowers of a pool that are shown.
const SHOWN: usize = 2_000;
/// From one risk point to the next, seconds.
const POINT_SECONDS: u64 = 60;
/// From one clean-up of the database to the next, seconds.
const PRUNE_SECONDS: u64 = 3_600;
/// Borrowers of a pool that a risk point is made from: beyond so many its median is that of the riskiest.
const OF_POINT: usize = 50_000;
/// A machine's clock that is further from the ledgers' is told of. Nothing depends on it.
const CLOCK_SECONDS: u64 = 300;

/// Who of a pool is in danger.
#[derive(Clone, Debug, Default)]
pub(super) struct Screening {
    /// Vaults at or above soft.
    pub at_risk: Vec<Address>,
    /// Vaults without a price.
    pub unpriced: Vec<Address>,
    /// Whether vaults at risk could not be read.
    pub unread: bool,
}

impl Keeper {
    /// Tells what a ledger brought.
    pub(super) async fn tell(&mut self, tick: &Tick, screened: BTreeMap<Address, Screening>) {
        if !screened.values().any(|pool| pool.unread) {
            self.alerts.clear(AlertKind::RpcDown, "");
        }
        self.lag(tick);
        for notice in &tick.notices {
            self.notice(notice);
        }
        for notice in self.executor.take_notices() {
            self.execute_notice(&notice);
        }
        self.auctioned(tick);
        self.lumens();
        self.clock(tick);
        self.show(tick, &screened);
        self.write_down(tick, &screened);
    }

    /// Reads fees, accounts and balances again, beside everything else.
    pub(super) fn refresh(&mut self) {
        if self
            .refreshing
            .as_ref()
            .is_some_and(|task| !task.is_finished())
        {
            return;
        }
        let executor = self.executor.clone();
        self.refreshing = Some(tokio::spawn(async move {
            if let Err(error) = executor.refresh().await {
                tracing::warn!(%error, "fees and accounts cannot be read");
            }
        }));
    }

    fn notice(&self, notice: &Notice) {
        use AlertKind::*;
        let alerts = &self.alerts;
        let of = |pool: &Address, asset: &Address| format!("{pool}/{asset}");
        match notice {
            Notice::Rebuilt { from, to, why } => {
                self.metrics.rebuilt();
                let detail =
                    format!("ledgers {from} to {to}: {why}; everything known was read again");
                alerts.raise(EventGap, "", &detail);
            }
            Notice::EndpointFailed { url, error } => {
                alerts.raise(RpcDown, &endpoint_name(url), error)
            }
            Notice::EndpointServes { url } => alerts.clear(RpcDown, &endpoint_name(url)),
            Notice::EndpointLags { url, ledgers } => {
                tracing::warn!(endpoint = endpoint_name(url), ledgers, "an endpoint lags");
            }
            Notice::OracleMissing { pool, asset } => {
                alerts.raise(
                    OracleMissing,
                    &of(pool, asset),
                    "the pool's oracle has no price",
                );
            }
            Notice::OracleInvalid { pool, asset, price } => {
                let detail = format!("the pool's oracle says {price}");
                alerts.raise(OracleMissing, &of(pool, asset), &detail);
            }
            Notice::OracleFrozen {
                pool,
                asset,
                age_seconds,
            } => {
                let detail = format!("the last price is {age_seconds} s old");
                alerts.raise(OracleFrozen, &of(pool, asset), &detail);
            }
            Notice::OracleServes { pool, asset } => {
                alerts.clear(OracleMissing, &of(pool, asset));
                alerts.clear(OracleFrozen, &of(pool, asset));
            }
            Notice::PoolUnreadable { pool, why } => {
                alerts.raise(PoolUnreadable, &pool.to_string(), why);
            }
            Notice::PoolReadable { pool } => alerts.clear(PoolUnreadable, &pool.to_string()),
            Notice::Unreadable { address, why } => {
                alerts.raise(EntryUnreadable, &address.to_string(), why);
            }
            Notice::Readable { address } => alerts.clear(EntryUnreadable, &address.to_string()),
            Notice::CheckMended { what } => {
                self.metrics.mended();
                alerts.raise(
                    CheckMended,
                    what,
                    "known differently from the chain, and mended",
                );
            }
            Notice::NotSaved { why } => {
                self.metrics.database_failed();
                alerts.raise(Database, "", why);
            }
            Notice::Saved => alerts.clear(Database, ""),
        }
    }

    fn execute_notice(&self, notice: &ExecuteNotice) {
        use AlertKind::*;
        let detail = notice.to_string();
        match notice {
            ExecuteNotice::SequenceUsedElsewhere { channel, .. } => {
                self.alerts
                    .raise(SequenceUsedElsewhere, &channel.to_string(), &detail);
            }
            ExecuteNotice::OutOfLumens { channel } => {
                self.alerts.raise(LumensLow, &channel.to_string(), &detail);
            }
            ExecuteNotice::ChannelUnfit { channel, .. } => {
                self.alerts
                    .raise(ChannelUnfit, &channel.to_string(), &detail);
            }
            ExecuteNotice::FeeAboveCap { .. } => self.alerts.raise(FeeAboveCap, "", &detail),
            ExecuteNotice::Database { .. } => {
                self.metrics.database_failed();
                self.alerts.raise(Database, "", &detail);
            }
        }
    }

    /// A watched vault in an auction is an alert for as long as it is.
    fn auctioned(&self, tick: &Tick) {
        let mut vaults = BTreeMap::new();
        for pool in self.collector.watch().pools.values() {
            for (user, auction) in &pool.auctions {
                if self.is_watched(user) {
                    let age = tick.ledger.saturating_sub(auction.start_ledger);
                    let detail = format!(
                        "in an auction since ledger {} ({age} ledgers)",
                        auction.start_ledger
                    );
                    vaults.insert(user.to_string(), detail);
                }
            }
        }
        self.alerts.only(AlertKind::VaultAuctioned, &vaults);
    }

    fn lumens(&self) {
        let lumens = self.executor.lumens();
        let keeper = [(self.executor.keeper(), lumens.keeper)];
        for (account, stroops) in lumens.channels.iter().chain(&keeper) {
            let low = *stroops < self.fees.low_lumens_stroops;
            let detail = format!("{stroops} stroops left");
            self.alerts.set(
                AlertKind::LumensLow,
                &account.to_string(),
                low.then_some(&detail),
            );
        }
    }

    /// The newest ledger that any endpoint has told of, when this one is done with.
    fn lag(&self, tick: &Tick) {
        let newest = self
            .endpoints
            .standing()
            .iter()
            .map(|one| one.latest_ledger)
            .max();
        let behind = newest.unwrap_or(0).saturating_sub(tick.ledger);
        let detail = format!("{behind} ledgers behind the network");
        self.alerts.set(
            AlertKind::Lag,
            "",
            (behind > self.view.about().lag_ledgers).then_some(&detail),
        );
    }

    fn clock(&self, tick: &Tick) {
        let machine = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let off = machine.abs_diff(tick.closed_at);
        let detail =
            format!("it is {off} s from the ledgers' time, which is what the keeper goes by");
        self.alerts.set(
            AlertKind::Clock,
            "",
            (off > CLOCK_SECONDS).then_some(&detail),
        );
    }

    fn show(&self, tick: &Tick, screened: &BTreeMap<Address, Screening>) {
        let watch = self.collector.watch();
        let pool = |(address, pool): (&Address, &crate::collect::PoolWatch)| {
            let screening = screened.get(address).cloned().unwrap_or_default();
            let queued = |one: crate::book::Standing| Queued {
                soft_e7: watch
                    .vaults
                    .get(&one.address)
                    .map(|brief| brief.thresholds.soft_e7),
                address: one.address,
                is_vault: one.is_vault,
                risk_e7: one.risk_e7,
                collateral_value: one.collateral_value,
                debt_value: one.debt_value,
            };
            let counts = Counts {
                borrowers: pool.book.len(),
                vaults: pool.book.vault_count(),
                at_risk: screening.at_risk.len(),
                unpriced: screening.unpriced.len(),
            };
            let queue = pool.book.queue(&pool.market, SHOWN);
            let queue = queue.into_iter().map(queued).collect();
            PoolState::new(&pool.market, counts, queue, &pool.auctions, |user| {
                watch.vaults.contains_key(user)
            })
        };
        let pools = watch.pools.iter().map(pool).collect();
        self.view.show(State {
            ledger: tick.ledger,
            closed_at: tick.closed_at,
            seen: tick.seen,
            pools,
            endpoints: self.endpoint_states(),
            accounts: self.accounts(),
            inventory: self.holdings(),
        });
    }

    /// Shows how the endpoints stand where nothing else is known.
    pub(super) fn show_endpoints(&self) {
        if let Some(state) = self.view.state() {
            self.view.show(State {
                endpoints: self.endpoint_states(),
                ..(*state).clone()
            });
        }
    }

    fn endpoint_states(&self) -> Vec<EndpointState> {
        let state = |one: crate::collect::EndpointStanding| EndpointState {
            name: endpoint_name(&one.url),
            healthy: one.healthy,
            latest_ledger: one.latest_ledger,
            failures: one.failures,
            latency: one.latency,
        };
        self.endpoints.standing().into_iter().map(state).collect()
    }

    fn accounts(&self) -> Vec<AccountState> {
        let lumens = self.executor.lumens();
        let busy = self.executor.busy_channels();
        let keeper = AccountState {
            address: self.executor.keeper(),
            role: Role::Keeper,
            lumens: lumens.keeper,
            free: true,
        };
        let channel = |(address, stroops): (Address, i64)| AccountState {
            free: !busy.contains(&address),
            address,
            role: Role::Channel,
            lumens: stroops,
        };
        std::iter::once(keeper)
            .chain(lumens.channels.into_iter().map(channel))
            .collect()
    }

    fn holdings(&self) -> Vec<Holding> {
        let watch = self.collector.watch();
        let decimals = |asset: &Address| {
            let mut reserves = watch
                .pools
                .values()
                .filter_map(|pool| pool.market.reserve_of(asset));
            let reserve = reserves.next();
            reserve.map_or(7, |reserve| {
                reserve.asset_scalar.checked_ilog10().unwrap_or(0)
            })
        };
        let balances = self.executor.balances();
        let exposures = &self.executor.settings().exposures;
        let holding = |(asset, most): (&Address, &i128)| Holding {
            asset: asset.clone(),
            decimals: decimals(asset),
            balance: balances.get(asset).copied().unwrap_or(0),
            exposure: *most,
        };
        exposures.iter().map(holding).collect()
    }

    /// A risk point now and then, and a clean-up: beside everything else.
    fn write_down(&mut self, tick: &Tick, screened: &BTreeMap<Address, Screening>) {
        if tick.closed_at < self.last_point.saturating_add(POINT_SECONDS) {
            return;
        }
        self.last_point = tick.closed_at;
        let prune = tick.closed_at >= self.last_prune.saturating_add(PRUNE_SECONDS);
        if prune {
            self.last_prune = tick.closed_at;
        }
        let points: Vec<RiskPoint> = self
            .collector
            .watch()
            .pools
            .iter()
            .map(|(address, pool)| {
                let at_risk = screened.get(address).map_or(0, |one| one.at_risk.len());
                point(tick, address, pool, at_risk)
            })
            .collect();
        let (store, keep, closed_at) = (self.store.clone(), self.keep, tick.closed_at);
        let metrics = self.metrics.clone();
        self.beside.retain(|task| !task.is_finished());
        self.beside.push(tokio::spawn(async move {
            let noted = async {
                for point in &points {
                    store.add_risk_point(point).await?;
                }
                if prune {
                    store.prune(closed_at, &keep).await?;
                }
                Ok::<_, crate::store::StoreError>(())
            };
            if let Err(error) = noted.await {
                metrics.database_failed();
                tracing::debug!(%error, "a risk point is not written down");
            }
        }));
    }
}

fn point(
    tick: &Tick,
    address: &Address,
    pool: &crate::collect::PoolWatch,
    at_risk: usize,
) -> RiskPoint {
    let queue = pool.book.queue(&pool.market, OF_POINT);
    let vaults: Vec<i128> = queue
        .iter()
        .filter(|one| one.is_vault && one.debt_value > 0)
        .map(|one| one.risk_e7)
        .collect();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let prices = pool.market.reserves.iter().filter_map(|reserve| {
        let last = reserve.feed.last?;
        Some((reserve.asset.clone(), last.price))
    });
    RiskPoint {
        ledger: tick.ledger,
        closed_at: tick.closed_at,
        pool: address.clone(),
        borrowers: count(queue.len()),
        vaults: count(vaults.len()),
        vaults_at_risk: count(at_risk),
        auctions: count(pool.auctions.len()),
        highest_vault_risk_e7: vaults.first().copied().unwrap_or(0),
        median_vault_risk_e7: vaults.get(vaults.len() / 2).copied().unwrap_or(0),
        prices: prices.collect(),
    }
}
