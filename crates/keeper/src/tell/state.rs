//! What the keeper knows and does, as plain data: the loop hands it over each ledger, page, metrics and JSON show it.

use super::scrub::printable;
use crate::model::{Market, OpenAuction};
use ballast_client::value::Address;
use ballast_core::{auction::FillTerms, fixed::ONE_E7, health::RISK_UNBOUNDED};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// What does not change while the keeper runs.
#[derive(Clone, Debug)]
pub struct About {
    /// The network's passphrase.
    pub network: String,
    /// Whose vaults are watched.
    pub factory: Address,
    /// Whether nothing is sent.
    pub dry_run: bool,
    /// When the keeper was started, unix seconds.
    pub started_at: u64,
    /// What assets and pools are called. From a file or from the chain: shown to people, never decided on.
    pub names: BTreeMap<Address, String>,
    /// Ledgers that the keeper may be behind the newest one that an endpoint has told of.
    pub lag_ledgers: u32,
    /// How long no ledger may come before that is an error.
    pub patience: Duration,
}

/// As of one ledger.
#[derive(Clone, Debug)]
pub struct State {
    /// The ledger.
    pub ledger: u32,
    /// When it closed, unix seconds.
    pub closed_at: u64,
    /// When it was first heard of here.
    pub seen: Instant,
    /// The pools.
    pub pools: Vec<PoolState>,
    /// The RPC endpoints.
    pub endpoints: Vec<EndpointState>,
    /// The keeper's account and its channels'.
    pub accounts: Vec<AccountState>,
    /// What the keeper holds for fills.
    pub inventory: Vec<Holding>,
}

/// A pool and its queue.
#[derive(Clone, Debug)]
pub struct PoolState {
    /// The pool.
    pub pool: Address,
    /// Decimals of its oracle, in which all values are.
    pub price_decimals: u32,
    /// Who holds or owes something there.
    pub borrowers: usize,
    /// Those of them that are vaults.
    pub vaults: usize,
    /// Vaults beyond their soft thresholds.
    pub at_risk: usize,
    /// Vaults whose position needs a price that is missing.
    pub unpriced: usize,
    /// Borrowers, riskiest first, as many as are shown.
    pub queue: Vec<Queued>,
    /// Open liquidation auctions, longest open first.
    pub auctions: Vec<AuctionState>,
    /// Its reserves' prices.
    pub prices: Vec<PriceState>,
}

/// A borrower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Whose position it is.
    pub address: Address,
    /// Risk ratio from which a vault lets somebody act, 7 decimals; none of other borrowers.
    pub soft_e7: Option<u32>,
    /// Whether it is a vault.
    pub is_vault: bool,
    /// Risk ratio, 7 decimals.
    pub risk_e7: i128,
    /// What it holds, base value.
    pub collateral_value: i128,
    /// What it owes, base value.
    pub debt_value: i128,
}

/// How near the pool's liquidation a borrower is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Anybody may open an auction.
    Liquidatable,
    /// A vault that lets a keeper act.
    AtRisk,
    /// Less than a tenth's fall away.
    Near,
    /// None of these.
    Far,
}

impl Queued {
    /// Share of the collateral's price that may be lost before the pool liquidates, 7 decimals; not above zero
    /// where it does already.
    pub fn distance_e7(&self) -> i128 {
        ONE_E7.saturating_sub(self.risk_e7)
    }

    /// How near it is.
    pub fn standing(&self) -> Standing {
        const NEAR_E7: i128 = 0_1000000;
        if self.distance_e7() <= 0 {
            Standing::Liquidatable
        } else if self
            .soft_e7
            .is_some_and(|soft| self.risk_e7 >= i128::from(soft))
        {
            Standing::AtRisk
        } else if self.distance_e7() < NEAR_E7 {
            Standing::Near
        } else {
            Standing::Far
        }
    }
}

/// An open auction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuctionState {
    /// Whose position it sells.
    pub user: Address,
    /// Whether that is a vault.
    pub is_vault: bool,
    /// Its first ledger.
    pub start_ledger: u32,
    /// Ledgers since.
    pub age_ledgers: u32,
    /// What a whole fill at this age gives and takes; none without prices.
    pub terms: Option<FillTerms>,
}

/// A price as the pool's oracle has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceState {
    /// Of what.
    pub asset: Address,
    /// Decimals of the asset.
    pub decimals: u32,
    /// Oracle's decimals.
    pub price: Option<i128>,
    /// Its round, unix seconds.
    pub timestamp: Option<u64>,
}

/// An RPC endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointState {
    /// Its address without what may be secret in it: see [`super::endpoint_name`].
    pub name: String,
    /// Whether it answers and keeps up.
    pub healthy: bool,
    /// The newest ledger that it has told of.
    pub latest_ledger: u32,
    /// Questions that it failed since the start.
    pub failures: u64,
    /// How long its last answer took.
    pub latency: Option<Duration>,
}

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Signs what the keeper does, and holds its inventory.
    Keeper,
    /// Is the source of transactions.
    Channel,
}

impl Role {
    /// As labels and documents have it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Keeper => "keeper",
            Role::Channel => "channel",
        }
    }
}

/// An account of the keeper's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// Which.
    pub address: Address,
    /// What it is for.
    pub role: Role,
    /// Stroops.
    pub lumens: i64,
    /// Whether it can be used now: a channel is not while a transaction of it is under way.
    pub free: bool,
}

/// An asset of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The asset.
    pub asset: Address,
    /// Its decimals.
    pub decimals: u32,
    /// What the keeper holds, smallest unit.
    pub balance: i128,
    /// The most that it may have in use.
    pub exposure: i128,
}

/// How many of what a pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Who holds or owes something.
    pub borrowers: usize,
    /// Vaults among them.
    pub vaults: usize,
    /// Vaults beyond their soft thresholds.
    pub at_risk: usize,
    /// Vaults without a price.
    pub unpriced: usize,
}

impl PoolState {
    /// From what is known of a pool; `is_vault` of those who are auctioned.
    pub fn new(
        market: &Market,
        counts: Counts,
        queue: Vec<Queued>,
        auctions: &BTreeMap<Address, OpenAuction>,
        is_vault: impl Fn(&Address) -> bool,
    ) -> Self {
        let mut auctions: Vec<_> = auctions
            .iter()
            .map(|(user, auction)| AuctionState {
                user: user.clone(),
                is_vault: is_vault(user),
                start_ledger: auction.start_ledger,
                age_ledgers: auction.age(market.ledger),
                terms: market.fill_terms(auction).ok(),
            })
            .collect();
        auctions.sort_by_key(|auction| auction.start_ledger);
        let prices = market.reserves.iter().map(|reserve| PriceState {
            asset: reserve.asset.clone(),
            decimals: reserve.asset_scalar.checked_ilog10().unwrap_or(0),
            price: reserve.feed.last.map(|last| last.price),
            timestamp: reserve.feed.last.map(|last| last.timestamp),
        });
        Self {
            pool: market.pool.clone(),
            price_decimals: market.price_scalar.checked_ilog10().unwrap_or(0),
            borrowers: counts.borrowers,
            vaults: counts.vaults,
            at_risk: counts.at_risk,
            unpriced: counts.unpriced,
            queue,
            auctions,
            prices: prices.collect(),
        }
    }

    /// The highest risk ratio of vaults, or of other borrowers, 7 decimals; zero without any.
    pub fn highest_risk_e7(&self, vaults: bool) -> i128 {
        let risks = self.queue.iter().filter(|one| one.is_vault == vaults);
        risks.map(|one| one.risk_e7).max().unwrap_or(0)
    }

    /// The auction of somebody.
    pub fn auction_of(&self, user: &Address) -> Option<&AuctionState> {
        self.auctions.iter().find(|auction| auction.user == *user)
    }
}

/// A ratio with 7 decimals as a float, for metrics and pictures.
pub fn ratio(value_e7: i128) -> f64 {
    match value_e7 {
        RISK_UNBOUNDED => f64::INFINITY,
        value => value as f64 / ONE_E7 as f64,
    }
}

/// What page, metrics and JSON show; clones show the same.
#[derive(Clone, Debug)]
pub struct View(Arc<Shown>);

#[derive(Debug)]
struct Shown {
    about: About,
    begun: Instant,
    state: RwLock<Option<Arc<State>>>,
}

impl View {
    /// Nothing yet.
    pub fn new(about: About) -> Self {
        Self(Arc::new(Shown {
            about,
            begun: Instant::now(),
            state: RwLock::new(None),
        }))
    }

    /// What does not change.
    pub fn about(&self) -> &About {
        &self.0.about
    }

    /// Shows another state.
    pub fn show(&self, state: State) {
        let state = Some(Arc::new(state));
        // A reader that panicked has changed nothing.
        *self.0.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// What is shown; none before the first ledger.
    pub fn state(&self) -> Option<Arc<State>> {
        self.0
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How long the keeper has been running.
    pub fn uptime(&self) -> Duration {
        self.0.begun.elapsed()
    }

    /// What an asset or a pool is called, else its address, shortened.
    pub fn name(&self, address: &Address) -> String {
        let known = self.0.about.names.get(address);
        known.map_or_else(|| brief(address), |name| printable(name))
    }
}

/// An address that is short enough to read.
pub fn brief(address: &Address) -> String {
    let text = address.to_string();
    match (text.get(..4), text.get(text.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if text.len() > 10 => format!("{head}…{tail}"),
        _ => text,
    }
}
