"""CLOSE_ALL: every position of a cross compartment traded flat at once, and judged once: rule CRS-013.

Closed one after the other, a leg that hedges may not leave before what it hedges. All of them together leave nothing
that could be short of anything, so that only what is left of the equity counts.
"""

from __future__ import annotations

from typing import Any

from stoplog.codes import Kind, Refusal
from stoplog.engine import (
    cross_guards,
    cross_health,
    cross_liquidating,
    cross_rows,
    cross_waiting,
    legs,
    pockets,
    refusing,
    trading,
    waiting,
)
from stoplog.engine.compiling import compiled, word
from stoplog.engine.postings import refuse
from stoplog.engine.room import lacks_room_for
from stoplog.units import AMOUNT_MAX, PURSE_MAX, RATE_ONE

NONE = refusing.NONE
CROSS = int(Kind.CROSS)
POSITION = int(Kind.POSITION)
POCKET_ROW = int(Kind.POCKET)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
BALANCE_OUT_OF_RANGE = int(Refusal.BALANCE_OUT_OF_RANGE)
INSUFFICIENT_MARGIN = int(Refusal.INSUFFICIENT_MARGIN)
NOTHING_OPEN = int(Refusal.NOTHING_OPEN)

collateral_value = cross_health.collateral_value


@compiled
def _is_open(t: Any, row: int) -> bool:
    """Whether a row is a position with a size."""
    return t.compartments[row].kind == POSITION and t.positions[row].size != 0  # type: ignore[no-any-return]


@compiled
def _leg(t: Any, c: int, command: Any) -> Any:
    """The leg that takes position `c` flat."""
    return legs.closing_leg(t, c, cross_liquidating.sold_at(t, c, command.amount), command.rate)


@compiled
def _left_in(t: Any, x: int, pocket: int, command: Any) -> tuple[int, int]:
    """(what a pocket holds once all positions of `x` are closed, the fees that are paid out of it)."""
    left, fees = word(pockets.after_interest(t, pocket)), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_open(t, row) and t.compartments[row].pocket == pocket:
            leg = _leg(t, row, command)
            left += leg.realised - leg.fee - waiting.owed(t, t.compartments[row].instrument, row)
            fees += leg.fee
        row = cross_rows.behind(t, row)
    return left, fees


@compiled
def _beyond_balance(t: Any, command: Any, pocket: int, left: int, fees: int) -> int:
    """Refuse what would leave a pocket, or the fee account of its asset, outside its range."""
    if abs(left) > PURSE_MAX:
        return refuse(t, command, BALANCE_OUT_OF_RANGE, pocket, left, 0, PURSE_MAX)
    paid = t.funds[t.compartments[pocket].asset].fees + fees
    if fees > 0 and paid > AMOUNT_MAX:
        return refuse(t, command, BALANCE_OUT_OF_RANGE, 0, paid, 0, AMOUNT_MAX)
    return NONE


@compiled
def _short_after(t: Any, command: Any) -> int:
    """Refuse where the equity would be below zero with everything closed."""
    x, equity = command.compartment, word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POCKET_ROW:
            left, fees = _left_in(t, x, row, command)
            reason = _beyond_balance(t, command, row, left, fees)
            if reason != NONE:
                return reason
            asset = t.compartments[row].asset
            haircut = cross_health.haircut_of(t, asset, cross_health.TO_STAY)
            equity += collateral_value(left, t.assets[asset].price, haircut, RATE_ONE)
        row = cross_rows.behind(t, row)
    if equity >= 0:
        return NONE
    return refuse(t, command, INSUFFICIENT_MARGIN, x, 0, equity, 0)


@compiled
def _malformed(t: Any, command: Any) -> int:
    x = command.compartment
    reason = refusing.no_compartment_now(t, command)
    if reason != NONE:
        return reason
    for rate in (command.rate, command.amount):
        if not 0 <= rate <= RATE_ONE:
            return refuse(t, command, RATE_OUT_OF_RANGE, x, 0, rate, RATE_ONE)
    reason = refusing.not_open(t, command, x)
    return reason if reason != NONE else refusing.other_kind(t, command, x, CROSS)


@compiled
def _close(t: Any, c: int, command: Any) -> None:
    """Trade position `c` flat with the outside market."""
    i, size = word(t.compartments[c].instrument), word(t.positions[c].size)
    price = cross_liquidating.sold_at(t, c, command.amount)
    legs.book_leg(t, i, c, _leg(t, c, command), price)
    trading.fill_outside(t, i, size, price)
    trading.collect_dust(t, i)


@compiled
def _close_every(t: Any, x: int, command: Any) -> None:
    cross_liquidating.cancel_orders(t, x)
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_open(t, row):
            _close(t, row, command)
        row = cross_rows.behind(t, row)
    cross_waiting.await_prices(t, x)


@compiled
def close_all(t: Any, command: Any) -> int:
    """CLOSE_ALL: `compartment` a cross compartment, `rate` the fee rate, `amount` the slippage rate."""
    reason = _malformed(t, command)
    if reason != NONE:
        return reason
    x = command.compartment
    if cross_liquidating.count_open(t, x) == 0:
        return refuse(t, command, NOTHING_OPEN, x, 0, 0, 0)
    reason = _short_after(t, command)
    if reason == NONE:
        reason = cross_guards.refuse_reducing(t, command, x)
    if reason != NONE or lacks_room_for(t, 0, cross_liquidating.events_for(t, x)):
        return reason
    _close_every(t, x, command)
    return NONE
