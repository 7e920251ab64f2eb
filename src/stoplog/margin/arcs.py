"""A surplus along a lot value, in arcs of polynomials: where it first falls below zero, or is zero.

Arcs follow one another from zero on; each holds from its start, which itself belongs to the arc before. On every arc
the polynomial is concave. Starts and answers are exact, roots included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cmp_to_key
from itertools import pairwise
from typing import NamedTuple

from stoplog.margin.surds import Surd, compare_surds, root_of, sign_with_root

NOTHING = Surd(0)
"""Where the first arc starts."""


class Arc(NamedTuple):
    """quad · v² + rate · v + level above `start`, quad ≤ 0.

    On an `idle` arc nothing is required: it is no shortfall whatever its value.
    """

    start: Surd
    quad: int
    rate: int
    level: int
    idle: bool = False

    def sign_at(self, value: Surd) -> int:
        """The sign of the polynomial at `value`: -1, 0 or 1.

        >>> Arc(NOTHING, -1, 0, 2).sign_at(Surd(0, 1, 1, 2)), Arc(NOTHING, -1, 0, 2).sign_at(Surd(3, 2))
        (0, -1)
        """
        whole, divisor, sign, radicand = value
        if not sign:
            flat = (self.quad * whole + self.rate * divisor) * whole + self.level * divisor * divisor
            return (flat > 0) - (flat < 0)
        flat = self.quad * (whole * whole + radicand) + (self.rate * whole + self.level * divisor) * divisor
        return sign_with_root(flat, sign * (2 * self.quad * whole + self.rate * divisor), radicand)

    def low_root(self) -> Surd:
        """Where the polynomial, which is below zero first and not below later, first is zero."""
        if self.quad:
            return root_of(self.rate, -1, self.rate * self.rate - 4 * self.quad * self.level, -2 * self.quad)
        return Surd(-self.level, self.rate)

    def high_root(self) -> Surd:
        """Where the polynomial, which is not below zero first and below later, last is zero.

        >>> Arc(NOTHING, -1, 5, -6).low_root(), Arc(NOTHING, -1, 5, -6).high_root()
        (Surd(whole=4, divisor=2, sign=0, radicand=0), Surd(whole=6, divisor=2, sign=0, radicand=0))
        """
        if self.quad:
            return root_of(self.rate, 1, self.rate * self.rate - 4 * self.quad * self.level, -2 * self.quad)
        return Surd(self.level, -self.rate)

    @property
    def falls_for_good(self) -> bool:
        """Whether the polynomial is below zero from some value on."""
        return self.quad < 0 or self.rate < 0 or (self.rate == 0 and self.level < 0)


def first_short(arcs: Sequence[Arc], at: Surd, *, upwards: bool) -> Surd | None:
    """The first value met from `at` beyond which the arcs are below zero; they are not at `at`, or idle there.

    At a jump that is the start of the arc that is below zero, in either direction. None where there is none above zero.

    >>> arcs = [Arc(NOTHING, 0, 1, -5), Arc(Surd(8), 0, 1, -9)]
    >>> first_short(arcs, Surd(20), upwards=False), first_short(arcs, Surd(7), upwards=True)
    (Surd(whole=9, divisor=1, sign=0, radicand=0), Surd(whole=8, divisor=1, sign=0, radicand=0))
    """
    return _short_above(arcs, at) if upwards else _short_below(arcs, at)


def _short_above(arcs: Sequence[Arc], at: Surd) -> Surd | None:
    first = arc_index(arcs, at)
    for i in range(first, len(arcs)):
        arc = arcs[i]
        if arc.idle:
            continue
        if i > first and arc.sign_at(arc.start) < 0:
            return arc.start
        falls = arc.falls_for_good if i + 1 == len(arcs) else arc.sign_at(arcs[i + 1].start) < 0
        if falls:
            return arc.high_root()
    return None


def _short_below(arcs: Sequence[Arc], at: Surd) -> Surd | None:
    first = arc_index(arcs, at)
    for i in range(first, -1, -1):
        arc = arcs[i]
        if arc.idle:
            continue
        if i < first and arc.sign_at(arcs[i + 1].start) < 0:
            return arcs[i + 1].start
        if arc.sign_at(arc.start) < 0:
            return arc.low_root()
    return None


def first_zero(arcs: Sequence[Arc], at: Surd, *, upwards: bool) -> Surd | None:
    """The first value met from `at`, itself included, at which lines that join are zero; None where none above zero is.

    `upwards` is the way to go where they are not below zero at `at`; where they are, the other way is taken.

    >>> arcs = [Arc(NOTHING, 0, 2, -8), Arc(Surd(6), 0, -1, 10)]
    >>> first_zero(arcs, Surd(7), upwards=True).floor(), first_zero(arcs, Surd(7), upwards=False).floor()
    (10, 4)
    >>> first_zero(arcs, Surd(3), upwards=False).floor()
    4
    """
    first = arc_index(arcs, at)
    sign = arcs[first].sign_at(at)
    if sign == 0:
        return at
    if upwards == (sign > 0):
        return _zero_above(arcs, first, sign)
    return _zero_below(arcs, first, sign)


def _zero_above(arcs: Sequence[Arc], first: int, sign: int) -> Surd | None:
    for i in range(first, len(arcs) - 1):
        if arcs[i].sign_at(arcs[i + 1].start) != sign:
            return _root(arcs[i])
    return _root(arcs[-1]) if arcs[-1].rate * sign < 0 else None


def _zero_below(arcs: Sequence[Arc], first: int, sign: int) -> Surd | None:
    for i in range(first, 0, -1):
        if arcs[i].sign_at(arcs[i].start) != sign:
            return _root(arcs[i])
    return _root(arcs[0]) if arcs[0].level * sign < 0 else None


def _root(line: Arc) -> Surd:
    return Surd(-line.level, line.rate) if line.rate > 0 else Surd(line.level, -line.rate)


def arc_index(arcs: Sequence[Arc], value: Surd) -> int:
    """The arc that holds `value`, which is above zero."""
    i = len(arcs) - 1
    while i and compare_surds(arcs[i].start, value) >= 0:
        i -= 1
    return i


def added(curves: Sequence[Sequence[Arc]]) -> list[Arc]:
    """The sum of curves, an arc for every stretch on which none of them changes; idle where all are.

    >>> [arc.level for arc in added([[Arc(NOTHING, 0, 1, 1), Arc(Surd(9), 0, 1, 3)], [Arc(NOTHING, 0, 0, 10)]])]
    [11, 13]
    """
    quad = rate = level = 0
    idle = True
    bent: list[Sequence[Arc]] = []
    for curve in curves:
        if len(curve) > 1:
            bent.append(curve)
            continue
        _, own_quad, own_rate, own_level, own_idle = curve[0]
        quad, rate, level, idle = quad + own_quad, rate + own_rate, level + own_level, idle and own_idle
    if not bent:
        return [Arc(NOTHING, quad, rate, level, idle)]
    if len(bent) == 1:
        return [Arc(arc[0], quad + arc[1], rate + arc[2], level + arc[3], idle and arc[4]) for arc in bent[0]]
    return _swept(Arc(NOTHING, quad, rate, level, idle), bent)


def _swept(steady: Arc, bent: Sequence[Sequence[Arc]]) -> list[Arc]:
    """The sum of curves that change, from one change to the next."""
    steps = sorted((step for curve in bent for step in _steps(curve)), key=cmp_to_key(_compare_starts))
    _, quad, rate, level, idle = steady
    busy = 0 if idle else 1
    found: list[Arc] = []
    for before, arc in steps:
        quad, rate, level = (
            quad + arc.quad - before.quad,
            rate + arc.rate - before.rate,
            level + arc.level - before.level,
        )
        busy += before.idle - arc.idle
        now = Arc(arc.start, quad, rate, level, busy == 0)
        if found and compare_surds(found[-1].start, arc.start) == 0:
            found[-1] = now
        else:
            found.append(now)
    return found


def _steps(curve: Sequence[Arc]) -> Iterator[tuple[Arc, Arc]]:
    """Each arc after the one before it; before the first there was nothing."""
    return pairwise([Arc(NOTHING, 0, 0, 0, idle=True), *curve])


def _compare_starts(one: tuple[Arc, Arc], other: tuple[Arc, Arc]) -> int:
    return compare_surds(one[1].start, other[1].start)
