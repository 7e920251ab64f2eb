"""Free balances: deposits and withdrawals."""

from __future__ import annotations

from typing import Any

from stoplog.codes import Event, Refusal
from stoplog.engine import postings, refusing
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import post, refuse
from stoplog.engine.views import ASSET_ROOM
from stoplog.units import AMOUNT_MAX, LIFETIME_MAX

NONE = refusing.NONE
DEPOSITED = int(Event.DEPOSITED)
WITHDRAWN = int(Event.WITHDRAWN)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
INSUFFICIENT_FREE = int(Refusal.INSUFFICIENT_FREE)
OUTSIDE_WORLD = postings.OUTSIDE_WORLD
FREE = postings.FREE


@compiled
def free_balance(t: Any, account: int, asset: int) -> int:
    """An owner's free balance."""
    return t.free[account * t.control[ASSET_ROOM] + asset]  # type: ignore[no-any-return]


@compiled
def deposit(t: Any, command: Any) -> int:
    """DEPOSIT: `account`, `asset`, `amount`."""
    reason = refusing.no_balance(t, command)
    if reason != NONE:
        return reason
    account, asset, amount = command.account, command.asset, command.amount
    row = t.assets[asset]
    held = max(row.deposited - row.withdrawn, free_balance(t, account, asset))
    room = min(AMOUNT_MAX - held, LIFETIME_MAX - row.deposited)
    if not 1 <= amount <= room:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, amount, room)
    after = free_balance(t, account, asset) + amount
    post(t, DEPOSITED, OUTSIDE_WORLD, FREE, asset, 0, account, 0, amount, after, 0, 0)
    return NONE


@compiled
def withdraw(t: Any, command: Any) -> int:
    """WITHDRAW: `account`, `asset`, `amount`."""
    reason = refusing.no_balance(t, command)
    if reason != NONE:
        return reason
    account, asset, amount = command.account, command.asset, command.amount
    room = LIFETIME_MAX - t.assets[asset].withdrawn
    if not 1 <= amount <= room:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, amount, room)
    free = free_balance(t, account, asset)
    if amount > free:
        return refuse(t, command, INSUFFICIENT_FREE, 0, amount, free, 0)
    post(t, WITHDRAWN, FREE, OUTSIDE_WORLD, asset, 0, account, 0, amount, free - amount, 0, 0)
    return NONE
