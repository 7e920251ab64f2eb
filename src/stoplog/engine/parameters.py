"""Changing the parameters of an instrument."""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.codes import GUARD_POLICY_MAX, Event, FundingFrom, Parameter, Refusal
from stoplog.engine import cross_health, cross_marks, cross_waiting, order_lists, refusing, waiting, worth
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import note, refuse
from stoplog.engine.room import lacks_room_for
from stoplog.engine.twins import twin
from stoplog.engine.words import LAST_PARAMETER, parameter_of, put_parameter
from stoplog.margin import policies
from stoplog.units import CLOSE_FEE_MAX, GRACE_MAX, OPEN_VALUE_MAX, POSITION_VALUE_MAX, RATE_ONE, SIZE_MAX

NONE = refusing.NONE
PARAMETER_SET = int(Event.PARAMETER_SET)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
SIZE_OUT_OF_RANGE = int(Refusal.SIZE_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
BUDGET_EXCEEDED = int(Refusal.BUDGET_EXCEEDED)
TIER_TABLE_EMPTY = int(Refusal.TIER_TABLE_EMPTY)
INSTRUMENT_IN_USE = int(Refusal.INSTRUMENT_IN_USE)
CHANGE_PENDING = int(Refusal.CHANGE_PENDING)
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
AGE_LIMIT = int(Parameter.AGE_LIMIT)
CONFIDENCE_LIMIT = int(Parameter.CONFIDENCE_LIMIT)
DEVIATION_LIMIT = int(Parameter.DEVIATION_LIMIT)
JUMP_LIMIT = int(Parameter.JUMP_LIMIT)
JUMP_WAIT = int(Parameter.JUMP_WAIT)
GUARD_POLICY = int(Parameter.GUARD_POLICY)
LAST_MAINTENANCE = policies.AT_ENTRY
LAST_CLOSE_FEE = policies.FEE_RESERVED
FEE_IN_RATE = policies.FEE_IN_RATE
LAST_FUNDING_FROM = max(FundingFrom)

in_budget = twin(instruments.in_budget)


@compiled
def moves_thresholds(code: int) -> bool:
    """Whether a parameter is part of what a position must hold."""
    return code in (TIER_TABLE, MAINTENANCE_AT, CLOSE_FEE, CLOSE_FEE_RATE)


@compiled
def needs_no_positions(code: int) -> bool:
    """Whether a parameter can be set only where the instrument has no open interest."""
    return code in (EXPIRY_TIME, FUNDING_FROM)


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
    if code == GUARD_POLICY:
        return GUARD_POLICY_MAX
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
def unknown(t: Any, command: Any) -> int:
    """Refuse a parameter, a choice, a tier table or an instrument that there is not, and a time that falls."""
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
    return reason


@compiled
def out_of_range(t: Any, command: Any) -> int:
    """Refuse a value outside the range of its parameter."""
    code, value = command.code, command.amount
    if code == EXPIRY_TIME and value < 0:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, value, 0)
    if code in (AGE_LIMIT, JUMP_WAIT) and not 0 <= value <= GRACE_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, value, GRACE_MAX)
    limits = code in (POSITION_LIMIT, OPEN_INTEREST_LIMIT)
    if limits and not 1 <= value <= SIZE_MAX:
        return refuse(t, command, SIZE_OUT_OF_RANGE, 0, 0, value, SIZE_MAX)
    rates = code in (LIQUIDATION_FEE_RATE, SLIPPAGE_RATE)
    if rates and not 0 <= value < RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, value, RATE_ONE)
    shares = code in (REMOVAL_FLOOR_RATE, CONFIDENCE_LIMIT, DEVIATION_LIMIT, JUMP_LIMIT)
    if shares and not 0 <= value <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, value, RATE_ONE)
    if code == CLOSE_FEE_RATE and not 0 <= value <= CLOSE_FEE_MAX:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, value, CLOSE_FEE_MAX)
    if moves_thresholds(code):
        highest = _highest_rate(t, command)
        if highest >= RATE_ONE:
            return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, highest, RATE_ONE)
    return NONE


@compiled
def unfit(t: Any, command: Any) -> int:
    """Refuse a value beyond the budget of its instrument, a table without tiers, and an instrument that has ended."""
    code, value = command.code, command.amount
    row = t.instruments[command.instrument]
    if code == POSITION_LIMIT and not in_budget(row.payoff, row.multiplier, row.price_min, row.price_max, value):
        return refuse(t, command, BUDGET_EXCEEDED, 0, 0, value, POSITION_VALUE_MAX)
    if code == OPEN_INTEREST_LIMIT and value > OPEN_VALUE_MAX // row.lot_value_max:
        return refuse(t, command, BUDGET_EXCEEDED, 0, 0, value, OPEN_VALUE_MAX // row.lot_value_max)
    if code == TIER_TABLE and t.tier_tables[value].count == 0:
        return refuse(t, command, TIER_TABLE_EMPTY, 0, 0, 0, 0)
    return refusing.expired(t, command)


@compiled
def change_pending(t: Any, command: Any) -> int:
    """Refuse to move thresholds that a scheduled change is going to move: rule CHG-006."""
    number = t.instruments[command.instrument].pending_change
    if number == 0:
        return NONE
    return refuse(t, command, CHANGE_PENDING, 0, 0, number, t.changes[number].effective_sequence)


@compiled
def _move_thresholds(t: Any, command: Any, old: int) -> int:
    """Set a parameter that moves thresholds, unless it would breach an open compartment: rule LIQ-005."""
    i, code = command.instrument, command.code
    found = waiting.holders(t, i)
    put_parameter(t, i, code, command.amount)
    mark = t.instruments[i].mark
    for k in range(found):
        c = t.scratch[k]
        if waiting.is_breached(t, i, c, mark):
            needed = worth.maintenance_at(t, i, c, mark)
            available = worth.equity_with(t, i, c, mark, worth.purse_after_funding(t, i, c))
            put_parameter(t, i, code, old)
            return refuse(t, command, WOULD_BREACH, c, needed, available, 0)
    end = cross_waiting.with_positions_in(t, i, found)
    x = cross_marks.first_breached(t, found, end)
    if x != 0:
        equity, needed = cross_health.health(t, x, cross_health.nothing_else())
        put_parameter(t, i, code, old)
        return refuse(t, command, WOULD_BREACH, x, needed, equity, 0)
    waiting.wait_anew(t, i, found)
    cross_marks.await_all(t, found, end)
    if code == TIER_TABLE:
        t.tier_tables[command.amount].in_use = 1
    return NONE


@compiled
def set_parameter(t: Any, command: Any) -> int:
    """SET_PARAMETER: `instrument`, `code` the parameter, `amount` its value."""
    code, value = command.code, command.amount
    reason = unknown(t, command)
    if reason == NONE:
        reason = out_of_range(t, command)
    if reason == NONE:
        reason = unfit(t, command)
    if reason != NONE:
        return reason
    i = command.instrument
    row = t.instruments[i]
    if needs_no_positions(code) and row.open_interest != 0:
        return refuse(t, command, INSTRUMENT_IN_USE, 0, 0, row.open_interest, 0)
    if code == TIER_TABLE and lacks_room_for(t, 0, order_lists.resting_in(t, i)):
        return NONE
    old = parameter_of(t, i, code)
    if moves_thresholds(code):
        reason = change_pending(t, command)
        if reason == NONE:
            reason = _move_thresholds(t, command, old)
        if reason != NONE:
            return reason
    else:
        put_parameter(t, i, code, value)
    note(t, PARAMETER_SET, 0, i, 0, 0, old, value, code)
    if code == TIER_TABLE:
        order_lists.reckon_all(t, i)
    return NONE
