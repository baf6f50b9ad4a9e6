//! The operations of contracts on real wasm: result codes, limits, fees, lives, what recording finds.

mod bench;
mod codes;
mod declared;
mod depth;
mod lives;
mod metering;
mod simulated;
mod wasm;
