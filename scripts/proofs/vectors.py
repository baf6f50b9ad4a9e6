"""Ties the model to the code: writes contracts/core/tests/vectors.txt, or with --check compares it.

Each line is a function's name, its arguments, `=` and its results, as the model computes them on integers from
a fixed seed. The Rust test `vectors` evaluates the code on the same arguments. So the proofs' formulas cannot
drift from the code's: a change of the code fails the Rust test, a change of the model fails --check.

Arguments stay small enough that nothing overflows 128 bits: the model has no overflow, the code refuses it.
Needs nothing beyond Python.
"""

import math
import random
import sys
from collections import Counter
from pathlib import Path

import check
import model
from algebra import Concrete
from check import FILL, FLASH, PLAIN, Leg, Policy, Proposal, Refused, Situation
from model import ONE_E7, ONE_E12

FILE = Path(__file__).resolve().parents[2] / "contracts/core/tests/vectors.txt"
SEED = 1
CASES = 30
# Of each outcome of `check_step`; approvals are outcome 0.
PER_REFUSAL = 12
APPROVALS = 120
REFUSALS = {131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 145, 146, 147}

A = Concrete()


def magnitude(rng, most_digits=18):
    """Any number of digits is as likely as any other."""
    return rng.randrange(1, 10 ** rng.randint(1, most_digits))


def rate(rng):
    return rng.choice([ONE_E12, rng.randrange(ONE_E12 // 2, 2 * ONE_E12)])


def scalar(rng):
    return 10 ** rng.choice([6, 7, 7, 18, rng.randint(0, 18)])


def policy(rng):
    target_e7 = rng.randrange(rng.choice([1_000_000, 8_500_000]), 9_200_000)
    soft_e7 = target_e7 + rng.randrange(100_000, 400_000)
    hard_e7 = soft_e7 + rng.randrange(1, 400_000)
    steps = sorted(rng.randrange(100_000, rng.choice([500_000, ONE_E7 + 1])) for _ in range(2))
    discounts = sorted(rng.randrange(1, 1_000_001) for _ in range(2))
    rescue_target_e7 = rng.randrange(target_e7 + 1, 9_950_001)
    share_e7 = rng.choice([2_000_000, rng.randrange(1, ONE_E7 + 1)])
    return Policy(soft_e7, target_e7, hard_e7, *steps, *discounts, share_e7, rescue_target_e7)


def numbers_of(rules):
    return list(vars(rules).values())


def of_fixed(rng):
    a, b, c = (magnitude(rng, 19) for _ in range(3))
    yield "mul_div_floor", [a, b, c], [A.mul_div_floor(a, b, c)]
    yield "mul_div_ceil", [a, b, c], [A.mul_div_ceil(a, b, c)]
    least, most = sorted(rng.randrange(ONE_E7 + 1) for _ in range(2))
    position_e7 = rng.randrange(-1_000_000, 12_000_000)
    yield "interpolate_floor", [least, most, position_e7], [model.interpolate_floor(A, least, most, position_e7)]


def of_floor(rng):
    collateral, debt = (magnitude(rng, 15), scalar(rng)), (magnitude(rng, 15), scalar(rng))
    sell, discount_e7 = magnitude(rng, 12), rng.randrange(-ONE_E7, 1_000_001)
    ratio = model.ratio(A, collateral, debt)
    arguments = [*collateral, *debt, sell]
    yield "convert_ceil", arguments, [model.convert_ceil(A, ratio, sell)]
    yield "convert_floor", arguments, [model.convert_floor(A, ratio, sell)]
    yield "floor_repay_ceil", [*arguments, discount_e7], [model.floor_repay_ceil(A, ratio, sell, discount_e7)]


def of_policy(rng):
    rules = policy(rng)
    risk_e7 = rng.randrange(rules.soft_e7 - 100_000, rules.hard_e7 + 100_000)
    ramp_e7 = model.ramp_e7(A, rules.soft_e7, rules.hard_e7, risk_e7)
    yield "ramp_e7", [*numbers_of(rules), risk_e7], [ramp_e7]
    yield "step_cap_e7", [*numbers_of(rules), risk_e7], [rules.step_cap_e7(A, risk_e7)]
    debt, collateral = magnitude(rng), magnitude(rng)
    base = rng.randrange(1, collateral + 1)
    liability = base * risk_e7 // ONE_E7 + 1
    risk_e7 = model.risk_ratio_e7_ceil(A, liability, base)
    arguments = [base, liability, collateral, debt]
    yield "risk_ratio_e7_ceil", arguments, [risk_e7]
    equity = model.equity(A, collateral, debt)
    yield "equity", arguments, [equity]
    ramp_e7 = model.ramp_e7(A, rules.soft_e7, rules.hard_e7, risk_e7)
    discount_e7 = model.discount_e7(
        A, rules.discount_at_e7(A, ramp_e7), equity, rules.max_cost_of_equity_e7, debt
    )
    yield "discount_e7", [*numbers_of(rules), *arguments], [discount_e7]
    cap_e7 = rng.randrange(-1_000_000, 1_000_001)
    discount_e7 = model.discount_e7(A, cap_e7, equity, rules.max_cost_of_equity_e7, debt)
    yield "rescue_discount_e7", [*numbers_of(rules), *arguments, cap_e7], [discount_e7]
    budget_e7 = rng.randrange(100_000, 10 * ONE_E7 + 1)
    cap_e7 = rules.step_cap_e7(A, risk_e7)
    budget = model.budget_value(A, debt, cap_e7, budget_e7)
    yield "budget_value", [*numbers_of(rules), *arguments, budget_e7], [budget]
    sold = rng.randrange(2 * budget + 1)
    yield "left_value", [budget, sold], [model.left_value(A, budget, sold)]


def leg(rng):
    return Leg(
        price=magnitude(rng, 12),
        scalar=scalar(rng),
        collateral_factor_e7=rng.choice([rng.randrange(5_000_000, 9_800_001), rng.randrange(ONE_E7 + 1)]),
        liability_factor_e7=rng.randrange(5_000_000, ONE_E7 + 1),
        b_rate_e12=rate(rng),
        d_rate_e12=rate(rng),
        b_tokens=magnitude(rng),
        d_tokens=magnitude(rng),
    )


def of_leg(rng):
    held = leg(rng)
    numbers = numbers_of(held)
    amount = magnitude(rng)
    price = (held.price, held.scalar)
    yield "collateral_floor", numbers, [model.collateral_floor(A, held.b_tokens, held.b_rate_e12)]
    yield "debt_ceil", numbers, [model.debt_ceil(A, held.d_tokens, held.d_rate_e12)]
    yield "value_floor", [*numbers, amount], [model.value_floor(A, *price, amount)]
    yield "value_ceil", [*numbers, amount], [model.value_ceil(A, *price, amount)]
    base = model.collateral_base_floor(A, *price, held.collateral_factor_e7, amount)
    yield "collateral_base_floor", [*numbers, amount], [base]
    liability = model.liability_base_ceil(A, *price, held.liability_factor_e7, amount)
    yield "liability_base_ceil", [*numbers, amount], [liability]
    burned = model.withdraw(A, held.b_rate_e12, amount)
    if burned <= held.b_tokens:
        yield "withdraw", [*numbers, amount], [held.b_tokens - burned]
    left, kept, burned, _ = model.repay(A, held.d_tokens, held.d_rate_e12, amount)
    if burned > 0:
        yield "repay", [*numbers, amount], [left, kept]
    collateral = model.collateral_floor(A, held.b_tokens, held.b_rate_e12)
    counts = model.collateral_base_floor(A, *price, held.collateral_factor_e7, collateral)
    if counts > 0:
        base = rng.randrange(1, counts + 1)
        kept = model.withdrawal_keeping_floor(
            A, *price, held.collateral_factor_e7, held.b_rate_e12, held.b_tokens, base
        )
        yield "withdrawal_keeping_floor", [*numbers, base], [kept]


def of_auction(rng):
    """An auction of two legs, the lot's and the bid's."""
    rules, lot_leg, bid_leg = policy(rng), leg(rng), leg(rng)
    lot_tokens, bid_tokens = lot_leg.b_tokens, bid_leg.d_tokens
    lot_worth = model.lot_value(A, lot_leg.price, lot_leg.scalar, lot_leg.b_rate_e12, lot_tokens, ONE_E7)
    bid_worth = model.bid_value(A, bid_leg.price, bid_leg.scalar, bid_leg.d_rate_e12, 10**9, ONE_E7)
    # A lot worth 60% to 160% of the bid.
    bid_tokens = max(1, lot_worth * 10**9 // bid_worth * rng.randrange(60, 160) // 100)

    def at(age):
        lot_e7, bid_e7 = model.lot_modifier_e7(A, age), model.bid_modifier_e7(A, age)
        lot = model.lot_value(A, lot_leg.price, lot_leg.scalar, lot_leg.b_rate_e12, lot_tokens, lot_e7)
        bid = model.bid_value(A, bid_leg.price, bid_leg.scalar, bid_leg.d_rate_e12, bid_tokens, bid_e7)
        return lot, bid

    age, ahead = rng.randrange(420), rng.randrange(200)
    arguments = [*numbers_of(lot_leg), *numbers_of(bid_leg), lot_tokens, bid_tokens, age]
    yield "fill_terms", arguments, list(at(age))
    lot, bid = at(age)
    lot_ahead, bid_ahead = at(age + ahead)
    opens = lot > 0 and lot_ahead >= A.mul_div_ceil(bid_ahead, ONE_E7 - model.FILLER_MARGIN_E7, ONE_E7)
    if opens and bid >= 10:
        cap_e7 = model.rescue_cap_e7(A, rules.discount_min_e7, rules.discount_max_e7, bid, lot)
        yield "rescue_cap_e7", [*numbers_of(rules), *arguments, ahead], [cap_e7]
    if not opens:
        yield "rescue_too_early", [*numbers_of(rules), *arguments, ahead], [146]


def of_volatility(rng):
    z_e2, most_e7 = rng.randrange(1_001), rng.randrange(1_000_000)
    volatility_e7 = rng.randrange(rng.choice([20_000, ONE_E7 + 1]))
    yield "shift_e7", [z_e2, most_e7, volatility_e7], [model.shift_e7(A, z_e2, most_e7, volatility_e7)]
    ratios = [rng.randrange(5_000_000, 10_000_000) for _ in range(rng.randint(3, 13))]
    if rng.random() < 0.2:
        ratios.append(3 * ratios[-1])
    squares = [model.change_e8(A, *pair) ** 2 for pair in zip(ratios, ratios[1:])]
    root = math.isqrt(sum(squares) // len(squares))
    yield "round_volatility_e7", ratios, [root * ONE_E7 // model.ONE_E8]


def situation(rng):
    """A position of two or three legs whose risk ratio is near the thresholds, and a proposal near a good one."""
    rules = policy(rng)
    legs = []
    count = rng.choice([2, 2, 3])
    for index in range(count):
        new = leg(rng)
        value = 10 ** rng.randint(6, 18)
        tokens = lambda per_unit: max(1, value * new.scalar // new.price * ONE_E12 // per_unit)
        legs.append(Leg(**{
            **vars(new),
            "b_tokens": tokens(new.b_rate_e12) if index != 1 or rng.random() < 0.2 else 0,
            "d_tokens": tokens(new.d_rate_e12) if index == 1 or rng.random() < 0.2 else 0,
        }))
    # Scale the second leg's debt to a risk ratio.
    before = check.totals(A, legs)
    aim_e7 = rng.randrange(rules.soft_e7 - 20_000, rules.hard_e7 + rng.choice([10_000, 300_000]))
    others = before.liability_base - check.totals(A, [legs[1]]).liability_base
    wanted = max(0, before.collateral_base * aim_e7 // ONE_E7 - others)
    of_leg = max(1, check.totals(A, [legs[1]]).liability_base)
    legs[1] = Leg(**{**vars(legs[1]), "d_tokens": max(1, legs[1].d_tokens * wanted // of_leg)})
    before = check.totals(A, legs)
    collateral, debt = rng.choice([(0, 1)] * 6 + [(1, 1), (1, 0), (count - 1, 1)])
    prices = (legs[collateral].price, legs[debt].price)
    if rng.random() < 0.2:
        prices = (prices[0] * 101 // 100 + 1, prices[1])
    rescue = None
    if rng.random() < 0.35:
        rescue = rng.randrange(-200_000, 1_000_001), before.debt_value * rng.choice([0, rng.randrange(500)]) // 10_000
    state = Situation(
        policy=rules,
        legs=tuple(legs),
        price_scalar=10 ** rng.choice([7, 14]),
        floor_prices=prices,
        budget_left_value=before.debt_value * rng.choice([1_000, rng.randrange(50)]) // 100,
        min_collateral=before.collateral_base * rng.choice([0, 0, rng.randrange(130)]) // 100,
        rescue=rescue,
    )
    held = model.collateral_floor(A, legs[collateral].b_tokens, legs[collateral].b_rate_e12)
    share = rng.choice([1_000_000, rng.randrange(1_100_000), 10 ** rng.randint(0, 6)])
    sell = held * share // 1_000_000 + rng.choice([0, 0, 1, -1])
    ratio = (1, 1)
    if collateral != debt:
        ratio = model.ratio(A, (prices[0], legs[collateral].scalar), (prices[1], legs[debt].scalar))
    discount_e7 = rng.choice([0, rng.randrange(rules.discount_max_e7), -rng.randrange(100_000)])
    repay = model.floor_repay_ceil(A, ratio, max(sell, 0), discount_e7) + rng.choice([-1, 0, 0, 1])
    if rng.random() < 0.1:
        repay = model.debt_ceil(A, legs[debt].d_tokens, legs[debt].d_rate_e12)
    path = rng.choice([FILL, PLAIN, FLASH])
    return state, Proposal(path, collateral, debt, sell, repay)


def aimed(rng, state, proposal):
    """The same proposal with the sale that lands near the target, by bisection on the model."""
    sold, debt = state.legs[proposal.collateral], state.legs[proposal.debt]
    if sold.b_tokens == 0 or debt.d_tokens == 0 or proposal.collateral == proposal.debt:
        return proposal
    prices = state.floor_prices
    ratio = model.ratio(A, (prices[0], sold.scalar), (prices[1], debt.scalar))
    rules = state.policy
    aim_e7 = rules.target_e7
    if state.rescue is not None:
        # Or just below 100%, where the pool's health check decides.
        aim_e7 = rng.choice([rules.rescue_target_e7, rules.rescue_target_e7, ONE_E7])
    aim_e7 -= rng.choice([rng.randrange(60_000), rng.randrange(100)])

    def at(sell):
        repay = model.floor_repay_ceil(A, ratio, sell, rng.choice([0, rules.discount_min_e7 // 2]))
        return Proposal(proposal.path, proposal.collateral, proposal.debt, sell, max(repay, 1))

    low, high = 1, max(2, model.collateral_floor(A, sold.b_tokens, sold.b_rate_e12))
    while high - low > 1:
        middle = (low + high) // 2
        try:
            legs, _ = check.project(A, state.legs, at(middle))
            above = check.totals(A, legs).risk_e7(A) >= aim_e7
        except Refused as refused:
            above = refused.args[0] != 144
        low, high = (middle, high) if above else (low, middle)
    return at(max(1, low * rng.choice([100, 100, 100, 50, 10]) // 100))


def fits(state, proposal):
    """Whether all totals are far from 128 bits, also where the code multiplies a value by 1e7."""
    before = check.totals(A, state.legs)
    largest = max(vars(before).values()) * state.price_scalar
    return largest < 2**120 and max(proposal.sell, proposal.repay) < 2**120


def checks(rng):
    wanted = Counter({code: PER_REFUSAL for code in REFUSALS})
    wanted[0] = APPROVALS
    # Needs a risk ratio within 1e-5 of 100%: rare.
    wanted[142] = PER_REFUSAL // 3
    for _ in range(200_000):
        if not +wanted:
            return
        state, proposal = situation(rng)
        if not fits(state, proposal):
            continue
        if rng.random() < 0.7:
            proposal = aimed(rng, state, proposal)
        try:
            outcome = [0, *check.check_step(state, proposal)]
        except Refused as refused:
            outcome = [refused.args[0]]
        if wanted[outcome[0]] <= 0:
            continue
        wanted[outcome[0]] -= 1
        arguments = [*numbers_of(state.policy), state.price_scalar, *state.floor_prices]
        arguments += [state.budget_left_value, state.min_collateral]
        arguments += [1, *state.rescue] if state.rescue is not None else [0, 0, 0]
        arguments += [proposal.path, proposal.collateral, proposal.debt, proposal.sell, proposal.repay]
        for held in state.legs:
            arguments += numbers_of(held)
        yield "check_step", arguments, outcome
    raise SystemExit(f"vectors: outcomes that were not found: {dict(+wanted)}")


def lines():
    rng = random.Random(SEED)
    for _ in range(CASES):
        for cases in (of_fixed, of_floor, of_policy, of_leg, of_auction, of_volatility):
            for name, arguments, results in cases(rng):
                yield name, arguments, results
    yield from checks(rng)


def main():
    text = "".join(
        f"{name} {' '.join(map(str, arguments))} = {' '.join(map(str, results))}\n"
        for name, arguments, results in sorted(lines(), key=lambda line: line[0])
    )
    if sys.argv[1:] == ["--check"]:
        if FILE.read_text() != text:
            raise SystemExit(f"vectors: {FILE} is not what the model gives: run {Path(__file__).name}")
        print(f"vectors: {text.count(chr(10))} lines, as committed")
    else:
        FILE.write_text(text)
        print(f"vectors: {text.count(chr(10))} lines written")


if __name__ == "__main__":
    main()
