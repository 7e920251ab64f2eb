"""The first price met at which a requirement is no longer covered, whatever its shape.

Equity at notional N is capital + side · N, `side` the sign of the value lots; the requirement is a piecewise
polynomial (`stoplog.margin.requirement`), never below a minimum. On every piece equity less requirement is concave,
so that what is covered is one stretch of notionals, with roots at its ends. A requirement may jump at a floor: then
there can be no root or several, and the floor itself is the answer. Everything is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stoplog.margin.requirement import Piece, piece_index
from stoplog.margin.surds import Surd, root_of


class Stretch(NamedTuple):
    """Notionals from `low` to `high`, ends included; None where there is no end."""

    low: Surd | None
    high: Surd | None

    def holds(self, notional: int) -> bool:
        """Whether `notional` is inside."""
        return (self.low is None or self.low.compare(notional) <= 0) and (
            self.high is None or self.high.compare(notional) >= 0
        )

    def goes_on_above(self, notional: int) -> bool:
        """Whether what lies just above `notional` is inside."""
        return (self.low is None or self.low.compare(notional) <= 0) and (
            self.high is None or self.high.compare(notional) > 0
        )


class Account(NamedTuple):
    """What meets the requirement: capital + `side` · notional, and at least `minimum` of it; pieces are over `one`."""

    side: int
    capital: int
    minimum: int
    one: int

    def surplus(self, piece: Piece, notional: int) -> int:
        """Equity less requirement at `notional` on `piece`, over `one`."""
        equity = self.capital + self.side * notional
        return min(equity * self.one - piece.at(notional), (equity - self.minimum) * self.one)


def covered_stretch(account: Account, piece: Piece) -> Stretch | None:
    """The notionals, whether on the piece or not, at which its requirement and the minimum are covered.

    >>> covered_stretch(Account(1, -895, 0, 100), Piece(0, 0, 1, 0)).low
    Surd(whole=89500, divisor=99, sign=0, radicand=0)
    """
    found = _above_polynomial(account, piece)
    if found is None:
        return None
    low, high = found
    bound = (account.minimum - account.capital) * account.side
    if account.side > 0:
        low = Surd(bound) if low is None or low.compare(bound) < 0 else low
        return None if high is not None and high.compare(bound) < 0 else Stretch(low, high)
    high = Surd(bound) if high is None or high.compare(bound) > 0 else high
    return None if low is not None and low.compare(bound) > 0 else Stretch(low, high)


def _above_polynomial(account: Account, piece: Piece) -> Stretch | None:
    """Where −quad · N² + slope · N + constant is not below zero."""
    slope = account.side * account.one - piece.rate
    constant = account.capital * account.one - piece.level
    if piece.quad:
        radicand = slope * slope + 4 * piece.quad * constant
        if radicand < 0:
            return None
        return Stretch(
            root_of(slope, -1, radicand, 2 * piece.quad),
            root_of(slope, 1, radicand, 2 * piece.quad),
        )
    if slope > 0:
        return Stretch(Surd(-constant, slope), None)
    if slope < 0:
        return Stretch(None, Surd(constant, -slope))
    return Stretch(None, None) if constant >= 0 else None


def first_change(account: Account, pieces: Sequence[Piece], notional: int) -> Surd | None:
    """The notional at which the requirement first stops being covered, going against the holder from `notional`.

    Where it is not covered at `notional`, the one at which it first is, going the other way. At a jump that is
    the floor itself, which belongs to the piece below. None where there is no such notional above zero.

    >>> first_change(Account(1, -895, 0, 100), [Piece(0, 0, 1, 0)], 1000)
    Surd(whole=89500, divisor=99, sign=0, radicand=0)
    """
    i = piece_index(pieces, notional)
    covered = account.surplus(pieces[i], notional) >= 0
    if (account.side < 0) == covered:
        return _rising(account, pieces, i, notional, covered=covered)
    return _falling(account, pieces, i, notional, covered=covered)


def _rising(account: Account, pieces: Sequence[Piece], start: int, notional: int, *, covered: bool) -> Surd | None:
    at = notional
    for i in range(start, len(pieces)):
        found = covered_stretch(account, pieces[i])
        if i > start and (found is not None and found.goes_on_above(at)) != covered:
            return Surd(at)
        end = pieces[i + 1].floor if i + 1 < len(pieces) else None
        edge = None if found is None else found.high if covered else found.low
        if edge is not None and (covered or edge.compare(at) > 0):
            past = 1 if end is None else -edge.compare(end)
            if past > 0 or (past == 0 and not covered):
                return edge
        if end is not None:
            at = end
    return None


def _falling(account: Account, pieces: Sequence[Piece], start: int, notional: int, *, covered: bool) -> Surd | None:
    at = notional
    for i in range(start, -1, -1):
        found = covered_stretch(account, pieces[i])
        if i < start and (found is not None and found.holds(at)) != covered:
            return Surd(at)
        floor = pieces[i].floor if i else 0
        edge = None if found is None else found.low if covered else found.high
        if edge is not None and (covered or edge.compare(at) < 0) and edge.compare(floor) > 0:
            return edge
        at = floor
    return None
