"""How far a failure spreads: which positions of a trader go at one command, and which of them stood beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Event
from stoplog.simulation.sharing.holders import Holders
from stoplog.simulation.sharing.running import Run

Counts = NDArray[np.int64]

NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Failures:
    """A row for each failure: one trader, one command by which at least one position of its was liquidated.

    `beside` is how many other positions the trader held at that moment, `along` how many of them went with it.
    """

    time: Counts
    trader: Counts
    beside: Counts
    along: Counts

    @property
    def count(self) -> int:
        """How many there are."""
        return self.time.size

    @property
    def spread(self) -> int:
        """How many took another position with them."""
        return int((self.along > 0).sum())


def failures_of(run: Run, holders: Holders) -> Failures:
    """The failures of a setting, in order."""
    chosen = run.events["kind"] == Event.TAKEN_OVER
    taken, time = run.events[chosen], run.time[chosen]
    ends = _ends(run, taken)
    trader = taken["account"].astype(np.int64) - 1
    key = taken["sequence"] * (holders.count + 1) + trader
    _, first, together = np.unique(key, return_index=True, return_counts=True)
    who, sequence = trader[first], taken["sequence"][first]
    standing = holders.held[who] & (ends[who] >= sequence[:, None])
    return Failures(time[first], who, standing.sum(axis=1) - 1, together - 1)


def _ends(run: Run, taken: NDArray[np.void]) -> Counts:
    """The command by which each position was liquidated: [trader, instrument]; NEVER where it was not."""
    by_number = np.full(int(run.tables.rows("compartments").size), NEVER, np.int64)
    by_number[taken["compartment"]] = taken["sequence"]
    ends: Counts = by_number[run.layout.compartment]
    ends[run.layout.compartment == 0] = NEVER
    return ends
