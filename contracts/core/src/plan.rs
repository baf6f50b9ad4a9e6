//! A step that passes the check: for quotes, keepers and simulators.
//!
//! Source of the formulas: with collateral base `A`, liability base `B`, collateral factor `c` of
//! what is sold, liability factor `l` of what is repaid and `eta` repaid per unit of value sold, a
//! sale of value `x` gives `A - c*x` and `B - eta*x/l`. It reaches the risk ratio `t` at
//! `x = (B - t*A) / (eta/l - t*c)`; the pair with the largest `eta/l - t*c` sells least.

use arrayvec::ArrayVec;

use crate::auction::RescueTerms;
use crate::check::{
    check_step, discount_cap_e7, discount_e7, floor_repay_ceil, plain_slack_value, Approved, Path,
    Proposal, Situation,
};
use crate::fixed::{mul_div_ceil, mul_div_floor, sub_floor_zero, ONE_E7};
use crate::health::{Position, Totals, MAX_LEGS};
use crate::policy::{Policy, LANDING_TOLERANCE_E7};
use crate::price::{floor_ratio, Ratio, SourcePrices};
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

/// Headroom of a repayment that closes a debt: the interest of a few ledgers at any rate that a
/// pool can reach, 7 decimals. The pool refunds what is too much.
const CLOSING_MARGIN_E7: i128 = 100;

/// Plans the cheapest step on `path`: pairs are tried from the one that sells least, and the first
/// whose step passes the check is returned.
///
/// # Errors
/// The refusal of the first (cheapest) pair, if no pair has a step that passes.
pub fn plan_step(outlook: &Outlook<'_>, path: Path) -> Result<Plan, Refusal> {
    let totals = outlook.position.totals()?;
    if totals.liability_base == 0 {
        return Err(Refusal::NoDebt);
    }
    if totals.risk_ratio_e7_ceil() < i128::from(outlook.policy.soft_e7) {
        return Err(Refusal::NotAtRisk);
    }
    let mut first_refusal = None;
    for (collateral, debt) in pairs_cheapest_first(outlook.position) {
        match plan_pair(outlook, &totals, path, collateral, debt) {
            Ok(plan) => return Ok(plan),
            Err(refusal) => {
                first_refusal.get_or_insert(refusal);
            }
        }
    }
    Err(first_refusal.unwrap_or(Refusal::NoCollateral))
}

/// Plans the step of one pair.
///
/// # Errors
/// The check's refusal of the best proposal for this pair.
pub fn plan_pair(
    outlook: &Outlook<'_>,
    totals: &Totals,
    path: Path,
    collateral: usize,
    debt: usize,
) -> Result<Plan, Refusal> {
    let position = outlook.position;
    let floor = if collateral == debt {
        Ratio::PAR
    } else {
        floor_ratio(
            (&position.legs[collateral], &outlook.sources[collateral]),
            (&position.legs[debt], &outlook.sources[debt]),
            i128::from(outlook.policy.max_price_deviation_e7),
            outlook.rescue.is_some(),
        )?
    };
    let situation = Situation {
        policy: outlook.policy,
        position,
        totals,
        floor,
        budget_left_value: outlook.budget_left_value,
        min_collateral: outlook.min_collateral,
        rescue: outlook.rescue,
    };
    let attempt = |proposal: Proposal| -> Result<Plan, Refusal> {
        let approved = check_step(&situation, &proposal)?;
        Ok(Plan { proposal, approved })
    };
    let sized = size_step(&situation, path, collateral, debt)?;
    let refusal = match attempt(sized) {
        Ok(plan) => return Ok(plan),
        Err(refusal) => refusal,
    };
    // A stub is closed entirely: the pool would not let it stand.
    close_debt(&situation, path, collateral, debt)
        .and_then(attempt)
        .map_err(|_| refusal)
}

/// Pairs by the value that a par sale must sell, least first.
fn pairs_cheapest_first(position: &Position) -> ArrayVec<(usize, usize), MAX_PAIRS> {
    let mut ranked: ArrayVec<(i128, usize, usize), MAX_PAIRS> = ArrayVec::new();
    for (collateral, held) in position.legs.iter().enumerate() {
        if held.b_tokens == 0 {
            continue;
        }
        for (debt, owed) in position.legs.iter().enumerate() {
            if owed.d_tokens == 0 || ranked.is_full() {
                continue;
            }
            // Netting costs nothing, so it goes first.
            let bonus = if collateral == debt { 10 * ONE_E7 } else { 0 };
            let relief = ONE_E7 * ONE_E7 / owed.liability_factor_e7.max(1)
                - held.collateral_factor_e7
                + bonus;
            ranked.push((relief, collateral, debt));
        }
    }
    ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    ranked.iter().map(|&(_, c, d)| (c, d)).collect()
}

/// Pairs considered: more than any pool's limit on positions allows.
const MAX_PAIRS: usize = MAX_LEGS * MAX_LEGS;

/// The largest useful step of a pair: what reaches the target, capped by the ramp, the budget, the
/// collateral, the debt and the plain path's slack.
fn size_step(
    situation: &Situation<'_>,
    path: Path,
    collateral: usize,
    debt: usize,
) -> Result<Proposal, Refusal> {
    let Situation {
        policy,
        position,
        totals,
        ..
    } = *situation;
    let (sold, owed) = (&position.legs[collateral], &position.legs[debt]);
    let netting = collateral == debt;
    let risk_e7 = totals.risk_ratio_e7_ceil();
    let cap_e7 = discount_cap_e7(situation, risk_e7, netting);

    // Aim at the middle of the landing band, so that interest and price noise stay inside.
    let target_e7 = match situation.rescue {
        Some(_) if risk_e7 > i128::from(policy.rescue_target_e7) => policy.rescue_target_e7,
        _ => policy.target_e7,
    };
    let aim_e7 = i128::from(target_e7) - LANDING_TOLERANCE_E7 / 2;

    let available = sold.collateral_floor()?;
    let available_value = sold.value_floor(available)?;
    // The floor may stand above the pool's ratio (another source): more is repaid per unit sold.
    let premium_e7 = {
        let fair = situation.floor.convert_ceil(available)?;
        let by_pool = sold.value_floor(available)?.max(1);
        mul_div_floor(owed.value_floor(fair)?, ONE_E7, by_pool)?
    };
    let mut value = totals.debt_value;
    // The discount shrinks as the sale grows and the sale with the discount: three rounds settle
    // it well inside the landing band.
    for _ in 0..3 {
        let discount = discount_e7(policy, cap_e7, totals.equity(), value.max(1))?;
        let eta_e7 = mul_div_floor(premium_e7, ONE_E7 - discount, ONE_E7)?;
        value = sale_to_reach(totals, aim_e7, eta_e7, sold.collateral_factor_e7, owed.liability_factor_e7)?
            .unwrap_or(i128::MAX)
            .min(available_value);
    }
    if situation.rescue.is_none() && risk_e7 < i128::from(policy.hard_e7) {
        let cap = mul_div_floor(totals.debt_value, policy.step_cap_e7(risk_e7), ONE_E7)?;
        value = value.min(cap).min(situation.budget_left_value);
    }
    if path == Path::Plain && !netting {
        value = value.min(plain_slack_value(totals, sold.collateral_factor_e7)?);
    }
    let sell = sold.amount_floor(value)?.min(available);
    propose(situation, path, collateral, debt, sell, cap_e7)
}

/// The proposal that repays exactly the floor for `sell`, or that closes the debt if the floor
/// would repay more than is owed.
fn propose(
    situation: &Situation<'_>,
    path: Path,
    collateral: usize,
    debt: usize,
    sell: i128,
    cap_e7: i128,
) -> Result<Proposal, Refusal> {
    let (sold, owed) = (
        &situation.position.legs[collateral],
        &situation.position.legs[debt],
    );
    let discount = discount_e7(
        situation.policy,
        cap_e7,
        situation.totals.equity(),
        sold.value_ceil(sell)?,
    )?;
    let repay = floor_repay_ceil(&situation.floor, sell, discount)?;
    if repay > owed.debt_ceil()? {
        return close_debt(situation, path, collateral, debt);
    }
    Ok(Proposal {
        path,
        collateral,
        debt,
        sell,
        repay,
    })
}

/// The proposal that closes one debt entirely at the floor.
fn close_debt(
    situation: &Situation<'_>,
    path: Path,
    collateral: usize,
    debt: usize,
) -> Result<Proposal, Refusal> {
    let (sold, owed) = (
        &situation.position.legs[collateral],
        &situation.position.legs[debt],
    );
    let netting = collateral == debt;
    let risk_e7 = situation.totals.risk_ratio_e7_ceil();
    let cap_e7 = discount_cap_e7(situation, risk_e7, netting);
    let whole = owed.debt_ceil()?;
    let fair = situation.floor.invert_floor(whole)?;
    let discount = discount_e7(
        situation.policy,
        cap_e7,
        situation.totals.equity(),
        sold.value_ceil(fair)?,
    )?;
    // Two units less, so that the roundings of floor and discount stay on the owner's side.
    let sell = sub_floor_zero(mul_div_floor(fair, ONE_E7, ONE_E7 - discount)?, 2)
        .min(sold.collateral_floor()?);
    let margin = if netting { 0 } else { CLOSING_MARGIN_E7 };
    Ok(Proposal {
        path,
        collateral,
        debt,
        sell,
        repay: mul_div_ceil(whole, ONE_E7 + margin, ONE_E7)?,
    })
}

/// Base value to sell so that the risk ratio becomes `risk_e7`, rounded up; `None` if no sale of
/// this pair gets there.
///
/// `x = (B - t*A) / (eta/l - t*c)`
pub fn sale_to_reach(
    totals: &Totals,
    risk_e7: i128,
    eta_e7: i128,
    collateral_factor_e7: i128,
    liability_factor_e7: i128,
) -> Result<Option<i128>, Refusal> {
    let above = sub_floor_zero(
        totals.liability_base,
        mul_div_floor(totals.collateral_base, risk_e7, ONE_E7)?,
    );
    let relief_e7 = mul_div_floor(eta_e7, ONE_E7, liability_factor_e7)?
        - mul_div_ceil(risk_e7, collateral_factor_e7, ONE_E7)?;
    if relief_e7 <= 0 {
        return Ok(None);
    }
    mul_div_ceil(above, ONE_E7, relief_e7).map(Some)
}
