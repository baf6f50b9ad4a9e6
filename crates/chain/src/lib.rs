//! A Stellar chain in process for tests, benchmarks and replays: Blend, Comet, tokens, an oracle and
//! Ballast on the real host.
//!
//! [`Chain`] runs every call as a transaction of its own: real signatures, enforced authorisation, the
//! main network's limits and fees. The modules around it deploy and operate the contracts.

mod account;
pub mod amm;
mod auth;
pub mod ballast;
pub mod blend;
mod chain;
mod cost;
mod error;
mod event;
pub mod limits;
pub mod market;
pub mod oracle;
pub mod system;
mod token;
mod values;

pub use account::Account;
pub use amm::Amm;
pub use auth::Invocation;
pub use ballast_oracle::{Asset, Override, PriceData};
pub use blend::{Blend, Pool, PoolSetup};
pub use chain::{
    Chain, Checkpoint, Snapshot, FIRST_LEDGER, FIRST_TIMESTAMP, NETWORK_PASSPHRASE,
    SIGNATURE_LEDGERS,
};
pub use cost::{Cost, Frame};
pub use error::CallError;
pub use event::Event;
pub use market::{Market, MarketSetup};
pub use oracle::{Oracle, Price};
pub use system::{System, Vault};
pub use token::Token;
