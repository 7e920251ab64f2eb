"""The requirement as a function of the notional, under every tier rule, as pieces of a polynomial.

On the piece above `floor` the requirement at notional N is (quad · N² + rate · N + level) / `one`:

- `marginal`: rate · N − deduction, continuous; `step`: the rate of the tier on the whole, without a deduction;
- `ramp`: the rate on the whole rises by `slope` for every unit of notional above the floor of the tier;
- a fee for closing that counts in the rate is added to the rate of every piece;
- maintenance fixed at the entry is one piece with a level and no rate.

A notional equal to a floor belongs to the piece below. Nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stoplog.margin.tiers import TierLike


class Piece(NamedTuple):
    """The requirement above `floor` (an amount), as coefficients over a common denominator."""

    floor: int
    quad: int
    rate: int
    level: int

    def at(self, notional: int) -> int:
        """The requirement at `notional`, over the denominator.

        >>> Piece(0, 1, 20, -5).at(10)
        295
        """
        return (self.quad * notional + self.rate) * notional + self.level


def flat_pieces(tiers: Sequence[TierLike], fee: int, one: int) -> list[Piece]:
    """Pieces over `one` of a ladder without slopes, with `fee` in every rate.

    `marginal` and `step` differ in their deductions alone.

    >>> from stoplog.margin.tiers import Tier
    >>> flat_pieces([Tier(0, 4, 0, 0), Tier(100, 5, 10, 0)], 1, 10)
    [Piece(floor=0, quad=0, rate=5, level=0), Piece(floor=100, quad=0, rate=6, level=-100)]
    """
    return [Piece(tier.floor, 0, tier.rate + fee, -tier.deduction * one) for tier in tiers]


def ramp_pieces(tiers: Sequence[TierLike], slopes: Sequence[int], fee: int, one: int, unit: int) -> list[Piece]:
    """Pieces over `one` · `unit` of a ladder whose rates rise by slope / `one` for every `unit` of notional.

    rate + slope · (N − floor), on the whole of N.

    >>> from stoplog.margin.tiers import Tier
    >>> ramp_pieces([Tier(0, 5, 0, 0)], [2], 0, 100, 10)[0].at(30) == 30 * (5 * 10 + 2 * 30)
    True
    """
    return [
        Piece(tier.floor, slope, (tier.rate + fee) * unit - slope * tier.floor, -tier.deduction * one * unit)
        for tier, slope in zip(tiers, slopes, strict=True)
    ]


def piece_index(pieces: Sequence[Piece], notional: int) -> int:
    """The piece that holds `notional`.

    >>> pieces = [Piece(0, 0, 1, 0), Piece(100, 0, 2, 0)]
    >>> piece_index(pieces, 100), piece_index(pieces, 101)
    (0, 1)
    """
    i = 0
    while i + 1 < len(pieces) and notional > pieces[i + 1].floor:
        i += 1
    return i
