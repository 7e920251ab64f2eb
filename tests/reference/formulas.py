"""The formulas of docs/rules.md in exact fractions; a division happens once, and rounding is the last step."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, trunc

from reference.state import Compartment, Instrument, Tier
from stoplog.units import FUNDING_ONE, PRICE_MAX, RATE_ONE

INVERSE = 1


def lot_value(instrument: Instrument, price: int) -> Fraction:
    """What one lot is worth at `price`."""
    if instrument.payoff == INVERSE:
        return Fraction(instrument.multiplier, price)
    return Fraction(price * instrument.multiplier)


def value(instrument: Instrument, price: int, size: int) -> Fraction:
    """What a position is worth to its holder, not rounded."""
    return (-size if instrument.payoff == INVERSE else size) * lot_value(instrument, price)


def fill_value(instrument: Instrument, price: int, size: int) -> int:
    """What a fill is booked at, towards zero: rules INS-001 and INS-002."""
    return trunc(value(instrument, price, size))


def notional(instrument: Instrument, price: int, size: int) -> Fraction:
    """The absolute value, not rounded."""
    return abs(value(instrument, price, size))


def trade(instrument: Instrument, size: int, cost: int, fill: int, price: int) -> tuple[int, int, int]:
    """(size, cost, realised) after a fill: rule POS-001."""
    worth = fill_value(instrument, price, fill)
    after = size + fill
    if size * fill >= 0:
        return after, cost + worth, 0
    if size * after > 0:
        released = ceil(Fraction(cost * abs(fill), abs(size)))
        return after, cost - released, -worth - released
    rest = fill_value(instrument, price, after)
    return after, rest, rest - worth - cost


def funding_change(instrument: Instrument, price: int, rate: int) -> int:
    """What a funding adds to the index: rule POS-003."""
    return floor(Fraction(floor(lot_value(instrument, price) * FUNDING_ONE) * rate, RATE_ONE))


def funding_due(size: int, change: int) -> int:
    """What a position owes after the index changed by `change`: rule POS-003."""
    return ceil(Fraction(size * change, FUNDING_ONE))


def tier_of(tiers: Sequence[Tier], worth: Fraction | int) -> Tier:
    """The tier that holds a notional; one equal to a floor belongs to the tier below: rule MRG-001."""
    return [tier for tier in tiers if tier.floor < worth or tier is tiers[0]][-1]


def deduction(tiers: Sequence[Tier], floor_: int, rate: int) -> Fraction:
    """The deduction of a further tier, not rounded: rule MRG-001."""
    if not tiers:
        return Fraction(0)
    return tiers[-1].deduction + Fraction(floor_ * (rate - tiers[-1].rate), RATE_ONE)


def maintenance(tiers: Sequence[Tier], worth: Fraction | int) -> Fraction:
    """Maintenance margin, not rounded, tier by tier: each rate on the part of the notional inside its tier."""
    total = Fraction(0)
    ceilings: list[Fraction | int] = [tier.floor for tier in tiers[1:]]
    ceilings.append(worth)
    for tier, top in zip(tiers, ceilings, strict=True):
        inside = min(top, worth) - tier.floor
        if inside > 0:
            total += inside * tier.rate
    return total / RATE_ONE


def initial(instrument: Instrument, tiers: Sequence[Tier], price: int, size: int, own_rate: int) -> int:
    """Initial margin, rounded up: rule MRG-002."""
    exact = notional(instrument, price, size)
    rate = max(own_rate, tier_of(tiers, exact).initial_rate)
    return ceil(Fraction(ceil(exact) * rate, RATE_ONE))


def maintenance_shown(instrument: Instrument, tiers: Sequence[Tier], price: int, size: int) -> int:
    """Maintenance margin as an amount, rounded up."""
    return ceil(maintenance(tiers, ceil(notional(instrument, price, size))))


def equity(instrument: Instrument, price: int, size: int, cost: int, purse: int) -> int:
    """Rule ISO-003, with a purse after funding."""
    return purse + floor(value(instrument, price, size)) - cost


def breached(instrument: Instrument, tiers: Sequence[Tier], price: int, size: int, cost: int, purse: int) -> bool:
    """Rule LIQ-001, exact, with a purse after funding."""
    worth = value(instrument, price, size)
    return size != 0 and purse + worth - cost < maintenance(tiers, abs(worth))


def owed(instrument: Instrument, compartment: Compartment) -> int:
    """Funding that a compartment owes by now; below zero: it is owed."""
    return funding_due(compartment.size, instrument.funding_index - compartment.funding_index)


def bankruptcy_price(instrument: Instrument, size: int, cost: int, purse: int) -> int:
    """The last whole price, going against the holder, at which equity is not below zero.

    Against a long prices fall: 0 where no price is too low, `PRICE_MAX` + 1 where none within the limits is
    high enough. Against a short they rise: `PRICE_MAX` + 1 where none is too high, 0 where none is low enough.
    """
    capital = purse - cost
    none, every = (PRICE_MAX + 1, 0) if size > 0 else (0, PRICE_MAX + 1)
    if instrument.payoff == INVERSE:
        if size * capital <= 0:
            return none if size > 0 else every
        root = Fraction(size * instrument.multiplier, capital)
    else:
        if size * capital >= 0:
            return every if size > 0 else none
        root = Fraction(-capital, size * instrument.multiplier)
    return min(PRICE_MAX + 1, ceil(root) if size > 0 else floor(root))


def sale_price(instrument: Instrument, size: int) -> int:
    """Where the pool sells at the instrument's mark: rule LIQ-003."""
    slippage = Fraction(instrument.slippage_rate, RATE_ONE)
    if size > 0:
        return max(instrument.price_min, floor(instrument.mark * (1 - slippage)))
    return min(instrument.price_max, ceil(instrument.mark * (1 + slippage)))
