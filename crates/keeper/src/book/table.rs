//! Borrowers that hold and owe the same reserves.

use super::{
    address::Key,
    column::{push, Amounts},
    Thresholds,
};
use crate::model::Shares;

/// One side of one reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Slot {
    /// The reserve's index.
    pub index: u32,
    /// Whether it is owed.
    pub debt: bool,
}

/// What a borrower is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// Least risk ratio at which the vault may take a step, 7 decimals.
    pub threshold_e7: u32,
    flags: u8,
}

const VAULT: u8 = 1;
const AUTOMATION: u8 = 2;

impl Terms {
    pub fn of(vault: Option<&Thresholds>) -> Self {
        let Some(vault) = vault else {
            return Self {
                threshold_e7: 0,
                flags: 0,
            };
        };
        Self {
            threshold_e7: vault.soft_e7.saturating_sub(vault.lowered_at_most_e7),
            flags: VAULT | if vault.automation { AUTOMATION } else { 0 },
        }
    }

    pub fn is_vault(self) -> bool {
        self.flags & VAULT != 0
    }

    /// A vault with automation.
    pub fn steps(self) -> bool {
        self.flags & AUTOMATION != 0
    }
}

/// A borrower to add.
pub(super) struct Row<'a> {
    pub key: Key,
    pub terms: Terms,
    /// In the order of the table's slots.
    pub amounts: &'a [u128],
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    slots: Box<[Slot]>,
    keys: Vec<Key>,
    thresholds_e7: Vec<u32>,
    flags: Vec<u8>,
    amounts: Vec<Amounts>,
}

impl Table {
    pub fn new(slots: Box<[Slot]>) -> Self {
        Self {
            amounts: slots.iter().map(|_| Amounts::new()).collect(),
            slots,
            keys: Vec::new(),
            thresholds_e7: Vec::new(),
            flags: Vec::new(),
        }
    }

    /// Sorted by index, collateral first.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Columns of amounts, parallel to the slots.
    pub fn amounts(&self) -> &[Amounts] {
        &self.amounts
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn key(&self, row: usize) -> Key {
        self.keys[row]
    }

    pub fn thresholds_e7(&self) -> &[u32] {
        &self.thresholds_e7
    }

    pub fn terms(&self, row: u32) -> Terms {
        Terms {
            threshold_e7: self.thresholds_e7[row as usize],
            flags: self.flags[row as usize],
        }
    }

    pub fn shares(&self, row: u32) -> Vec<Shares> {
        let mut shares: Vec<Shares> = Vec::with_capacity(self.slots.len());
        for (slot, amounts) in self.slots.iter().zip(&self.amounts) {
            // They came as positive i128.
            let amount = amounts.get(row as usize) as i128;
            if shares.last().is_none_or(|last| last.index != slot.index) {
                shares.push(Shares {
                    index: slot.index,
                    ..Shares::default()
                });
            }
            if let Some(last) = shares.last_mut() {
                match slot.debt {
                    true => last.d_tokens = amount,
                    false => last.b_tokens = amount,
                }
            }
        }
        shares
    }

    /// Adds a row, and returns where it is.
    pub fn push(&mut self, row: Row<'_>) -> u32 {
        let index = self.len() as u32;
        push(&mut self.keys, row.key);
        push(&mut self.thresholds_e7, row.terms.threshold_e7);
        push(&mut self.flags, row.terms.flags);
        for (column, amount) in self.amounts.iter_mut().zip(row.amounts) {
            column.push(*amount);
        }
        index
    }

    pub fn replace(&mut self, row: u32, amounts: &[u128], terms: Terms) {
        let row = row as usize;
        self.thresholds_e7[row] = terms.threshold_e7;
        self.flags[row] = terms.flags;
        for (column, amount) in self.amounts.iter_mut().zip(amounts) {
            column.set(row, *amount);
        }
    }

    /// Removes a row, and returns whose row is now in its place.
    pub fn swap_remove(&mut self, row: u32) -> Option<Key> {
        let row = row as usize;
        self.keys.swap_remove(row);
        self.thresholds_e7.swap_remove(row);
        self.flags.swap_remove(row);
        for column in &mut self.amounts {
            column.swap_remove(row);
        }
        self.keys.get(row).copied()
    }

    pub fn bytes(&self) -> usize {
        let amounts: usize = self.amounts.iter().map(Amounts::bytes).sum();
        size_of::<Self>()
            // Here and as the key of the map.
            + 2 * size_of_val(&*self.slots)
            + self.keys.capacity() * size_of::<Key>()
            + self.thresholds_e7.capacity() * size_of::<u32>()
            + self.flags.capacity()
            + self.amounts.capacity() * size_of::<Amounts>()
            + amounts
    }
}
