"""Wide products and divisions are exact: `mul_div_floor` and `mul_div_ceil` are what all other scripts assume.

Theorems, each for all values in range (W = 2^64, b = 2^32):
 1. `Wide::product`: high * W^2 + low is the product, and no sum on the way exceeds 128 bits.
 2. `Wide::divide`, bit by bit: each turn keeps `quotient * divisor + remainder = the bits taken so far` and
    `remainder < divisor`, and the doubled remainder fits 128 bits.
 3. `divide_by_digit`: the digits' quotients make the whole's, and the lower one fits a digit.
 4. `divide_two_digits`, one digit (Knuth's D): the guess is never below the quotient, each turn that lowers it
    keeps that, and where the loop ends it is the quotient.
 5. `divide_by_two_digits`: the estimate is the quotient or one more, so less one it is the quotient or one less.
 6. `mul_div` rounds as its names say: a remainder, and only a remainder, adds one to the ceiling.

Assumptions: operands below 2^127, a divisor that is positive (fixed.rs refuses others); for 4 a divisor with its
leading bit set, which the shift makes so; for 5 a shift that brings the divisor's leading bit to the front.

Not covered: that a shift and a mask are what they are.
"""

from prover import run

WORD, HALF = 2**64, 2**32


def split(a, name, value, base):
    """Upper and lower part of a number."""
    upper, lower = a.variable(f"{name}_upper", 0), a.variable(f"{name}_lower", 0, base - 1)
    return upper, lower, [value == upper * base + lower]


def product(a):
    """The four products of halves are opaque: only that they are products of halves matters."""
    tops = {}
    for name in ("high_high", "low_low", "high_low", "low_high"):
        tops[name] = a.variable(name, 0, (WORD - 1) * (WORD - 1))
    low_upper, low_lower, f1 = split(a, "low_low", tops["low_low"], WORD)
    left_upper, left_lower, f2 = split(a, "high_low", tops["high_low"], WORD)
    right_upper, right_lower, f3 = split(a, "low_high", tops["low_high"], WORD)
    middle = low_upper + left_lower + right_lower
    middle_upper, middle_lower, f4 = split(a, "middle", middle, WORD)
    high = tops["high_high"] + left_upper + right_upper + middle_upper
    low = low_lower + middle_lower * WORD
    whole = tops["high_high"] * WORD * WORD + (tops["high_low"] + tops["low_high"]) * WORD + tops["low_low"]
    # A product of two numbers of 128 bits.
    facts = f1 + f2 + f3 + f4 + [whole < 2**256]
    return facts, a.every(high * WORD * WORD + low == whole, middle < 2**128, high < 2**128, low < 2**128)


def long_division(a):
    divisor, remainder = a.variable("divisor", 1, 2**127 - 1), a.variable("remainder", 0)
    quotient, taken, bit = a.variable("quotient", 0), a.variable("taken", 0), a.variable("bit", 0, 1)
    facts = [quotient * divisor + remainder == taken, remainder + 1 <= divisor]
    doubled = 2 * remainder + bit
    takes = doubled >= divisor
    next_remainder = a.choose(takes, doubled - divisor, doubled)
    next_quotient = a.choose(takes, 2 * quotient + 1, 2 * quotient)
    claim = a.every(
        doubled < 2**128,
        next_quotient * divisor + next_remainder == 2 * taken + bit,
        next_remainder < divisor,
    )
    return facts, claim


def by_digit(a):
    divisor = a.variable("divisor", 1, WORD - 1)
    high, low = a.variable("high", 0, WORD - 1), a.variable("low", 0, WORD - 1)
    quotient_high, rest = a.variable("quotient_high", 0), a.variable("rest", 0)
    quotient_low, remainder = a.variable("quotient_low", 0), a.variable("remainder", 0)
    facts = [
        high == quotient_high * divisor + rest,
        rest + 1 <= divisor,
        rest * WORD + low == quotient_low * divisor + remainder,
        remainder < divisor,
    ]
    whole = (quotient_high * WORD + quotient_low) * divisor + remainder
    return facts, a.every(whole == high * WORD + low, quotient_low < WORD)


def digit(a):
    """A digit of Knuth's D: `top * b + next` by `divisor = upper * b + lower`."""
    upper, lower = a.variable("divisor_high", HALF // 2, HALF - 1), a.variable("divisor_low", 0, HALF - 1)
    top, following = a.variable("top", 0), a.variable("next", 0, HALF - 1)
    guess, rest = a.variable("guess", 0), a.variable("rest", 0)
    divisor = upper * HALF + lower
    dividend = top * HALF + following
    facts = [top + 1 <= divisor, top == guess * upper + rest]
    return upper, lower, following, guess, rest, divisor, dividend, facts


def first_guess_is_not_below(a):
    upper, _, _, guess, rest, divisor, dividend, facts = digit(a)
    return facts + [rest + 1 <= upper], (guess + 1) * divisor > dividend


def first_guess_is_the_quotient(a):
    upper, _, _, guess, rest, divisor, dividend, facts = digit(a)
    return facts + [rest + 1 <= upper], guess * divisor <= dividend


def lowered_guess_is_not_below(a):
    upper, lower, following, guess, rest, divisor, dividend, facts = digit(a)
    lowers = a.any(guess >= HALF, guess * lower > rest * HALF + following)
    # guess - 1 + 1 times the divisor; and the rest that belongs to it.
    claim = a.every(guess * divisor > dividend, top_of(guess - 1, upper, rest + upper) == top_of(guess, upper, rest))
    return facts + [lowers], claim


def top_of(guess, upper, rest):
    return guess * upper + rest


def last_guess_is_the_quotient(a):
    _, lower, following, guess, rest, divisor, dividend, facts = digit(a)
    ends = a.any(
        a.every(guess <= HALF - 1, guess * lower <= rest * HALF + following),
        # The break: the comparison would hold, and its shift would not fit.
        a.every(rest >= HALF, guess <= HALF + 1),
    )
    return facts + [ends, (guess + 1) * divisor > dividend], a.every(
        guess * divisor <= dividend, dividend < (guess + 1) * divisor
    )


def estimate(a, most_above):
    """`scale = 2^shift`, `rest_scale = 2^(63 - shift)`. Floors of floors are one: the estimate is
    `floor(dividend / (2 * leading * rest_scale))`."""
    dividend, divisor = a.variable("dividend", 0, 2**128 - 1), a.variable("divisor", WORD, 2**127 - 1)
    scale, rest_scale = a.variable("scale", 1), a.variable("rest_scale", 1)
    leading = a.mul_div_floor(divisor, scale, WORD)
    guess = a.mul_div_floor(dividend, 1, 2 * leading * rest_scale)
    quotient = a.mul_div_floor(dividend, 1, divisor)
    a.whole_numbers(guess, quotient)
    a.whole_numbers(guess, quotient + 1)
    facts = [
        scale * rest_scale == 2**63,
        leading >= 2**63,
        leading <= WORD - 1,
        # What is cut off is a multiple of the scale, as both numbers are: at most one scale less than W.
        divisor * scale - leading * WORD <= WORD - scale,
    ]
    return facts, a.every(quotient <= guess, guess <= quotient + most_above)


def rounding(a):
    numerator, divisor = a.variable("numerator", 0), a.variable("divisor", 1)
    quotient, remainder = a.variable("quotient", 0), a.variable("remainder", 0)
    facts = [numerator == quotient * divisor + remainder, remainder + 1 <= divisor]
    ceiling = a.choose(remainder > 0, quotient + 1, quotient)
    a.whole_numbers(remainder, 0)
    claim = a.every(
        quotient * divisor <= numerator,
        numerator < quotient * divisor + divisor,
        ceiling * divisor >= numerator,
        ceiling * divisor < numerator + divisor,
    )
    return facts, claim


def statements(report):
    report.proved("1 the product of halves is the product", product, {
        "high_high": 1, "low_low": 6, "high_low": 2, "low_high": 3, "low_low_upper": 0, "low_low_lower": 6,
        "high_low_upper": 0, "high_low_lower": 2, "low_high_upper": 0, "low_high_lower": 3, "middle_upper": 0,
        "middle_lower": 5,
    })
    report.proved("2 a turn of the long division keeps its invariant", long_division, {
        "divisor": 7, "remainder": 5, "quotient": 2, "taken": 19, "bit": 1,
    })
    report.proved("3 two digits' quotients make the whole's", by_digit, {
        "divisor": 7, "high": 9, "low": 3, "quotient_high": 1, "rest": 2,
        "quotient_low": (2 * WORD + 3) // 7, "remainder": (2 * WORD + 3) % 7,
    })
    upper, lower, top, following = HALF // 2 + 5, 9, HALF + 3, 4
    guess = top // upper
    knuth = {"divisor_high": upper, "divisor_low": lower, "top": top, "next": following, "guess": guess, "rest": top % upper}
    report.proved("4 the first guess is not below the quotient", first_guess_is_not_below, knuth)
    high = {"divisor_high": HALF // 2, "divisor_low": HALF - 1, "top": HALF // 2, "next": 0, "guess": 1, "rest": 0}
    report.proved("4 a lowered guess is not either", lowered_guess_is_not_below, high)
    report.proved("4 the last guess is the quotient", last_guess_is_the_quotient, knuth)
    report.refuted("4 the first guess is the quotient", first_guess_is_the_quotient, {
        "divisor_high": HALF // 2, "divisor_low": HALF - 1, "top": HALF // 2,
    })
    by_two = {"dividend": 2**127 + 12_345, "divisor": 3 * 2**70, "scale": 2**56, "rest_scale": 2**7}
    report.proved("5 the estimate is the quotient or one more", lambda a: estimate(a, 1), by_two)
    report.refuted("5 the estimate is the quotient", lambda a: estimate(a, 0), {
        "divisor": 2**65 - 1, "dividend": 5 * (2**65 - 1) - 1, "scale": 2**63, "rest_scale": 1,
    })
    report.proved("6 a remainder, and only a remainder, rounds up", rounding, {
        "numerator": 10, "divisor": 7, "quotient": 1, "remainder": 3,
    })


if __name__ == "__main__":
    run("Wide products and divisions", statements)
