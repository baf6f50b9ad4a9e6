//! The crowd: how much of each collateral would be for sale at once. An estimate, in double precision.

use super::{
    screen::{Sums, Units, View},
    table::Slot,
    Book,
};
use crate::model::Market;
use ballast_client::value::Address;
use ballast_core::fixed::ONE_E7;
use std::collections::BTreeMap;

/// Base value of each collateral that borrowers would have to sell, at the fallen price.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crowd(pub BTreeMap<Address, i128>);

impl Book {
    /// What all borrowers would have to sell of each collateral if its price alone fell by `fall_e7`: for
    /// each of them the least sale of it, at its fallen price and without venue cost, that brings the
    /// risk ratio back under the threshold (of vaults with automation their own, of others 100%), or
    /// all that they hold of it where that is not enough. Who cannot be valued is not counted.
    pub fn crowd(&self, market: &Market, fall_e7: i128) -> Crowd {
        let units = Units::of(market);
        let left = 1.0 - fall_e7.clamp(0, ONE_E7) as f64 / ONE_E7 as f64;
        let mut by_index: BTreeMap<u32, f64> = BTreeMap::new();
        let (mut sums, mut work) = (Sums::new(), Work::default());
        for table in &self.tables {
            if !table.slots().iter().any(|slot| slot.debt) {
                continue;
            }
            let Some(view) = View::of(&units, table) else {
                continue;
            };
            for (column, slot) in table.slots().iter().enumerate() {
                if !slot.debt {
                    let sale = work.sales(&view, &mut sums, column, left);
                    *by_index.entry(slot.index).or_default() += sale;
                }
            }
        }
        let named = |(index, value): (u32, f64)| {
            let reserve = market.reserves.get(index as usize)?;
            Some((reserve.asset.clone(), value as i128))
        };
        Crowd(by_index.into_iter().filter_map(named).collect())
    }
}

/// Sums of a block that the screening does not need.
#[derive(Default)]
struct Work {
    debt_value: Vec<f64>,
    held: Vec<f64>,
}

impl Work {
    /// What a table's borrowers would have to sell of one column if it were worth `left` of its price.
    fn sales(&mut self, view: &View<'_>, sums: &mut Sums, column: usize, left: f64) -> f64 {
        let sold = view.table.slots()[column];
        let fallen = |slot: &Slot| if slot.index == sold.index { left } else { 1.0 };
        let factor = match view.units[column].value {
            value if value > 0.0 => view.units[column].base / value,
            _ => return 0.0,
        };
        let mut all = 0.0;
        for start in (0..view.table.len()).step_by(sums.debt.len()) {
            let rows = start..view.table.len().min(start + sums.debt.len());
            let count = rows.len();
            for sum in [&mut self.debt_value, &mut self.held] {
                sum.clear();
                sum.resize(count, 0.0);
            }
            sums.debt[..count].fill(0.0);
            sums.collateral[..count].fill(0.0);
            let columns = view.table.slots().iter().zip(&view.units);
            for ((slot, unit), amounts) in columns.zip(view.table.amounts()) {
                let base = unit.base * fallen(slot);
                if slot.debt {
                    amounts.add_products(rows.clone(), base, &mut sums.debt[..count]);
                    let value = unit.value * fallen(slot);
                    amounts.add_products(rows.clone(), value, &mut self.debt_value);
                } else {
                    amounts.add_products(rows.clone(), base, &mut sums.collateral[..count]);
                }
            }
            let value = view.units[column].value * left;
            view.table.amounts()[column].add_products(rows.clone(), value, &mut self.held);
            for (row, index) in rows.zip(0..) {
                let terms = view.table.terms(row as u32);
                let threshold = match terms.steps() {
                    true => f64::from(terms.threshold_e7) / ONE_E7 as f64,
                    false => 1.0,
                };
                let (debt, collateral) = (sums.debt[index], sums.collateral[index]);
                let over = debt - threshold * collateral;
                if over <= 0.0 {
                    continue;
                }
                // A unit of value sold takes this much from the debt's side of the comparison more than
                // from the collateral's. The debt's factor is the average of what is owed.
                let gain = debt / self.debt_value[index] - threshold * factor;
                let held = self.held[index];
                all += match gain > 0.0 {
                    true => (over / gain).min(held),
                    false => held,
                };
            }
        }
        all
    }
}
