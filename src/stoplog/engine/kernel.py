"""The batch kernel: one command after the other, until the batch is done or a table needs room."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import int64

from stoplog.codes import Command, CompartmentState, Kind, Refusal
from stoplog.engine import (
    asset_changes,
    asset_prices,
    balances,
    changing,
    closing,
    compartments,
    cross_rows,
    cross_waiting,
    crosses,
    expiring,
    margins,
    marking,
    moving,
    order_lists,
    orders,
    parameters,
    price_axis,
    refusing,
    registry,
    risk_arrays,
    scenario_health,
    strategy_waiting,
    topping_up,
    trading,
    waiting,
)
from stoplog.engine.compiling import compiled, compiled_to_disk, outlined
from stoplog.engine.heaps import OF_POCKETS, OF_POSITIONS
from stoplog.engine.postings import refuse
from stoplog.engine.refusing import NONE, knows
from stoplog.engine.room import NEED_EVENTS, NEED_NODES, lacks_event_room
from stoplog.engine.tables import HEAPS
from stoplog.engine.views import EVENT_ROWS, STATUS, open_view


class Asked(NamedTuple):
    """A command with every field in 64 bits, so that each function is compiled for one type only."""

    time: int
    kind: int
    code: int
    asset: int
    instrument: int
    account: int
    compartment: int
    other: int
    amount: int
    price: int
    size: int
    rate: int


UNKNOWN_COMMAND = int(Refusal.UNKNOWN_COMMAND)
ISOLATED = int(Kind.ISOLATED)
CROSS = int(Kind.CROSS)
POSITION = int(Kind.POSITION)
OPEN = int(CompartmentState.OPEN)
REGISTER_ASSET = int(Command.REGISTER_ASSET)
REGISTER_TIER_TABLE = int(Command.REGISTER_TIER_TABLE)
ADD_TIER = int(Command.ADD_TIER)
REGISTER_INSTRUMENT = int(Command.REGISTER_INSTRUMENT)
REGISTER_ACCOUNT = int(Command.REGISTER_ACCOUNT)
SET_PARAMETER = int(Command.SET_PARAMETER)
DEPOSIT = int(Command.DEPOSIT)
WITHDRAW = int(Command.WITHDRAW)
OPEN_COMPARTMENT = int(Command.OPEN_COMPARTMENT)
CLOSE_COMPARTMENT = int(Command.CLOSE_COMPARTMENT)
ADD_MARGIN = int(Command.ADD_MARGIN)
REMOVE_MARGIN = int(Command.REMOVE_MARGIN)
FILL = int(Command.FILL)
MARK = int(Command.MARK)
FUNDING = int(Command.FUNDING)
EXPIRE = int(Command.EXPIRE)
SET_LEVERAGE = int(Command.SET_LEVERAGE)
PLACE_ORDER = int(Command.PLACE_ORDER)
CANCEL_ORDER = int(Command.CANCEL_ORDER)
SET_TOP_UP = int(Command.SET_TOP_UP)
SCHEDULE_PARAMETER = int(Command.SCHEDULE_PARAMETER)
REVOKE_CHANGE = int(Command.REVOKE_CHANGE)
OPEN_CROSS = int(Command.OPEN_CROSS)
MOVE_COMPARTMENT = int(Command.MOVE_COMPARTMENT)
PRICE_ASSET = int(Command.PRICE_ASSET)
SET_ASSET_PARAMETER = int(Command.SET_ASSET_PARAMETER)
INTEREST = int(Command.INTEREST)
CONVERT = int(Command.CONVERT)
SCHEDULE_ASSET_PARAMETER = int(Command.SCHEDULE_ASSET_PARAMETER)
SET_UNDERLYING = int(Command.SET_UNDERLYING)
STAGE_ARRAY = int(Command.STAGE_ARRAY)
STAGE_MARK = int(Command.STAGE_MARK)
REVALUE = int(Command.REVALUE)
CLOSE_ALL = int(Command.CLOSE_ALL)
STAGE_AXIS = int(Command.STAGE_AXIS)

DONE = 0
NEED_ASSETS = NEED_EVENTS + 1
NEED_TIER_TABLES = NEED_EVENTS + 2
NEED_INSTRUMENTS = NEED_EVENTS + 3
NEED_ACCOUNTS = NEED_EVENTS + 4
NEED_COMPARTMENTS = NEED_EVENTS + 5
NEED_ORDERS = NEED_EVENTS + 7
NEED_TOP_UPS = NEED_EVENTS + 8
NEED_CHANGES = NEED_EVENTS + 9

NEEDS = {
    NEED_EVENTS: "events",
    NEED_ASSETS: "assets",
    NEED_TIER_TABLES: "tier_tables",
    NEED_INSTRUMENTS: "instruments",
    NEED_ACCOUNTS: "accounts",
    NEED_COMPARTMENTS: "compartments",
    NEED_NODES: "nodes",
    NEED_ORDERS: "orders",
    NEED_TOP_UPS: "top_ups",
    NEED_CHANGES: "changes",
}
"""Which group of tables a status asks to be enlarged."""


@compiled
def shares(t: Any, c: int) -> bool:
    """Whether a compartment is, or is in, a cross compartment."""
    return knows(c, t.counts[0].compartments) and t.compartments[c].kind != ISOLATED


@compiled
def _is_not_for(t: Any, kind: int, c: int) -> bool:
    """Whether a command is not for a row of this kind: only a position of a cross compartment has orders and a rate."""
    return shares(t, c) and (kind == SET_TOP_UP or t.compartments[c].kind != POSITION)


@compiled
def _lacks_pocket(t: Any, command: Any) -> int:
    if t.counts[0].compartments + 3 > len(t.compartments):
        return NEED_COMPARTMENTS
    heap = HEAPS * command.asset + OF_POCKETS
    known = knows(command.asset, t.counts[0].assets)
    return NEED_NODES if known and not cross_waiting.heaps_have_room(t, heap, 1) else DONE


@compiled
def _lacks_position(t: Any, i: int) -> int:
    """Whether a position more in instrument `i`, isolated or not, and a pocket for it, could begin to wait."""
    if not knows(i, t.counts[0].instruments):
        return DONE
    room = cross_waiting.heaps_have_room(t, HEAPS * i + OF_POSITIONS, 1) and waiting.heaps_have_room(t, i, 1)
    room = room and cross_waiting.heaps_have_room(t, HEAPS * t.instruments[i].asset + OF_POCKETS, 1)
    room = room and cross_waiting.heaps_have_room(t, strategy_waiting.heap_of(t.instruments[i].underlying), 1)
    return DONE if room else NEED_NODES


@compiled
def _lacks_room(t: Any, command: Any) -> int:
    """The status that names what the command may need and is not there, or DONE; changes no state."""
    if lacks_event_room(t, 0):
        return NEED_EVENTS
    kind, counts = command.kind, t.counts[0]
    if kind in (MARK, DEPOSIT):
        return DONE
    if kind == ADD_MARGIN:
        return _lacks_pocket(t, command) if shares(t, command.compartment) else DONE
    if kind == FILL:
        known = knows(command.instrument, counts.instruments)
        return NEED_NODES if known and not waiting.heaps_have_room(t, command.instrument, 2) else DONE
    if kind == SET_PARAMETER and parameters.moves_thresholds(command.code):
        known = knows(command.instrument, counts.instruments)
        holders = waiting.holders_count(t, command.instrument) if known else 0
        return NEED_NODES if known and not waiting.heaps_have_room(t, command.instrument, holders) else DONE
    if kind == OPEN_COMPARTMENT:
        if counts.compartments + 3 > len(t.compartments):
            return NEED_COMPARTMENTS
        return _lacks_position(t, command.instrument) if command.compartment != 0 else DONE
    if kind in (OPEN_CROSS, MOVE_COMPARTMENT):
        if counts.compartments + 3 > len(t.compartments):
            return NEED_COMPARTMENTS
        known = kind == MOVE_COMPARTMENT and knows(command.compartment, counts.compartments)
        return _lacks_position(t, int64(t.compartments[command.compartment].instrument)) if known else DONE
    if kind == PLACE_ORDER:
        return DONE if order_lists.have_room(t) else NEED_ORDERS
    if kind == SET_TOP_UP:
        return NEED_TOP_UPS if counts.top_ups + 2 > len(t.top_ups) else DONE
    if kind in (SCHEDULE_PARAMETER, SCHEDULE_ASSET_PARAMETER):
        return NEED_CHANGES if counts.changes + 2 > len(t.changes) else DONE
    if kind == REGISTER_ACCOUNT:
        return NEED_ACCOUNTS if counts.accounts + 2 > len(t.accounts) else DONE
    if kind == REGISTER_ASSET:
        return NEED_ASSETS if counts.assets + 2 > len(t.assets) else DONE
    if kind == REGISTER_TIER_TABLE:
        return NEED_TIER_TABLES if counts.tier_tables + 2 > len(t.tier_tables) else DONE
    if kind == REGISTER_INSTRUMENT:
        return NEED_INSTRUMENTS if counts.instruments + 2 > len(t.instruments) else DONE
    return DONE


@compiled
def _read(row: Any) -> Any:
    return Asked(
        int64(row.time),
        int64(row.kind),
        int64(row.code),
        int64(row.asset),
        int64(row.instrument),
        int64(row.account),
        int64(row.compartment),
        int64(row.other),
        row.amount,
        row.price,
        row.size,
        row.rate,
    )


@outlined
def _handle_rare(t: Any, command: Any) -> int:
    """Commands that come seldom, beside the loop."""
    kind = command.kind
    if kind in (CLOSE_COMPARTMENT, ADD_MARGIN, REMOVE_MARGIN):
        return crosses.change(t, command)
    if kind in (SET_LEVERAGE, PLACE_ORDER, SET_TOP_UP) and _is_not_for(t, kind, command.compartment):
        return refusing.not_for_this_kind(t, command)
    if kind == OPEN_COMPARTMENT:
        return crosses.open_position(t, command)
    if kind == OPEN_CROSS:
        return crosses.open_cross(t, command)
    if kind == PRICE_ASSET:
        return asset_prices.price_asset(t, command)
    if kind == SET_ASSET_PARAMETER:
        return asset_prices.set_asset_parameter(t, command)
    if kind == SCHEDULE_ASSET_PARAMETER:
        return asset_changes.schedule_asset_parameter(t, command)
    if kind == INTEREST:
        return asset_prices.interest(t, command)
    if kind == CONVERT:
        return asset_prices.convert(t, command)
    if kind == STAGE_ARRAY:
        return risk_arrays.stage_array(t, command)
    if kind == STAGE_MARK:
        return risk_arrays.stage_mark(t, command)
    if kind == STAGE_AXIS:
        return price_axis.stage_axis(t, command)
    if kind == REVALUE:
        return risk_arrays.revalue(t, command)
    if kind == CLOSE_ALL:
        return closing.close_all(t, command)
    if kind == SET_UNDERLYING:
        return risk_arrays.set_underlying(t, command)
    if kind == MOVE_COMPARTMENT:
        return moving.move_compartment(t, command)
    if kind == PLACE_ORDER:
        return orders.place_order(t, command)
    if kind == CANCEL_ORDER:
        return orders.cancel_order(t, command)
    if kind == FUNDING:
        return marking.funding(t, command)
    if kind == EXPIRE:
        return expiring.expire(t, command)
    if kind == SET_LEVERAGE:
        return margins.set_leverage(t, command)
    if kind == SET_TOP_UP:
        return topping_up.set_top_up(t, command)
    if kind == SCHEDULE_PARAMETER:
        return changing.schedule_parameter(t, command)
    if kind == REVOKE_CHANGE:
        return changing.revoke_change(t, command)
    if kind == REGISTER_ACCOUNT:
        return registry.register_account(t, command)
    if kind == REGISTER_ASSET:
        return registry.register_asset(t, command)
    if kind == REGISTER_TIER_TABLE:
        return registry.register_tier_table(t, command)
    if kind == ADD_TIER:
        return registry.add_tier(t, command)
    if kind == REGISTER_INSTRUMENT:
        return registry.register_instrument(t, command)
    if kind == SET_PARAMETER:
        return parameters.set_parameter(t, command)
    return refuse(t, command, UNKNOWN_COMMAND, command.compartment, 0, kind, 0)


@compiled
def _handle(t: Any, command: Any) -> int:
    kind = command.kind
    if kind == MARK:
        return marking.mark(t, command)
    if kind == FILL:
        return trading.fill(t, command)
    if kind == DEPOSIT:
        return balances.deposit(t, command)
    if kind == WITHDRAW:
        return balances.withdraw(t, command)
    if kind == OPEN_COMPARTMENT and command.compartment == 0:
        return compartments.open_compartment(t, command)
    if kind in (CLOSE_COMPARTMENT, ADD_MARGIN, REMOVE_MARGIN) and not shares(t, command.compartment):
        if kind == CLOSE_COMPARTMENT:
            return compartments.close_compartment(t, command)
        if kind == ADD_MARGIN:
            return compartments.add_margin(t, command)
        return margins.remove_margin(t, command)
    return _handle_rare(t, command)


@compiled_to_disk
def run(book: Any, commands: Any, start: int, kept: int) -> int:
    """Apply commands from `start` on; the index of the first that was not applied.

    Where that is not the end, `control[STATUS]` says what needs room, and nothing of that command has happened, but
    changes due before it may have. Events come after the first `kept` rows of the buffer.
    """
    t = open_view(book)
    t.control[EVENT_ROWS] = kept
    t.control[STATUS] = DONE
    for k in range(start, len(commands)):
        if t.counts[0].sequence + 1 >= t.counts[0].due_sequence or t.counts[0].time >= t.counts[0].due_time:
            status = changing.carry_out(t)
            if status != DONE:
                t.control[STATUS] = status
                return k
        command = _read(commands[k])
        status = _lacks_room(t, command)
        if status != DONE:
            t.control[STATUS] = status
            return k
        t.counts[0].sequence += 1
        reason = _handle(t, command)
        if t.control[STATUS] != DONE:
            t.counts[0].sequence -= 1
            return k
        if reason == NONE:
            t.counts[0].time = command.time
    return len(commands)


@compiled
def _begin_to_wait(t: Any, c: int) -> bool:
    """Let a row of a cross compartment wait for nothing yet; whether there was room."""
    if t.compartments[c].kind == CROSS or t.compartments[c].state != OPEN:
        return True
    heap = cross_waiting.heap_of(t, c)
    if not cross_waiting.heaps_have_room(t, heap, 1):
        return False
    cross_rows.begin_to_wait(t, heap, c)
    return t.compartments[c].kind != POSITION or _begin_to_lead(t, c)


@compiled
def _begin_to_lead(t: Any, c: int) -> bool:
    """Likewise for marks of its underlying, where a position waits for those."""
    x = cross_rows.cross_of(t, c)
    if strategy_waiting.leads(t, x, c):
        heap = strategy_waiting.heap_of(scenario_health.underlying_of(t, c))
        if not cross_waiting.heaps_have_room(t, heap, 1):
            return False
        cross_rows.begin_to_wait(t, heap, c)
    return True


@compiled_to_disk
def wait_all(book: Any) -> int:
    """Let every compartment with a position wait where it belongs, in empty heaps; the first left out, or 0.

    A number other than 0 asks for more nodes; call again after enlarging, with empty heaps.
    """
    t = open_view(book)
    for c in range(1, t.counts[0].compartments + 1):
        if t.compartments[c].kind != ISOLATED:
            if not _begin_to_wait(t, c):
                return c
            continue
        i = t.compartments[c].instrument
        waiting.heed_trigger(t, i, t.top_ups[t.positions[c].top_up].trigger)
        if t.positions[c].size != 0:
            if not waiting.heaps_have_room(t, i, 1):
                return c
            waiting.await_price(t, i, c, 0)
    for c in range(1, t.counts[0].compartments + 1):
        if t.compartments[c].kind == CROSS:
            cross_waiting.await_prices(t, c)
    return 0
