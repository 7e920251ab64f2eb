"""Changing the parameters of an instrument."""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.engine import order_lists, refusing, waiting
from stoplog.engine.compiling import compiled
from stoplog.engine.margins import equity_with
from stoplog.engine.postings import note, refuse
from stoplog.engine.room import lacks_room_for
from stoplog.engine.twins import twin
from stoplog.engine.views import INSTRUMENT_WORDS
from stoplog.margin import breaching, policies
from stoplog.records import INSTRUMENT, Event, FundingFrom, Parameter, Refusal
from stoplog.units import CLOSE_FEE_MAX, OPEN_VALUE_MAX, POSITION_VALUE_MAX, RATE_ONE, SIZE_MAX

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
MAINTENANCE_AT = int(Parameter.MAINTENANCE_AT)
CLOSE_FEE = int(Parameter.CLOSE_FEE)
CLOSE_FEE_RATE = int(Parameter.CLOSE_FEE_RATE)
REMOVAL_FLOOR_RATE = int(Parameter.REMOVAL_FLOOR_RATE)
FUNDING_FROM = int(Parameter.FUNDING_FROM)
REDUCE_ONLY = int(Parameter.REDUCE_ONLY)
LAST_PARAMETER = max(Parameter)
PLACES = (0, *(list(INSTRUMENT.names or ()).index(parameter.name.lower()) for parameter in Parameter))
"""The word of an instrument's row that holds each parameter, by its number."""
LAST_MAINTENANCE = policies.AT_ENTRY
LAST_CLOSE_FEE = policies.FEE_RESERVED
FEE_IN_RATE = policies.FEE_IN_RATE
LAST_FUNDING_FROM = max(FundingFrom)

in_budget = twin(instruments.in_budget)
maintenance_under = twin(breaching.maintenance_under)


@compiled
def moves_thresholds(code: int) -> bool:
    """Whether a parameter is part of what a position must hold."""
    return code in (TIER_TABLE, MAINTENANCE_AT, CLOSE_FEE, CLOSE_FEE_RATE)


@compiled
def _last_choice(code: int) -> int:
    """The largest value of a parameter that is a choice; −1 for the others."""
    if code == MAINTENANCE_AT:
        return LAST_MAINTENANCE
    if code == CLOSE_FEE:
        return LAST_CLOSE_FEE
    if code == FUNDING_FROM:
        return LAST_FUNDING_FROM
    if code == REDUCE_ONLY:
        return 1
    return -1


@compiled
def _highest_rate(t: Any, command: Any) -> int:
    """The highest rate of the ladder with the fee that the change would put into it."""
    row = t.instruments[command.instrument]
    table, close_fee, fee_rate = row.tier_table, row.close_fee, row.close_fee_rate
    if command.code == TIER_TABLE:
        table = command.amount
    elif command.code == CLOSE_FEE:
        close_fee = command.amount
    elif command.code == CLOSE_FEE_RATE:
        fee_rate = command.amount
    tiers = waiting.ladder(t, table)
    highest = tiers[len(tiers) - 1].rate if len(tiers) > 0 else 0
    return highest + fee_rate if close_fee == FEE_IN_RATE else highest


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
    if code == REMOVAL_FLOOR_RATE and not 0 <= value <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, value, RATE_ONE)
    if code == CLOSE_FEE_RATE and not 0 <= value <= CLOSE_FEE_MAX:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, value, CLOSE_FEE_MAX)
    if moves_thresholds(code):
        highest = _highest_rate(t, command)
        if highest >= RATE_ONE:
            return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, highest, RATE_ONE)
    if code == POSITION_LIMIT and not in_budget(row.payoff, row.multiplier, row.price_min, row.price_max, value):
        return refuse(t, command, BUDGET_EXCEEDED, 0, 0, value, POSITION_VALUE_MAX)
    if code == OPEN_INTEREST_LIMIT and value > OPEN_VALUE_MAX // row.lot_value_max:
        return refuse(t, command, BUDGET_EXCEEDED, 0, 0, value, OPEN_VALUE_MAX // row.lot_value_max)
    if code == TIER_TABLE and t.tier_tables[value].count == 0:
        return refuse(t, command, TIER_TABLE_EMPTY, 0, 0, 0, 0)
    return NONE


@compiled
def _word(i: int, code: int) -> int:
    """Where a parameter of instrument `i` lies in the table of instruments."""
    return i * INSTRUMENT_WORDS + PLACES[code]


@compiled
def _move_thresholds(t: Any, command: Any, old: int) -> int:
    """Set a parameter that moves thresholds, unless it would breach an open compartment: rule LIQ-005."""
    i = command.instrument
    found = waiting.holders(t, i)
    t.instrument_words[_word(i, command.code)] = command.amount
    row = t.instruments[i]
    for k in range(found):
        c = t.scratch[k]
        if waiting.is_breached(t, i, c, row.mark):
            position, tiers = t.positions[c], waiting.ladder(t, row.tier_table)
            policy = waiting.policy_of(t, i)
            needed = maintenance_under(policy, tiers, row.mark, position.size, position.cost, RATE_ONE)
            available = equity_with(t, i, c, t.compartments[c].purse - waiting.owed(t, i, c))
            t.instrument_words[_word(i, command.code)] = old
            return refuse(t, command, WOULD_BREACH, c, needed, available, 0)
    waiting.wait_anew(t, i, found)
    if command.code == TIER_TABLE:
        t.tier_tables[command.amount].in_use = 1
    return NONE


@compiled
def set_parameter(t: Any, command: Any) -> int:
    """SET_PARAMETER: `instrument`, `code` the parameter, `amount` its value."""
    code, value = command.code, command.amount
    if not 1 <= code <= LAST_PARAMETER:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, code, LAST_PARAMETER)
    last = _last_choice(code)
    if last >= 0 and not 0 <= value <= last:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, value, last)
    reason = NONE
    if code == TIER_TABLE:
        reason = refusing.no_tier_table(t, command, value)
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
    if code in (EXPIRY_TIME, FUNDING_FROM) and row.open_interest != 0:
        return refuse(t, command, INSTRUMENT_IN_USE, 0, 0, row.open_interest, 0)
    if code == TIER_TABLE and lacks_room_for(t, 0, order_lists.resting_in(t, i)):
        return NONE
    old = t.instrument_words[_word(i, code)]
    if moves_thresholds(code):
        reason = _move_thresholds(t, command, old)
        if reason != NONE:
            return reason
    else:
        t.instrument_words[_word(i, code)] = value
    note(t, PARAMETER_SET, 0, i, 0, 0, old, value, code)
    if code == TIER_TABLE:
        order_lists.reckon_all(t, i)
    return NONE
