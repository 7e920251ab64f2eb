"""Where a curve is below zero: exact where it consists of lines, certain between its points where it does not.

Between two strikes the time value of an option is convex in the price, so that the curve is a line, plus a convex
function (the long options), less a convex function (the short ones). Over an interval a convex function lies under
its chord and over its tangents: that bounds the curve from both sides, and its slope, by values at the two ends
alone. An interval is left when the bounds have one sign, or the slope has; else it is halved. So no interval below zero
is passed over, down to a width of `FINEST` of the price and the rounding of binary floats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import exp, sqrt
from typing import NamedTuple

from stoplog.portfolio.equity_curve import ZERO, Curve, Line, TimeValue
from stoplog.pricing.black import time_value
from stoplog.pricing.normal import log_ratio, tail

FINEST = 1e-13
"""Intervals are not halved below this share of the price."""

DEVIATIONS = 30.0
"""So many standard deviations from its strike the slope of a time value is less than 1e-190."""

EXPONENT_END = 690.0
"""exp of more is no float."""

LARGEST = 1e290
"""No price beyond this one, or below one over it, is looked at."""

POINTS_MAX = 150_000
"""So many points are looked at before a curve counts as zero within rounding."""

Price = Fraction | float

Interval = tuple[Price | None, Price | None]
"""Two prices between which a curve is below zero; None where it has no end."""


class TooFlat(ArithmeticError):
    """A curve that is zero within rounding over so wide a range that its sign cannot be told."""


def below_zero(curve: Curve) -> list[Interval]:
    """The intervals of prices above 0 in which the curve is below zero, ascending.

    Prices are fractions where the curve consists of lines alone. `TooFlat` where the sign is lost in rounding.
    """
    if not curve.time_values:
        return _of_lines(curve.lines)
    starts_below, changes = _changes(curve)
    return between(changes, starts_below=starts_below)


def _of_lines(lines: Sequence[Line]) -> list[Interval]:
    found: list[tuple[Fraction | None, Fraction | None]] = []
    for line, end in zip(lines, [*[line.start for line in lines[1:]], None], strict=True):
        part = _below_on(line, end)
        if part is None:
            continue
        low, high = part
        if found and found[-1][1] == low and line.at(low) < 0:
            low_before = found.pop()[0]
            found.append((low_before, high))
        else:
            found.append((low or None, high))
    return [(low, high) for low, high in found]


def _below_on(line: Line, end: Fraction | None) -> tuple[Fraction, Fraction | None] | None:
    """The part of a line below zero, from its start to `end`."""
    at_start = line.at(line.start)
    at_end = line.slope if end is None else line.at(end)
    root = -line.intercept / line.slope if line.slope else line.start
    if end is None and at_end == 0:
        at_end = at_start
    if at_start < 0:
        return line.start, end if at_end <= 0 else root
    if at_start == 0:
        return (line.start, end) if at_end < 0 else None
    return (root, end) if at_end < 0 else None


class _Point(NamedTuple):
    """The curve at a price: its line there, and value and slope of the long and of the short time values."""

    price: float
    line: float
    long: float
    long_slope: float
    short: float
    short_slope: float

    @property
    def value(self) -> float:
        return self.line + (self.long - self.short)

    @property
    def below(self) -> bool:
        return self.value < 0.0


class _Stretch:
    """A curve between two neighbouring strikes, or beyond the last one."""

    def __init__(self, line: Line, end: Fraction | None, time_values: Sequence[TimeValue]) -> None:
        self._intercept, self._slope = float(line.intercept), float(line.slope)
        self._start = float(line.start)
        self._time_values = time_values
        self._points = 0
        self.first = self.point(self._start or min(_lowest(time_values), LARGEST if end is None else float(end)))
        self.last = self.point(max(_highest(time_values), self._start) if end is None else float(end))

    def point(self, price: float) -> _Point:
        """The curve at a price in the stretch."""
        self._points += 1
        if self._points > POINTS_MAX:
            raise TooFlat
        long = long_slope = short = short_slope = 0.0
        for held in self._time_values:
            worth, slope = _time_value(price, held, falling=held.strike <= self._start)
            if held.weight > 0:
                long += held.weight * worth
                long_slope += held.weight * slope
            else:
                short -= held.weight * worth
                short_slope -= held.weight * slope
        return _Point(price, self._line_at(price), long, long_slope, short, short_slope)

    def changes(self) -> Iterator[float]:
        """The prices at which the sign changes, ascending."""
        waiting = [(self.first, self.last)]
        while waiting:
            a, b = waiting.pop()
            finest = b.price - a.price <= FINEST * b.price
            if not finest and self._one_sign(a, b):
                continue
            if finest or self._one_way(a, b):
                if a.below != b.below:
                    yield self._change(a, b)
            else:
                middle = self.point(sqrt(a.price) * sqrt(b.price))
                waiting += [(middle, b), (a, middle)]

    def _one_sign(self, a: _Point, b: _Point) -> bool:
        """Whether the bounds over the interval have one sign; the furthest bound is where two tangents cross."""
        if a.below != b.below:
            return False
        if a.below:
            at, tangent = _crossing((a.price, a.short, a.short_slope), (b.price, b.short, b.short_slope))
            return self._line_at(at) + _chord(at, (a.price, a.long), (b.price, b.long)) - tangent < 0.0
        at, tangent = _crossing((a.price, a.long, a.long_slope), (b.price, b.long, b.long_slope))
        return self._line_at(at) + tangent - _chord(at, (a.price, a.short), (b.price, b.short)) >= 0.0

    def _one_way(self, a: _Point, b: _Point) -> bool:
        """Whether the curve rises all the way, or falls: the slope of a convex function only grows."""
        least = self._slope + a.long_slope - b.short_slope
        most = self._slope + b.long_slope - a.short_slope
        return least > 0.0 or most < 0.0

    def _line_at(self, price: float) -> float:
        return self._intercept + self._slope * price

    def _change(self, a: _Point, b: _Point) -> float:
        """The one price between two points at which the sign changes, halved to the last digit."""
        while a.price < (middle := 0.5 * (a.price + b.price)) < b.price:
            found = self.point(middle)
            a, b = (found, b) if found.below == a.below else (a, found)
        return a.price if b.below else b.price


def _changes(curve: Curve) -> tuple[bool, list[float]]:
    """Whether the curve is below zero next to price 0, and the prices at which its sign changes, ascending."""
    lines = curve.lines
    ends = [*[line.start for line in lines[1:]], None]
    stretches = [_Stretch(line, end, curve.time_values) for line, end in zip(lines, ends, strict=True)]
    below = starts_below = _near_zero(lines[0], stretches[0].first)
    found: list[float] = []
    before = lines[0]
    for line, stretch in zip(lines, stretches, strict=True):
        if stretch.first.below != below:
            found.append(_root_of(before, stretch.first.price) if line is before else stretch.first.price)
        found += stretch.changes()
        below, before = stretch.last.below, line
    last = stretches[-1].last
    if _far_out(lines[-1], last) != below:
        found.append(max(last.price, _root_of(lines[-1], last.price)))
    return starts_below, found


def _near_zero(line: Line, first: _Point) -> bool:
    """Whether the curve is below zero next to price 0, where no time value is left beside what is not 0."""
    leading = line.intercept or line.slope
    return leading < 0 if leading else first.below


def _far_out(line: Line, last: _Point) -> bool:
    """The same beyond the last price that was looked at."""
    leading = line.slope or line.intercept
    return leading < 0 if leading else last.below


def _root_of(line: Line, otherwise: float) -> float:
    """Where the line alone is zero, where it is at a price above 0."""
    root = -line.intercept / line.slope if line.slope else ZERO
    return float(root) if root > 0 else otherwise


def between(changes: Sequence[float], *, starts_below: bool) -> list[Interval]:
    """The intervals below zero, of the prices at which the sign changes."""
    ends: list[float | None] = [*([None] if starts_below else []), *changes]
    if len(ends) % 2:
        ends.append(None)
    return list(zip(ends[::2], ends[1::2], strict=True))


def _time_value(price: float, held: TimeValue, *, falling: bool) -> tuple[float, float]:
    """The time value of one option and its slope; `falling`: the strike is not above, the put is out of the money."""
    worth = time_value(price, held.strike, held.deviation)
    distance = log_ratio(price, held.strike) if price >= held.strike else -log_ratio(held.strike, price)
    d1 = distance / held.deviation + 0.5 * held.deviation
    return worth, -tail(d1) if falling else tail(-d1)


def _lowest(time_values: Sequence[TimeValue]) -> float:
    """A price below which no option has time value to speak of."""
    return max(min(held.strike * exp(-_far(held.deviation)) for held in time_values), 1.0 / LARGEST)


def _highest(time_values: Sequence[TimeValue]) -> float:
    """A price above which none has."""
    return min(max(held.strike * exp(_far(held.deviation)) for held in time_values), LARGEST)


def _far(deviation: float) -> float:
    return min(DEVIATIONS * deviation + 0.5 * deviation * deviation, EXPONENT_END)


def _crossing(a: tuple[float, float, float], b: tuple[float, float, float]) -> tuple[float, float]:
    """Where two tangents of a convex function, (price, value, slope), cross between their prices, and how high."""
    (low, low_value, low_slope), (high, high_value, high_slope) = a, b
    turn = high_slope - low_slope
    at = low
    if turn > 0.0:
        at += (high_slope * (high - low) - (high_value - low_value)) / turn
        at = min(max(at, low), high)
    return at, max(low_value + low_slope * (at - low), high_value + high_slope * (at - high))


def _chord(at: float, a: tuple[float, float], b: tuple[float, float]) -> float:
    """The height at a price of the line through two points, (price, value)."""
    share = (at - a[0]) / (b[0] - a[0])
    return a[1] + share * (b[1] - a[1])
