"""What positions margined by scenarios are worth and must hold: rules PRT-001 to PRT-004, PRT-008 and PRT-010.

Everything here is asked of the positions of one cross compartment that settle in one asset.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from reference.formulas import value
from reference.moved_prices import moved_price
from reference.rights import CALL, NO_RIGHT, PUT
from reference.state import Compartment, Instrument, State
from stoplog.units import RATE_ONE

LINEAR = 0
MARK_PART = 10


def exercised(instrument: Instrument, price: int) -> int:
    """What an instrument is worth per unit where its underlying settles at `price`: rule PRT-001."""
    gains = {CALL: price - instrument.strike, PUT: instrument.strike - price}
    return max(0, gains[instrument.right]) if instrument.right in gains else price


def settled_at(instrument: Instrument, price: int) -> int:
    """The price at which it settles then: rule PRT-001; without a right within its own limits."""
    if instrument.right == NO_RIGHT:
        return max(instrument.price_min, min(instrument.price_max, price))
    gained = Fraction(exercised(instrument, price))
    if instrument.coin_units:
        gained = gained * instrument.coin_units / price
    return min(floor(gained), instrument.price_max)


def parts_of(scenarios: int) -> set[int]:
    """The parts that an array of so many scenarios consists of: four scenarios each, and its mark."""
    return {scenario // 4 for scenario in range(scenarios)} | {MARK_PART}


def is_whole(state: State, number: int) -> bool:
    """Whether the array of an instrument is known as far as its underlying has scenarios and an axis: rule PRT-005."""
    shared = state.risk[state.instruments[number].underlying]
    return shared.scenarios > 0 and parts_of(shared.scenarios) | shared.axis_parts <= state.risk[number].known


def value_at_array(state: State, held: Compartment) -> int:
    """What a position is worth at the mark of its array."""
    instrument = state.instruments[held.instrument]
    return floor(value(instrument, state.risk[held.instrument].mark, held.size)) if held.size else 0


def value_moved(state: State, held: Compartment) -> int:
    """Likewise where a mark of its underlying has moved it: rule PRT-009."""
    if held.size == 0:
        return 0
    return floor(value(state.instruments[held.instrument], moved_price(state, held.instrument, held.size), held.size))


def value_at_mark(state: State, held: Compartment) -> int:
    """At the mark of its instrument, where that has one: rule PRT-008."""
    instrument = state.instruments[held.instrument]
    if instrument.mark == 0:
        return value_moved(state, held)
    return floor(value(instrument, instrument.mark, held.size)) if held.size else 0


def by_underlying(state: State, positions: Sequence[Compartment]) -> dict[int, list[Compartment]]:
    """Those with a size, by the underlying of their instruments."""
    found: dict[int, list[Compartment]] = {}
    for held in positions:
        if held.size:
            found.setdefault(state.instruments[held.instrument].underlying, []).append(held)
    return found


def required(state: State, positions: Sequence[Compartment], opening: bool) -> int:
    """What these positions must hold, underlying by underlying."""
    legs = by_underlying(state, positions)
    return sum(required_on(state, underlying, held, opening) for underlying, held in legs.items())


def kept(state: State, positions: Sequence[Compartment]) -> int:
    """What they count for, to stay, beyond what they are worth at moved prices: rule PRT-010."""
    total = 0
    for underlying, legs in by_underlying(state, positions).items():
        left = left_at_worst(state, underlying, legs)
        if left is not None:
            before = sum(value_at_array(state, held) for held in legs)
            total += max(0, min(left, before) - sum(value_moved(state, held) for held in legs))
    return total


def required_on(state: State, underlying: int, legs: list[Compartment], opening: bool) -> int:
    """The worst scenario and the charge, with a factor to open, but at most what can be lost."""
    factor = Fraction(state.risk[underlying].initial_factor, RATE_ONE) if opening else Fraction(1)
    asked = ceil((worst_loss(state, underlying, legs) + charge(state, legs)) * factor)
    most = most_lost(state, underlying, legs)
    return asked if most is None else min(asked, most)


def worst_loss(state: State, underlying: int, legs: list[Compartment]) -> int:
    """Rule PRT-002."""
    profits = [
        sum(held.size * state.risk[held.instrument].array[scenario] for held in legs)
        for scenario in range(state.risk[underlying].scenarios)
    ]
    return max(0, -min(profits, default=0))


def charge(state: State, legs: list[Compartment]) -> int:
    """Rule PRT-003."""
    return sum(-held.size * state.risk[held.instrument].charge for held in legs if held.size < 0)


def most_lost(state: State, underlying: int, legs: list[Compartment]) -> int | None:
    """Rule PRT-004; None where there is no bound."""
    left = left_at_worst(state, underlying, legs)
    return None if left is None else max(0, sum(value_moved(state, held) for held in legs) - left)


def left_at_worst(state: State, underlying: int, legs: list[Compartment]) -> int | None:
    """F of rule PRT-004; None where strikes bound nothing."""
    terms = [state.instruments[held.instrument] for held in legs]
    highest = state.instruments[underlying].price_max
    if any(t.payoff != LINEAR or t.coin_units or t.price_max != highest for t in terms):
        return None
    left = 0
    for expiry in {t.expiry_time for t in terms}:
        group = [(held.size, t) for held, t in zip(legs, terms, strict=True) if t.expiry_time == expiry]
        kinks = {0, highest} | {t.strike for _, t in group if t.right != NO_RIGHT}
        left += min(sum(size * t.multiplier * exercised(t, price) for size, t in group) for price in kinks)
    return left
