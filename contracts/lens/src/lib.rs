//! Views of a vault: position, health and quotes. Stateless.
#![no_std]

mod contract;
mod quote;
mod sources;
mod views;

pub use contract::LensContract;
