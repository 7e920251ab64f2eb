"""What a surface makes of the quotes it was fitted to, and whether it has arbitrage: SRF-003, SRF-006."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Literal, NamedTuple

import numpy as np

from stoplog.pricing.quotes import Floats, Quotes
from stoplog.pricing.surface import Surface
from stoplog.pricing.svi import Blend, Slice, Violation, butterfly, butterfly_between, calendar

Method = Literal["slice", "level", "flat", "time"]
"""Own slice; level from its quotes; flat; no quote of its own: the level of its time."""

MIDDLE = 0.5


class Checked(NamedTuple):
    """One expiry: its quotes that were used, how it came to its level, what was found.

    `errors`: volatility of the surface less that of each used quote, in volatility points (0.01). `butterfly`: at the
    expiry; `calendar`: against the expiry before; `between`: a butterfly half way, in level, to the expiry before.
    """

    years: float
    used: Quotes
    method: Method
    part: Slice | Blend
    errors: Floats
    butterfly: Violation | None
    calendar: Violation | None
    between: Violation | None

    def passes(self) -> bool:
        """Whether neither the expiry nor what lies between it and the one before has arbitrage."""
        return self.butterfly is None and self.calendar is None and self.between is None


def checked(surface: Surface, chain: Sequence[Quotes]) -> list[Checked]:
    """A line for each expiry of the chain that the surface was fitted to."""
    found: list[Checked] = []
    before = 0.0
    for quotes in chain:
        level = surface.level(quotes.years)
        used = quotes.used()
        part = surface.part(level)
        whole = int(level) == level and 1.0 < level <= len(surface.slices)
        found.append(
            Checked(
                quotes.years,
                used,
                _method(surface, used),
                part,
                errors(surface, used),
                butterfly(part) if isinstance(part, Slice) else butterfly_between(part),
                calendar(surface.slices[int(level) - 2], surface.slices[int(level) - 1]) if whole else None,
                _between(surface, before, level),
            )
        )
        before = level
    return found


def errors(surface: Surface, quotes: Quotes) -> Floats:
    """Volatility of the surface less that quoted, in volatility points."""
    fitted = [surface.volatility(exp(k), quotes.years) for k in quotes.k]
    return 100.0 * (np.array(fitted, np.float64) - quotes.volatility)


def _method(surface: Surface, used: Quotes) -> Method:
    if not used.k.size:
        return "time"
    if used.is_enough():
        return "slice"
    return "flat" if all(part.b == 0.0 for part in surface.slices) else "level"


def _between(surface: Surface, before: float, level: float) -> Violation | None:
    """A butterfly half way between two levels; below the first slice there is none."""
    part = surface.part(MIDDLE * (before + level))
    return butterfly_between(part) if isinstance(part, Blend) else None
