"""Contracts of a file as integers over common units: losses by scenario, delta, value, by key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Context, Decimal, localcontext
from typing import Any, NamedTuple

from stoplog.span.contracts import Family, FutureFamily, OptionFamily, Series
from stoplog.span.layout import ClearingOrganisation, FamilyLink

Key = tuple[str | Decimal, ...]
"""("F", product, month), or ("O", product, month, right, strike)."""

FUTURE, OPTION = "F", "O"

Known = dict[tuple[str, str], Any]
"""Families by exchange and number."""

MONTH = 6
"""Characters of a contract month without the day or code behind it."""

SERIES_CODE = "S"
"""A code behind a month that begins so tells series of one month apart; any other is a day or a week."""

PAID_AT_ONCE = "EQTY"

EXACT = Context(prec=200)
"""Holds every product of the numbers of a file."""

ZERO, ONE = Decimal(0), Decimal(1)


def words(key: Key) -> str:
    """A key as it is spoken of.

    >>> words(("O", "BTC", "202609", "C", Decimal("48E+3")))
    'O BTC 202609 C 48000'
    """
    return " ".join(part if isinstance(part, str) else f"{part.normalize():f}" for part in key)


class Contract(NamedTuple):
    """One contract as integers; `price` and `value` are None where the file has no price."""

    key: Key
    exchange: str
    commodity: int
    """Its place among the commodities."""
    period: str
    """Month and day code of the contract itself."""
    month: str
    """The month its delta counts in: of an option on a future that future's."""
    right: str
    """C, P, or empty for a future."""
    paid: bool
    """Whether it is an option that is paid for at once."""
    price: Decimal | None
    losses: tuple[int, ...] = ()
    delta: int = 0
    value: int | None = 0
    """What one contract is worth to its holder, paid for at once; 0 where it is settled daily."""

    @property
    def label(self) -> str:
        """The key in words, the month with its code."""
        return words((*self.key[1:2], self.period, *self.key[3:]))


class _Raw(NamedTuple):
    """A contract before its numbers are counted in units."""

    contract: Contract
    losses: tuple[Decimal, ...]
    delta: Decimal
    value: Decimal | None


def month_of(period: str) -> str:
    """The contract month in which a delta is netted: a code of a series is left out, one of a day or a week is not.

    >>> month_of("201605S1"), month_of("20260630")
    ('201605', '20260630')
    """
    return period[:MONTH] if period[MONTH:].startswith(SERIES_CODE) else period


class Counted(NamedTuple):
    """The contracts of a file: amounts are multiples of 10^-places, deltas of 10^-delta_places."""

    places: int
    delta_places: int
    contracts: tuple[Contract, ...]


def counted(organisation: ClearingOrganisation, known: Known) -> Counted:
    """Every contract that a commodity links, in the commodity's currency, exactly."""
    factors = {(found.source, found.target): found.factor for found in organisation.conversions}
    with localcontext(EXACT):
        raw = [
            made
            for place, commodity in enumerate(organisation.commodities)
            for link in commodity.links
            for made in _linked(link, place, commodity.currency, known, factors)
        ]
        places = _places(number for made in raw for number in (*made.losses, made.value or ZERO))
        delta_places = _places(made.delta for made in raw)
        return Counted(places, delta_places, tuple(_in_units(made, places, delta_places) for made in raw))


def _linked(
    link: FamilyLink, place: int, currency: str, known: Known, factors: dict[tuple[str, str], Decimal]
) -> Iterator[_Raw]:
    family: Family = known[link.exchange, link.family]
    factor = ONE if family.currency == currency else factors[family.currency, currency]
    return _of_family(family, link, place, factor, known)


def _places(numbers: Iterator[Decimal]) -> int:
    """So many decimals that all numbers are whole multiples of the last."""
    return max((-int(number.as_tuple().exponent) for number in numbers), default=0)


def _in_units(made: _Raw, places: int, delta_places: int) -> Contract:
    return made.contract._replace(
        losses=tuple(int(loss.scaleb(places)) for loss in made.losses),
        delta=int(made.delta.scaleb(delta_places)),
        value=None if made.value is None else int(made.value.scaleb(places)),
    )


def by_key(contracts: Iterable[Contract]) -> dict[Key, tuple[Contract, ...]]:
    """By the key with the month alone, with its code, and with the exchange before the product."""
    found: dict[Key, tuple[Contract, ...]] = {}
    for contract in contracts:
        kind, product, month, *rest = contract.key
        for called in (product, f"{contract.exchange}/{product}"):
            for period in dict.fromkeys((month, contract.period)):
                key = (kind, called, period, *rest)
                found[key] = (*found.get(key, ()), contract)
    return found


def _of_family(family: Family, link: FamilyLink, place: int, factor: Decimal, known: Known) -> Iterator[_Raw]:
    if isinstance(family, FutureFamily):
        yield from _futures(family, link, place, factor)
    elif isinstance(family, OptionFamily):
        for series in family.series:
            yield from _options(family, series, link, place, factor, known)


def _futures(family: FutureFamily, link: FamilyLink, place: int, factor: Decimal) -> Iterator[_Raw]:
    for future in family.futures:
        made = Contract(
            key=(FUTURE, family.product, future.period[:MONTH]),
            exchange=link.exchange,
            commodity=place,
            period=future.period,
            month=month_of(future.period),
            right="",
            paid=False,
            price=future.price,
        )
        yield _Raw(made, *_array(future, factor, future.delta_scaling * link.delta_scaling), ZERO)


def _options(
    family: OptionFamily, series: Series, link: FamilyLink, place: int, factor: Decimal, known: Known
) -> Iterator[_Raw]:
    month = _delta_month(series, known)
    paid = family.valuation == PAID_AT_ONCE
    for option in series.options:
        size = series.value_factor if option.value_factor is None else option.value_factor
        worth = None if option.price is None else (option.price * size * factor).normalize()
        made = Contract(
            key=(OPTION, family.product, series.period[:MONTH], option.right, option.strike),
            exchange=link.exchange,
            commodity=place,
            period=series.period,
            month=month,
            right=option.right,
            paid=paid,
            price=option.price,
        )
        array = _array(option, factor, series.delta_scaling * link.delta_scaling)
        yield _Raw(made, *array, worth if paid else ZERO)


def _delta_month(series: Series, known: Known) -> str:
    """The month of the future that a series is on; its own where it is on no future."""
    for underlying in series.underlyings:
        family = known.get((underlying.exchange, underlying.family))
        if isinstance(family, FutureFamily):
            for future in family.futures:
                if future.contract == underlying.contract:
                    return month_of(future.period)
    return month_of(series.period)


def _array(made: Any, factor: Decimal, scaling: Decimal) -> tuple[tuple[Decimal, ...], Decimal]:
    """The losses of a contract's first array in the commodity's currency, and its delta after scaling."""
    array = made.arrays[0]
    losses = array.losses if factor == 1 else tuple(loss * factor for loss in array.losses)
    return losses, array.delta if scaling == 1 else (array.delta * scaling).normalize()
