//! Reads the chain: events, entries and prices, through several endpoints.

mod endpoints;
mod error;

pub use endpoints::{EndpointOptions, EndpointStanding, Endpoints, Entries};
pub use error::CollectError;
