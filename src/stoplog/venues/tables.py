"""Tier tables in the shapes that venues publish, read and checked, in the form in which a question gives tiers.

`by` says what floors count: `notional`, or the `contracts` of the position, where the tier does not move with the
price. A table that contradicts itself is refused with its row: `TableError`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import msgspec

from stoplog.margin.tiers import TierError

By = Literal["notional", "contracts"]

Tier = dict[str, str]
"""A tier of a question: `floor`, `rate`, `initial_rate` or `max_leverage`, `deduction`, all as text."""

PPM = Decimal(10**6)

EXACT = msgspec.json.Decoder(float_hook=Decimal)
"""No number passes through a binary float."""


class TableError(TierError):
    """A table that contradicts itself or lacks something: `symbol`, `row` and a sentence say where.

    Rows count from 1; 0 is the whole.
    """

    def __init__(self, code: str, symbol: str, row: int, message: str) -> None:
        super().__init__(code, row, f"{symbol}, row {row}: {message}" if row else f"{symbol}: {message}")
        self.symbol = symbol


class Table(NamedTuple):
    """The tiers of one symbol."""

    symbol: str
    by: By
    tiers: list[Tier]

    def tiers_at(self, contracts: Decimal) -> list[Tier]:
        """The tiers of a question about so many contracts: all of them by notional, by contracts the one that holds.

        >>> table = Table("A", "contracts", [{"floor": "0", "rate": "0.01"}, {"floor": "10", "rate": "0.02"}])
        >>> table.tiers_at(Decimal(10)), table.tiers_at(Decimal(11))
        ([{'floor': '0', 'rate': '0.01'}], [{'floor': '0', 'rate': '0.02'}])
        """
        if self.by == "notional":
            return self.tiers
        held = [tier for i, tier in enumerate(self.tiers) if i == 0 or Decimal(tier["floor"]) < contracts][-1]
        return [held | {"floor": "0"}]


class Row(NamedTuple):
    """A row as published: numbers exact, None where the shape has no such field."""

    floor: Decimal
    rate: Decimal | None
    leverage: Decimal | None
    end: Decimal | None = None
    initial: Decimal | None = None
    deduction: Decimal | None = None


def decoded(text: bytes) -> Any:
    """JSON with every number exact; `TableError` where it is none."""
    try:
        return EXACT.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise TableError("not_json", "the file", 0, str(error)) from None


def number(value: Any, symbol: str, row: int, name: str) -> Decimal:
    """The exact number; `TableError` where the field holds none, or one below zero."""
    try:
        found = Decimal("" if isinstance(value, bool) else value)
    except (ArithmeticError, TypeError, ValueError):
        raise TableError("wrong_type", symbol, row, f"{name}: {value!r} is not a number") from None
    if not found.is_finite() or found < 0:
        raise TableError("out_of_range", symbol, row, f"{name}: {value} is not a number from 0 on")
    return found


def objects(value: Any, symbol: str, name: str) -> list[dict[str, Any]]:
    """The objects of a list; `TableError` where it is no list, or holds something else."""
    if not isinstance(value, list):
        raise TableError("wrong_type", symbol, 0, f"{name}: not a list")
    for i, item in enumerate(value, start=1):
        if not isinstance(item, dict):
            raise TableError("wrong_type", symbol, i, f"{name}: not an object")
    return value


def field(item: dict[str, Any], symbol: str, row: int, *names: str) -> Decimal:
    """The number in the first of `names` that the row has."""
    for name in names:
        if name in item:
            return number(item[name], symbol, row, name)
    raise TableError("missing_field", symbol, row, f"{names[0]}: missing")


def checked(symbol: str, by: By, rows: list[Row]) -> Table:
    """The table of these rows; `TableError` names the first row that contradicts one before it."""
    if not rows:
        raise TableError("missing_field", symbol, 0, "no rows")
    if rows[0].floor != 0:
        raise TableError("unordered_tiers", symbol, 1, f"the first floor is {rows[0].floor}, not 0")
    for i, (before, row) in enumerate(pairwise(rows), start=2):
        _check_order(symbol, i, before, row)
    derived = Decimal(0)
    for i, row in enumerate(rows, start=1):
        if row.rate is not None and row.rate >= 1:
            raise TableError("out_of_range", symbol, i, f"the rate {row.rate} is not below 1")
        if i > 1 and row.rate is not None:
            derived += row.floor * (row.rate - (rows[i - 2].rate or 0))
        _check_row(symbol, i, row, derived)
    return Table(symbol, by, [_tier(row) for row in rows])


def _check_order(symbol: str, i: int, before: Row, row: Row) -> None:
    if row.floor <= before.floor:
        raise TableError("unordered_tiers", symbol, i, f"the floor {row.floor} is not above {before.floor}")
    if row.rate is not None and before.rate is not None and row.rate < before.rate:
        raise TableError("unordered_tiers", symbol, i, f"the rate {row.rate} is below {before.rate}")
    if row.leverage is not None and before.leverage is not None and row.leverage > before.leverage:
        raise TableError("unordered_tiers", symbol, i, f"the leverage {row.leverage} is above {before.leverage}")
    if before.end is not None and before.end != row.floor:
        raise TableError(
            "unordered_tiers", symbol, i, f"the floor is {row.floor}, the tier before ends at {before.end}"
        )


def _check_row(symbol: str, i: int, row: Row, derived: Decimal) -> None:
    if row.leverage is not None and row.leverage < 1:
        raise TableError("out_of_range", symbol, i, f"the leverage {row.leverage} is below 1")
    if row.rate is not None and row.leverage is not None and row.rate * row.leverage > 1:
        raise TableError("inconsistent", symbol, i, f"the rate {row.rate} is above that of {row.leverage}× leverage")
    if row.initial is not None and row.rate is not None and row.initial < row.rate:
        raise TableError("inconsistent", symbol, i, f"the initial rate {row.initial} is below the rate {row.rate}")
    if row.deduction is not None:
        exponent = row.deduction.as_tuple().exponent
        assert isinstance(exponent, int), "numbers are finite"
        if 2 * abs(row.deduction - derived) > Decimal(1).scaleb(exponent):
            message = f"the deduction is {row.deduction}, {derived.normalize():f} follows from floors and rates"
            raise TableError("contradicting_deduction", symbol, i, message)


def _tier(row: Row) -> Tier:
    named = {"floor": row.floor, "rate": row.rate, "deduction": row.deduction}
    named |= {"initial_rate": row.initial} if row.initial is not None else {"max_leverage": row.leverage}
    return {name: format(value.normalize(), "f") for name, value in named.items() if value is not None}


Read = Callable[[bytes], list[Table]]
