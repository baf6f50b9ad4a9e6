//! The RPC as a client meets it: through a socket, on a real ledger, with real transactions.

mod access;
mod envelopes;
mod errors;
mod events;
mod friendbot;
mod malformed;
mod methods;
mod page;
mod server;
mod shapes;
mod support;
