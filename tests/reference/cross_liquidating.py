"""Conversion and liquidation of cross compartments: rules CRS-007 to CRS-009."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from reference.crossing import (
    by_scenarios,
    health,
    is_breached,
    maintained,
    marks_that_count,
    pocket_of,
    pockets_by_asset,
    positions_of,
    worth,
)
from reference.formulas import fill_value, notional, sale_price
from reference.guarding import LIQUIDATE, forbidden
from reference.moved_prices import moved_price
from reference.ordering import all_cancelled
from reference.pockets import NOWHERE, interest_paid, row_event
from reference.portfolio import value_moved
from reference.rows import EventRow
from reference.state import Asset, Compartment, State
from reference.trading import funding_dust, outside_fill
from reference.transferring import funding_settled
from stoplog.codes import Event, Place
from stoplog.units import RATE_ONE


def all_interest_paid(state: State, cross: int) -> list[EventRow]:
    """Every pocket pays, by ascending asset."""
    return [event for number in pockets_by_asset(state, cross) for event in interest_paid(state, number)]


def conversion(state: State, cross: int) -> list[EventRow]:
    """Sell what there is for what is short: rule CRS-007."""
    events = all_interest_paid(state, cross)
    pockets = [state.compartments[number] for number in pockets_by_asset(state, cross)]
    for short in [pocket for pocket in pockets if pocket.purse < 0]:
        held = [pocket for pocket in pockets if pocket.purse > 0]
        for sold in sorted(held, key=lambda pocket: (state.assets[pocket.asset].sale_rank, pocket.asset)):
            if short.purse < 0:
                events += sale(state, cross, sold, short)
    return events


def sale(state: State, cross: int, sold: Compartment, short: Compartment) -> list[EventRow]:
    """Sell from one pocket what another needs, as far as it goes; nothing where nothing would be got."""
    from_asset, to_asset = state.assets[sold.asset], state.assets[short.asset]
    price = rate_of_exchange(from_asset, to_asset)
    need = -short.purse
    amount = min(sold.purse, ceil(need / price))
    got = min(need, floor(amount * price))
    if got == 0:
        return []
    sold.purse -= amount
    short.purse += got
    from_asset.outside_market += amount
    to_asset.outside_market -= got
    seller, buyer = pocket_of(state, cross, sold.asset), pocket_of(state, cross, short.asset)
    out, back = (Place.POCKET, Place.OUTSIDE_MARKET), (Place.OUTSIDE_MARKET, Place.POCKET)
    return [
        row_event(state, Event.CONVERTED, seller, out, amount, buyer, got, sold.purse),
        row_event(state, Event.CONVERTED, buyer, back, got, seller, amount, short.purse),
    ]


def rate_of_exchange(sold: Asset, short: Asset) -> Fraction:
    """How much of the one asset a unit of the other brings, its fee taken off."""
    return Fraction(sold.price * (RATE_ONE - sold.conversion_fee_rate), short.price * RATE_ONE)


def fallen_among(state: State, crosses: list[int], time: int) -> list[int]:
    """Those that are breached, by ascending number, without those that are left for later."""
    return without_put_off(state, [cross for cross in sorted(crosses) if is_breached(state, cross)], time)


def without_put_off(state: State, fallen: list[int], time: int) -> list[int]:
    """Those of which no mark forbids to liquidate; such a mark is unseen from now on: rule GRD-009."""
    found = []
    for cross in fallen:
        counted = [state.instruments[number] for number in marks_that_count(state, cross)]
        untrusted = [instrument for instrument in counted if forbidden(instrument, LIQUIDATE, time)]
        for instrument in untrusted:
            instrument.unseen = 1
        if not untrusted:
            found.append(cross)
    return found


def cross_liquidations(state: State, fallen: list[int]) -> list[EventRow]:
    """Liquidate these, one after the other."""
    return [event for cross in fallen for event in liquidate_cross(state, cross)]


def liquidate_cross(state: State, cross: int) -> list[EventRow]:
    """Rules CRS-008 and PRT-006."""
    positions = positions_of(state, cross)
    events = [event for number in positions for event in all_cancelled(state, number)]
    equity, maintenance = health(state, cross)
    sized = sum(held.size != 0 for held in positions.values())
    figures = (equity, maintenance, sized)
    events.append(row_event(state, Event.CROSS_LIQUIDATED, cross, NOWHERE, 0, *figures))
    if by_scenarios(state, cross):
        events += sell_all(state, cross, equity)
    while is_breached(state, cross) and any(held.size for held in positions.values()):
        events += sell_largest(state, cross)
    if is_breached(state, cross):
        events += conversion(state, cross)
        for number in pockets_by_asset(state, cross):
            events += made_good(state, number)
    return events


def sell_all(state: State, cross: int, equity: int) -> list[EventRow]:
    """Sell a whole strategy; with each position goes its part of the equity by what is worth what: rule PRT-006."""
    positions = {number: held for number, held in positions_of(state, cross).items() if held.size}
    worths = {number: worth(state, h.asset, abs(value_moved(state, h))) for number, h in positions.items()}
    total = sum(worths.values())
    shares = {number: floor(Fraction(equity * part, total)) if total else 0 for number, part in worths.items()}
    return [event for number in positions for event in sell(state, number, shares[number])]


def sell_largest(state: State, cross: int) -> list[EventRow]:
    """Sell the position that must hold the most."""
    worths = {
        number: worth(state, held.asset, maintained(state, held))
        for number, held in positions_of(state, cross).items()
        if held.size
    }
    number = max(worths, key=lambda n: (worths[n], -n))
    total = sum(worths.values())
    share = floor(Fraction(health(state, cross).equity * worths[number], total)) if total else 0
    return sell(state, number, share)


def sale_of(state: State, held: Compartment, slippage_rate: int) -> tuple[int, int]:
    """(the price that a position goes by, that at which it is sold into it): rules LIQ-003, PRT-007 and PRT-009."""
    instrument = replace(state.instruments[held.instrument], slippage_rate=slippage_rate)
    if not by_scenarios(state, held.cross):
        return instrument.mark, sale_price(instrument, held.size)
    mark = moved_price(state, held.instrument, held.size)
    least = min(mark, instrument.price_min)
    return mark, sale_price(replace(instrument, mark=mark, price_min=least), held.size)


def sell(state: State, number: int, share: int) -> list[EventRow]:
    """Sell a position into the mark, or its moved price, and book what it brings on its pocket."""
    held = state.compartments[number]
    instrument, asset = state.instruments[held.instrument], state.assets[held.asset]
    mark, price = sale_of(state, held, instrument.slippage_rate)
    pocket = state.compartments[pocket_of(state, held.cross, held.asset)]
    events = funding_settled(state, number)
    size, cost = held.size, held.cost
    taken = (Place.POCKET, Place.LIQUIDATION_POOL)
    events.append(row_event(state, Event.TAKEN_OVER, number, taken, 0, size, cost, share))
    realised = -fill_value(instrument, price, -size) - cost
    held.size = held.cost = 0
    pocket.purse += realised
    instrument.settlement -= realised
    booked = (Place.SETTLEMENT, Place.POCKET)
    events.append(row_event(state, Event.SOLD, number, booked, realised, size, price, mark))
    events.append(outside_fill(state, held.instrument, size, price))
    asked = ceil(Fraction(ceil(notional(instrument, price, size)) * instrument.liquidation_fee_rate, RATE_ONE))
    fee = min(asked, max(0, pocket.purse))
    if fee:
        pocket.purse -= fee
        asset.fees += fee
        paid = (Place.POCKET, Place.FEES)
        events.append(row_event(state, Event.LIQUIDATION_FEE_PAID, number, paid, fee, None, None, None))
    return events + funding_dust(state, held.instrument)


def made_good(state: State, number: int) -> list[EventRow]:
    """What a pocket is short of, from the fund and then from everybody: rule CRS-008."""
    pocket = state.compartments[number]
    asset = state.assets[pocket.asset]
    missing = max(0, -pocket.purse)
    paid = min(missing, asset.insurance_fund)
    socialised = missing - paid
    asset.insurance_fund -= paid
    asset.socialised_loss -= socialised
    pocket.purse += missing
    layers = ((Event.FUND_PAID, Place.INSURANCE_FUND, paid), (Event.SOCIALISED, Place.SOCIALISED_LOSS, socialised))
    return [
        row_event(state, kind, number, (source, Place.POCKET), amount, None, None, None)
        for kind, source, amount in layers
        if amount
    ]
