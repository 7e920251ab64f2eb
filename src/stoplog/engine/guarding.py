"""Guards of the mark: which marks are held, and what is refused or left alone while one is in doubt or stale.

An instrument without guards has `guarded` = 0, and nothing here is called for it.
"""

from __future__ import annotations

from typing import Any

from stoplog.codes import DOUBTS, Event, Refusal, Use
from stoplog.engine import refusing
from stoplog.engine.compiling import compiled, outlined
from stoplog.engine.postings import note, refuse
from stoplog.engine.twins import twin
from stoplog.margin import guards
from stoplog.margin.guards import JUMPS, STALE, TRUSTED, Limits
from stoplog.units import PRICE_MAX, RATE_ONE

NONE = refusing.NONE
LIQUIDATE = int(Use.LIQUIDATE)
MARK_HELD = int(Event.MARK_HELD)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
MARK_IN_DOUBT = int(Refusal.MARK_IN_DOUBT)
MARK_STALE = int(Refusal.MARK_STALE)
REASON_SHIFT = 16
"""Where in the first word of an event its reason lies."""

doubt_of = twin(guards.doubt_of)
goes_on = twin(guards.goes_on)
persists = twin(guards.persists)
taken_from = twin(guards.taken_from)
is_stale = twin(guards.is_stale)


@compiled
def with_reason(event: int, doubt: int) -> int:
    """The codes of an event that says what is doubted."""
    return event | (doubt << REASON_SHIFT)


@compiled
def _forbids(policy: int, use: int, doubt: int) -> bool:
    """Whether a policy forbids a use of a mark that is doubted so: rule GRD-007."""
    return (policy >> (DOUBTS * use + doubt - 1)) & 1 != 0


@outlined
def unreadable(t: Any, command: Any) -> int:
    """Refuse a MARK with a second source's price or a confidence that a guard cannot read; else as `no_price_for`."""
    row = t.instruments[command.instrument]
    if row.deviation_limit != 0 and not 0 <= command.amount <= PRICE_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, command.amount, PRICE_MAX)
    reason = refusing.price_outside(t, command)
    if reason != NONE:
        return reason
    if row.confidence_limit != 0 and not 0 <= command.rate <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, command.rate, RATE_ONE)
    return refusing.expired(t, command)


@outlined
def weigh(t: Any, command: Any) -> tuple[bool, int]:
    """(whether a MARK is held, what is doubted about it): rules GRD-001 to GRD-003. What is held is booked here."""
    i, price = command.instrument, command.price
    row = t.instruments[i]
    limits = Limits(row.confidence_limit, row.deviation_limit, row.jump_limit)
    doubt, figure, limit = doubt_of(limits, price, command.rate, command.amount, row.mark, RATE_ONE)
    same = doubt == JUMPS and goes_on(price, row.held_price, row.jump_limit, RATE_ONE)
    if same and persists(command.time, row.held_since, row.jump_wait):
        return False, TRUSTED
    if doubt == TRUSTED or not _forbids(row.guard_policy, LIQUIDATE, doubt):
        return False, doubt
    row.doubt = doubt
    if doubt == JUMPS:
        row.held_price = price
        row.held_since = row.held_since if same else command.time
    note(t, with_reason(MARK_HELD, doubt), row.asset, i, 0, 0, price, figure, limit)
    return True, doubt


@outlined
def take(t: Any, i: int, doubt: int) -> None:
    """Book that a mark is taken, with this doubt or TRUSTED, and that nothing is unseen any more."""
    row = t.instruments[i]
    row.doubt = doubt
    row.held_price = 0
    row.held_since = 0
    row.unseen = 0


@compiled
def _stale(t: Any, i: int, time: int) -> bool:
    row = t.instruments[i]
    return row.mark != 0 and is_stale(time, row.mark_time, row.age_limit)


@outlined
def _forbidden(t: Any, i: int, use: int, time: int) -> bool:
    row = t.instruments[i]
    if row.doubt != TRUSTED and _forbids(row.guard_policy, use, row.doubt):
        return True
    return _stale(t, i, time) and _forbids(row.guard_policy, use, STALE)


@compiled
def forbidden(t: Any, i: int, use: int, time: int) -> bool:
    """Whether the mark in force of instrument `i` is not to be used so at this time: rules GRD-004 and GRD-005."""
    return t.instruments[i].guarded != 0 and _forbidden(t, i, use, time)


@compiled
def _in_doubt(t: Any, command: Any, i: int, c: int, use: int, doubt: int) -> int:
    """A refusal where this doubt, or TRUSTED, forbids the use."""
    row = t.instruments[i]
    if doubt == TRUSTED or not _forbids(row.guard_policy, use, doubt):
        return NONE
    until = taken_from(row.held_since, row.jump_wait) if row.held_price != 0 else 0
    return refuse(t, command, MARK_IN_DOUBT, c, doubt, row.mark, until)


@compiled
def _too_old(t: Any, command: Any, i: int, c: int, use: int) -> int:
    """A refusal where the mark is too old for the use."""
    row = t.instruments[i]
    if not _stale(t, i, command.time) or not _forbids(row.guard_policy, use, STALE):
        return NONE
    return refuse(t, command, MARK_STALE, c, command.time - row.age_limit, row.mark_time, row.age_limit)


@outlined
def refuse_use(t: Any, command: Any, i: int, c: int, use: int) -> int:
    """A refusal where the mark is not to be used so, on behalf of compartment `c`, or NONE."""
    reason = _in_doubt(t, command, i, c, use, t.instruments[i].doubt)
    return reason if reason != NONE else _too_old(t, command, i, c, use)


@outlined
def refuse_legs(t: Any, command: Any, use: int, use_of_other: int) -> int:
    """A refusal of a FILL whose legs use the mark so, or NONE."""
    i, c, other = command.instrument, command.compartment, command.other
    doubt = t.instruments[i].doubt
    reason = _in_doubt(t, command, i, c, use, doubt)
    if reason == NONE and other != 0:
        reason = _in_doubt(t, command, i, other, use_of_other, doubt)
    if reason == NONE:
        reason = _too_old(t, command, i, c, use)
    if reason == NONE and other != 0:
        reason = _too_old(t, command, i, other, use_of_other)
    return reason


@outlined
def refuse_expiry(t: Any, command: Any) -> int:
    """A refusal of EXPIRE where the mark is not to liquidate anybody, or the price jumps from it: rule GRD-006."""
    i = command.instrument
    row = t.instruments[i]
    reason = _in_doubt(t, command, i, 0, LIQUIDATE, row.doubt)
    if reason == NONE:
        doubt, _, _ = doubt_of(Limits(0, 0, row.jump_limit), command.price, 0, 0, row.mark, RATE_ONE)
        reason = _in_doubt(t, command, i, 0, LIQUIDATE, doubt)
    return reason if reason != NONE else _too_old(t, command, i, 0, LIQUIDATE)
