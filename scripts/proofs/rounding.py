"""Rounding never favours the caller.

Theorems, each for all values in range:
 1. What a step must repay is at least the exact floor `sell * ratio * (1 - discount)`, and less than two
    units above it.
 2. The discount is at most what the policy's share of equity bears, in exact arithmetic: a sale of all
    that the debt needs costs the owner no more than the share. So one step costs no more than it; but
    for the one share of debt that a repayment may exceed the debt by, which the caller pays.
 3. The reward is at most the exact discount on the exact value, and what is left to the owner after it is
    at least the bid and at least the proceeds less the discount.
 4. What counts against the budget is at least what is sold; a window's budget is at most the exact one.
    The largest step is rounded up: it exceeds the exact one by less than one unit of base value.
 5. The shares that the pool burns or mints: a withdrawal burns at least what it pays out, a repayment
    at most what it takes; what the pool keeps is never more than the caller brought. `check_step` judges
    the position after these roundings.
 6. The bases: collateral is never above, liabilities never below the exact value, so the risk ratio is
    never below the exact one. A risk ratio that is too high by less than 1e-7 does favour the caller: the
    ramp grants what it grants at the exact ratio plus 1e-7, no more.

Assumptions: amounts, prices, shares and rates are positive integers (fixed.rs refuses negative operands,
`project` amounts that are not positive, `Position::totals` prices that are not). The discount is below
100%: at most 10% by `Policy::validate`, and in a rescue it may be any premium. A share of equity is in
(0, 100%], factors are in (0, 100%]. Nothing overflows: the code refuses what does.

Not covered: overflow, which the code refuses (that products and quotients are exact: fixed.py, and property tests
against big integers), and what the pool's contract does beside its formulas (tests on its wasm).
"""

import model
from algebra import maximum, minimum
from model import ONE_E12, ONE_E7
from prover import run

RATIO = {"sell": 10, "numerator": 3, "denominator": 7, "discount_e7": 123_456}


def sale(a, least_discount_e7=None):
    sell = a.variable("sell", 1)
    ratio = (a.variable("numerator", 1), a.variable("denominator", 1))
    discount_e7 = a.variable("discount_e7", least_discount_e7, ONE_E7 - 1)
    return sell, ratio, discount_e7


def floor_covers(a):
    sell, ratio, discount_e7 = sale(a)
    paid = model.floor_repay_ceil(a, ratio, sell, discount_e7)
    return [], paid * ratio[1] * ONE_E7 >= sell * ratio[0] * (ONE_E7 - discount_e7)


def floor_is_tight(a):
    sell, ratio, discount_e7 = sale(a, 0)
    paid = model.floor_repay_ceil(a, ratio, sell, discount_e7)
    exact = sell * ratio[0] * (ONE_E7 - discount_e7)
    return [], paid * ratio[1] * ONE_E7 < exact + 2 * ratio[1] * ONE_E7


def floor_rounded_down_covers(a):
    sell, ratio, discount_e7 = sale(a)
    fair = model.convert_floor(a, ratio, sell)
    paid = a.mul_div_ceil(fair, ONE_E7 - discount_e7, ONE_E7)
    return [], paid * ratio[1] * ONE_E7 >= sell * ratio[0] * (ONE_E7 - discount_e7)


def accounts(a):
    """Debt and collateral as the code has them and exactly, and the share of equity."""
    debt = a.variable("debt_value", 1)
    exact_debt = a.variable("exact_debt_value", 1)
    collateral = a.variable("collateral_value", 0)
    exact_collateral = a.variable("exact_collateral_value", 0)
    share_e7 = a.variable("share_e7", 1, ONE_E7)
    # Theorem 6 for full values: factors of 100%.
    return debt, collateral, share_e7, [debt >= exact_debt, collateral <= exact_collateral]


ACCOUNTS = {
    "debt_value": 901,
    "exact_debt_value": 900,
    "collateral_value": 999,
    "exact_collateral_value": 1_000,
    "share_e7": 2_000_000,
    "cap_e7": 300_000,
}


def granted(a, debt, collateral, share_e7):
    cap_e7 = a.variable("cap_e7", None, 1_000_000)
    equity = model.equity(a, collateral, debt)
    return model.discount_e7(a, cap_e7, equity, share_e7, debt)


def whole_debt_costs_the_share_at_most(a):
    debt, collateral, share_e7, facts = accounts(a)
    discount_e7 = granted(a, debt, collateral, share_e7)
    equity = model.equity(a, collateral, debt)
    # debt * d / (1 - d) <= share * equity
    return facts, debt * discount_e7 * ONE_E7 <= equity * share_e7 * (ONE_E7 - discount_e7)


def exact_cost_of_the_exact_debt(a):
    """The same in exact values, with positive equity."""
    debt, collateral, share_e7, facts = accounts(a)
    discount_e7 = granted(a, debt, collateral, share_e7)
    exact_debt = a.variable("exact_debt_value")
    exact_equity = a.variable("exact_collateral_value") - exact_debt
    cost = exact_debt * discount_e7 * ONE_E7
    return facts + [collateral >= debt], cost <= exact_equity * share_e7 * (ONE_E7 - discount_e7)


def debt_alone_in_the_denominator(a):
    """The mistake of `cost / debt`: the sale that repays the debt then costs more than the share."""
    debt, collateral, share_e7, facts = accounts(a)
    equity = model.equity(a, collateral, debt)
    bearable = model.bearable_value(a, equity, share_e7)
    discount_e7 = minimum(a, a.variable("cap_e7", None, 1_000_000), a.mul_div_floor(bearable, ONE_E7, debt))
    return facts, debt * discount_e7 * ONE_E7 <= equity * share_e7 * (ONE_E7 - discount_e7)


def step_costs_the_share_at_most(a):
    """Values are exact here; `excess` is what one share of debt is worth. Uses theorem 1 (what is repaid
    is at least the floor, at a ratio that is at least the pool's) and the statement before."""
    debt = a.variable("debt_value", 1)
    bearable = a.variable("share_of_equity", 0)
    discount_e7 = a.variable("discount_e7", None, 1_000_000)
    sold = a.variable("sold_value", 1)
    repaid = a.variable("repaid_value", 0)
    excess = a.variable("excess", 0)
    facts = [
        debt * discount_e7 <= bearable * (ONE_E7 - discount_e7),
        repaid * ONE_E7 >= sold * (ONE_E7 - discount_e7),
        repaid <= debt + excess,
    ]
    cost = (sold - repaid) * (ONE_E7 - discount_e7)
    more = excess * maximum(a, discount_e7, 0)
    return facts, cost <= bearable * (ONE_E7 - discount_e7) + more


def floor_in_values(a):
    """From amounts to values: a floor ratio of at least the pool's gives the discount at the pool's
    prices. `scalar` are powers of ten; the floor is the exact one of theorem 1."""
    sell, ratio, discount_e7 = sale(a)
    repaid = a.variable("repaid", 1)
    sold_price, sold_scalar = a.variable("sold_price", 1), a.variable("sold_scalar", 1)
    debt_price, debt_scalar = a.variable("debt_price", 1), a.variable("debt_scalar", 1)
    facts = [
        repaid * ratio[1] * ONE_E7 >= sell * ratio[0] * (ONE_E7 - discount_e7),
        # price.rs: the floor is the highest of the ratios, and the pool's is one of them.
        ratio[0] * debt_price * sold_scalar >= sold_price * debt_scalar * ratio[1],
    ]
    repaid_value = repaid * debt_price * sold_scalar * ONE_E7
    return facts, repaid_value >= sell * sold_price * debt_scalar * (ONE_E7 - discount_e7)


def reward_is_within_the_discount(a):
    sell, ratio, discount_e7 = sale(a, 0)
    most = model.largest_reward(a, ratio, sell, discount_e7)
    return [], most * ratio[1] * ONE_E7 <= sell * ratio[0] * discount_e7


def reward_leaves_the_floor(a):
    sell, ratio, discount_e7 = sale(a)
    most = model.largest_reward(a, ratio, sell, discount_e7)
    floor = model.floor_repay_ceil(a, ratio, sell, discount_e7)
    bid, proceeds = a.variable("min_proceeds", 1), a.variable("proceeds", 1)
    left = proceeds - model.reward(a, proceeds, bid, most)
    return [bid >= floor, proceeds >= bid], a.every(left >= bid, left >= floor, left >= proceeds - most)


def reward_beyond_the_bid_leaves_the_floor(a):
    """The mistake of paying the discount whatever arrived."""
    sell, ratio, discount_e7 = sale(a)
    most = model.largest_reward(a, ratio, sell, discount_e7)
    floor = model.floor_repay_ceil(a, ratio, sell, discount_e7)
    bid, proceeds = a.variable("min_proceeds", 1), a.variable("proceeds", 1)
    return [bid >= floor, proceeds >= bid], proceeds - most >= floor


def sold_counts_in_full(a):
    price, scalar, sell = a.variable("price", 1), a.variable("scalar", 1), a.variable("sell", 1)
    return [], model.value_ceil(a, price, scalar, sell) * scalar >= price * sell


def budget_is_at_most_exact(a):
    debt = a.variable("debt_value", 0)
    cap_e7, budget_e7 = a.variable("cap_e7", 0, ONE_E7), a.variable("budget_e7", 100_000, 10 * ONE_E7)
    budget = model.budget_value(a, debt, cap_e7, budget_e7)
    return [], budget * ONE_E7 * ONE_E7 <= debt * cap_e7 * budget_e7


def largest_sale_is_exact_but_for_a_unit(a):
    debt, cap_e7 = a.variable("debt_value", 0), a.variable("cap_e7", 0, ONE_E7)
    price, scalar, sell = a.variable("price", 1), a.variable("scalar", 1), a.variable("sell", 1)
    sold = model.value_ceil(a, price, scalar, sell)
    largest = model.largest_sale_value(a, debt, cap_e7)
    return [sold <= largest], price * sell * ONE_E7 < (debt * cap_e7 + ONE_E7) * scalar


def withdrawal_burns_in_full(a):
    rate, amount = a.variable("b_rate_e12", 1), a.variable("amount", 1)
    return [], model.withdraw(a, rate, amount) * rate >= amount * ONE_E12


def withdrawal_rounded_down_burns_in_full(a):
    rate, amount = a.variable("b_rate_e12", 1), a.variable("amount", 1)
    return [], a.mul_div_floor(amount, ONE_E12, rate) * rate >= amount * ONE_E12


def repayment(a):
    shares, rate = a.variable("d_tokens", 1), a.variable("d_rate_e12", 1)
    amount = a.variable("amount", 1)
    left, kept, burned, owed = model.repay(a, shares, rate, amount)
    a.whole_numbers(burned, shares)
    a.whole_numbers(owed, amount)
    return shares, rate, amount, left, kept, burned


def repayment_takes_what_it_burns(a):
    """What is repaid is at least the debt that it removes."""
    shares, rate, _, left, kept, burned = repayment(a)
    return [burned > 0], kept * ONE_E12 >= (shares - left) * rate


def repayment_keeps_no_more_than_was_brought(a):
    _, _, amount, _, kept, burned = repayment(a)
    return [burned > 0], kept <= amount


def repayment_exceeds_the_debt_by_a_share_at_most(a):
    shares, rate, _, _, kept, burned = repayment(a)
    return [burned > 0], kept * ONE_E12 < (shares + 1) * rate + ONE_E12


def repayment_never_exceeds_the_debt(a):
    shares, rate, _, _, kept, burned = repayment(a)
    return [burned > 0], kept * ONE_E12 < shares * rate + ONE_E12


def collateral_is_at_most_exact(a):
    shares, rate = a.variable("b_tokens", 0), a.variable("b_rate_e12", 1)
    price, scalar = a.variable("price", 1), a.variable("scalar", 1)
    factor_e7 = a.variable("factor_e7", 0, ONE_E7)
    held = model.collateral_floor(a, shares, rate)
    base = model.collateral_base_floor(a, price, scalar, factor_e7, held)
    return [], base * scalar * ONE_E7 * ONE_E12 <= shares * rate * price * factor_e7


def liability_is_at_least_exact(a):
    shares, rate = a.variable("d_tokens", 0), a.variable("d_rate_e12", 1)
    price, scalar = a.variable("price", 1), a.variable("scalar", 1)
    factor_e7 = a.variable("factor_e7", 1, ONE_E7)
    owed = model.debt_ceil(a, shares, rate)
    base = model.liability_base_ceil(a, price, scalar, factor_e7, owed)
    return [], base * scalar * factor_e7 * ONE_E12 >= shares * rate * price * ONE_E7


def risk_is_at_least_exact(a):
    liability, collateral = a.variable("liability_base", 1), a.variable("collateral_base", 1)
    exact_liability = a.variable("exact_liability_base", 1)
    exact_collateral = a.variable("exact_collateral_base", 1)
    risk_e7 = model.risk_ratio_e7_ceil(a, liability, collateral)
    facts = [exact_liability <= liability, exact_collateral >= collateral]
    return facts, risk_e7 * exact_collateral >= exact_liability * ONE_E7


def ramp_grants(a, above_e7):
    """The discount against the exact ramp at a risk ratio that is `above_e7` above the pool's."""
    soft_e7 = a.variable("soft_e7", 1_100_000, ONE_E7)
    hard_e7 = a.variable("hard_e7", 1_100_001, ONE_E7)
    least_e7 = a.variable("discount_min_e7", 1, 1_000_000)
    most_e7 = a.variable("discount_max_e7", 1, 1_000_000)
    liability, collateral = a.variable("liability_base", 1), a.variable("collateral_base", 1)
    risk_e7 = model.risk_ratio_e7_ceil(a, liability, collateral)
    ramp_e7 = model.ramp_e7(a, soft_e7, hard_e7, risk_e7)
    granted_e7 = model.interpolate_floor(a, least_e7, most_e7, ramp_e7)
    facts = [
        soft_e7 < hard_e7,
        least_e7 <= most_e7,
        # Between soft and hard, exactly.
        liability * ONE_E7 >= soft_e7 * collateral,
        (liability * ONE_E7) <= (hard_e7 - 1) * collateral,
    ]
    # granted <= least + (most - least) * (risk + above - soft) / (hard - soft)
    reached = liability * ONE_E7 + (above_e7 - soft_e7) * collateral
    claim = (granted_e7 - least_e7) * (hard_e7 - soft_e7) * collateral <= (most_e7 - least_e7) * reached
    return facts, claim


RAMP = {
    "soft_e7": 9_300_000,
    "hard_e7": 9_900_000,
    "discount_min_e7": 60_000,
    "discount_max_e7": 300_000,
    "liability_base": 96_000,
    "collateral_base": 100_001,
}


def statements(report):
    report.proved("1 the floor's repayment covers the exact floor", floor_covers, RATIO)
    report.proved("1 and is less than two units above it", floor_is_tight, RATIO)
    report.refuted("1 with the conversion rounded down", floor_rounded_down_covers, {"sell": 1, "discount_e7": 0})
    report.proved("1 in values at the pool's prices", floor_in_values, {
        **RATIO, "repaid": 5, "sold_price": 2, "sold_scalar": 10, "debt_price": 5, "debt_scalar": 10,
    })
    report.proved("2 the whole debt costs the share of equity at most", whole_debt_costs_the_share_at_most, ACCOUNTS)
    report.proved("2 in exact values too", exact_cost_of_the_exact_debt, ACCOUNTS)
    report.refuted("2 with the cost over the debt alone", debt_alone_in_the_denominator, {
        "debt_value": 900, "exact_debt_value": 900, "collateral_value": 950, "share_e7": ONE_E7, "cap_e7": 1_000_000,
    })
    report.proved("2 one step costs the share of equity at most", step_costs_the_share_at_most, {
        "debt_value": 900, "share_of_equity": 20, "discount_e7": 200_000, "sold_value": 100, "repaid_value": 98,
        "excess": 1,
    })
    report.proved("3 the reward is within the exact discount", reward_is_within_the_discount, RATIO)
    report.proved("3 and leaves the floor and the bid", reward_leaves_the_floor, {
        **RATIO, "min_proceeds": 5, "proceeds": 6,
    })
    report.refuted("3 paid whatever arrived", reward_beyond_the_bid_leaves_the_floor, {
        "numerator": 1, "denominator": 1, "discount_e7": 300_000, "sell": 1_000,
    })
    report.proved("4 what is sold counts in full", sold_counts_in_full, {"price": 3, "scalar": 7, "sell": 5})
    report.proved("4 the budget is at most the exact one", budget_is_at_most_exact, {
        "debt_value": 999, "cap_e7": 2_500_001, "budget_e7": 10_000_000,
    })
    report.proved("4 the largest step exceeds the exact one by less than a unit", largest_sale_is_exact_but_for_a_unit, {
        "debt_value": 999, "cap_e7": 2_500_001, "price": 3, "scalar": 7, "sell": 5,
    })
    report.proved("5 a withdrawal burns at least what it pays", withdrawal_burns_in_full, {
        "b_rate_e12": 1_100_000_000_000, "amount": 7,
    })
    report.refuted("5 with shares rounded down", withdrawal_rounded_down_burns_in_full, {"b_rate_e12": ONE_E12 + 1})
    debt = {"d_tokens": 100, "d_rate_e12": 1_300_000_000_000, "amount": 131}
    report.proved("5 a repayment takes at least the debt that it removes", repayment_takes_what_it_burns, debt)
    report.proved("5 the pool keeps no more than was brought", repayment_keeps_no_more_than_was_brought, debt)
    report.proved("5 and exceeds the debt by one share at most", repayment_exceeds_the_debt_by_a_share_at_most, debt)
    report.refuted("5 and never exceeds the debt", repayment_never_exceeds_the_debt, {
        "d_tokens": 100, "d_rate_e12": 1_900_000_000_000,
    })
    report.proved("6 collateral is at most the exact value", collateral_is_at_most_exact, {
        "b_tokens": 100, "b_rate_e12": 1_100_000_000_000, "price": 3, "scalar": 7, "factor_e7": 7_500_000,
    })
    report.proved("6 liabilities are at least the exact value", liability_is_at_least_exact, {
        "d_tokens": 100, "d_rate_e12": 1_100_000_000_000, "price": 3, "scalar": 7, "factor_e7": 9_500_000,
    })
    report.proved("6 the risk ratio is at least the exact one", risk_is_at_least_exact, {
        "liability_base": 96, "collateral_base": 100, "exact_liability_base": 95, "exact_collateral_base": 101,
    })
    report.proved("6 the ramp grants what it does at the ratio plus 1e-7", lambda a: ramp_grants(a, 1), RAMP)
    report.refuted("6 and what it does at the exact ratio", lambda a: ramp_grants(a, 0), {
        "soft_e7": 9_300_000, "hard_e7": 9_300_010, "discount_min_e7": 100, "discount_max_e7": 1_000_000,
        "collateral_base": 1_000_003,
    })


if __name__ == "__main__":
    run("Rounding never favours the caller", statements)
