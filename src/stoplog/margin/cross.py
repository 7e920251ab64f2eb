"""One purse, many positions: what it is worth and must hold along the price of one instrument, all others held.

A leg is one position as a function of its instrument's lot value v, in amounts of the asset it settles in; `gain` and
`loss` turn these into amounts of the purse. Where the asset counts less in the purse when it is owed to the holder
than when he owes it (a haircut), the profit has a kink at the entry. A requirement never is below its minimum. The
surplus of the purse is then made of concave arcs (`stoplog.margin.arcs`), and every answer is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import NamedTuple

from stoplog.margin.arcs import NOTHING, Arc, added, first_short, first_zero
from stoplog.margin.health import Health
from stoplog.margin.requirement import Piece, piece_index
from stoplog.margin.surds import Surd
from stoplog.units import mul_div_up


class Leg(NamedTuple):
    """One position: notional = `per_value` · v, profit = `side` · (notional − `booked`), in its settlement asset.

    `side` is the sign of the value lots. `loss` and `gain`: what one unit of profit below and above zero is worth in
    the purse, where a requirement counts as a loss does. `pieces` are the requirement over `over`, and so is `minimum`.
    """

    side: int
    per_value: int
    booked: int
    loss: int
    gain: int
    pieces: Sequence[Piece]
    over: int
    minimum: int

    def profit(self, notional: int) -> int:
        """The profit at a notional, in the purse.

        >>> leg = Leg(-1, 1, 100, 10, 9, (), 1, 0)
        >>> leg.profit(90), leg.profit(110)
        (90, -100)
        """
        own = self.side * (notional - self.booked)
        return own * (self.gain if own > 0 else self.loss)

    def required(self, notional: int) -> int:
        """The maintenance margin at a notional, in the purse, rounded up.

        >>> Leg(1, 1, 0, 5, 5, [Piece(0, 0, 2, 0)], 10, 30).required(20)
        20
        """
        needed = max(self.minimum, self.pieces[piece_index(self.pieces, notional)].at(notional))
        return mul_div_up(self.loss, needed, self.over)

    def scaled(self, factor: int) -> Leg:
        """The same in a purse whose unit is so many times as fine."""
        side, per_value, booked, loss, gain, pieces, over, minimum = self
        return Leg(side, per_value, booked, loss * factor, gain * factor, pieces, over, minimum)

    def health(self, notional: int, initial: int) -> Health:
        """Profit and requirements at a notional, in the purse; the healths of a purse's parts add up to its own."""
        return Health(self.profit(notional), initial, self.required(notional))


class Rest(NamedTuple):
    """What the purse holds and must hold beyond the legs in question: amounts of the purse."""

    equity: int
    maintenance: int


class Instrument(NamedTuple):
    """A purse along the lot value of one instrument, which moves all its positions; `at` is the lot value now."""

    surplus: list[Arc]
    equity: list[Arc]
    at: Surd

    def liquidation(self, *, upwards: bool) -> Surd | None:
        """The first lot value met beyond which equity is below a maintenance margin that is above zero.

        `upwards` is the way against the holder of a position. The purse is not liquidatable now. None where there is
        no such value above zero.

        >>> leg = Leg(1, 10, 1000, 1, 1, [Piece(0, 0, 1, 0)], 100, 0)
        >>> instrument([leg], Rest(105, 0), Surd(100)).liquidation(upwards=False)
        Surd(whole=89500, divisor=990, sign=0, radicand=0)
        """
        return first_short(self.surplus, self.at, upwards=upwards)

    def bankruptcy(self, *, upwards: bool) -> Surd | None:
        """The first lot value met at which the equity is zero; None where there is none above zero.

        `upwards` as above; that way is taken where the equity now is not below zero, else the other.

        >>> leg = Leg(1, 10, 1000, 1, 1, [Piece(0, 0, 1, 0)], 100, 0)
        >>> instrument([leg], Rest(105, 0), Surd(100)).bankruptcy(upwards=False)
        Surd(whole=895, divisor=10, sign=0, radicand=0)
        """
        return first_zero(self.equity, self.at, upwards=upwards)


def instrument(legs: Sequence[Leg], rest: Rest, at: Surd) -> Instrument:
    """The purse along the lot value of `legs`, which are positions of one instrument."""
    over = legs[0].over if len(legs) == 1 else lcm(*[leg.over for leg in legs])
    own = [Arc(NOTHING, 0, 0, (rest.equity - rest.maintenance) * over, rest.maintenance == 0)]
    equity = added([[Arc(NOTHING, 0, 0, rest.equity)], *[_profit(leg, 1) for leg in legs]])
    worth = [_profit(leg, over) for leg in legs]
    if len(legs) == 1:
        return Instrument(added([own, *worth, _requirement(legs[0], 1, _ahead(legs[0], at))]), equity, at)
    required = [_requirement(leg, over // leg.over, range(len(leg.pieces))) for leg in legs]
    return Instrument(added([own, *worth, *required]), equity, at)


def _ahead(leg: Leg, at: Surd) -> range:
    """The pieces that a leg alone can meet on its way against its holder."""
    i = len(leg.pieces) - 1
    while i and leg.pieces[i].floor * at.divisor >= leg.per_value * at.whole:
        i -= 1
    return range(i, len(leg.pieces)) if leg.side < 0 else range(i + 1)


def _profit(leg: Leg, times: int) -> list[Arc]:
    """The profit along the lot value: one line, or two that meet at the entry. It requires nothing."""
    below, above = (leg.loss, leg.gain) if leg.side > 0 else (leg.gain, leg.loss)
    rate, level = leg.side * leg.per_value * times, -leg.side * leg.booked * times
    lines = [Arc(NOTHING, 0, rate * below, level * below, idle=True)]
    if above != below:
        lines.append(Arc(Surd(leg.booked, leg.per_value), 0, rate * above, level * above, idle=True))
    return lines


def _requirement(leg: Leg, times: int, some: range) -> list[Arc]:
    """The requirement along the lot value, below zero: what it takes from the surplus; idle where nothing is required.

    Of `some` of the pieces. A piece rises with the notional, so that it leaves its minimum at most once.
    """
    minimum, per_value, charge = leg.minimum, leg.per_value, leg.loss * times
    held = Arc(NOTHING, 0, 0, -minimum * charge, minimum * charge == 0)
    found: list[Arc] = []
    last = len(leg.pieces) - 1
    for i in some:
        piece = leg.pieces[i]
        start = Surd(piece.floor, per_value) if i else NOTHING
        quad, rate, level = piece.quad * per_value * per_value, piece.rate * per_value, piece.level
        idle = charge == 0 or quad == rate == level == 0
        if piece.at(piece.floor if i else 0) >= minimum:
            found.append(Arc(start, -quad * charge, -rate * charge, -level * charge, idle))
            continue
        found.append(held._replace(start=start))
        leaves = quad or rate if i == last else piece.at(leg.pieces[i + 1].floor) > minimum
        if leaves:
            start = Arc(start, -quad, -rate, minimum - level).high_root()
            found.append(Arc(start, -quad * charge, -rate * charge, -level * charge, idle))
    return found
