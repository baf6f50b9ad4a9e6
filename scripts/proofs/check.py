"""`check_step` on integers, composed of the formulas that the proofs speak of (model.py).

vectors.py evaluates it on many situations, and a Rust test compares each outcome with the code's. Rules are in
the order of contracts/core/src/check.rs; a refusal is its number there.
"""

from dataclasses import dataclass, replace

import model
from algebra import Concrete
from model import LANDING_TOLERANCE_E7, ONE_E7

FILL, PLAIN, FLASH = 0, 1, 2


class Refused(Exception):
    """A rule's refusal; its argument is the code."""


@dataclass(frozen=True)
class Leg:
    price: int
    scalar: int
    collateral_factor_e7: int
    liability_factor_e7: int
    b_rate_e12: int
    d_rate_e12: int
    b_tokens: int
    d_tokens: int


@dataclass(frozen=True)
class Policy:
    soft_e7: int
    target_e7: int
    hard_e7: int
    step_min_e7: int
    step_max_e7: int
    discount_min_e7: int
    discount_max_e7: int
    max_cost_of_equity_e7: int
    rescue_target_e7: int

    def step_cap_e7(self, a, risk_e7):
        ramp_e7 = model.ramp_e7(a, self.soft_e7, self.hard_e7, risk_e7)
        return model.interpolate_floor(a, self.step_min_e7, self.step_max_e7, ramp_e7)

    def discount_at_e7(self, a, position_e7):
        return model.interpolate_floor(a, self.discount_min_e7, self.discount_max_e7, position_e7)


@dataclass(frozen=True)
class Situation:
    policy: Policy
    legs: tuple
    price_scalar: int
    # Prices of the pair's floor, in the order collateral, debt.
    floor_prices: tuple
    budget_left_value: int
    min_collateral: int
    # Discount cap and cost of a fill, or None.
    rescue: tuple | None


@dataclass(frozen=True)
class Proposal:
    path: int
    collateral: int
    debt: int
    sell: int
    repay: int


@dataclass(frozen=True)
class Totals:
    collateral_base: int
    liability_base: int
    collateral_value: int
    debt_value: int

    def risk_e7(self, a):
        if self.liability_base == 0:
            return 0
        if self.collateral_base == 0:
            return model.RISK_UNBOUNDED
        return model.risk_ratio_e7_ceil(a, self.liability_base, self.collateral_base)


def totals(a, legs):
    sums = [0, 0, 0, 0]
    for leg in legs:
        held = model.collateral_floor(a, leg.b_tokens, leg.b_rate_e12)
        owed = model.debt_ceil(a, leg.d_tokens, leg.d_rate_e12)
        of_leg = (
            model.collateral_base_floor(a, leg.price, leg.scalar, leg.collateral_factor_e7, held),
            model.liability_base_ceil(a, leg.price, leg.scalar, leg.liability_factor_e7, owed),
            model.value_floor(a, leg.price, leg.scalar, held),
            model.value_ceil(a, leg.price, leg.scalar, owed),
        )
        sums = [total + value for total, value in zip(sums, of_leg)]
    return Totals(*sums)


def pool_accepts(a, price_scalar, collateral_base, liability_base):
    if liability_base == 0:
        return True
    health = a.mul_div_floor(collateral_base, price_scalar, liability_base)
    return health >= a.mul_div_floor(price_scalar, model.POOL_MIN_HEALTH_E7, ONE_E7)


def require(condition, code):
    if not condition:
        raise Refused(code)


def project(a, legs, proposal):
    require(proposal.sell > 0 and proposal.repay > 0, 131)
    legs = list(legs)
    sold = legs[proposal.collateral]
    require(sold.b_tokens > 0, 133)
    burned = model.withdraw(a, sold.b_rate_e12, proposal.sell)
    if proposal.path == FLASH and proposal.collateral != proposal.debt:
        returned = proposal.sell + model.flash_dust(a, sold.d_rate_e12)
        require(model.withdraw(a, sold.b_rate_e12, returned) <= sold.b_tokens, 144)
    require(burned <= sold.b_tokens, 144)
    legs[proposal.collateral] = replace(sold, b_tokens=sold.b_tokens - burned)
    debt = legs[proposal.debt]
    require(debt.d_tokens > 0, 132)
    left, repaid, burned, _ = model.repay(a, debt.d_tokens, debt.d_rate_e12, proposal.repay)
    require(burned > 0, 131)
    legs[proposal.debt] = replace(debt, d_tokens=left)
    return legs, repaid


def check_step(situation, proposal):
    """What `Approved` says: repaid, floor, reward, discount, value sold, risk ratio before and after."""
    a = Concrete()
    policy, legs, rescue = situation.policy, situation.legs, situation.rescue
    before = totals(a, legs)
    netting = proposal.collateral == proposal.debt

    require(before.liability_base > 0, 132)
    risk_before = before.risk_e7(a)
    require(risk_before >= policy.soft_e7, 134)
    require(rescue is not None or risk_before < ONE_E7, 146)

    after_legs, repaid = project(a, legs, proposal)
    after = totals(a, after_legs)

    ratio, discount_e7 = (1, 1), 0
    sold_leg, debt_leg = legs[proposal.collateral], legs[proposal.debt]
    if not netting:
        prices = situation.floor_prices
        ratio = model.ratio(a, (prices[0], sold_leg.scalar), (prices[1], debt_leg.scalar))
        if rescue is not None:
            cap_e7 = rescue[0]
        else:
            ramp_e7 = model.ramp_e7(a, policy.soft_e7, policy.hard_e7, risk_before)
            cap_e7 = policy.discount_at_e7(a, ramp_e7)
        equity = model.equity(a, before.collateral_value, before.debt_value)
        discount_e7 = model.discount_e7(a, cap_e7, equity, policy.max_cost_of_equity_e7, before.debt_value)
    floor_repay = model.floor_repay_ceil(a, ratio, proposal.sell, discount_e7)
    require(repaid >= floor_repay, 135)

    risk_after = after.risk_e7(a)
    require(risk_after < risk_before, 141)
    accepts = lambda liability: pool_accepts(a, situation.price_scalar, after.collateral_base, liability)
    require(accepts(after.liability_base), 142)
    if proposal.path == PLAIN and not netting:
        stands = after.collateral_base >= situation.min_collateral and accepts(before.liability_base)
        require(stands, 143)

    closes_stub = landing(a, situation, before, after, risk_before, risk_after)
    reward = model.largest_reward(a, ratio, proposal.sell, discount_e7)
    sold_value = model.value_ceil(a, sold_leg.price, sold_leg.scalar, proposal.sell)
    if rescue is not None:
        require(risk_after <= policy.rescue_target_e7, 140)
        # The vectors have one source, so that the highest ratio is the floor's.
        cost = model.rescue_cost_value(a, ratio, proposal.sell, repaid, debt_leg.price, debt_leg.scalar)
        require(cost <= rescue[1], 147)
    else:
        size(a, situation, proposal, before, after_legs, sold_value, risk_before, risk_after, closes_stub)
    return repaid, floor_repay, reward, discount_e7, sold_value, risk_before, risk_after


def landing(a, situation, before, after, risk_before, risk_after):
    policy = situation.policy
    cleared = after.liability_base == 0
    require(cleared or after.collateral_base >= situation.min_collateral, 145)
    rescued = situation.rescue is not None and risk_before > policy.rescue_target_e7
    least_e7 = (policy.rescue_target_e7 if rescued else policy.target_e7) - LANDING_TOLERANCE_E7
    if risk_after >= least_e7:
        return False
    require(cleared, 139)
    freed = before.collateral_base - after.collateral_base
    left, _, _ = model.base_left_at_landing(a, before.collateral_base, before.liability_base, freed, least_e7)
    require(left < situation.min_collateral, 139)
    return True


def size(a, situation, proposal, before, after_legs, sold_value, risk_before, risk_after, closes_stub):
    policy = situation.policy
    if risk_before < policy.hard_e7 and not closes_stub:
        cap_e7 = policy.step_cap_e7(a, risk_before)
        require(sold_value <= model.largest_sale_value(a, before.debt_value, cap_e7), 137)
        require(sold_value <= situation.budget_left_value, 138)
    smallest = model.smallest_sale_value(a, before.debt_value, policy.step_min_e7 // 2)
    if sold_value >= smallest or risk_after <= policy.target_e7 + LANDING_TOLERANCE_E7:
        return
    sold, debt = after_legs[proposal.collateral], after_legs[proposal.debt]
    rest = model.collateral_floor(a, sold.b_tokens, sold.b_rate_e12)
    exhausts = debt.d_tokens == 0 or rest <= proposal.sell // 1_000
    takes_slack = False
    if proposal.path == PLAIN and proposal.collateral != proposal.debt:
        factor_e7 = situation.legs[proposal.collateral].collateral_factor_e7
        if factor_e7 == 0:
            slack = model.RISK_UNBOUNDED
        else:
            kept = a.mul_div_ceil(before.liability_base, model.POOL_MIN_HEALTH_E7, ONE_E7)
            slack = a.mul_div_floor(model.left_value(a, before.collateral_base, kept), ONE_E7, factor_e7)
        takes_slack = sold_value >= slack // 2
    require(exhausts or takes_slack, 136)
