"""Many portfolios at once, over arrays: the same algorithm as `margin`, a step at a time for all of them.

Losses and deltas are added as 64-bit integers, exactly; what is divided is divided in floating point. A file or
quantities beyond 64 bits are refused. Quantities are whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stoplog.span.counting import Contract
from stoplog.span.errors import PositionError
from stoplog.span.parameters import Parameters
from stoplog.span.terms import CommodityTerms, IntraSpread

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

EXACT_END = 2**62
"""Totals below this are added without overflow."""


class Book(NamedTuple):
    """Positions of many portfolios, one row each: the portfolio, the contract by its place, the quantity."""

    portfolios: int
    portfolio: Integers
    contract: Integers
    quantity: Integers


class Margins(NamedTuple):
    """By portfolio, in the currency of the file."""

    maintenance: Floats
    initial: Floats
    net_option_value: Floats


class Held(NamedTuple):
    """What portfolios hold of one commodity, a row for each portfolio that holds any of it."""

    portfolio: Integers
    totals: Integers
    value: Integers
    long_only: npt.NDArray[np.bool_]
    months: Integers
    """Delta by month."""


class Desk:
    """A file's contracts as arrays, for margining many portfolios."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        contracts = {id(made): made for found in parameters.contracts.values() for made in found}
        self.contracts: list[Contract] = list(contracts.values())
        self.places = {place: number for number, place in enumerate(contracts)}
        """The place of a contract, by its identity."""
        self._losses = self._counts([list(made.losses) for made in self.contracts])
        self._delta = self._counts([made.delta for made in self.contracts])
        self._value = self._counts([made.value or 0 for made in self.contracts])
        self._commodity = np.array([made.commodity for made in self.contracts], np.int64)
        self._paid = np.array([made.paid and made.value is not None for made in self.contracts])
        self._right = np.array([made.right for made in self.contracts])
        self._months: list[list[str]] = [[] for _ in parameters.commodities]
        for made in self.contracts:
            self._months[made.commodity].append(made.month)
        self._months = [sorted(set(months)) for months in self._months]
        self._month = np.array([self._months[made.commodity].index(made.month) for made in self.contracts], np.int64)
        self._largest = int(np.abs(self._losses).max(initial=1)) + int(np.abs(self._value).max(initial=1))

    @staticmethod
    def _counts(numbers: list[int] | list[list[int]]) -> Integers:
        try:
            return np.array(numbers, np.int64)
        except OverflowError:
            raise PositionError(None, "the numbers of the file are beyond 64 bits") from None

    def book(self, portfolios: Sequence[Sequence[tuple[Contract, int]]]) -> Book:
        """The positions of portfolios as arrays."""
        rows = [
            (number, self.places[id(contract)], quantity)
            for number, portfolio in enumerate(portfolios)
            for contract, quantity in portfolio
        ]
        table = np.array(rows, np.int64).reshape(-1, 3)
        return Book(len(portfolios), table[:, 0], table[:, 1], table[:, 2])

    def margins(self, book: Book) -> Margins:
        """The margins of all portfolios of a book; `PositionError` where `margin` would refuse one of them."""
        if self._largest * 2 * int(np.abs(book.quantity).sum() or 1) >= EXACT_END:
            raise PositionError(None, "quantities and losses are together beyond 64 bits")
        book = self._netted(book)
        parameters, count = self._parameters, len(self._parameters.commodities)
        deltas = np.zeros((book.portfolios, count))
        risks, requirement, least = np.zeros_like(deltas), np.zeros_like(deltas), np.zeros_like(deltas)
        present = np.zeros((book.portfolios, count), np.bool_)
        value = np.zeros(book.portfolios)
        for place in np.unique(self._commodity[book.contract]):
            terms = parameters.commodities[place]
            if terms.refusal is not None:
                raise PositionError(None, f"{terms.name}: {terms.refusal}")
            held = self._held(book, int(place))
            rows = held.portfolio
            present[rows, place] = True
            scan, risk = self._scan(terms, held)
            requirement[rows, place] = scan + self._months_charged(int(place), terms, held)
            least[rows, place] = self._short_option_minimum(book, int(place), terms)[rows]
            net = held.months.sum(axis=1)
            deltas[rows, place] = net / parameters.delta_unit
            risks[rows, place] = _by_delta(terms, risk, net / parameters.delta_unit)
            value[rows] += held.value / parameters.unit
        self._check_supported(present)
        requirement -= self._credits(deltas, risks, present)
        return self._totals(np.maximum(requirement, least), value)

    def _netted(self, book: Book) -> Book:
        """One row for each portfolio and contract, none that is nothing."""
        size = len(self.contracts)
        keys, inverse = np.unique(book.portfolio * size + book.contract, return_inverse=True)
        quantity = np.zeros(len(keys), np.int64)
        np.add.at(quantity, inverse, book.quantity)
        some = quantity != 0
        return Book(book.portfolios, keys[some] // size, keys[some] % size, quantity[some])

    def _held(self, book: Book, place: int) -> Held:
        own = np.flatnonzero(self._commodity[book.contract] == place)
        portfolio, contract, quantity = book.portfolio[own], book.contract[own], book.quantity[own]
        rows, starts = np.unique(portfolio, return_index=True)
        long_only = self._paid[contract] & (quantity > 0)
        months = np.zeros((len(rows), len(self._months[place])), np.int64)
        np.add.at(months, (np.searchsorted(rows, portfolio), self._month[contract]), quantity * self._delta[contract])
        return Held(
            rows,
            np.add.reduceat(self._losses[contract] * quantity[:, None], starts, axis=0),
            np.add.reduceat(self._value[contract] * quantity, starts),
            np.logical_and.reduceat(long_only, starts),
            months,
        )

    def _scan(self, terms: CommodityTerms, held: Held) -> tuple[Floats, Floats]:
        """Scan risk, and the futures price risk in it."""
        parameters, rows = self._parameters, np.arange(len(held.portfolio))
        active = held.totals.argmax(axis=1)
        largest = held.totals[rows, active]
        paired = held.totals[rows, np.array(parameters.paired)[active]]
        price = np.maximum(largest + paired - held.totals[:, 0] - held.totals[:, 1], 0) / (2 * parameters.unit)
        risk = np.where(held.long_only & (held.value < largest), held.value, largest)
        rounded = _rounded(risk, parameters.unit, terms.exponent) / parameters.unit
        return rounded if parameters.keeps_negative else np.maximum(rounded, 0.0), price

    def _months_charged(self, place: int, terms: CommodityTerms, held: Held) -> Floats:
        """Charges of spreads between months and of months in delivery."""
        months = self._months[place]
        charge = np.zeros(len(held.portfolio))
        kept = held.months / self._parameters.delta_unit
        left = kept.copy()
        for spread in terms.intra:
            for way in (1, -1):
                charge += _form(spread, months, left, way)
        for rate in terms.delivery:
            within = [number for number, month in enumerate(months) if rate.months.holds(month)]
            spread_away = np.abs(kept[:, within] - left[:, within]).sum(axis=1)
            charge += float(rate.spread) * spread_away + float(rate.outright) * np.abs(left[:, within]).sum(axis=1)
        return charge

    def _short_option_minimum(self, book: Book, place: int, terms: CommodityTerms) -> Floats:
        charge = np.zeros(book.portfolios)
        own = (self._commodity[book.contract] == place) & (book.quantity < 0)
        for months, rate in terms.short_option:
            counts = []
            for right in "CP":
                fits = own & (self._right[book.contract] == right)
                if months.first:
                    fits &= np.array([months.holds(self.contracts[number].period) for number in book.contract])
                counts.append(np.bincount(book.portfolio[fits], -book.quantity[fits], book.portfolios))
            charge += float(rate) * (np.maximum(*counts) if terms.short_option_by_greater else counts[0] + counts[1])
        return charge

    def _check_supported(self, present: npt.NDArray[np.bool_]) -> None:
        for spread in self._parameters.unsupported:
            if present[:, sorted(spread.commodities)].all(axis=1).any():
                raise PositionError(None, f"{spread.name} is not supported")

    def _credits(self, deltas: Floats, risks: Floats, present: npt.NDArray[np.bool_]) -> Floats:
        """What spreads between commodities credit to each."""
        left, credited = deltas.copy(), np.zeros_like(deltas)
        for spread in self._parameters.inter:
            places = [leg.commodity for leg in spread.legs]
            rows = np.flatnonzero(present[:, places].all(axis=1))
            if not len(rows):
                continue
            ratios = np.array([float(leg.ratio) for leg in spread.legs])
            sides = np.array([leg.side for leg in spread.legs])
            at = np.ix_(rows, np.array(places))
            for way in (1, -1):
                times = np.maximum((left[at] * (way * sides) / ratios).min(axis=1), 0.0)[:, None]
                credited[at] += times * ratios * risks[at] * float(spread.rate)
                left[at] -= way * sides * times * ratios
        return credited

    def _totals(self, requirement: Floats, value: Floats) -> Margins:
        terms = self._parameters.commodities
        scaled = requirement * np.array([float(part.factors.get(1, 1)) for part in terms])
        if not self._parameters.maintenance_is_base:
            return Margins(scaled.sum(axis=1), requirement.sum(axis=1), value)
        initial = scaled * np.array([float(part.factors.get(2, 1)) for part in terms])
        return Margins(scaled.sum(axis=1), initial.sum(axis=1), value)


def _rounded(counts: Integers, unit: int, exponent: int) -> Integers:
    """Counts of 1 / `unit` to whole multiples of 10^exponent, half away from zero."""
    step, rest = divmod(unit * 10 ** max(exponent, 0), 10 ** max(-exponent, 0))
    if rest:
        return counts  # 10^exponent divides every count: the unit is a power of ten
    rounded: Integers = np.sign(counts) * ((2 * np.abs(counts) + step) // (2 * step) * step)
    return rounded


def _by_delta(terms: CommodityTerms, risk: Floats, net: Floats) -> Floats:
    """Price risk of one delta, 0 without any."""
    weighted = np.divide(risk, np.abs(net), out=np.zeros_like(risk), where=net != 0)
    if terms.scan_range is None or terms.price_risk == "NORMAL":
        return weighted
    limit = np.where(net != 0, float(terms.scan_range), 0.0)
    return np.minimum(weighted, limit) if terms.price_risk == "CAP" else limit


def _form(spread: IntraSpread, months: list[str], left: Floats, way: int) -> Floats:
    """Charge every portfolio for the spreads that its months allow, and take their delta out of `left`."""
    pooled: dict[tuple[tuple[int, ...], int], float] = {}
    for leg in spread.legs:
        within = tuple(number for number, month in enumerate(months) if leg.months.holds(month))
        pooled[within, way * leg.side] = pooled.get((within, way * leg.side), 0.0) + float(leg.ratio)
    pools = [np.maximum(left[:, within] * side, 0.0).sum(axis=1) / ratio for (within, side), ratio in pooled.items()]
    times: Floats = np.minimum.reduce(pools)
    for (within, side), ratio in pooled.items():
        due = times * ratio
        for number in within:
            taken = np.minimum(np.maximum(left[:, number] * side, 0.0), due)
            left[:, number] -= side * taken
            due = due - taken
    return times * float(spread.rate)
