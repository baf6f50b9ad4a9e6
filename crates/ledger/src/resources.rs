//! What a transaction takes of a ledger's room, and how bids compare.

use crate::{disk_read_entries, Frame, NetworkConfig};
use std::cmp::Ordering;

/// Room in a ledger or in the queue. Transactions that run no contracts count operations alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Room([i64; 7]);

impl Room {
    /// What a transaction takes.
    pub(crate) fn of(frame: &Frame) -> Self {
        let Some(data) = frame.soroban_data().filter(|_| frame.is_soroban()) else {
            return Self([frame.operations_paid(), 0, 0, 0, 0, 0, 0]);
        };
        let resources = &data.resources;
        Self([
            1,
            resources.instructions.into(),
            frame.bytes().into(),
            resources.disk_read_bytes.into(),
            resources.write_bytes.into(),
            disk_read_entries(frame).into(),
            resources.footprint.read_write.len() as i64,
        ])
    }

    /// What a ledger has for transactions that run no contracts.
    pub(crate) fn classic(max_operations: u32) -> Self {
        Self([max_operations.into(), 0, 0, 0, 0, 0, 0])
    }

    /// What a ledger has for those that do.
    pub(crate) fn soroban(config: &NetworkConfig) -> Self {
        let clusters = i64::from(config.ledger_max_clusters.max(1));
        Self([
            config.ledger_max_tx_count.into(),
            config.ledger_max_instructions.saturating_mul(clusters),
            config.ledger_max_tx_bytes.into(),
            config.ledger_max_disk_read_bytes.into(),
            config.ledger_max_write_bytes.into(),
            config.ledger_max_disk_read_entries.into(),
            config.ledger_max_write_entries.into(),
        ])
    }

    /// So many times the room.
    pub(crate) fn times(self, factor: i64) -> Self {
        Self(self.0.map(|room| room.saturating_mul(factor)))
    }

    /// Does this fit into that?
    pub(crate) fn fits(&self, into: &Self) -> bool {
        self.0.iter().zip(into.0).all(|(need, room)| *need <= room)
    }

    /// Both together.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let mut sum = self.0;
        for (sum, other) in sum.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(other);
        }
        Self(sum)
    }

    /// What is left without that.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let mut left = self.0;
        for (left, other) in left.iter_mut().zip(other.0) {
            *left = left.saturating_sub(other);
        }
        Self(left)
    }
}

/// A bid for inclusion: stroops for so many operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bid {
    pub(crate) fee: i64,
    pub(crate) operations: i64,
}

impl Bid {
    /// A transaction's.
    pub(crate) fn of(frame: &Frame) -> Self {
        Self {
            fee: frame.inclusion_fee(),
            operations: frame.operations_paid().max(1),
        }
    }

    /// Compares what they bid for one operation, exactly.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let mine = i128::from(self.fee) * i128::from(other.operations);
        mine.cmp(&(i128::from(other.fee) * i128::from(self.operations)))
    }

    /// For one operation, rounded down.
    pub(crate) fn per_operation(&self) -> i64 {
        self.fee / self.operations
    }

    /// The least fee that beats this bid with so many operations.
    pub(crate) fn beaten_by(&self, operations: i64) -> i64 {
        let same = i128::from(self.fee) * i128::from(operations) / i128::from(self.operations);
        i64::try_from(same + 1).unwrap_or(i64::MAX)
    }

    /// The least fee that is so many times this bid with so many operations.
    pub(crate) fn multiple(&self, times: i64, operations: i64) -> i64 {
        let wanted = i128::from(self.fee) * i128::from(operations) * i128::from(times);
        let (quotient, rest) = (
            wanted / i128::from(self.operations),
            wanted % i128::from(self.operations),
        );
        i64::try_from(quotient + i128::from(rest > 0)).unwrap_or(i64::MAX)
    }
}
