"""The policy's ramps: monotone, within their ends, and narrow enough for 64 bits.

Theorems, each for all values in range:
 1. The ramp lies in 0..=100% and rises with the risk ratio between soft and hard; it is 0 up to soft and 100%
    from hard on.
 2. What it interpolates (step cap, discount) lies between its ends, does not fall as the ramp rises, is the
    first end at 0 and the last at 100%.
 3. The code's 64-bit products do not overflow.
 4. The smallest step is never more than the largest at the same debt, so there is always a size between.
 5. What the equity bears as a discount rises with the equity and falls with the debt.

Assumptions, all by `Policy::validate`: `target + 1% <= soft < hard <= 100%`, steps in 1%..=100% and
discounts in (0, 10%] with the first no larger than the last.

Not covered: how good the thresholds are.
"""

import model
from algebra import clamp
from model import ONE_E7
from prover import run


def thresholds(a):
    soft_e7 = a.variable("soft_e7", 1_100_000, ONE_E7)
    hard_e7 = a.variable("hard_e7", 1_100_001, ONE_E7)
    return soft_e7, hard_e7, [soft_e7 < hard_e7]


def ramp_within(a):
    soft_e7, hard_e7, facts = thresholds(a)
    ramp_e7 = model.ramp_e7(a, soft_e7, hard_e7, a.variable("risk_e7", 0))
    return facts, a.every(ramp_e7 >= 0, ramp_e7 <= ONE_E7)


def ramp_ends(a):
    soft_e7, hard_e7, facts = thresholds(a)
    below, above = a.variable("below_e7", 0), a.variable("above_e7", 0)
    first = model.ramp_e7(a, soft_e7, hard_e7, below)
    last = model.ramp_e7(a, soft_e7, hard_e7, above)
    a.whole_numbers(first, 0)
    a.whole_numbers(last, ONE_E7)
    return facts + [below <= soft_e7, above >= hard_e7], a.every(first == 0, last == ONE_E7)


def two_ramps(a):
    soft_e7, hard_e7, facts = thresholds(a)
    low, high = a.variable("low_e7", 0), a.variable("high_e7", 0)
    at_low = model.ramp_e7(a, soft_e7, hard_e7, low)
    at_high = model.ramp_e7(a, soft_e7, hard_e7, high)
    a.whole_numbers(at_low, at_high)
    return soft_e7, hard_e7, low, high, at_low, at_high, facts


def ramp_rises(a):
    _, _, low, high, at_low, at_high, facts = two_ramps(a)
    return facts + [low <= high], at_low <= at_high


def ramp_rises_strictly(a):
    soft_e7, hard_e7, low, high, at_low, at_high, facts = two_ramps(a)
    return facts + [soft_e7 <= low, low + 1 <= high, high <= hard_e7], at_low < at_high


def ends(a):
    least, most = a.variable("from", 0, ONE_E7), a.variable("to", 0, ONE_E7)
    return least, most, [least <= most]


def interpolation_within(a):
    least, most, facts = ends(a)
    value = model.interpolate_floor(a, least, most, a.variable("position_e7"))
    return facts, a.every(value >= least, value <= most)


def interpolation_rises(a):
    least, most, facts = ends(a)
    low, high = a.variable("low_e7"), a.variable("high_e7")
    at_low = model.interpolate_floor(a, least, most, low)
    at_high = model.interpolate_floor(a, least, most, high)
    a.whole_numbers(at_low - least, at_high - least)
    return facts + [low <= high], at_low <= at_high


def interpolation_rises_strictly(a):
    least, most, facts = ends(a)
    low, high = a.variable("low_e7", 0, ONE_E7), a.variable("high_e7", 0, ONE_E7)
    claim = model.interpolate_floor(a, least, most, low) < model.interpolate_floor(a, least, most, high)
    return facts + [low < high], claim


def interpolation_ends(a):
    least, most, facts = ends(a)
    first = model.interpolate_floor(a, least, most, 0)
    last = model.interpolate_floor(a, least, most, ONE_E7)
    a.whole_numbers(first, least)
    a.whole_numbers(last, most)
    return facts, a.every(first == least, last == most)


def fits_64_bits(a):
    soft_e7, hard_e7, facts = thresholds(a)
    least, most, ordered = ends(a)
    above = clamp(a, a.variable("risk_e7", 0), soft_e7, hard_e7) - soft_e7
    position_e7 = clamp(a, a.variable("position_e7"), 0, ONE_E7)
    return facts + ordered, a.every(
        above >= 0,
        above * ONE_E7 < 2**64,
        least + (most - least) * position_e7 < 2**64,
    )


def fits_32_bits(a):
    soft_e7, hard_e7, facts = thresholds(a)
    above = clamp(a, a.variable("risk_e7", 0), soft_e7, hard_e7) - soft_e7
    return facts, above * ONE_E7 < 2**32


def sizes_meet(a):
    debt = a.variable("debt_value", 0)
    step_min_e7, cap_e7 = a.variable("step_min_e7", 100_000, ONE_E7), a.variable("cap_e7", 100_000, ONE_E7)
    step_floor_e7 = a.mul_div_floor(step_min_e7, 1, 2)
    smallest = model.smallest_sale_value(a, debt, step_floor_e7)
    largest = model.largest_sale_value(a, debt, cap_e7)
    return [step_min_e7 <= cap_e7], smallest <= largest


def equity_bears(a):
    debt, more_debt = a.variable("debt_value", 1), a.variable("more_debt_value", 1)
    cost, less_cost = a.variable("cost_value", 0), a.variable("less_cost_value", 0)
    most = model.discount_costing_e7(a, cost, debt)
    least = model.discount_costing_e7(a, less_cost, more_debt)
    a.whole_numbers(most, least)
    return [debt <= more_debt, less_cost <= cost], least <= most


THRESHOLDS = {"soft_e7": 9_300_000, "hard_e7": 9_900_000}
ENDS = {"from": 2_500_000, "to": 10_000_000}


def statements(report):
    report.proved("1 the ramp lies in 0..=100%", ramp_within, {**THRESHOLDS, "risk_e7": 9_555_555})
    report.proved("1 it is 0 up to soft and 100% from hard on", ramp_ends, {
        **THRESHOLDS, "below_e7": 9_300_000, "above_e7": 9_900_000,
    })
    low_high = {"low_e7": 9_400_001, "high_e7": 9_555_555}
    report.proved("1 it does not fall", ramp_rises, {**THRESHOLDS, **low_high})
    report.proved("1 between soft and hard it rises with every unit", ramp_rises_strictly, {
        **THRESHOLDS, "low_e7": 9_400_000, "high_e7": 9_400_001,
    })
    report.proved("2 interpolation stays between its ends", interpolation_within, {**ENDS, "position_e7": 3_333_333})
    report.proved("2 it does not fall", interpolation_rises, {**ENDS, "low_e7": 1, "high_e7": 3_333_333})
    report.refuted("2 it rises with every unit", interpolation_rises_strictly, ENDS)
    report.proved("2 it meets its ends", interpolation_ends, ENDS)
    report.proved("3 the products fit 64 bits", fits_64_bits, {
        **THRESHOLDS, **ENDS, "risk_e7": 9_555_555, "position_e7": 3_333_333,
    })
    report.refuted("3 they fit 32 bits", fits_32_bits, {})
    report.proved("4 the smallest step is within the largest", sizes_meet, {
        "debt_value": 999, "step_min_e7": 2_500_000, "cap_e7": 2_500_000,
    })
    report.proved("5 a larger equity or a smaller debt bears no less", equity_bears, {
        "debt_value": 900, "more_debt_value": 901, "cost_value": 20, "less_cost_value": 19,
    })


if __name__ == "__main__":
    run("The policy's ramps", statements)
