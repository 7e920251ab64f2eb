"""What a compartment is worth and must hold, at any price, under the rules in force."""

from __future__ import annotations

from typing import Any

from stoplog.engine import waiting
from stoplog.engine.compiling import compiled
from stoplog.engine.twins import twin
from stoplog.margin import breaching, isolated
from stoplog.units import RATE_ONE

maintenance_under = twin(breaching.maintenance_under)
opening_equity = twin(isolated.opening_equity)


@compiled
def purse_after_funding(t: Any, i: int, c: int) -> int:
    """The purse less the funding that is owed."""
    purse: int = t.compartments[c].purse - waiting.owed(t, i, c)
    return purse


@compiled
def equity_with(t: Any, i: int, c: int, price: int, purse: int) -> int:
    """Equity at `price` with this purse, less what is reserved for closing."""
    position = t.positions[c]
    if position.size == 0:
        return purse
    return opening_equity(waiting.policy_of(t, i), price, position.size, position.cost, purse, RATE_ONE)


@compiled
def maintenance_at(t: Any, i: int, c: int, price: int) -> int:
    """Maintenance margin at `price` of a compartment with a position, rounded up."""
    position = t.positions[c]
    tiers = waiting.ladder(t, t.instruments[i].tier_table)
    return maintenance_under(waiting.policy_of(t, i), tiers, price, position.size, position.cost, RATE_ONE)
