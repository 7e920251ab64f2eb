"""The invariants of guards: what is kept of a mark's doubts agrees, and is inside its ranges."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import GUARD_POLICY_MAX, Doubt, InstrumentState
from stoplog.proof.violations import TablesLike, Violation, each
from stoplog.units import GRACE_MAX, RATE_ONE

RANGES = {
    "age_limit": GRACE_MAX,
    "confidence_limit": RATE_ONE,
    "deviation_limit": RATE_ONE,
    "jump_limit": RATE_ONE,
    "jump_wait": GRACE_MAX,
    "guard_policy": GUARD_POLICY_MAX,
    "doubt": Doubt.JUMPS,
    "unseen": 1,
}
"""The largest value of each figure; the smallest is 0."""

LIMITS = ("age_limit", "confidence_limit", "deviation_limit", "jump_limit")


def doubts_agree(tables: TablesLike) -> list[Violation]:
    """GRD-008: no doubt without a guard, nothing held without a doubt, no time to come, and no figure out of range."""
    rows, now = tables.rows("instruments"), tables.rows("counts")["time"][0]
    columns: dict[str, NDArray[Any]] = {name: rows[name] for name in RANGES}
    wrong = []
    for name, largest in RANGES.items():
        bad = (columns[name] < 0) | (columns[name] > largest)
        wrong += each("GRD-008", "instrument", bad, f"outside 0 to {int(largest)}", **{name: columns[name]})
    guarded, doubt, price, since = (rows[name] for name in ("guarded", "doubt", "held_price", "held_since"))
    limited = reduce(np.bitwise_or, (rows[name] for name in LIMITS)) != 0
    figures = {"guarded": guarded, "doubt": doubt, "held_price": price, "held_since": since}
    bad = (
        (guarded != limited) | (~limited & (doubt != 0)) | ((doubt == 0) & (price != 0)) | ((price == 0) & (since != 0))
    )
    wrong += each("GRD-008", "instrument", bad, "its guards, doubt and held mark do not agree", **figures)
    live = rows["state"] != InstrumentState.NONE
    outside = live & (price != 0) & ((price < rows["price_min"]) | (price > rows["price_max"]))
    wrong += each("GRD-008", "instrument", outside, "holds a mark outside its price limits", held_price=price)
    for name in ("mark_time", "held_since"):
        bad = (rows[name] < 0) | (rows[name] > now)
        wrong += each("GRD-008", "instrument", bad, "a time before the first or after the last", **{name: rows[name]})
    return wrong
