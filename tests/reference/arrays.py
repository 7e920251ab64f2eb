"""SET_UNDERLYING, STAGE_ARRAY, STAGE_MARK, STAGE_AXIS and REVALUE: rules PRT-001, PRT-005, PRT-007 and PRT-009."""

from __future__ import annotations

from reference.cross_liquidating import cross_liquidations, fallen_among
from reference.cross_transferring import refuse_no_array
from reference.crossing import by_scenarios, position_rows_in
from reference.formulas import largest_lot_value
from reference.portfolio import LINEAR, MARK_PART, parts_of, settled_at
from reference.rights import CALL, NO_RIGHT, PUT
from reference.rows import Checks, EventRow, Row
from reference.state import Instrument, Risk, State
from stoplog.codes import Event, InstrumentState, Refusal
from stoplog.units import PRICE_MAX, RATE_ONE

SCENARIOS = 40
FACTOR_MAX = 10 * RATE_ONE


def instrument_event(state: State, kind: Event, number: int, *figures: int) -> EventRow:
    """An event whose subject is an instrument; no money moves by it."""
    first, second, third = (*figures, 0, 0)[:3]
    asset = state.instruments[number].asset
    return EventRow(state.sequence, kind, 0, 0, 0, asset, number, 0, 0, 0, first, second, third)


def refuse_outside(value: int, least: int, most: int, reason: Refusal, checks: Checks) -> None:
    """Refuse a value outside its range; the limit named is the one that it passes."""
    figures = {"needed": 0, "available": value, "limit": least if value < least else most, "compartment": 0}
    checks.refuse_if(not least <= value <= most, reason, **figures)


def set_underlying(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.in_the_order_of_the_row()
    figures = {"needed": 0, "available": row.code, "limit": PUT, "compartment": 0}
    checks.refuse_if(row.code not in (NO_RIGHT, CALL, PUT), Refusal.UNKNOWN_CODE, **figures)
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    count = len(state.instruments)
    figures = {"needed": row.other, "available": count, "limit": 0, "compartment": 0}
    checks.refuse_if(row.other not in state.instruments, Refusal.UNKNOWN_INSTRUMENT, **figures)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    instrument = state.instruments[row.instrument]
    refuse_terms(instrument, row, checks)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    figures = {"needed": row.instrument, "available": row.other, "limit": 0, "compartment": 0}
    checks.refuse_if(not fits(state, row), Refusal.WRONG_INSTRUMENT, **figures)
    figures = {"needed": 0, "available": 0, "limit": 0, "compartment": 0}
    checks.refuse_if(is_used(state, row), Refusal.INSTRUMENT_IN_USE, **figures)
    instrument.underlying, instrument.right = row.other, row.code
    instrument.strike, instrument.coin_units = row.price, row.amount
    return [instrument_event(state, Event.UNDERLYING_SET, row.instrument, row.other, row.code, row.price)]


def refuse_terms(instrument: Instrument, row: Row, checks: Checks) -> None:
    """A strike within the prices of a linear option, any for one in coin; neither where there is no right."""
    if row.code == NO_RIGHT:
        refuse_outside(row.price, 0, 0, Refusal.PRICE_OUT_OF_RANGE, checks)
        refuse_amount(row.amount, 0, 0, checks)
        return
    most = instrument.price_max if row.amount == 0 else PRICE_MAX
    refuse_outside(row.price, 1, most, Refusal.PRICE_OUT_OF_RANGE, checks)
    refuse_amount(row.amount, 0, PRICE_MAX, checks)


def refuse_amount(value: int, least: int, most: int, checks: Checks) -> None:
    """Refuse an amount outside its range; the limit named is the upper one."""
    figures = {"needed": 0, "available": value, "limit": most, "compartment": 0}
    checks.refuse_if(not least <= value <= most, Refusal.AMOUNT_OUT_OF_RANGE, **figures)


def fits(state: State, row: Row) -> bool:
    """Same money, one level deep; an option follows another, a linear one that trades in the same prices."""
    instrument, other = state.instruments[row.instrument], state.instruments[row.other]
    itself = row.instrument == row.other
    if instrument.asset != other.asset or other.right != NO_RIGHT:
        return False
    if not itself and other.underlying != row.other:
        return False
    if row.code == NO_RIGHT:
        return True
    if itself or instrument.payoff != LINEAR:
        return False
    return row.amount != 0 or (other.payoff == LINEAR and other.price_max == instrument.price_max)


def is_used(state: State, row: Row) -> bool:
    """Whether there are positions, rows or an array, or followers of what would itself follow."""
    followed = any(
        number != row.instrument and other.underlying == row.instrument for number, other in state.instruments.items()
    )
    plain = row.other == row.instrument and row.code == NO_RIGHT
    return (
        state.open_interest(row.instrument) > 0
        or bool(position_rows_in(state, row.instrument))
        or bool(state.risk[row.instrument].known)
        or (followed and not plain)
    )


def largest_lot(instrument: Instrument) -> int:
    """The largest value of one lot."""
    return largest_lot_value(instrument.payoff, instrument.multiplier, instrument.price_min, instrument.price_max)


def stage_array(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.in_the_order_of_the_row()
    figures = {"needed": 0, "available": row.code, "limit": SCENARIOS - 4, "compartment": 0}
    checks.refuse_if(row.code not in range(0, SCENARIOS, 4), Refusal.UNKNOWN_CODE, **figures)
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    instrument = state.instruments[row.instrument]
    most, profits = largest_lot(instrument), (row.amount, row.price, row.size, row.rate)
    for profit in profits:
        refuse_amount(profit, -most, most, checks)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    risk = state.risk[row.instrument]
    risk.next_array[row.code : row.code + 4] = profits
    risk.staged.add(row.code // 4)
    return [instrument_event(state, Event.ARRAY_STAGED, row.instrument, row.code)]


def stage_mark(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.in_the_order_of_the_row()
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    instrument = state.instruments[row.instrument]
    refuse_outside(row.price, instrument.price_min, instrument.price_max, Refusal.PRICE_OUT_OF_RANGE, checks)
    refuse_amount(row.amount, 0, largest_lot(instrument), checks)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    risk = state.risk[row.instrument]
    risk.next_mark, risk.next_charge = row.price, row.amount
    risk.staged.add(MARK_PART)
    return [instrument_event(state, Event.ARRAY_STAGED, row.instrument, row.price, row.amount, 1)]


def stage_axis(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.in_the_order_of_the_row()
    figures = {"needed": 0, "available": row.code, "limit": SCENARIOS - 4, "compartment": 0}
    checks.refuse_if(row.code not in range(0, SCENARIOS, 4), Refusal.UNKNOWN_CODE, **figures)
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    instrument, prices = state.instruments[row.instrument], (row.amount, row.price, row.size, row.rate)
    for price in prices:
        refuse_outside(price, 0, instrument.price_max, Refusal.PRICE_OUT_OF_RANGE, checks)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    refuse_follower(state, row.instrument, checks)
    state.risk[row.instrument].next_axis[row.code : row.code + 4] = prices
    return [instrument_event(state, Event.ARRAY_STAGED, row.instrument, row.code, 0, 2)]


def refuse_follower(state: State, number: int, checks: Checks) -> None:
    """Refuse an instrument that follows another."""
    follows = state.instruments[number].underlying
    figures = {"needed": number, "available": follows, "limit": 0, "compartment": 0}
    checks.refuse_if(follows != number, Refusal.WRONG_INSTRUMENT, **figures)


def refuse_axis(risk: Risk, checks: Checks) -> None:
    """Refuse an axis to come that has no price below, or none above, the mark that it comes with: rule PRT-009."""
    named = [price for price in risk.next_axis if price]
    if MARK_PART not in risk.staged or not named:
        return
    low, high = min(named), max(named)
    limit = low if low >= risk.next_mark else high
    figures = {"needed": 0, "available": risk.next_mark, "limit": limit, "compartment": 0}
    checks.refuse_if(not low < risk.next_mark < high, Refusal.PRICE_OUT_OF_RANGE, **figures)


def revalue(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.in_the_order_of_the_row()
    figures = {"needed": 0, "available": row.code, "limit": SCENARIOS, "compartment": 0}
    checks.refuse_if(not 1 <= row.code <= SCENARIOS, Refusal.UNKNOWN_CODE, **figures)
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    refuse_outside(row.rate, RATE_ONE, FACTOR_MAX, Refusal.RATE_OUT_OF_RANGE, checks)
    refuse_follower(state, row.instrument, checks)
    shared = state.risk[row.instrument]
    refuse_axis(shared, checks)
    followers = followers_of(state, row.instrument)
    axis_parts = parts_named(shared.next_axis) if MARK_PART in shared.staged else shared.axis_parts
    for number in followers:
        risk = state.risk[number]
        whole = parts_of(row.code) | axis_parts <= risk.known | risk.staged
        refuse_no_array(not whole and bool(crosses_by_scenarios(state, [number])), number, checks)
    shared.scenarios, shared.initial_factor = row.code, row.rate
    if MARK_PART in shared.staged:
        take_axis(shared)
    staged = [number for number in followers if state.risk[number].staged]
    for number in staged:
        take_into_force(state.risk[number])
    fallen = fallen_among(state, crosses_by_scenarios(state, followers), row.time)
    event = instrument_event(state, Event.REVALUED, row.instrument, row.code, len(fallen), len(staged))
    return [event, *cross_liquidations(state, fallen)]


def parts_named(prices: list[int]) -> set[int]:
    """The parts of the scenarios that an axis names."""
    return {scenario // 4 for scenario, price in enumerate(prices) if price}


def take_axis(risk: Risk) -> None:
    """The axis that comes with the staged mark: none where no price is named, of equal prices the first."""
    points = {risk.next_mark: -1}
    for scenario, price in enumerate(risk.next_axis):
        if price:
            points.setdefault(price, scenario)
    risk.axis_parts = parts_named(risk.next_axis)
    risk.axis = sorted(points.items()) if risk.axis_parts else []
    risk.axis_mark = risk.next_mark if risk.axis_parts else 0
    risk.next_axis = [0] * SCENARIOS


def take_into_force(risk: Risk) -> None:
    """What is staged becomes what counts; the parts that are not staged stay."""
    for part in risk.staged - {MARK_PART}:
        risk.array[4 * part : 4 * part + 4] = risk.next_array[4 * part : 4 * part + 4]
    if MARK_PART in risk.staged:
        risk.mark, risk.charge, risk.settled = risk.next_mark, risk.next_charge, 0
    risk.known |= risk.staged
    forget_staged(risk)


def forget_staged(risk: Risk) -> None:
    """Nothing is staged any more."""
    risk.staged, risk.next_mark, risk.next_charge, risk.next_array = set(), 0, 0, [0] * SCENARIOS


def followers_of(state: State, number: int) -> list[int]:
    """What follows an instrument, itself among it where it is an underlying, ascending."""
    return [n for n, instrument in state.instruments.items() if instrument.underlying == number]


def crosses_by_scenarios(state: State, numbers: list[int]) -> list[int]:
    """The cross compartments by scenarios with a position row in any of these instruments, ascending."""
    held = [state.compartments[row] for number in numbers for row in position_rows_in(state, number)]
    return sorted({row.cross for row in held if by_scenarios(state, row.cross)})


def settling_with(state: State, number: int) -> list[int]:
    """The live instruments on the same underlying that expire when this one does, itself among them: rule PRT-007."""
    ending = state.instruments[number]
    live = [n for n, other in state.instruments.items() if other.state != InstrumentState.EXPIRED]
    terms = ending.underlying, ending.expiry_time
    return [n for n in live if (state.instruments[n].underlying, state.instruments[n].expiry_time) == terms]


def settle_arrays(state: State, numbers: list[int], price: int) -> None:
    """The arrays of what settles together: what each settles at, whatever happens."""
    for number in numbers:
        risk = state.risk[number]
        forget_staged(risk)
        risk.mark, risk.charge, risk.array = settled_at(state.instruments[number], price), 0, [0] * SCENARIOS
        risk.known, risk.settled = parts_of(SCENARIOS), 1
