"""A rescue never pays less than a filler would, and its clock only opens.

Theorems, each for all values in range:
 1. What a rescue must repay is at least `bid / lot` of what it sells, in exact values: as much as a filler
    pays at that ledger for as much of the lot. While the auction asks for more than the lot is worth, so does
    the vault (a premium).
 2. A rescue costs the owner at most `fill_cost_value` at the highest ratio of any source, in exact values.
 3. With age the lot does not fall and the bid does not rise; so the discount that the clock grants does not
    fall, and a rescue that is allowed stays allowed at the same prices.
 4. A rescue opens only when the lot due within the window is worth 90% of the bid.

Assumptions: as in rounding.py; the auction's lot is not empty, and its bid is at least ten units of base value
(else its full profit rounds to nothing, and the discount's ramp is at its end: theorem 1 holds as it is).
Lot and bid of one leg are proved; those of several legs are sums of them.

Not covered: Blend's own modifiers, which a test compares at every age (tests/arithmetic/auction.rs).
"""

import model
from algebra import minimum
from model import FILLER_MARGIN_E7, ONE_E12, ONE_E7
from prover import run


def fill(a):
    """Lot and bid as the code values them, and exactly."""
    lot, bid = a.variable("lot_value", 1), a.variable("bid_value", 10)
    exact_lot, exact_bid = a.variable("exact_lot_value", 1), a.variable("exact_bid_value", 0)
    least_e7, most_e7 = a.variable("discount_min_e7", 1, 1_000_000), a.variable("discount_max_e7", 1, 1_000_000)
    return lot, bid, exact_lot, exact_bid, least_e7, most_e7, [
        lot <= exact_lot,
        bid >= exact_bid,
        least_e7 <= most_e7,
    ]


FILL = {
    "lot_value": 1_040,
    "bid_value": 1_000,
    "exact_lot_value": 1_041,
    "exact_bid_value": 999,
    "discount_min_e7": 60_000,
    "discount_max_e7": 300_000,
}


def pays_as_a_filler(a):
    lot, bid, exact_lot, exact_bid, least_e7, most_e7, facts = fill(a)
    discount_e7 = model.rescue_cap_e7(a, least_e7, most_e7, bid, lot)
    sold, repaid = a.variable("sold_value", 1), a.variable("repaid_value", 1)
    # Theorem 1 of rounding.py; discount_e7 takes the least of this cap and what the equity bears.
    facts.append(repaid * ONE_E7 >= sold * (ONE_E7 - discount_e7))
    return facts, repaid * exact_lot >= sold * exact_bid


def pays_as_a_filler_by_the_ramp_alone(a):
    lot, bid, exact_lot, exact_bid, least_e7, most_e7, facts = fill(a)
    discount_e7 = model.interpolate_floor(a, least_e7, most_e7, model.filler_profit_e7(a, bid, lot))
    sold, repaid = a.variable("sold_value", 1), a.variable("repaid_value", 1)
    facts.append(repaid * ONE_E7 >= sold * (ONE_E7 - discount_e7))
    return facts, repaid * exact_lot >= sold * exact_bid


def costs_at_most_a_fill(a):
    sell, highest = a.variable("sell", 1), (a.variable("highest", 1), a.variable("highest_per", 1))
    repaid, debt_price = a.variable("repaid", 1), a.variable("debt_price", 1)
    debt_scalar, most = a.variable("debt_scalar", 1), a.variable("fill_cost_value", 0)
    # check.rs: TooDeep.
    accepted = model.rescue_cost_value(a, highest, sell, repaid, debt_price, debt_scalar) <= most
    given_up = sell * highest[0] - repaid * highest[1]
    return [accepted], given_up * debt_price <= most * highest[1] * debt_scalar


def ages(a):
    young, old = a.variable("age", 0), a.variable("later_age", 0)
    return young, old, [young <= old]


def modifiers_move_one_way(a):
    young, old, facts = ages(a)
    return facts, a.every(
        model.lot_modifier_e7(a, young) <= model.lot_modifier_e7(a, old),
        model.bid_modifier_e7(a, young) >= model.bid_modifier_e7(a, old),
    )


def lot_does_not_fall(a):
    """By any modifier that does not fall."""
    price, scalar, rate = a.variable("price", 1), a.variable("scalar", 1), a.variable("b_rate_e12", 1)
    tokens = a.variable("lot_b_tokens", 0)
    low_e7, high_e7 = a.variable("low_e7", 0, ONE_E7), a.variable("high_e7", 0, ONE_E7)
    chains = []
    for modifier_e7 in (low_e7, high_e7):
        shares = a.mul_div_floor(tokens, modifier_e7, ONE_E7)
        amount = a.mul_div_floor(shares, rate, ONE_E12)
        chains.append((shares, amount, model.value_floor(a, price, scalar, amount)))
    for low, high in zip(*chains):
        a.whole_numbers(low, high)
    return [low_e7 <= high_e7], chains[0][2] <= chains[1][2]


def bid_does_not_rise(a):
    price, scalar, rate = a.variable("price", 1), a.variable("scalar", 1), a.variable("d_rate_e12", 1)
    tokens = a.variable("bid_d_tokens", 0)
    low_e7, high_e7 = a.variable("low_e7", 0, ONE_E7), a.variable("high_e7", 0, ONE_E7)
    chains = []
    for modifier_e7 in (low_e7, high_e7):
        shares = a.mul_div_ceil(tokens, modifier_e7, ONE_E7)
        amount = a.mul_div_ceil(shares, rate, ONE_E12)
        chains.append((shares, amount, model.value_ceil(a, price, scalar, amount)))
    for low, high in zip(*chains):
        a.whole_numbers(low, high)
    return [low_e7 <= high_e7], chains[0][2] <= chains[1][2]


def later(a):
    lot, bid = a.variable("lot_value", 1), a.variable("bid_value", 10)
    later_lot, later_bid = a.variable("later_lot_value", 1), a.variable("later_bid_value", 10)
    return lot, bid, later_lot, later_bid, [lot <= later_lot, later_bid <= bid]


LATER = {"lot_value": 1_000, "bid_value": 1_000, "later_lot_value": 1_020, "later_bid_value": 990}


def profit_does_not_fall(a):
    lot, bid, later_lot, later_bid, facts = later(a)
    # By hand, to name the quotients that are integers.
    reached = []
    for at_lot, at_bid in ((lot, bid), (later_lot, later_bid)):
        full = a.mul_div_floor(at_bid, FILLER_MARGIN_E7, ONE_E7)
        profit = model.left_value(a, at_lot, at_bid)
        reached.append((full, a.mul_div_floor(profit, ONE_E7, full)))
    a.whole_numbers(reached[0][0], reached[1][0], 1)
    a.whole_numbers(reached[0][1], reached[1][1])
    claim = minimum(a, reached[0][1], ONE_E7) <= minimum(a, reached[1][1], ONE_E7)
    return facts + [reached[1][0] >= 1], claim


def fills_discount_does_not_fall(a):
    lot, bid, later_lot, later_bid, facts = later(a)
    now = a.mul_div_ceil(bid, ONE_E7, lot)
    then = a.mul_div_ceil(later_bid, ONE_E7, later_lot)
    a.whole_numbers(now, then)
    return facts, then <= now


def opens_at_nine_tenths(a):
    lot, bid = a.variable("lot_ahead_value", 0), a.variable("bid_ahead_value", 0)
    taken = a.mul_div_ceil(bid, ONE_E7 - FILLER_MARGIN_E7, ONE_E7)
    # auction.rs: RescueTooEarly.
    return [lot >= taken], lot * 10 >= bid * 9


def stays_open(a):
    lot, bid, later_lot, later_bid, facts = later(a)
    taken = a.mul_div_ceil(bid, ONE_E7 - FILLER_MARGIN_E7, ONE_E7)
    later_taken = a.mul_div_ceil(later_bid, ONE_E7 - FILLER_MARGIN_E7, ONE_E7)
    a.whole_numbers(taken, later_taken)
    return facts + [lot >= taken], later_lot >= later_taken


def statements(report):
    sale = {"sold_value": 1_000, "repaid_value": 990}
    report.proved("1 it pays at least what a filler pays", pays_as_a_filler, {**FILL, **sale})
    report.refuted("1 by the profit's ramp alone", pays_as_a_filler_by_the_ramp_alone, {
        "lot_value": 1_001, "bid_value": 1_000, "discount_min_e7": 60_000, "discount_max_e7": 300_000,
    })
    report.proved("2 it costs at most a fill", costs_at_most_a_fill, {
        "sell": 100, "highest": 3, "highest_per": 5, "repaid": 40, "debt_price": 5, "debt_scalar": 7,
        "fill_cost_value": 20,
    })
    report.proved("3 the lot's share rises, the bid's falls", modifiers_move_one_way, {"age": 150, "later_age": 250})
    of_a_leg = {"price": 3, "scalar": 7, "low_e7": 5_000_000, "high_e7": 6_000_000}
    report.proved("3 the lot's value does not fall", lot_does_not_fall, {
        **of_a_leg, "b_rate_e12": 1_100_000_000_000, "lot_b_tokens": 1_000,
    })
    report.proved("3 the bid's value does not rise", bid_does_not_rise, {
        **of_a_leg, "d_rate_e12": 1_100_000_000_000, "bid_d_tokens": 1_000,
    })
    report.proved("3 the filler's profit does not fall", profit_does_not_fall, LATER)
    report.proved("3 a fill's discount does not fall", fills_discount_does_not_fall, LATER)
    report.proved("3 what is open stays open", stays_open, LATER)
    report.proved("4 it opens at nine tenths of the bid", opens_at_nine_tenths, {
        "lot_ahead_value": 900, "bid_ahead_value": 1_000,
    })


if __name__ == "__main__":
    run("A rescue and its clock", statements)
