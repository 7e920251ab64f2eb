"""What goes in and what comes out: commands and events as plain named tuples, fields as in `stoplog.records`."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from stoplog.codes import Event, Place, Refusal


class Row(NamedTuple):
    """A command; the fields of COMMAND in their order."""

    time: int = 0
    kind: int = 0
    code: int = 0
    asset: int = 0
    instrument: int = 0
    account: int = 0
    compartment: int = 0
    other: int = 0
    amount: int = 0
    price: int = 0
    size: int = 0
    rate: int = 0


class EventRow(NamedTuple):
    """An event; the fields of EVENT in their order. None where the docs do not say what the field holds."""

    sequence: int
    kind: int
    reason: int | None = 0
    source: int | None = 0
    target: int | None = 0
    asset: int | None = 0
    instrument: int | None = 0
    account: int | None = 0
    compartment: int | None = 0
    amount: int | None = 0
    first: int | None = 0
    second: int | None = 0
    third: int | None = 0

    def matches(self, fields: tuple[int, ...]) -> bool:
        """Whether an event of the engine says the same in every documented field."""
        return all(mine is None or mine == theirs for mine, theirs in zip(self, fields, strict=True))


class Refused(Exception):
    """A command was refused; the figures that the docs state, None for the others."""

    def __init__(
        self,
        reason: IntEnum,
        needed: int | None = None,
        available: int | None = None,
        limit: int | None = None,
        compartment: int | None = None,
    ) -> None:
        super().__init__(reason.name)
        self.reason = reason
        self.needed = needed
        self.available = available
        self.limit = limit
        self.compartment = compartment

    def row(self, sequence: int) -> EventRow:
        """The REFUSED event."""
        return EventRow(
            sequence,
            Event.REFUSED,
            self.reason,
            None,
            None,
            None,
            None,
            None,
            self.compartment,
            0,
            self.needed,
            self.available,
            self.limit,
        )


class Checks:
    """Asks for the reasons to refuse one after the other; they must be asked in the order of `Refusal`."""

    def __init__(self) -> None:
        self.asked: IntEnum = Refusal.NONE
        self.ordered = True

    def in_the_order_of_the_row(self) -> None:
        """From here on the order is that of docs/commands.md for the command, as it is for cross compartments."""
        self.ordered = False

    def refuse_if(self, condition: bool, reason: IntEnum, **figures: int | None) -> None:
        """Raise `Refused` if `condition` holds."""
        if self.ordered and reason < Refusal.WRONG_KIND:
            assert reason >= self.asked, f"{reason.name} is asked after {self.asked.name}"
            self.asked = reason
        if condition:
            raise Refused(reason, **figures)


MOVES: dict[IntEnum, tuple[IntEnum, IntEnum]] = {
    Event.DEPOSITED: (Place.OUTSIDE_WORLD, Place.FREE),
    Event.WITHDRAWN: (Place.FREE, Place.OUTSIDE_WORLD),
    Event.COMPARTMENT_OPENED: (Place.FREE, Place.COMPARTMENT),
    Event.MARGIN_ADDED: (Place.FREE, Place.COMPARTMENT),
    Event.COMPARTMENT_CLOSED: (Place.COMPARTMENT, Place.FREE),
    Event.MARGIN_REMOVED: (Place.COMPARTMENT, Place.FREE),
    Event.TOP_UP_SET: (Place.OUTSIDE_WORLD, Place.OUTSIDE_WORLD),
    Event.TOPPED_UP: (Place.FREE, Place.COMPARTMENT),
    Event.MARGIN_DONATED: (Place.COMPARTMENT, Place.FREE),
    Event.FUNDING_COVERED: (Place.FREE, Place.COMPARTMENT),
    Event.FUNDING_PAID_OUT: (Place.COMPARTMENT, Place.FREE),
    Event.LEVERAGE_SET: (Place.OUTSIDE_WORLD, Place.OUTSIDE_WORLD),
    Event.FEE_PAID: (Place.COMPARTMENT, Place.FEES),
    Event.TAKEN_OVER: (Place.COMPARTMENT, Place.LIQUIDATION_POOL),
    Event.FUNDING_SETTLED: (Place.COMPARTMENT, Place.FUNDING_CLEARING),
    Event.FILLED: (Place.SETTLEMENT, Place.COMPARTMENT),
    Event.SETTLED_AT_EXPIRY: (Place.SETTLEMENT, Place.COMPARTMENT),
    Event.SOLD: (Place.SETTLEMENT, Place.LIQUIDATION_POOL),
    Event.LIQUIDATION_FEE_PAID: (Place.LIQUIDATION_POOL, Place.FEES),
    Event.FUND_RECEIVED: (Place.LIQUIDATION_POOL, Place.INSURANCE_FUND),
    Event.INTEREST_PAID: (Place.POCKET, Place.FEES),
    Event.FUND_PAID: (Place.INSURANCE_FUND, Place.LIQUIDATION_POOL),
    Event.SOCIALISED: (Place.SOCIALISED_LOSS, Place.LIQUIDATION_POOL),
}
"""From where to where the amount of an event moves, where that does not depend on its subject."""
