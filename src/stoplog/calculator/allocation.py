"""The calculation `bankruptcy_allocation`: a purse's equity shared out by maintenance margin.

Shares are rounded by `stoplog.margin.bankruptcy_shares`; everything else is exact.
"""

from __future__ import annotations

from math import lcm
from typing import NamedTuple

from msgspec import UnsetType

from stoplog.calculator.allocation_questions import (
    Allocation,
    AllocationPosition,
    AllocationPositionResult,
    AllocationResult,
)
from stoplog.calculator.cross_questions import POSITIONS_MAX
from stoplog.calculator.decimals import POWER, Count, parse, quotient
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.fields import decode_list
from stoplog.calculator.limits import above_zero, rate
from stoplog.calculator.policy import venue_preset
from stoplog.margin.bankruptcy_shares import bankruptcy_share, closing_quote, whole_shares
from stoplog.units import mul_div_up


class Closing(NamedTuple):
    """One position as it was given: numbers as (m, k), the rate as (n, one)."""

    symbol: str | None
    side: int
    size: Count
    mark: Count
    rate: Count
    close: Count

    @property
    def whole(self) -> bool:
        """Whether nothing of it stays open."""
        return self.close[0] * POWER[self.size[1]] == self.size[0] * POWER[self.close[1]]


class Parts(NamedTuple):
    """A position as amounts: its value and what is left of it, the maintenance of both, and what is closed."""

    value: int
    value_left: int
    maintenance: int
    maintenance_left: int

    @property
    def freed(self) -> int:
        """The maintenance that closing frees."""
        return self.maintenance - self.maintenance_left


def answer(question: Allocation) -> AllocationResult:
    """The share of each position; `QuestionError` where there is nothing to share by, or a limit is left."""
    if not isinstance(question.venue, UnsetType):
        venue_preset(question.venue)
    cash, cash_places = parse(bytes(question.cash), "cash")
    step, step_places = above_zero(bytes(question.unit), "unit")
    given = decode_list(bytes(question.positions), AllocationPosition, "positions", POSITIONS_MAX)
    if not given:
        raise QuestionError("missing_field", "positions", "positions: at least one position is needed")
    closings = [_closing(position, f"positions[{i}]") for i, position in enumerate(given)]
    unit = lcm(POWER[cash_places], POWER[step_places], *map(_divisor, closings))
    step *= unit // POWER[step_places]
    parts = [_parts(closing, unit, step) for closing in closings]
    equity = cash * (unit // POWER[cash_places]) + sum(part.value for part in parts)
    total = sum(part.maintenance for part in parts)
    if not total:
        raise QuestionError("inconsistent", "positions", "positions: none has a maintenance margin to share by")
    if all(closing.whole for closing in closings):
        shares = whole_shares(equity, [part.freed for part in parts], step)
    else:
        shares = [bankruptcy_share(equity, part.freed, total, step) for part in parts]
    return AllocationResult(
        equity=quotient(equity, unit),
        maintenance_margin=quotient(total, unit),
        positions=[
            _result(closing, part, share, unit) for closing, part, share in zip(closings, parts, shares, strict=True)
        ],
    )


def _closing(position: AllocationPosition, path: str) -> Closing:
    try:
        size = above_zero(bytes(position.size), "size")
        return Closing(
            None if isinstance(position.symbol, UnsetType) else position.symbol,
            1 if position.side == "long" else -1,
            size,
            above_zero(bytes(position.mark), "mark"),
            rate(bytes(position.maintenance_rate), "maintenance_rate"),
            size if isinstance(position.close, UnsetType) else _close(bytes(position.close), size),
        )
    except QuestionError as error:
        raise error.within(path) from None


def _close(raw: bytes, size: Count) -> Count:
    close = above_zero(raw, "close")
    if close[0] * POWER[size[1]] > size[0] * POWER[close[1]]:
        raise QuestionError("out_of_range", "close", f"close: {shown(raw)} is more than the size")
    return close


def _divisor(closing: Closing) -> int:
    return POWER[max(closing.size[1], closing.close[1]) + closing.mark[1]] * closing.rate[1]


def _parts(closing: Closing, unit: int, step: int) -> Parts:
    """The amounts of a position over `unit`; a maintenance margin is rounded up to a multiple of `step`."""
    places = max(closing.size[1], closing.close[1])
    size = closing.size[0] * POWER[places - closing.size[1]]
    left = size - closing.close[0] * POWER[places - closing.close[1]]
    lot = closing.mark[0] * (unit // POWER[places + closing.mark[1]])
    count, one = closing.rate
    due, due_left = (mul_div_up(lots * lot, count, one * step) * step for lots in (size, left))
    return Parts(closing.side * size * lot, closing.side * left * lot, due, due_left)


def _result(closing: Closing, part: Parts, share: int, unit: int) -> AllocationPositionResult:
    quote = closing_quote(part.value, part.value_left, share)
    price = None
    if closing.side * quote > 0:
        price = quotient(abs(quote) * POWER[closing.close[1]], unit * closing.close[0])
    return AllocationPositionResult(
        symbol=closing.symbol, share=quotient(share, unit), quote=quotient(quote, unit), price=price
    )
