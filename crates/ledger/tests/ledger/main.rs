//! The ledger as a whole: queue, sets, closing, history, lives of entries, snapshots.

mod basics;
mod chain;
mod lives;
mod lumens;
mod queue;
mod sets;
mod snapshots;
mod world;
