"""What a compartment is worth, must hold and can take, at the mark: the figures an owner asks for."""

from __future__ import annotations

from typing import Any, NamedTuple

from stoplog.codes import CompartmentState, Kind
from stoplog.engine.compiling import compiled_to_disk
from stoplog.engine.cross_standing import held_after_interest, part, price_of
from stoplog.engine.margins import most_that_may_leave
from stoplog.engine.tables import Tables
from stoplog.engine.views import open_view
from stoplog.engine.waiting import owed
from stoplog.margin.breaching import maintenance_under
from stoplog.margin.first_breach import last_price_before_breach
from stoplog.margin.isolated import equity, initial_margin
from stoplog.margin.policies import reserve
from stoplog.margin.thresholds import last_healthy_price
from stoplog.proof.tables import policy_of, tiers_of
from stoplog.units import PRICE_MAX, RATE_ONE


class Standing(NamedTuple):
    """A compartment at the mark; amounts in the smallest unit of its asset, prices in price units.

    `purse` is after the funding that is owed; `reserve` is set aside for closing, and what is asked (initial and
    maintenance margin) is compared with `equity` − `reserve`. `liquidation_price` is the last healthy price, going
    against the holder from the mark, `bankruptcy_price` the last one at which equity is not below zero; None where
    no price is, or where there is no position. A position of a cross compartment has no purse; its prices are those at
    which the cross compartment is breached and bankrupt with all other prices held (`Engine.cross_standing`).
    """

    compartment: int
    state: CompartmentState
    size: int
    cost: int
    purse: int
    equity: int
    reserve: int
    initial_margin: int
    order_margin: int
    maintenance_margin: int
    removable: int
    liquidation_price: int | None
    bankruptcy_price: int | None


@compiled_to_disk
def _owed_and_removable(book: Any, i: int, c: int) -> tuple[int, int]:
    t = open_view(book)
    return owed(t, i, c), most_that_may_leave(t, i, c)


def _price(found: int) -> int | None:
    return found if 1 <= found <= PRICE_MAX else None


def _shared(tables: Tables, number: int) -> Standing:
    """The figures of a row of a cross compartment: a position without a purse of its own, a pocket, or neither."""
    row, position = tables.compartments[number], tables.positions[number]
    state, ordered, size = CompartmentState(int(row["state"])), int(row["order_margin"]), int(position["size"])
    if row["kind"] != Kind.POSITION or size == 0:
        held = held_after_interest(tables.book, number) if row["kind"] == Kind.POCKET else 0
        return Standing(number, state, 0, 0, held, held, 0, 0, ordered, 0, 0, None, None)
    worth, maintenance, initial = part(tables.book, number)[:3]
    prices = (price_of(tables, number, bankrupt=bankrupt) for bankrupt in (False, True))
    cost = int(position["cost"])
    return Standing(number, state, size, cost, 0, worth, 0, initial, ordered, maintenance, 0, *prices)


def standing(tables: Tables, compartment: int) -> Standing:
    """The figures of a compartment; `ValueError` where there is none of this number."""
    if not 1 <= compartment <= int(tables.counts["compartments"][0]):
        raise ValueError(f"compartment: there is none of number {compartment}")
    row, position = tables.compartments[compartment], tables.positions[compartment]
    if row["kind"] != Kind.ISOLATED:
        return _shared(tables, compartment)
    i, size, cost = int(row["instrument"]), int(position["size"]), int(position["cost"])
    state, ordered = CompartmentState(int(row["state"])), int(row["order_margin"])
    due, leaving = _owed_and_removable(tables.book, i, compartment)
    purse = int(row["purse"]) - due
    if size == 0:
        removable = leaving if state == CompartmentState.OPEN else 0
        return Standing(compartment, state, 0, 0, purse, purse, 0, 0, ordered, 0, removable, None, None)
    policy, tiers = policy_of(tables, i), tiers_of(tables, int(tables.instruments["tier_table"][i]))
    mark, capital = int(tables.instruments["mark"][i]), purse - cost
    liquidation = last_price_before_breach(policy, tiers, mark, size, cost, capital, RATE_ONE)
    bankruptcy = last_healthy_price(policy.payoff, policy.multiplier, size, capital, 0, 0, RATE_ONE)
    return Standing(
        compartment,
        state,
        size,
        cost,
        purse,
        equity(policy.payoff, policy.multiplier, mark, size, cost, purse),
        reserve(policy, size, capital, RATE_ONE),
        initial_margin(policy, tiers, mark, size, cost, int(row["initial_rate"]), RATE_ONE),
        ordered,
        maintenance_under(policy, tiers, mark, size, cost, RATE_ONE),
        leaving,
        _price(liquidation),
        _price(bankruptcy),
    )
