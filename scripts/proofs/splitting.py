"""Splitting a step never pays more: what holds, and what does not.

Theorems, each for all values in range:
 1. At one state: the floors of pieces add up to at least the floor of the whole, the rewards of pieces to
    at most the reward of the whole, and what pieces count against the budget to at least what the whole
    counts. Two pieces are proved; any number follows by adding one at a time.
 2. State changes with each piece. Where the ramp sets the discount (the usual case), a later piece is
    granted no more than the first, so pieces cost the owner at most what the whole would: the risk ratio
    falls (health.py) and the ramp does not rise as it falls (policy.py).
 3. Where the equity sets it, `share * equity / (debt + share * equity)`, a later piece is granted at
    least as much as the first: repaying lowers the debt faster than its cost lowers the equity. Two pieces
    cost at most twice what one would, at most the ramp of all that is sold, and at most twice the share of
    equity. Two cost more than one, and more than the share of equity: both are refuted below.
 4. Any number of pieces, of any size, where the equity sets the discount: after repaying all but a part
    `D_n/D_0` of the debt the owner's equity is at least

        Q_n >= Q_0 * (D_n / D_0) ^ share

    One piece leaves `Q_0 * (1 - share * (1 - D_n/D_0))` or more. With a share of 20%, half of the debt repaid:
    12.9% of the equity in pieces without end against 10% in one; nine tenths: 36.9% against 18%. Ever smaller
    pieces come as close to it as one likes, so it is the true bound. Proved: the step
    `Q' >= Q * (1 - share * r/D)` for every share, and Bernoulli's inequality by induction, which makes the
    bound for every share that is 1/n. For the others it is Bernoulli's inequality with a real exponent, which
    is known but not proved here.

Assumptions: values are exact (at the floor's prices), and the discount is at most what the exact equity bears:
rounding.py 1 and 2 show that the code's roundings keep to that. A piece costs the owner what it sells less
what it repays. The share of equity is in (0, 100%], the discount at most 10% (`Policy::validate`).

Not covered: prices that move between pieces (each piece is judged at the prices of its ledger), and that
a step may not be smaller than half of `step_min`, which bounds the number of pieces, nor the window's
budget: both only make it less. `contracts/core/tests/arithmetic/splitting.rs` holds the code itself to the bound, with
pieces of every allowed size: for a pair with c*l = 98% just under liquidation, 14 pieces take 29.3% of the equity where
one step takes 17.9% and the share is 20%.
"""

import model
from model import ONE_E7
from prover import run

PIECES = {"first": 5, "second": 8, "numerator": 3, "denominator": 7, "discount_e7": 123_456}


def pieces(a):
    ratio = (a.variable("numerator", 1), a.variable("denominator", 1))
    discount_e7 = a.variable("discount_e7", 0, ONE_E7 - 1)
    return a.variable("first", 1), a.variable("second", 1), ratio, discount_e7


def floors_add_up(a):
    first, second, ratio, discount_e7 = pieces(a)
    paid, fair = [], []
    for sell in (first, second, first + second):
        fair.append(model.convert_ceil(a, ratio, sell))
        paid.append(a.mul_div_ceil(fair[-1], ONE_E7 - discount_e7, ONE_E7))
    a.whole_numbers(fair[2], fair[0] + fair[1])
    a.whole_numbers(paid[2], paid[0] + paid[1])
    return [], paid[0] + paid[1] >= paid[2]


def floors_rounded_down_add_up(a):
    first, second, ratio, discount_e7 = pieces(a)
    paid = [
        a.mul_div_floor(model.convert_floor(a, ratio, sell), ONE_E7 - discount_e7, ONE_E7)
        for sell in (first, second, first + second)
    ]
    return [], paid[0] + paid[1] >= paid[2]


def rewards_add_up(a):
    first, second, ratio, discount_e7 = pieces(a)
    rewards, fair = [], []
    for sell in (first, second, first + second):
        fair.append(model.convert_floor(a, ratio, sell))
        rewards.append(a.mul_div_floor(fair[-1], discount_e7, ONE_E7))
    a.whole_numbers(fair[2], fair[0] + fair[1])
    a.whole_numbers(rewards[2], rewards[0] + rewards[1])
    return [], rewards[0] + rewards[1] <= rewards[2]


def sold_adds_up(a):
    first, second = a.variable("first", 1), a.variable("second", 1)
    price, scalar = a.variable("price", 1), a.variable("scalar", 1)
    values = [model.value_ceil(a, price, scalar, sell) for sell in (first, second, first + second)]
    a.whole_numbers(values[2], values[0] + values[1])
    return [], values[0] + values[1] >= values[2]


def two_pieces(a, equity_binds):
    """Exact values. `sold`, `repaid` of each piece; a discount is in e7 and at most what the equity bears:
    `d * (D + s*Q) <= s*Q`, multiplied out."""
    debt, equity = a.variable("debt", 1), a.variable("equity", 0)
    share_e7 = a.variable("share_e7", 1, ONE_E7)
    sold = [a.variable("first_sold", 1), a.variable("second_sold", 1)]
    repaid = [a.variable("first_repaid", 1), a.variable("second_repaid", 1)]
    granted = [a.variable("first_discount_e7", 0, 1_000_000), a.variable("second_discount_e7", 0, 1_000_000)]
    facts, debts, equities = [], [debt, debt - repaid[0]], [equity, equity - (sold[0] - repaid[0])]
    for piece in (0, 1):
        bearable = share_e7 * equities[piece]
        facts += [
            granted[piece] * (debts[piece] * ONE_E7 + bearable) <= bearable * ONE_E7,
            repaid[piece] * ONE_E7 >= sold[piece] * (ONE_E7 - granted[piece]),
            repaid[piece] <= debts[piece],
            # A bid beyond par is no cost.
            repaid[piece] <= sold[piece],
        ]
    if equity_binds:
        # Rounded down from what the equity bears.
        bearable = share_e7 * equity
        facts.append((granted[0] + 1) * (debt * ONE_E7 + bearable) > bearable * ONE_E7)
    cost = sold[0] + sold[1] - repaid[0] - repaid[1]
    return debt, equity, share_e7, sold, repaid, granted, cost, facts


TWO = {
    "debt": 900_000,
    "equity": 100_000,
    "share_e7": 2_000_000,
    "first_sold": 300_000,
    "second_sold": 300_000,
    "first_repaid": 294_000,
    "second_repaid": 293_000,
    "first_discount_e7": 217_391,
    "second_discount_e7": 300_000,
}


def later_pieces_cost_no_more(a):
    """Two pieces at the ramp's discount: the second's is no higher than the first's."""
    _, _, _, sold, _, granted, cost, facts = two_pieces(a, False)
    return facts + [granted[1] <= granted[0]], cost * ONE_E7 <= granted[0] * (sold[0] + sold[1])


def equity_grants_more_later(a):
    """What the equity bears after a piece at the floor, against before: `s*Q'/D' >= s*Q/D`."""
    debt, equity, _, sold, repaid, granted, _, facts = two_pieces(a, False)
    at_the_floor = repaid[0] * ONE_E7 == sold[0] * (ONE_E7 - granted[0])
    return facts + [at_the_floor], (equity - sold[0] + repaid[0]) * debt >= equity * (debt - repaid[0])


def second_costs_its_part(a):
    """The second piece costs at most the first state's share of equity, in proportion to what it repays of
    the debt that is left."""
    debt, equity, share_e7, sold, repaid, _, _, facts = two_pieces(a, False)
    cost = sold[1] - repaid[1]
    return facts, cost * (debt - repaid[0]) * ONE_E7 <= share_e7 * equity * repaid[1]


def two_cost_at_most_twice_one(a):
    """From the statement before; `bearable_e7` is `share * equity`."""
    debt, bearable_e7 = a.variable("debt", 1), a.variable("bearable_e7", 0)
    granted_e7 = a.variable("discount_e7", 0, 1_000_000)
    sold = [a.variable("first_sold", 1), a.variable("second_sold", 1)]
    repaid = [a.variable("first_repaid", 1), a.variable("second_repaid", 1)]
    facts = [
        repaid[0] + repaid[1] <= debt,
        repaid[0] <= sold[0],
        repaid[1] <= sold[1],
        (sold[0] - repaid[0]) * ONE_E7 <= granted_e7 * sold[0],
        (sold[1] - repaid[1]) * (debt - repaid[0]) * ONE_E7 <= bearable_e7 * repaid[1],
        # Rounded down from what the equity bears.
        (granted_e7 + 1) * (debt * ONE_E7 + bearable_e7) > bearable_e7 * ONE_E7,
    ]
    cost = sold[0] + sold[1] - repaid[0] - repaid[1]
    return facts, cost * ONE_E7 <= 2 * (granted_e7 + 1) * (sold[0] + sold[1])


def two_cost_at_most_tenths(a, tenths):
    _, _, _, sold, _, granted, cost, facts = two_pieces(a, True)
    # Rounding of the discount: less than one e7.
    return facts, cost * ONE_E7 * 10 <= tenths * (granted[0] + 1) * (sold[0] + sold[1])


def two_cost_no_more_than_one(a):
    _, _, _, sold, _, granted, cost, facts = two_pieces(a, True)
    return facts, cost * ONE_E7 <= (granted[0] + 1) * (sold[0] + sold[1])


def two_cost_at_most(a, shares):
    _, equity, share_e7, _, _, _, cost, facts = two_pieces(a, False)
    return facts, cost * ONE_E7 <= shares * share_e7 * equity


def two_cost_at_most_the_ramp(a):
    _, _, _, sold, _, granted, cost, facts = two_pieces(a, False)
    ramp_e7 = a.variable("ramp_e7", 0, 1_000_000)
    facts += [granted[0] <= ramp_e7, granted[1] <= ramp_e7]
    return facts, cost * ONE_E7 <= ramp_e7 * (sold[0] + sold[1])


def one_piece_keeps(a):
    """Q' >= Q * (1 - share * r/D), for any discount that the equity bears."""
    debt, equity, share_e7, sold, repaid, _, _, facts = two_pieces(a, False)
    left = equity - sold[0] + repaid[0]
    return facts, left * debt * ONE_E7 >= equity * (debt * ONE_E7 - share_e7 * repaid[0])


def bernoulli(a):
    """One step of the induction: from (1 - y)^n >= 1 - n*y to n + 1, for 0 <= y <= 1. Values in e7;
    `power` stands for (1 - y)^n."""
    count, y_e7 = a.variable("n", 0), a.variable("y_e7", 0, ONE_E7)
    power_e7 = a.variable("power_e7", 0, ONE_E7)
    claim = power_e7 * (ONE_E7 - y_e7) >= ONE_E7 * (ONE_E7 - (count + 1) * y_e7)
    return [power_e7 >= ONE_E7 - count * y_e7], claim


def bernoulli_one_too_many(a):
    count, y_e7 = a.variable("n", 0), a.variable("y_e7", 0, ONE_E7)
    power_e7 = a.variable("power_e7", 0, ONE_E7)
    claim = power_e7 * (ONE_E7 - y_e7) >= ONE_E7 * (ONE_E7 - count * y_e7)
    return [power_e7 >= ONE_E7 - count * y_e7], claim


def potential(a):
    """The bound for a share of 1/n, one piece: Q'^n * D >= Q^n * D', from `Q' >= Q * (1 - y)` with
    `y = r / (n*D)`, monotony of the power (`kept` and `power` stand for (Q'/Q)^n >= (1 - y)^n, in e7) and
    Bernoulli. Added up over pieces it is the bound, since the factors D'/D multiply."""
    debt, repaid = a.variable("debt", 1), a.variable("repaid", 0)
    kept_e7, power_e7 = a.variable("kept_e7", 0, ONE_E7), a.variable("power_e7", 0, ONE_E7)
    facts = [repaid <= debt, kept_e7 >= power_e7, power_e7 * debt >= ONE_E7 * (debt - repaid)]
    return facts, kept_e7 * debt >= ONE_E7 * (debt - repaid)


def statements(report):
    report.proved("1 floors of pieces add up to the whole's at least", floors_add_up, PIECES)
    report.refuted("1 with floors rounded down", floors_rounded_down_add_up, {"discount_e7": 0, "denominator": 2})
    report.proved("1 rewards of pieces to the whole's at most", rewards_add_up, PIECES)
    report.proved("1 what is sold to the whole's at least", sold_adds_up, {
        "first": 5, "second": 8, "price": 3, "scalar": 7,
    })
    report.proved("2 a discount that does not rise: two cost no more", later_pieces_cost_no_more, {
        **TWO, "second_discount_e7": 200_000, "second_repaid": 294_000,
    })
    report.proved("3 the equity grants no less later", equity_grants_more_later, {
        **TWO, "first_repaid": 294_000, "first_discount_e7": 200_000,
    })
    report.proved("3 the second costs its part", second_costs_its_part, TWO)
    report.proved("3 two cost at most twice one", two_cost_at_most_twice_one, {
        "debt": 900_000, "bearable_e7": 2 * 10**11, "discount_e7": 217_391, "first_sold": 300_000,
        "second_sold": 300_000, "first_repaid": 294_000, "second_repaid": 293_000,
    })
    report.refuted("3 two cost at most 1.5 times one", lambda a: two_cost_at_most_tenths(a, 15), {
        "debt": 10**9, "equity": 10**7, "share_e7": 2_000_000,
    })
    report.refuted("3 two cost no more than one", two_cost_no_more_than_one, {
        "debt": 900_000, "equity": 100_000, "share_e7": 2_000_000,
    })
    report.proved("3 two cost at most the ramp of what is sold", two_cost_at_most_the_ramp, {**TWO, "ramp_e7": 300_000})
    report.proved("3 two cost at most twice the share of equity", lambda a: two_cost_at_most(a, 2), TWO)
    report.refuted("3 two cost at most the share of equity", lambda a: two_cost_at_most(a, 1), {
        "debt": 900_000, "equity": 100_000, "share_e7": 2_000_000,
    })
    report.proved("4 one piece keeps Q * (1 - share * r/D)", one_piece_keeps, TWO)
    report.proved("4 Bernoulli, one step of the induction", bernoulli, {"n": 3, "y_e7": 10, "power_e7": 9_999_970})
    report.refuted("4 Bernoulli, one too many", bernoulli_one_too_many, {"n": 3, "y_e7": 1_000_000})
    report.proved("4 the bound for shares of 1/n", potential, {
        "debt": 900, "repaid": 90, "kept_e7": 9_100_000, "power_e7": 9_000_000,
    })


if __name__ == "__main__":
    run("Splitting a step", statements)
