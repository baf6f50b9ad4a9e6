//! Answers: the order of their fields. Reserves are named by their numbers in the question.

use ballast_core::health::{Leg, MAX_LEGS};
use ballast_core::policy::Policy;
use ballast_core::quote::Quote;
use ballast_core::Refusal;

use crate::code::Code;
use crate::view::View;
use crate::words::Writer;

/// How a vault stands: as the lens's `Health`.
pub struct Health {
    risk_e7: i128,
    nominal_ltv_e7: i128,
    liquidation_ltv_e7: i128,
    policy: Policy,
    collateral_value: i128,
    debt_value: i128,
    liquidation_price: Option<i128>,
    soft_price: Option<i128>,
    legs: arrayvec::ArrayVec<HealthLeg, MAX_LEGS>,
}

struct HealthLeg {
    number: usize,
    collateral: i128,
    collateral_value: i128,
    debt: i128,
    debt_value: i128,
}

impl Health {
    /// Of a vault at its prices.
    ///
    /// # Errors
    /// As the lens.
    pub fn of(view: &View) -> Result<Health, Code> {
        let (totals, policy, position) = (view.totals()?, view.in_force(), &view.position);
        let soft_price = match position.only_pair() {
            Some((collateral, _)) => position.price_at(collateral, i128::from(policy.soft_e7))?,
            None => None,
        };
        let mut health = Health {
            risk_e7: totals.risk_ratio_e7_ceil(),
            nominal_ltv_e7: totals.nominal_ltv_e7_ceil(),
            liquidation_ltv_e7: totals.liquidation_ltv_e7_floor()?,
            policy,
            collateral_value: totals.collateral_value,
            debt_value: totals.debt_value,
            liquidation_price: position.liquidation_price_ceil(&totals)?,
            soft_price,
            legs: Default::default(),
        };
        for (leg, held) in position.legs.iter().zip(&view.held) {
            health.legs.push(of_leg(leg, held.number)?);
        }
        Ok(health)
    }

    /// The risk ratio, 7 decimals.
    pub fn risk_e7(&self) -> i128 {
        self.risk_e7
    }

    /// The soft threshold in force, 7 decimals.
    pub fn soft_e7(&self) -> i128 {
        i128::from(self.policy.soft_e7)
    }

    /// Writes it.
    pub fn write(&self, writer: &mut Writer<'_>) {
        writer.wide(self.risk_e7);
        writer.wide(self.nominal_ltv_e7);
        writer.wide(self.liquidation_ltv_e7);
        writer.number(self.policy.soft_e7.into());
        writer.number(self.policy.target_e7.into());
        writer.number(self.policy.hard_e7.into());
        writer.wide(self.collateral_value);
        writer.wide(self.debt_value);
        writer.maybe(self.liquidation_price);
        writer.maybe(self.soft_price);
        writer.number(self.legs.len() as u64);
        for leg in &self.legs {
            writer.number(leg.number as u64);
            writer.wide(leg.collateral);
            writer.wide(leg.collateral_value);
            writer.wide(leg.debt);
            writer.wide(leg.debt_value);
        }
    }
}

fn of_leg(leg: &Leg, number: usize) -> Result<HealthLeg, Refusal> {
    let (collateral, debt) = (leg.collateral_floor()?, leg.debt_ceil()?);
    Ok(HealthLeg {
        number,
        collateral,
        collateral_value: leg.value_floor(collateral)?,
        debt,
        debt_value: leg.value_ceil(debt)?,
    })
}

/// Writes a quote.
pub fn write_quote(writer: &mut Writer<'_>, view: &View, quote: &Quote) {
    writer.number(view.held[quote.collateral].number as u64);
    writer.number(view.held[quote.debt].number as u64);
    writer.wide(quote.sell);
    writer.wide(quote.repay);
    writer.wide(quote.floor);
    writer.wide(quote.largest_reward);
    writer.wide(quote.reserve_spent);
    writer.wide(quote.budget_left);
    writer.wide(quote.risk_after_e7);
    writer.flag(quote.rescue);
}

/// Writes a policy, in the order in which a question has it.
pub fn write_policy(writer: &mut Writer<'_>, policy: &Policy) {
    writer.number(policy.soft_e7.into());
    writer.number(policy.target_e7.into());
    writer.number(policy.hard_e7.into());
    writer.number(policy.step_min_e7.into());
    writer.number(policy.step_max_e7.into());
    writer.number(policy.discount_min_e7.into());
    writer.number(policy.discount_max_e7.into());
    writer.number(policy.sold_budget_e7.into());
    writer.number(policy.window_ledgers.into());
    writer.number(policy.max_cost_of_equity_e7.into());
    writer.number(policy.max_price_age_seconds);
    writer.number(policy.max_price_deviation_e7.into());
    writer.flag(policy.use_previous_round);
    writer.flag(policy.reserve_first);
    writer.number(policy.dust_reserve_e7.into());
    writer.number(policy.rescue_target_e7.into());
    writer.number(policy.rescue_window_ledgers.into());
    writer.number(policy.volatility_z_e2.into());
    writer.number(policy.volatility_shift_max_e7.into());
}
