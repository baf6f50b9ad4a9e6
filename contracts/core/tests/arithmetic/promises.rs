//! The promises of the check, in exact arithmetic: asserted by the property tests here and by the
//! fuzz targets in `fuzz/`.

use ballast_core::check::{Approved, Path, Proposal};
use num_bigint::BigInt;

use crate::rational::{ratio, whole, Rational};
use crate::scene::Scene;
use crate::totals::{big_totals, BigTotals};

const ONE_E7: i128 = 10_000_000;
const TOLERANCE_E7: i128 = 50_000;

fn e7(value: impl Into<BigInt>) -> Rational {
    ratio(value, ONE_E7)
}

/// `B / A`; the caller knows that `A` is positive.
fn risk(totals: &BigTotals) -> Rational {
    ratio(
        totals.liability_base.clone(),
        totals.collateral_base.clone(),
    )
}

/// The highest ratio of debt units to collateral units over the sources in force for what is sold: all
/// but, in a rescue, the round before the last.
fn floor_ratio(scene: &Scene, collateral: usize, debt: usize) -> Rational {
    highest_ratio(scene, collateral, debt, scene.rescue.is_none())
}

/// The highest ratio over the pool oracle's last round, the second oracle and maybe the round before.
fn highest_ratio(scene: &Scene, collateral: usize, debt: usize, previous: bool) -> Rational {
    if collateral == debt {
        return whole(1);
    }
    let (sold, repaid) = (&scene.position.legs[collateral], &scene.position.legs[debt]);
    let at = |collateral_price: i128, debt_price: i128| {
        ratio(
            BigInt::from(collateral_price) * repaid.asset_scalar,
            BigInt::from(debt_price) * sold.asset_scalar,
        )
    };
    let (sold_at, repaid_at) = (&scene.sources[collateral], &scene.sources[debt]);
    let mut highest = at(sold.price, repaid.price);
    if let (Some(c), Some(d), true) = (sold_at.previous, repaid_at.previous, previous) {
        highest = highest.max(at(c, d));
    }
    if let (Some(c), Some(d)) = (sold_at.second, repaid_at.second) {
        highest = highest.max(at(c, d));
    }
    highest
}

/// Most that the owner may be charged, base value.
fn bearable(scene: &Scene, before: &BigTotals) -> Rational {
    let equity = whole(before.collateral_value.clone() - before.debt_value.clone()).max(whole(0));
    equity * e7(scene.policy.max_cost_of_equity_e7)
}

/// The policy's discount: the ramp's or the auction's, at most what the equity bears.
fn allowed_discount(scene: &Scene, before: &BigTotals, netting: bool) -> Rational {
    if netting {
        return whole(0);
    }
    let policy = &scene.policy;
    let cap = match &scene.rescue {
        Some(terms) => e7(terms.discount_cap_e7),
        None => {
            let (soft, hard) = (e7(policy.soft_e7), e7(policy.hard_e7));
            // The ratio is rounded up to seven decimals, so by less than one of them.
            let reached = (risk(before) + e7(1) - soft.clone()).divided_by(hard - soft);
            let (least, most) = (e7(policy.discount_min_e7), e7(policy.discount_max_e7));
            least.clone() + reached.max(whole(0)).min(whole(1)) * (most - least)
        }
    };
    let bearable = bearable(scene, before);
    let by_equity = bearable
        .clone()
        .divided_by(whole(before.debt_value.clone()) + bearable);
    cap.min(by_equity)
}

/// Asserts that what the check approved keeps the promises.
pub fn assert_sound(scene: &Scene, proposal: &Proposal, step: &Approved) {
    let policy = &scene.policy;
    let (before, after) = (big_totals(&scene.position), big_totals(&step.after));
    let (sold, repaid) = (
        &scene.position.legs[proposal.collateral],
        &scene.position.legs[proposal.debt],
    );
    let zero = BigInt::from(0);
    let cleared = after.liability_base == zero;
    let in_rescue = scene.rescue.is_some();

    // It acts only from soft on, and improves health strictly.
    let unbounded = before.collateral_base == zero;
    let risk_is_at_least = |share_e7: i128| unbounded || risk(&before) + e7(1) > e7(share_e7);
    assert!(risk_is_at_least(policy.soft_e7.into()), "acts below soft");
    if !unbounded && !cleared {
        assert!(risk(&after) < risk(&before), "does not improve");
    }

    // It repays at least the floor at the discount that the policy allows.
    let fair = floor_ratio(scene, proposal.collateral, proposal.debt) * whole(proposal.sell);
    if !unbounded {
        let netting = proposal.collateral == proposal.debt;
        let kept = whole(1) - allowed_discount(scene, &before, netting);
        assert!(whole(step.repaid) >= fair.clone() * kept, "below the floor");
    }

    // It costs the owner at most the policy's share of equity; a repayment may exceed the debt by
    // what one share is worth, hence the two units.
    let unit_value = ratio(BigInt::from(repaid.price) * 2, repaid.asset_scalar);
    let sold_value = ratio(BigInt::from(sold.price) * proposal.sell, sold.asset_scalar);
    let repaid_value = ratio(
        BigInt::from(repaid.price) * step.repaid,
        repaid.asset_scalar,
    );
    let cost = sold_value.clone() - repaid_value;
    assert!(
        cost <= bearable(scene, &before) + unit_value,
        "costs more than the share of equity"
    );
    // The reward keeps the owner at the floor: with all of it paid, proceeds at the fair price
    // leave what the granted discount leaves; a premium grants none.
    assert!(whole(step.largest_reward) <= fair * e7(step.discount_e7.max(0)));

    // A flash leaves collateral for its dust: what one d-token is worth, and a unit.
    if proposal.path == Path::Flash && proposal.collateral != proposal.debt {
        let rate = sold.d_rate_e12;
        let part = i128::from(rate % 1_000_000_000_000 > 0);
        let dust = rate / 1_000_000_000_000 + part + 1;
        assert!(
            { *sold }
                .withdraw(proposal.sell.saturating_add(dust))
                .is_ok(),
            "no dust is left"
        );
    }

    // It lands at the target or above, or closes what would be a stub.
    let rescue_target_e7 = i128::from(policy.rescue_target_e7);
    let from_above = unbounded || risk(&before) > e7(rescue_target_e7);
    let least_e7 = if in_rescue && from_above {
        rescue_target_e7 - TOLERANCE_E7
    } else {
        i128::from(policy.target_e7) - TOLERANCE_E7
    };
    let lands_below = cleared || risk(&after) + e7(1) <= e7(least_e7);
    if lands_below {
        assert!(cleared, "lands below the target");
        let freed = before.collateral_base.clone() - &after.collateral_base;
        let (a, b) = (
            whole(before.collateral_base.clone()),
            whole(before.liability_base.clone()),
        );
        let share = (b.clone() - e7(least_e7) * a.clone())
            .divided_by(b - e7(least_e7) * whole(freed.clone()));
        // Two units of rounding in the share, times what is freed at most: one in the base.
        let left = a - share * whole(freed);
        assert!(
            left < whole(scene.min_collateral) + whole(2),
            "closes what is no stub"
        );
    }

    // Size: within cap and budget, unless at hard, in a rescue or closing a stub.
    if let Some(terms) = &scene.rescue {
        assert!(
            cleared || risk(&after) <= e7(rescue_target_e7),
            "rescues half-way"
        );
        assert!(
            cost <= whole(terms.fill_cost_value),
            "costs more than a fill"
        );
        let fair = highest_ratio(scene, proposal.collateral, proposal.debt, true);
        let given_up = fair * whole(proposal.sell) - whole(step.repaid);
        assert!(
            given_up * ratio(repaid.price, repaid.asset_scalar) <= whole(terms.fill_cost_value),
            "costs more than a fill at the highest source"
        );
    } else if !lands_below && !risk_is_at_least(i128::from(policy.hard_e7) + 1) {
        let cap = whole(before.debt_value.clone()) * e7(policy.step_cap_e7(step.risk_before_e7));
        assert!(sold_value <= cap + whole(1), "sells more than the cap");
        assert!(
            sold_value <= whole(scene.budget_left_value),
            "sells more than the budget"
        );
    }

    // The pool accepts what is left, and, on the plain path, the position in between.
    let accepts = |collateral_base: &BigInt, liability_base: &BigInt| {
        let scalar = BigInt::from(scene.position.price_scalar);
        collateral_base >= &BigInt::from(scene.min_collateral)
            && collateral_base * &scalar / liability_base >= &scalar * 1_0000100 / 1_0000000
    };
    assert!(
        cleared || accepts(&after.collateral_base, &after.liability_base),
        "the pool would refuse the end"
    );
    if proposal.path == Path::Plain && proposal.collateral != proposal.debt {
        assert!(
            accepts(&after.collateral_base, &before.liability_base),
            "the pool would refuse the withdrawal"
        );
    }
}
