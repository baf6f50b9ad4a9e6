//! Columns that grow by an eighth, and amounts in as few bytes as they need.

use std::ops::Range;

/// Appends, growing by an eighth: doubling would leave half of a large column unused.
pub(super) fn push<T>(column: &mut Vec<T>, value: T) {
    if column.len() == column.capacity() {
        column.reserve_exact((column.len() / 8).max(4));
    }
    column.push(value);
}

/// Shares of one side of one reserve, a row each. All of 64 bits until one is larger.
#[derive(Clone, Debug)]
pub(super) enum Amounts {
    Narrow(Vec<u64>),
    Wide(Vec<u128>),
}

impl Amounts {
    pub fn new() -> Self {
        Self::Narrow(Vec::new())
    }

    pub fn get(&self, row: usize) -> u128 {
        match self {
            Self::Narrow(column) => u128::from(column[row]),
            Self::Wide(column) => column[row],
        }
    }

    pub fn push(&mut self, amount: u128) {
        self.widen_for(amount);
        match self {
            Self::Narrow(column) => push(column, amount as u64),
            Self::Wide(column) => push(column, amount),
        }
    }

    pub fn set(&mut self, row: usize, amount: u128) {
        self.widen_for(amount);
        match self {
            Self::Narrow(column) => column[row] = amount as u64,
            Self::Wide(column) => column[row] = amount,
        }
    }

    pub fn swap_remove(&mut self, row: usize) {
        match self {
            Self::Narrow(column) => drop(column.swap_remove(row)),
            Self::Wide(column) => drop(column.swap_remove(row)),
        }
    }

    pub fn bytes(&self) -> usize {
        match self {
            Self::Narrow(column) => column.capacity() * size_of::<u64>(),
            Self::Wide(column) => column.capacity() * size_of::<u128>(),
        }
    }

    /// The largest amount that the column can hold as it is.
    pub fn most(&self) -> u128 {
        match self {
            Self::Narrow(_) => u128::from(u64::MAX),
            Self::Wide(_) => u128::MAX,
        }
    }

    /// Adds `amount * factor` of each of the rows to its sum.
    pub fn add_products(&self, rows: Range<usize>, factor: f64, sums: &mut [f64]) {
        match self {
            Self::Narrow(column) => {
                for (sum, amount) in sums.iter_mut().zip(&column[rows]) {
                    *sum += *amount as f64 * factor;
                }
            }
            Self::Wide(column) => {
                for (sum, amount) in sums.iter_mut().zip(&column[rows]) {
                    *sum += *amount as f64 * factor;
                }
            }
        }
    }

    fn widen_for(&mut self, amount: u128) {
        if let (Self::Narrow(column), Err(_)) = (&*self, u64::try_from(amount)) {
            *self = Self::Wide(column.iter().map(|amount| u128::from(*amount)).collect());
        }
    }
}
