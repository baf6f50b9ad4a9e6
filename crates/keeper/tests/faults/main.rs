//! Servers, clock and oracle fail, and a whole keeper either does what it should all the same, or says why not.

mod clock;
mod oracle;
mod servers;
mod stage;
#[path = "../support/mod.rs"]
mod support;
