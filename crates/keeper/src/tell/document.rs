//! What programs and the other commands read: JSON, amounts and ratios as decimal texts.

use super::{
    health::{health, Health},
    metrics::Metrics,
    state::{AuctionState, PoolState, Queued, Standing, State, View},
    Alerts,
};
use ballast_client::amount;
use ballast_core::health::RISK_UNBOUNDED;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Decimals of lumens.
const LUMENS: u32 = 7;

macro_rules! documents {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }
    )*};
}

documents! {
    /// `/status.json`.
    StatusDocument {
        /// Of the program.
        version: String,
        /// The network's passphrase.
        network: String,
        /// Whose vaults are watched.
        factory: String,
        /// Whether nothing is sent.
        dry_run: bool,
        /// RFC 3339.
        started_at: String,
        /// Whether all is well.
        healthy: bool,
        /// What is not.
        reasons: Vec<String>,
        /// The last ledger; none before the first.
        ledger: Option<LedgerDocument>,
        /// The pools.
        pools: Vec<PoolDocument>,
        /// The keeper's accounts.
        accounts: Vec<AccountDocument>,
        /// What it holds for fills.
        inventory: Vec<HoldingDocument>,
        /// The RPC endpoints.
        endpoints: Vec<EndpointDocument>,
        /// What an operator has to know of.
        alerts: Vec<AlertDocument>,
        /// Steps since the start.
        steps: Vec<StepsDocument>,
    }

    /// A ledger.
    LedgerDocument {
        /// Which.
        sequence: u32,
        /// RFC 3339.
        closed_at: String,
        /// Seconds since it was heard of.
        seconds_ago: f64,
        /// Ledgers behind the newest that an endpoint has told of.
        behind: u32,
    }

    /// A pool, in figures.
    PoolDocument {
        /// Its contract.
        pool: String,
        /// What it is called.
        name: String,
        /// Who holds or owes something there.
        borrowers: usize,
        /// Vaults among them.
        vaults: usize,
        /// Vaults beyond their soft thresholds.
        vaults_at_risk: usize,
        /// Vaults without a price.
        vaults_unpriced: usize,
        /// Highest risk ratio of a vault; none where it has no bounds.
        highest_vault_risk: Option<String>,
        /// Open auctions of vaults.
        vault_auctions: usize,
        /// Open auctions.
        auctions: usize,
        /// Its oracle's prices.
        prices: Vec<PriceDocument>,
    }

    /// A price.
    PriceDocument {
        /// The asset.
        asset: String,
        /// What it is called.
        name: String,
        /// Of the asset.
        decimals: u32,
        /// Of a whole token; none where there is none.
        price: Option<String>,
        /// Its round, RFC 3339.
        at: Option<String>,
    }

    /// An account of the keeper's.
    AccountDocument {
        /// Which.
        account: String,
        /// keeper or channel.
        role: String,
        /// What it has.
        lumens: String,
        /// Whether it can be used now.
        free: bool,
    }

    /// An asset of the inventory.
    HoldingDocument {
        /// The asset.
        asset: String,
        /// What it is called.
        name: String,
        /// What is held.
        balance: String,
        /// The most in use.
        exposure: String,
    }

    /// An endpoint.
    EndpointDocument {
        /// Its address, as far as it is no secret.
        endpoint: String,
        /// Whether it answers and keeps up.
        healthy: bool,
        /// The newest ledger that it has told of.
        latest_ledger: u32,
        /// Questions that it failed.
        failures: u64,
        /// How long its last answer took.
        latency_seconds: Option<f64>,
    }

    /// An alert.
    AlertDocument {
        /// What it is about.
        kind: String,
        /// Whom.
        subject: String,
        /// What is known of it.
        detail: String,
        /// RFC 3339.
        since: String,
    }

    /// How many steps ended so.
    StepsDocument {
        /// How.
        way: String,
        /// How they ended.
        outcome: String,
        /// How many.
        count: u64,
    }

    /// What a database tells of a keeper that does not run.
    RememberedDocument {
        /// The ledger up to which events were read.
        ledger: Option<u32>,
        /// Vaults that were watched.
        vaults: usize,
        /// By pool.
        pools: Vec<RememberedPoolDocument>,
        /// Transactions whose end is not known.
        unfinished_transactions: usize,
        /// Alerts that were not over.
        alerts: Vec<AlertDocument>,
    }

    /// How a pool stood when the keeper last saw it.
    RememberedPoolDocument {
        /// The pool.
        pool: String,
        /// Positions there.
        borrowers: usize,
        /// Open auctions.
        auctions: usize,
        /// The last ledger that its risk was noted at.
        ledger: Option<u32>,
        /// When that closed, RFC 3339.
        at: Option<String>,
        /// Vaults beyond their soft thresholds then.
        vaults_at_risk: Option<u32>,
        /// Highest risk ratio of a vault then; none where it had no bounds.
        highest_vault_risk: Option<String>,
    }

    /// `/queue.json`.
    QueueDocument {
        /// The ledger; none before the first.
        ledger: Option<LedgerDocument>,
        /// By pool.
        pools: Vec<PoolQueueDocument>,
    }

    /// A pool's queue.
    PoolQueueDocument {
        /// The pool.
        pool: String,
        /// What it is called.
        name: String,
        /// Who holds or owes something there.
        borrowers: usize,
        /// Riskiest first.
        queue: Vec<QueuedDocument>,
    }

    /// A borrower.
    QueuedDocument {
        /// Whose position.
        borrower: String,
        /// Whether it is a vault.
        vault: bool,
        /// liquidatable, at risk, near, far.
        standing: String,
        /// The pool liquidates at 1; none without bounds.
        risk_ratio: Option<String>,
        /// Share of the collateral's price that may be lost until then; not above zero where it is.
        distance: Option<String>,
        /// From which a vault lets somebody act.
        soft_threshold: Option<String>,
        /// What it holds, base value.
        collateral_value: String,
        /// What it owes, base value.
        debt_value: String,
        /// Its open auction.
        auction: Option<AuctionDocument>,
    }

    /// An auction.
    AuctionDocument {
        /// Its first ledger.
        start_ledger: u32,
        /// Ledgers since.
        age_ledgers: u32,
        /// What a fill gives now, base value; none without prices.
        lot_value: Option<String>,
        /// What it takes.
        bid_value: Option<String>,
        /// What is left of that for who fills, before fees.
        filler_gain: Option<String>,
    }

    /// `/history.json`.
    HistoryDocument {
        /// Last first.
        decisions: Vec<DecisionDocument>,
    }

    /// What was decided of a vault, and what became of it.
    DecisionDocument {
        /// Its number: `before` of the next page.
        id: i64,
        /// When, RFC 3339: the ledger's close time.
        at: String,
        /// The ledger that it was made on.
        ledger: u32,
        /// The pool.
        pool: String,
        /// The vault.
        vault: String,
        /// act, or the reason to hold.
        verdict: String,
        /// fill, plain, flash, clear; none where nothing was to be done.
        way: Option<String>,
        /// Whether it rescues from an auction.
        rescue: bool,
        /// Asset sold; none where nothing was to be done.
        collateral: Option<String>,
        /// Asset repaid.
        debt: Option<String>,
        /// Collateral to be sold, smallest unit.
        sell: Option<String>,
        /// Debt to be repaid, smallest unit.
        repay: Option<String>,
        /// Before.
        risk_ratio: Option<String>,
        /// As it was planned.
        risk_ratio_after: Option<String>,
        /// The vault's soft threshold.
        soft_threshold: String,
        /// How it ended; none while it is under way.
        outcome: Option<String>,
        /// In words.
        detail: Option<String>,
        /// Its transactions, last first.
        transactions: Vec<TransactionDocument>,
    }

    /// A transaction.
    TransactionDocument {
        /// Hexadecimal.
        hash: String,
        /// signed, sent, succeeded, failed, expired, refused.
        status: String,
        /// That it was applied in.
        ledger: Option<u32>,
        /// Lumens.
        fee: Option<String>,
    }
}

/// `/status.json`.
pub fn status(view: &View, alerts: &Alerts, metrics: &Metrics) -> StatusDocument {
    let about = view.about();
    let Health { healthy, reasons } = health(view, alerts);
    let state = view.state();
    let some = |state: &State| Figures {
        pools: state
            .pools
            .iter()
            .map(|pool| self::pool(view, pool))
            .collect(),
        accounts: accounts(state),
        inventory: inventory(view, state),
        endpoints: endpoints(state),
    };
    let figures = state.as_deref().map(some).unwrap_or_default();
    let steps = metrics.steps().into_iter();
    StatusDocument {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: about.network.clone(),
        factory: about.factory.to_string(),
        dry_run: about.dry_run,
        started_at: time(about.started_at),
        healthy,
        reasons,
        ledger: state.as_deref().map(ledger),
        pools: figures.pools,
        accounts: figures.accounts,
        inventory: figures.inventory,
        endpoints: figures.endpoints,
        alerts: self::alerts(alerts),
        steps: steps
            .map(|((way, outcome), count)| StepsDocument {
                way: way.to_owned(),
                outcome: outcome.to_owned(),
                count,
            })
            .collect(),
    }
}

#[derive(Default)]
struct Figures {
    pools: Vec<PoolDocument>,
    accounts: Vec<AccountDocument>,
    inventory: Vec<HoldingDocument>,
    endpoints: Vec<EndpointDocument>,
}

/// `/queue.json`, so many of each pool.
pub fn queue(view: &View, limit: usize) -> QueueDocument {
    let state = view.state();
    let pools = state.as_deref().map_or(&[][..], |state| &state.pools);
    let one = |pool: &PoolState| PoolQueueDocument {
        pool: pool.pool.to_string(),
        name: view.name(&pool.pool),
        borrowers: pool.borrowers,
        queue: {
            let shown = pool.queue.iter().take(limit);
            shown.map(|queued| self::queued(pool, queued)).collect()
        },
    };
    QueueDocument {
        ledger: state.as_deref().map(ledger),
        pools: pools.iter().map(one).collect(),
    }
}

fn ledger(state: &State) -> LedgerDocument {
    let newest = state.endpoints.iter().map(|one| one.latest_ledger).max();
    LedgerDocument {
        sequence: state.ledger,
        closed_at: time(state.closed_at),
        seconds_ago: state.seen.elapsed().as_millis() as f64 / 1e3,
        behind: newest.unwrap_or(0).saturating_sub(state.ledger),
    }
}

fn pool(view: &View, pool: &PoolState) -> PoolDocument {
    let prices = pool.prices.iter().map(|price| PriceDocument {
        asset: price.asset.to_string(),
        name: view.name(&price.asset),
        decimals: price.decimals,
        price: price
            .price
            .map(|price| amount::format(price, pool.price_decimals)),
        at: price.timestamp.map(time),
    });
    PoolDocument {
        pool: pool.pool.to_string(),
        name: view.name(&pool.pool),
        borrowers: pool.borrowers,
        vaults: pool.vaults,
        vaults_at_risk: pool.at_risk,
        vaults_unpriced: pool.unpriced,
        highest_vault_risk: ratio(pool.highest_risk_e7(true)),
        vault_auctions: pool.auctions.iter().filter(|one| one.is_vault).count(),
        auctions: pool.auctions.len(),
        prices: prices.collect(),
    }
}

fn accounts(state: &State) -> Vec<AccountDocument> {
    let one = |account: &super::AccountState| AccountDocument {
        account: account.address.to_string(),
        role: account.role.name().to_owned(),
        lumens: lumens(account.lumens),
        free: account.free,
    };
    state.accounts.iter().map(one).collect()
}

fn inventory(view: &View, state: &State) -> Vec<HoldingDocument> {
    let one = |holding: &super::Holding| HoldingDocument {
        asset: holding.asset.to_string(),
        name: view.name(&holding.asset),
        balance: amount::format(holding.balance, holding.decimals),
        exposure: amount::format(holding.exposure, holding.decimals),
    };
    state.inventory.iter().map(one).collect()
}

fn endpoints(state: &State) -> Vec<EndpointDocument> {
    let one = |endpoint: &super::EndpointState| EndpointDocument {
        endpoint: endpoint.name.clone(),
        healthy: endpoint.healthy,
        latest_ledger: endpoint.latest_ledger,
        failures: endpoint.failures,
        latency_seconds: endpoint
            .latency
            .map(|latency| latency.as_micros() as f64 / 1e6),
    };
    state.endpoints.iter().map(one).collect()
}

fn alerts(alerts: &Alerts) -> Vec<AlertDocument> {
    let one = |alert: super::Alert| AlertDocument {
        kind: alert.kind.name().to_owned(),
        subject: alert.subject,
        detail: alert.detail,
        since: time(alert.since),
    };
    alerts.active().into_iter().map(one).collect()
}

fn queued(pool: &PoolState, queued: &Queued) -> QueuedDocument {
    let value = |value: i128| amount::format(value, pool.price_decimals);
    let auction = |auction: &AuctionState| AuctionDocument {
        start_ledger: auction.start_ledger,
        age_ledgers: auction.age_ledgers,
        lot_value: auction.terms.as_ref().map(|terms| value(terms.lot_value)),
        bid_value: auction.terms.as_ref().map(|terms| value(terms.bid_value)),
        filler_gain: auction.terms.as_ref().map(|terms| value(terms.profit())),
    };
    QueuedDocument {
        borrower: queued.address.to_string(),
        vault: queued.is_vault,
        standing: match queued.standing() {
            Standing::Liquidatable => "liquidatable",
            Standing::AtRisk => "at risk",
            Standing::Near => "near",
            Standing::Far => "far",
        }
        .to_owned(),
        risk_ratio: ratio(queued.risk_e7),
        distance: ratio(queued.risk_e7).map(|_| amount::format(queued.distance_e7(), 7)),
        soft_threshold: queued.soft_e7.map(|soft| amount::format(soft.into(), 7)),
        collateral_value: value(queued.collateral_value),
        debt_value: value(queued.debt_value),
        auction: pool.auction_of(&queued.address).map(auction),
    }
}

/// A risk ratio as text; none where there is debt and no collateral.
pub fn ratio(risk_e7: i128) -> Option<String> {
    (risk_e7 != RISK_UNBOUNDED).then(|| amount::format(risk_e7, 7))
}

/// Stroops as lumens.
pub fn lumens(stroops: i64) -> String {
    amount::format(stroops.into(), LUMENS)
}

/// Unix seconds as RFC 3339.
pub fn time(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().map(Timestamp::from_second);
    match time {
        Some(Ok(time)) => time.to_string(),
        _ => seconds.to_string(),
    }
}
