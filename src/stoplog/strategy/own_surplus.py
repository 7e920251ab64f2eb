"""What the engine finds a strategy worth, and what it must hold, at whole prices of the underlying: STG-006.

Marks and arrays are priced at each price by `pricing.vector`, many prices at once, and staged as
`docs/portfolio-compartments.md` does it; from there on everything is integers and the engine's own rules. `bound` is
how far that can be from the same model in binary floats, `steepest` how fast the latter can change with the price.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stoplog.calculator.set_compartment import Compartment
from stoplog.instruments import LINEAR, value_down
from stoplog.margin.scenarios import CALL, at_most_lost, required_by_scenarios
from stoplog.portfolio.of_legs import NAME
from stoplog.pricing.vector.delta_one_arrays import delta_one_arrays
from stoplog.pricing.vector.risk_arrays import Expiries, Integers, Listed, risk_arrays
from stoplog.strategy.in_lots import InLots, LotLeg, NotHeld, by_own_model
from stoplog.units import RATE_ONE, mul_div_up

ROWS = 2**15
"""So many arrays are made at once."""

PRICING_ERROR = Fraction(2, 10**13)
"""Of what a lot is a claim on: five times what ARR-002 allows arrays, which leaves room for a model in floats."""


class Staged(NamedTuple):
    """What is staged at each of some prices: rows are prices, columns legs; of `profits` the third axis scenarios.

    `marks` in price units, `profits` and `charges`, which are the same for all options of a price, in money.
    """

    marks: Integers
    profits: Integers
    charges: Integers


class Standing(NamedTuple):
    """Equity and requirement at each of some prices, in smallest units of money."""

    equity: Integers
    required: Integers

    @property
    def surplus(self) -> Integers:
        """Below zero is liquidated."""
        return self.equity - self.required


def staged(lots: InLots, prices: Integers) -> Staged:
    """Marks, arrays and charges of the legs in their order, priced at each price; `NotHeld` where they cannot be.

    A mark is the value of a lot in price units, the nearest, the even one of two, at least 1.
    """
    count, legs = prices.size, len(lots.legs)
    marks = np.empty((count, legs), np.int64)
    profits = np.empty((count, legs, len(lots.chosen.scenarios)), np.int64)
    places = {kind: [i for i, leg in enumerate(lots.legs) if (leg.strike != 0) == kind] for kind in (True, False)}
    try:
        for is_option, columns in places.items():
            if columns:
                found = (_options if is_option else _delta_one)(lots, prices)
                worth = found.marks.reshape(count, len(columns))
                marks[:, columns] = np.maximum(1, np.rint(worth / lots.multiplier).astype(np.int64))
                profits[:, columns] = found.profits.reshape(count, len(columns), profits.shape[2])
    except (OverflowError, ValueError) as error:
        raise NotHeld(str(error)) from None
    rate = lots.short_option_rate
    charges = _each(mul_div_up, prices * lots.multiplier, rate.numerator, rate.denominator)
    return Staged(marks, profits, charges)


def standing(lots: InLots, prices: Integers) -> Standing:
    """Equity and requirement at each price: PRT-002 to PRT-004."""
    least = lots.least_left()
    at_once = max(1, ROWS // max(1, len(lots.legs)))
    parts = [_standing(lots, prices[i : i + at_once], least) for i in range(0, max(1, prices.size), at_once)]
    return Standing(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def continuous(lots: InLots, held: Compartment) -> Callable[[float], float]:
    """Equity less requirement by price, in the question's own units, of the same model in binary floats.

    The model's own figures (PFM-050 to PFM-052), but that settlement ends at the price limit, as in the engine.
    """
    by_model, equity = by_own_model(held), held.equity()
    money = 10**lots.money_places
    capital, least = lots.capital / money, lots.least_left() / money

    def surplus(price: float) -> float:
        required = by_model.required(price)
        assert required is not None
        parts = {charge.name: charge.amount for charge in required.charges}
        asked = sum(parts.get(f"{NAME}.{name}", 0.0) for name in ("worst_loss", "short_options"))
        worth: Any = equity.value(price)
        return float(worth - at_most_lost(asked, worth - capital, least))  # type: ignore[arg-type]

    return surplus


def bound(lots: InLots, highest: int) -> int:
    """How far the surplus can be from `continuous` at any whole price up to `highest`, in smallest units of money.

    A mark of an option is off by one price unit at most (half of one, half a unit of money before that; and up to a
    whole one where it is worth less than half of one and marked at 1), an entry of an array by half a unit, a charge
    by less than one. The requirement moves by no more than the entries of the worst scenario and the charges; where
    the most that can be lost bounds it, what is left does not depend on the requirement. `PRICING_ERROR` is for floats.
    """
    lots_of = {"options": lots.options, "short": [leg for leg in lots.options if leg.size < 0], "all": lots.legs}
    count = {name: sum(abs(leg.size) for leg in legs) for name, legs in lots_of.items()}
    rounding = count["options"] * lots.multiplier + Fraction(count["all"], 2) + count["short"]
    furthest = 1 + max([0.0, *(scenario.move for scenario in lots.chosen.scenarios)])
    claims = sum(abs(leg.size) * (leg.strike + ceil(highest * furthest)) for leg in lots.legs) * lots.multiplier
    return ceil(rounding + PRICING_ERROR * (claims + abs(lots.capital)))


def steepest(lots: InLots) -> int:
    """How much `continuous` can change with each price unit, in smallest units of money, rounded up.

    An option gains no more than the underlying does. With a move of m that counts by w, a scenario leaves
    (1 − w) · value + w · value at (1 + m) · price.
    """
    counted = ((one.weight, one.move) for one in lots.chosen.scenarios)
    most = max([1.0, *(abs(1.0 - weight) + weight * (1.0 + move) for weight, move in counted)])
    gross = sum(abs(leg.size) for leg in lots.legs)
    charged = sum(-leg.size for leg in lots.options if leg.size < 0) * lots.short_option_rate
    return ceil(lots.multiplier * (gross * Fraction(most) + charged)) + 1


def _standing(lots: InLots, prices: Integers, least: int) -> Standing:
    found = staged(lots, prices)
    sizes = np.array([leg.size for leg in lots.legs], np.int64)
    values = [value_down(LINEAR, lots.multiplier, *column) for column in _columns(found.marks, lots.legs)]
    value = np.sum(np.array(values, np.int64).reshape(len(lots.legs), prices.size), axis=0)
    profits = np.einsum("l,plk->pk", sizes, found.profits)
    loss = np.maximum(0, -profits.min(axis=1, initial=0))
    charge = found.charges * sum(-leg.size for leg in lots.options if leg.size < 0)
    asked = _each(required_by_scenarios, loss, charge, RATE_ONE, RATE_ONE)
    return Standing(lots.capital + value, _each(at_most_lost, asked, value, least))


def _columns(marks: Integers, legs: Sequence[LotLeg]) -> list[tuple[Any, int]]:
    """The marks of each leg, and its size."""
    return [(marks[:, i], leg.size) for i, leg in enumerate(legs)]


def _each(rule: Callable[..., int], *figures: Any) -> Integers:
    """A rule at each entry, on unlimited integers."""
    applied: NDArray[Any] = np.frompyfunc(rule, len(figures), 1)(*figures)
    return applied.astype(np.int64)


def _options(lots: InLots, prices: Integers) -> Any:
    """Arrays of the options, those of a price behind each other."""
    options = lots.options
    years = sorted({leg.years for leg in options})
    numbers = np.array([years.index(leg.years) for leg in options])
    columns = [np.array([getattr(leg, name) for leg in options], np.float64) for name in ("strike", "volatility")]
    calls = np.array([leg.right == CALL for leg in options])
    expiries = Expiries(np.repeat(prices.astype(np.float64), len(years)), np.tile(years, prices.size))
    at = (np.arange(prices.size)[:, None] * len(years) + numbers).reshape(-1)
    strikes, volatilities, sides = (np.tile(column, prices.size) for column in (*columns, calls))
    listed = Listed(at, strikes, volatilities, sides, lots.multiplier)
    return risk_arrays(lots.chosen, expiries, listed)


def _delta_one(lots: InLots, prices: Integers) -> Any:
    """Arrays of perpetuals and futures, those of a price behind each other."""
    forwards = np.repeat(prices.astype(np.float64), len(lots.delta_one))
    return delta_one_arrays(lots.chosen, forwards, lots.multiplier)
