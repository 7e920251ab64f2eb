"""Funding from the account: settled on every position at every funding, the owner's free balance before the margin."""

from __future__ import annotations

from typing import Any

from stoplog.codes import Event
from stoplog.engine import compartments, postings, waiting
from stoplog.engine.balances import free_balance
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import post

FUNDING_COVERED = int(Event.FUNDING_COVERED)
FUNDING_PAID_OUT = int(Event.FUNDING_PAID_OUT)
FREE = postings.FREE
COMPARTMENT = postings.COMPARTMENT


@compiled
def _settle(t: Any, i: int, c: int) -> None:
    row, asset = t.compartments[c], t.instruments[i].asset
    due = waiting.owed(t, i, c)
    covered = min(max(due, 0), free_balance(t, row.account, asset))
    if covered > 0:
        row.put_in += covered
        after = row.purse + covered
        post(t, FUNDING_COVERED, FREE, COMPARTMENT, asset, i, row.account, c, covered, after, due, 0)
    compartments.settle_funding(t, i, c)
    if due < 0:
        row.taken_out -= due
        after = row.purse + due
        post(t, FUNDING_PAID_OUT, COMPARTMENT, FREE, asset, i, row.account, c, -due, after, 0, 0)
    if covered < due:
        waiting.await_price(t, i, c, t.positions[c].size)


@compiled
def settle_all(t: Any, i: int) -> None:
    """Settle the funding of every position of the instrument, in the order of compartment number: rule POS-006."""
    found = waiting.holders(t, i)
    for k in range(found):
        _settle(t, i, t.scratch[k])
