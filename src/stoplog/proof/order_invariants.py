"""The invariants of resting orders: lists that hang together, and margins that are those of the lists."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import CompartmentState
from stoplog.margin.order_margin import Resting, order_margin
from stoplog.margin.tiers import Tier
from stoplog.proof.violations import TablesLike, Violation, each
from stoplog.records import ORDERS_PER_COMPARTMENT, TIERS_PER_TABLE
from stoplog.units import RATE_ONE


class Listed(NamedTuple):
    """An order as its list has it."""

    number: int
    owner: int
    size: int
    price: int


def _followed(rows: NDArray[Any], first: int) -> Iterator[Listed]:
    """The orders of a list from its first on, up to one that is not there or was met before."""
    met: set[int] = set()
    number = first
    while 0 < number < len(rows) and number not in met:
        met.add(number)
        owner, size, price, behind = rows[number].tolist()
        yield Listed(number, owner, size, price)
        number = behind


def _lists(tables: TablesLike) -> Iterator[tuple[int, list[Listed]]]:
    """Every compartment that names a first order, with its list."""
    first, rows = tables.rows("compartments")["first_order"], tables.rows("orders")
    for number in np.flatnonzero(first).tolist():
        yield number, list(_followed(rows, int(first[number])))


def every_row_is_used_once(tables: TablesLike) -> list[Violation]:
    """ORM-010: every row of an order is in the list of its compartment or among the free ones, and in one place."""
    rows = tables.rows("orders")
    owner = rows["compartment"]
    met = np.zeros(len(rows), np.int64)
    met[0] = 1
    for number, listed in _lists(tables):
        for order in listed:
            met[order.number] += order.owner == number
    for order in _followed(rows, int(tables.rows("counts")["free_order"][0])):
        met[order.number] += order.owner == 0
    return each("ORM-010", "order", met != 1, "not in one list exactly", lists=met, owner=owner)


def lists_are_in_order(tables: TablesLike) -> list[Violation]:
    """ORM-007: buys, then sells, each best price first; nothing rests in a compartment that has ended."""
    state = tables.rows("compartments")["state"]
    found = []
    for number, listed in _lists(tables):
        if state[number] != CompartmentState.OPEN:
            figures = {"compartment": number, "orders": len(listed)}
            found.append(Violation("ORM-007", f"compartment {number}: ended, and orders rest in it", figures))
        for before, behind in pairwise(listed):
            if _rank(before) > _rank(behind):
                figures = {"compartment": number, "order": before.number, "behind": behind.number}
                found.append(Violation("ORM-007", f"compartment {number}: its orders are out of order", figures))
        for order in listed:
            if order.size == 0:
                figures = {"compartment": number, "order": order.number}
                found.append(Violation("ORM-007", f"compartment {number}: an order of no lots rests", figures))
    return found


def _rank(order: Listed) -> tuple[bool, int]:
    return order.size < 0, -order.price if order.size > 0 else order.price


def no_list_is_too_long(tables: TablesLike) -> list[Violation]:
    """ORM-005: no more orders rest in a compartment than may."""
    return [
        Violation(
            "ORM-005",
            f"compartment {number}: {len(listed)} orders rest, and {ORDERS_PER_COMPARTMENT} may",
            {"compartment": number, "orders": len(listed)},
        )
        for number, listed in _lists(tables)
        if len(listed) > ORDERS_PER_COMPARTMENT
    ]


def margins_are_those_of_the_lists(tables: TablesLike) -> list[Violation]:
    """ORM-003: the order margin of every compartment is what its resting orders need."""
    compartments = tables.rows("compartments")
    booked = compartments["order_margin"]
    bad = (compartments["first_order"] == 0) & (booked != 0)
    found = each("ORM-003", "compartment", bad, "no order rests, and margin is asked for", order_margin=booked)
    for number, listed in _lists(tables):
        needed = _margin(tables, number, listed)
        if needed is not None and needed != booked[number]:
            figures = {"compartment": number, "booked": int(booked[number]), "needed": needed}
            found.append(Violation("ORM-003", f"compartment {number}: its orders need another margin", figures))
    return found


def _margin(tables: TablesLike, number: int, listed: list[Listed]) -> int | None:
    """What the orders need, or None where a table that this depends on is not there (TBL-001 says so)."""
    held, position = tables.rows("compartments")[number], tables.rows("positions")[number]
    if not 0 < held["instrument"] < len(tables.rows("instruments")):
        return None
    instrument = tables.rows("instruments")[held["instrument"]]
    ladder = int(instrument["tier_table"])
    if not 0 < ladder < len(tables.rows("tier_tables")):
        return None
    first, count = ladder * TIERS_PER_TABLE, int(tables.rows("tier_tables")["count"][ladder])
    tiers = [Tier(*row) for row in tables.rows("tiers")[first : first + count].tolist()]
    if not tiers:
        return None
    return order_margin(
        tiers,
        [Resting(order.size, order.price) for order in listed],
        int(instrument["payoff"]),
        int(instrument["multiplier"]),
        int(position["size"]),
        int(position["cost"]),
        int(held["initial_rate"]),
        RATE_ONE,
    )
