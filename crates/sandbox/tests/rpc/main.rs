//! The RPC as a client meets it: through a socket, on a real ledger, with real transactions.

mod envelopes;
mod errors;
mod events;
mod friendbot;
mod malformed;
mod methods;
mod server;
mod shapes;
mod support;
