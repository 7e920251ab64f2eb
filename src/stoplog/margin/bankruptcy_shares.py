"""What each of a purse's positions may cost or must bring in when it is closed at its share of the purse.

The equity of a purse with several positions is shared out by maintenance margin: a position that is closed takes with
it equity · maintenance freed / total maintenance, so that the rest keeps its share. A share is rounded towards minus
infinity, and so what closing must bring in towards plus infinity.
Source: dYdX v4, bankruptcy price of a subaccount with several perpetuals.
"""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.units import mul_div_down, rule


@rule
def bankruptcy_share(equity: int, freed: int, total: int, step: int = 1) -> int:
    """The equity that goes with a position (or part of one) whose closing frees `freed` of the `total` maintenance.

    A multiple of `step`, rounded towards minus infinity; `total` is above zero.

    >>> bankruptcy_share(10, 1, 3), bankruptcy_share(-10, 1, 3), bankruptcy_share(100, 1, 3, 10)
    (3, -4, 30)
    """
    return mul_div_down(equity, freed, total * step) * step


def closing_quote(value_before: int, value_after: int, share: int) -> int:
    """What closing must bring in so that it takes away no more than `share` (below zero: what it may cost).

    The values are those of the position, signed, before and after.

    >>> closing_quote(300, 0, -20), closing_quote(-300, 0, 6), closing_quote(-300, -150, 3)
    (320, -306, -153)
    """
    return value_before - value_after - share


def whole_shares(equity: int, requirements: Sequence[int], step: int = 1) -> list[int]:
    """The shares of positions that are all closed whole: they add up to the equity.

    What rounding leaves goes to the largest share, the first of them on a tie; the requirements are not all zero.

    >>> whole_shares(10, [1, 1, 1]), whole_shares(-10, [2, 1]), whole_shares(105, [1, 1], 10)
    ([4, 3, 3], [-7, -3], [55, 50])
    """
    total = sum(requirements)
    shares = [bankruptcy_share(equity, freed, total, step) for freed in requirements]
    shares[shares.index(max(shares))] += equity - sum(shares)
    return shares
