"""The formulas of contracts/core, function by function, under the same names.

Written over an algebra (algebra.py): vectors.py evaluates them on integers and a Rust test compares the
results with the code's; the proofs reason about the same terms. `Position` and the like are left out
where a formula needs numbers only. Denominators are positive wherever the code divides.
"""

from algebra import clamp, maximum, minimum

ONE_E7 = 10**7
ONE_E12 = 10**12
LANDING_TOLERANCE_E7 = 50_000
POOL_MIN_HEALTH_E7 = 10_000_100
FILLER_MARGIN_E7 = 1_000_000
STEP_PER_LEDGER_E7 = 50_000
RAMP_LEDGERS = 200
RISK_UNBOUNDED = 2**127 - 1


# fixed.rs


def interpolate_floor(a, least, most, position_e7):
    """`from + span * position / 1e7` for a position within 0..=100%."""
    return least + a.mul_div_floor(most - least, clamp(a, position_e7, 0, ONE_E7), ONE_E7)


# price.rs: a ratio is a pair (numerator, denominator).


def ratio(a, collateral, debt):
    """Of a price and a scalar each; scalars are powers of ten, so nothing is rounded."""
    least = minimum(a, collateral[1], debt[1])
    return a.mul_div_floor(collateral[0], debt[1], least), a.mul_div_floor(debt[0], collateral[1], least)


def convert_ceil(a, ratio, amount):
    return a.mul_div_ceil(amount, ratio[0], ratio[1])


def convert_floor(a, ratio, amount):
    return a.mul_div_floor(amount, ratio[0], ratio[1])


# situation.rs


def floor_repay_ceil(a, ratio, sell, discount_e7):
    return a.mul_div_ceil(convert_ceil(a, ratio, sell), ONE_E7 - discount_e7, ONE_E7)


def discount_costing_e7(a, cost_value, debt_value):
    """Nothing for a cost of nothing; the debt is positive."""
    return a.mul_div_floor(cost_value, ONE_E7, debt_value + cost_value)


def bearable_value(a, equity, max_cost_of_equity_e7):
    return a.mul_div_floor(equity, max_cost_of_equity_e7, ONE_E7)


def discount_e7(a, cap_e7, equity, max_cost_of_equity_e7, debt_value):
    bearable = bearable_value(a, equity, max_cost_of_equity_e7)
    return minimum(a, cap_e7, discount_costing_e7(a, bearable, debt_value))


# policy.rs


def ramp_e7(a, soft_e7, hard_e7, risk_e7):
    return a.mul_div_floor(clamp(a, risk_e7, soft_e7, hard_e7) - soft_e7, ONE_E7, hard_e7 - soft_e7)


# health.rs


def collateral_floor(a, b_tokens, b_rate_e12):
    return a.mul_div_floor(b_tokens, b_rate_e12, ONE_E12)


def debt_ceil(a, d_tokens, d_rate_e12):
    return a.mul_div_ceil(d_tokens, d_rate_e12, ONE_E12)


def value_floor(a, price, scalar, amount):
    return a.mul_div_floor(price, amount, scalar)


def value_ceil(a, price, scalar, amount):
    return a.mul_div_ceil(price, amount, scalar)


def collateral_base_floor(a, price, scalar, factor_e7, amount):
    return value_floor(a, price, scalar, a.mul_div_floor(amount, factor_e7, ONE_E7))


def liability_base_ceil(a, price, scalar, factor_e7, amount):
    return value_ceil(a, price, scalar, a.mul_div_ceil(amount, ONE_E7, factor_e7))


def withdraw(a, b_rate_e12, amount):
    """Shares burned by a withdrawal. More than are held is refused."""
    return a.mul_div_ceil(amount, ONE_E12, b_rate_e12)


def repay(a, d_tokens, d_rate_e12, amount):
    """Shares left, the amount that the pool keeps, shares burned, the debt. Burning none is refused."""
    burned = a.mul_div_floor(amount, ONE_E12, d_rate_e12)
    owed = debt_ceil(a, d_tokens, d_rate_e12)
    exceeds = burned > d_tokens
    return a.choose(exceeds, 0, d_tokens - burned), a.choose(exceeds, owed, amount), burned, owed


def flash_dust(a, d_rate_e12):
    return a.mul_div_ceil(d_rate_e12, 1, ONE_E12) + 1


def withdrawal_keeping_floor(a, price, scalar, factor_e7, b_rate_e12, b_tokens, base):
    """For a base that is positive and at most what the shares count for."""
    counted = a.mul_div_ceil(base, scalar, price)
    kept = a.mul_div_ceil(counted, ONE_E7, factor_e7)
    shares = a.mul_div_ceil(kept, ONE_E12, b_rate_e12)
    return a.mul_div_floor(maximum(a, b_tokens - shares, 0), b_rate_e12, ONE_E12)


def risk_ratio_e7_ceil(a, liability_base, collateral_base):
    """For a positive collateral base."""
    return a.mul_div_ceil(liability_base, ONE_E7, collateral_base)


def equity(a, collateral_value, debt_value):
    return maximum(a, collateral_value - debt_value, 0)


# check.rs


def largest_reward(a, ratio, sell, discount):
    return a.mul_div_floor(convert_floor(a, ratio, sell), maximum(a, discount, 0), ONE_E7)


def largest_sale_value(a, debt_value, step_cap_e7):
    return a.mul_div_ceil(debt_value, step_cap_e7, ONE_E7)


def smallest_sale_value(a, debt_value, step_floor_e7):
    return a.mul_div_floor(debt_value, step_floor_e7, ONE_E7)


def base_left_at_landing(a, collateral_base, liability_base, freed, aim_e7):
    """`would_leave_stub`: the collateral base of a step that stops at `aim_e7`."""
    above = liability_base - a.mul_div_floor(collateral_base, aim_e7, ONE_E7)
    slope = liability_base - a.mul_div_floor(freed, aim_e7, ONE_E7)
    return collateral_base - a.mul_div_ceil(freed, above, slope), above, slope


# step.rs of the vault


def reward(a, proceeds, min_proceeds, most):
    return clamp(a, proceeds - min_proceeds, 0, most)


# window.rs


def budget_value(a, debt_value, step_cap_e7, sold_budget_e7):
    return a.mul_div_floor(a.mul_div_floor(debt_value, step_cap_e7, ONE_E7), sold_budget_e7, ONE_E7)


def left_value(a, budget, sold):
    return maximum(a, budget - sold, 0)


def rescue_cost_value(a, ratio, sell, repaid, debt_price, debt_scalar):
    """What a rescue gives up at the highest ratio that any source tells."""
    given_up = left_value(a, convert_ceil(a, ratio, sell), repaid)
    return value_ceil(a, debt_price, debt_scalar, given_up)


# auction.rs


def lot_modifier_e7(a, age):
    return minimum(a, age * STEP_PER_LEDGER_E7, ONE_E7)


def bid_modifier_e7(a, age):
    past = maximum(a, age - RAMP_LEDGERS, 0)
    return clamp(a, ONE_E7 - past * STEP_PER_LEDGER_E7, 0, ONE_E7)


def lot_value(a, price, scalar, b_rate_e12, lot_b_tokens, lot_e7):
    shares = a.mul_div_floor(lot_b_tokens, lot_e7, ONE_E7)
    return value_floor(a, price, scalar, a.mul_div_floor(shares, b_rate_e12, ONE_E12))


def bid_value(a, price, scalar, d_rate_e12, bid_d_tokens, bid_e7):
    shares = a.mul_div_ceil(bid_d_tokens, bid_e7, ONE_E7)
    return value_ceil(a, price, scalar, a.mul_div_ceil(shares, d_rate_e12, ONE_E12))


def discount_of_fill_e7(a, bid, lot):
    return ONE_E7 - a.mul_div_ceil(bid, ONE_E7, lot)


def filler_profit_e7(a, bid, lot):
    """How much of the filler's full profit is reached, 7 decimals. The full profit is positive."""
    full = a.mul_div_floor(bid, FILLER_MARGIN_E7, ONE_E7)
    return minimum(a, a.mul_div_floor(maximum(a, lot - bid, 0), ONE_E7, full), ONE_E7)


def rescue_cap_e7(a, discount_min_e7, discount_max_e7, bid, lot):
    """`RescueTerms::discount_cap_e7` where the full profit is positive."""
    ramp_e7 = interpolate_floor(a, discount_min_e7, discount_max_e7, filler_profit_e7(a, bid, lot))
    return minimum(a, ramp_e7, discount_of_fill_e7(a, bid, lot))


# volatility.rs

ONE_E8 = 10**8


def change_e8(a, before, after):
    """`|after - before| / before`, at most 100%."""
    difference = a.choose(after >= before, after - before, before - after)
    return a.choose(difference >= before, ONE_E8, a.mul_div_floor(difference, ONE_E8, before))


def shift_e7(a, volatility_z_e2, volatility_shift_max_e7, volatility_e7):
    wanted = a.mul_div_floor(volatility_z_e2, clamp(a, volatility_e7, 0, 100 * ONE_E7), 100)
    return minimum(a, wanted, volatility_shift_max_e7)
