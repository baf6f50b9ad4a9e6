//! Swap adapter for Comet's weighted pools; [`ballast_interfaces::adapter::SwapAdapter`] is its
//! interface.
//!
//! The route is the Comet pool's contract address as the XDR of an `ScVal` (`Address::to_xdr`,
//! 40 bytes). The adapter is stateless and holds nothing between calls.
#![no_std]

mod comet;
mod contract;
mod route;

pub use contract::{CometAdapter, CometAdapterClient};
