"""Registering assets, tier tables, instruments and accounts."""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.codes import GUARD_POLICY_DEFAULT, Event, InstrumentState, Refusal
from stoplog.engine import refusing
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import note, refuse
from stoplog.engine.twins import twin
from stoplog.margin import tiers
from stoplog.records import TIERS_PER_TABLE
from stoplog.units import (
    AMOUNT_MAX,
    MULTIPLIER_MAX,
    OPEN_VALUE_MAX,
    POSITION_VALUE_MAX,
    PRICE_MAX,
    RATE_ONE,
    SIZE_MAX,
)

NONE = refusing.NONE
REGISTERED = int(Event.REGISTERED)
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
RATE_OUTSIDE = tiers.RATE_OUTSIDE
INITIAL_BELOW = tiers.INITIAL_BELOW
FIRST_FLOOR = tiers.FIRST_FLOOR
FLOOR_BELOW = tiers.FLOOR_BELOW
RATE_FALLS = tiers.RATE_FALLS
MARGINAL = tiers.MARGINAL
RAMP = tiers.RAMP
PAYOFFS = len(instruments.PAYOFFS)
DECIMALS_MAX = 30

next_deduction = twin(tiers.next_deduction)
tier_fault = twin(tiers.tier_fault)
in_budget = twin(instruments.in_budget)
lot_value_max = twin(instruments.lot_value_max)


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
    row = t.assets[number]
    row.decimals = command.code
    row.deposit_cap = AMOUNT_MAX
    row.debt_limit = AMOUNT_MAX
    note(t, REGISTERED, number, 0, 0, 0, number, command.kind, 0)
    return NONE


@compiled
def register_tier_table(t: Any, command: Any) -> int:
    """REGISTER_TIER_TABLE: `code` the rule its tiers are made for."""
    if command.code > RAMP:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, RAMP)
    reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    t.counts[0].tier_tables += 1
    t.tier_tables[t.counts[0].tier_tables].rule = command.code
    note(t, REGISTERED, 0, 0, 0, 0, t.counts[0].tier_tables, command.kind, 0)
    return NONE


@compiled
def _tier_refused(t: Any, command: Any, count: int, floor: int, rate: int) -> int:
    """Refuse a tier that does not follow the `count` before it, the last of which is from `floor` on at `rate`."""
    if not 0 <= command.amount <= POSITION_VALUE_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, command.amount, POSITION_VALUE_MAX)
    fault = tier_fault(count, floor, rate, command.amount, command.rate, command.size, RATE_ONE)
    if fault == RATE_OUTSIDE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, command.rate, RATE_ONE)
    if fault == INITIAL_BELOW or command.size > RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, command.rate, command.size, RATE_ONE)
    slope = command.price if t.tier_tables[command.other].rule == RAMP else 0
    if not 0 <= slope <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, slope, RATE_ONE)
    if fault == FIRST_FLOOR:
        return refuse(t, command, TIERS_UNORDERED, 0, 0, command.amount, 0)
    if fault == FLOOR_BELOW:
        return refuse(t, command, TIERS_UNORDERED, 0, floor + 1, command.amount, 0)
    if fault == RATE_FALLS:
        return refuse(t, command, TIERS_UNORDERED, 0, rate, command.rate, 0)
    return NONE


@compiled
def add_tier(t: Any, command: Any) -> int:
    """ADD_TIER: `other` table, `amount` floor, `rate` maintenance rate, `size` initial rate, `price` slope."""
    table = command.other
    reason = refusing.no_tier_table(t, command, table)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    count = t.tier_tables[table].count
    row = table * TIERS_PER_TABLE + count
    floor, rate, deduction = 0, 0, 0
    if count > 0:
        floor, rate, deduction = t.tiers[row - 1].floor, t.tiers[row - 1].rate, t.tiers[row - 1].deduction
    reason = _tier_refused(t, command, count, floor, rate)
    if reason != NONE:
        return reason
    tier_rule = t.tier_tables[table].rule
    if tier_rule == MARGINAL:
        whole, deduction = next_deduction(deduction, rate, command.amount, command.rate, RATE_ONE)
        if not whole:
            return refuse(t, command, DEDUCTION_NOT_WHOLE, 0, 0, command.amount, 0)
    if t.tier_tables[table].in_use:
        return refuse(t, command, TIER_TABLE_IN_USE, 0, 0, 0, 0)
    if count == TIERS_PER_TABLE:
        return refuse(t, command, TIER_TABLE_FULL, 0, count + 1, count, TIERS_PER_TABLE)
    t.tiers[row].floor = command.amount
    t.tiers[row].rate = command.rate
    t.tiers[row].deduction = deduction
    t.tiers[row].initial_rate = command.size
    t.tiers[row].slope = command.price if tier_rule == RAMP else 0
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
    row.underlying = number
    row.position_limit = command.size
    row.lot_value_max = lot_value_max(command.code, command.amount, command.rate, command.price)
    row.open_interest_limit = OPEN_VALUE_MAX // row.lot_value_max
    row.guard_policy = GUARD_POLICY_DEFAULT
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
