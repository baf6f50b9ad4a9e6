//! Limits and fees of Stellar's main network, snapshot of 2026-07-10, protocol 25.

use soroban_env_host::{
    fees::{FeeConfiguration, RentFeeConfiguration},
    LedgerInfo,
};

/// Protocol whose host runs here.
pub const PROTOCOL: u32 = 25;
/// Seconds from one ledger to the next.
pub const SECONDS_PER_LEDGER: u64 = 5;

/// Instructions of a transaction.
pub const MAX_INSTRUCTIONS: u64 = 400_000_000;
/// Memory of a transaction, bytes.
pub const MAX_MEMORY_BYTES: u64 = 41_943_040;
/// Entries read from disk (classic entries and restored ones).
pub const MAX_DISK_READ_ENTRIES: u32 = 200;
/// Bytes read from disk.
pub const MAX_DISK_READ_BYTES: u32 = 200_000;
/// Entries written.
pub const MAX_WRITE_ENTRIES: u32 = 200;
/// Bytes written.
pub const MAX_WRITE_BYTES: u32 = 132_096;
/// Entries in the footprint, read or written.
pub const MAX_FOOTPRINT_ENTRIES: u32 = 400;
/// Size of the signed transaction, bytes.
pub const MAX_TRANSACTION_BYTES: u32 = 132_096;
/// Size of events and return value together, bytes.
pub const MAX_EVENT_BYTES: u32 = 16_384;
/// Size of a contract data key, bytes.
pub const MAX_KEY_BYTES: u32 = 250;
/// Size of a contract data entry, bytes.
pub const MAX_ENTRY_BYTES: u32 = 65_536;
/// Size of a contract's code, bytes.
pub const MAX_CODE_BYTES: u32 = 131_072;

/// Ledgers that a new or restored persistent entry lives.
pub const MIN_PERSISTENT_TTL: u32 = 2_073_600;
/// Ledgers that a new temporary entry lives.
pub const MIN_TEMPORARY_TTL: u32 = 17_280;
/// Ledgers that any entry lives at most.
pub const MAX_TTL: u32 = 3_110_400;
/// Stroops that a classic account keeps for each entry that it owns.
pub const BASE_RESERVE_STROOPS: u32 = 5_000_000;

const FEE_PER_WRITE_ENTRY: i64 = 2_500;
const FEE_PER_WRITE_KB: i64 = 875;

/// Resource fees, stroops.
pub(crate) const FEES: FeeConfiguration = FeeConfiguration {
    fee_per_instruction_increment: 7,
    fee_per_disk_read_entry: 1_563,
    fee_per_write_entry: FEE_PER_WRITE_ENTRY,
    fee_per_disk_read_1kb: 447,
    fee_per_write_1kb: FEE_PER_WRITE_KB,
    fee_per_historical_1kb: 4_059,
    fee_per_contract_event_1kb: 5_000,
    fee_per_transaction_size_1kb: 406,
};

/// Fees of rent, stroops. The price of a kilobyte moves with the size of the network's state and is
/// none of the published limits; the protocol's floor of 1,000 stands in for it.
pub(crate) const RENT_FEES: RentFeeConfiguration = RentFeeConfiguration {
    fee_per_write_1kb: FEE_PER_WRITE_KB,
    fee_per_rent_1kb: 1_000,
    fee_per_write_entry: FEE_PER_WRITE_ENTRY,
    persistent_rent_rate_denominator: 1_215,
    temporary_rent_rate_denominator: 2_430,
};

/// The ledger header's view of the above.
pub(crate) fn ledger_info(sequence: u32, timestamp: u64, network_id: [u8; 32]) -> LedgerInfo {
    LedgerInfo {
        protocol_version: PROTOCOL,
        sequence_number: sequence,
        timestamp,
        network_id,
        base_reserve: BASE_RESERVE_STROOPS,
        min_temp_entry_ttl: MIN_TEMPORARY_TTL,
        min_persistent_entry_ttl: MIN_PERSISTENT_TTL,
        max_entry_ttl: MAX_TTL,
    }
}
