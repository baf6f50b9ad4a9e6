//! Swaps flash-loaned collateral for a vault; [`ballast_interfaces::receiver::Receiver`] tells how.
//!
//! One receiver serves every vault. Nothing of value is its own: what is sent to it outside a loan
//! is lost, and anybody may take it.
#![no_std]

mod contract;
mod storage;

pub use contract::{FlashReceiver, FlashReceiverClient};
