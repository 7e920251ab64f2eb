"""From decimal prices to counts: price unit, lot and multiplier of a replayed instrument.

The price unit is the one that the data's own decimals need, as long as the largest price stays below
5·10⁷ units; finer data are rounded to the nearest unit. The multiplier is a power of ten, so that a lot is
a power of ten of the coin: as large as keeps a lot at one unit of the asset or less, and at least 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from stoplog.instruments import LINEAR, in_budget
from stoplog.simulation.bars import Bars
from stoplog.simulation.inputs import BadInput
from stoplog.units import POSITION_VALUE_MAX, PRICE_MAX, SIZE_MAX, Unit

LARGEST_COUNT = 5 * 10**7
DECIMALS_MOST = 12
HEADROOM = 4
"""The instrument takes prices up to this many times the largest one of the data."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear instrument's units: multiplier, limits, and decimals (of the lot: below zero for whole tens)."""

    price_decimals: int
    lot_decimals: int
    asset_decimals: int
    multiplier: int
    price_max: int
    position_limit: int
    rounded: bool

    @property
    def price_unit(self) -> Unit:
        """One count of price, in the quote currency."""
        return Unit(Decimal(1).scaleb(-self.price_decimals))

    @property
    def lot(self) -> Unit:
        """One lot, in coins."""
        return Unit(Decimal(1).scaleb(-self.lot_decimals))

    @property
    def money(self) -> Unit:
        """One count of money, in the asset."""
        return Unit(Decimal(1).scaleb(-self.asset_decimals))

    def count(self, prices: NDArray[np.float64]) -> NDArray[np.int64]:
        """Prices as counts, to the nearest unit."""
        return np.rint(prices * 10.0**self.price_decimals).astype(np.int64)


def choose_scale(bars: Bars, asset_decimals: int) -> Scale:
    """The units for these prices; `BadInput` where the smallest price is below one unit."""
    columns = (bars.open, bars.high, bars.low, bars.close)
    largest = max(float(column.max()) for column in columns)
    smallest = min(float(column.min()) for column in columns)
    own = max(_decimals(column) for column in columns)
    finest = int(np.floor(np.log10(LARGEST_COUNT / largest)))
    decimals = min(own, finest)
    units = round(largest * 10**decimals)
    if smallest * 10**decimals < 1:
        reason = f"prices from {smallest:g} to {largest:g} are too far apart for one price unit; replay a part of them"
        raise BadInput(reason, field="close")
    exponent = max(0, asset_decimals - len(str(units)))
    multiplier = 10**exponent
    price_max = min(PRICE_MAX, HEADROOM * units)
    limit = min(SIZE_MAX, POSITION_VALUE_MAX // (price_max * multiplier))
    assert in_budget(LINEAR, multiplier, 1, price_max, limit), "the units chosen are inside the bit budget"
    return Scale(
        decimals, asset_decimals - decimals - exponent, asset_decimals, multiplier, price_max, limit, own > finest
    )


def _decimals(prices: NDArray[np.float64]) -> int:
    for decimals in range(DECIMALS_MOST + 1):
        power = 10.0**decimals
        if np.array_equal(np.rint(prices * power) / power, prices):
            return decimals
    return DECIMALS_MOST
