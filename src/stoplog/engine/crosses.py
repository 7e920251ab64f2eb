"""Cross compartments: opening and closing them and their positions, and what is put into and taken out of them."""

from __future__ import annotations

from typing import Any

from stoplog.codes import Command, CompartmentState, Event, Gains, Kind, Model, Refusal, Side
from stoplog.engine import (
    coming,
    cross_guards,
    cross_health,
    cross_rows,
    cross_waiting,
    order_lists,
    pockets,
    postings,
    refusing,
    risk_arrays,
    strategy_waiting,
)
from stoplog.engine.balances import free_balance
from stoplog.engine.compiling import compiled, word
from stoplog.engine.heaps import OF_POCKETS, OF_POSITIONS
from stoplog.engine.postings import note, post, refuse
from stoplog.engine.room import lacks_room_for
from stoplog.engine.tables import HEAPS
from stoplog.records import ASSETS_PER_CROSS, POSITIONS_PER_CROSS
from stoplog.units import AMOUNT_MAX, PURSE_MAX, RATE_ONE

NONE = refusing.NONE
CLOSE_COMPARTMENT = int(Command.CLOSE_COMPARTMENT)
ADD_MARGIN = int(Command.ADD_MARGIN)
CLOSED = int(CompartmentState.CLOSED)
CROSS = int(Kind.CROSS)
POSITION = int(Kind.POSITION)
POCKET_ROW = int(Kind.POCKET)
LAST_GAINS = int(max(Gains))
LAST_MODEL = int(max(Model))
LONG = int(Side.LONG)
SHORT = int(Side.SHORT)
CROSS_OPENED = int(Event.CROSS_OPENED)
COMPARTMENT_OPENED = int(Event.COMPARTMENT_OPENED)
COMPARTMENT_CLOSED = int(Event.COMPARTMENT_CLOSED)
MARGIN_ADDED = int(Event.MARGIN_ADDED)
MARGIN_REMOVED = int(Event.MARGIN_REMOVED)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
POSITION_OPEN = int(Refusal.POSITION_OPEN)
WRONG_OWNER = int(Refusal.WRONG_OWNER)
INSUFFICIENT_FREE = int(Refusal.INSUFFICIENT_FREE)
INSUFFICIENT_MARGIN = int(Refusal.INSUFFICIENT_MARGIN)
NO_PRICE = int(Refusal.NO_PRICE)
BEYOND_CAP = int(Refusal.BEYOND_CAP)
CROSS_LIMIT = int(Refusal.CROSS_LIMIT)
FREE = postings.FREE
POCKET = postings.POCKET
EVENTS_OF_CLOSING = 2 * ASSETS_PER_CROSS


@compiled
def open_cross(t: Any, command: Any) -> int:
    """OPEN_CROSS: `account`, `code` how far unrealised gains count, `rate` the model of what it must hold."""
    if command.code > LAST_GAINS:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, LAST_GAINS)
    reason = refusing.no_account(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    if not 0 <= command.rate <= LAST_MODEL:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, command.rate, LAST_MODEL)
    number = cross_rows.opened(t, command.account, CROSS, 0)
    t.compartments[number].pocket = command.code
    t.compartments[number].initial_rate = command.rate
    note(t, CROSS_OPENED, 0, 0, command.account, number, command.code, command.rate, 0)
    return NONE


@compiled
def no_price(t: Any, command: Any, asset: int) -> int:
    """Refuse an asset that has no price."""
    if t.assets[asset].price != 0:
        return NONE
    return refuse(t, command, NO_PRICE, 0, 0, asset, 0)


@compiled
def no_room_for_asset(t: Any, command: Any, x: int, asset: int) -> int:
    """Refuse an asset more than a cross compartment can hold."""
    count = cross_rows.count_of(t, x, POCKET_ROW)
    if count < ASSETS_PER_CROSS or cross_rows.pocket_for(t, x, asset) != 0:
        return NONE
    return refuse(t, command, CROSS_LIMIT, x, count + 1, count, ASSETS_PER_CROSS)


@compiled
def no_room_for_position(t: Any, command: Any, x: int, asset: int) -> int:
    """Refuse a position, or an asset, more than a cross compartment can hold."""
    count = cross_rows.count_of(t, x, POSITION)
    if count >= POSITIONS_PER_CROSS:
        return refuse(t, command, CROSS_LIMIT, x, count + 1, count, POSITIONS_PER_CROSS)
    return no_room_for_asset(t, command, x, asset)


@compiled
def strange(t: Any, command: Any, x: int, account: int) -> int:
    """Refuse a cross compartment of another owner."""
    owner = word(t.compartments[x].account)
    if owner == account:
        return NONE
    return refuse(t, command, WRONG_OWNER, x, account, owner, 0)


@compiled
def _position_refused(t: Any, command: Any) -> int:
    if command.code > SHORT:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, SHORT)
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.no_account(t, command)
    if reason == NONE:
        reason = refusing.no_compartment_now(t, command)
    if reason != NONE:
        return reason
    if command.amount != 0:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, command.amount, 0)
    if not 0 <= command.rate <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, command.rate, RATE_ONE)
    x, asset = command.compartment, t.instruments[command.instrument].asset
    reason = refusing.expired(t, command)
    if reason == NONE:
        reason = refusing.not_open(t, command, x)
    if reason == NONE:
        reason = refusing.other_kind(t, command, x, CROSS)
    if reason == NONE:
        reason = strange(t, command, x, command.account)
    if reason == NONE:
        reason = no_price(t, command, asset)
    if reason == NONE:
        reason = risk_arrays.not_whole(t, command, x, command.instrument)
    if reason == NONE:
        reason = no_room_for_position(t, command, x, asset)
    return reason


@compiled
def open_position(t: Any, command: Any) -> int:
    """OPEN_COMPARTMENT with `compartment`: a position in that cross compartment, without a purse of its own."""
    reason = _position_refused(t, command)
    if reason != NONE:
        return reason
    x, i, account = command.compartment, command.instrument, command.account
    asset = t.instruments[i].asset
    pocket = cross_rows.open_pocket(t, x, asset)
    number = cross_rows.opened(t, account, POSITION, asset)
    row = t.compartments[number]
    row.instrument = i
    row.initial_rate = command.rate
    row.pocket = pocket
    t.positions[number].side = (command.code == LONG) - (command.code == SHORT)
    cross_rows.link(t, x, number)
    cross_rows.begin_to_wait(t, HEAPS * i + OF_POSITIONS, number)
    strategy_waiting.begin(t, x, number)
    post(t, COMPARTMENT_OPENED, FREE, POCKET, asset, i, account, number, 0, 0, command.rate, command.code)
    return NONE


@compiled
def close_position(t: Any, c: int) -> int:
    """Close a position without a size: its orders are cancelled, its funding is none."""
    row, i = t.compartments[c], word(t.compartments[c].instrument)
    x = word(row.cross)
    order_lists.cancel_all(t, i, c)
    cross_rows.wait_no_longer(t, HEAPS * i + OF_POSITIONS, c)
    strategy_waiting.end(t, x, c)
    post(t, COMPARTMENT_CLOSED, POCKET, FREE, row.asset, i, row.account, c, 0, 0, 0, 0)
    cross_rows.unlink(t, x, c)
    row.state = CLOSED
    row.pocket = 0
    t.accounts[row.account].open_compartments -= 1
    return NONE


@compiled
def _not_empty(t: Any, command: Any, x: int) -> int:
    """Refuse to close a cross compartment that has positions, or owes something."""
    count = cross_rows.count_of(t, x, POSITION)
    if count != 0:
        return refuse(t, command, POSITION_OPEN, x, 0, count, 0)
    short = pockets.next_short(t, x, 0)
    if short != 0:
        return refuse(t, command, INSUFFICIENT_MARGIN, short, 0, pockets.after_interest(t, short), 0)
    return NONE


@compiled
def close_cross(t: Any, command: Any, x: int) -> int:
    """Close a cross compartment: what its pockets hold goes to the free balance."""
    reason = _not_empty(t, command, x)
    if reason != NONE:
        return reason
    if lacks_room_for(t, 0, EVENTS_OF_CLOSING):
        return NONE
    account = word(t.compartments[x].account)
    pocket = cross_rows.first(t, x)
    while pocket != 0:
        row, asset = t.compartments[pocket], word(t.compartments[pocket].asset)
        after = cross_rows.behind(t, pocket)
        row.taken_out += row.purse
        cross_rows.wait_no_longer(t, HEAPS * asset + OF_POCKETS, pocket)
        post(t, COMPARTMENT_CLOSED, POCKET, FREE, asset, 0, account, pocket, row.purse, 0, 0, 0)
        cross_rows.unlink(t, x, pocket)
        row.state = CLOSED
        row.pocket = 0
        t.accounts[account].open_compartments -= 1
        pocket = after
    t.compartments[x].state = CLOSED
    t.accounts[account].open_compartments -= 1
    note(t, COMPARTMENT_CLOSED, 0, 0, account, x, 0, 0, 0)
    return NONE


@compiled
def beyond_cap(t: Any, command: Any, asset: int, amount: int) -> int:
    """Refuse a deposit that the pool of its asset has no room for."""
    row = t.assets[asset]
    room = max(0, row.deposit_cap - row.pledged)
    if amount <= room:
        return NONE
    return refuse(t, command, BEYOND_CAP, 0, amount, room, row.deposit_cap)


@compiled
def _deposit_refused(t: Any, command: Any, x: int, asset: int) -> int:
    reason = no_price(t, command, asset)
    if reason != NONE:
        return reason
    pocket, amount = cross_rows.pocket_for(t, x, asset), command.amount
    room = PURSE_MAX - (pockets.after_interest(t, pocket) if pocket != 0 else 0)
    if not 1 <= amount <= room:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, x, 0, amount, room)
    reason = beyond_cap(t, command, asset, amount)
    if reason != NONE:
        return reason
    free = free_balance(t, t.compartments[x].account, asset)
    if amount > free:
        return refuse(t, command, INSUFFICIENT_FREE, x, amount, free, 0)
    return no_room_for_asset(t, command, x, asset)


@compiled
def add_margin(t: Any, command: Any, x: int) -> int:
    """ADD_MARGIN on a cross compartment: `asset`, `amount`; safer than before, it keeps its intervals."""
    asset, amount = command.asset, command.amount
    reason = _deposit_refused(t, command, x, asset)
    if reason != NONE:
        return reason
    pocket = cross_rows.open_pocket(t, x, asset)
    pockets.pay_interest(t, pocket)
    row = t.compartments[pocket]
    row.put_in += amount
    after = row.purse + amount
    post(t, MARGIN_ADDED, FREE, POCKET, asset, 0, row.account, pocket, amount, after, 0, 0)
    cross_waiting.await_prices(t, x)
    return NONE


@compiled
def short_of(t: Any, command: Any, x: int, swap: Any) -> int:
    """Refuse what would leave cross compartment `x` without its initial requirement, in a grace under both rules."""
    reason = short_now(t, command, x, swap)
    if reason == NONE and coming.exchange_all(t, x) > 0:
        reason = short_now(t, command, x, swap)
        coming.exchange_all(t, x)
    return reason


@compiled
def short_now(t: Any, command: Any, x: int, swap: Any) -> int:
    """Refuse what would leave cross compartment `x` without its initial requirement: rule CRS-003."""
    equity, needed = cross_health.opening_health(t, x, swap)
    if equity >= needed:
        return NONE
    return refuse(t, command, INSUFFICIENT_MARGIN, x, needed, equity, 0)


@compiled
def remove_margin(t: Any, command: Any, x: int) -> int:
    """REMOVE_MARGIN on a cross compartment: `asset`, `amount`."""
    asset, amount = command.asset, command.amount
    if amount < 1 or amount > AMOUNT_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, x, 0, amount, AMOUNT_MAX)
    pocket = cross_rows.pocket_for(t, x, asset)
    if pocket == 0:
        return refuse(t, command, INSUFFICIENT_MARGIN, x, amount, 0, 0)
    held = pockets.after_interest(t, pocket)
    if held < amount:
        return refuse(t, command, INSUFFICIENT_MARGIN, pocket, amount, max(0, held), 0)
    reason = short_of(t, command, x, cross_health.Swap(pocket, 0, 0, -amount, 0, 0, 0))
    if reason == NONE:
        reason = cross_guards.refuse_letting_out(t, command, x)
    if reason != NONE:
        return reason
    pockets.pay_interest(t, pocket)
    row = t.compartments[pocket]
    row.taken_out += amount
    after = row.purse - amount
    post(t, MARGIN_REMOVED, POCKET, FREE, asset, 0, row.account, pocket, amount, after, 0, 0)
    cross_waiting.await_prices(t, x)
    return NONE


@compiled
def _close(t: Any, command: Any) -> int:
    c = command.compartment
    reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = refusing.not_open(t, command, c)
    if reason != NONE:
        return reason
    if t.compartments[c].kind == CROSS:
        return close_cross(t, command, c)
    if t.positions[c].size != 0:
        return refuse(t, command, POSITION_OPEN, c, 0, t.positions[c].size, 0)
    if lacks_room_for(t, 0, order_lists.count_of(t, c)):
        return NONE
    return close_position(t, c)


@compiled
def change(t: Any, command: Any) -> int:
    """CLOSE_COMPARTMENT, ADD_MARGIN or REMOVE_MARGIN on a cross compartment or one of its rows."""
    c, kind = command.compartment, t.compartments[command.compartment].kind
    if kind == POCKET_ROW or (kind == POSITION and command.kind != CLOSE_COMPARTMENT):
        return refusing.not_for_this_kind(t, command)
    if command.kind == CLOSE_COMPARTMENT:
        return _close(t, command)
    reason = refusing.no_asset_now(t, command)
    if reason == NONE:
        reason = refusing.not_open(t, command, c)
    if reason != NONE:
        return reason
    if command.kind == ADD_MARGIN:
        return add_margin(t, command, c)
    return remove_margin(t, command, c)
