"""Registering assets, tier tables, instruments and accounts, and changing parameters."""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.engine import refusing, waiting
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import note, refuse
from stoplog.engine.twins import twin
from stoplog.margin import isolated, thresholds, tiers
from stoplog.records import TIERS_PER_TABLE, Event, InstrumentState, Parameter, Refusal
from stoplog.units import (
    MULTIPLIER_MAX,
    OPEN_VALUE_MAX,
    POSITION_VALUE_MAX,
    PRICE_MAX,
    RATE_ONE,
    SIZE_MAX,
)

NONE = refusing.NONE
REGISTERED = int(Event.REGISTERED)
PARAMETER_SET = int(Event.PARAMETER_SET)
LIVE = int(InstrumentState.LIVE)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
PRICE_OUT_OF_RANGE = int(Refusal.PRICE_OUT_OF_RANGE)
SIZE_OUT_OF_RANGE = int(Refusal.SIZE_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
TIERS_UNORDERED = int(Refusal.TIERS_UNORDERED)
DEDUCTION_NOT_WHOLE = int(Refusal.DEDUCTION_NOT_WHOLE)
BUDGET_EXCEEDED = int(Refusal.BUDGET_EXCEEDED)
TIER_TABLE_IN_USE = int(Refusal.TIER_TABLE_IN_USE)
TIER_TABLE_EMPTY = int(Refusal.TIER_TABLE_EMPTY)
TIER_TABLE_FULL = int(Refusal.TIER_TABLE_FULL)
INSTRUMENT_IN_USE = int(Refusal.INSTRUMENT_IN_USE)
WOULD_BREACH = int(Refusal.WOULD_BREACH)
LIQUIDATION_FEE_RATE = int(Parameter.LIQUIDATION_FEE_RATE)
SLIPPAGE_RATE = int(Parameter.SLIPPAGE_RATE)
TIER_TABLE = int(Parameter.TIER_TABLE)
POSITION_LIMIT = int(Parameter.POSITION_LIMIT)
OPEN_INTEREST_LIMIT = int(Parameter.OPEN_INTEREST_LIMIT)
EXPIRY_TIME = int(Parameter.EXPIRY_TIME)
PARAMETERS = len(Parameter)
PAYOFFS = len(instruments.PAYOFFS)
DECIMALS_MAX = 30

next_deduction = twin(tiers.next_deduction)
in_budget = twin(instruments.in_budget)
lot_value_max = twin(instruments.lot_value_max)
equity = twin(isolated.equity)
maintenance_margin = twin(isolated.maintenance_margin)
breached_at = twin(thresholds.breached_at)


@compiled
def register_asset(t: Any, command: Any) -> int:
    """REGISTER_ASSET: `code` decimals."""
    if command.code > DECIMALS_MAX:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, DECIMALS_MAX)
    reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    t.counts[0].assets += 1
    number = t.counts[0].assets
    t.assets[number].decimals = command.code
    note(t, REGISTERED, number, 0, 0, 0, number, command.kind, 0)
    return NONE


@compiled
def register_tier_table(t: Any, command: Any) -> int:
    """REGISTER_TIER_TABLE."""
    reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    t.counts[0].tier_tables += 1
    note(t, REGISTERED, 0, 0, 0, 0, t.counts[0].tier_tables, command.kind, 0)
    return NONE


@compiled
def _tier_out_of_range(t: Any, command: Any) -> int:
    if not 0 <= command.amount <= POSITION_VALUE_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, command.amount, POSITION_VALUE_MAX)
    if not 0 <= command.rate < RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, command.rate, RATE_ONE)
    if not command.rate <= command.size <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, command.rate, command.size, RATE_ONE)
    return NONE


@compiled
def add_tier(t: Any, command: Any) -> int:
    """ADD_TIER: `other` table, `amount` floor, `rate` maintenance rate, `size` initial rate."""
    table = command.other
    reason = refusing.no_tier_table(t, command, table)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = _tier_out_of_range(t, command)
    if reason != NONE:
        return reason
    count = t.tier_tables[table].count
    last = table * TIERS_PER_TABLE + count - 1
    deduction = 0
    if count == 0:
        if command.amount != 0:
            return refuse(t, command, TIERS_UNORDERED, 0, 0, command.amount, 0)
    else:
        before = t.tiers[last]
        if command.amount <= before.floor:
            return refuse(t, command, TIERS_UNORDERED, 0, before.floor + 1, command.amount, 0)
        if command.rate < before.rate:
            return refuse(t, command, TIERS_UNORDERED, 0, before.rate, command.rate, 0)
        whole, deduction = next_deduction(before.deduction, before.rate, command.amount, command.rate, RATE_ONE)
        if not whole:
            return refuse(t, command, DEDUCTION_NOT_WHOLE, 0, 0, command.amount, 0)
    if t.tier_tables[table].in_use:
        return refuse(t, command, TIER_TABLE_IN_USE, 0, 0, 0, 0)
    if count == TIERS_PER_TABLE:
        return refuse(t, command, TIER_TABLE_FULL, 0, count + 1, count, TIERS_PER_TABLE)
    t.tiers[last + 1].floor = command.amount
    t.tiers[last + 1].rate = command.rate
    t.tiers[last + 1].deduction = deduction
    t.tiers[last + 1].initial_rate = command.size
    t.tier_tables[table].count = count + 1
    note(t, REGISTERED, 0, 0, 0, 0, table, command.kind, deduction)
    return NONE


@compiled
def _instrument_out_of_range(t: Any, command: Any) -> int:
    if not 1 <= command.amount <= MULTIPLIER_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, command.amount, MULTIPLIER_MAX)
    if not 1 <= command.price <= PRICE_MAX:
        return refuse(t, command, PRICE_OUT_OF_RANGE, 0, 0, command.price, PRICE_MAX)
    if not 1 <= command.rate <= command.price:
        return refuse(t, command, PRICE_OUT_OF_RANGE, 0, 0, command.rate, command.price)
    if not 1 <= command.size <= SIZE_MAX:
        return refuse(t, command, SIZE_OUT_OF_RANGE, 0, 0, command.size, SIZE_MAX)
    if not in_budget(command.code, command.amount, command.rate, command.price, command.size):
        return refuse(t, command, BUDGET_EXCEEDED, 0, 0, command.size, POSITION_VALUE_MAX)
    if t.tier_tables[command.other].count == 0:
        return refuse(t, command, TIER_TABLE_EMPTY, 0, 0, 0, 0)
    return NONE


@compiled
def register_instrument(t: Any, command: Any) -> int:
    """REGISTER_INSTRUMENT: see docs/commands.md for the fields."""
    if command.code >= PAYOFFS:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, PAYOFFS - 1)
    reason = refusing.no_asset(t, command)
    if reason == NONE:
        reason = refusing.no_tier_table(t, command, command.other)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = _instrument_out_of_range(t, command)
    if reason != NONE:
        return reason
    t.counts[0].instruments += 1
    number = t.counts[0].instruments
    row = t.instruments[number]
    row.state = LIVE
    row.payoff = command.code
    row.asset = command.asset
    row.tier_table = command.other
    row.multiplier = command.amount
    row.price_min = command.rate
    row.price_max = command.price
    row.position_limit = command.size
    row.lot_value_max = lot_value_max(command.code, command.amount, command.rate, command.price)
    row.open_interest_limit = OPEN_VALUE_MAX // row.lot_value_max
    t.tier_tables[command.other].in_use = 1
    note(t, REGISTERED, command.asset, number, 0, 0, number, command.kind, 0)
    return NONE


@compiled
def register_account(t: Any, command: Any) -> int:
    """REGISTER_ACCOUNT."""
    reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    t.counts[0].accounts += 1
    number = t.counts[0].accounts
    note(t, REGISTERED, 0, 0, number, 0, number, command.kind, 0)
    return NONE


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
