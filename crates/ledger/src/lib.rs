//! A simulated Stellar ledger: what a validator does to a transaction, in process.
//!
//! Transactions are checked, charged and applied by the rules of stellar-core, protocol 25, on the public
//! host crates. Knows nothing of Ballast.

// A result is as large as the protocol makes it, and a refusal is rare.
#![allow(clippy::result_large_err)]

mod apply;
mod classic;
mod close;
mod config;
mod export;
mod frame;
mod history;
mod ledger;
mod queue;
mod record;
mod set;
mod simulate;
mod soroban;
mod state;
mod validity;

pub use apply::{apply, charge_fee, refund, Applied, Context, Cost};
pub use close::{ClosedLedger, ClosedTransaction};
pub use config::{Limits, NetworkConfig, PROTOCOL};
pub use export::ImportError;
pub use frame::{Frame, MalformedEnvelope};
pub use history::{FeeDistribution, FeeStats, History};
pub use ledger::{Checkpoint, Genesis, Ledger};
pub use queue::{Queue, SubmitStatus, Submitted};
pub use record::{record, Call, RecordAuth, Recorded, Request};
pub use simulate::{simulate, Simulation, SimulationOptions, StateChange};
pub use soroban::{
    cache_code, check_operation, check_resources, diagnose_resources, disk_read_entries, execute,
    new_module_cache, non_refundable_fee, Executed,
};
pub use state::{account_key, changes, key_of, ttl_key, Delta, Entry, Read, State, Ttl, Writes};
pub use validity::{check, diagnose};
