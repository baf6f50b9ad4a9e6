//! Typed client of Ballast over any Stellar RPC.
