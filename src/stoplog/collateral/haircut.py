"""The parts put together: what collateral counts for, for what is there and for what would be new.

Each part takes its rate of what the parts before it left, rounded up to a whole unit, so that the parts add up to the
haircut exactly, whatever is left is never below zero, and no part makes up for another. The one exception: size and
concentration both say how long selling takes, and concentration takes only what it asks for beyond size.

What is there counts by its base, its size and its own wrong way: `counted_staying` knows nothing else, so that nobody
else can change it. Opening, withdrawing and new deposits count by all parts.
"""

from __future__ import annotations

from typing import NamedTuple

from stoplog.collateral.parts import concentration_cut, depeg_cut, size_cut, wrong_way_cut
from stoplog.collateral.terms import Terms
from stoplog.units import mul_div_down

BASE, SIZE, CONCENTRATION, WRONG_WAY, REGIME, DEPEG = (
    "base",
    "size",
    "concentration",
    "wrong_way",
    "regime",
    "depeg",
)


class Holding(NamedTuple):
    """What one compartment holds of an asset: `price` is the value of a whole coin.

    `exposure` is what its own positions lose with the asset (`parts.wrong_way_exposure`).
    """

    amount: int
    price: int
    exposure: int = 0


class Surroundings(NamedTuple):
    """What is not the holder's: `pool` is the amount that all have deposited, the holder's own included.

    `regime` is the cut in force (`stoplog.collateral.regime`).
    """

    pool: int
    regime: int


class Part(NamedTuple):
    """A part by its name: the rate that it asks for, and the value that it takes."""

    name: str
    rate: int
    taken: int


class Counted(NamedTuple):
    """A holding's `value` before the haircut, what counts of it, and what each part took in the stated order."""

    value: int
    counts: int
    parts: tuple[Part, ...]


def market_value(terms: Terms, holding: Holding) -> int:
    """The value of a holding, rounded down: rule COL-001. A stable asset is worth no more than par; a debt is above."""
    price = holding.price
    if terms.depeg is not None and holding.amount > 0:
        price = min(price, terms.depeg.par)
    return mul_div_down(holding.amount, price, terms.unit)


def counted_staying(terms: Terms, holding: Holding, one: int) -> Counted:
    """What a holding counts for in the maintenance of what is there: rule COL-007. A debt counts in full."""
    value = market_value(terms, holding)
    if value <= 0:
        return Counted(value, value, ())
    return _taken(value, _staying_rates(terms, holding, value, one), one)


def counted_opening(terms: Terms, holding: Holding, around: Surroundings, one: int) -> Counted:
    """What a holding counts for in opening, withdrawing and new deposits: rule COL-007; at most what stays."""
    value = market_value(terms, holding)
    if value <= 0:
        return Counted(value, value, ())
    base, size, wrong_way = _staying_rates(terms, holding, value, one)
    rates = [
        base,
        size,
        (CONCENTRATION, concentration_cut(around.pool, terms.concentration_start, one)),
        wrong_way,
        (REGIME, around.regime),
    ]
    if terms.depeg is not None:
        rates.append((DEPEG, depeg_cut(holding.price, *terms.depeg, one)))
    return _taken(value, rates, one)


def opening_rate(terms: Terms, price: int, around: Surroundings, one: int) -> int:
    """The haircut for opening that is the same for all holders of an asset, a rate rounded up: rule COL-011.

    The parts but for the holder's own, which are size and wrong way, put together as `counted_opening` does.
    """
    rates = [
        (BASE, terms.base),
        (SIZE, 0),
        (CONCENTRATION, concentration_cut(around.pool, terms.concentration_start, one)),
        (REGIME, around.regime),
    ]
    if terms.depeg is not None:
        rates.append((DEPEG, depeg_cut(price, *terms.depeg, one)))
    return one - _taken(one, rates, one).counts


def deposit_room(terms: Terms, pool: int) -> int:
    """How much more of an asset may be deposited where all have deposited `pool`: rule COL-008."""
    return max(0, terms.cap - pool)


def _staying_rates(terms: Terms, holding: Holding, value: int, one: int) -> list[tuple[str, int]]:
    return [
        (BASE, terms.base),
        (SIZE, size_cut(holding.amount, terms.sellable, terms.size_factor, one)),
        (WRONG_WAY, wrong_way_cut(holding.exposure, value, terms.wrong_way, one)),
    ]


def _taken(value: int, rates: list[tuple[str, int]], one: int) -> Counted:
    """Each rate of what the ones before it left, of a value above zero."""
    left = before_size = value
    parts = []
    for name, rate in rates:
        if name == SIZE:
            before_size = left
        of = before_size if name == CONCENTRATION else left
        rest = min(left, mul_div_down(of, one - rate, one))
        parts.append(Part(name, rate, left - rest))
        left = rest
    return Counted(value, left, tuple(parts))
