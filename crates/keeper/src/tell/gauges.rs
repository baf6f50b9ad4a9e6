//! What metrics read off the view and the alerts.

use super::{
    alerts::{AlertKind, Alerts},
    health::health,
    state::{ratio, AuctionState, Holding, PoolState, State, View},
};
use ballast_core::fixed::ONE_E7;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge, MetricType},
    registry::Unit,
};
use std::fmt::Error;

/// Most auctions of a pool with series of their own: in a crash there are many, and each series costs a scraper.
const MOST_AUCTIONS: usize = 100;

/// Distances to liquidation by which the queue is counted: up to these shares of the collateral's price,
/// 7 decimals.
pub const BANDS: [(&str, i128); 7] = [
    ("0-1%", 0_0100000),
    ("1-2%", 0_0200000),
    ("2-5%", 0_0500000),
    ("5-10%", 0_1000000),
    ("10-20%", 0_2000000),
    ("20-50%", 0_5000000),
    ("50-100%", ONE_E7),
];
/// The band of those who are liquidated if somebody wants to.
pub const LIQUIDATABLE: &str = "liquidatable";

/// The band that a distance is in.
pub fn band(distance_e7: i128) -> &'static str {
    if distance_e7 <= 0 {
        return LIQUIDATABLE;
    }
    let band = BANDS.iter().find(|(_, most)| distance_e7 <= *most);
    band.map_or(BANDS[BANDS.len() - 1].0, |band| band.0)
}

type Labels = Vec<(&'static str, String)>;

/// Reads them when somebody asks.
#[derive(Debug)]
pub struct Gauges {
    view: View,
    alerts: Alerts,
}

impl Gauges {
    /// Of these.
    pub fn new(view: View, alerts: Alerts) -> Self {
        Self { view, alerts }
    }
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut out = Out(&mut encoder);
        let about = self.view.about();
        let labels = vec![
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("network", about.network.clone()),
            ("factory", about.factory.to_string()),
            ("dry_run", about.dry_run.to_string()),
        ];
        out.gauge("build_info", "What runs; always 1", None, [(labels, 1.0)])?;
        let uptime = self.view.uptime().as_secs_f64();
        let seconds = Some(Unit::Seconds);
        out.one("uptime", "Since the start", seconds.clone(), uptime)?;
        let healthy = health(&self.view, &self.alerts).healthy;
        let help = "Whether /healthz answers that all is well";
        out.one("healthy", help, None, f64::from(u8::from(healthy)))?;
        self.alerts(&mut out)?;
        let Some(state) = self.view.state() else {
            return Ok(());
        };
        let help = "The last ledger that was looked at";
        out.one("ledger_sequence", help, None, f64::from(state.ledger))?;
        let help = "Close time of that ledger, unix time";
        out.one(
            "ledger_close_timestamp",
            help,
            seconds.clone(),
            state.closed_at as f64,
        )?;
        let help = "Since that ledger was heard of";
        let age = state.seen.elapsed().as_secs_f64();
        out.one("ledger_age", help, seconds, age)?;
        let newest = state.endpoints.iter().map(|one| one.latest_ledger).max();
        let behind = newest.unwrap_or(0).saturating_sub(state.ledger);
        let help = "Ledgers behind the newest one that an endpoint has told of";
        out.one("ledger_lag", help, None, f64::from(behind))?;
        endpoints(&mut out, &state)?;
        accounts(&mut out, &state)?;
        pools(&mut out, &state)?;
        auctions(&mut out, &state)
    }
}

impl Gauges {
    fn alerts(&self, out: &mut Out<'_, '_>) -> Result<(), Error> {
        let active = self.alerts.active();
        let kinds = || AlertKind::ALL.iter().copied();
        let labels = |kind: AlertKind| vec![("kind", kind.name().to_owned())];
        let count = |kind: AlertKind| active.iter().filter(|alert| alert.kind == kind).count();
        out.gauge(
            "alerts_active",
            "Alerts that last, by kind",
            None,
            kinds().map(|kind| (labels(kind), count(kind) as f64)),
        )?;
        let help = "Alerts raised since the start, by kind";
        let raised = kinds().map(|kind| (labels(kind), self.alerts.raised(kind)));
        out.counter("alerts_raised", help, raised)
    }
}

/// With the full stop that the library puts behind the others.
fn sentence(help: &str) -> String {
    format!("{help}.")
}

/// Writes families.
struct Out<'a, 'b>(&'a mut DescriptorEncoder<'b>);

impl Out<'_, '_> {
    fn gauge(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<Unit>,
        samples: impl IntoIterator<Item = (Labels, f64)>,
    ) -> Result<(), Error> {
        let mut family =
            self.0
                .encode_descriptor(name, &sentence(help), unit.as_ref(), MetricType::Gauge)?;
        for (labels, value) in samples {
            ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn counter(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Labels, u64)>,
    ) -> Result<(), Error> {
        let kind = MetricType::Counter;
        let mut family = self
            .0
            .encode_descriptor(name, &sentence(help), None, kind)?;
        for (labels, value) in samples {
            ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn one(&mut self, name: &str, help: &str, unit: Option<Unit>, value: f64) -> Result<(), Error> {
        let encoder =
            self.0
                .encode_descriptor(name, &sentence(help), unit.as_ref(), MetricType::Gauge)?;
        ConstGauge::new(value).encode(encoder)
    }
}

fn endpoints(out: &mut Out<'_, '_>, state: &State) -> Result<(), Error> {
    let of = |value: fn(&super::EndpointState) -> Option<f64>| {
        let some = move |one: &super::EndpointState| {
            value(one).map(|value| (vec![("endpoint", one.name.clone())], value))
        };
        state.endpoints.iter().filter_map(some)
    };
    out.gauge(
        "endpoint_up",
        "Whether an RPC endpoint answers and keeps up",
        None,
        of(|one| Some(f64::from(u8::from(one.healthy)))),
    )?;
    out.gauge(
        "endpoint_ledger_sequence",
        "The newest ledger that an endpoint has told of",
        None,
        of(|one| Some(f64::from(one.latest_ledger))),
    )?;
    let failures = state.endpoints.iter();
    let failures = failures.map(|one| (vec![("endpoint", one.name.clone())], one.failures));
    let help = "Questions that an endpoint has failed since the start";
    out.counter("endpoint_failures", help, failures)?;
    out.gauge(
        "endpoint_latency",
        "How long an endpoint's last answer took",
        Some(Unit::Seconds),
        of(|one| one.latency.map(|latency| latency.as_secs_f64())),
    )
}

fn accounts(out: &mut Out<'_, '_>, state: &State) -> Result<(), Error> {
    out.gauge(
        "account_lumens",
        "Lumens of the keeper's account and of its channels'",
        None,
        state.accounts.iter().map(|account| {
            let labels = vec![
                ("account", account.address.to_string()),
                ("role", account.role.name().to_owned()),
            ];
            (labels, account.lumens as f64 / 1e7)
        }),
    )?;
    let channels = |free: bool| {
        let of = state.accounts.iter();
        let of = of.filter(|one| one.role == super::Role::Channel && one.free == free);
        let name = if free { "free" } else { "busy" };
        (vec![("state", name.to_owned())], of.count() as f64)
    };
    out.gauge(
        "channels",
        "Channel accounts by whether a transaction of theirs is under way",
        None,
        [channels(true), channels(false)],
    )?;
    let holdings = |value: fn(&Holding) -> i128| {
        state.inventory.iter().map(move |holding| {
            let scale = 10f64.powi(holding.decimals.min(38) as i32);
            let labels = vec![("asset", holding.asset.to_string())];
            (labels, value(holding) as f64 / scale)
        })
    };
    let help = "What the keeper holds, whole tokens";
    out.gauge("inventory_tokens", help, None, holdings(|one| one.balance))?;
    let help = "The most that it may have in use, whole tokens";
    out.gauge(
        "inventory_exposure_tokens",
        help,
        None,
        holdings(|one| one.exposure),
    )
}

fn kind(is_vault: bool) -> String {
    if is_vault { "vault" } else { "other" }.to_owned()
}

fn pools(out: &mut Out<'_, '_>, state: &State) -> Result<(), Error> {
    let of = |value: fn(&PoolState) -> usize| {
        let one =
            move |pool: &PoolState| (vec![("pool", pool.pool.to_string())], value(pool) as f64);
        state.pools.iter().map(one)
    };
    let help = "Who holds or owes something at a pool";
    out.gauge("borrowers", help, None, of(|pool| pool.borrowers))?;
    out.gauge("vaults", "Vaults watched", None, of(|pool| pool.vaults))?;
    let help = "Vaults beyond their soft thresholds";
    out.gauge("vaults_at_risk", help, None, of(|pool| pool.at_risk))?;
    let help = "Vaults whose position needs a price that is missing";
    out.gauge("vaults_unpriced", help, None, of(|pool| pool.unpriced))?;
    let by_kind = |pool: &PoolState, vaults: bool, mut more: Labels, value: f64| {
        let mut labels = vec![("pool", pool.pool.to_string()), ("kind", kind(vaults))];
        labels.append(&mut more);
        (labels, value)
    };
    let kinds = [true, false];
    let each = || {
        state
            .pools
            .iter()
            .flat_map(|pool| kinds.map(|vaults| (pool, vaults)))
    };
    out.gauge(
        "highest_risk_ratio",
        "Highest risk ratio; the pool liquidates at 1",
        None,
        each().map(|(pool, vaults)| {
            by_kind(pool, vaults, vec![], ratio(pool.highest_risk_e7(vaults)))
        }),
    )?;
    let names = || std::iter::once(LIQUIDATABLE).chain(BANDS.iter().map(|band| band.0));
    out.gauge(
        "queue_borrowers",
        "Borrowers by the fall of their collateral's price that the pool would liquidate at, \
         of the riskiest that the queue holds",
        None,
        each().flat_map(|(pool, vaults)| {
            names().map(move |name| {
                let of = pool.queue.iter().filter(|one| one.is_vault == vaults);
                let count = of.filter(|one| band(one.distance_e7()) == name).count();
                by_kind(
                    pool,
                    vaults,
                    vec![("distance", name.to_owned())],
                    count as f64,
                )
            })
        }),
    )?;
    out.gauge(
        "auctions_open",
        "Open liquidation auctions",
        None,
        each().map(|(pool, vaults)| {
            let of = pool.auctions.iter().filter(|one| one.is_vault == vaults);
            by_kind(pool, vaults, vec![], of.count() as f64)
        }),
    )?;
    out.gauge(
        "oracle_price_timestamp",
        "Round of an asset's price, unix time",
        Some(Unit::Seconds),
        state.pools.iter().flat_map(|pool| {
            let of = pool.prices.iter();
            of.filter_map(|price| {
                let labels = vec![
                    ("pool", pool.pool.to_string()),
                    ("asset", price.asset.to_string()),
                ];
                price.timestamp.map(|time| (labels, time as f64))
            })
        }),
    )
}

fn auctions(out: &mut Out<'_, '_>, state: &State) -> Result<(), Error> {
    let of = |value: fn(&PoolState, &AuctionState) -> Option<f64>| {
        state.pools.iter().flat_map(move |pool| {
            let shown = pool.auctions.iter().take(MOST_AUCTIONS);
            shown.filter_map(move |auction| {
                let labels = vec![
                    ("pool", pool.pool.to_string()),
                    ("borrower", auction.user.to_string()),
                    ("kind", kind(auction.is_vault)),
                ];
                value(pool, auction).map(|value| (labels, value))
            })
        })
    };
    out.gauge(
        "auction_age_ledgers",
        "Ledgers since an open auction's first, of the hundred longest open",
        None,
        of(|_, auction| Some(f64::from(auction.age_ledgers))),
    )?;
    out.gauge(
        "auction_filler_gain_value",
        "What who fills the whole auction now gains before fees, base value of the pool's oracle",
        None,
        of(|pool, auction| {
            let scale = 10f64.powi(pool.price_decimals.min(38) as i32);
            let terms = auction.terms.as_ref();
            terms.map(|terms| terms.profit() as f64 / scale)
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn band_is_the_first_that_holds_a_distance() {
        for (distance_e7, name) in [
            (i128::MIN, LIQUIDATABLE),
            (0, LIQUIDATABLE),
            (1, "0-1%"),
            (0_0100000, "0-1%"),
            (0_0100001, "1-2%"),
            (0_0500000, "2-5%"),
            (0_9999999, "50-100%"),
            (ONE_E7, "50-100%"),
        ] {
            assert_eq!(band(distance_e7), name, "{distance_e7}");
        }
    }
}
