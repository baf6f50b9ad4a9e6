//! What a transaction used, and what that costs.

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
    /// Bytes of the signed transaction; none for a view.
    pub transaction_bytes: u32,
    /// Fee for keeping entries alive, stroops (contained in `fee_stroops`).
    pub rent_stroops: i64,
    /// Resource fee without the inclusion fee, stroops.
    pub fee_stroops: i64,
}

/// One call within a call, with what it and its own calls used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The contract called (strkey).
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

impl From<ballast_ledger::Cost> for Cost {
    fn from(cost: ballast_ledger::Cost) -> Self {
        Self {
            instructions: cost.instructions,
            memory_bytes: cost.memory_bytes,
            read_entries: cost.read_entries,
            write_entries: cost.write_entries,
            disk_read_entries: cost.disk_read_entries,
            disk_read_bytes: cost.disk_read_bytes,
            write_bytes: cost.write_bytes,
            event_bytes: cost.event_bytes,
            return_bytes: cost.return_bytes,
            transaction_bytes: cost.transaction_bytes,
            rent_stroops: cost.rent_fee,
            fee_stroops: cost.non_refundable_fee + cost.refundable_fee + cost.rent_fee,
        }
    }
}
