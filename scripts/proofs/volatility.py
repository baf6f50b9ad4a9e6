"""Thresholds that move with volatility stay within the owner's bounds.

Theorems, each for all values in range:
 1. The shift is at most the owner's bound and at most z times the volatility; it rises with the volatility.
 2. The policy in force is a valid one: soft, target and hard keep their distances and their order, and the target
    stays at 10% or above. So all that the other scripts prove of a valid policy holds of the one in force. (The
    rescue's target is left, and stays above the target.)
 3. A change is at most 100%, the squares of twelve changes, their sum and the shift's product fit 64 bits.
 4. The root is exact: `root^2 <= value < (root + 1)^2` for every 64-bit value. Proved of one turn of the loop, as
    an invariant: with `bit = b^2` and the part `p` of the root that is known, a multiple of `2b`,
    `root = 2pb`, `rest = value - p^2` and `p^2 <= value < (p + 2b)^2`. It holds at the start (`b = 2^31`, `p = 0`), each
    turn keeps it for `b/2`, no sum in it exceeds 64 bits, and with `b = 1` it says what is claimed.
 5. The volatility of a series is at most the exact root mean square of its changes.

Assumptions: `Policy::validate` (z at most 10, `target - bound >= 10%`, the order of the thresholds).

Not covered: that the volatility is at most one unit below the exact one (Minkowski's inequality: property tests
against big integers), and what the oracle's rounds say of the next one.
"""

import model
from model import ONE_E7, ONE_E8
from prover import run


def shift(a):
    z_e2, most_e7 = a.variable("volatility_z_e2", 0, 1_000), a.variable("shift_max_e7", 0, 9_000_000)
    volatility_e7 = a.variable("volatility_e7", 0, ONE_E7)
    return z_e2, most_e7, volatility_e7, model.shift_e7(a, z_e2, most_e7, volatility_e7)


def shift_is_bounded(a):
    z_e2, most_e7, volatility_e7, shift_e7 = shift(a)
    return [], a.every(shift_e7 >= 0, shift_e7 <= most_e7, shift_e7 * 100 <= z_e2 * volatility_e7)


def shift_rises(a):
    z_e2, most_e7, low_e7, at_low = shift(a)
    high_e7 = a.variable("high_e7", 0, ONE_E7)
    at_high = model.shift_e7(a, z_e2, most_e7, high_e7)
    wanted = [a.mul_div_floor(z_e2, volatility, 100) for volatility in (low_e7, high_e7)]
    # The same quotients, named: floors of integers are integers.
    a.whole_numbers(at_low, at_high)
    a.whole_numbers(*wanted)
    return [low_e7 <= high_e7], at_low <= at_high


def shift_alone(a):
    """z times the volatility without the owner's bound."""
    z_e2, most_e7, volatility_e7, _ = shift(a)
    return [], a.mul_div_floor(z_e2, volatility_e7, 100) <= most_e7


def policy_in_force(a, respects_bound):
    target_e7, soft_e7 = a.variable("target_e7", 1_000_000, ONE_E7), a.variable("soft_e7", 0, ONE_E7)
    hard_e7, rescue_e7 = a.variable("hard_e7", 0, ONE_E7), a.variable("rescue_target_e7", 0, 9_950_000)
    most_e7, shift_e7 = a.variable("shift_max_e7", 0), a.variable("shift_e7", 0)
    facts = [
        # Policy::validate.
        target_e7 + 100_000 <= soft_e7,
        soft_e7 < hard_e7,
        target_e7 < rescue_e7,
        most_e7 <= target_e7 - 1_000_000,
    ]
    if respects_bound:
        facts.append(shift_e7 <= most_e7)
    # `saturating_sub`.
    target, soft, hard = (model.left_value(a, value, shift_e7) for value in (target_e7, soft_e7, hard_e7))
    claim = a.every(
        target >= 1_000_000,
        soft - target == soft_e7 - target_e7,
        hard - soft == hard_e7 - soft_e7,
        target + 100_000 <= soft,
        soft < hard,
        hard <= ONE_E7,
        target < rescue_e7,
    )
    return facts, claim


IN_FORCE = {
    "target_e7": 8_800_000,
    "soft_e7": 9_300_000,
    "hard_e7": 9_900_000,
    "rescue_target_e7": 9_500_000,
    "shift_max_e7": 500_000,
    "shift_e7": 300_000,
}


def fits_64_bits(a):
    before, after = a.variable("before", 1), a.variable("after", 1)
    change_e8 = model.change_e8(a, before, after)
    # Eleven more changes of at most as much as one can be.
    others, z_e2 = a.variable("squares_of_others", 0, 11 * ONE_E8 * ONE_E8), a.variable("volatility_z_e2", 0, 1_000)
    return [], a.every(
        change_e8 >= 0,
        change_e8 <= ONE_E8,
        others + change_e8 * change_e8 < 2**64,
        z_e2 * 100 * ONE_E7 < 2**64,
    )


def root_turn(a, strict):
    """One turn of `root_floor`'s loop: `bit = b^2`, `root = 2pb`, `rest = value - p^2`."""
    value, half = a.variable("value", 0), a.variable("b", 1)
    part = a.variable("p", 0)
    bit, root, rest = half * half, 2 * part * half, value - part * part
    facts = [part * part <= value, value < (part + 2 * half) * (part + 2 * half)]
    # `>` for `>=` would miss exact squares.
    takes = rest > root + bit if strict else rest >= root + bit
    next_part = a.choose(takes, part + half, part)
    next_rest = a.choose(takes, rest - root - bit, rest)
    # `root >> 1` is exact: root = 2pb.
    next_root = a.choose(takes, part * half + bit, part * half)
    claim = a.every(
        next_rest == value - next_part * next_part,
        # 2 * p' * (b/2).
        next_root == next_part * half,
        next_part * next_part <= value,
        value < (next_part + half) * (next_part + half),
    )
    return facts, claim


def root_fits_64_bits(a):
    """`root + bit` in the invariant's terms; `p` is a multiple of `2b` below 2^32, so at most 2^32 - 2b."""
    half, part = a.variable("b", 1, 2**31), a.variable("p", 0)
    return [part <= 2**32 - 2 * half], 2 * part * half + half * half < 2**64


def volatility_is_at_most_exact(a):
    """Two changes, each rounded down, their mean square rounded down, its root rounded down; exact ones are
    given in e8. With more changes the sums have more terms of the same kind."""
    exact = [a.variable(f"exact_change_{n}", 0) for n in (1, 2)]
    changes = [a.variable(f"change_{n}", 0) for n in (1, 2)]
    root, root_e7 = a.variable("root_e8", 0), a.variable("root_e7", 0)
    squares = changes[0] * changes[0] + changes[1] * changes[1]
    mean = a.mul_div_floor(squares, 1, 2)
    facts = [changes[0] <= exact[0], changes[1] <= exact[1], root * root <= mean, root_e7 * 10 <= root]
    exact_squares = exact[0] * exact[0] + exact[1] * exact[1]
    return facts, (root_e7 * 10) * (root_e7 * 10) * 2 <= exact_squares


def statements(report):
    of_shift = {"volatility_z_e2": 300, "shift_max_e7": 500_000, "volatility_e7": 123_456}
    report.proved("1 the shift keeps its bounds", shift_is_bounded, of_shift)
    report.proved("1 it does not fall as the volatility rises", shift_rises, {**of_shift, "high_e7": 130_000})
    report.refuted("1 z times the volatility alone keeps them", shift_alone, {"volatility_z_e2": 300})
    report.proved("2 the policy in force is valid", lambda a: policy_in_force(a, True), IN_FORCE)
    report.refuted("2 whatever the shift", lambda a: policy_in_force(a, False), {"target_e7": 8_800_000})
    report.proved("3 changes, squares and products fit 64 bits", fits_64_bits, {
        "before": 9_300_000, "after": 9_400_000, "squares_of_others": 10**12, "volatility_z_e2": 300,
    })
    turn = {"value": 1_000, "b": 4, "p": 24}
    report.proved("4 a turn of the root keeps its invariant", lambda a: root_turn(a, False), turn)
    report.refuted("4 with `>` for `>=`", lambda a: root_turn(a, True), {"b": 1, "p": 4})
    report.proved("4 its sums fit 64 bits", root_fits_64_bits, {"b": 4, "p": 24})
    report.proved("5 the volatility is at most the exact one", volatility_is_at_most_exact, {
        "exact_change_1": 101, "exact_change_2": 99, "change_1": 100, "change_2": 99, "root_e8": 99, "root_e7": 9,
    })


if __name__ == "__main__":
    run("Thresholds that move with volatility", statements)
