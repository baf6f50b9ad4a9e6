//! A step that passes the check: for quotes, keepers and simulators.
//!
//! Source of the order of pairs: with collateral factor `c` of what is sold, liability factor `l`
//! of what is repaid, `eta` repaid per unit of value sold and the risk ratio `t` to reach, the cost
//! of a pair is proportional to `(1 - eta) / (eta/l - t*c)`. All pairs have the same discount, so
//! the cheapest has the largest `eta/l - t*c`; netting costs nothing and goes first.

use crate::auction::RescueTerms;
use crate::check::{
    check_step, is_full_size, require_at_risk, require_clock, Approved, Path, Proposal, Situation,
};
use crate::fixed::{mul_div_ceil, mul_div_floor, ONE_E7};
use crate::health::{Position, Totals};
use crate::policy::{Policy, LANDING_TOLERANCE_E7};
use crate::price::{floor_ratio, Floor, SourcePrices};
use crate::situation::discount_costing_e7;
use crate::sizing::Sizing;
use crate::Refusal;

/// Everything that a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    /// The owner's policy.
    pub policy: &'a Policy,
    /// The position as the pool has it now.
    pub position: &'a Position,
    /// Prices of the other sources, parallel to the position's legs.
    pub sources: &'a [SourcePrices],
    /// Base value that the window may still sell.
    pub budget_left_value: i128,
    /// The pool's minimum collateral base.
    pub min_collateral: i128,
    /// The terms of a rescue, if an auction is open.
    pub rescue: Option<RescueTerms>,
}

/// A proposal with the approval that it will get at the same ledger state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What to propose.
    pub proposal: Proposal,
    /// What the check says of it.
    pub approved: Approved,
}

/// A plan leaves this much of the granted discount, 7 decimals: interest lowers the owner's equity,
/// and with it the discount, between a quote and its execution.
const DISCOUNT_HEADROOM_E7: i128 = 10;

/// Plans the cheapest step on `path`: the first pair, from the cheapest on, whose step is of full
/// size; if no pair has one, the step that improves health most.
///
/// # Errors
/// * [`Refusal::NoDebt`], [`Refusal::NotAtRisk`], [`Refusal::RescueTooEarly`] - whatever is proposed.
/// * The refusal of the cheapest pair, if no pair has a step that passes.
pub fn plan_step(outlook: &Outlook<'_>, path: Path) -> Result<Plan, Refusal> {
    let legs = &outlook.position.legs;
    let floor = |collateral: usize, debt: usize| {
        floor_ratio(
            (&legs[collateral], &outlook.sources[collateral]),
            (&legs[debt], &outlook.sources[debt]),
            i128::from(outlook.policy.max_price_deviation_e7),
            outlook.rescue.is_some(),
        )
    };
    plan_step_repaying(outlook, path, |_| true, floor)
}

/// The same among the debts that `repays` names, with the floors of `floor`, which is asked for a
/// pair (collateral, debt) of two assets when its turn comes. The sources of `outlook` are not read.
///
/// # Errors
/// * As [`plan_step`].
/// * The error of `floor` for the cheapest pair, if no pair has a step that passes.
pub fn plan_step_repaying<E: From<Refusal>>(
    outlook: &Outlook<'_>,
    path: Path,
    repays: impl Fn(usize) -> bool,
    mut floor: impl FnMut(usize, usize) -> Result<Floor, E>,
) -> Result<Plan, E> {
    let totals = outlook.position.totals()?;
    require_at_risk(outlook.policy, &totals)?;
    require_clock(outlook.rescue.is_some(), totals.risk_ratio_e7_ceil())?;

    let order = Order::new(outlook, &totals)?;
    let mut first_error = None;
    let mut partial: Option<Plan> = None;
    let mut last = None;
    while let Some(rank) = order.next(&repays, last)? {
        last = Some(rank);
        let (collateral, debt) = (rank.collateral, rank.debt);
        let of_pair = if collateral == debt {
            Ok(Floor::PAR)
        } else {
            floor(collateral, debt)
        };
        let planned = of_pair.and_then(|of_pair| {
            Ok(plan_pair(
                outlook,
                &totals,
                path,
                (collateral, debt),
                of_pair,
            )?)
        });
        match planned {
            Ok(plan) if outlook.rescue.is_some() => return Ok(plan),
            Ok(plan) if is_full_size(outlook.policy, &totals, &plan.approved)? => return Ok(plan),
            Ok(plan) => {
                let better = partial
                    .as_ref()
                    .is_none_or(|held| plan.approved.risk_after_e7 < held.approved.risk_after_e7);
                if better {
                    partial = Some(plan);
                }
            }
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    partial.ok_or_else(|| first_error.unwrap_or(Refusal::NoCollateral.into()))
}

/// The debt of the cheapest pair among the debts that `repays` names, `None` without a pair.
pub fn cheapest_debt(
    outlook: &Outlook<'_>,
    totals: &Totals,
    repays: impl Fn(usize) -> bool,
) -> Result<Option<usize>, Refusal> {
    let cheapest = Order::new(outlook, totals)?.next(repays, None)?;
    Ok(cheapest.map(|rank| rank.debt))
}

/// Plans the step of one pair (collateral, debt): at `floor` less the discount, or, where the whole
/// discount does not serve, at a better bid.
///
/// # Errors
/// The check's refusal of the best proposal for this pair.
pub fn plan_pair(
    outlook: &Outlook<'_>,
    totals: &Totals,
    path: Path,
    pair: (usize, usize),
    floor: Floor,
) -> Result<Plan, Refusal> {
    let situation = situation(outlook, totals, floor);
    let granted_e7 = situation.discount_e7(totals.risk_ratio_e7_ceil(), pair.0 == pair.1)?;
    let at_discount = |discount_e7: i128| {
        // A premium falls with the auction's clock and needs none.
        let discount_e7 = (discount_e7 - DISCOUNT_HEADROOM_E7).max(discount_e7.min(0));
        let sizing = Sizing::new(&situation, path, pair, discount_e7)?;
        plan_sale(&situation, &sizing)
    };
    let refusal = match at_discount(granted_e7) {
        // The slack is the same at any discount.
        Err(refusal) if granted_e7 > 0 && refusal != Refusal::PlainExceedsSlack => refusal,
        decided => return decided,
    };
    if let (Refusal::TooDeep, Some(terms)) = (refusal, &situation.rescue) {
        // The cost counts at the highest ratio; the discount there as one under the least.
        let affordable_e7 = discount_costing_e7(terms.fill_cost_value, totals.debt_value)?;
        let held = outlook.position.legs[pair.0].collateral_floor()?;
        let kept_e7 = mul_div_ceil(
            ONE_E7 - affordable_e7,
            floor.highest.convert_ceil(held)?,
            floor.least.convert_floor(held)?,
        )?;
        if let Ok(plan) = at_discount(granted_e7.min(ONE_E7 - kept_e7)) {
            return Ok(plan);
        }
    }
    at_discount(0).map_err(|_| refusal)
}

fn situation<'a>(outlook: &Outlook<'a>, totals: &'a Totals, floor: Floor) -> Situation<'a> {
    Situation {
        policy: outlook.policy,
        position: outlook.position,
        totals,
        floor,
        budget_left_value: outlook.budget_left_value,
        min_collateral: outlook.min_collateral,
        rescue: outlook.rescue,
    }
}

/// The largest useful sale that the check accepts.
fn plan_sale(situation: &Situation<'_>, sizing: &Sizing<'_>) -> Result<Plan, Refusal> {
    let risk_e7 = situation.totals.risk_ratio_e7_ceil();
    let target_e7 = situation.landing_target_e7(risk_e7);
    let (mut most, budget_binds) = sizing.within_policy(risk_e7)?;
    if most == 0 && budget_binds {
        return Err(Refusal::BudgetExhausted);
    }
    if sizing.needs_slack() {
        most = most.min(sizing.keeping(sizing.plain_collateral_base()?)?);
        if most == 0 {
            return Err(Refusal::PlainExceedsSlack);
        }
    }
    let attempt = |sell: i128| -> Result<Plan, Refusal> {
        let proposal = sizing.propose(sell)?;
        let approved = check_step(situation, &proposal)?;
        Ok(Plan { proposal, approved })
    };
    // Where one unit is too much, the check says for what.
    let landing = |most: i128, at_e7: i128| attempt(sizing.landing(most, at_e7)?.max(1));

    // Aim at the middle of the landing band, so that interest and price noise stay inside.
    let refusal = match landing(most, target_e7 - LANDING_TOLERANCE_E7 / 2) {
        Ok(plan) => return Ok(plan),
        Err(Refusal::StepTooSmall) if budget_binds => Refusal::BudgetExhausted,
        Err(refusal) => refusal,
    };
    // A stub is closed entirely: the pool would not let it stand. If that cannot be, sell what
    // leaves no stub; and where one unit is too coarse to meet the middle, take the whole band.
    attempt(sizing.closing())
        .or_else(|_| {
            let most = most.min(sizing.keeping(situation.min_collateral)?);
            landing(most, target_e7 - LANDING_TOLERANCE_E7)
        })
        .map_err(|_| refusal)
}

/// A pair and its place in the order: netting first, then by `eta/l - t*c`, largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    costs: bool,
    minus_relief_e7: i128,
    collateral: usize,
    debt: usize,
}

/// The order of pairs at present terms.
struct Order<'a> {
    position: &'a Position,
    eta_e7: i128,
    target_e7: i128,
}

impl<'a> Order<'a> {
    fn new(outlook: &Outlook<'a>, totals: &Totals) -> Result<Order<'a>, Refusal> {
        let situation = situation(outlook, totals, Floor::PAR);
        let risk_e7 = totals.risk_ratio_e7_ceil();
        Ok(Order {
            position: outlook.position,
            eta_e7: ONE_E7 - situation.discount_e7(risk_e7, false)?,
            target_e7: situation.landing_target_e7(risk_e7),
        })
    }

    /// The cheapest pair after `last`. Found by a scan each time: positions have few pairs, and the
    /// first one nearly always does.
    fn next(
        &self,
        repays: impl Fn(usize) -> bool,
        last: Option<Rank>,
    ) -> Result<Option<Rank>, Refusal> {
        let mut next: Option<Rank> = None;
        for (collateral, held) in self.position.legs.iter().enumerate() {
            if held.b_tokens == 0 {
                continue;
            }
            for (debt, owed) in self.position.legs.iter().enumerate() {
                if owed.d_tokens == 0 || !repays(debt) {
                    continue;
                }
                let cleared_e7 = mul_div_floor(self.eta_e7, ONE_E7, owed.liability_factor_e7)?;
                let freed_e7 = mul_div_floor(self.target_e7, held.collateral_factor_e7, ONE_E7)?;
                let rank = Rank {
                    costs: collateral != debt,
                    minus_relief_e7: freed_e7 - cleared_e7,
                    collateral,
                    debt,
                };
                let comes_after = last.is_none_or(|last| rank > last);
                if comes_after && next.is_none_or(|best| rank < best) {
                    next = Some(rank);
                }
            }
        }
        Ok(next)
    }
}
