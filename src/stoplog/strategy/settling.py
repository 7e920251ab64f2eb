"""What a strategy can lose by settlement, exactly, from its strikes: STG-003."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from stoplog.portfolio.equity_curve import ZERO, Leg, equity_curve


class Worst(NamedTuple):
    """The lowest profit of legs that settle at one price, and the highest of 0 and the strikes that has it."""

    profit: Fraction
    price: Fraction


def at_one_price(legs: Sequence[Leg]) -> Worst | None:
    """The lowest profit over all prices from 0 when every leg settles at the same; None where it has no bound.

    Between two strikes the profit is a line: 0 and the strikes are looked at, and the slope beyond the last.

    >>> short = Leg("put", Fraction(-2), Fraction(5), Fraction(90), 0.6, 0.25, ZERO)
    >>> [str(figure) for figure in at_one_price([short])]
    ['-170', '0']
    """
    settled = [leg._replace(volatility=0.0, years=0.0) for leg in legs]
    lines = equity_curve(ZERO, settled, less_maintenance=False).lines
    if lines[-1].slope < 0:
        return None
    return min(
        (Worst(line.at(line.start), line.start) for line in lines), key=lambda worst: (worst.profit, -worst.price)
    )


def at_own_prices(legs: Sequence[Leg]) -> Fraction | None:
    """The lowest profit when each expiry settles at a price of its own; None where it has no bound.

    Perpetuals, and futures without a time, close at the price of the last expiry.
    """
    found = [at_one_price(group) for group in by_expiry(legs)]
    if any(worst is None for worst in found):
        return None
    return sum((worst.profit for worst in found if worst is not None), ZERO)


def by_expiry(legs: Iterable[Leg]) -> list[list[Leg]]:
    """The legs of each expiry, the nearest first; those without one are with the last."""
    groups: dict[float, list[Leg]] = {}
    endless = []
    for leg in legs:
        if leg.kind == "perpetual" or (leg.kind == "future" and not leg.years):
            endless.append(leg)
        else:
            groups.setdefault(leg.years, []).append(leg)
    ordered = [groups[years] for years in sorted(groups)] or [[]]
    ordered[-1] += endless
    return ordered
