"""Whether a price is to be trusted: its confidence, a second source, the mark before, its age.

Rates are counts of 1 / `one`, times are in milliseconds. How far two prices are apart is rounded up, so that it is
above a limit exactly where the true figure is. A limit of 0 asks for nothing. Which guards there are follows Drift's
oracle validity: too uncertain, too volatile, stale, and what each may still be used for.
"""

from __future__ import annotations

from typing import NamedTuple

from stoplog.units import TIME_MAX, ratio_down, rule

TRUSTED = 0
UNSURE = 1
DEVIATES = 2
JUMPS = 3
STALE = 4

APART_MAX = 2**60
"""Prices further apart than this, as a rate, are said to be this far apart."""


class Limits(NamedTuple):
    """The largest confidence half-width, deviation from the second source, and jump, as rates; 0: any."""

    confidence: int
    deviation: int
    jump: int


@rule
def apart(price: int, reference: int, one: int) -> int:
    """How far `price` is from `reference`, as a rate of it, rounded up; the reference is above 0.

    >>> apart(107, 100, 100), apart(100, 107, 100)
    (7, 7)
    """
    return -ratio_down(-abs(price - reference), one, 1, reference, 1, 1, APART_MAX)


@rule
def doubt_of(limits: Limits, price: int, confidence: int, second: int, mark: int, one: int) -> tuple[int, int, int]:
    """(doubt, figure, limit) of a price: what is doubted first, and the figure that is above its limit.

    `second` is the price of another source and `mark` the one before, each 0 where there is none. (0, 0, 0) for a
    price that is trusted.

    >>> doubt_of(Limits(2, 5, 10), 112, 1, 111, 100, 100)
    (3, 12, 10)
    """
    if limits.confidence != 0 and confidence > limits.confidence:
        return UNSURE, confidence, limits.confidence
    if limits.deviation != 0 and second != 0:
        figure = apart(price, second, one)
        if figure > limits.deviation:
            return DEVIATES, figure, limits.deviation
    if limits.jump != 0 and mark != 0:
        figure = apart(price, mark, one)
        if figure > limits.jump:
            return JUMPS, figure, limits.jump
    return TRUSTED, 0, 0


@rule
def goes_on(price: int, held_price: int, jump_limit: int, one: int) -> bool:
    """Whether a price that jumps is within the jump limit of the one that was held last; 0: none was."""
    return held_price != 0 and apart(price, held_price, one) <= jump_limit


@rule
def persists(time: int, held_since: int, wait: int) -> bool:
    """Whether a jump that was first seen at `held_since` has lasted long enough."""
    return time - held_since >= wait


@rule
def taken_from(held_since: int, wait: int) -> int:
    """The first time at which a jump has lasted long enough."""
    return min(held_since, TIME_MAX - wait) + wait


@rule
def is_stale(time: int, mark_time: int, age_limit: int) -> bool:
    """Whether a mark of `mark_time` is too old at `time`."""
    return age_limit != 0 and time - mark_time > age_limit
