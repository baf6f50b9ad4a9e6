//! A simulated Stellar ledger: what a validator does to a transaction, in process.
//!
//! Transactions are checked, charged and applied by the rules of stellar-core, protocol 25, on the public
//! host crates. Knows nothing of Ballast.

mod apply;
mod classic;
mod config;
mod frame;
mod ledger;
mod soroban;
mod state;
mod validity;

pub use apply::{Applied, Context, Cost};
pub use config::{Limits, NetworkConfig};
pub use frame::{Frame, MalformedEnvelope};
pub use ledger::Ledger;
pub use state::{account_key, changes, key_of, ttl_key, Delta, Entry, Read, State, Ttl, Writes};
