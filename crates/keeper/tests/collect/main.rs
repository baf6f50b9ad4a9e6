//! The collector against sandboxes that serve in this process.

mod endpoints;
mod faults;
mod ledgers;
mod scene;
#[path = "../support/mod.rs"]
mod support;
