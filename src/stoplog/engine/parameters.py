"""Changing the parameters of an instrument."""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.engine import refusing, waiting
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import note, refuse
from stoplog.engine.twins import twin
from stoplog.margin import isolated, thresholds
from stoplog.records import Event, Parameter, Refusal
from stoplog.units import OPEN_VALUE_MAX, POSITION_VALUE_MAX, RATE_ONE, SIZE_MAX

NONE = refusing.NONE
PARAMETER_SET = int(Event.PARAMETER_SET)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
SIZE_OUT_OF_RANGE = int(Refusal.SIZE_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
BUDGET_EXCEEDED = int(Refusal.BUDGET_EXCEEDED)
TIER_TABLE_EMPTY = int(Refusal.TIER_TABLE_EMPTY)
INSTRUMENT_IN_USE = int(Refusal.INSTRUMENT_IN_USE)
WOULD_BREACH = int(Refusal.WOULD_BREACH)
LIQUIDATION_FEE_RATE = int(Parameter.LIQUIDATION_FEE_RATE)
SLIPPAGE_RATE = int(Parameter.SLIPPAGE_RATE)
TIER_TABLE = int(Parameter.TIER_TABLE)
POSITION_LIMIT = int(Parameter.POSITION_LIMIT)
OPEN_INTEREST_LIMIT = int(Parameter.OPEN_INTEREST_LIMIT)
EXPIRY_TIME = int(Parameter.EXPIRY_TIME)
PARAMETERS = len(Parameter)

in_budget = twin(instruments.in_budget)
equity = twin(isolated.equity)
maintenance_margin = twin(isolated.maintenance_margin)
breached_at = twin(thresholds.breached_at)


@compiled
def _parameter_out_of_range(t: Any, command: Any) -> int:
    code, value = command.code, command.amount
    row = t.instruments[command.instrument]
    if code == EXPIRY_TIME and value < 0:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, value, 0)
    limits = code in (POSITION_LIMIT, OPEN_INTEREST_LIMIT)
    if limits and not 1 <= value <= SIZE_MAX:
        return refuse(t, command, SIZE_OUT_OF_RANGE, 0, 0, value, SIZE_MAX)
    rates = code in (LIQUIDATION_FEE_RATE, SLIPPAGE_RATE)
    if rates and not 0 <= value < RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, value, RATE_ONE)
    if code == POSITION_LIMIT and not in_budget(row.payoff, row.multiplier, row.price_min, row.price_max, value):
        return refuse(t, command, BUDGET_EXCEEDED, 0, 0, value, POSITION_VALUE_MAX)
    if code == OPEN_INTEREST_LIMIT and value > OPEN_VALUE_MAX // row.lot_value_max:
        return refuse(t, command, BUDGET_EXCEEDED, 0, 0, value, OPEN_VALUE_MAX // row.lot_value_max)
    if code == TIER_TABLE and t.tier_tables[value].count == 0:
        return refuse(t, command, TIER_TABLE_EMPTY, 0, 0, 0, 0)
    return NONE


@compiled
def _first_breached(t: Any, i: int, tiers: Any) -> int:
    """The lowest number of a compartment that these tiers would breach at the mark, 0 where there is none."""
    row = t.instruments[i]
    lowest = 0
    for heap in range(2 * i, 2 * i + 2):
        for slot in range(t.heads[heap].start, t.heads[heap].start + t.heads[heap].count):
            c = t.nodes[slot].position
            capital = t.compartments[c].purse - waiting.owed(t, i, c) - t.positions[c].cost
            size = t.positions[c].size
            fails = breached_at(tiers, row.payoff, row.multiplier, row.mark, size, capital, RATE_ONE)
            if fails and (lowest == 0 or c < lowest):
                lowest = c
    return lowest


@compiled
def _set_tier_table(t: Any, command: Any) -> int:
    i = command.instrument
    row = t.instruments[i]
    tiers = waiting.ladder(t, command.amount)
    c = _first_breached(t, i, tiers)
    if c != 0:
        purse = t.compartments[c].purse - waiting.owed(t, i, c)
        position = t.positions[c]
        payoff = row.payoff
        needed = maintenance_margin(tiers, payoff, row.multiplier, row.mark, position.size, RATE_ONE)
        available = equity(payoff, row.multiplier, row.mark, position.size, position.cost, purse)
        return refuse(t, command, WOULD_BREACH, c, needed, available, 0)
    row.tier_table = command.amount
    t.tier_tables[command.amount].in_use = 1
    waiting.rebuild(t, i, 2 * i)
    waiting.rebuild(t, i, 2 * i + 1)
    return NONE


@compiled
def set_parameter(t: Any, command: Any) -> int:
    """SET_PARAMETER: `instrument`, `code` the parameter, `amount` its value."""
    code = command.code
    if not 1 <= code <= PARAMETERS:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, code, PARAMETERS)
    reason = NONE
    if code == TIER_TABLE:
        reason = refusing.no_tier_table(t, command, command.amount)
    if reason == NONE:
        reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = _parameter_out_of_range(t, command)
    if reason == NONE:
        reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    i = command.instrument
    row = t.instruments[i]
    old = 0
    if code == EXPIRY_TIME:
        if row.open_interest != 0:
            return refuse(t, command, INSTRUMENT_IN_USE, 0, 0, row.open_interest, 0)
        old, row.expiry_time = row.expiry_time, command.amount
    elif code == TIER_TABLE:
        old = row.tier_table
        reason = _set_tier_table(t, command)
        if reason != NONE:
            return reason
    elif code == LIQUIDATION_FEE_RATE:
        old, row.liquidation_fee_rate = row.liquidation_fee_rate, command.amount
    elif code == SLIPPAGE_RATE:
        old, row.slippage_rate = row.slippage_rate, command.amount
    elif code == POSITION_LIMIT:
        old, row.position_limit = row.position_limit, command.amount
    else:
        old, row.open_interest_limit = row.open_interest_limit, command.amount
    note(t, PARAMETER_SET, 0, i, 0, 0, old, command.amount, code)
    return NONE
