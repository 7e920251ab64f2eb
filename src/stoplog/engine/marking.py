"""Marks, funding and expiry: what moves prices, wakes compartments and liquidates those that are breached."""

from __future__ import annotations

from typing import Any

from stoplog import positions
from stoplog.engine import money, postings, refusing, trading, waiting
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import note, post, refuse
from stoplog.engine.tables import EVENT_WORDS
from stoplog.engine.twins import twin
from stoplog.engine.views import EVENT_ROWS, NEEDED, NEEDLESS, STATUS, WOKEN
from stoplog.liquidation import plan, waterfall
from stoplog.margin import thresholds
from stoplog.records import CompartmentState, Event, InstrumentState, Refusal
from stoplog.units import FUNDING_ONE, FUNDING_SPAN, RATE_ONE

NONE = refusing.NONE
LIQUIDATED = int(CompartmentState.LIQUIDATED)
INSTRUMENT_EXPIRED = int(InstrumentState.EXPIRED)
MARKED = int(Event.MARKED)
FUNDING_ACCRUED = int(Event.FUNDING_ACCRUED)
TAKEN_OVER = int(Event.TAKEN_OVER)
SOLD = int(Event.SOLD)
LIQUIDATION_FEE_PAID = int(Event.LIQUIDATION_FEE_PAID)
FUND_RECEIVED = int(Event.FUND_RECEIVED)
FUND_PAID = int(Event.FUND_PAID)
SOCIALISED = int(Event.SOCIALISED)
EXPIRED = int(Event.EXPIRED)
SETTLED_AT_EXPIRY = int(Event.SETTLED_AT_EXPIRY)
DUST_COLLECTED = int(Event.DUST_COLLECTED)
PRICE_OUT_OF_RANGE = int(Refusal.PRICE_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
BUDGET_EXCEEDED = int(Refusal.BUDGET_EXCEEDED)
NOT_PERPETUAL = int(Refusal.NOT_PERPETUAL)
NOT_DATED = int(Refusal.NOT_DATED)
NOT_YET_EXPIRED = int(Refusal.NOT_YET_EXPIRED)
NO_MARK = int(Refusal.NO_MARK)
COMPARTMENT = postings.COMPARTMENT
OUTSIDE_MARKET = postings.OUTSIDE_MARKET
SETTLEMENT = postings.SETTLEMENT
LIQUIDATION_POOL = postings.LIQUIDATION_POOL
FEES = postings.FEES
INSURANCE_FUND = postings.INSURANCE_FUND
SOCIALISED_LOSS = postings.SOCIALISED_LOSS
DUST = postings.DUST

NEED_EVENTS = 1
"""Status: the event buffer must hold `control[NEEDED]` rows; nothing was changed."""

EVENTS_PER_COMPARTMENT = 8
EVENTS_PER_COMMAND = 8

trade = twin(positions.trade)
settle_at_expiry = twin(positions.settle_at_expiry)
funding_change = twin(positions.funding_change)
last_healthy_price = twin(thresholds.last_healthy_price)
sale_price = twin(plan.sale_price)
liquidation_fee = twin(plan.liquidation_fee)
absorb = twin(waterfall.absorb)


@compiled
def lacks_event_room(t: Any, compartments: int) -> bool:
    """Whether the event buffer is too small for what this many compartments may cause; says what is needed."""
    needed = t.control[EVENT_ROWS] + EVENTS_PER_COMMAND + EVENTS_PER_COMPARTMENT * compartments
    if needed * EVENT_WORDS <= len(t.events):
        return False
    t.control[STATUS] = NEED_EVENTS
    t.control[NEEDED] = needed
    return True


@compiled
def _find_breached(t: Any, i: int, price: int) -> tuple[int, int]:
    """(awake, breached): numbers in `scratch`, the breached ones first and ascending."""
    found = waiting.find_awake(t, i, price)
    breached = 0
    for k in range(found):
        c = t.scratch[k]
        if waiting.is_breached(t, i, c, price):
            t.scratch[k] = t.scratch[breached]
            t.scratch[breached] = c
            breached += 1
    if breached > 1:
        t.scratch[:breached].sort()
    return found, breached


@compiled
def _let_sleep(t: Any, i: int, breached: int, found: int) -> None:
    """New wake-up values for those that were woken and are healthy."""
    t.control[WOKEN] += found
    t.control[NEEDLESS] += found - breached
    for k in range(breached, found):
        c = t.scratch[k]
        waiting.await_price(t, i, c, t.positions[c].size)


@compiled
def _liquidate(t: Any, i: int, c: int) -> None:
    """Take over compartment `c`, sell its position into the mark, and let the waterfall absorb what is left."""
    money.settle_funding(t, i, c)
    instrument = t.instruments[i]
    payoff, multiplier, asset = instrument.payoff, instrument.multiplier, instrument.asset
    row = t.compartments[c]
    size, cost, purse = t.positions[c].size, t.positions[c].cost, row.purse
    bankruptcy = last_healthy_price(payoff, multiplier, size, purse - cost, 0, 0, RATE_ONE)
    t.positions[c].size = 0
    t.positions[c].cost = 0
    row.state = LIQUIDATED
    t.accounts[row.account].open_compartments -= 1
    waiting.await_price(t, i, c, size)
    post(t, TAKEN_OVER, COMPARTMENT, LIQUIDATION_POOL, asset, i, row.account, c, purse, size, cost, bankruptcy)
    price = sale_price(instrument.mark, size, instrument.slippage_rate, instrument.price_min, instrument.price_max)
    _, _, realised = trade(payoff, multiplier, size, cost, -size, price)
    instrument.open_interest -= max(size, 0)
    post(t, SOLD, SETTLEMENT, LIQUIDATION_POOL, asset, i, row.account, c, realised, size, price, instrument.mark)
    trading.fill_outside(t, i, size, price)
    fee = liquidation_fee(payoff, multiplier, price, size, instrument.liquidation_fee_rate)
    _share_out(t, i, c, purse + realised, fee)


@compiled
def _share_out(t: Any, i: int, c: int, remainder: int, fee: int) -> None:
    asset, account = t.instruments[i].asset, t.compartments[c].account
    taken, received, drawn, socialised = absorb(remainder, fee, t.funds[asset].insurance_fund)
    if taken != 0:
        post(t, LIQUIDATION_FEE_PAID, LIQUIDATION_POOL, FEES, asset, i, account, c, taken, 0, 0, 0)
    if received != 0:
        post(t, FUND_RECEIVED, LIQUIDATION_POOL, INSURANCE_FUND, asset, i, account, c, received, 0, 0, 0)
    if drawn != 0:
        post(t, FUND_PAID, INSURANCE_FUND, LIQUIDATION_POOL, asset, i, account, c, drawn, 0, 0, 0)
    if socialised != 0:
        post(t, SOCIALISED, SOCIALISED_LOSS, LIQUIDATION_POOL, asset, i, account, c, socialised, 0, 0, 0)


@compiled
def _liquidate_all(t: Any, i: int, breached: int) -> None:
    for k in range(breached):
        _liquidate(t, i, t.scratch[k])
    trading.collect_dust(t, i)


@compiled
def mark(t: Any, command: Any) -> int:
    """MARK: `instrument`, `price`."""
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = refusing.price_outside(t, command)
    if reason == NONE:
        reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    i, price = command.instrument, command.price
    found, breached = _find_breached(t, i, price)
    if lacks_event_room(t, breached):
        return NONE
    t.instruments[i].mark = price
    _let_sleep(t, i, breached, found)
    note(t, MARKED, t.instruments[i].asset, i, 0, 0, price, breached, 0)
    if breached > 0:
        _liquidate_all(t, i, breached)
    return NONE


@compiled
def _no_funding(t: Any, command: Any) -> int:
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE and command.price != 0:
        reason = refusing.price_outside(t, command)
    if reason != NONE:
        return reason
    if not -RATE_ONE <= command.rate <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, command.rate, RATE_ONE)
    instrument = t.instruments[command.instrument]
    price = command.price if command.price != 0 else instrument.mark
    if price != 0:
        change = funding_change(instrument.payoff, instrument.multiplier, price, command.rate)
        limit = FUNDING_SPAN * FUNDING_ONE * instrument.lot_value_max
        if abs(change) > limit - instrument.funding_gross:
            return refuse(t, command, BUDGET_EXCEEDED, 0, abs(change), limit - instrument.funding_gross, limit)
    reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    if instrument.expiry_time != 0:
        return refuse(t, command, NOT_PERPETUAL, 0, 0, instrument.expiry_time, 0)
    if instrument.mark == 0:
        return refuse(t, command, NO_MARK, 0, 0, 0, 0)
    return NONE


@compiled
def _accrue(t: Any, i: int, change: int, gross: int) -> None:
    instrument = t.instruments[i]
    instrument.funding_index += change
    instrument.funding_gross += gross
    waiting.drift(t, i, change)


@compiled
def funding(t: Any, command: Any) -> int:
    """FUNDING: `instrument`, `rate`, `price` (0: the mark)."""
    reason = _no_funding(t, command)
    if reason != NONE:
        return reason
    i = command.instrument
    instrument = t.instruments[i]
    price = command.price if command.price != 0 else instrument.mark
    change = funding_change(instrument.payoff, instrument.multiplier, price, command.rate)
    _accrue(t, i, change, abs(change))
    found, breached = _find_breached(t, i, instrument.mark)
    if lacks_event_room(t, breached):
        _accrue(t, i, -change, -abs(change))
        return NONE
    _let_sleep(t, i, breached, found)
    note(t, FUNDING_ACCRUED, instrument.asset, i, 0, 0, instrument.funding_index, breached, change)
    trading.settle_outside(t, i, change)
    if breached > 0:
        _liquidate_all(t, i, breached)
    return NONE


@compiled
def _waiting(t: Any, i: int) -> int:
    """All compartments with a position in the instrument, ascending, in `scratch`; returns how many."""
    found = 0
    for heap in range(2 * i, 2 * i + 2):
        start = t.heads[heap].start
        for slot in range(start, start + t.heads[heap].count):
            t.scratch[found] = t.nodes[slot].position
            found += 1
    t.scratch[:found].sort()
    return found


@compiled
def _settle(t: Any, i: int, c: int, price: int) -> None:
    instrument = t.instruments[i]
    row = t.compartments[c]
    position = t.positions[c]
    size = position.size
    realised = settle_at_expiry(instrument.payoff, instrument.multiplier, size, position.cost, price)
    position.size = 0
    position.cost = 0
    waiting.await_price(t, i, c, size)
    instrument.open_interest -= max(size, 0)
    after = row.purse + realised
    post(t, SETTLED_AT_EXPIRY, SETTLEMENT, COMPARTMENT, row.asset, i, row.account, c, realised, size, after, price)


@compiled
def _settle_outside(t: Any, i: int, price: int) -> None:
    row = t.instruments[i]
    size = row.outside_size
    if size != 0:
        realised = settle_at_expiry(row.payoff, row.multiplier, size, row.outside_cost, price)
        row.outside_size = 0
        row.outside_cost = 0
        row.open_interest -= max(size, 0)
        after = t.funds[row.asset].outside_market + realised
        post(t, SETTLED_AT_EXPIRY, SETTLEMENT, OUTSIDE_MARKET, row.asset, i, 0, 0, realised, size, after, price)
    if row.settlement != 0:
        post(t, DUST_COLLECTED, SETTLEMENT, DUST, row.asset, i, 0, 0, row.settlement, 0, 0, 0)


@compiled
def expire(t: Any, command: Any) -> int:
    """EXPIRE: `instrument`, `price`; rules LIQ-004 and POS-005."""
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = refusing.price_outside(t, command)
    if reason == NONE:
        reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    i, price = command.instrument, command.price
    instrument = t.instruments[i]
    if instrument.expiry_time == 0:
        return refuse(t, command, NOT_DATED, 0, 0, 0, 0)
    if command.time < instrument.expiry_time:
        return refuse(t, command, NOT_YET_EXPIRED, 0, instrument.expiry_time, command.time, 0)
    positions = t.heads[2 * i].count + t.heads[2 * i + 1].count
    if lacks_event_room(t, positions):
        return NONE
    found, breached = _find_breached(t, i, price)
    instrument.mark = price
    _let_sleep(t, i, breached, found)
    note(t, EXPIRED, instrument.asset, i, 0, 0, price, breached, positions - breached)
    for k in range(breached):
        _liquidate(t, i, t.scratch[k])
    left = _waiting(t, i)
    for k in range(left):
        _settle(t, i, t.scratch[k], price)
    _settle_outside(t, i, price)
    instrument.state = INSTRUMENT_EXPIRED
    return NONE
