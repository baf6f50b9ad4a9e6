"""Proves statements, refutes wrong ones, and keeps count.

A statement is a function of an algebra (see algebra.py) that declares its variables and returns what it
assumes and what it claims. `proved` wants three things of it: an example, given as integers, that meets
the assumptions (so that nothing is proved of nothing) and the claim; and from the solver that no values
meet the assumptions and not the claim. `refuted` is for a statement that is wrong by a hair: the solver
must find integers that meet its assumptions and break its claim, and `Concrete` must agree that they do.
So a prover that proves everything does not pass.
"""

import sys
import time

import z3

from algebra import Concrete
from symbolic import Symbolic

TIMEOUT_MILLISECONDS = 60_000


class Failed(Exception):
    """A statement that did not turn out as it was announced."""


def holds(statement, values):
    """Whether the assumptions, and whether the claim, hold for these integers."""
    algebra = Concrete(values)
    assumptions, claim = statement(algebra)
    return all(algebra.facts) and all(assumptions), claim


class Report:
    """What one script proves."""

    def __init__(self, title):
        self.title = title
        self.proofs = 0
        self.refutations = 0
        self.started = time.monotonic()
        print(f"\n{title}")

    def _say(self, verdict, name, started):
        print(f"  {verdict:<8} {name} ({time.monotonic() - started:.2f} s)")
        sys.stdout.flush()

    def proved(self, name, statement, example, integers=False):
        """Proves `statement` for all values."""
        started = time.monotonic()
        assumed, claimed = holds(statement, example)
        if not assumed:
            raise Failed(f"{name}: the example does not meet the assumptions")
        if not claimed:
            raise Failed(f"{name}: the example does not meet the claim")
        algebra = Symbolic(integers)
        assumptions, claim = statement(algebra)
        # Over the reals the solver has a decision procedure.
        solver = z3.Solver() if integers else z3.SolverFor("QF_NRA")
        solver.set("timeout", TIMEOUT_MILLISECONDS)
        solver.add(*algebra.facts, *assumptions, z3.Not(claim))
        verdict = solver.check()
        if verdict != z3.unsat:
            detail = solver.model() if verdict == z3.sat else solver.reason_unknown()
            raise Failed(f"{name}: {verdict}: {detail}")
        self.proofs += 1
        self._say("proved", name, started)

    def refuted(self, name, statement, near=None):
        """Finds integers for which `statement` is wrong. `near` fixes some of them, for speed."""
        started = time.monotonic()
        algebra = Symbolic(integers=True)
        assumptions, claim = statement(algebra)
        solver = z3.Solver()
        solver.set("timeout", TIMEOUT_MILLISECONDS)
        solver.add(*algebra.facts, *assumptions, z3.Not(claim))
        for variable, value in (near or {}).items():
            solver.add(algebra.variables[variable] == value)
        verdict = solver.check()
        if verdict != z3.sat:
            raise Failed(f"{name}: {verdict}, but it should be refuted")
        model = solver.model()
        values = {
            variable: model.eval(term, model_completion=True).as_long()
            for variable, term in algebra.variables.items()
        }
        assumed, claimed = holds(statement, values)
        if not assumed or claimed:
            raise Failed(f"{name}: {values} is no counterexample on integers")
        self.refutations += 1
        self._say("refuted", name, started)
        print(" " * 11 + ", ".join(f"{name} = {value}" for name, value in values.items()))
        return values

    def done(self):
        seconds = time.monotonic() - self.started
        print(f"  {self.proofs} proved, {self.refutations} refuted in {seconds:.1f} s")


def run(title, statements):
    """Runs `statements(report)` and exits with its verdict."""
    report = Report(title)
    try:
        statements(report)
    except Failed as failure:
        print(f"  FAILED   {failure}")
        sys.exit(1)
    report.done()
