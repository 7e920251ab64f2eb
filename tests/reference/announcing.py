"""What changes of instruments and of assets have in common."""

from __future__ import annotations

from reference.rows import Checks, EventRow, Row
from reference.state import Change, State
from stoplog.codes import ChangeState, Event, Refusal
from stoplog.units import GRACE_MAX, SEQUENCE_MAX

LAST_TIME = 2**63 - 1


def refuse_no_grace(row: Row, checks: Checks) -> None:
    """Refuse what moves thresholds without a grace, or with one too long."""
    checks.refuse_if(not 1 <= row.rate <= GRACE_MAX, Refusal.AMOUNT_OUT_OF_RANGE, limit=GRACE_MAX)


def refuse_behind(state: State, row: Row, checks: Checks) -> None:
    """Refuse a sequence number that is not ahead."""
    figures = {"needed": state.sequence + 1, "available": row.size, "limit": SEQUENCE_MAX}
    checks.refuse_if(not state.sequence < row.size <= SEQUENCE_MAX, Refusal.SEQUENCE_OUT_OF_RANGE, **figures)


def change_event(state: State, kind: Event, number: int, second: int = 0, third: int = 0) -> EventRow:
    """An event whose subject is a change, and what it changes."""
    change = state.changes[number]
    subject = (change.asset, change.instrument, 0, 0)
    return EventRow(state.sequence, kind, 0, 0, 0, *subject, 0, number, second, third)


def begin_grace(state: State, change: Change) -> None:
    """Rule CHG-002."""
    change.state = ChangeState.EFFECTIVE
    change.enforced_from = min(state.time + change.grace, LAST_TIME)
