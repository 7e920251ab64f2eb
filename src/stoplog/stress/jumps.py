"""All prices of a ledger in one jump, as commands: rule STR-007.

Marks come one after the other, and a compartment with several is to be judged by all of them. So before the first every
mark is made stale, which puts off whoever has a position at one, and nobody is looked at until his last has come.
"""

from __future__ import annotations

from stoplog.codes import GUARD_POLICY_DEFAULT, Kind, Parameter
from stoplog.commands import Batch
from stoplog.engine import Tables
from stoplog.units import ASSET_PRICE_MAX

LIMITS = (Parameter.CONFIDENCE_LIMIT, Parameter.DEVIATION_LIMIT, Parameter.JUMP_LIMIT)
AT_ONCE = 1
"""The age limit, in milliseconds, under which all marks of the state are stale when the jump comes."""


def jump(tables: Tables, marks: dict[int, int], prices: dict[int, int]) -> Batch:
    """The commands that bring marks by instrument, and prices by asset, into force at once.

    Both are held within what the engine takes. A cross compartment without positions is looked at after each price.
    """
    batch, time = Batch(), int(tables.counts["time"][0])
    shared = bool((tables.rows("compartments")["kind"] == Kind.CROSS).any())
    later = time + 2 * AT_ONCE if shared else time
    for number in marks:
        if tables.instruments["guarded"][number]:
            _without_guards(batch, number, time)
        if shared:
            _stale(batch, number, time)
    for number, price in prices.items():
        batch.price_asset(asset=number, price=max(1, min(ASSET_PRICE_MAX, price)), time=later)
    for number, price in marks.items():
        row = tables.instruments[number]
        held = max(int(row["price_min"]), min(int(row["price_max"]), price))
        batch.mark(instrument=number, price=held, time=later)
    return batch


def _without_guards(batch: Batch, number: int, time: int) -> None:
    """A stressed mark is not to be held for being one."""
    for limit in (*LIMITS, Parameter.AGE_LIMIT):
        batch.set_parameter(instrument=number, parameter=limit, value=0, time=time)


def _stale(batch: Batch, number: int, time: int) -> None:
    """The mark is stale a moment later, and a stale one liquidates nobody."""
    policy = {Parameter.GUARD_POLICY: GUARD_POLICY_DEFAULT, Parameter.AGE_LIMIT: AT_ONCE}
    for parameter, value in policy.items():
        batch.set_parameter(instrument=number, parameter=parameter, value=value, time=time)
