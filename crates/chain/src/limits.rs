//! Limits of Stellar's main network, snapshot of 2026-07-10, protocol 25, as the ledger enforces them.

/// Protocol whose host runs here.
pub const PROTOCOL: u32 = ballast_ledger::PROTOCOL;
/// Seconds from one ledger to the next.
pub const SECONDS_PER_LEDGER: u64 = 5;

/// Instructions of a transaction.
pub const MAX_INSTRUCTIONS: u64 = 400_000_000;
/// Memory of a transaction, bytes.
pub const MAX_MEMORY_BYTES: u64 = 41_943_040;
/// Size of a contract's code, bytes.
pub const MAX_CODE_BYTES: u32 = 131_072;
/// Ledgers that a new or restored persistent entry lives.
pub const MIN_PERSISTENT_TTL: u32 = 2_073_600;
/// Ledgers that a new temporary entry lives.
pub const MIN_TEMPORARY_TTL: u32 = 17_280;
