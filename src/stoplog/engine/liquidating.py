"""Liquidation: take over, sell into the mark, share out what is left or lacking."""

from __future__ import annotations

from typing import Any

from stoplog import positions
from stoplog.codes import CompartmentState, Event
from stoplog.engine import compartments, order_lists, postings, trading, waiting
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import post
from stoplog.engine.twins import twin
from stoplog.engine.views import NEEDLESS, WOKEN
from stoplog.liquidation import plan, waterfall
from stoplog.margin import thresholds
from stoplog.units import RATE_ONE

LIQUIDATED = int(CompartmentState.LIQUIDATED)
TAKEN_OVER = int(Event.TAKEN_OVER)
SOLD = int(Event.SOLD)
LIQUIDATION_FEE_PAID = int(Event.LIQUIDATION_FEE_PAID)
FUND_RECEIVED = int(Event.FUND_RECEIVED)
FUND_PAID = int(Event.FUND_PAID)
SOCIALISED = int(Event.SOCIALISED)
COMPARTMENT = postings.COMPARTMENT
SETTLEMENT = postings.SETTLEMENT
LIQUIDATION_POOL = postings.LIQUIDATION_POOL
FEES = postings.FEES
INSURANCE_FUND = postings.INSURANCE_FUND
SOCIALISED_LOSS = postings.SOCIALISED_LOSS

trade = twin(positions.trade)
last_healthy_price = twin(thresholds.last_healthy_price)
sale_price = twin(plan.sale_price)
liquidation_fee = twin(plan.liquidation_fee)
absorb = twin(waterfall.absorb)


@compiled
def find_breached(t: Any, i: int, price: int) -> tuple[int, int]:
    """(awake, breached): numbers in `scratch`, the breached ones first and ascending."""
    found = waiting.find_awake(t, i, price)
    return found, breached_first(t, i, price, found)


@compiled
def breached_first(t: Any, i: int, price: int, found: int) -> int:
    """How many of the first `found` compartments in `scratch` are breached; these then come first, ascending."""
    breached = 0
    for k in range(found):
        c = t.scratch[k]
        if waiting.is_breached(t, i, c, price):
            t.scratch[k] = t.scratch[breached]
            t.scratch[breached] = c
            breached += 1
    if breached > 1:
        t.scratch[:breached].sort()
    return breached


@compiled
def orders_of(t: Any, breached: int) -> int:
    """How many orders rest in the first `breached` compartments in `scratch`."""
    cancelled = 0
    for k in range(breached):
        cancelled += order_lists.count_of(t, t.scratch[k])
    return cancelled


@compiled
def let_sleep(t: Any, i: int, breached: int, found: int) -> None:
    """New wake-up values for those that were woken and are healthy."""
    t.control[WOKEN] += found
    t.control[NEEDLESS] += found - breached
    for k in range(breached, found):
        waiting.sleep_on(t, i, t.scratch[k])


@compiled
def liquidate(t: Any, i: int, c: int) -> None:
    """Take over compartment `c`, sell its position into the mark, and let the waterfall absorb what is left.

    Its orders are cancelled first.
    """
    order_lists.cancel_all(t, i, c)
    compartments.settle_funding(t, i, c)
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
def liquidate_all(t: Any, i: int, breached: int) -> None:
    """Liquidate the first `breached` compartments in `scratch`, in that order: rule LIQ-002."""
    for k in range(breached):
        liquidate(t, i, t.scratch[k])
    trading.collect_dust(t, i)
