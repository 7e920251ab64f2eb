"""The engine beside the model: commands as records, events and state compared field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from reference.crossing import pocket_of
from reference.rows import EventRow, Row
from reference.state import State, TopUp

from stoplog.codes import CompartmentState, Doubt, Event, Kind, Refusal
from stoplog.engine import Engine, Tables
from stoplog.records import COMMAND, NEVER, SCENARIOS, TIERS_PER_TABLE


def records(rows: Iterable[Row]) -> NDArray[np.void]:
    """Commands as the engine takes them."""
    return np.array([tuple(row) for row in rows], COMMAND)


def differing(expected: Sequence[EventRow], events: NDArray[np.void]) -> str:
    """The first event that differs, in words; an empty string where none does."""
    found = events.tolist()
    for i, (mine, theirs) in enumerate(zip(expected, found, strict=False)):
        if not mine.matches(theirs):
            return f"event {i}: the model says {said(mine)}, the engine {said(EventRow(*theirs))}"
    if len(expected) != len(found):
        return f"the model has {len(expected)} events, the engine {len(found)}"
    return ""


def said(event: EventRow) -> str:
    """An event in words."""
    reason = (Refusal if event.kind == Event.REFUSED else Doubt)(event.reason or 0).name
    return f"{Event(event.kind).name} {reason} {event._asdict()}"


def state_of(state: State) -> dict[str, Any]:
    """What the model holds, in the shape of `tables_of`."""
    funds = ("outside_market", "liquidation_pool", "fees", "insurance_fund", "socialised_loss", "dust")
    open_count = dict.fromkeys(range(1, state.accounts + 1), 0)
    for held in state.compartments.values():
        open_count[held.account] += held.state == CompartmentState.OPEN
    return {
        "counts": (
            state.sequence,
            state.time,
            len(state.assets),
            len(state.tier_tables),
            len(state.instruments),
            state.accounts,
            len(state.compartments),
            len(state.changes),
            min((c.effective_sequence for c in state.changes.values() if c.state == 1), default=NEVER),
            min((c.enforced_from for c in state.changes.values() if c.state == 2), default=NEVER),
        ),
        "assets": [
            (*(getattr(asset, name) for name in ASSET_FIELDS), *changing_of(state, number), state.pledged(number))
            for number, asset in state.assets.items()
        ],
        "funds": [tuple(getattr(a, name) for name in funds) for a in state.assets.values()],
        "tiers": [
            [(t.floor, t.rate, t.deduction, t.initial_rate, t.slope) for t in tiers]
            for tiers in state.tier_tables.values()
        ],
        "tier_rules": [tiers.rule for tiers in state.tier_tables.values()],
        "instruments": [
            tuple(getattr(instrument, name) for name in INSTRUMENT_FIELDS) for instrument in state.instruments.values()
        ],
        "risk": [
            (
                *(r.mark, r.charge, bits(r.known), r.next_mark, r.next_charge, bits(r.staged)),
                *(r.scenarios, r.initial_factor, r.settled),
                *(r.axis_mark, len(r.axis), bits(r.axis_parts)),
            )
            for r in state.risk.values()
        ],
        "arrays": [profit for r in state.risk.values() for profit in r.array],
        "next_arrays": [profit for r in state.risk.values() for profit in r.next_array],
        "axes": [r.axis for r in state.risk.values()],
        "next_axes": [price for r in state.risk.values() for price in r.next_axis],
        "open_interest": [state.open_interest(number) for number in state.instruments],
        "accounts": list(open_count.values()),
        "free": [
            [state.free.get((account, asset), 0) for asset in range(1, len(state.assets) + 1)]
            for account in range(1, state.accounts + 1)
        ],
        "compartments": [
            (
                *(getattr(held, name) for name in ("state", "kind", "asset", "account", "instrument", "cross")),
                listed_behind(state, number),
                pocket_field(state, number),
                *(getattr(held, name) for name in ("purse", "put_in", "taken_out")),
                held.model if held.kind == Kind.CROSS else held.own_rate,
                held.order_margin,
            )
            for number, held in state.compartments.items()
        ],
        "top_ups": [tuple(vars(state.top_ups.get(n, TopUp())).values()) for n in state.compartments],
        "changes": [tuple(getattr(change, name) for name in CHANGE_FIELDS) for change in state.changes.values()],
        "positions": [
            (c.size, c.cost, c.funding_index if c.size or owes(c.kind, c.purse) else None, c.side)
            for c in state.compartments.values()
        ],
        "orders": [[(o.number, o.size, o.price) for o in c.orders] for c in state.compartments.values()],
        "order_numbers": (state.order_numbers, state.free_orders[::-1]),
    }


def changing_of(state: State, asset: int) -> tuple[int, int]:
    """The change that an asset waits for, and the haircut that counts toward opening until then."""
    return state.pending_change(asset), state.coming_haircut(asset)


def bits(parts: Iterable[int]) -> int:
    """Parts of an array as the bits that the engine keeps."""
    return sum(1 << part for part in parts)


def owes(kind: int, purse: int) -> bool:
    """Whether the index of a row is one up to which a debt has paid its interest."""
    return kind == Kind.POCKET and purse < 0


def listed_behind(state: State, number: int) -> int:
    """The row of a cross compartment behind this one, of the cross compartment itself the first; 0 where none is."""
    held = state.compartments[number]
    cross = number if held.kind == Kind.CROSS else held.cross
    later = [n for n, c in state.compartments.items() if cross and c.cross == cross and n > number * (cross != number)]
    return min(later, default=0)


def pocket_field(state: State, number: int) -> int:
    """Of a position its pocket, of a pocket itself, of a cross compartment its gains policy."""
    held = state.compartments[number]
    if held.kind == Kind.POCKET and held.cross:
        return number
    if held.kind == Kind.CROSS:
        return held.gains
    return pocket_of(state, held.cross, held.asset) if held.kind == Kind.POSITION and held.cross else 0


ASSET_FIELDS = [
    "deposited",
    "withdrawn",
    "decimals",
    "price",
    "haircut",
    "opening_haircut",
    "deposit_cap",
    "sale_rank",
    "conversion_fee_rate",
    "debt_limit",
    "interest_index",
]

COMPARTMENT_FIELDS = [
    "state",
    "kind",
    "asset",
    "account",
    "instrument",
    "cross",
    "following",
    "pocket",
    "purse",
    "put_in",
    "taken_out",
    "initial_rate",
    "order_margin",
]

INSTRUMENT_FIELDS = [
    "state",
    "payoff",
    "asset",
    "tier_table",
    "multiplier",
    "price_min",
    "price_max",
    "position_limit",
    "open_interest_limit",
    "expiry_time",
    "liquidation_fee_rate",
    "slippage_rate",
    "maintenance_at",
    "close_fee",
    "close_fee_rate",
    "removal_floor_rate",
    "funding_from",
    "reduce_only",
    "age_limit",
    "confidence_limit",
    "deviation_limit",
    "jump_limit",
    "jump_wait",
    "guard_policy",
    "mark_time",
    "guarded",
    "doubt",
    "held_price",
    "held_since",
    "unseen",
    "pending_change",
    "underlying",
    "right",
    "strike",
    "coin_units",
    "mark",
    "funding_index",
    "funding_gross",
    "settlement",
    "funding_clearing",
    "outside_size",
    "outside_cost",
]

RISK_FIELDS = [
    "mark",
    "charge",
    "known",
    "next_mark",
    "next_charge",
    "staged",
    "scenarios",
    "initial_factor",
    "settled",
    "axis_mark",
    "axis_count",
    "axis_parts",
]

CHANGE_FIELDS = ["state", "asset", "instrument", "parameter", "value", "effective_sequence", "grace", "enforced_from"]


def tables_of(engine: Engine) -> dict[str, Any]:
    """What the engine's tables hold, as plain numbers."""
    tables = engine.tables
    counts = tables.counts[0].tolist()
    named = tables.counts[["changes", "due_sequence", "due_time"]][0].tolist()
    assets, ladders, instruments, accounts, compartments = counts[2:7]
    held = tables.compartments[1 : compartments + 1]
    positions = tables.positions[1 : compartments + 1].tolist()
    kinds, purses = held["kind"].tolist(), held["purse"].tolist()
    live = tables.instruments[1 : instruments + 1]
    tiers = tables.tiers.tolist()
    sizes = tables.tier_tables["count"].tolist()
    return {
        "counts": (*counts[:7], *named),
        "assets": tables.assets[1 : assets + 1][
            [*ASSET_FIELDS, "pending_change", "coming_haircut", "pledged"]
        ].tolist(),
        "funds": tables.funds[1 : assets + 1].tolist(),
        "tiers": [tiers[n * TIERS_PER_TABLE :][: sizes[n]] for n in range(1, ladders + 1)],
        "tier_rules": tables.tier_tables["rule"][1 : ladders + 1].tolist(),
        "instruments": live[INSTRUMENT_FIELDS].tolist(),
        "risk": tables.risk[1 : instruments + 1][RISK_FIELDS].tolist(),
        "arrays": tables.arrays[SCENARIOS : (instruments + 1) * SCENARIOS].tolist(),
        "next_arrays": tables.next_arrays[SCENARIOS : (instruments + 1) * SCENARIOS].tolist(),
        "axes": [points_of(tables, number) for number in range(1, instruments + 1)],
        "next_axes": tables.next_axis[SCENARIOS : (instruments + 1) * SCENARIOS].tolist(),
        "open_interest": live["open_interest"].tolist(),
        "accounts": tables.accounts["open_compartments"][1 : accounts + 1].tolist(),
        "free": tables.free[1 : accounts + 1, 1 : assets + 1].tolist(),
        "compartments": held[COMPARTMENT_FIELDS].tolist(),
        "top_ups": tables.top_ups[tables.positions["top_up"][1 : compartments + 1]].tolist(),
        "changes": tables.changes[1 : named[0] + 1][CHANGE_FIELDS].tolist(),
        "positions": [
            (size, cost, index if size or owes(kind, purse) else None, side)
            for (size, cost, index, side, _), kind, purse in zip(positions, kinds, purses, strict=True)
        ],
        "orders": [list(listed(tables, int(first))) for first in held["first_order"]],
        "order_numbers": (int(tables.counts["orders"][0]), free_numbers(tables)),
    }


def points_of(tables: Tables, number: int) -> list[tuple[int, int]]:
    """The axis of an instrument."""
    first, count = number * (SCENARIOS + 1), tables.risk["axis_count"][number]
    return [(price, scenario) for price, scenario in tables.axis[first : first + count].tolist()]


def listed(tables: Tables, number: int) -> Iterator[tuple[int, int, int]]:
    """(number, size, price) of an order and of all behind it."""
    while number:
        _, size, price, behind = tables.orders[number].tolist()
        yield number, size, price
        number = behind


def free_numbers(tables: Tables) -> list[int]:
    """The numbers of ended orders, the next to be given first."""
    return [number for number, _, _ in listed(tables, int(tables.counts["free_order"][0]))]


def agree(engine: Engine, state: State) -> str:
    """The first table in which they differ, in words; an empty string where none does."""
    mine, theirs = state_of(state), tables_of(engine)
    for name, rows in mine.items():
        if rows != theirs[name]:
            return f"{name}: the model has {rows}, the engine {theirs[name]}"
    return ""
