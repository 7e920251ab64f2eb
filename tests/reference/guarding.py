"""Guards of the mark: rules GRD-001 to GRD-008."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from reference.rows import Checks, EventRow, Row
from reference.state import Compartment, Instrument, State
from stoplog.codes import Event, Refusal
from stoplog.units import PRICE_MAX, RATE_ONE

UNSURE, DEVIATES, JUMPS, STALE = 1, 2, 3, 4
OPEN, REDUCE, WITHDRAW, LIQUIDATE = range(4)
FURTHEST = 2**60
LAST_TIME = 2**63 - 1


def apart(price: int, reference: int) -> int:
    """The distance as a rate of the reference, rounded up."""
    return min(FURTHEST, ceil(Fraction(abs(price - reference) * RATE_ONE, reference)))


def doubt_about(instrument: Instrument, row: Row) -> tuple[int, int, int]:
    """(doubt, figure, limit) of a mark: rule GRD-001."""
    weighed = [(UNSURE, row.rate if instrument.confidence_limit else 0, instrument.confidence_limit)]
    if instrument.deviation_limit and row.amount:
        weighed.append((DEVIATES, apart(row.price, row.amount), instrument.deviation_limit))
    if instrument.jump_limit and instrument.mark:
        weighed.append((JUMPS, apart(row.price, instrument.mark), instrument.jump_limit))
    return next(((doubt, figure, limit) for doubt, figure, limit in weighed if figure > limit), (0, 0, 0))


def forbids(instrument: Instrument, use: int, doubt: int) -> bool:
    """Rule GRD-007."""
    return doubt != 0 and bool(instrument.guard_policy & 2 ** (4 * use + doubt - 1))


def refuse_unreadable(instrument: Instrument, row: Row, checks: Checks) -> None:
    """What a guard of a mark cannot read, in between the price that any mark must have."""
    beyond = instrument.deviation_limit != 0 and not 0 <= row.amount <= PRICE_MAX
    checks.refuse_if(beyond, Refusal.AMOUNT_OUT_OF_RANGE, available=row.amount, limit=PRICE_MAX)
    checks.refuse_if(not instrument.price_min <= row.price <= instrument.price_max, Refusal.PRICE_OUT_OF_RANGE)
    beyond = instrument.confidence_limit != 0 and not 0 <= row.rate <= RATE_ONE
    checks.refuse_if(beyond, Refusal.RATE_OUT_OF_RANGE, available=row.rate, limit=RATE_ONE)


def hold(state: State, row: Row) -> list[EventRow]:
    """MARK_HELD, or nothing for a mark that is taken, whose doubt is then in the state: rules GRD-002 and GRD-003."""
    instrument = state.instruments[row.instrument]
    doubt, figure, limit = doubt_about(instrument, row)
    goes_on = False
    if doubt == JUMPS:
        goes_on = bool(instrument.held_price) and apart(row.price, instrument.held_price) <= instrument.jump_limit
        if goes_on and row.time - instrument.held_since >= instrument.jump_wait:
            doubt = 0
    instrument.doubt = doubt
    if not forbids(instrument, LIQUIDATE, doubt):
        instrument.held_price = instrument.held_since = 0
        instrument.mark, instrument.mark_time = row.price, row.time
        return []
    if doubt == JUMPS:
        instrument.held_since = instrument.held_since if goes_on else row.time
        instrument.held_price = row.price
    return [
        EventRow(state.sequence, Event.MARK_HELD, doubt, 0, 0, None, row.instrument, 0, 0, 0, row.price, figure, limit)
    ]


def is_stale(instrument: Instrument, time: int) -> bool:
    """Rule GRD-005."""
    return bool(instrument.age_limit and instrument.mark) and time - instrument.mark_time > instrument.age_limit


def forbidden(instrument: Instrument, use: int, time: int) -> bool:
    """Whether the mark in force is not to be used so: rules GRD-004 and GRD-005."""
    stale = is_stale(instrument, time)
    return forbids(instrument, use, instrument.doubt) or forbids(instrument, use, STALE * stale)


def refuse_use(instrument: Instrument, use: int, time: int, checks: Checks, number: int | None = None) -> None:
    """Refuse a use of the mark for compartment `number`."""
    refuse_doubt(instrument, use, instrument.doubt, checks, number)
    refuse_age(instrument, use, time, checks, number)


def refuse_doubt(instrument: Instrument, use: int, doubt: int, checks: Checks, number: int | None = None) -> None:
    """MARK_IN_DOUBT."""
    until = min(LAST_TIME, instrument.held_since + instrument.jump_wait) if instrument.held_price else 0
    figures = {"needed": doubt, "available": instrument.mark, "limit": until, "compartment": number}
    checks.refuse_if(forbids(instrument, use, doubt), Refusal.MARK_IN_DOUBT, **figures)


def refuse_age(instrument: Instrument, use: int, time: int, checks: Checks, number: int | None = None) -> None:
    """MARK_STALE."""
    limit = instrument.age_limit
    figures = {"needed": time - limit, "available": instrument.mark_time, "limit": limit, "compartment": number}
    checks.refuse_if(forbids(instrument, use, STALE * is_stale(instrument, time)), Refusal.MARK_STALE, **figures)


def refuse_expiry(instrument: Instrument, row: Row, checks: Checks) -> None:
    """Rule GRD-006."""
    refuse_doubt(instrument, LIQUIDATE, instrument.doubt, checks, 0)
    jumps = instrument.jump_limit and instrument.mark and apart(row.price, instrument.mark) > instrument.jump_limit
    refuse_doubt(instrument, LIQUIDATE, JUMPS if jumps else 0, checks, 0)
    refuse_age(instrument, LIQUIDATE, row.time, checks, 0)


def refuse_letting_out(instrument: Instrument, compartment: Compartment, time: int, checks: Checks) -> None:
    """Only what a position backs is valued at the mark."""
    if compartment.size:
        refuse_use(instrument, WITHDRAW, time, checks)


def without_guards_no_doubt(instrument: Instrument) -> None:
    """Rule GRD-008."""
    if not instrument.guarded:
        instrument.doubt = instrument.held_price = instrument.held_since = 0
