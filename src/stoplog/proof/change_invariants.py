"""The invariants of scheduled changes: what pends, and when the next is due."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import AssetParameter, ChangeState, Parameter
from stoplog.proof.violations import TablesLike, Violation, each
from stoplog.records import NEVER

THRESHOLDS = [Parameter.TIER_TABLE, Parameter.MAINTENANCE_AT, Parameter.CLOSE_FEE, Parameter.CLOSE_FEE_RATE]
"""The parameters of an instrument whose change moves thresholds."""


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


def one_pends_at_a_time(tables: TablesLike) -> list[Violation]:
    """CHG-006: at most one change to come moves thresholds, and its instrument, or its asset, names it."""
    changes = tables.rows("changes")
    of_asset = changes["asset"] != 0
    by_instrument = ~of_asset & np.isin(changes["parameter"], THRESHOLDS)
    by_asset = of_asset & (changes["parameter"] == AssetParameter.HAIRCUT)
    return _pending(tables, "instrument", by_instrument) + _pending(tables, "asset", by_asset)


def _pending(tables: TablesLike, thing: str, moving: NDArray[np.bool_]) -> list[Violation]:
    changes, named = tables.rows("changes"), tables.rows(f"{thing}s")["pending_change"]
    state = changes["state"]
    to_come = (state == ChangeState.ANNOUNCED) | (state == ChangeState.EFFECTIVE)
    pending = np.flatnonzero(to_come & moving)
    known = pending[(changes[thing][pending] >= 0) & (changes[thing][pending] < len(named))]
    owners = changes[thing][known]
    number: NDArray[Any] = np.zeros(len(named), np.int64)
    number[owners] = known
    count = np.bincount(owners, minlength=len(named))
    bad = (count > 1) | (named != number)
    message = "does not name the one change that pends"
    return each("CHG-006", thing, bad, message, pending_change=named, pending=count)


def coming_haircuts_are_those_of_graces(tables: TablesLike) -> list[Violation]:
    """CHG-008: a coming haircut is the value of the change whose grace runs, and 0 where none does."""
    changes, assets = tables.rows("changes"), tables.rows("assets")
    named = assets["pending_change"]
    change = changes[np.where((named >= 0) & (named < len(changes)), named, 0)]
    runs = (change["state"] == ChangeState.EFFECTIVE) & (change["asset"] == np.arange(len(assets)))
    asked = np.where(runs, change["value"], 0)
    figures = {"coming_haircut": assets["coming_haircut"], "asked": asked}
    bad = assets["coming_haircut"] != asked
    return each("CHG-008", "asset", bad, "its coming haircut is not that of a grace that runs", **figures)
