"""What must hold of cross compartments between commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from stoplog.codes import CompartmentState, Kind
from stoplog.instruments import value_down
from stoplog.margin.breaching import maintenance_under
from stoplog.margin.pooling import REQUIRED_MAX, collateral_value, interest_due, pooled, required_value
from stoplog.positions import funding_due
from stoplog.proof import scenario_invariants
from stoplog.proof.tables import exact_sums, policy_of, tiers_of
from stoplog.proof.violations import TablesLike, Violation, each
from stoplog.units import RATE_ONE


def lists_are_whole(tables: TablesLike) -> list[Violation]:
    """CRS-011: every open position and pocket is in the list of the cross compartment it names, by ascending number."""
    rows = tables.rows("compartments")
    member = (rows["state"] == CompartmentState.OPEN) & np.isin(rows["kind"], (Kind.POSITION, Kind.POCKET))
    found = np.zeros(len(rows), np.int64)
    wrong = []
    for x in np.flatnonzero(rows["kind"] == Kind.CROSS).tolist():
        last = 0
        for number in _listed(rows, x):
            if not last < number < len(rows) or rows["cross"][number] != x or not member[number]:
                figures = {"compartment": x, "row": number, "before": last}
                wrong.append(Violation("CRS-011", f"compartment {x}: its list goes wrong at row {number}", figures))
                break
            found[number] += 1
            last = number
    message = "it is not in the list of its cross compartment"
    return wrong + each("CRS-011", "compartment", member & (found != 1), message, cross=rows["cross"], listed=found)


def _listed(rows: Any, x: int) -> Iterator[int]:
    """Its rows as the list goes; one that is not above the row before, or is none, is the last."""
    last, number = 0, int(rows["following"][x])
    while number:
        yield number
        if not last < number < len(rows):
            return
        last, number = number, int(rows["following"][number])


def pools_add_up(tables: TablesLike) -> list[Violation]:
    """CRS-012: what an asset has pledged is what its pockets hold; only pockets owe, only they hold for positions."""
    rows, assets = tables.rows("compartments"), tables.rows("assets")
    pocket = rows["kind"] == Kind.POCKET
    held = exact_sums(rows["asset"][pocket], rows["purse"][pocket], len(assets))
    booked = assets["pledged"].astype(object)
    wrong = each("CRS-012", "asset", held != booked, "its pockets hold another amount", pledged=booked, held=held)
    empty = np.isin(rows["kind"], (Kind.CROSS, Kind.POSITION)) & (rows["purse"] != 0)
    return wrong + each("CRS-012", "compartment", empty, "it has a purse of its own", purse=rows["purse"])


def no_cross_is_breached(tables: TablesLike) -> list[Violation]:
    """CRS-002: no cross compartment is breached at the marks and prices, what is owed counted; but for GRD-009."""
    rows = tables.rows("compartments")
    wrong = []
    for x in np.flatnonzero((rows["kind"] == Kind.CROSS) & (rows["state"] == CompartmentState.OPEN)).tolist():
        equity, needed = cross_health(tables, x)
        if equity < needed and not _left_for_later(tables, x):
            figures = {"compartment": x, "equity": equity, "maintenance": needed}
            wrong.append(Violation("CRS-002", f"compartment {x}: breached and open ({figures})", figures))
    return wrong


def _left_for_later(tables: TablesLike, x: int) -> bool:
    """Whether a mark by which a position of `x` with a size goes is one that it was not liquidated by."""
    rows, positions, instruments = (tables.rows(name) for name in ("compartments", "positions", "instruments"))
    sized = [int(rows["instrument"][number]) for number in _listed(rows, x) if positions["size"][number] != 0]
    if scenario_invariants.is_by_scenarios(tables, x):
        followed = [int(instruments["underlying"][i]) for i in sized if 0 < i < len(instruments)]
        known = [u for u in followed if 0 < u < len(instruments)]
        sized += [u for u in known if scenario_invariants.moving_axis(tables, u)]
    return any(instruments["unseen"][i] != 0 for i in sized)


def cross_health(tables: TablesLike, x: int) -> tuple[int, int]:
    """(equity, maintenance margin) of a cross compartment, in value units, by the rules on unlimited integers."""
    rows, positions, assets = (tables.rows(name) for name in ("compartments", "positions", "assets"))
    numbers = sorted({number for number in _listed(rows, x) if 0 < number < len(rows)})
    by_scenarios = scenario_invariants.is_by_scenarios(tables, x)
    equity = needed = 0
    for pocket in (number for number in numbers if rows["kind"][number] == Kind.POCKET):
        asset = assets[rows["asset"][pocket]]
        purse = int(rows["purse"][pocket])
        paid = int(positions["funding_index"][pocket])
        net = purse - interest_due(purse, int(asset["interest_index"]), paid, RATE_ONE)
        here = [n for n in numbers if rows["kind"][n] == Kind.POSITION and rows["pocket"][n] == pocket]
        parts = [_position(tables, number, by_scenarios=by_scenarios) for number in here]
        net += sum(worth for worth, _ in parts)
        required = sum(held for _, held in parts)
        if by_scenarios:
            legs = scenario_invariants.together(tables, here)
            net += legs.lifted
            required = min(REQUIRED_MAX, legs.required)
        equity += collateral_value(net, int(asset["price"]), int(asset["haircut"]), RATE_ONE)
        needed += required_value(required, int(asset["price"]))
    return equity, needed


def _position(tables: TablesLike, number: int, *, by_scenarios: bool) -> tuple[int, int]:
    """(worth, maintenance margin) of a position at its mark; by scenarios at what it counts at, without a margin."""
    i = int(tables.rows("compartments")["instrument"][number])
    row = tables.rows("instruments")[i]
    size, cost, settled = (int(tables.rows("positions")[name][number]) for name in ("size", "cost", "funding_index"))
    if size == 0:
        return 0, 0
    owed = funding_due(size, int(row["funding_index"]), settled)
    if by_scenarios:
        return scenario_invariants.value_of(tables, i, size) - cost - owed, 0
    policy, tiers, mark = pooled(policy_of(tables, i)), tiers_of(tables, int(row["tier_table"])), int(row["mark"])
    worth = value_down(policy.payoff, policy.multiplier, mark, size) - cost - owed
    return worth, maintenance_under(policy, tiers, mark, size, cost, RATE_ONE)
