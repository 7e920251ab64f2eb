"""The smallest uniform fall that exhausts the insurance fund, by trying.

Liquidations can bring money into the fund before others take it out, so that a larger fall need not be the worse one.
So nothing is bisected: every step is tried from the first one up, and the first that leaves a loss unpaid is answered.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from stoplog.stress.outcomes import Outcome, System
from stoplog.stress.shocks import uniform_fall

CURVE_STEPS = 50


class Point(NamedTuple):
    """A uniform fall, as a share, and its outcomes."""

    fall: Fraction
    outcomes: list[Outcome]


class Falls(NamedTuple):
    """The first fall that exhausts each asset's fund, None where no fall does; and outcomes along the way to 100 %."""

    step: Fraction
    exhausting: dict[str, Fraction | None]
    curve: list[Point]


def uniform_falls(system: System, step: Fraction) -> Falls:
    """The smallest falls to a whole `step`, and the curve: rule STR-003. One divided by `step` is whole."""
    every = Fraction(1, CURVE_STEPS)
    curve = [Point(every * i, system.under(uniform_fall(every * i))) for i in range(CURVE_STEPS + 1)]
    found: dict[str, Fraction | None] = {outcome.asset: None for outcome in curve[0].outcomes}
    fall = Fraction(0)
    while fall <= 1 and None in found.values():
        for outcome in system.under(uniform_fall(fall)):
            if outcome.uncovered > 0 and found[outcome.asset] is None:
                found[outcome.asset] = fall
        fall += step
    return Falls(step, found, curve)
