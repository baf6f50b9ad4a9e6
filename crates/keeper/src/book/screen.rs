//! Who is beyond a threshold, exactly, without valuing everybody exactly.
//!
//! # Bounds
//! Blend values a position leg by leg: `c = floor(b * rate)`, `n = floor(c * factor)`,
//! `v = floor(price * n / scalar)`, and with ceilings for debt. Each step is off by less than one of its
//! unit, so the integer value of a leg differs from the product of real numbers by less than
//! `price / scalar * (factor + 1) + 1`, downwards for collateral and upwards for debt: the leg's *slack*.
//! It does not depend on the amount.
//!
//! Here the product is computed in double precision: a unit value per share in at most 12 operations
//! and conversions, a conversion and a product for each amount, and a sum of at most 120 terms, none of
//! them negative. Each is off by a factor within `1 ± 2^-53`, so a sum is within `1 ± 2^-45` of the real
//! one. The sums are moved by `2^-40` and by twice the slack towards the side of caution, which covers
//! both, and the few roundings of the comparison itself. Nothing under- or overflows: amounts, rates and
//! prices are below `2^127` and scales between 1 and `2^127`, so values lie between `1e-60` and `1e110`.
//!
//! What the bounds clear is cleared. All others are valued by the core, and the core's word counts.
//!
//! The core refuses a position when a number on the way exceeds 128 bits. Shares up to the unit's *limit*
//! stay below `2^119` in each step and below `2^126` in sum; any row with more is left to the core.

use super::{
    address::Key,
    table::{Slot, Table},
    Book,
};
use crate::model::{leg, Market, Shares};
use ballast_client::value::Address;
use ballast_core::{
    fixed::{add, ONE_E12},
    health::{Leg, Position, Totals, MAX_LEGS},
    Refusal,
};
use std::ops::Range;

/// Rows that are summed up at a time: their sums stay in the nearest cache.
const BLOCK: usize = 512;
/// By how much sums are moved for the roundings of double precision: `2^-40`.
const ROUNDING: f64 = 1.0 / (1_u64 << 40) as f64;
/// What no step of a leg's valuation exceeds within the limit: `2^118`.
const STEP_LIMIT: f64 = (1_u128 << 118) as f64;
/// Under what the core calls unbounded: `2^126`.
const RISK_LIMIT: f64 = (1_u128 << 126) as f64;

/// A borrower with debt, valued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub address: Address,
    /// Whether it is a vault.
    pub is_vault: bool,
    /// Risk ratio, 7 decimals, rounded up; `1_0000000` is where the pool liquidates.
    pub risk_e7: i128,
    /// Base value of the collateral.
    pub collateral_value: i128,
    /// Base value of the debt.
    pub debt_value: i128,
}

/// What a look at every vault found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screened {
    /// Vaults with automation and debt at or above the least threshold that may hold, riskiest first.
    pub at_risk: Vec<Standing>,
    /// Vaults with automation and debt that cannot be valued: a price that they need is missing or not
    /// positive, or a number exceeds 128 bits, as it would in the pool. By address.
    pub unpriced: Vec<Address>,
}

impl Book {
    /// The vaults with automation and debt whose risk ratio is at or above the least threshold that may
    /// hold, exactly as the contracts compute it.
    pub fn at_risk(&self, market: &Market) -> Screened {
        let units = Units::of(market);
        let (mut at_risk, mut unpriced) = (Vec::new(), Vec::new());
        let mut sums = Sums::new();
        for table in &self.tables {
            if !table.slots().iter().any(|slot| slot.debt) {
                continue;
            }
            let Some(mut view) = View::of(&units, table) else {
                let rows = (0..table.len()).filter(|row| table.terms(*row as u32).steps());
                unpriced.extend(rows.map(|row| table.key(row)));
                continue;
            };
            view.for_blocks(&mut sums, |view, rows, sums| {
                for (row, index) in rows.zip(0..) {
                    if sums.is_below(index, table.thresholds_e7()[row])
                        || !table.terms(row as u32).steps()
                    {
                        continue;
                    }
                    match view.exact(row) {
                        Ok(Some(exact))
                            if exact.risk_e7 >= i128::from(table.thresholds_e7()[row]) =>
                        {
                            at_risk.push(exact);
                        }
                        Ok(_) => {}
                        Err(_) => unpriced.push(table.key(row)),
                    }
                }
            });
        }
        unpriced.sort_unstable();
        Screened {
            at_risk: standings(at_risk),
            unpriced: unpriced.iter().map(Key::address).collect(),
        }
    }

    /// The liquidation queue: borrowers with debt, vaults or not, riskiest first, `most` of them. Those
    /// that cannot be valued have no place in it.
    pub fn queue(&self, market: &Market, most: usize) -> Vec<Standing> {
        if most == 0 {
            return Vec::new();
        }
        let units = Units::of(market);
        let mut views: Vec<View<'_>> = self
            .tables
            .iter()
            .filter(|table| table.slots().iter().any(|slot| slot.debt))
            .filter_map(|table| View::of(&units, table))
            .collect();
        // Whoever cannot be worse than the last of those who certainly are as bad is out.
        let mut sums = Sums::new();
        let mut least = Vec::new();
        for view in &mut views {
            view.for_blocks(&mut sums, |_, rows, sums| {
                least.extend((0..rows.len()).map(|index| sums.risk_between(index).0));
            });
        }
        let cut = match least.len() > most {
            true => {
                *least
                    .select_nth_unstable_by(most - 1, |a, b| b.total_cmp(a))
                    .1
            }
            false => 0.0,
        };
        drop(least);
        let mut found = Vec::new();
        for view in &mut views {
            view.for_blocks(&mut sums, |view, rows, sums| {
                for (row, index) in rows.zip(0..) {
                    if sums.risk_between(index).1 >= cut {
                        found.extend(view.exact(row).ok().flatten());
                    }
                }
            });
        }
        let mut queue = standings(found);
        queue.truncate(most);
        queue
    }
}

/// A row, valued.
struct Exact {
    key: Key,
    is_vault: bool,
    risk_e7: i128,
    collateral_value: i128,
    debt_value: i128,
}

/// Riskiest first; of equals whoever owes most.
fn standings(mut rows: Vec<Exact>) -> Vec<Standing> {
    rows.sort_unstable_by(|a, b| {
        (b.risk_e7, b.debt_value)
            .cmp(&(a.risk_e7, a.debt_value))
            .then_with(|| a.key.cmp(&b.key))
    });
    let standing = |row: Exact| Standing {
        address: row.key.address(),
        is_vault: row.is_vault,
        risk_e7: row.risk_e7,
        collateral_value: row.collateral_value,
        debt_value: row.debt_value,
    };
    rows.into_iter().map(standing).collect()
}

/// What one share counts for, in double precision.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    /// Of the collateral base or the liability base.
    pub base: f64,
    /// Of the full value.
    pub value: f64,
    slack: f64,
    limit: f64,
}

/// A reserve with a price.
struct Priced {
    leg: Leg,
    collateral: Unit,
    debt: Unit,
}

/// The market's reserves by index, those without a price as none.
pub(super) struct Units {
    price_scalar: i128,
    reserves: Vec<Option<Priced>>,
}

impl Units {
    pub fn of(market: &Market) -> Self {
        let priced = |(index, reserve): (usize, &crate::model::Reserve)| {
            let leg = leg(reserve, &Shares::default());
            // As `model::position` finds reserves.
            let known = reserve.index as usize == index && leg.price > 0;
            known.then(|| Priced {
                collateral: unit(&leg, leg.b_rate_e12, leg.collateral_factor_e7 as f64 / 1e7),
                debt: unit(&leg, leg.d_rate_e12, 1e7 / leg.liability_factor_e7 as f64),
                leg,
            })
        };
        Self {
            price_scalar: market.price_scalar,
            reserves: market.reserves.iter().enumerate().map(priced).collect(),
        }
    }

    fn reserve(&self, slot: &Slot) -> Option<&Priced> {
        self.reserves.get(slot.index as usize)?.as_ref()
    }
}

fn unit(leg: &Leg, rate_e12: i128, factor: f64) -> Unit {
    let rate = rate_e12 as f64 / ONE_E12 as f64;
    let price = leg.price as f64 / leg.asset_scalar as f64;
    let slack = price * (factor + 1.0) + 1.0;
    // The largest of what the steps multiply a share by.
    let steepest = rate * factor.max(1.0) * price.max(1.0);
    let sound = rate_e12 >= 0 && leg.asset_scalar > 0 && factor.is_finite();
    Unit {
        base: rate * factor * price,
        value: rate * price,
        slack,
        limit: match sound && slack < STEP_LIMIT {
            true => STEP_LIMIT / steepest,
            // For the core to refuse.
            false => -1.0,
        },
    }
}

/// Sums of a block of rows.
pub(super) struct Sums {
    pub debt: [f64; BLOCK],
    pub collateral: [f64; BLOCK],
    /// Of the whole table.
    debt_slack: f64,
    collateral_slack: f64,
    /// Whether the core may find a number too large. Empty where it cannot.
    large: Vec<bool>,
}

impl Sums {
    pub fn new() -> Box<Self> {
        Box::new(Self {
            debt: [0.0; BLOCK],
            collateral: [0.0; BLOCK],
            debt_slack: 0.0,
            collateral_slack: 0.0,
            large: Vec::new(),
        })
    }

    fn debt_at_most(&self, index: usize) -> f64 {
        self.debt[index] * (1.0 + ROUNDING) + self.debt_slack
    }

    fn collateral_at_least(&self, index: usize) -> f64 {
        self.collateral[index] * (1.0 - ROUNDING) - self.collateral_slack
    }

    /// Whether the risk ratio is certainly below a threshold: `ceil(debt * 1e7 / collateral) < t` is
    /// `debt * 1e7 <= (t - 1) * collateral`, and with debt the ratio is never below one unit.
    fn is_below(&self, index: usize, threshold_e7: u32) -> bool {
        let most = f64::from(threshold_e7.max(1) - 1) * self.collateral_at_least(index);
        self.debt_at_most(index) * 1e7 <= most && !self.is_large(index)
    }

    /// The risk ratio in units of its 7 decimals: at least and at most.
    fn risk_between(&self, index: usize) -> (f64, f64) {
        if self.is_large(index) {
            return (0.0, f64::INFINITY);
        }
        let debt_at_least = self.debt[index] * (1.0 - ROUNDING);
        let collateral_at_most = self.collateral[index] * (1.0 + ROUNDING);
        // Without collateral it is unbounded, and so is the quotient. Beyond 128 bits the core tells no
        // ratio from another, so nobody may push such a one out.
        let least = match debt_at_least > 0.0 {
            true => (debt_at_least * 1e7 / collateral_at_most).min(RISK_LIMIT),
            false => 0.0,
        };
        let collateral = self.collateral_at_least(index);
        let most = match collateral > 0.0 {
            true => self.debt_at_most(index) * 1e7 / collateral + 1.0,
            false => f64::INFINITY,
        };
        (least, most)
    }

    fn is_large(&self, index: usize) -> bool {
        self.large.get(index).is_some_and(|large| *large)
    }
}

/// A table at the market's prices.
pub(super) struct View<'a> {
    pub table: &'a Table,
    /// Parallel to the table's slots.
    pub units: Vec<Unit>,
    /// The table's position without amounts, in parts that the core can hold: nearly always one.
    parts: Vec<Position>,
}

impl<'a> View<'a> {
    /// `None` if a reserve has no price.
    pub fn of(units: &Units, table: &'a Table) -> Option<Self> {
        let mut view = Self {
            table,
            units: Vec::with_capacity(table.slots().len()),
            parts: Vec::new(),
        };
        let mut previous = None;
        for slot in table.slots() {
            let priced = units.reserve(slot)?;
            view.units.push(match slot.debt {
                true => priced.debt,
                false => priced.collateral,
            });
            if previous == Some(slot.index) {
                continue;
            }
            previous = Some(slot.index);
            if view
                .parts
                .last()
                .is_none_or(|part| part.legs.len() == MAX_LEGS)
            {
                view.parts.push(Position {
                    legs: Default::default(),
                    price_scalar: units.price_scalar,
                });
            }
            view.parts.last_mut()?.legs.push(priced.leg);
        }
        Some(view)
    }

    /// Sums up block after block.
    pub fn for_blocks(
        &mut self,
        sums: &mut Sums,
        mut use_block: impl FnMut(&mut Self, Range<usize>, &Sums),
    ) {
        let mut start = 0;
        while start < self.table.len() {
            let rows = start..self.table.len().min(start + BLOCK);
            start = rows.end;
            self.sum(rows.clone(), sums);
            use_block(self, rows, sums);
        }
    }

    fn sum(&self, rows: Range<usize>, sums: &mut Sums) {
        let count = rows.len();
        sums.debt[..count].fill(0.0);
        sums.collateral[..count].fill(0.0);
        (sums.debt_slack, sums.collateral_slack) = (0.0, 0.0);
        sums.large.clear();
        let columns = self.table.slots().iter().zip(&self.units);
        for ((slot, unit), amounts) in columns.zip(self.table.amounts()) {
            let (sum, slack) = match slot.debt {
                true => (&mut sums.debt, &mut sums.debt_slack),
                false => (&mut sums.collateral, &mut sums.collateral_slack),
            };
            amounts.add_products(rows.clone(), unit.base, &mut sum[..count]);
            *slack += 2.0 * unit.slack;
            if amounts.most() as f64 <= unit.limit {
                continue;
            }
            sums.large.resize(count, false);
            for (large, row) in sums.large.iter_mut().zip(rows.clone()) {
                *large |= amounts.get(row) as f64 > unit.limit;
            }
        }
    }

    /// A row, valued by the core; none if it owes nothing after all (a rate of zero).
    fn exact(&mut self, row: usize) -> Result<Option<Exact>, Refusal> {
        let totals = self.totals(row)?;
        if totals.liability_base == 0 {
            return Ok(None);
        }
        Ok(Some(Exact {
            key: self.table.key(row),
            is_vault: self.table.terms(row as u32).is_vault(),
            risk_e7: totals.risk_ratio_e7_ceil(),
            collateral_value: totals.collateral_value,
            debt_value: totals.debt_value,
        }))
    }

    fn totals(&mut self, row: usize) -> Result<Totals, Refusal> {
        let mut legs = self.parts.iter_mut().flat_map(|part| &mut part.legs);
        let mut previous: Option<(u32, &mut Leg)> = None;
        for (slot, amounts) in self.table.slots().iter().zip(self.table.amounts()) {
            // They came as positive i128.
            let amount = amounts.get(row) as i128;
            let leg = match previous.take() {
                Some((index, leg)) if index == slot.index => leg,
                _ => legs.next().ok_or(Refusal::Overflow)?,
            };
            match slot.debt {
                true => leg.d_tokens = amount,
                false => leg.b_tokens = amount,
            }
            previous = Some((slot.index, leg));
        }
        let Some((first, rest)) = self.parts.split_first() else {
            return Err(Refusal::NoDebt);
        };
        let mut totals = first.totals()?;
        for part in rest {
            let more = part.totals()?;
            totals = Totals {
                collateral_base: add(totals.collateral_base, more.collateral_base)?,
                liability_base: add(totals.liability_base, more.liability_base)?,
                collateral_value: add(totals.collateral_value, more.collateral_value)?,
                debt_value: add(totals.debt_value, more.debt_value)?,
            };
        }
        Ok(totals)
    }
}
