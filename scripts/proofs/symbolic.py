"""The algebra of the proofs: terms of the solver. See algebra.py."""

import z3


class Symbolic:
    """Terms of the solver, over the reals or the integers."""

    symbolic = True

    def __init__(self, integers=False):
        self.constant = z3.Int if integers else z3.Real
        self.facts = []
        self.variables = {}
        self.quotients = 0

    def variable(self, name, least=None, most=None):
        variable = self.constant(name)
        self.variables[name] = variable
        if least is not None:
            self.facts.append(variable >= least)
        if most is not None:
            self.facts.append(variable <= most)
        return variable

    def quotient(self):
        self.quotients += 1
        return self.constant(f"quotient!{self.quotients}")

    def mul_div_floor(self, a, b, c):
        quotient = self.quotient()
        # The numerator is not negative, so neither is its floor.
        self.facts += [quotient >= 0, quotient * c <= a * b, a * b < quotient * c + c]
        return quotient

    def mul_div_ceil(self, a, b, c):
        quotient = self.quotient()
        self.facts += [quotient >= 0, quotient * c >= a * b, a * b > quotient * c - c]
        return quotient

    def choose(self, condition, yes, no):
        return z3.If(condition, yes, no)

    def every(self, *conditions):
        return z3.And(*conditions)

    def any(self, *conditions):
        return z3.Or(*conditions)

    def implies(self, condition, then):
        return z3.Implies(condition, then)

    def whole_numbers(self, *values):
        """States that these are integers, where the reals would allow more: of two integers the one
        that is less is less by one."""
        for left in values:
            for right in values:
                if left is not right:
                    self.facts.append(z3.Implies(left < right, left + 1 <= right))
