"""Hypothesis strategies for the figures that the budget of `stoplog.units` admits, up to its limits."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from hypothesis import strategies as st

from stoplog.instruments import INVERSE
from stoplog.margin.tiers import Tier
from stoplog.units import (
    FUNDING_ONE,
    FUNDING_SPAN,
    LOT_VALUE_MAX,
    MULTIPLIER_MAX,
    POSITION_VALUE_MAX,
    PRICE_MAX,
    PURSE_MAX,
    RATE_ONE,
    SIZE_MAX,
)


class Terms(NamedTuple):
    """An instrument inside the budget, with the largest value that one lot of it can have."""

    payoff: int
    multiplier: int
    price_min: int
    price_max: int
    position_limit: int
    lot_value_max: int

    def value(self, price: int, size: int) -> Fraction:
        """What a position is worth to its holder, exactly."""
        if self.payoff == INVERSE:
            return Fraction(-size * self.multiplier, price)
        return Fraction(size * price * self.multiplier)


class Holding(NamedTuple):
    """A position that can have come about: its cost is within the largest value that it can have."""

    terms: Terms
    price: int
    size: int
    cost: int
    purse: int


@st.composite
def scaled(draw: st.DrawFn, low: int, high: int) -> int:
    """An integer of any magnitude between two limits, the limits themselves often."""
    if draw(st.booleans()):
        return draw(st.sampled_from((low, high, max(low, high - 1), min(high, low + 1))))
    bits = draw(st.integers(0, max(1, (high - low).bit_length())))
    return low + draw(st.integers(0, min(high - low, 2**bits)))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """An instrument of any payoff, small or at the limits of the budget."""
    payoff = draw(st.sampled_from((0, 1, 2)))
    if payoff == INVERSE:
        price_min = draw(scaled(1, PRICE_MAX))
        price_max = draw(scaled(price_min, PRICE_MAX))
        multiplier = draw(scaled(1, min(MULTIPLIER_MAX, LOT_VALUE_MAX * price_min)))
        largest = -(-multiplier // price_min)
    else:
        price_max = draw(scaled(1, PRICE_MAX))
        price_min = draw(scaled(1, price_max))
        multiplier = draw(scaled(1, LOT_VALUE_MAX // price_max))
        largest = multiplier * price_max
    limit = draw(scaled(1, min(SIZE_MAX, POSITION_VALUE_MAX // largest)))
    return Terms(payoff, multiplier, price_min, price_max, limit, largest)


@st.composite
def holdings(draw: st.DrawFn, *, near: bool = False) -> Holding:
    """A position, its cost and its purse; `near`: with equity about where maintenance margins are."""
    which = draw(terms())
    price = draw(scaled(which.price_min, which.price_max))
    size = draw(scaled(1, which.position_limit)) * draw(st.sampled_from((-1, 1)))
    entry = draw(scaled(which.price_min, which.price_max))
    cost = int(which.value(entry, size))
    purse = draw(scaled(0, PURSE_MAX)) * draw(st.sampled_from((-1, 1, 1)))
    if near:
        notional = int(abs(which.value(price, size)))
        share = draw(st.sampled_from((0, 1, 50, 200, 1000)))
        wanted = notional * share // 1000 + draw(st.integers(-3, 3))
        purse = max(-PURSE_MAX, min(PURSE_MAX, wanted + cost - int(which.value(price, size))))
    return Holding(which, price, size, cost, purse)


@st.composite
def ladders(draw: st.DrawFn) -> list[Tier]:
    """A marginal ladder of one to five tiers with whole deductions."""
    count = draw(st.integers(1, 5))
    step = draw(st.sampled_from((10**3, 10**5, 10**6, 10**7)))
    rate = draw(st.sampled_from((0, 1, 400_000, 10**6, 10**7, 5 * 10**7, RATE_ONE - 1)))
    floor, tiers = 0, list[Tier]()
    for i in range(count):
        deduction = tiers[-1].deduction + floor * (rate - tiers[-1].rate) // RATE_ONE if i else 0
        initial = draw(st.sampled_from((rate, min(RATE_ONE, rate + 10**5), RATE_ONE)))
        tiers.append(Tier(floor, rate, deduction, initial))
        whole = RATE_ONE // step
        floor += whole * draw(scaled(1, (POSITION_VALUE_MAX // count - 1) // whole))
        rate = min(RATE_ONE - 1, rate + draw(st.sampled_from((0, step, 3 * step))))
        if (rate - tiers[-1].rate) % step:
            rate = tiers[-1].rate
    return tiers


rates = scaled(0, RATE_ONE)
signed_rates = st.tuples(rates, st.sampled_from((-1, 1))).map(lambda pair: pair[0] * pair[1])


@st.composite
def index_changes(draw: st.DrawFn, which: Terms) -> int:
    """Funding that can have accrued on an instrument, in millionths per lot, of either sign."""
    return draw(scaled(0, FUNDING_SPAN * which.lot_value_max * FUNDING_ONE)) * draw(st.sampled_from((-1, 1)))


def exact_maintenance(tiers: list[Tier], notional: Fraction) -> Fraction:
    """Tier by tier, each rate on the part of the notional inside its tier."""
    tops = [*(Fraction(tier.floor) for tier in tiers[1:]), max(notional, Fraction(tiers[-1].floor))]
    total = Fraction(0)
    for tier, top in zip(tiers, tops, strict=True):
        total += max(Fraction(0), min(notional, top) - tier.floor) * tier.rate
    return total / RATE_ONE
