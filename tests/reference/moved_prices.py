"""By what price a mark of its underlying moves what follows it: rule PRT-009, in exact fractions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

from reference.formulas import largest_lot_value
from reference.rights import CALL, NO_RIGHT
from reference.state import Instrument, Risk, State

STEEPEST = 4
"""What a line adds to what holds at its lower price is held within so many times the largest lot value."""

Point = tuple[int, int]
"""(a price of the underlying, g there)."""


def moves(state: State, underlying: int) -> bool:
    """Whether a mark of an underlying moves what follows it: it has an axis and a mark."""
    return bool(state.risk[underlying].axis) and state.instruments[underlying].mark > 0


def moved_price(state: State, number: int, size: int) -> int:
    """What an instrument counts at for who is long (a size above zero) or short; the mark of its array if unmoved."""
    instrument, risk = state.instruments[number], state.risk[number]
    underlying = instrument.underlying
    if risk.settled or not moves(state, underlying):
        return risk.mark
    mark = state.instruments[underlying].mark
    if number == underlying:
        return mark
    rounded: Callable[[Fraction], int] = floor if size > 0 else ceil
    if instrument.right == NO_RIGHT:
        price = rounded(Fraction(risk.mark * mark, state.risk[underlying].axis_mark))
        return max(instrument.price_min, min(instrument.price_max, price))
    points = points_of(state.risk[underlying], risk)
    price = moved_long(instrument, risk, points, mark) if size > 0 else moved_short(instrument, risk, points, mark)
    return max(0, min(instrument.price_max, price))


def points_of(shared: Risk, risk: Risk) -> list[Point]:
    """What an array says of each price of the axis, ascending; 0 at the mark that the axis came with."""
    return [(price, 0 if scenario < 0 else risk.array[scenario]) for price, scenario in shared.axis]


def moved_long(instrument: Instrument, risk: Risk, points: list[Point], mark: int) -> int:
    """An option's moved price for who is long, before it is held within limits."""
    inside = points[0][0] <= mark <= points[-1][0]
    gained = between(instrument, points, mark)[0] if inside else beyond(instrument, points, mark)[0]
    return risk.mark + floor(Fraction(floor(gained), instrument.multiplier))


def moved_short(instrument: Instrument, risk: Risk, points: list[Point], mark: int) -> int:
    """Likewise for who is short."""
    if points[0][0] <= mark <= points[-1][0]:
        gained = between(instrument, points, mark)[1]
        return risk.mark + ceil(Fraction(ceil(gained), instrument.multiplier))
    extended, there, end = beyond(instrument, points, mark)
    by_line = ceil(Fraction(ceil(extended), instrument.multiplier))
    by_right = ceil(Fraction(there, instrument.multiplier)) + most_risen(instrument, end, mark)
    return risk.mark + max(by_line, by_right)


def most_risen(instrument: Instrument, end: int, mark: int) -> int:
    """By how much its price can rise at most beyond the last price of the axis: s."""
    if (instrument.right == CALL) == (mark < end):
        return 0
    apart = abs(mark - end)
    if instrument.coin_units:
        risen = ceil(Fraction(instrument.coin_units * instrument.strike * apart, mark * end))
        return min(instrument.price_max, risen)
    return apart


def between(instrument: Instrument, points: list[Point], mark: int) -> tuple[Fraction, Fraction]:
    """(g of who is long, g of who is short) within the axis."""
    known = dict(points)
    if mark in known:
        return Fraction(known[mark]), Fraction(known[mark])
    above = next(i for i, (price, _) in enumerate(points) if price > mark)
    chord = line(instrument, points[above - 1], points[above], mark)
    outer = []
    if above >= 2:
        outer.append(line(instrument, points[above - 2], points[above - 1], mark))
    if above + 1 < len(points):
        outer.append(line(instrument, points[above], points[above + 1], mark))
    return min(chord, max(outer)), max(chord, min(outer))


def beyond(instrument: Instrument, points: list[Point], mark: int) -> tuple[Fraction, int, int]:
    """(what the last line gives, what holds at the last price, that price) outside the axis."""
    if mark < points[0][0]:
        return line(instrument, points[0], points[1], mark), points[0][1], points[0][0]
    return line(instrument, points[-2], points[-1], mark), points[-1][1], points[-1][0]


def line(instrument: Instrument, lower: Point, higher: Point, mark: int) -> Fraction:
    """The line through two points at a mark: what it adds to the lower one's g is held."""
    at = [Fraction(1, price) if instrument.coin_units else Fraction(price) for price in (lower[0], higher[0], mark)]
    added = (higher[1] - lower[1]) * (at[2] - at[0]) / (at[1] - at[0])
    terms = (instrument.payoff, instrument.multiplier, instrument.price_min, instrument.price_max)
    most = STEEPEST * largest_lot_value(*terms)
    return lower[1] + max(Fraction(-most), min(Fraction(most), added))
