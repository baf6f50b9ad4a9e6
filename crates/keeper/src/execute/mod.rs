//! Simulates, signs, sends and follows.
//!
//! Channel accounts are the transactions' sources and pay the fees; the keeper's key signs the authorisations and
//! its account holds the inventory. What a call authorises is known beforehand, so that one simulation, with the
//! signatures in place, leads to a transaction that can be sent.
//!
//! | file | what it does |
//! |---|---|
//! | `act.rs` | from the choices for a vault to an outcome |
//! | `call.rs` | the call of an action, with the keeper's signature |
//! | `carry.rs` | records an envelope, hands it in, follows it to its end |
//! | `channels.rs` | which channel is free, and with which sequence number |
//! | `settle.rs` | what is still open: of this run and of the one before |
//! | `journal.rs` | the database, which may fail |
//! | `inventory.rs` | balances, exposure, what is committed |
//! | `refresh.rs` | what is read beforehand: fees, accounts, balances |
//! | `sale.rs` | sells what came in |
//!
//! A channel whose transaction has an unknown end is not used before its last ledger has passed: two transactions
//! of one sequence number could both be waiting, and which one is applied would be up to others.

mod act;
mod call;
mod carry;
mod channels;
mod inventory;
mod journal;
mod outcome;
mod refresh;
mod sale;
mod settle;

pub use outcome::{Acted, ExecuteError, ExecuteNotice, Outcome, Recovered, Settled};
pub use refresh::Lumens;
pub use sale::{sale_of, Sale, SaleOutcome};

use crate::{collect::Endpoints, store::Store};
use ballast_client::value::Address;
use ballast_transaction::KeyPair;
use channels::Channels;
use inventory::Holdings;
use journal::Journal;
use refresh::Known;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// How the keeper acts.
#[derive(Clone, Debug)]
pub struct ExecuteSettings {
    /// Do everything but send.
    pub dry_run: bool,
    /// Ledgers after the last one that is known in which a transaction may be applied.
    pub valid_ledgers: u32,
    /// Time from the close of the ledger that a step is planned on until the vault refuses it.
    pub deadline: Duration,
    /// Most that is bid for the inclusion, stroops.
    pub max_inclusion_fee: u32,
    /// How long a transaction is followed before its caller is told that its end is unknown.
    pub patience: Duration,
    /// Longest pause between two questions for a transaction, when no ledger is told meanwhile.
    pub poll: Duration,
    /// What an earlier run had out is not known: its database is gone, or was put aside. No channel is used before
    /// whatever it sent can no longer be applied.
    pub count_lost: bool,
    /// Most of each asset that fills may tie up, in flight and until sales have brought it back; of an asset that is
    /// not named, nothing.
    pub exposures: BTreeMap<Address, i128>,
    /// How much less than the oracle's price a sale of what came in may bring, 7 decimals.
    pub resale_slippage_e7: u32,
}

impl Default for ExecuteSettings {
    fn default() -> Self {
        Self {
            dry_run: false,
            valid_ledgers: 2,
            deadline: Duration::from_secs(60),
            max_inclusion_fee: 1_000_000,
            patience: Duration::from_secs(120),
            poll: Duration::from_secs(2),
            count_lost: false,
            exposures: BTreeMap::new(),
            resale_slippage_e7: 0_0200000,
        }
    }
}

/// Notices that are kept until somebody takes them; of more, the first ones are.
const MOST_NOTICES: usize = 1_000;

/// Acts for a keeper.
pub struct Executor {
    endpoints: Arc<Endpoints>,
    journal: Journal,
    keeper: KeyPair,
    settings: ExecuteSettings,
    channels: Arc<Channels>,
    holdings: Holdings,
    known: Mutex<Known>,
    /// The last ledger that was told.
    ledger: watch::Sender<u32>,
    notices: Mutex<Vec<ExecuteNotice>>,
    /// One at a time asks for what is open; with what became of an earlier run's.
    settling: tokio::sync::Mutex<Vec<Settled>>,
}

impl Executor {
    /// Reads the accounts, and what an earlier run left: its channels and vaults are not used before
    /// [`Executor::recover`] or a later ledger has settled them. Without channels the keeper's own account is the
    /// only one.
    ///
    /// # Errors
    /// [`ExecuteError`], if the accounts cannot be read. A database that fails is a notice.
    pub async fn open(
        endpoints: Arc<Endpoints>,
        store: Store,
        keeper: KeyPair,
        channels: Vec<KeyPair>,
        settings: ExecuteSettings,
    ) -> Result<Arc<Self>, ExecuteError> {
        let channels = match channels.is_empty() {
            true => vec![keeper.clone()],
            false => channels,
        };
        let channels = Channels::new(channels);
        let network = endpoints.network();
        let holdings = Holdings::new(settings.exposures.clone(), network, channels.clone());
        let executor = Arc::new(Self {
            journal: Journal::new(store),
            channels,
            holdings,
            known: Mutex::default(),
            ledger: watch::Sender::new(0),
            notices: Mutex::default(),
            settling: tokio::sync::Mutex::default(),
            endpoints,
            keeper,
            settings,
        });
        executor.read_all().await?;
        executor.load_unfinished().await;
        Ok(executor)
    }

    /// Channels that can be used now.
    pub fn free_channels(&self) -> usize {
        self.channels.free()
    }

    /// Vaults with a transaction whose end is not known.
    pub fn in_flight(&self) -> BTreeSet<Address> {
        self.channels.vaults()
    }

    /// Channels with a transaction on its way, or of an unknown end.
    pub fn busy_channels(&self) -> BTreeSet<Address> {
        self.channels.busy()
    }

    /// The keeper's balances of the assets that it may spend, as of the last [`Executor::refresh`].
    pub fn balances(&self) -> BTreeMap<Address, i128> {
        self.holdings.balances()
    }

    /// The keeper's account.
    pub fn keeper(&self) -> Address {
        self.keeper.sc_address()
    }

    /// How it acts.
    pub fn settings(&self) -> &ExecuteSettings {
        &self.settings
    }

    /// A ledger has closed: who follows a transaction asks now, and what was left open is settled.
    pub fn closed(self: &Arc<Self>, ledger: u32) {
        let newer = self.ledger.send_if_modified(|last| {
            let newer = ledger > *last;
            *last = ledger.max(*last);
            newer
        });
        if newer && self.channels.any_waiting() {
            let executor = self.clone();
            tokio::spawn(async move {
                // Whoever asks already sees this ledger, too, or the next one.
                if let Ok(mut old) = executor.settling.try_lock() {
                    executor.settle(&mut old).await;
                }
            });
        }
    }

    /// What happened that the operator should know, since it was asked last.
    pub fn take_notices(&self) -> Vec<ExecuteNotice> {
        std::mem::take(&mut lock(&self.notices))
    }

    fn notice(&self, notice: ExecuteNotice) {
        tracing::warn!("{notice}");
        let mut notices = lock(&self.notices);
        if notices.len() < MOST_NOTICES {
            notices.push(notice);
        }
    }

    /// The last ledger that is known from any side.
    fn latest(&self, market_ledger: u32) -> u32 {
        (*self.ledger.borrow()).max(market_ledger)
    }
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Executor")
            .field("keeper", &self.keeper)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Every change leaves the value whole, so a panic elsewhere is no reason to stop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
