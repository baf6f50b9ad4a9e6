//! What is decided is sent once and followed to its end, on a sandbox.

mod keeper;
mod steps;
#[path = "../support/mod.rs"]
mod support;
mod surge;
mod trouble;
