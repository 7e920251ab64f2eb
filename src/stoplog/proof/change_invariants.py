"""The invariants of scheduled changes: what pends, and when the next is due."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stoplog.proof.violations import TablesLike, Violation, each
from stoplog.records import NEVER, ChangeState, Parameter

THRESHOLDS = [Parameter.TIER_TABLE, Parameter.MAINTENANCE_AT, Parameter.CLOSE_FEE, Parameter.CLOSE_FEE_RATE]
"""The parameters whose change moves thresholds."""


def _smallest(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The smallest value in an array of one, NEVER where there is none."""
    return np.array([values.min() if len(values) else NEVER], np.int64)


def due_numbers_are_the_smallest(tables: TablesLike) -> list[Violation]:
    """CHG-007: the engine waits for the first of what is to come, and nothing announced is overdue."""
    changes, counts = tables.rows("changes"), tables.rows("counts")
    state = changes["state"]
    announced, effective = changes[state == ChangeState.ANNOUNCED], changes[state == ChangeState.EFFECTIVE]
    message = "not the first of what is to come"
    wrong = []
    for name, first in (
        ("due_sequence", _smallest(announced["effective_sequence"])),
        ("due_time", _smallest(effective["enforced_from"])),
    ):
        wrong += each("CHG-007", "counts", counts[name] != first, message, **{name: counts[name]}, first=first)
    late = (state == ChangeState.ANNOUNCED) & (changes["effective_sequence"] <= counts["sequence"][0])
    figures = {"effective_sequence": changes["effective_sequence"]}
    return wrong + each("CHG-007", "change", late, "announced and not effective in time", **figures)


def one_pends_per_instrument(tables: TablesLike) -> list[Violation]:
    """CHG-006: at most one change to come moves an instrument's thresholds, and it is the one that it names."""
    changes, instruments = tables.rows("changes"), tables.rows("instruments")
    state = changes["state"]
    to_come = (state == ChangeState.ANNOUNCED) | (state == ChangeState.EFFECTIVE)
    pending = np.flatnonzero(to_come & np.isin(changes["parameter"], THRESHOLDS))
    known = pending[(changes["instrument"][pending] >= 0) & (changes["instrument"][pending] < len(instruments))]
    owners = changes["instrument"][known]
    number: NDArray[Any] = np.zeros(len(instruments), np.int64)
    number[owners] = known
    count = np.bincount(owners, minlength=len(instruments))
    named = instruments["pending_change"]
    figures = {"pending_change": named, "pending": count}
    bad = (count > 1) | (named != number)
    return each("CHG-006", "instrument", bad, "does not name the one change that pends", **figures)
