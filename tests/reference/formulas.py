"""The formulas of docs/rules.md in exact fractions; a division happens once, and rounding is the last step."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, trunc

from reference.state import Compartment, Instrument, Tier, TierTable
from stoplog.units import FUNDING_ONE, PRICE_MAX, RATE_ONE

INVERSE = 1
STEP, RAMP = 1, 2
AT_ENTRY = 1
FEE_IN_RATE, FEE_RESERVED = 1, 2
RAMP_UNIT = 10**12


def lot_value(instrument: Instrument, price: int) -> Fraction:
    """What one lot is worth at `price`."""
    if instrument.payoff == INVERSE:
        return Fraction(instrument.multiplier, price)
    return Fraction(price * instrument.multiplier)


def largest_lot_value(payoff: int, multiplier: int, price_min: int, price_max: int) -> int:
    """The largest value of one lot within the price limits, rounded up."""
    if payoff == INVERSE:
        return ceil(Fraction(multiplier, price_min))
    return multiplier * price_max


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


def rising(rate: int, tier: Tier, worth: Fraction | int) -> int:
    """A rate under the rule ramp, as it is shown: rounded up, and risen by 2 at most."""
    return rate + min(2 * RATE_ONE, ceil(Fraction(tier.slope) * (worth - tier.floor) / RAMP_UNIT))


def maintenance_amount(tiers: TierTable, worth: int) -> int:
    """Maintenance margin of a whole notional, rounded up: rules MRG-001, POL-001 and POL-002."""
    tier = tier_of(tiers, worth)
    if tiers.rule == RAMP:
        return ceil(Fraction(worth * rising(tier.rate, tier, worth), RATE_ONE))
    return ceil(maintenance(tiers, worth))


def maintenance(tiers: TierTable, worth: Fraction | int) -> Fraction:
    """Maintenance margin, not rounded. Marginal: each rate on the part of the notional inside its tier."""
    if tiers.rule in (STEP, RAMP):
        tier = tier_of(tiers, worth)
        rate = tier.rate + Fraction(tier.slope) * (worth - tier.floor) / RAMP_UNIT
        return Fraction(worth) * rate / RATE_ONE
    total = Fraction(0)
    ceilings: list[Fraction | int] = [tier.floor for tier in tiers[1:]]
    ceilings.append(worth)
    for tier, top in zip(tiers, ceilings, strict=True):
        inside = min(top, worth) - tier.floor
        if inside > 0:
            total += inside * tier.rate
    return total / RATE_ONE


def fee_in_rate(instrument: Instrument) -> int:
    """What closing adds to the rate: rule POL-004."""
    return instrument.close_fee_rate if instrument.close_fee == FEE_IN_RATE else 0


def is_plain(instrument: Instrument, tiers: TierTable) -> bool:
    """Marginal, at the mark, no fee."""
    return tiers.rule == 0 and instrument.maintenance_at == 0 and instrument.close_fee == 0


def initial(instrument: Instrument, tiers: TierTable, price: int, size: int, cost: int, own_rate: int) -> int:
    """Initial margin, rounded up: rules MRG-002 and POL-005."""
    exact = notional(instrument, price, size)
    tier = tier_of(tiers, exact)
    rate = rising(tier.initial_rate, tier, ceil(exact)) if tiers.rule == RAMP else tier.initial_rate
    asked = ceil(Fraction(ceil(exact) * max(own_rate, rate), RATE_ONE))
    if is_plain(instrument, tiers):
        return asked
    return max(asked, maintenance_shown(instrument, tiers, price, size, cost))


def maintenance_shown(instrument: Instrument, tiers: TierTable, price: int, size: int, cost: int) -> int:
    """Maintenance margin as an amount, rounded up."""
    whole, fee = ceil(notional(instrument, price, size)), fee_in_rate(instrument)
    if instrument.maintenance_at == AT_ENTRY:
        return maintenance_amount(tiers, abs(cost)) + ceil(Fraction(whole * fee, RATE_ONE))
    tier = tier_of(tiers, notional(instrument, price, size))
    if tiers.rule == 0:
        return ceil(maintenance(tiers, whole) + Fraction(whole * fee, RATE_ONE))
    rate = rising(tier.rate, tier, whole) if tiers.rule == RAMP else tier.rate
    return ceil(Fraction(whole * (rate + fee), RATE_ONE))


def reserve(instrument: Instrument, size: int, cost: int, purse: int) -> int:
    """What is set aside for closing: rule POL-004."""
    if instrument.close_fee != FEE_RESERVED:
        return 0
    side = 1 if (size > 0) != (instrument.payoff == INVERSE) else -1
    rate = Fraction(instrument.close_fee_rate, RATE_ONE)
    return ceil(max(Fraction(0), -side * (purse - cost) * rate / (1 - side * rate)))


def opening_equity(instrument: Instrument, price: int, size: int, cost: int, purse: int) -> int:
    """Equity less the reserve: what initial margin is compared with."""
    return equity(instrument, price, size, cost, purse) - reserve(instrument, size, cost, purse)


def staying(instrument: Instrument, tiers: TierTable, held: Compartment) -> int:
    """What must stay when margin leaves: rules MRG-003 and MRG-004."""
    if held.size == 0:
        return held.order_margin
    whole = ceil(notional(instrument, instrument.mark, held.size))
    floor_ = ceil(Fraction(whole * instrument.removal_floor_rate, RATE_ONE))
    asked = initial(instrument, tiers, instrument.mark, held.size, held.cost, held.own_rate)
    return max(floor_, asked) + held.order_margin


def stays(instrument: Instrument, tiers: TierTable, held: Compartment, purse: int) -> bool:
    """Whether a compartment with this purse covers what must stay, and is not breached."""
    mark, size, cost = instrument.mark, held.size, held.cost
    if size == 0:
        return purse >= held.order_margin
    if opening_equity(instrument, mark, size, cost, purse) < staying(instrument, tiers, held):
        return False
    return not breached(instrument, tiers, mark, size, cost, purse)


def equity(instrument: Instrument, price: int, size: int, cost: int, purse: int) -> int:
    """Rule ISO-003, with a purse after funding."""
    return purse + floor(value(instrument, price, size)) - cost


def breached(instrument: Instrument, tiers: TierTable, price: int, size: int, cost: int, purse: int) -> bool:
    """Rule LIQ-001, exact, with a purse after funding; rules POL-001 to POL-004."""
    if size == 0:
        return False
    worth = value(instrument, price, size)
    if instrument.maintenance_at == AT_ENTRY:
        needed = Fraction(maintenance_amount(tiers, abs(cost)))
    else:
        needed = maintenance(tiers, abs(worth))
    needed += abs(worth) * Fraction(fee_in_rate(instrument), RATE_ONE)
    return purse - reserve(instrument, size, cost, purse) + worth - cost < needed


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
