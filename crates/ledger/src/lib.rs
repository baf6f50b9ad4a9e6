//! A simulated Stellar ledger: what a validator does to a transaction, in process.
//!
//! Transactions are checked, charged and applied by the rules of stellar-core, protocol 25, on the public
//! host crates. Knows nothing of Ballast.

// A result is as large as the protocol makes it, and a refusal is rare.
#![allow(clippy::result_large_err)]

mod apply;
mod classic;
mod close;
mod closing;
mod config;
mod expiry;
mod export;
mod frame;
mod harness;
mod header;
mod history;
mod ledger;
mod lumens;
mod modules;
mod queue;
mod record;
mod resources;
mod set;
mod simulate;
mod snapshot;
mod soroban;
mod stages;
mod state;
mod validity;

pub use apply::{apply, charge_fee, refund, Applied, Context, Cost};
pub use close::{BrokenLedger, ClosedLedger, ClosedTransaction};
pub use config::{Limits, NetworkConfig, PROTOCOL};
pub use export::{Image, ReplayError};
pub use frame::{Frame, MalformedEnvelope};
pub use harness::{Harness, HarnessError, Outcome};
pub use history::{FeeDistribution, FeeStats, History, FEE_STATS_LEDGERS, HISTORY_BYTES};
pub use ledger::{Checkpoint, Genesis, Ledger};
pub use lumens::lumens;
pub use queue::{Queue, SubmitStatus, Submitted};
pub use record::{record, Call, RecordAuth, Recorded, Request};
pub use simulate::{simulate, Simulation, SimulationOptions, StateChange};
pub use snapshot::SnapshotError;
pub use soroban::{
    cache_code, check_operation, check_resources, diagnose_resources, disk_read_entries, execute,
    new_module_cache, non_refundable_fee, Executed,
};
pub use state::{account_key, changes, key_of, ttl_key, Delta, Entry, Read, State, Ttl, Writes};
pub use validity::{check, diagnose};
