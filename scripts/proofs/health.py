"""A step that the check accepts improves health.

Theorems, each for all values in range:
 1. `risk_after_e7 < risk_before_e7`, both rounded up, means that the exact ratio of the pool's own bases
    falls: `B'/A' < B/A`. (The reverse does not hold: a step that improves it by less than 1e-7 may be
    refused.) Against the ratio of values without the pool's roundings it means the same as soon as the
    step changes the bases by more than their roundings; for positions of a few units it need not, and a
    counterexample is shown. The pool liquidates by its rounded bases.
 2. What a sale does to the ratio, with any other legs beside the pair: selling the value `x` of a
    collateral with factor `c` to repay the value `r` of a debt with factor `l` improves it exactly if
    `r/l * A > c*x * B`; with one pair and `r = (1 - d) * x` if `1 - d > c*l*rho`.
 3. One pair, positive equity, a share of equity below 100%: a sale at the floor always improves the
    exact ratio, whatever the ramp. At a share of 100% it is never worse. With c*l below 90% and a risk
    ratio of at most 100% no discount that a policy may have is too large, whatever the equity.
    With several pairs this is not so (a counterexample is shown), and rule 1 refuses.
 4. Trigger and landing in exact ratios: above `soft - 1e-7` before, above `target - tolerance - 1e-7` after.
 5. `pool_accepts` is a health factor of at least the pool's minimum in exact arithmetic, and
    `accepted_collateral_base` is the least base that it accepts.
 6. `withdrawal_keeping_floor` keeps the base, and one share more would not: each of its roundings undoes
    one of the pool's (`floor(a*b/c) >= t` exactly if `a >= ceil(t*c/b)`).
 7. `would_leave_stub` never divides by zero or less, and its estimate of what would be left is the exact
    one but for `1 + freed / (exact slope)` units of base value.

Assumptions: as in rounding.py; `other_*` are the bases of all other legs, which a step does not touch.
What the check enforces is named beside each assumption.

Not covered: interest between a quote and its execution (a step is judged at the ledger of its call), and
overflow, which the code refuses: a ratio beyond 128 bits counts as unbounded, and a step that stays there
does not improve.
"""

import model
from model import LANDING_TOLERANCE_E7, ONE_E7
from prover import run


def bases(a):
    return (
        a.variable("collateral_base", 1),
        a.variable("liability_base", 1),
        a.variable("collateral_base_after", 1),
        a.variable("liability_base_after", 0),
    )


BASES = {
    "collateral_base": 100,
    "liability_base": 96,
    "collateral_base_after": 90,
    "liability_base_after": 80,
}


def risks(a):
    collateral, liability, collateral_after, liability_after = bases(a)
    before_e7 = model.risk_ratio_e7_ceil(a, liability, collateral)
    after_e7 = model.risk_ratio_e7_ceil(a, liability_after, collateral_after)
    a.whole_numbers(before_e7, after_e7)
    return before_e7, after_e7, liability_after * collateral < liability * collateral_after


def accepted_improves(a):
    before_e7, after_e7, falls = risks(a)
    # check.rs: DoesNotImprove.
    return [after_e7 < before_e7], falls


def not_worse_improves(a):
    before_e7, after_e7, falls = risks(a)
    return [after_e7 <= before_e7], falls


def every_improvement_is_accepted(a):
    before_e7, after_e7, falls = risks(a)
    return [falls], after_e7 < before_e7


def exact_bases(a):
    """Exact values beside the pool's, which are at most so far away (theorem 6 of rounding.py)."""
    collateral, liability, collateral_after, liability_after = bases(a)
    exact = (
        a.variable("exact_collateral_base", 1),
        a.variable("exact_liability_base", 1),
        a.variable("exact_collateral_base_after", 1),
        a.variable("exact_liability_base_after", 0),
    )
    down, up = a.variable("rounded_down_by", 0), a.variable("rounded_up_by", 0)
    facts = [
        exact[0] >= collateral,
        exact[0] <= collateral + down,
        exact[1] <= liability,
        exact[1] >= liability - up,
        exact[2] >= collateral_after,
        exact[3] <= liability_after,
    ]
    return collateral, liability, collateral_after, liability_after, exact, down, up, facts


EXACT = {
    **BASES,
    "exact_collateral_base": 101,
    "exact_liability_base": 95,
    "exact_collateral_base_after": 91,
    "exact_liability_base_after": 79,
    "rounded_down_by": 1,
    "rounded_up_by": 1,
}


def improves_beyond_the_roundings(a):
    collateral, liability, collateral_after, liability_after, exact, down, up, facts = exact_bases(a)
    beyond = liability_after * (collateral + down) < (liability - up) * collateral_after
    return facts + [beyond], exact[3] * exact[0] < exact[1] * exact[2]


def improves_whatever_the_roundings(a):
    collateral, liability, collateral_after, liability_after, exact, _, _, facts = exact_bases(a)
    before_e7 = model.risk_ratio_e7_ceil(a, liability, collateral)
    after_e7 = model.risk_ratio_e7_ceil(a, liability_after, collateral_after)
    return facts + [after_e7 < before_e7], exact[3] * exact[0] < exact[1] * exact[2]


def sale_of_a_pair(a):
    """Exact bases with other legs beside the pair; factors in e7. Values are scaled by 1e7, so that
    nothing is divided: `freed = c*x`, `cleared * l = r`."""
    collateral = a.variable("collateral_base", 1)
    liability = a.variable("liability_base", 1)
    sold, repaid = a.variable("sold_value", 1), a.variable("repaid_value", 1)
    c_e7, l_e7 = a.variable("collateral_factor_e7", 0, ONE_E7), a.variable("liability_factor_e7", 1, ONE_E7)
    return collateral, liability, sold, repaid, c_e7, l_e7


def improves_exactly_if(a):
    collateral, liability, sold, repaid, c_e7, l_e7 = sale_of_a_pair(a)
    # After: A - c*x and B - r/l, in e7 and l times e7.
    left = collateral * ONE_E7 - c_e7 * sold
    owed = liability * l_e7 - repaid * ONE_E7
    falls = owed * collateral * ONE_E7 < liability * l_e7 * left
    gains = repaid * ONE_E7 * collateral * ONE_E7 > c_e7 * sold * liability * l_e7
    return [left > 0, owed >= 0], a.every(a.implies(falls, gains), a.implies(gains, falls))


def one_pair(a, share_most_e7):
    """Values of the one collateral and the one debt, what is sold and repaid, at the granted discount."""
    collateral, debt = a.variable("collateral_value", 1), a.variable("debt_value", 1)
    share_e7 = a.variable("share_e7", 1, share_most_e7)
    cap_e7 = a.variable("cap_e7", None, 1_000_000)
    sold, repaid = a.variable("sold_value", 1), a.variable("repaid_value", 1)
    discount_e7 = model.discount_e7(a, cap_e7, model.equity(a, collateral, debt), share_e7, debt)
    facts = [
        collateral > debt,
        sold <= collateral,
        repaid <= debt,
        # check.rs: BelowFloor; theorem 1 of rounding.py.
        repaid * ONE_E7 >= sold * (ONE_E7 - discount_e7),
    ]
    return collateral, debt, sold, repaid, facts


PAIR = {
    "collateral_value": 1_000,
    "debt_value": 900,
    "share_e7": 2_000_000,
    "cap_e7": 300_000,
    "sold_value": 100,
    "repaid_value": 98,
}


def sale_at_the_floor_improves(a):
    collateral, debt, sold, repaid, facts = one_pair(a, ONE_E7 - 1)
    return facts, (debt - repaid) * collateral < debt * (collateral - sold)


def sale_at_the_floor_is_not_worse(a):
    collateral, debt, sold, repaid, facts = one_pair(a, ONE_E7)
    return facts, (debt - repaid) * collateral <= debt * (collateral - sold)


def sale_improves_at_a_whole_share(a):
    collateral, debt, sold, repaid, facts = one_pair(a, ONE_E7)
    return facts, (debt - repaid) * collateral < debt * (collateral - sold)


def any_discount_improves_below(a):
    """c*l*rho < 90% and a discount of at most 10%: nothing is said of equity."""
    collateral, debt = a.variable("collateral_value", 1), a.variable("debt_value", 1)
    factors_e7 = a.variable("c_times_l_e7", 1, 9_000_000 - 1)
    discount_e7 = a.variable("discount_e7", None, 1_000_000)
    sold, repaid = a.variable("sold_value", 1), a.variable("repaid_value", 1)
    facts = [
        # rho = (debt / l) / (collateral * c) <= 1.
        debt * ONE_E7 <= collateral * factors_e7,
        sold <= collateral,
        repaid <= debt,
        repaid * ONE_E7 >= sold * (ONE_E7 - discount_e7),
    ]
    return facts, (debt - repaid) * collateral < debt * (collateral - sold)


def sale_improves_with_two_collaterals(a):
    """The same claim with another collateral beside the pair and a liability factor of 100%."""
    sold_leg, other = a.variable("collateral_value", 1), a.variable("other_value", 0)
    c_e7, other_factor_e7 = a.variable("factor_e7", 1, ONE_E7), a.variable("other_factor_e7", 0, ONE_E7)
    debt, sold, repaid = a.variable("debt_value", 1), a.variable("sold_value", 1), a.variable("repaid_value", 1)
    share_e7, cap_e7 = a.variable("share_e7", 1, ONE_E7 - 1), a.variable("cap_e7", None, 1_000_000)
    discount_e7 = model.discount_e7(a, cap_e7, model.equity(a, sold_leg + other, debt), share_e7, debt)
    before = sold_leg * c_e7 + other * other_factor_e7
    after = (sold_leg - sold) * c_e7 + other * other_factor_e7
    facts = [
        sold_leg + other > debt,
        sold <= sold_leg,
        repaid <= debt,
        repaid * ONE_E7 >= sold * (ONE_E7 - discount_e7),
        # The risk ratio is below 100%.
        debt * ONE_E7 < before,
    ]
    return facts, (debt - repaid) * before < debt * after


def acts_from_soft_on(a):
    collateral, liability, _, _ = bases(a)
    soft_e7 = a.variable("soft_e7", 1_100_000, ONE_E7)
    risk_e7 = model.risk_ratio_e7_ceil(a, liability, collateral)
    # check.rs: NotAtRisk.
    return [risk_e7 >= soft_e7], liability * ONE_E7 > (soft_e7 - 1) * collateral


def lands_at_the_target(a):
    _, _, collateral, liability = bases(a)
    target_e7 = a.variable("target_e7", 1_000_000, ONE_E7)
    risk_e7 = model.risk_ratio_e7_ceil(a, liability, collateral)
    # check.rs: LandsBelowTarget, where the debt is not cleared.
    least_e7 = target_e7 - LANDING_TOLERANCE_E7
    return [risk_e7 >= least_e7], liability * ONE_E7 > (least_e7 - 1) * collateral


def pool_accepts(a):
    collateral, liability, _, _ = bases(a)
    scalar = a.variable("price_scalar", 1)
    health = a.mul_div_floor(collateral, scalar, liability)
    least = a.mul_div_floor(scalar, model.POOL_MIN_HEALTH_E7, ONE_E7)
    accepted = a.mul_div_ceil(least, liability, scalar)
    a.whole_numbers(health, least)
    a.whole_numbers(accepted, collateral)
    return collateral, liability, scalar, health, least, accepted


def pool_accepts_healthy(a):
    collateral, liability, scalar, health, least, _ = pool_accepts(a)
    # A*S >= B * least, and the least is the minimum but for less than a unit of the oracle's.
    claim = collateral * scalar * ONE_E7 > liability * (scalar * model.POOL_MIN_HEALTH_E7 - ONE_E7)
    return [health >= least], claim


def accepted_base_is_exact(a):
    collateral, _, _, health, least, accepted = pool_accepts(a)
    accepts, enough = health >= least, collateral >= accepted
    return [], a.every(a.implies(accepts, enough), a.implies(enough, accepts))


def rounding_undone(a):
    amount, factor, divisor = a.variable("a", 0), a.variable("b", 1), a.variable("c", 1)
    aim = a.variable("t", 1)
    floor, least = a.mul_div_floor(amount, factor, divisor), a.mul_div_ceil(aim, divisor, factor)
    a.whole_numbers(floor, aim)
    a.whole_numbers(amount, least)
    reaches, enough = floor >= aim, amount >= least
    return [], a.every(a.implies(reaches, enough), a.implies(enough, reaches))


def rounding_undone_by_a_floor(a):
    amount, factor, divisor = a.variable("a", 0), a.variable("b", 1), a.variable("c", 1)
    aim = a.variable("t", 1)
    floor, least = a.mul_div_floor(amount, factor, divisor), a.mul_div_floor(aim, divisor, factor)
    return [amount >= least], floor >= aim


def withdrawal_burns_what_it_frees(a):
    """The payout of a number of shares, withdrawn, burns no more of them: so at least `shares` stay."""
    given, rate = a.variable("shares", 0), a.variable("b_rate_e12", 1)
    payout = a.mul_div_floor(given, rate, model.ONE_E12)
    burned = model.withdraw(a, rate, payout)
    a.whole_numbers(burned, given)
    return [], burned <= given


def stub(a):
    collateral, liability = a.variable("collateral_base", 1), a.variable("liability_base", 1)
    freed = a.variable("freed", 0)
    above_e7, aim_e7 = a.variable("above_e7", 1_000_000, ONE_E7), a.variable("aim_e7", 950_000, ONE_E7)
    left, above, slope = model.base_left_at_landing(a, collateral, liability, freed, aim_e7)
    a.whole_numbers(above, slope)
    risk_e7 = model.risk_ratio_e7_ceil(a, liability, collateral)
    facts = [
        freed <= collateral,
        # The trigger is at soft, and Policy::validate keeps the target below it. In a rescue from above
        # the rescue target, that is the aim. Both less the tolerance.
        risk_e7 >= above_e7,
        aim_e7 + LANDING_TOLERANCE_E7 == above_e7,
    ]
    return collateral, liability, freed, aim_e7, left, above, slope, facts


STUB = {
    "collateral_base": 10_000,
    "liability_base": 9_600,
    "freed": 9_000,
    "above_e7": 8_800_000,
    "aim_e7": 8_750_000,
}


def stub_divides(a):
    _, _, _, _, _, above, slope, facts = stub(a)
    return facts, a.every(above > 0, slope >= above)


def stub_roundings(a):
    """The two differences are the exact ones, rounded up."""
    collateral, liability, freed, aim_e7, _, above, slope, facts = stub(a)
    exact_above_e7 = liability * ONE_E7 - aim_e7 * collateral
    exact_slope_e7 = liability * ONE_E7 - aim_e7 * freed
    return facts, a.every(
        exact_above_e7 > 0,
        exact_above_e7 <= above * ONE_E7,
        above * ONE_E7 < exact_above_e7 + ONE_E7,
        exact_slope_e7 <= slope * ONE_E7,
        slope * ONE_E7 < exact_slope_e7 + ONE_E7,
        exact_above_e7 <= exact_slope_e7,
    )


def stub_estimate(a, times_freed, units):
    """What the estimate frees against `freed * above / slope` of the exact differences; what is left is
    the base before less that. Uses the two statements before."""
    freed = a.variable("freed", 0)
    exact_above_e7, exact_slope_e7 = a.variable("exact_above_e7", 1), a.variable("exact_slope_e7", 1)
    above, slope = a.variable("above", 1), a.variable("slope", 1)
    estimate = a.mul_div_ceil(freed, above, slope)
    facts = [
        exact_above_e7 <= exact_slope_e7,
        above <= slope,
        exact_above_e7 <= above * ONE_E7,
        above * ONE_E7 < exact_above_e7 + ONE_E7,
        exact_slope_e7 <= slope * ONE_E7,
        slope * ONE_E7 < exact_slope_e7 + ONE_E7,
    ]
    off = estimate * exact_slope_e7 - freed * exact_above_e7
    most = units * exact_slope_e7 + times_freed * freed * ONE_E7
    return facts, a.every(off <= most, -off <= most)


def statements(report):
    report.proved("1 an accepted step lowers the exact ratio", accepted_improves, BASES)
    report.refuted("1 with `<=` for `<`", not_worse_improves, {"collateral_base": 100})
    report.refuted("1 every improvement is accepted", every_improvement_is_accepted, {
        "collateral_base": 30_000_000, "liability_base": 20_000_001, "collateral_base_after": 29_999_998,
    })
    report.proved("1 and that of exact values, beyond the roundings", improves_beyond_the_roundings, EXACT)
    report.refuted("1 whatever the roundings", improves_whatever_the_roundings, {
        "collateral_base": 10, "liability_base": 9, "collateral_base_after": 7, "liability_base_after": 6,
        "rounded_down_by": 2, "rounded_up_by": 2,
    })
    report.proved("2 a sale improves exactly if r/l * A > c*x * B", improves_exactly_if, {
        "collateral_base": 1_000, "liability_base": 960, "sold_value": 100, "repaid_value": 98,
        "collateral_factor_e7": 7_500_000, "liability_factor_e7": 9_500_000,
    })
    report.proved("3 one pair: a sale at the floor improves", sale_at_the_floor_improves, PAIR)
    report.proved("3 and is never worse at a share of 100%", sale_at_the_floor_is_not_worse, {
        **PAIR, "share_e7": ONE_E7,
    })
    report.refuted("3 and improves at a share of 100%", sale_improves_at_a_whole_share, {
        "collateral_value": 1_000, "debt_value": 950, "share_e7": ONE_E7, "cap_e7": 1_000_000,
    })
    report.proved("3 any discount improves where c*l < 90%", any_discount_improves_below, {
        "collateral_value": 1_000, "debt_value": 700, "c_times_l_e7": 7_125_000, "discount_e7": 300_000,
        "sold_value": 100, "repaid_value": 97,
    })
    report.refuted("3 two collaterals: a sale at the floor improves", sale_improves_with_two_collaterals, {
        "collateral_value": 1_000, "other_value": 1_000, "factor_e7": 9_800_000, "other_factor_e7": 5_000_000,
        "share_e7": 2_000_000, "cap_e7": 1_000_000, "sold_value": 100, "debt_value": 1_465,
    })
    report.proved("4 it acts from soft on", acts_from_soft_on, {**BASES, "soft_e7": 9_300_000})
    report.proved("4 it lands at the target", lands_at_the_target, {**BASES, "target_e7": 8_800_000})
    pool = {"collateral_base": 100, "liability_base": 90, "collateral_base_after": 1, "liability_base_after": 0,
            "price_scalar": 10**7}
    report.proved("5 what the pool accepts is healthy", pool_accepts_healthy, pool)
    report.proved("5 the accepted base is exact", accepted_base_is_exact, pool)
    undone = {"a": 10, "b": 3, "c": 7, "t": 4}
    report.proved("6 a ceiling undoes a floor", rounding_undone, undone)
    report.refuted("6 a floor undoes a floor", rounding_undone_by_a_floor, {"b": 3, "c": 7})
    report.proved("6 a payout burns no more shares than it is worth", withdrawal_burns_what_it_frees, {
        "shares": 100, "b_rate_e12": 1_234_567_890_123,
    })
    report.proved("7 the stub's estimate divides by more than zero", stub_divides, STUB)
    report.proved("7 its differences are rounded up", stub_roundings, STUB)
    differences = {"freed": 9_000, "exact_above_e7": 8_500_000_001, "above": 851,
                   "exact_slope_e7": 17_250_000_001, "slope": 1_726}
    report.proved("7 it is exact but for 1 + freed / slope", lambda a: stub_estimate(a, 1, 1), differences)
    report.refuted("7 it is exact but for two units", lambda a: stub_estimate(a, 0, 2), {"freed": 900_001})


if __name__ == "__main__":
    run("A step that the check accepts improves health", statements)
