"""What must hold of portfolio compartments between commands, and what they must hold: rules PRT-002 to PRT-005.

Sums are over unlimited integers. What names a row that is not there, which is TBL-001, has no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stoplog.codes import CompartmentState, Kind, Model
from stoplog.instruments import INVERSE, LINEAR, value_down
from stoplog.margin.scenarios import Claim, at_most_lost, least_left, required_by_scenarios
from stoplog.proof.violations import TablesLike, Violation
from stoplog.records import MARK_KNOWN, SCENARIOS, SCENARIOS_AT_ONCE
from stoplog.units import RATE_ONE


class Leg(NamedTuple):
    """A position with a size, and what counts of its instrument; prices in price units, the rest in the asset."""

    size: int
    instrument: int
    underlying: int
    payoff: int
    multiplier: int
    price_max: int
    expiry: int
    right: int
    strike: int
    coin_units: int
    value: int


def is_by_scenarios(tables: TablesLike, x: int) -> bool:
    """Whether cross compartment `x` is margined by scenarios."""
    return bool(tables.rows("compartments")["initial_rate"][x] == Model.SCENARIOS)


def value_at_array(tables: TablesLike, instrument: int, size: int) -> int:
    """What so many lots are worth at the mark of their array, rounded down; 0 without a mark."""
    row, mark = tables.rows("instruments")[instrument], int(tables.rows("risk")["mark"][instrument])
    if size == 0 or (mark == 0 and row["payoff"] == INVERSE):
        return 0
    return value_down(int(row["payoff"]), int(row["multiplier"]), mark, size)


def leg_of(tables: TablesLike, number: int) -> Leg | None:
    """A position as a leg; None where it has no size, or its instrument or underlying is not there."""
    size, i = int(tables.rows("positions")["size"][number]), int(tables.rows("compartments")["instrument"][number])
    instruments = tables.rows("instruments")
    if size == 0 or not 0 < i < len(instruments) or not 0 < instruments["underlying"][i] < len(instruments):
        return None
    row = instruments[i]
    return Leg(
        size=size,
        instrument=i,
        underlying=int(row["underlying"]),
        payoff=int(row["payoff"]),
        multiplier=int(row["multiplier"]),
        price_max=int(row["price_max"]),
        expiry=int(row["expiry_time"]),
        right=int(row["right"]),
        strike=int(row["strike"]),
        coin_units=int(row["coin_units"]),
        value=value_at_array(tables, i, size),
    )


def required(tables: TablesLike, numbers: Sequence[int]) -> int:
    """What these positions, which settle in one asset, must hold in maintenance, underlying by underlying."""
    legs = [leg for leg in (leg_of(tables, number) for number in numbers) if leg is not None]
    underlyings = sorted({leg.underlying for leg in legs})
    return sum(_required_on(tables, u, [leg for leg in legs if leg.underlying == u]) for u in underlyings)


def _required_on(tables: TablesLike, underlying: int, legs: Sequence[Leg]) -> int:
    count = min(SCENARIOS, int(tables.rows("risk")["scenarios"][underlying]))
    arrays = tables.rows("arrays")
    gained = [sum(leg.size * int(arrays[leg.instrument * SCENARIOS + s]) for leg in legs) for s in range(count)]
    charges = tables.rows("risk")["charge"]
    charge = sum(max(0, -leg.size) * int(charges[leg.instrument]) for leg in legs)
    needed = required_by_scenarios(max(0, -min(gained, default=0)), charge, RATE_ONE, RATE_ONE)
    highest = int(tables.rows("instruments")["price_max"][underlying])
    if any(leg.payoff != LINEAR or leg.coin_units != 0 or leg.price_max != highest for leg in legs):
        return needed
    claims = [Claim(leg.size * leg.multiplier, leg.right, leg.strike, leg.expiry) for leg in legs]
    return at_most_lost(needed, sum(leg.value for leg in legs), least_left(claims, highest))


def arrays_are_whole(tables: TablesLike) -> list[Violation]:
    """PRT-005: every open position of a portfolio compartment is in an instrument whose array is whole."""
    rows, instruments, risk = (tables.rows(name) for name in ("compartments", "instruments", "risk"))
    cross = np.where((rows["cross"] > 0) & (rows["cross"] < len(rows)), rows["cross"], 0)
    held = (rows["kind"] == Kind.POSITION) & (rows["state"] == CompartmentState.OPEN) & (cross != 0)
    wrong = []
    for number in np.flatnonzero(held & (rows["initial_rate"][cross] == Model.SCENARIOS)).tolist():
        i = int(rows["instrument"][number])
        if not 0 < i < len(instruments) or not 0 < instruments["underlying"][i] < len(instruments):
            continue
        known, count = int(risk["known"][i]), int(risk["scenarios"][instruments["underlying"][i]])
        wanted = MARK_KNOWN | ((1 << -(-count // SCENARIOS_AT_ONCE)) - 1) if 0 < count <= SCENARIOS else -1
        if wanted < 0 or known & wanted != wanted:
            figures = {"compartment": number, "instrument": i, "known": known, "scenarios": count}
            wrong.append(Violation("PRT-005", f"compartment {number}: its array is not whole ({figures})", figures))
    return wrong
