"""Two readings of one formula.

The formulas in model.py are written once, over an algebra. `Concrete` reads them as the code does, on
integers without a bound: so vectors.py computes what the Rust tests compare. `Symbolic` (symbolic.py) reads
them as terms of the solver: so the proofs speak of the same formulas.

A division is a new variable `q` and what makes it the quotient: `q*c <= a*b < q*c + c` for a floor,
`q*c - c < a*b <= q*c` for a ceiling. Over the integers that defines `q`. Over the reals it allows every
number that rounding could give, and more: whatever holds for all of them holds for the integers too, and
the solver decides it. So `Symbolic` works over the reals unless it is told otherwise; a counterexample
is only believed after `Concrete` has confirmed it on integers.
"""

# The largest i128. `Refusal::Overflow` where a result exceeds it; negative operands are refused too
# (contracts/core/src/fixed.rs).
AMOUNT_MAX = 2**127 - 1


class Concrete:
    """Integers, as the code computes them. `values` gives each variable its value."""

    symbolic = False

    def __init__(self, values=None):
        self.values = values or {}
        self.facts = []

    def variable(self, name, least=None, most=None):
        value = self.values[name]
        if least is not None:
            self.facts.append(value >= least)
        if most is not None:
            self.facts.append(value <= most)
        return value

    def mul_div_floor(self, a, b, c):
        assert c > 0, "divides by zero"
        return a * b // c

    def mul_div_ceil(self, a, b, c):
        assert c > 0, "divides by zero"
        return -(-a * b // c)

    def choose(self, condition, yes, no):
        return yes if condition else no

    def every(self, *conditions):
        return all(conditions)

    def any(self, *conditions):
        return any(conditions)

    def implies(self, condition, then):
        return not condition or then

    def whole_numbers(self, *values):
        assert all(isinstance(value, int) for value in values)


def minimum(algebra, a, b):
    return algebra.choose(a <= b, a, b)


def maximum(algebra, a, b):
    return algebra.choose(a >= b, a, b)


def clamp(algebra, value, least, most):
    return minimum(algebra, maximum(algebra, value, least), most)
