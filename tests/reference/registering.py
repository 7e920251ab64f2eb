"""Commands that register things and set parameters."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from reference.coming import MOVES_THRESHOLDS
from reference.crossing import crosses_in, health, is_breached
from reference.formulas import (
    FEE_IN_RATE,
    RAMP,
    breached,
    deduction,
    largest_lot_value,
    maintenance_shown,
    opening_equity,
    owed,
)
from reference.guarding import without_guards_no_doubt
from reference.ordering import reckoned_anew
from reference.rows import Checks, EventRow, Row
from reference.state import Asset, Instrument, Risk, State, Tier, TierTable
from stoplog.codes import Command, Event, InstrumentState, Parameter, Refusal
from stoplog.records import TIERS_PER_TABLE
from stoplog.units import (
    GRACE_MAX,
    LOT_VALUE_MAX,
    MULTIPLIER_MAX,
    OPEN_VALUE_MAX,
    POSITION_VALUE_MAX,
    PRICE_MAX,
    RATE_ONE,
    SIZE_MAX,
)

FLOOR_MAX = 2**56

CHOICES = {
    Parameter.MAINTENANCE_AT: 1,
    Parameter.CLOSE_FEE: 2,
    Parameter.FUNDING_FROM: 1,
    Parameter.REDUCE_ONLY: 1,
    Parameter.GUARD_POLICY: 0xFFFF,
}
"""The largest value of each parameter that is a choice."""

SHARES = (
    Parameter.REMOVAL_FLOOR_RATE,
    Parameter.CONFIDENCE_LIMIT,
    Parameter.DEVIATION_LIMIT,
    Parameter.JUMP_LIMIT,
)
"""The parameters that are rates from 0 to 1."""


def registered(state: State, kind: Command, number: int | None, third: int = 0) -> list[EventRow]:
    """The answer to a registration; which subject it names is not documented."""
    subject = (None, None, None, None)
    return [EventRow(state.sequence, Event.REGISTERED, 0, 0, 0, *subject, 0, number, kind, third)]


def register_asset(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.code > 30, Refusal.UNKNOWN_CODE)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    number = len(state.assets) + 1
    state.assets[number] = Asset(row.code)
    return registered(state, Command.REGISTER_ASSET, number)


def register_tier_table(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.code > RAMP, Refusal.UNKNOWN_CODE)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    number = len(state.tier_tables) + 1
    state.tier_tables[number] = TierTable()
    state.tier_tables[number].rule = row.code
    return registered(state, Command.REGISTER_TIER_TABLE, number)


def register_account(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    state.accounts += 1
    return registered(state, Command.REGISTER_ACCOUNT, state.accounts)


def add_tier(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.other not in state.tier_tables, Refusal.UNKNOWN_TIER_TABLE)
    tiers = state.tier_tables[row.other]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(not 0 <= row.amount <= FLOOR_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    checks.refuse_if(not 0 <= row.rate < RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    checks.refuse_if(not row.rate <= row.size <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    slope = row.price if tiers.rule == RAMP else 0
    checks.refuse_if(not 0 <= slope <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    checks.refuse_if(not tiers and row.amount != 0, Refusal.TIERS_UNORDERED)
    if tiers:
        checks.refuse_if(row.amount <= tiers[-1].floor, Refusal.TIERS_UNORDERED)
        checks.refuse_if(row.rate < tiers[-1].rate, Refusal.TIERS_UNORDERED)
    deducted = deduction(tiers, row.amount, row.rate) if tiers.rule == 0 else Fraction(0)
    checks.refuse_if(deducted.denominator != 1, Refusal.DEDUCTION_NOT_WHOLE)
    in_use = row.other in state.used_tier_tables
    checks.refuse_if(in_use, Refusal.TIER_TABLE_IN_USE)
    checks.refuse_if(len(tiers) >= TIERS_PER_TABLE, Refusal.TIER_TABLE_FULL)
    tiers.append(Tier(row.amount, row.rate, int(deducted), row.size, slope))
    return registered(state, Command.ADD_TIER, None, int(deducted))


def register_instrument(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.code > 2, Refusal.UNKNOWN_CODE)
    checks.refuse_if(row.asset not in state.assets, Refusal.UNKNOWN_ASSET)
    checks.refuse_if(row.other not in state.tier_tables, Refusal.UNKNOWN_TIER_TABLE)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(not 1 <= row.amount <= MULTIPLIER_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    checks.refuse_if(not 1 <= row.rate <= row.price <= PRICE_MAX, Refusal.PRICE_OUT_OF_RANGE)
    checks.refuse_if(not 1 <= row.size <= SIZE_MAX, Refusal.SIZE_OUT_OF_RANGE)
    largest = largest_lot_value(row.code, row.amount, row.rate, row.price)
    checks.refuse_if(largest > LOT_VALUE_MAX, Refusal.BUDGET_EXCEEDED)
    checks.refuse_if(row.size * largest > POSITION_VALUE_MAX, Refusal.BUDGET_EXCEEDED)
    checks.refuse_if(not state.tier_tables[row.other], Refusal.TIER_TABLE_EMPTY)
    number = len(state.instruments) + 1
    state.used_tier_tables.add(row.other)
    state.instruments[number] = Instrument(
        asset=row.asset,
        tier_table=row.other,
        payoff=row.code,
        multiplier=row.amount,
        price_min=row.rate,
        price_max=row.price,
        position_limit=row.size,
        open_interest_limit=OPEN_VALUE_MAX // largest,
        underlying=number,
    )
    state.risk[number] = Risk()
    return registered(state, Command.REGISTER_INSTRUMENT, number)


def set_parameter(state: State, row: Row, checks: Checks) -> list[EventRow]:
    parameter = refuse_unknown(state, row, checks)
    instrument = state.instruments[row.instrument]
    refuse_outside_range(parameter, row.amount, checks)
    refuse_rates(state, instrument, parameter, row.amount, checks)
    refuse_unfit(state, instrument, parameter, row.amount, checks)
    if parameter in (Parameter.EXPIRY_TIME, Parameter.FUNDING_FROM):
        checks.refuse_if(state.open_interest(row.instrument) > 0, Refusal.INSTRUMENT_IN_USE)
    field = parameter.name.lower()
    if parameter in MOVES_THRESHOLDS:
        refuse_pending(state, instrument, checks)
        refuse_breaches(state, row, replace(instrument, **{field: row.amount}), checks)
    old = getattr(instrument, field)
    setattr(instrument, field, row.amount)
    without_guards_no_doubt(instrument)
    if parameter == Parameter.TIER_TABLE:
        state.used_tier_tables.add(row.amount)
    event = EventRow(
        state.sequence, Event.PARAMETER_SET, 0, 0, 0, None, row.instrument, 0, 0, 0, old, row.amount, row.code
    )
    anew = reckoned_anew(state, row.instrument) if parameter == Parameter.TIER_TABLE else []
    return [event, *anew]


def refuse_unknown(state: State, row: Row, checks: Checks) -> Parameter:
    """The parameter that a command names; refuses what is not there, and a time that falls."""
    checks.refuse_if(row.code not in list(Parameter), Refusal.UNKNOWN_CODE)
    parameter = Parameter(row.code)
    if parameter in CHOICES:
        checks.refuse_if(not 0 <= row.amount <= CHOICES[parameter], Refusal.UNKNOWN_CODE)
    if parameter == Parameter.TIER_TABLE:
        checks.refuse_if(row.amount not in state.tier_tables, Refusal.UNKNOWN_TIER_TABLE)
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    return parameter


def refuse_outside_range(parameter: Parameter, value: int, checks: Checks) -> None:
    """Refuse values outside what docs/commands.md states for the parameter by itself."""
    if parameter == Parameter.EXPIRY_TIME:
        checks.refuse_if(value < 0, Refusal.AMOUNT_OUT_OF_RANGE)
    if parameter in (Parameter.AGE_LIMIT, Parameter.JUMP_WAIT):
        checks.refuse_if(not 0 <= value <= GRACE_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    if parameter in (Parameter.POSITION_LIMIT, Parameter.OPEN_INTEREST_LIMIT):
        checks.refuse_if(not 1 <= value <= SIZE_MAX, Refusal.SIZE_OUT_OF_RANGE)
    if parameter in (Parameter.LIQUIDATION_FEE_RATE, Parameter.SLIPPAGE_RATE):
        checks.refuse_if(not 0 <= value < RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    if parameter == Parameter.CLOSE_FEE_RATE:
        checks.refuse_if(not 0 <= value <= RATE_ONE // 10, Refusal.RATE_OUT_OF_RANGE)
    if parameter in SHARES:
        checks.refuse_if(not 0 <= value <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)


def refuse_rates(state: State, instrument: Instrument, parameter: Parameter, value: int, checks: Checks) -> None:
    """Refuse a highest rate, the fee in it, of 1 or more."""
    if parameter in MOVES_THRESHOLDS:
        after = replace(instrument, **{parameter.name.lower(): value})
        fee = after.close_fee_rate if after.close_fee == FEE_IN_RATE else 0
        highest = max((tier.rate for tier in state.tier_tables[after.tier_table]), default=0)
        checks.refuse_if(highest + fee >= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)


def refuse_unfit(state: State, instrument: Instrument, parameter: Parameter, value: int, checks: Checks) -> None:
    """Refuse what is beyond the budget, a table without tiers, and an instrument that has ended."""
    if parameter in (Parameter.POSITION_LIMIT, Parameter.OPEN_INTEREST_LIMIT):
        budget = POSITION_VALUE_MAX if parameter == Parameter.POSITION_LIMIT else OPEN_VALUE_MAX
        largest = largest_lot_value(
            instrument.payoff, instrument.multiplier, instrument.price_min, instrument.price_max
        )
        checks.refuse_if(value * largest > budget, Refusal.BUDGET_EXCEEDED)
    if parameter == Parameter.TIER_TABLE:
        checks.refuse_if(not state.tier_tables[value], Refusal.TIER_TABLE_EMPTY)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)


def refuse_pending(state: State, instrument: Instrument, checks: Checks) -> None:
    """Refuse to move thresholds that a scheduled change is going to move: rule CHG-006."""
    number = instrument.pending_change
    effective = state.changes[number].effective_sequence if number else 0
    checks.refuse_if(number != 0, Refusal.CHANGE_PENDING, needed=0, available=number, limit=effective)


def refuse_breaches(state: State, row: Row, instrument: Instrument, checks: Checks) -> None:
    """Refuse a change to `instrument` that would breach an open compartment at the mark: rule LIQ-005."""
    tiers = state.tier_tables[instrument.tier_table]
    for number in state.isolated_holders(row.instrument):
        held = state.compartments[number]
        purse = held.purse - owed(instrument, held)
        checks.refuse_if(
            breached(instrument, tiers, instrument.mark, held.size, held.cost, purse),
            Refusal.WOULD_BREACH,
            needed=maintenance_shown(instrument, tiers, instrument.mark, held.size, held.cost),
            available=opening_equity(instrument, instrument.mark, held.size, held.cost, purse),
            compartment=number,
        )
    there = replace(state, instruments={**state.instruments, row.instrument: instrument})
    for cross in crosses_in(state, row.instrument):
        refuse_breach_of_cross(there, cross, checks)


def refuse_breach_of_cross(there: State, cross: int, checks: Checks) -> None:
    """Refuse what would breach a cross compartment; `there` is the state as it would be."""
    equity, maintenance = health(there, cross)
    checks.refuse_if(
        is_breached(there, cross),
        Refusal.WOULD_BREACH,
        needed=maintenance,
        available=equity,
        limit=0,
        compartment=cross,
    )
