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

    def never_covered(self, piece: Piece, low: int, high: int) -> bool:
        """Whether that is plain to see between `low` and `high`, neither of which is covered.

        A concave surplus below zero at both ends is above zero between them only around a peak that lies there.
        """
        if max(self.capital + self.side * at for at in (low, high)) < self.minimum:
            return True
        below = all((self.capital + self.side * at) * self.one < piece.at(at) for at in (low, high))
        slope = self.side * self.one - piece.rate
        return below and not 2 * piece.quad * low < slope < 2 * piece.quad * high


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
        piece = pieces[i]
        end = pieces[i + 1].floor if i + 1 < len(pieces) else None
        if i > start and _covered_above(account, piece, at) != covered:
            return Surd(at)
        if covered:
            if end is None or account.surplus(piece, end) < 0:
                found = covered_stretch(account, piece)
                assert found is not None, "it was covered on this piece"
                return found.high
        elif end is None or not account.never_covered(piece, at, end):
            found = covered_stretch(account, piece)
            low = None if found is None else found.low
            if low is not None and low.compare(at) > 0 and (end is None or low.compare(end) <= 0):
                return low
        if end is not None:
            at = end
    return None


def _covered_above(account: Account, piece: Piece, notional: int) -> bool:
    """Whether the requirement is covered on the piece just above `notional`."""
    surplus = account.surplus(piece, notional)
    if surplus:
        return surplus > 0
    found = covered_stretch(account, piece)
    return found is not None and found.goes_on_above(notional)


def _falling(account: Account, pieces: Sequence[Piece], start: int, notional: int, *, covered: bool) -> Surd | None:
    at = notional
    for i in range(start, -1, -1):
        piece = pieces[i]
        floor = pieces[i].floor if i else 0
        if i < start and (account.surplus(piece, at) >= 0) != covered:
            return Surd(at)
        if covered and account.surplus(piece, floor) < 0:
            found = covered_stretch(account, piece)
            assert found is not None, "it was covered on this piece"
            return found.low
        if not covered and not account.never_covered(piece, floor, at):
            found = covered_stretch(account, piece)
            high = None if found is None else found.high
            if high is not None and high.compare(floor) > 0 and high.compare(at) < 0:
                return high
        at = floor
    return None
