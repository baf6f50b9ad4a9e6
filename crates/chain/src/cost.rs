//! What a transaction used, and what that costs.

use crate::{limits::*, CallError};
use soroban_env_host::{
    fees::{compute_rent_fee, compute_transaction_resource_fee, TransactionResources},
    LedgerInfo,
};

/// Resources and fee of one transaction, as a validator counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Metered instructions. Contracts come from a module cache, as on validators: parsing is not in it.
    pub instructions: u64,
    /// Metered memory, bytes.
    pub memory_bytes: u64,
    /// Entries in the footprint that are only read.
    pub read_entries: u32,
    /// Entries in the footprint that are written.
    pub write_entries: u32,
    /// Of all entries, those that come from disk: classic and restored ones.
    pub disk_read_entries: u32,
    /// Bytes read from disk.
    pub disk_read_bytes: u32,
    /// Bytes of the entries written.
    pub write_bytes: u32,
    /// Bytes of the contract events.
    pub event_bytes: u32,
    /// Bytes of the return value, which share the limit of the events.
    pub return_bytes: u32,
    /// Bytes of the signed transaction.
    pub transaction_bytes: u32,
    /// Fee for keeping entries alive, stroops (contained in `fee_stroops`).
    pub rent_stroops: i64,
    /// Resource fee without the inclusion fee, stroops.
    pub fee_stroops: i64,
}

/// One call within a call, with what it and its own calls used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The contract called (strkey); empty for the host function around all calls.
    pub contract: String,
    /// The function called.
    pub function: String,
    /// Instructions, nested calls included.
    pub instructions: i64,
    /// Memory, nested calls included.
    pub memory_bytes: i64,
    /// The calls that it made.
    pub calls: Vec<Frame>,
}

impl Frame {
    /// Instructions of this call alone.
    pub fn own_instructions(&self) -> i64 {
        self.instructions - self.calls.iter().map(|call| call.instructions).sum::<i64>()
    }
}

impl Cost {
    /// Fills in the fees.
    pub(crate) fn charge(
        &mut self,
        rent: &[soroban_env_host::fees::LedgerEntryRentChange],
        info: &LedgerInfo,
    ) {
        let resources = TransactionResources {
            instructions: u32::try_from(self.instructions).unwrap_or(u32::MAX),
            disk_read_entries: self.disk_read_entries,
            write_entries: self.write_entries,
            disk_read_bytes: self.disk_read_bytes,
            write_bytes: self.write_bytes,
            contract_events_size_bytes: self.event_bytes + self.return_bytes,
            transaction_size_bytes: self.transaction_bytes,
        };
        let (non_refundable, refundable) = compute_transaction_resource_fee(&resources, &FEES);
        self.rent_stroops = compute_rent_fee(rent, &RENT_FEES, info.sequence_number);
        self.fee_stroops = non_refundable + refundable + self.rent_stroops;
    }

    /// Refuses what the network would refuse.
    pub(crate) fn check(&self) -> Result<(), CallError> {
        let footprint = self.read_entries + self.write_entries;
        let checks: [(&str, u64, u64); 8] = [
            ("instructions", self.instructions, MAX_INSTRUCTIONS),
            ("memory bytes", self.memory_bytes, MAX_MEMORY_BYTES),
            (
                "footprint entries",
                footprint.into(),
                MAX_FOOTPRINT_ENTRIES.into(),
            ),
            (
                "write entries",
                self.write_entries.into(),
                MAX_WRITE_ENTRIES.into(),
            ),
            (
                "write bytes",
                self.write_bytes.into(),
                MAX_WRITE_BYTES.into(),
            ),
            (
                "disk read entries",
                self.disk_read_entries.into(),
                MAX_DISK_READ_ENTRIES.into(),
            ),
            (
                "disk read bytes",
                self.disk_read_bytes.into(),
                MAX_DISK_READ_BYTES.into(),
            ),
            (
                "transaction bytes",
                self.transaction_bytes.into(),
                MAX_TRANSACTION_BYTES.into(),
            ),
        ];
        for (name, used, limit) in checks {
            if used > limit {
                return Err(over(name, used, limit));
            }
        }
        let emitted = self.event_bytes + self.return_bytes;
        if emitted > MAX_EVENT_BYTES {
            return Err(over(
                "event and return value bytes",
                emitted.into(),
                MAX_EVENT_BYTES.into(),
            ));
        }
        Ok(())
    }
}

pub(crate) fn over(name: &str, used: u64, limit: u64) -> CallError {
    CallError::Limit(format!("{name}: {used} > {limit}"))
}
