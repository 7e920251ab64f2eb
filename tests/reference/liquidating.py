"""MARK, FUNDING and EXPIRE, and the liquidations that they bring about."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from reference.arrays import crosses_by_scenarios, followers_of, settle_arrays, settling_with
from reference.cross_liquidating import cross_liquidations, fallen_among
from reference.crossing import by_scenarios, crosses_in
from reference.formulas import (
    bankruptcy_price,
    breached,
    fill_value,
    funding_change,
    funding_due,
    largest_lot_value,
    notional,
    owed,
    sale_price,
    value,
)
from reference.guarding import LIQUIDATE, forbidden, hold, refuse_expiry, refuse_unreadable
from reference.ordering import all_cancelled
from reference.pockets import places_of, purse_of, row_event
from reference.portfolio import settled_at
from reference.rows import Checks, EventRow, Row
from reference.state import Instrument, State
from reference.topping_up import top_ups
from reference.trading import dust_collected, funding_dust, outside_fill
from reference.transferring import compartment_event, funding_settled
from stoplog.codes import CompartmentState, Event, InstrumentState, Kind, Place, Refusal
from stoplog.units import FUNDING_ONE, FUNDING_SPAN, RATE_ONE


def mark(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    instrument = state.instruments[row.instrument]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    refuse_unreadable(instrument, row, checks)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    doubted = hold(state, row)
    if doubted:
        return doubted
    instrument.unseen = 0
    events = top_ups(state, row.instrument, row.time)
    fallen, crosses = breaches(state, row.instrument), fallen_among(state, looked_at(state, row.instrument), row.time)
    marked = price_event(state, Event.MARKED, row.instrument, row.price, len(fallen))
    events.append(marked._replace(reason=instrument.doubt))
    events += liquidations(state, row.instrument, fallen) + cross_liquidations(state, crosses)
    return events + funding_dust(state, row.instrument)


def looked_at(state: State, number: int) -> list[int]:
    """The cross compartments that a mark of an instrument may breach, ascending: rules CRS-009 and PRT-009."""
    return sorted({*crosses_in(state, number), *moved_with(state, number)})


def moved_with(state: State, number: int) -> list[int]:
    """The portfolio compartments with a position row in what follows an instrument that has an axis."""
    return crosses_by_scenarios(state, followers_of(state, number)) if state.risk[number].axis else []


def price_event(state: State, kind: Event, number: int, first: int, second: int, third: int | None = 0) -> EventRow:
    """MARKED, FUNDING_ACCRUED or EXPIRED: no money moves by it."""
    return EventRow(state.sequence, kind, 0, 0, 0, None, number, 0, 0, 0, first, second, third)


def breaches(state: State, number: int) -> list[int]:
    """The compartments breached at the mark, in the order of their numbers: rule LIQ-002."""
    instrument = state.instruments[number]
    tiers = state.tier_tables[instrument.tier_table]
    found = []
    for holder in state.isolated_holders(number):
        held = state.compartments[holder]
        purse = held.purse - owed(instrument, held)
        if breached(instrument, tiers, instrument.mark, held.size, held.cost, purse):
            found.append(holder)
    return found


def funding(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    instrument = state.instruments[row.instrument]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    outside = not instrument.price_min <= row.price <= instrument.price_max
    checks.refuse_if(row.price != 0 and outside, Refusal.PRICE_OUT_OF_RANGE)
    checks.refuse_if(not -RATE_ONE <= row.rate <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    price = row.price or instrument.mark
    change = funding_change(instrument, price, row.rate) if price else 0
    gross = instrument.funding_gross + abs(change)
    checks.refuse_if(gross > funding_budget(instrument), Refusal.BUDGET_EXCEEDED)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    checks.refuse_if(instrument.expiry_time != 0, Refusal.NOT_PERPETUAL)
    checks.refuse_if(instrument.mark == 0, Refusal.NO_MARK)
    instrument.funding_index += change
    instrument.funding_gross = gross
    paid = funding_from_accounts(state, row.instrument) if instrument.funding_from == 1 else []
    settled = outside_funding(state, row.instrument, change)
    blind = forbidden(instrument, LIQUIDATE, row.time)
    instrument.unseen = int(blind)
    paid += [] if blind else top_ups(state, row.instrument, row.time)
    fallen = [] if blind else breaches(state, row.instrument)
    crosses = fallen_among(state, looked_at(state, row.instrument), row.time)
    figures = (instrument.funding_index, len(fallen), change)
    accrued = price_event(state, Event.FUNDING_ACCRUED, row.instrument, *figures)
    events = [*paid, accrued, *settled, *liquidations(state, row.instrument, fallen)]
    events += cross_liquidations(state, crosses)
    return events + funding_dust(state, row.instrument)


def funding_from_accounts(state: State, number: int) -> list[EventRow]:
    """Settle every position, its owner's free balance first: rule POS-006."""
    instrument = state.instruments[number]
    events = []
    for holder in state.isolated_holders(number):
        held = state.compartments[holder]
        place = held.account, instrument.asset
        due, free = owed(instrument, held), state.free.get(place, 0)
        covered = min(max(0, due), free)
        if covered:
            held.purse += covered
            held.put_in += covered
            state.free[place] = free - covered
            events.append(compartment_event(state, Event.FUNDING_COVERED, holder, covered, held.purse, due))
        events += funding_settled(state, holder)
        if due < 0:
            held.purse += due
            held.taken_out -= due
            state.free[place] = free - due
            events.append(compartment_event(state, Event.FUNDING_PAID_OUT, holder, -due, held.purse))
    return events


def funding_budget(instrument: Instrument) -> int:
    """How much funding may accrue, gross, in millionths per lot."""
    terms = (instrument.payoff, instrument.multiplier, instrument.price_min, instrument.price_max)
    return FUNDING_SPAN * largest_lot_value(*terms) * FUNDING_ONE


def outside_funding(state: State, number: int, change: int) -> list[EventRow]:
    """The outside market settles at every funding: rule POS-004."""
    instrument = state.instruments[number]
    due = funding_due(instrument.outside_size, change)
    if due == 0:
        return []
    state.assets[instrument.asset].outside_market -= due
    instrument.funding_clearing += due
    places = (Place.OUTSIDE_MARKET, Place.FUNDING_CLEARING)
    subject = (instrument.asset, number, 0, 0)
    return [EventRow(state.sequence, Event.FUNDING_SETTLED, 0, *places, *subject, due, None, None, None)]


def expire(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    instrument = state.instruments[row.instrument]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    bounds = state.instruments[instrument.underlying] if instrument.right else instrument
    checks.refuse_if(not bounds.price_min <= row.price <= bounds.price_max, Refusal.PRICE_OUT_OF_RANGE)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    checks.refuse_if(instrument.expiry_time == 0, Refusal.NOT_DATED)
    checks.refuse_if(
        row.time < instrument.expiry_time,
        Refusal.NOT_YET_EXPIRED,
        needed=instrument.expiry_time,
        available=row.time,
    )
    refuse_expiry(instrument, row, checks)
    together = settling_with(state, row.instrument)
    instrument.mark = settled_at(instrument, row.price)
    instrument.unseen = 0
    instrument.state = InstrumentState.EXPIRED
    settle_arrays(state, together, row.price)
    strategies = sorted({*crosses_by_scenarios(state, together), *moved_with(state, row.instrument)})
    others = [cross for cross in crosses_in(state, row.instrument) if not by_scenarios(state, cross)]
    fallen, crosses = breaches(state, row.instrument), fallen_among(state, others, row.time)
    events = liquidations(state, row.instrument, fallen) + cross_liquidations(state, crosses)
    for number, held in sorted(state.compartments.items()):
        if held.instrument == row.instrument:
            events += all_cancelled(state, number)
    holders = state.isolated_holders(row.instrument)
    for holder in [*holders, *(n for n in state.holders(row.instrument) if n not in holders)]:
        events += settle_at_expiry(state, holder)
    events += cross_liquidations(state, fallen_among(state, strategies, row.time))
    if instrument.outside_size != 0:
        events.append(settle_outside_at_expiry(state, row.instrument))
    if instrument.settlement != 0:
        events.append(dust_collected(state, row.instrument, Place.SETTLEMENT, instrument.settlement))
        instrument.settlement = 0
    return [
        price_event(state, Event.EXPIRED, row.instrument, row.price, len(fallen), len(holders)),
        *events,
    ]


def settle_at_expiry(state: State, number: int) -> list[EventRow]:
    """Close a position at the settlement price: rule POS-005."""
    held = state.compartments[number]
    instrument = state.instruments[held.instrument]
    size = held.size
    realised = floor(value(instrument, instrument.mark, size)) - held.cost
    events = funding_settled(state, number) if held.kind == Kind.POSITION else []
    booked = state.compartments[purse_of(state, number)]
    booked.purse += realised
    instrument.settlement -= realised
    held.size = held.cost = 0
    places = places_of(held, Event.SETTLED_AT_EXPIRY)
    figures = (size, booked.purse, instrument.mark)
    return [*events, row_event(state, Event.SETTLED_AT_EXPIRY, number, places, realised, *figures)]


def settle_outside_at_expiry(state: State, number: int) -> EventRow:
    """The same for the outside market; what `second` holds there is not documented."""
    instrument = state.instruments[number]
    size = instrument.outside_size
    realised = floor(value(instrument, instrument.mark, size)) - instrument.outside_cost
    state.assets[instrument.asset].outside_market += realised
    instrument.settlement -= realised
    instrument.outside_size = instrument.outside_cost = 0
    places = (Place.SETTLEMENT, Place.OUTSIDE_MARKET)
    subject = (instrument.asset, number, 0, 0)
    figures = (realised, size, None, instrument.mark)
    return EventRow(state.sequence, Event.SETTLED_AT_EXPIRY, 0, *places, *subject, *figures)


def liquidations(state: State, number: int, fallen: list[int]) -> list[EventRow]:
    """Liquidate these compartments of one instrument, one after the other."""
    return [event for compartment in fallen for event in liquidate(state, number, compartment)]


def liquidate(state: State, number: int, compartment: int) -> list[EventRow]:
    """Take over, sell, and let fee account, fund and socialised loss absorb what remains."""
    instrument = state.instruments[number]
    asset = state.assets[instrument.asset]
    held = state.compartments[compartment]
    events = all_cancelled(state, compartment) + funding_settled(state, compartment)

    purse, size, cost = held.purse, held.size, held.cost
    bankrupt = bankruptcy_price(instrument, size, cost, purse)
    held.purse = held.size = held.cost = 0
    held.state = CompartmentState.LIQUIDATED
    asset.liquidation_pool += purse
    events.append(compartment_event(state, Event.TAKEN_OVER, compartment, purse, size, cost, bankrupt))

    price = sale_price(instrument, size)
    realised = -fill_value(instrument, price, -size) - cost
    asset.liquidation_pool += realised
    instrument.settlement -= realised
    events.append(compartment_event(state, Event.SOLD, compartment, realised, size, price, instrument.mark))
    events.append(outside_fill(state, number, size, price))
    return events + absorb(state, compartment, price, size)


def absorb(state: State, compartment: int, price: int, size: int) -> list[EventRow]:
    """Distribute what is in the pool: rules WAT-001 and WAT-002."""
    instrument = state.instruments[state.compartments[compartment].instrument]
    asset = state.assets[instrument.asset]
    remainder = asset.liquidation_pool
    asked = ceil(Fraction(ceil(notional(instrument, price, size)) * instrument.liquidation_fee_rate, RATE_ONE))
    fee = min(asked, max(0, remainder))
    received = max(0, remainder) - fee
    missing = max(0, -remainder)
    paid = min(missing, asset.insurance_fund)
    socialised = missing - paid
    asset.fees += fee
    asset.insurance_fund += received - paid
    asset.socialised_loss -= socialised
    asset.liquidation_pool = 0
    amounts = {
        Event.LIQUIDATION_FEE_PAID: fee,
        Event.FUND_RECEIVED: received,
        Event.FUND_PAID: paid,
        Event.SOCIALISED: socialised,
    }
    return [absorbed(state, kind, compartment, amount) for kind, amount in amounts.items() if amount]


def absorbed(state: State, kind: Event, compartment: int, amount: int) -> EventRow:
    """One layer's event; its further figures are not documented."""
    event = compartment_event(state, kind, compartment, amount)
    return event._replace(first=None, second=None, third=None)
