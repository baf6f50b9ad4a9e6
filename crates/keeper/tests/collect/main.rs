//! The collector against sandboxes that serve in this process.

mod endpoints;
#[path = "../support/mod.rs"]
mod support;
