//! A Stellar network in one process.

pub mod persist;
