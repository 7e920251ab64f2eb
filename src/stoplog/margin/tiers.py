"""Maintenance ladders: the rate rises with the notional.

Rule `marginal`: each rate holds for the part of the notional inside its tier, so that maintenance at
notional N in tier i is rate_i · N − deduction_i, continuous, and equal to the largest such line. The
deductions are derived from floors and rates and never trusted. A notional equal to a floor belongs to the
tier below.

Rule `step`: the rate of the tier holds for the whole notional, without a deduction. Rule `ramp`: so it does, and it
rises by the tier's slope with the notional above the floor (`margin.policies.ramped`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stoplog.units import compare_products, mul_div_up, rule

MARGINAL, STEP, RAMP = range(3)
"""The rules that a table of tiers can be made for."""


class TierLike(Protocol):
    """What a rule reads of a tier; rows of the engine's table have the same fields."""

    @property
    def floor(self) -> int: ...
    @property
    def rate(self) -> int: ...
    @property
    def deduction(self) -> int: ...
    @property
    def initial_rate(self) -> int: ...
    @property
    def slope(self) -> int: ...


class Tier(NamedTuple):
    """From `floor` (notional, amount) on: rates as counts of 1 / `one`, the deduction an amount, the slope a rate."""

    floor: int
    rate: int
    deduction: int
    initial_rate: int
    slope: int = 0


class TierError(ValueError):
    """A table that contradicts itself: `code` says how, `row` (from 0) where."""

    def __init__(self, code: str, row: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.row = row


@rule
def next_deduction(deduction: int, rate_before: int, floor: int, rate: int, one: int) -> tuple[bool, int]:
    """Whether the deduction of the tier from `floor` on is a whole amount, and that amount.

    deduction_n = deduction_(n−1) + floor_n · (rate_n − rate_(n−1)), the recursion that Binance publishes.

    >>> next_deduction(50, 500_000, 250_000, 1_000_000, 10**8)
    (True, 1300)
    """
    added = mul_div_up(floor, rate - rate_before, one)
    whole = compare_products(added, one, 1, floor, rate - rate_before, 1) == 0
    return whole, deduction + added


@rule
def tier_index(tiers: Sequence[TierLike], size: int, value: int, price: int) -> int:
    """The tier that holds the notional size · value / price (size ≥ 0, price > 0).

    A linear notional is passed as (size, lot value, 1), an inverse one as (size, multiplier, price).
    """
    i = 0
    while i + 1 < len(tiers) and compare_products(size, value, 1, tiers[i + 1].floor, price, 1) > 0:
        i += 1
    return i


@rule
def maintenance(notional: int, rate: int, deduction: int, one: int) -> int:
    """Maintenance margin of a notional in the tier with this rate and deduction, rounded up.

    >>> maintenance(300_000, 1_000_000, 1_300, 10**8)
    1700
    """
    return mul_div_up(notional, rate, one) - deduction


@rule
def initial(notional: int, initial_rate: int, one: int) -> int:
    """Initial margin of a notional, rounded up.

    >>> initial(300_001, 2_000_000, 10**8)
    6001
    """
    return mul_div_up(notional, initial_rate, one)


FOLLOWS, RATE_OUTSIDE, INITIAL_BELOW, FIRST_FLOOR, FLOOR_BELOW, RATE_FALLS = range(6)
"""What `tier_fault` answers: nothing is wrong, or what is."""


@rule
def tier_fault(
    above: int, floor_before: int, rate_before: int, floor: int, rate: int, initial_rate: int, one: int
) -> int:
    """What keeps a tier from following the `above` tiers before it, the last of which has the figures given.

    Floors rise strictly from 0, rates lie in [0, 1) and do not fall, an initial rate is no lower than the rate.

    >>> tier_fault(1, 0, 4, 50_000, 5, 20, 1000), tier_fault(0, 0, 0, 50_000, 5, 20, 1000)
    (0, 3)
    """
    if not 0 <= rate < one:
        return RATE_OUTSIDE
    if initial_rate < rate:
        return INITIAL_BELOW
    if above == 0:
        return FOLLOWS if floor == 0 else FIRST_FLOOR
    if floor <= floor_before:
        return FLOOR_BELOW
    if rate < rate_before:
        return RATE_FALLS
    return FOLLOWS


FAULTS = {
    RATE_OUTSIDE: ("out_of_range", "the rate is not in [0, 1)"),
    INITIAL_BELOW: ("inconsistent", "the initial rate is below the maintenance rate"),
    FIRST_FLOOR: ("unordered_tiers", "the first floor is not 0"),
    FLOOR_BELOW: ("unordered_tiers", "the floor is not above the one before"),
    RATE_FALLS: ("unordered_tiers", "the rate is below the one before"),
}
"""Code and sentence of each fault."""


def marginal_tiers(rows: Sequence[tuple[int, int, int]], one: int) -> list[Tier]:
    """Tiers from (floor, rate, initial rate) rows, deductions derived.

    Floors rise strictly from 0, rates do not fall and lie in [0, one), initial rates are no lower than the
    rates. `TierError` names the first row that says otherwise, or whose deduction is not a whole amount.

    >>> [tier.deduction for tier in marginal_tiers([(0, 4, 20), (50_000, 5, 20), (250_000, 10, 20)], 1000)]
    [0, 50, 1300]
    """
    if not rows:
        raise TierError("missing_field", 0, "a tier table needs at least one tier")
    tiers: list[Tier] = []
    last = Tier(0, 0, 0, 0)
    for i, (floor, rate, initial_rate) in enumerate(rows):
        fault = tier_fault(i, last.floor, last.rate, floor, rate, initial_rate, one)
        if fault != FOLLOWS:
            code, sentence = FAULTS[fault]
            raise TierError(code, i, f"tier {i + 1}: {sentence}")
        whole, deduction = next_deduction(last.deduction, last.rate, floor, rate, one)
        if not whole:
            raise TierError("deduction_not_whole", i, f"tier {i + 1}: the deduction is not a whole amount")
        last = Tier(floor, rate, deduction, initial_rate)
        tiers.append(last)
    return tiers
