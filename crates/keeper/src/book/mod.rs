//! Every borrower of a pool in columns: who is beyond a threshold, who is next, who would have to sell.
//!
//! Borrowers that hold and owe the same reserves share a `table`, which keeps their amounts column by
//! column. A price changes what a share is worth, not the amounts, so after a change one product and one
//! sum in floating point per amount say of nearly everybody that they are below their thresholds; the
//! bounds of that are proven in `screen`, roundings of the contracts' integers included. Whoever the
//! bounds do not clear is valued with `ballast_core`. The set is therefore the contracts' own, and a
//! change of one price is no different from a change of all of them, of rates or of time: there is no
//! threshold of movement under which nothing is looked at.

mod address;
mod column;
mod crowd;
pub mod mix;
mod screen;
mod table;

pub use crowd::Crowd;
pub use screen::{Screened, Standing};

use crate::model::{Borrower, Shares};
use address::Key;
use ballast_client::value::Address;
use std::collections::HashMap;
use table::{Row, Slot, Table, Terms};

/// What a vault's steps depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Risk ratio from which the vault takes steps, 7 decimals.
    pub soft_e7: u32,
    /// The most that volatility lowers it by: `volatility_shift_max` where `volatility_z` is set, else 0.
    pub lowered_at_most_e7: u32,
    /// Whether the vault takes steps at all.
    pub automation: bool,
}

/// Where a borrower is.
#[derive(Clone, Copy, Debug)]
struct Place {
    table: u32,
    row: u32,
}

/// Every borrower of one pool.
#[derive(Clone, Debug, Default)]
pub struct Book {
    tables: Vec<Table>,
    by_slots: HashMap<Box<[Slot]>, u32>,
    places: HashMap<Key, Place>,
    vaults: usize,
}

impl Book {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what a borrower holds and owes, and what it is. Without shares a vault stays, anybody else
    /// goes.
    pub fn set(&mut self, borrower: &Borrower, vault: Option<&Thresholds>) {
        let Some(key) = Key::of(&borrower.address) else {
            return;
        };
        let (slots, amounts) = slots_of(&borrower.shares);
        if slots.is_empty() && vault.is_none() {
            self.remove(&borrower.address);
            return;
        }
        let terms = Terms::of(vault);
        let found = self.places.get(&key).copied();
        if let Some(place) = found {
            let table = &mut self.tables[place.table as usize];
            if table.slots() == &*slots {
                self.vaults -= usize::from(table.terms(place.row).is_vault());
                self.vaults += usize::from(terms.is_vault());
                table.replace(place.row, &amounts, terms);
                return;
            }
            self.take_out(place);
        }
        let index = self.table_of(slots);
        let row = self.tables[index as usize].push(Row {
            key,
            terms,
            amounts: &amounts,
        });
        self.vaults += usize::from(terms.is_vault());
        self.places.insert(key, Place { table: index, row });
    }

    /// Forgets a borrower.
    pub fn remove(&mut self, address: &Address) {
        let place = Key::of(address).and_then(|key| self.places.remove(&key));
        if let Some(place) = place {
            self.take_out(place);
        }
    }

    /// Borrowers, vaults among them.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Vaults.
    pub fn vault_count(&self) -> usize {
        self.vaults
    }

    /// What a borrower holds and owes, by reserve index.
    pub fn shares(&self, address: &Address) -> Option<Vec<Shares>> {
        let place = self.places.get(&Key::of(address)?)?;
        Some(self.tables[place.table as usize].shares(place.row))
    }

    /// Everybody, in no order.
    pub fn addresses(&self) -> impl Iterator<Item = Address> + '_ {
        self.places.keys().map(Key::address)
    }

    /// Bytes of memory: the capacities of all columns and of the index from addresses to rows. What the
    /// allocator adds to each of its blocks is not in it; there are a few blocks per table.
    pub fn bytes(&self) -> usize {
        let tables: usize = self.tables.iter().map(Table::bytes).sum();
        let unused = self.tables.capacity() - self.tables.len();
        tables
            + unused * size_of::<Table>()
            + map_bytes::<Key, Place>(self.places.capacity())
            + map_bytes::<Box<[Slot]>, u32>(self.by_slots.capacity())
    }

    fn table_of(&mut self, slots: Box<[Slot]>) -> u32 {
        if let Some(index) = self.by_slots.get(&slots) {
            return *index;
        }
        // Tables are kept when they empty: their number is that of combinations that were ever held.
        let index = self.tables.len() as u32;
        self.tables.push(Table::new(slots.clone()));
        self.by_slots.insert(slots, index);
        index
    }

    /// Removes a row. The last one of its table takes its place.
    fn take_out(&mut self, place: Place) {
        let table = &mut self.tables[place.table as usize];
        self.vaults -= usize::from(table.terms(place.row).is_vault());
        if let Some(moved) = table.swap_remove(place.row) {
            self.places.insert(moved, place);
        }
    }
}

/// What somebody holds and owes, sorted, with the amounts in the same order. Nothing, and less than
/// nothing, which the pool does not know, are left out.
fn slots_of(shares: &[Shares]) -> (Box<[Slot]>, Vec<u128>) {
    let mut sides = Vec::with_capacity(2 * shares.len());
    for held in shares {
        for (debt, amount) in [(false, held.b_tokens), (true, held.d_tokens)] {
            if amount > 0 {
                let index = held.index;
                sides.push((Slot { index, debt }, amount.unsigned_abs()));
            }
        }
    }
    sides.sort_unstable_by_key(|(slot, _)| *slot);
    let (slots, amounts): (Vec<_>, Vec<_>) = sides.into_iter().unzip();
    (slots.into_boxed_slice(), amounts)
}

/// Bytes of a hash map of the standard library: a power of two of buckets, of which at most seven
/// eighths are used, each with a byte of control.
fn map_bytes<K, V>(capacity: usize) -> usize {
    if capacity == 0 {
        return 0;
    }
    let buckets = (capacity * 8 / 7).next_power_of_two();
    buckets * (size_of::<(K, V)>() + 1)
}
