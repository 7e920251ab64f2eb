"""A strategy as the engine holds it: lots, price units and smallest units of money, all whole: STG-006.

Units are chosen, since a question names none: prices have seven significant digits of the mark or more, a lot is so
small that a price unit of it is worth a hundred of money's smallest units where money has six decimals, and everything
that the question states is a whole number of units. The price limit is as far as `liquidation_set` looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from msgspec import UNSET

from stoplog.calculator.portfolio_margin import model_of, model_parameters
from stoplog.calculator.set_compartment import Compartment
from stoplog.instruments import LINEAR, fill_value, in_budget
from stoplog.margin.scenarios import CALL, NO_RIGHT, PUT, Claim, least_left
from stoplog.portfolio import own
from stoplog.portfolio.equity_curve import Leg
from stoplog.portfolio.scanned import DOUBLINGS
from stoplog.pricing.scenarios import ScenarioSet
from stoplog.records import SCENARIOS
from stoplog.units import POSITION_VALUE_MAX, PRICE_MAX, PURSE_MAX

MONEY_PLACES, PLACES_MOST = 6, 18
"""Decimals of the money that it settles in, at least and at most."""

DIGITS = 7
"""Significant digits of the mark that a price has, at least."""

FINE_PLACES = 2
"""One price unit of one lot is 10^−(this) of money's unit at six decimals where sizes allow it."""

RIGHTS = {"perpetual": NO_RIGHT, "future": NO_RIGHT, "call": CALL, "put": PUT}


class NotHeld(ValueError):
    """Why the engine does not hold a compartment, in words that follow a colon."""


@dataclass(frozen=True, slots=True)
class LotLeg:
    """A leg in lots, short below zero; `strike` in price units, `expiry` a number for each time left, 0 for none."""

    size: int
    right: int
    strike: int
    expiry: int
    years: float
    volatility: float


@dataclass(frozen=True, slots=True)
class InLots:
    """A compartment in whole units; each leg is an instrument of its own, as LSET-004 margins it.

    `capital` is the purse less all costs, in smallest units of money; `multiplier` what a price unit of a lot is worth.
    """

    price_places: int
    lot_places: int
    money_places: int
    multiplier: int
    price_max: int
    mark: Fraction
    capital: int
    legs: Sequence[LotLeg]
    chosen: ScenarioSet
    short_option_rate: Fraction

    @property
    def options(self) -> list[LotLeg]:
        """The legs with a strike."""
        return [leg for leg in self.legs if leg.right != NO_RIGHT]

    @property
    def delta_one(self) -> list[LotLeg]:
        """Perpetuals and futures."""
        return [leg for leg in self.legs if leg.right == NO_RIGHT]

    def least_left(self) -> int:
        """What is left of the legs at the worst settlement, each expiry for itself: F of PRT-004."""
        claims = [Claim(leg.size * self.multiplier, leg.right, leg.strike, leg.expiry) for leg in self.legs]
        return least_left(claims, self.price_max)


def by_own_model(held: Compartment) -> Compartment:
    """The compartment margined by Stoplog's own model, whose scenarios the engine holds; `NotHeld` under another."""
    model = model_of(own.MODEL)
    if held.model is None:
        return replace(held, model=model, parameters=model_parameters(UNSET, own.MODEL))
    if held.model != model:
        raise NotHeld("its model asks for more than a worst scenario and a charge for each lot short")
    return held


def in_lots(held: Compartment) -> InLots:
    """The compartment in units of the engine; `NotHeld` where none fit its limits or it has another model."""
    parameters = by_own_model(held).parameters
    assert isinstance(parameters, own.Parameters)
    chosen = own.scenario_set(parameters)
    if len(chosen.scenarios) > SCENARIOS:
        raise NotHeld(f"{len(chosen.scenarios)} scenarios, and an array has {SCENARIOS}")
    price_places = max(places(each for leg in held.legs for each in (leg.strike, leg.entry)), _shown(held.mark))
    sizes = places(leg.size for leg in held.legs)
    lot_places = max(sizes, MONEY_PLACES - FINE_PLACES - price_places)
    money_places = max(MONEY_PLACES, price_places + lot_places, places([held.margin]))
    if money_places > PLACES_MOST:
        raise NotHeld(f"money would need {money_places} decimals, and has {PLACES_MOST} at most")
    price_one, lot_one = 10**price_places, 10**lot_places
    multiplier = 10 ** (money_places - price_places - lot_places)
    times = sorted({leg.years for leg in held.legs if leg.kind != "perpetual"})
    costs = sum(
        fill_value(LINEAR, multiplier, int(leg.entry * price_one), int(leg.size * lot_one)) for leg in held.legs
    )
    return _checked(
        InLots(
            price_places,
            lot_places,
            money_places,
            multiplier,
            _price_limit(held, price_one),
            held.mark * price_one,
            int(held.margin * 10**money_places) - costs,
            [_in_lots(leg, times, price_one, lot_one) for leg in held.legs],
            chosen,
            Fraction(str(parameters.short_option_rate)),
        )
    )


def places(numbers: Iterable[Fraction]) -> int:
    """The fewest decimals in which all numbers can be written; 0 of none.

    >>> places([Fraction(1, 4), Fraction(3)])
    2
    """
    found = 0
    for number in numbers:
        while (number * 10**found).denominator != 1:
            found += 1
    return found


def _shown(mark: Fraction) -> int:
    """The decimals in which a price has `DIGITS` significant digits of the mark, 2 at least."""
    found = 2
    while mark * 10**found < 10 ** (DIGITS - 1) and found < PLACES_MOST:
        found += 1
    return found


def _price_limit(held: Compartment, price_one: int) -> int:
    highest: Fraction = max([held.mark * 2**DOUBLINGS, *(2 * leg.strike for leg in held.legs)])
    return ceil(highest * price_one)


def _in_lots(leg: Leg, times: Sequence[float], price_one: int, lot_one: int) -> LotLeg:
    expiry = 0 if leg.kind == "perpetual" else times.index(leg.years) + 1
    size, strike = int(leg.size * lot_one), int(leg.strike * price_one)
    return LotLeg(size, RIGHTS[leg.kind], strike, expiry, leg.years, leg.volatility)


def _checked(lots: InLots) -> InLots:
    """The same; `NotHeld` where it is beyond the bit budget."""
    if lots.price_max > PRICE_MAX:
        raise NotHeld(f"prices up to {lots.price_max:,} units, and {PRICE_MAX:,} is the most")
    for leg in lots.legs:
        if not in_budget(LINEAR, lots.multiplier, 1, lots.price_max, abs(leg.size)):
            raise NotHeld(f"a leg of {abs(leg.size):,} lots, at prices up to {lots.price_max:,}, is beyond its budget")
    gross = sum(abs(leg.size) for leg in lots.legs) * lots.multiplier * lots.price_max
    if gross > POSITION_VALUE_MAX or abs(lots.capital) > PURSE_MAX:
        raise NotHeld("its legs or its margin are beyond the bit budget")
    return lots
