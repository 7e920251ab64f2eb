"""PLACE_ORDER and CANCEL_ORDER, what resting orders need, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace

from reference.coming import coming_rules, in_grace, refuse_what_comes_to_be_breached, rules_of, under
from reference.crossing import room
from reference.formulas import initial, opening_equity, owed
from reference.guarding import OPEN, refuse_use
from reference.order_margins import order_margin
from reference.rows import Checks, EventRow, Row
from reference.state import Compartment, Order, State
from stoplog.codes import CompartmentState, Event, InstrumentState, Kind, Refusal

ORDERS_MAX = 64


def place_order(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.compartment not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    held = state.compartments[row.compartment]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    refuse_kinds(state, row.compartment, (Kind.CROSS, Kind.POCKET), checks)
    instrument = state.instruments[held.instrument]
    checks.refuse_if(not instrument.price_min <= row.price <= instrument.price_max, Refusal.PRICE_OUT_OF_RANGE)
    checks.refuse_if(not 1 <= abs(row.size) <= instrument.position_limit, Refusal.SIZE_OUT_OF_RANGE)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    checks.refuse_if(instrument.mark == 0, Refusal.NO_MARK)
    checks.refuse_if(held.state != CompartmentState.OPEN, Refusal.COMPARTMENT_NOT_OPEN)
    full = len(held.orders) >= ORDERS_MAX
    checks.refuse_if(full, Refusal.ORDERS_FULL, available=len(held.orders), limit=ORDERS_MAX)
    now = held.size + row.size
    checks.refuse_if(now * held.side < 0, Refusal.WRONG_SIDE, available=now)
    larger = abs(now) > abs(held.size) or now * held.size < 0
    reduces = instrument.reduce_only != 0
    checks.refuse_if(reduces and larger, Refusal.REDUCE_ONLY, needed=now, available=held.size, limit=0)
    if larger and in_grace(state, held.instrument):
        refuse_what_comes_to_be_breached(state, coming_rules(state, held.instrument), row.compartment, checks)
    new = Order(state.next_order(), row.size, row.price)
    orders = in_order([*held.orders, new])
    filled = held.size + sum(order.size for order in orders if order.size * row.size > 0)
    beyond = filled if row.size > 0 else -filled
    limit = instrument.position_limit
    checks.refuse_if(beyond > limit, Refusal.POSITION_LIMIT, needed=beyond, available=limit, limit=limit)
    after = order_margin(state, held, orders, held.size, held.cost)
    for rules in rules_of(state, held.instrument):
        there = under(state, held.instrument, rules)
        if held.kind == Kind.POSITION:
            refuse_lack_of_room(there, row.compartment, orders, checks)
        else:
            refuse_lack_of_margin(there, row.compartment, orders, checks)
    if after > held.order_margin:
        refuse_use(instrument, OPEN, row.time, checks, row.compartment)
    state.take_number(new.number)
    held.orders, held.order_margin = orders, after
    return [order_event(state, Event.ORDER_PLACED, row.compartment, new.number, after, row.price)]


def refuse_kinds(state: State, number: int, kinds: tuple[Kind, ...], checks: Checks) -> None:
    """Refuse a command that is not for a compartment of these kinds, before any figure is looked at."""
    held = state.compartments[number]
    if held.kind in kinds:
        checks.in_the_order_of_the_row()
        closed = held.state != CompartmentState.OPEN
        checks.refuse_if(closed, Refusal.COMPARTMENT_NOT_OPEN, compartment=number)
        figures = {"needed": 0, "available": int(held.kind), "limit": 0, "compartment": number}
        checks.refuse_if(True, Refusal.WRONG_KIND, **figures)


def refuse_lack_of_margin(state: State, number: int, orders: list[Order], checks: Checks) -> None:
    """Rule ORM-004, for a compartment that would have these orders."""
    held = state.compartments[number]
    before = order_margin(state, held, held.orders, held.size, held.cost)
    after = order_margin(state, held, orders, held.size, held.cost)
    worth, required = standing(state, held)
    checks.refuse_if(
        after > before and worth < required + after,
        Refusal.INSUFFICIENT_MARGIN,
        needed=required + after,
        available=worth,
        limit=max(0, worth - required),
        compartment=number,
    )


def refuse_lack_of_room(state: State, number: int, orders: list[Order], checks: Checks) -> None:
    """The same for a position of a cross compartment, which must open with them: rule CRS-003."""
    held = state.compartments[number]
    before = order_margin(state, held, held.orders, held.size, held.cost)
    after = order_margin(state, held, orders, held.size, held.cost)
    left = room(state.with_rows({number: replace(held, orders=orders, order_margin=after)}), held.cross)
    checks.refuse_if(
        after > before and not left.opens,
        Refusal.INSUFFICIENT_MARGIN,
        needed=left.needed,
        available=left.available,
        limit=0,
        compartment=held.cross,
    )


def standing(state: State, held: Compartment) -> tuple[int, int]:
    """(equity less reserve, initial margin) of a compartment at the mark."""
    instrument = state.instruments[held.instrument]
    purse = held.purse - owed(instrument, held)
    if held.size == 0:
        return purse, 0
    tiers = state.tier_tables[instrument.tier_table]
    where = (instrument.mark, held.size, held.cost)
    return opening_equity(instrument, *where, purse), initial(instrument, tiers, *where, held.own_rate)


def cancel_order(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.compartment not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    held = state.compartments[row.compartment]
    found = [order for order in held.orders if order.number == row.other]
    checks.refuse_if(not found, Refusal.UNKNOWN_ORDER, needed=row.other, compartment=row.compartment)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    held.orders = [order for order in held.orders if order.number != row.other]
    state.free_orders.append(row.other)
    held.order_margin = order_margin(state, held, held.orders, held.size, held.cost)
    figures = (row.other, held.order_margin, found[0].size)
    return [order_event(state, Event.ORDER_CANCELLED, row.compartment, *figures)]


def in_order(orders: list[Order]) -> list[Order]:
    """Buys, then sells, each best price first; of equal prices the one that came first: rule ORM-007."""
    buys = sorted((order for order in orders if order.size > 0), key=lambda order: -order.price)
    sells = sorted((order for order in orders if order.size < 0), key=lambda order: order.price)
    return buys + sells


def order_event(state: State, kind: Event, number: int, first: int, second: int, third: int) -> EventRow:
    """An event about the orders of compartment `number`: no money moves by it."""
    held = state.compartments[number]
    subject = (held.asset, held.instrument, held.account, number)
    return EventRow(state.sequence, kind, 0, 0, 0, *subject, 0, first, second, third)


def all_cancelled(state: State, number: int) -> list[EventRow]:
    """Cancel every order of a compartment, in the order of its list: rule ORM-007."""
    held = state.compartments[number]
    orders, held.orders, held.order_margin = held.orders, [], 0
    state.free_orders += [order.number for order in orders]
    return [order_event(state, Event.ORDER_CANCELLED, number, order.number, 0, order.size) for order in orders]


def refuse_strange_order(state: State, number: int, compartment: int, checks: Checks) -> None:
    """A leg by an order that rests nowhere."""
    known = any(order.number == number for held in state.compartments.values() for order in held.orders)
    checks.refuse_if(number != 0 and not known, Refusal.UNKNOWN_ORDER, needed=number, compartment=compartment)


def refuse_mismatch(state: State, number: int, compartment: int, lots: int, price: int, checks: Checks) -> None:
    """A leg by an order that it does not match: rule ORM-008."""
    if number == 0:
        return
    owners = {order.number: n for n, held in state.compartments.items() for order in held.orders}
    order = next(o for o in state.compartments[owners[number]].orders if o.number == number)
    fits = owners[number] == compartment and order.size * lots > 0 and abs(lots) <= abs(order.size)
    inside = price <= order.price if order.size > 0 else price >= order.price
    checks.refuse_if(
        not (fits and inside),
        Refusal.ORDER_MISMATCH,
        needed=number,
        available=order.size,
        limit=order.price,
        compartment=compartment,
    )


def after_fill(held: Compartment, number: int, lots: int) -> list[Order]:
    """The orders of a compartment once `lots` came in by order `number`, 0 being none."""
    left = [Order(o.number, o.size - lots * (o.number == number), o.price) for o in held.orders]
    return [order for order in left if order.size != 0]


def matched(state: State, number: int, order: int, lots: int) -> list[EventRow]:
    """What a fill does to the orders of a compartment whose position is already that after it: rule ORM-009."""
    held = state.compartments[number]
    before, held.orders = held.orders, after_fill(held, order, lots)
    held.order_margin = order_margin(state, held, held.orders, held.size, held.cost)
    if order == 0:
        return []
    if len(held.orders) < len(before):
        state.free_orders.append(order)
    left = sum(o.size for o in held.orders if o.number == order)
    return [order_event(state, Event.ORDER_MATCHED, number, order, left, held.order_margin)]


def reckoned_anew(state: State, instrument: int) -> list[EventRow]:
    """The order margins of an instrument under its new tiers, in the order of compartment number: rule ORM-009."""
    events = []
    for number, held in sorted(state.compartments.items()):
        if held.instrument == instrument:
            before = held.order_margin
            held.order_margin = order_margin(state, held, held.orders, held.size, held.cost)
            if held.order_margin != before:
                figures = (before, held.order_margin, 0)
                events.append(order_event(state, Event.ORDER_MARGIN_CHANGED, number, *figures))
    return events
