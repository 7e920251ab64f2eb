"""The bit budget, proved: inside the limits of `stoplog.units` no rule leaves 64 bits, no wide product 128.

Every rule is run on symbols (`laws.symbols`), each of which stands for all values that the engine can pass.
What the engine can pass follows from the limits of `stoplog.units`; `Budget` says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise, product
from typing import Any

import pytest
import z3
from laws.rebinding import rebound
from laws.symbols import SYMBOLIC_WIDE, Proof, Symbol, Unproved, every_path, proof_of, term

from stoplog import instruments, positions, units
from stoplog.liquidation import plan, waterfall
from stoplog.margin import (
    breaching,
    close_fee,
    guards,
    isolated,
    order_margin,
    policies,
    pooling,
    price_axis,
    scenarios,
    thresholds,
    tiers,
    top_up,
)
from stoplog.margin.order_margin import Resting
from stoplog.margin.policies import AT_ENTRY, FEE_IN_RATE, Policy
from stoplog.margin.price_axis import Follower, Point
from stoplog.margin.tiers import MARGINAL, RAMP, Tier
from stoplog.units import (
    AMOUNT_MAX,
    ASSET_PRICE_MAX,
    CLOSE_FEE_MAX,
    FUNDING_ONE,
    FUNDING_SPAN,
    GRACE_MAX,
    INITIAL_FACTOR_MAX,
    INTEREST_INDEX_MAX,
    LOT_VALUE_MAX,
    MULTIPLIER_MAX,
    OPEN_VALUE_MAX,
    POSITION_VALUE_MAX,
    PRICE_MAX,
    PURSE_MAX,
    RATE_ONE,
    SIZE_MAX,
    TIME_MAX,
)

LINEAR, INVERSE = instruments.LINEAR, instruments.INVERSE

FUNDING_RECEIVED = FUNDING_SPAN * POSITION_VALUE_MAX
"""What funding can pay into, or take out of, one position: its lots times all funding that may accrue."""

CAPITAL = PURSE_MAX + FUNDING_RECEIVED + 2 * POSITION_VALUE_MAX
"""Purse less funding less cost, where a fill still to be judged can have doubled the position."""


class Budget:
    """Symbols for one instrument and a position in it, constrained by what the engine checks at its door."""

    def __init__(self, proof: Proof, payoff: int, *, outside: bool = False, asks: Asks = (0, 0, 0)) -> None:
        self.proof = proof
        self.payoff = payoff
        self.multiplier = proof.symbol("multiplier", 1, MULTIPLIER_MAX)
        self.price_min = proof.symbol("price_min", 1, PRICE_MAX)
        self.price_max = proof.symbol("price_max", self.price_min, PRICE_MAX)
        self.price = proof.symbol("price", self.price_min, self.price_max)
        self.other_price = proof.symbol("other_price", self.price_min, self.price_max)
        self.largest = proof.symbol("largest", 1, LOT_VALUE_MAX)
        terms = term(self.multiplier), term(self.price_min), term(self.price_max), term(self.largest)
        if payoff == INVERSE:
            proof.assume(terms[3] * terms[1] >= terms[0], (terms[3] - 1) * terms[1] < terms[0])
        else:
            proof.assume(terms[3] == terms[0] * terms[2])
        value = OPEN_VALUE_MAX if outside else POSITION_VALUE_MAX
        self.size = self.lots("size", value)
        self.cost = self.bounded("cost", term(self.size), term(self.largest))
        self.fill = self.lots("fill", POSITION_VALUE_MAX)
        self.rate = proof.symbol("rate", 0, RATE_ONE)
        self.maintenance_rate = proof.symbol("maintenance_rate", 0, RATE_ONE - 1)
        self.capital = proof.symbol("capital", -CAPITAL, CAPITAL)
        self.purse = proof.symbol("purse", -PURSE_MAX - FUNDING_RECEIVED, PURSE_MAX + FUNDING_RECEIVED)
        self.notional = proof.symbol("notional", 0, POSITION_VALUE_MAX)
        self.fee_rate = proof.symbol("fee_rate", 0, CLOSE_FEE_MAX)
        self.policy = Policy(payoff, self.multiplier, *asks, self.fee_rate)  # type: ignore[arg-type]

    def lots(self, name: str, value: int) -> Symbol:
        """A size other than zero whose value is within `value` at any price."""
        lots = self.proof.symbol(name, -OPEN_VALUE_MAX, OPEN_VALUE_MAX)
        if value == POSITION_VALUE_MAX:
            self.proof.assume(lots.term <= SIZE_MAX, lots.term >= -SIZE_MAX)
        size, largest = term(lots), term(self.largest)
        self.proof.assume(size * largest <= value, -size * largest <= value, z3.Or(size >= 1, size <= -1))
        return lots

    def bounded(self, name: str, size: Any, unit: Any) -> Symbol:
        """An amount within |size| · unit."""
        amount = self.proof.symbol(name, -2 * OPEN_VALUE_MAX, 2 * OPEN_VALUE_MAX)
        for bound in (size * unit, -size * unit):
            self.proof.assume(z3.Implies(bound >= 0, z3.And(amount.term <= bound, amount.term >= -bound)))
        return amount

    def index(self, name: str) -> Symbol:
        """A funding index: all that may accrue, of either sign."""
        index = self.proof.symbol(
            name, -FUNDING_SPAN * LOT_VALUE_MAX * FUNDING_ONE, FUNDING_SPAN * LOT_VALUE_MAX * FUNDING_ONE
        )
        span = term(self.largest) * FUNDING_SPAN * FUNDING_ONE
        self.proof.assume(index.term <= span, index.term >= -span)
        return index

    def tiers(self) -> list[Tier]:
        """Two tiers: what holds for one boundary holds for each."""
        floor = self.proof.symbol("floor", 1, POSITION_VALUE_MAX)
        marginal = self.policy.tier_rule == MARGINAL
        deduction = self.proof.symbol("deduction", 0, floor) if marginal else 0
        higher = self.proof.symbol("higher", self.maintenance_rate, RATE_ONE - 1)
        if self.policy.close_fee == FEE_IN_RATE:
            self.proof.assume(higher.term + self.fee_rate.term < RATE_ONE)
        own = self.proof.symbol("initial", 0, RATE_ONE)
        slope = self.proof.symbol("slope", 1, RATE_ONE) if self.policy.tier_rule == RAMP else 0
        return [
            Tier(0, self.maintenance_rate, 0, own, slope),  # type: ignore[arg-type]
            Tier(floor, higher, deduction, own, slope),  # type: ignore[arg-type]
        ]

    def side_value(self) -> Symbol:
        """What the orders of a side can be worth, and therefore need."""
        return side_value(self.proof)

    def resting(self) -> list[Resting]:
        """One order: what holds for one holds for each, and their sum is `side_value`."""
        limit = self.proof.symbol("limit", self.price_min, self.price_max)
        return [Resting(self.lots("order", POSITION_VALUE_MAX), limit)]  # type: ignore[arg-type]

    def tiers_for(self, trigger: Symbol) -> list[Tier]:
        """One tier of which trigger · (rate + fee) is below 1, and its deduction no more than rate · floor.

        Where maintenance is measured at the entry no line of a tier is scaled.
        """
        tier = self.tiers()[1]
        if self.policy.maintenance_at == AT_ENTRY:
            return [tier]
        floor, rate = term(tier.floor), term(tier.rate)
        fee = self.fee_rate.term if self.policy.close_fee == FEE_IN_RATE else 0
        self.proof.assume(trigger.term * (rate + fee) <= (RATE_ONE - 1) * RATE_ONE)
        self.proof.assume(term(tier.deduction) * RATE_ONE <= floor * rate)
        self.proof.assume(term(tier.deduction) * trigger.term <= floor * (RATE_ONE - 1))
        return [tier]


Asks = tuple[int, int, int]
Arguments = Callable[[Budget], tuple[Any, ...]]


def traded(b: Budget) -> tuple[Any, ...]:
    return b.payoff, b.multiplier, b.price, b.size


def times_and_span(b: Budget) -> tuple[Any, ...]:
    """A time, one that is not later, and a span."""
    time = b.proof.symbol("time", 0, TIME_MAX)
    return time, b.proof.symbol("before", 0, time), b.proof.symbol("span", 0, GRACE_MAX)


ARGUMENTS: dict[Callable[..., Any], Arguments] = {
    pooling.collateral_value: lambda b: (pooled_amount(b), asset_price(b), b.rate, RATE_ONE),
    pooling.required_value: lambda b: (b.proof.symbol("required", 0, AMOUNT_MAX), asset_price(b)),
    pooling.counted: lambda b: (
        pooled_amount(b),
        b.proof.symbol("gains", 0, 2),
        b.proof.symbol("backing", -(2**60), 2**60),
    ),
    pooling.interest_due: lambda b: (
        pooled_amount(b),
        b.proof.symbol("index", 0, INTEREST_INDEX_MAX),
        0,
        RATE_ONE,
    ),
    pooling.to_sell: lambda b: (*sale(b), asset_price(b), kept(b), RATE_ONE),
    pooling.proceeds: lambda b: (
        sale(b)[0],
        sale(b)[2],
        asset_price(b),
        b.proof.symbol("short", 1, ASSET_PRICE_MAX),
        kept(b),
        RATE_ONE,
    ),
    scenarios.exercised: lambda b: (right(b), strike(b), strike(b)),
    scenarios.settled_at: lambda b: (right(b), strike(b), strike(b), b.price_max, b.price),
    scenarios.required_by_scenarios: lambda b: (
        b.proof.symbol("loss", 0, POSITION_VALUE_MAX),
        b.proof.symbol("charge", 0, POSITION_VALUE_MAX),
        b.proof.symbol("factor", RATE_ONE, INITIAL_FACTOR_MAX),
        RATE_ONE,
    ),
    scenarios.at_most_lost: lambda b: (b.proof.symbol("required", 0, 2**61), worth(b), worth(b)),
    price_axis.on_line: lambda b: (*line(b), b.proof.symbol("most", 0, 4 * LOT_VALUE_MAX)),
    price_axis.steepness: lambda b: (*line(b), b.proof.symbol("most", 0, 4 * LOT_VALUE_MAX)),
    price_axis.most_gained: lambda b: (right(b), strike(b), strike(b), b.price_max, b.price, b.price_max),
    price_axis.moved_down: lambda b: (b.price, b.proof.symbol("gain", -(2**44), 2**44), b.multiplier),
    price_axis.with_underlying: lambda b: (b.price, b.other_price, b.price_max, b.price_max),
    price_axis.price_interval_down: lambda b: (b.price, *surplus(b), strike(b)),
    price_axis.price_interval_up: lambda b: (b.price, *surplus(b), strike(b), PRICE_MAX),
    price_axis.gain_at: lambda b: (*along(b)[1:], 0, -1),
    price_axis.line_at: lambda b: (*along(b), 0, b.price, 1),
    price_axis.point_below: lambda b: (along(b)[1], b.price),
    price_axis.gain_between: lambda b: (*along(b), 1, b.price, -1),
    price_axis.moved_beyond: lambda b: (*along(b), b.price, b.other_price, -1),
    price_axis.moved_option: lambda b: (*along(b), b.price, b.other_price, -1),
    price_axis.moved_price: lambda b: (*along(b), b.price, b.price_max, b.other_price, -1),
    price_axis.known_stretch: lambda b: (along(b)[1], b.price),
    price_axis.steepest: lambda b: (*along(b), 1, 1, b.price, -1),
    pooling.price_interval: lambda b: (asset_price(b), *surplus(b)),
    instruments.value_lots: lambda b: (b.payoff, b.size),
    instruments.fill_value: traded,
    instruments.value_down: traded,
    instruments.notional_up: traded,
    instruments.lot_value_down: lambda b: (b.payoff, b.multiplier, b.price),
    instruments.lot_value_up: lambda b: (b.payoff, b.multiplier, b.price),
    instruments.lot_value_max: lambda b: (b.payoff, b.multiplier, b.price_min, b.price_max),
    positions.enlarges: lambda b: (b.size, b.fill),
    positions.trade: lambda b: (b.payoff, b.multiplier, b.size, b.cost, b.fill, b.price),
    positions.settle_at_expiry: lambda b: (b.payoff, b.multiplier, b.size, b.cost, b.price),
    positions.funding_due: lambda b: (b.size, b.index("index"), 0),
    positions.funding_change: lambda b: (b.payoff, b.multiplier, b.price, b.proof.symbol("r", -RATE_ONE, RATE_ONE)),
    positions.fill_fee: lambda b: (b.payoff, b.multiplier, b.price, b.fill, b.rate),
    tiers.next_deduction: lambda b: (b.notional, b.maintenance_rate, *floor_and_rate(b), RATE_ONE),
    tiers.tier_fault: lambda b: (1, *floor_and_rate(b), *floor_and_rate(b), b.rate, RATE_ONE),
    tiers.tier_index: lambda b: (b.tiers(), abs(b.size), *lot_value_and_price(b)),
    tiers.maintenance: lambda b: (b.notional, b.maintenance_rate, 0, RATE_ONE),
    tiers.initial: lambda b: (b.notional, b.rate, RATE_ONE),
    thresholds.lot_value_root: lambda b: (b.size, b.capital, b.maintenance_rate, b.notional, RATE_ONE),
    thresholds.root_tier: lambda b: (b.tiers(), b.size, b.capital, 0, RATE_ONE),
    thresholds.breached: lambda b: (*traded(b), b.capital, b.maintenance_rate, b.notional, RATE_ONE),
    thresholds.tier_at_price: lambda b: (b.tiers(), *traded(b)),
    thresholds.breached_at: lambda b: (b.tiers(), *traded(b), b.capital, RATE_ONE),
    thresholds.last_healthy_price: lambda b: (
        b.payoff,
        b.multiplier,
        b.size,
        b.capital,
        b.maintenance_rate,
        b.notional,
        RATE_ONE,
    ),
    thresholds.liquidation_threshold: lambda b: (b.tiers(), b.payoff, b.multiplier, b.size, b.capital, RATE_ONE),
    thresholds.wake_up_value: lambda b: (b.tiers(), b.size, b.capital, 0, RATE_ONE),
    thresholds.wake_up_root: lambda b: (b.size, b.capital, b.maintenance_rate, b.notional, RATE_ONE),
    thresholds.scaled_rate: lambda b: (b.maintenance_rate, trigger(b), RATE_ONE),
    thresholds.drift_bound: lambda b: (b.index("change"), b.maintenance_rate, RATE_ONE, b.size),
    isolated.equity: lambda b: (*traded(b), b.cost, b.purse),
    isolated.removable: lambda b: (b.purse, b.capital, b.notional),
    close_fee.reserve_included: lambda b: (b.capital, 1, b.fee_rate, RATE_ONE),
    close_fee.reserve_on_top: lambda b: (b.capital, -1, b.fee_rate, RATE_ONE),
    order_margin.closes: lambda b: (b.size, b.fill),
    order_margin.opening_values: lambda b: (b.resting(), b.payoff, b.multiplier, b.size),
    order_margin.opening_lots: lambda b: (abs(b.fill), b.proof.symbol("free", 0, SIZE_MAX)),
    close_fee.capital_before_reserve: lambda b: (b.proof.symbol("free", -(2**61), 2**61), 1, b.fee_rate, RATE_ONE),
    guards.apart: lambda b: (b.price, b.proof.symbol("reference", 1, PRICE_MAX), RATE_ONE),
    guards.doubt_of: lambda b: (
        guards.Limits(b.rate, b.rate, b.rate),  # type: ignore[arg-type]
        b.price,
        b.proof.symbol("confidence", 0, RATE_ONE),
        b.proof.symbol("second", 0, PRICE_MAX),
        b.proof.symbol("mark", 0, PRICE_MAX),
        RATE_ONE,
    ),
    guards.goes_on: lambda b: (b.price, b.proof.symbol("held", 0, PRICE_MAX), b.rate, RATE_ONE),
    guards.persists: times_and_span,
    guards.taken_from: lambda b: times_and_span(b)[1:],
    guards.is_stale: times_and_span,
    top_up.highest_trigger: lambda b: (b.maintenance_rate, RATE_ONE),
    top_up.to_spare: lambda b: (trigger(b), RATE_ONE),
    top_up.in_band: lambda b: (b.capital, b.notional, trigger(b), RATE_ONE),
    top_up.allowed: lambda b: (b.proof.symbol("missing", -(2**61), 2**61), capped(b), capped(b), b.capital),
    top_up.drawn: lambda b: (capped(b), b.proof.symbol("order", 0, 2), capped(b), b.proof.symbol("spare", 0, CAPITAL)),
    top_up.ready_after: lambda b: (b.proof.symbol("time", 0, TIME_MAX), b.proof.symbol("cooldown", 0, 2**31 - 1)),
    top_up.band_value: lambda b: (b.tiers_for(at := trigger(b)), b.size, b.capital, 0, at, RATE_ONE),
    plan.sale_price: lambda b: (sold_into(b), b.size, b.rate, b.proof.symbol("least", 0, b.price_min), b.price_max),
    plan.liquidation_fee: lambda b: (b.payoff, b.multiplier, b.price, b.size, b.rate),
    waterfall.absorb: lambda b: (b.capital, b.notional, b.proof.symbol("fund", 0, AMOUNT_MAX)),
}
"""What the engine can pass to each rule."""

UNDER_A_POLICY: dict[Callable[..., Any], Arguments] = {
    pooling.pooled: lambda b: (b.policy,),
    pooling.exposure: lambda b: (b.policy, b.tiers(), b.price, b.size, RATE_ONE),
    pooling.helps: lambda b: (b.policy, b.tiers(), b.rate, RATE_ONE),
    pooling.position_interval: lambda b: (b.policy, b.tiers(), b.price, b.size, *surplus(b), b.rate, RATE_ONE),
    breaching.moves_around: lambda b: (b.policy, b.price, b.size, capped(b)),
    policies.is_plain: lambda b: (b.policy,),
    policies.two_sided: lambda b: (b.policy,),
    policies.fee_in_rate: lambda b: (b.policy,),
    policies.reserve: lambda b: (b.policy, b.size, b.capital, RATE_ONE),
    policies.ramped: lambda b: (b.rate, b.proof.symbol("slope", 0, RATE_ONE), 4 * b.notional, RATE_ONE),
    policies.maintenance_of: lambda b: (b.tiers(), b.notional, RATE_ONE),
    breaching.breached_under: lambda b: (b.policy, b.tiers(), b.price, b.size, b.cost, b.capital, RATE_ONE),
    breaching.breached_beyond_plain: lambda b: (b.policy, b.tiers(), b.price, b.size, b.cost, b.capital, RATE_ONE),
    breaching.maintenance_under: lambda b: (b.policy, b.tiers(), b.price, b.size, b.cost, RATE_ONE),
    breaching.wake_up_under: lambda b: (b.policy, b.tiers(), b.size, b.cost, b.capital, RATE_ONE),
    breaching.drift_under: lambda b: (b.policy, b.index("change"), drifting_rate(b), trigger(b), RATE_ONE, b.size),
    breaching.spare_notional: lambda b: (b.policy, b.tiers()[1], b.price, b.size, b.capital, RATE_ONE),
    breaching.safe_interval: lambda b: (b.policy, b.tiers(), b.price, b.size, b.capital, RATE_ONE),
    breaching.interval_around: lambda b: (b.policy, 2 * b.tiers()[1:], 0, b.price, b.size, capped(b)),
    top_up.times: lambda b: (b.proof.symbol("maintenance", 0, 2**61), trigger(b), RATE_ONE),
    top_up.missing: lambda b: (b.policy, b.size, worth(b), b.capital, b.notional, trigger(b), RATE_ONE),
    top_up.band_under: lambda b: (
        b.policy,
        b.tiers_for(at := trigger(b)),
        b.size,
        b.cost,
        b.capital,
        at,
        RATE_ONE,
    ),
    top_up.band_spare: lambda b: (b.policy, b.tiers()[1], b.price, b.size, b.capital, trigger(b), RATE_ONE),
    top_up.band_interval: lambda b: (b.policy, b.tiers()[1:], b.price, b.size, b.capital, trigger(b), RATE_ONE),
    isolated.initial_margin: lambda b: (b.policy, b.tiers(), b.price, b.size, b.cost, b.rate, RATE_ONE),
    isolated.opening_equity: lambda b: (b.policy, b.price, b.size, b.cost, b.purse, RATE_ONE),
    isolated.staying_margin: lambda b: (
        b.policy,
        b.tiers(),
        b.price,
        b.size,
        b.cost,
        b.rate,
        b.rate,
        RATE_ONE,
    ),
    isolated.fill_allowed: lambda b: (
        b.policy,
        b.tiers(),
        b.price,
        b.fill,
        b.size,
        b.cost,
        b.purse,
        b.rate,
        b.proof.symbol("ordered", 0, ORDERED_MAX),
        RATE_ONE,
    ),
    order_margin.side_margin: lambda b: (b.tiers(), b.side_value(), b.notional, b.rate, RATE_ONE),
    order_margin.order_margin: lambda b: (
        b.tiers(),
        b.resting(),
        b.payoff,
        b.multiplier,
        b.size,
        b.cost,
        b.rate,
        RATE_ONE,
    ),
}
"""What it can pass to those that work under a policy: proved under every one of them."""

ORDERED_MAX = 6 * POSITION_VALUE_MAX + 1
"""A side's orders at the highest rate that initial margin can rise to."""

SHOWN_MAX = 3 * POSITION_VALUE_MAX + 2

CONTRACTS: dict[Callable[..., Any], tuple[int, int]] = {
    policies.ramped: (0, 3 * RATE_ONE),
    policies.reserve: (0, CAPITAL // 9 + 2),
    policies.maintenance_of: (-POSITION_VALUE_MAX, SHOWN_MAX),
    breaching.maintenance_under: (-POSITION_VALUE_MAX, SHOWN_MAX + POSITION_VALUE_MAX),
    isolated.initial_margin: (-POSITION_VALUE_MAX, SHOWN_MAX + POSITION_VALUE_MAX),
    isolated.opening_equity: (-4 * CAPITAL, 4 * CAPITAL),
    order_margin.side_margin: (0, ORDERED_MAX),
    breaching.spare_notional: (-1, 2 * CAPITAL),
    top_up.times: (0, 2**60),
    top_up.band_spare: (-1, 2 * CAPITAL),
}
"""Bounds of results: proved where the rule itself is, taken for granted where another rule calls it."""

EVERY_POLICY = list(product(range(3), range(2), range(3)))

AT_THE_DOOR = {instruments.in_budget}
"""Rules that are asked whether figures are inside the budget; their arguments are any 64-bit integers."""

OUTSIDE_MARKET = (
    instruments.fill_value,
    instruments.value_down,
    positions.trade,
    positions.settle_at_expiry,
)
"""Rules that the outside market's position goes through, which may be as large as the open interest."""


def contracted(callee: Callable[..., Any]) -> Callable[..., Any]:
    """In place of a rule that is proved by itself: any result within its bounds."""
    low, high = CONTRACTS[callee]

    def result(*given: Any) -> Any:
        policy = next((figure for figure in given if isinstance(figure, Policy)), None)
        figures = (*given, policy.multiplier) if policy is not None else given
        return proof_of(*figures).symbol(callee.__name__, low, high)

    return result


def proof_under_every_policy(rule: Callable[..., Any], payoff: int) -> None:
    """Prove a rule, and the bounds of its result, with the results of the rules it calls taken from their bounds."""
    summaries = {callee: contracted(callee) for callee in CONTRACTS if callee is not rule}
    choices = (thresholds.tier_at_price, thresholds.root_tier)
    summaries |= {callee: (lambda *_: 0) for callee in choices}
    if rule is not breaching.breached_under:
        summaries[breaching.breached_under] = lambda policy, *_: proof_of(policy.multiplier).symbol("breach", 0, 1) > 0
    summaries[order_margin.opening_values] = side_values
    symbolic = rebound(rule, SYMBOLIC_WIDE | summaries)
    for asks in EVERY_POLICY:

        def run(proof: Proof, asks: Asks = asks) -> None:
            found = symbolic(*UNDER_A_POLICY[rule](Budget(proof, payoff, asks=asks)))
            if rule in CONTRACTS and isinstance(found, Symbol):
                low, high = CONTRACTS[rule]
                proof.must(z3.And(found.term >= low, found.term <= high), f"{rule.__name__} within {low} and {high}")

        every_path(run)


def drifting_rate(b: Budget) -> Symbol:
    """The highest rate of a ladder, with which the fee in it stays below 1."""
    b.proof.assume(b.maintenance_rate.term + b.fee_rate.term < RATE_ONE)
    return b.maintenance_rate


def side_value(proof: Proof) -> Symbol:
    """No more than two positions: an order is placed only where its side and the position stay within the limit."""
    return proof.symbol("side_value", 0, 2 * POSITION_VALUE_MAX)


def side_values(*given: Any) -> tuple[Symbol, Symbol]:
    """What `opening_values` answers, for a rule that calls it; the last that is given is the position."""
    proof = given[-1].proof
    return side_value(proof), side_value(proof)


def floor_and_rate(b: Budget) -> tuple[Symbol, Symbol]:
    floor = b.proof.symbol("floor", 0, POSITION_VALUE_MAX)
    return floor, b.proof.symbol("higher", b.maintenance_rate, RATE_ONE - 1)


def trigger(b: Budget) -> Symbol:
    return b.proof.symbol("trigger", RATE_ONE, top_up.MULTIPLE_MAX * RATE_ONE)


def worth(b: Budget) -> Symbol:
    return b.proof.symbol("worth", -POSITION_VALUE_MAX, POSITION_VALUE_MAX)


def right(b: Budget) -> Symbol:
    return b.proof.symbol("right", 0, 2)


def line(b: Budget) -> tuple[Any, ...]:
    """Two gains, each at its price, a third price, and the units of a coin."""
    low, high = b.proof.symbol("low", 1, PRICE_MAX), b.proof.symbol("high", 1, PRICE_MAX)
    b.proof.assume(high.term >= low.term + 1)
    return gain(b), low, gain(b), high, b.price, strike(b)


def gain(b: Budget) -> Symbol:
    return b.proof.symbol("gain", -LOT_VALUE_MAX, LOT_VALUE_MAX)


def along(b: Budget) -> tuple[Any, ...]:
    """An instrument that follows, an axis of three points, and what a lot gains at them."""
    prices = [b.proof.symbol("point", 1, PRICE_MAX) for _ in range(3)]
    for low, high in pairwise(prices):
        b.proof.assume(high.term >= low.term + 1)
    axis = [Point(prices[0], 0), Point(prices[1], price_axis.AT_MARK), Point(prices[2], 1)]  # type: ignore[arg-type]
    most = b.proof.symbol("most", 0, 4 * LOT_VALUE_MAX)
    terms = Follower(right(b), strike(b), strike(b), b.multiplier, b.price_min, b.price_max, most)  # type: ignore[arg-type]
    return terms, axis, [gain(b), gain(b)]


def strike(b: Budget) -> Symbol:
    """A strike, a settlement price or the units of a coin."""
    return b.proof.symbol("strike", 0, PRICE_MAX)


def pooled_amount(b: Budget) -> Symbol:
    """What a cross compartment holds of an asset, its positions' worth included."""
    return b.proof.symbol("net", -(2**58), 2**58)


def asset_price(b: Budget) -> Symbol:
    return b.proof.symbol("asset_price", 1, ASSET_PRICE_MAX)


def kept(b: Budget) -> Symbol:
    return b.proof.symbol("kept", RATE_ONE - CLOSE_FEE_MAX, RATE_ONE)


def sale(b: Budget) -> tuple[Symbol, Symbol, Symbol]:
    """(what is needed, its price, what is held)."""
    proof = b.proof
    return proof.symbol("need", 0, 2**58), proof.symbol("price", 1, ASSET_PRICE_MAX), proof.symbol("held", 0, 2**58)


def surplus(b: Budget) -> tuple[Symbol, Symbol]:
    """(surplus, exposure) of a cross compartment, the exposure above zero."""
    return b.proof.symbol("surplus", 0, 2**62), b.proof.symbol("exposed", 1, 2**62)


def sold_into(b: Budget) -> Symbol:
    """A mark that is sold into: one that a settlement has made can be below the smallest price."""
    return b.proof.symbol("mark", 0, b.price_max)


def capped(b: Budget) -> Symbol:
    return b.proof.symbol("capped", 0, AMOUNT_MAX)


def lot_value_and_price(b: Budget) -> tuple[Any, Any]:
    if b.payoff == INVERSE:
        return b.multiplier, b.price
    return b.multiplier * b.price, 1


def all_rules() -> Iterator[Callable[..., Any]]:
    """Every function marked as a rule in the modules of formulas, the wide ones aside."""
    modules = (instruments, positions, tiers, close_fee, policies, thresholds, breaching, isolated)
    for module in (*modules, top_up, guards, order_margin, pooling, scenarios, price_axis, plan, waterfall):
        for member in vars(module).values():
            if getattr(member, "is_rule", False) and member.__module__ == module.__name__:
                yield member


def name_of(rule: Callable[..., Any]) -> str:
    return rule.__qualname__


@pytest.mark.rule("RND-002")
def test_every_rule_is_proved() -> None:
    assert set(all_rules()) == set(ARGUMENTS) | set(UNDER_A_POLICY) | AT_THE_DOOR


@pytest.mark.rule("RND-002")
@pytest.mark.parametrize("payoff", [LINEAR, INVERSE])
@pytest.mark.parametrize("rule", ARGUMENTS, ids=name_of)
def test_no_value_inside_the_limits_leaves_its_bits(rule: Callable[..., Any], payoff: int) -> None:
    symbolic = rebound(rule, SYMBOLIC_WIDE)

    def run(proof: Proof) -> None:
        symbolic(*ARGUMENTS[rule](Budget(proof, payoff)))

    every_path(run)


@pytest.mark.rule("RND-002", "POL-001", "POL-002", "POL-003", "POL-004")
@pytest.mark.parametrize("payoff", [LINEAR, INVERSE])
@pytest.mark.parametrize("rule", UNDER_A_POLICY, ids=name_of)
def test_nor_does_any_under_any_policy(rule: Callable[..., Any], payoff: int) -> None:
    proof_under_every_policy(rule, payoff)


@pytest.mark.rule("RND-002")
@pytest.mark.parametrize("payoff", [LINEAR, INVERSE])
@pytest.mark.parametrize("rule", OUTSIDE_MARKET, ids=name_of)
def test_nor_does_the_outside_market(rule: Callable[..., Any], payoff: int) -> None:
    symbolic = rebound(rule, SYMBOLIC_WIDE)

    def run(proof: Proof) -> None:
        symbolic(*ARGUMENTS[rule](Budget(proof, payoff, outside=True)))

    every_path(run)


@pytest.mark.rule("RND-002")
def test_the_outside_markets_funding_fits() -> None:
    """It is settled at every funding, so it owes one change at most, of a lot value at most."""

    def run(proof: Proof) -> None:
        budget = Budget(proof, LINEAR, outside=True)
        change = proof.symbol("change", -LOT_VALUE_MAX * FUNDING_ONE, LOT_VALUE_MAX * FUNDING_ONE)
        span = term(budget.largest) * FUNDING_ONE
        proof.assume(change.term <= span, change.term >= -span)
        rebound(positions.funding_due, SYMBOLIC_WIDE)(budget.size, change, 0)

    assert every_path(run) > 0


@pytest.mark.rule("RND-002")
@pytest.mark.parametrize("payoff", [LINEAR, INVERSE])
def test_the_constraints_do_not_contradict_each_other(payoff: int) -> None:
    """What contradicts itself proves everything; the largest position there may be is among what is admitted."""
    proof = Proof()
    budget = Budget(proof, payoff)
    budget.tiers()
    largest = budget.size.term * budget.largest.term == POSITION_VALUE_MAX
    proof.assume(largest, budget.size.term >= 2, budget.capital.term == CAPITAL, budget.cost.term >= 1)
    assert proof.solver.check() == z3.sat


@pytest.mark.rule("RND-002")
def test_a_figure_outside_the_limits_is_found() -> None:
    """The proof is no formality: twice the largest position does not fit an inverse breach into 128 bits."""

    def run(proof: Proof) -> None:
        size = proof.symbol("size", 1, 2**10 * units.SIZE_MAX)
        multiplier = proof.symbol("multiplier", 1, MULTIPLIER_MAX)
        capital = proof.symbol("capital", -CAPITAL, CAPITAL)
        rebound(thresholds.breached, SYMBOLIC_WIDE)(INVERSE, multiplier, PRICE_MAX, size, capital, 0, 0, RATE_ONE)

    with pytest.raises(Unproved):
        every_path(run)
