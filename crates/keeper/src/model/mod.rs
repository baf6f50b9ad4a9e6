//! What is known of a pool, its borrowers, and the vaults among them: plain data, as of one ledger.

mod filler;
mod market;
mod position;
mod vault;

pub use market::{Feed, Market, PriceRound, Reserve, Venue, VenueToken};
pub use position::{leg, position};
pub use vault::{Borrower, OpenAuction, SecondPrices, Shares, Vault};
