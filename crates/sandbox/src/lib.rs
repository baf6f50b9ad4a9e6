//! A Stellar network in one process.

pub mod faults;
pub mod persist;
pub mod prices;
