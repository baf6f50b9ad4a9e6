//! The configuration: one TOML file, checked whole before anything begins.
//!
//! Every mistake is named with its line; what the program does not know is a mistake. Secrets do not stand in the
//! file: it names a variable of the environment or a file that nobody else may read. Paths are relative to the
//! file.

mod borrowers;
mod check;
mod error;
mod secrets;
mod section;
mod template;

pub use error::{ConfigError, Mistake};
pub use secrets::{read_channels, Secrets};
pub use template::{Place, Template};

use crate::{
    store::Keep,
    strategy::{Incoming, Settings},
};
use ballast_client::{
    value::{Address, Bytes, Value},
    Deployment,
};
use ballast_transaction::to_xdr;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// All that the keeper is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file.
    pub file: PathBuf,
    /// `[network]`.
    pub network: NetworkConfig,
    /// `[keys]`.
    pub keys: KeysConfig,
    /// `[database]`.
    pub database: DatabaseConfig,
    /// `[http] bind`: where page and metrics are served; none for nowhere.
    pub http: Option<SocketAddr>,
    /// `[watch]`.
    pub watch: WatchConfig,
    /// `[strategy]`, with the fee's cap and what becomes of what comes in.
    pub strategy: Settings,
    /// `[fees]`.
    pub fees: FeesConfig,
    /// `[transactions]`.
    pub transactions: TransactionsConfig,
    /// `[[inventory]]`.
    pub inventory: Vec<Exposure>,
    /// `[[venue]]`.
    pub venues: Vec<VenueConfig>,
    /// `[log]`.
    pub log: LogConfig,
}

/// Where the contracts are.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// RPC servers, at least one.
    pub rpc: Vec<String>,
    /// The network; none for whatever the servers agree on.
    pub passphrase: Option<String>,
    /// The factory whose vaults are watched.
    pub factory: Address,
    /// The lens; the keeper does without.
    pub lens: Option<Address>,
    /// What the deployment's file says, for the names of things.
    pub deployment: Option<Deployment>,
}

/// Where secrets are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysConfig {
    /// The keeper's.
    pub keeper: Keeper,
    /// The channel accounts'.
    pub channels: Channels,
}

/// Where the keeper's secret key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// In this variable.
    Environment(String),
    /// In this file.
    File(PathBuf),
    /// In the sandbox's file, under this name.
    Account(String),
}

/// Where the channel accounts' secret keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channels {
    /// In this file, one a line.
    File(PathBuf),
    /// In this variable, separated by commas.
    Environment(String),
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// Its file.
    pub path: PathBuf,
    /// How long things are kept.
    pub keep: Keep,
    /// Its largest size.
    pub most_bytes: Option<u64>,
}

/// How the chain is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchConfig {
    /// From one question for the last ledger to the next.
    pub poll: Duration,
    /// In this time everything is read once, whatever the events said.
    pub full_check: Duration,
    /// So many ledgers behind is an alert.
    pub lag_ledgers: u32,
    /// Borrowers that are known beforehand.
    pub borrowers: Vec<Address>,
}

/// What the network may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeesConfig {
    /// Most that is bid for inclusion, stroops.
    pub max_inclusion_stroops: u32,
    /// With less than this in the keeper's or a channel's account there is an alert, stroops.
    pub low_lumens_stroops: i64,
}

/// How transactions are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionsConfig {
    /// Ledgers that a transaction is good for.
    pub valid_ledgers: u32,
    /// How long an action may take, from its decision to its end.
    pub deadline: Duration,
    /// How much less than the oracle's price a resale may bring, 7 decimals.
    pub resale_slippage_e7: u32,
}

impl Default for TransactionsConfig {
    fn default() -> Self {
        Self {
            valid_ledgers: 2,
            deadline: Duration::from_secs(60),
            resale_slippage_e7: 200_000,
        }
    }
}

/// What fills may spend of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The asset.
    pub asset: Address,
    /// The most, smallest unit.
    pub most: i128,
    /// What becomes of it where it comes in as collateral.
    pub incoming: Incoming,
}

/// A venue where collateral is sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueConfig {
    /// The swap adapter.
    pub adapter: Address,
    /// The venue's own contract: a Comet pool.
    pub contract: Address,
}

impl VenueConfig {
    /// The adapter's route: the pool's address as XDR.
    pub fn route(&self) -> Bytes {
        Bytes(to_xdr(&self.contract.to_value()))
    }
}

/// How logs look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// How.
    pub format: LogFormat,
    /// What: a level, or a level by target (`info,ballast_keeper=debug`).
    pub filter: String,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let name = || file.display().to_string();
        let text = fs::read_to_string(file)
            .map_err(|error| ConfigError::whole(name(), error.to_string()))?;
        Self::parse(file, &text)
    }

    /// Checks a text that stands in this file.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        check::check(file, text).map_err(|mistakes| ConfigError {
            file: file.display().to_string(),
            mistakes,
        })
    }
}
