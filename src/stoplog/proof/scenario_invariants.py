"""What must hold of portfolio compartments between commands, and what they must hold: rules PRT-002 to PRT-010.

Sums are over unlimited integers. What names a row that is not there, which is TBL-001, has no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from stoplog.codes import CompartmentState, Kind, Model
from stoplog.instruments import INVERSE, LINEAR, value_down
from stoplog.margin.price_axis import AT_MARK, LINE_LOTS, LONG, SHORT, Follower, Point, moved_price
from stoplog.margin.scenarios import Claim, at_most_lost, least_left, required_by_scenarios
from stoplog.proof.violations import TablesLike, Violation
from stoplog.records import AXIS_POINTS, MARK_KNOWN, SCENARIOS, SCENARIOS_AT_ONCE
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
    unmoved: int


def is_by_scenarios(tables: TablesLike, x: int) -> bool:
    """Whether cross compartment `x` is margined by scenarios."""
    return bool(tables.rows("compartments")["initial_rate"][x] == Model.SCENARIOS)


def axis_of(tables: TablesLike, underlying: int) -> list[Point]:
    """The axis of an underlying that is in force; nothing where there is none."""
    count = min(AXIS_POINTS, max(0, int(tables.rows("risk")["axis_count"][underlying])))
    rows = tables.rows("axis")[underlying * AXIS_POINTS : underlying * AXIS_POINTS + count]
    return [Point(int(row["price"]), int(row["scenario"])) for row in rows]


def _fits(axis: Sequence[Point], mark: int) -> bool:
    """Whether an axis ascends, is about its mark, and names scenarios that there are."""
    prices = [point.price for point in axis]
    ascends = all(0 < low < high for low, high in pairwise(prices))
    named = all(0 <= p.scenario < SCENARIOS if p.price != mark else p.scenario == AT_MARK for p in axis)
    return ascends and named and mark in prices[1:-1]


def moving_axis(tables: TablesLike, underlying: int) -> list[Point]:
    """The axis along which the mark of an underlying moves what follows it; nothing where it does not."""
    mark, axis = int(tables.rows("risk")["axis_mark"][underlying]), axis_of(tables, underlying)
    return axis if _fits(axis, mark) and tables.rows("instruments")["mark"][underlying] > 0 else []


def price_for(tables: TablesLike, instrument: int, size: int) -> int:
    """What an instrument counts at for who has so many lots: the mark of its array, or moved, PRT-009."""
    instruments, risk = tables.rows("instruments"), tables.rows("risk")
    row, mark = instruments[instrument], int(risk["mark"][instrument])
    u = int(row["underlying"])
    axis = moving_axis(tables, u) if 0 < u < len(instruments) else []
    if not axis or risk["settled"][instrument]:
        return mark
    now = int(instruments["mark"][u])
    if u == instrument:
        return now
    array = [int(gain) for gain in tables.rows("arrays")[instrument * SCENARIOS : (instrument + 1) * SCENARIOS]]
    names = ("right", "strike", "coin_units", "multiplier", "price_min", "price_max", "lot_value_max")
    right, strike, coin_units, multiplier, lowest, highest, largest = (int(row[name]) for name in names)
    terms = Follower(right, strike, coin_units, multiplier, lowest, highest, LINE_LOTS * largest)
    return moved_price(terms, axis, array, mark, int(risk["axis_mark"][u]), now, LONG if size > 0 else SHORT)


def value_at(tables: TablesLike, instrument: int, price: int, size: int) -> int:
    """What so many lots are worth at a price, rounded down; 0 without one."""
    row = tables.rows("instruments")[instrument]
    if size == 0 or (price == 0 and row["payoff"] == INVERSE):
        return 0
    return value_down(int(row["payoff"]), int(row["multiplier"]), price, size)


def value_of(tables: TablesLike, instrument: int, size: int) -> int:
    """What so many lots count for in a portfolio compartment, rounded down."""
    return value_at(tables, instrument, price_for(tables, instrument, size), size)


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
        value=value_of(tables, i, size),
        unmoved=value_at(tables, i, int(tables.rows("risk")["mark"][i]), size),
    )


class Together(NamedTuple):
    """What positions that settle in one asset must hold in maintenance, and what they count for above their prices."""

    required: int
    lifted: int


def together(tables: TablesLike, numbers: Sequence[int]) -> Together:
    """What these positions must hold, underlying by underlying, and by what PRT-010 lifts their worth."""
    legs = [leg for leg in (leg_of(tables, number) for number in numbers) if leg is not None]
    underlyings = sorted({leg.underlying for leg in legs})
    parts = [_together_on(tables, u, [leg for leg in legs if leg.underlying == u]) for u in underlyings]
    return Together(sum(part.required for part in parts), sum(part.lifted for part in parts))


def _together_on(tables: TablesLike, underlying: int, legs: Sequence[Leg]) -> Together:
    count = min(SCENARIOS, int(tables.rows("risk")["scenarios"][underlying]))
    arrays = tables.rows("arrays")
    gained = [sum(leg.size * int(arrays[leg.instrument * SCENARIOS + s]) for leg in legs) for s in range(count)]
    charges = tables.rows("risk")["charge"]
    charge = sum(max(0, -leg.size) * int(charges[leg.instrument]) for leg in legs)
    needed = required_by_scenarios(max(0, -min(gained, default=0)), charge, RATE_ONE, RATE_ONE)
    highest = int(tables.rows("instruments")["price_max"][underlying])
    if any(leg.payoff != LINEAR or leg.coin_units != 0 or leg.price_max != highest for leg in legs):
        return Together(needed, 0)
    claims = [Claim(leg.size * leg.multiplier, leg.right, leg.strike, leg.expiry) for leg in legs]
    value, least = sum(leg.value for leg in legs), least_left(claims, highest)
    lifted = max(0, min(least, sum(leg.unmoved for leg in legs)) - value)
    return Together(at_most_lost(needed, value, least), lifted)


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
        u, known = int(instruments["underlying"][i]), int(risk["known"][i])
        count, parts = int(risk["scenarios"][u]), int(risk["axis_parts"][u])
        wanted = parts | MARK_KNOWN | ((1 << -(-count // SCENARIOS_AT_ONCE)) - 1) if 0 < count <= SCENARIOS else -1
        if wanted < 0 or known & wanted != wanted:
            figures = {"compartment": number, "instrument": i, "known": known, "scenarios": count}
            wrong.append(Violation("PRT-005", f"compartment {number}: its array is not whole ({figures})", figures))
    return wrong


def axes_are_whole(tables: TablesLike) -> list[Violation]:
    """PRT-009: an axis ascends, has its mark inside and names scenarios that arrays must know; else there is none."""
    wrong = []
    for u in range(1, len(tables.rows("instruments"))):
        names = ("axis_mark", "axis_count", "axis_parts")
        mark, count, parts = (int(tables.rows("risk")[name][u]) for name in names)
        axis = axis_of(tables, u)
        named = (point.scenario // SCENARIOS_AT_ONCE for point in axis if point.price != mark)
        if any((mark, count, parts)) and not (_fits(axis, mark) and all(parts >> part & 1 for part in named)):
            figures = {"instrument": u, "mark": mark, "points": count, "parts": parts}
            wrong.append(Violation("PRT-009", f"instrument {u}: its axis is not one ({figures})", figures))
    return wrong
