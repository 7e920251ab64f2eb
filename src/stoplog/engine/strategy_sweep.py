"""The worst scenario of every portfolio compartment of an engine at once, from its state: rules PRT-002 and SCN-001.

Positions are laid out side by side once; then arrays in force, or any others that a desk would try, are swept over all
of them as fast as `scenario_sweep` can.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import CompartmentState, Kind, Model
from stoplog.engine.scenario_sweep import Portfolios, RiskArrays, Sweep, sweep
from stoplog.engine.tables import Tables
from stoplog.records import SCENARIOS


class Strategies(NamedTuple):
    """Portfolio compartments with a position on an underlying, ascending, and what each holds of what follows it.

    `held` numbers instruments as the engine does, so that rows of risk arrays are by instrument, from 0, which is none.
    """

    compartments: NDArray[np.int64]
    held: Portfolios


def strategies_on(tables: Tables, underlying: int) -> Strategies:
    """Who holds what on an underlying; `ValueError` where there is no instrument of this number."""
    rows, instruments = tables.rows("compartments"), tables.rows("instruments")
    if not 1 <= underlying < len(instruments):
        message = f"underlying: {underlying} is none of {len(instruments) - 1} instruments"
        raise ValueError(message)
    size = tables.rows("positions")["size"]
    open_legs = (rows["kind"] == Kind.POSITION) & (rows["state"] == CompartmentState.OPEN) & (size != 0)
    legs = np.flatnonzero(open_legs & (instruments["underlying"][rows["instrument"]] == underlying))
    legs = legs[rows["initial_rate"][rows["cross"][legs]] == Model.SCENARIOS]
    legs = legs[np.argsort(rows["cross"][legs], kind="stable")]
    compartments, first = np.unique(rows["cross"][legs], return_index=True)
    bounds = np.append(first, len(legs))
    return Strategies(compartments.astype(np.int64), Portfolios(bounds, rows["instrument"][legs], size[legs]))


def arrays_in_force(tables: Tables, underlying: int) -> RiskArrays:
    """What a lot of each instrument gains under the scenarios that count of an underlying; 0 for other followers."""
    count = max(1, int(tables.rows("risk")["scenarios"][underlying]))
    values = tables.rows("arrays").reshape(-1, SCENARIOS)[:, :count].copy()
    values[tables.rows("instruments")["underlying"] != underlying] = 0
    return RiskArrays(values)


def worst_of_all(tables: Tables, underlying: int) -> tuple[Strategies, Sweep]:
    """Every portfolio compartment on an underlying, and its worst scenario by the arrays in force."""
    found = strategies_on(tables, underlying)
    return found, sweep(found.held, arrays_in_force(tables, underlying))
