"""The budget of a window: repeated calls below hard never sell more.

A window is a start, a budget and what was sold. `sold_below` is what ordinary steps below hard have sold in
the window in force; it is not in the code, the invariant speaks of it:

    sold_below <= sold_value  and  sold_below <= budget_value

Theorems, each for all values in range, by induction over calls (the invariant holds of `Window::default`, and
every kind of call keeps it):
 1. An ordinary step below hard keeps the invariant: it is refused beyond what is left.
 2. Whatever is sold at hard, in a rescue or to close a stub, without regard to the budget, keeps it too, and
    only lessens what is left, even where the sum saturates.
 3. A new window begins only when the one before has lasted `window_ledgers`, or had no budget, in which
    nothing is sold below hard. So within any `window_ledgers` ledgers at most two windows sell, and no more
    than the sum of their budgets.
 4. A budget is at most `sold_budget` times the largest step at the risk ratio with which its window began.

Assumptions: ledgers do not run backwards; the policy stays (only the owner changes it). `check_size` compares
the value rounded up with what is left.

Not covered: that the vault stores the window of every approved step: tests on its wasm.
"""

import model
from algebra import AMOUNT_MAX, minimum
from model import ONE_E7
from prover import run


def window(a):
    budget, sold = a.variable("budget_value", 0, AMOUNT_MAX), a.variable("sold_value", 0, AMOUNT_MAX)
    sold_below = a.variable("sold_below", 0)
    value = a.variable("value", 1, AMOUNT_MAX)
    return budget, sold, sold_below, value, [sold_below <= sold, sold_below <= budget]


def after_sale(a, sold, value):
    """`saturating_add`."""
    return minimum(a, sold + value, AMOUNT_MAX)


def ordinary_step(a):
    budget, sold, sold_below, value, invariant = window(a)
    # check.rs: BudgetExhausted.
    approved = value <= model.left_value(a, budget, sold)
    after = after_sale(a, sold, value)
    return invariant + [approved], a.every(sold_below + value <= after, sold_below + value <= budget)


def step_within_the_budget_alone(a):
    """The mistake of comparing with the budget and not with what is left of it."""
    budget, sold, sold_below, value, invariant = window(a)
    after = after_sale(a, sold, value)
    return invariant + [value <= budget], a.every(sold_below + value <= after, sold_below + value <= budget)


def free_step(a):
    budget, sold, sold_below, value, invariant = window(a)
    after = after_sale(a, sold, value)
    lessens = model.left_value(a, budget, after) <= model.left_value(a, budget, sold)
    return invariant, a.every(sold_below <= after, sold_below <= budget, lessens)


def budget_bounds_everything(a):
    budget, sold, _, value, invariant = window(a)
    return invariant + [sold <= budget], after_sale(a, sold, value) <= budget


def windows(a):
    start, ledger = a.variable("start_ledger", 0), a.variable("ledger", 0)
    length, budget = a.variable("window_ledgers", 1, 17_280), a.variable("budget_value", 0)
    # window.rs: `at`.
    running = a.every(budget > 0, ledger - start < length)
    return start, ledger, length, budget, running


def next_window_is_later(a):
    start, ledger, length, budget, running = windows(a)
    begins = a.choose(running, start, ledger)
    claim = a.any(begins == start, begins >= start + length, budget == 0)
    return [ledger >= start], claim


def no_budget_sells_nothing(a):
    budget, sold, _, value, invariant = window(a)
    approved = value <= model.left_value(a, budget, sold)
    return invariant, a.implies(approved, budget > 0)


def three_windows_are_apart(a):
    """Starts of three windows with a budget, in order: the third begins at least a length after the first ends,
    so ledgers less than a length apart meet two at most."""
    length = a.variable("window_ledgers", 1, 17_280)
    starts = [a.variable(f"start_{n}", 0) for n in (1, 2, 3)]
    first, last = a.variable("first_ledger", 0), a.variable("last_ledger", 0)
    facts = [
        starts[1] >= starts[0] + length,
        starts[2] >= starts[1] + length,
        first < starts[1],
        last >= starts[2],
    ]
    return facts, last - first > length


def budget_is_bounded(a):
    debt = a.variable("debt_value", 0)
    cap_e7, budget_e7 = a.variable("cap_e7", 0, ONE_E7), a.variable("sold_budget_e7", 100_000, 10 * ONE_E7)
    budget = model.budget_value(a, debt, cap_e7, budget_e7)
    largest = model.largest_sale_value(a, debt, cap_e7)
    return [], budget * ONE_E7 <= largest * budget_e7


WINDOW = {"budget_value": 100, "sold_value": 40, "sold_below": 30, "value": 60}


def statements(report):
    report.proved("1 an ordinary step keeps the invariant", ordinary_step, WINDOW)
    report.refuted("1 compared with the budget alone", step_within_the_budget_alone, {"budget_value": 100})
    report.proved("2 a step that the budget does not bind keeps it", free_step, {**WINDOW, "value": 90})
    report.refuted("2 the budget bounds what is sold at hard", budget_bounds_everything, {"budget_value": 100})
    report.proved("3 the next window begins a length later", next_window_is_later, {
        "start_ledger": 10, "ledger": 70, "window_ledgers": 60, "budget_value": 5,
    })
    report.proved("3 without a budget nothing is sold", no_budget_sells_nothing, WINDOW)
    report.proved("3 a length of ledgers meets two windows", three_windows_are_apart, {
        "window_ledgers": 60, "start_1": 0, "start_2": 60, "start_3": 120, "first_ledger": 59, "last_ledger": 120,
    })
    report.proved("4 a budget is a multiple of the largest step", budget_is_bounded, {
        "debt_value": 999, "cap_e7": 2_500_001, "sold_budget_e7": 20_000_000,
    })


if __name__ == "__main__":
    run("The window's budget", statements)
