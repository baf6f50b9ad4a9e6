//! Reads the chain: events, entries and prices, through several endpoints.
//!
//! | file | what it does |
//! |---|---|
//! | `endpoints/` | several RPC servers as one |
//! | `events.rs` | events from a ledger on: whose entries are to be read again |
//! | `entries.rs`, `market.rs` | entries in batches; pools, prices and venues of a ledger |
//! | `reading.rs` | what one ledger brought, read without changing anything |
//! | `apply.rs` | the same, applied at once |
//! | `sync.rs` | the first synchronisation, going on from the database, the rebuild after a gap |
//! | `listing.rs` | the factory's own list of its vaults |
//! | `check.rs` | every entry once in a while, whatever events said |
//! | `details.rs` | vaults and second prices, for the strategy |
//! | `saver.rs` | what was seen, written to the database in the background |
//!
//! Events only say where to look: amounts come from entries, so an event that comes twice, late or not at all (the
//! steady check finds what it was about) does no harm.

mod apply;
mod check;
mod details;
mod endpoints;
mod entries;
mod error;
mod events;
mod join;
mod listing;
mod market;
mod notices;
mod reading;
mod saver;
mod sync;
mod told;

pub use endpoints::{EndpointOptions, EndpointStanding, Endpoints, Entries};
pub use error::CollectError;
pub use told::{Change, Notice, SyncProgress, SyncStage, Tick};

use crate::{
    book::{Book, Thresholds},
    model::{Market, OpenAuction},
    store::Store,
};
use ballast_client::{
    rpc::LatestLedger,
    value::{Address, Bytes},
};
use check::Check;
use market::PoolInfo;
use notices::Known;
use reading::Strange;
use saver::Saver;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::{sleep, Instant};

/// How often endpoints that are not asked are looked at: one that lags or is gone should be known before it is needed.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// What is collected, and how.
#[derive(Clone, Debug)]
pub struct CollectSettings {
    /// The factory whose vaults are watched.
    pub factory: Address,
    /// Pause between two questions for the newest ledger.
    pub poll: Duration,
    /// No new ledger for so long is an error of [`Collector::next`].
    pub stall: Duration,
    /// Every entry is read once in this time, whatever events said.
    pub full_check: Duration,
    /// Borrowers that are known beforehand: events name only those who did something lately.
    pub borrowers: Vec<Address>,
    /// Where collateral can be sold.
    pub venues: Vec<VenueSettings>,
}

impl CollectSettings {
    /// Of a factory, with everything else as usual.
    pub fn new(factory: Address) -> Self {
        Self {
            factory,
            poll: Duration::from_millis(250),
            stall: Duration::from_secs(60),
            full_check: Duration::from_secs(6 * 3_600),
            borrowers: Vec::new(),
            venues: Vec::new(),
        }
    }
}

/// A Comet pool through an adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueSettings {
    /// The swap adapter.
    pub adapter: Address,
    /// Its route.
    pub route: Bytes,
    /// The Comet pool.
    pub contract: Address,
}

/// Everything that is watched.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The pools that vaults borrow from.
    pub pools: BTreeMap<Address, PoolWatch>,
    /// The vaults.
    pub vaults: BTreeMap<Address, VaultBrief>,
}

/// A pool.
#[derive(Clone, Debug)]
pub struct PoolWatch {
    /// With prices, rates and venues.
    pub market: Arc<Market>,
    /// Its borrowers.
    pub book: Book,
    /// Open liquidation auctions, of vaults and others.
    pub auctions: BTreeMap<Address, OpenAuction>,
}

/// What is always known of a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultBrief {
    /// Its pool.
    pub pool: Address,
    /// Its owner.
    pub owner: Address,
    /// The ledger that it was made in, or was first seen in.
    pub created_ledger: u32,
    /// When it takes steps.
    pub thresholds: Thresholds,
}

/// Reads the chain, ledger by ledger.
#[derive(Debug)]
pub struct Collector {
    endpoints: Arc<Endpoints>,
    store: Store,
    saver: Saver,
    settings: CollectSettings,
    watch: Watch,
    infos: BTreeMap<Address, PoolInfo>,
    /// Pools of vaults that could not be read yet.
    unwatched: BTreeSet<Address>,
    /// Entries that made no sense when they were read last.
    strange: Strange,
    /// The last ledger that was read, and when it closed.
    ledger: u32,
    closed_at: u64,
    /// Events up to this ledger were read.
    through: u32,
    /// What the operator was told of.
    known: Known,
    check: Check,
    /// When other endpoints were last looked at.
    looked: Option<Instant>,
}

impl Collector {
    /// A collector that knows nothing yet: [`Collector::sync`] comes next.
    ///
    /// # Errors
    /// None so far: what is wrong shows when it is synchronised.
    pub async fn open(
        endpoints: Arc<Endpoints>,
        store: Store,
        settings: CollectSettings,
    ) -> Result<Self, CollectError> {
        Ok(Self {
            endpoints,
            saver: Saver::start(store.clone()),
            store,
            settings,
            watch: Watch::default(),
            infos: BTreeMap::new(),
            unwatched: BTreeSet::new(),
            strange: Strange::default(),
            ledger: 0,
            closed_at: 0,
            through: 0,
            known: Known::default(),
            check: Check::default(),
            looked: None,
        })
    }

    /// Everything that is watched, as of the last tick.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The last ledger that was read, and when it closed.
    pub fn now(&self) -> (u32, u64) {
        (self.ledger, self.closed_at)
    }

    /// The endpoints.
    pub fn endpoints(&self) -> &Arc<Endpoints> {
        &self.endpoints
    }

    /// Waits until what was seen is in the database, or cannot be written there.
    pub async fn flush(&self) {
        self.saver.flush().await;
    }

    /// Ends: what was seen is written, as far as it can be, and the database let go of.
    pub async fn close(self) {
        self.saver.close().await;
    }

    /// Waits for the next ledger and reads what it brought. Nothing is changed before all of it is read, so a call
    /// that is dropped or fails is as if it had not been made: the next one reads the same again, or more.
    ///
    /// # Errors
    /// [`CollectError::Rpc`], when all endpoints fail; [`CollectError::Stalled`], when no ledger comes. The
    /// collector is good for further calls after each.
    pub async fn next(&mut self) -> Result<Tick, CollectError> {
        let (latest, seen) = self.wait().await?;
        let at = (latest.sequence, latest.close_time);
        let reading = match self.read(at).await {
            Err(events::EventError::Gap { oldest }) => self.reread(at, oldest).await?,
            Err(events::EventError::Other(error)) => return Err(error),
            Ok(reading) => reading,
        };
        Ok(self.apply(at, seen, reading))
    }

    /// Waits for a ledger that was not read yet.
    async fn wait(&mut self) -> Result<(LatestLedger, std::time::Instant), CollectError> {
        let since = Instant::now();
        loop {
            self.look_around();
            let latest = self.endpoints.latest_after(self.ledger).await?;
            if latest.sequence > self.ledger {
                return Ok((latest, std::time::Instant::now()));
            }
            if since.elapsed() >= self.settings.stall {
                return Err(CollectError::Stalled {
                    ledger: self.ledger,
                    waited: since.elapsed(),
                });
            }
            sleep(self.settings.poll).await;
        }
    }

    /// Has a look at the other endpoints, in the background.
    fn look_around(&mut self) {
        let due = |looked: Instant| looked.elapsed() >= LOOK_AROUND;
        if self.endpoints.len() > 1 && self.looked.is_none_or(due) {
            self.looked = Some(Instant::now());
            let endpoints = self.endpoints.clone();
            tokio::spawn(async move { endpoints.look_around().await });
        }
    }
}
