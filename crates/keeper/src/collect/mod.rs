//! Reads the chain.
