//! The budget of sales per window of ledgers.
//!
//! A window begins with the first step after the last one ended, and its budget is sized from the
//! risk ratio at that moment. So repeated calls, dust steps and donations (which lower the risk
//! ratio or the debt) neither enlarge the budget nor block the next window.

use crate::fixed::{mul_div_floor, sub_floor_zero, ONE_E7};
use crate::health::Totals;
use crate::policy::Policy;
use crate::Refusal;

/// A budget window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// First ledger of the window.
    pub start_ledger: u32,
    /// Base value that the window may sell; zero before the first window.
    pub budget_value: i128,
    /// Base value sold in the window.
    pub sold_value: i128,
}

impl Window {
    /// The window in force at `ledger`: this one, or a new one if it has ended.
    ///
    /// Budget of a new window: `sold_budget * step_cap(risk ratio) * debt value`, rounded down.
    pub fn at(&self, ledger: u32, policy: &Policy, totals: &Totals) -> Result<Window, Refusal> {
        let running = self.budget_value > 0
            && ledger.saturating_sub(self.start_ledger) < policy.window_ledgers;
        if running {
            return Ok(*self);
        }
        let cap_e7 = policy.step_cap_e7(totals.risk_ratio_e7_ceil());
        let step = mul_div_floor(totals.debt_value, cap_e7, ONE_E7)?;
        Ok(Window {
            start_ledger: ledger,
            budget_value: mul_div_floor(step, i128::from(policy.sold_budget_e7), ONE_E7)?,
            sold_value: 0,
        })
    }

    /// Base value that may still be sold.
    pub fn left_value(&self) -> i128 {
        sub_floor_zero(self.budget_value, self.sold_value)
    }

    /// The window after a sale.
    pub fn after_sale(&self, sold_value: i128) -> Window {
        Window {
            sold_value: self.sold_value.saturating_add(sold_value),
            ..*self
        }
    }
}
