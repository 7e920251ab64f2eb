"""State tables and events as polars data frames, and through them as Arrow.

A polars frame speaks the Arrow C stream interface, so `pyarrow.table(frame(...))`, DuckDB and pandas take it
without a copy of our own making; `frame(...).to_arrow()` gives a pyarrow table where pyarrow is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import (
    AssetParameter,
    ChangeState,
    CompartmentState,
    Doubt,
    Event,
    InstrumentState,
    Parameter,
    Place,
    Refusal,
    TopUpSource,
)
from stoplog.engine.tables import LAYOUT, Tables
from stoplog.records import SCENARIOS

if TYPE_CHECKING:
    from enum import IntEnum

    import polars as pl

CODES: dict[tuple[str, str], type[IntEnum]] = {
    ("instruments", "state"): InstrumentState,
    ("instruments", "doubt"): Doubt,
    ("compartments", "state"): CompartmentState,
    ("top_ups", "source"): TopUpSource,
    ("changes", "state"): ChangeState,
    ("changes", "parameter"): Parameter,
    ("events", "kind"): Event,
    ("events", "reason"): Refusal,
    ("events", "source"): Place,
    ("events", "target"): Place,
}


def frame(tables: Tables, name: str) -> pl.DataFrame:
    """A state table (a name in `LAYOUT`) as a frame with a column `number`; codes are spelled out.

    `free` has the columns account, asset and amount, arrays have number (the instrument), scenario and profit.
    Amounts, prices and sizes stay whole counts.
    `ValueError` for a name that is no table.
    """
    import polars as pl

    if name not in LAYOUT:
        raise ValueError(f"table: {name!r} is none of {', '.join(LAYOUT)}")
    rows = tables.rows(name)
    if name == "free":
        held = rows[1:, 1:]
        account, asset = np.nonzero(np.ones_like(held))
        return pl.DataFrame({"account": account + 1, "asset": asset + 1, "amount": held.ravel()})
    if name in ("arrays", "next_arrays"):
        numbers, scenarios = np.divmod(np.arange(SCENARIOS, len(rows)), SCENARIOS)
        return pl.DataFrame({"number": numbers, "scenario": scenarios, "profit": rows[SCENARIOS:]})
    first = 0 if name in ("counts", "tiers") else 1
    columns = _columns(name, rows[first:])
    return pl.DataFrame({"number": np.arange(first, len(rows)), **columns})


def events_frame(events: NDArray[np.void]) -> pl.DataFrame:
    """Events, as `Engine.apply` returns them, as a frame; codes are spelled out, what is doubted about a mark too."""
    import polars as pl

    columns = _columns("events", events)
    weighed = np.isin(events["kind"], (Event.MARKED, Event.MARK_HELD))
    columns["reason"][weighed] = _names(Doubt)[events["reason"][weighed]]
    return pl.DataFrame(columns)


def _columns(table: str, rows: NDArray[np.void]) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    for field in rows.dtype.names or ():
        values = np.ascontiguousarray(rows[field])
        code = CODES.get((table, field))
        columns[field] = values if code is None else _names(code)[values]
    if table == "changes":
        of_asset = rows["asset"] != 0
        columns["parameter"][of_asset] = _names(AssetParameter)[rows["parameter"][of_asset]]
    return columns


def _names(code: type[IntEnum]) -> NDArray[np.object_]:
    names = np.full(max(code) + 1, "", dtype=object)
    for member in code:
        names[member] = member.name.lower()
    return names
