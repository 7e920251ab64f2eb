"""Portfolios from JSON: a list of [key, quantity], an object that has it as `positions`, or such an object a line."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from stoplog.span.counting import FUTURE, OPTION, Key
from stoplog.span.errors import PositionError, shown
from stoplog.span.parameters import Parameters
from stoplog.span.results import Position

SIZE_MAX = Decimal("1e12")
LENGTHS = {FUTURE: 3, OPTION: 5}
PAIR = 2


class Portfolio(NamedTuple):
    """A portfolio as it was written: a name, empty where it has none, and its positions."""

    name: str
    positions: list[Any]


def read_portfolios(path: Path) -> list[Portfolio]:
    """The portfolios of a file, one or one a line. `PositionError` names what is no portfolio."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PositionError(None, f"byte {error.start + 1} is not UTF-8") from None
    try:
        return [_portfolio(_json(text), "")]
    except json.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < PAIR or not lines[0][1].lstrip().startswith("{"):
            raise PositionError(f"line {error.lineno}", f"not JSON: {error.msg}") from None
    return [_line(line, number) for number, line in lines]


def positions_of(parameters: Parameters, portfolio: Portfolio) -> list[Position]:
    """The positions of a portfolio in the contracts of a file; `PositionError` names the first that is wrong."""
    return [_position(parameters, given, f"positions[{i}]") for i, given in enumerate(portfolio.positions)]


def _line(line: str, number: int) -> Portfolio:
    try:
        return _portfolio(_json(line), f"line {number}")
    except json.JSONDecodeError as error:
        raise PositionError(f"line {number}", f"not JSON: {error.msg}") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)
    except RecursionError:
        raise PositionError(None, "nested too deep") from None


def _portfolio(given: Any, name: str) -> Portfolio:
    if isinstance(given, dict):
        unknown = sorted(set(given) - {"id", "name", "positions", "file"})
        if unknown:
            raise PositionError(name or None, f"{shown(unknown[0])} is not a field; there are id, name, positions")
        name = str(given.get("name", given.get("id", name)))
        given = given.get("positions")
    if not isinstance(given, list):
        raise PositionError(name or None, "positions: a list of [key, quantity] is due")
    return Portfolio(name, given)


def _position(parameters: Parameters, given: Any, path: str) -> Position:
    if not isinstance(given, list) or len(given) != PAIR:
        raise PositionError(path, f"{shown(str(given))} is not [key, quantity]")
    quantity = _number(given[1], f"{path}[1]")
    key = _key(given[0], f"{path}[0]")
    try:
        contract = parameters.contract(key)
    except PositionError as error:
        raise PositionError(f"{path}[0]", error.reason) from None
    whole = quantity == quantity.to_integral_value()
    return Position(contract, int(quantity) if whole else Fraction(quantity))


def _key(given: Any, path: str) -> Key:
    """The key; a strike is a number, the rest are strings."""
    kind = given[0] if isinstance(given, list) and given and isinstance(given[0], str) else ""
    words = [part if isinstance(part, str) else None for part in given[:4]] if kind else []
    if kind not in LENGTHS or len(given) != LENGTHS[kind] or None in words:
        raise PositionError(path, "is neither [F, product, month] nor [O, product, month, C or P, strike]")
    if kind == FUTURE:
        return tuple(given)
    if given[3] not in ("C", "P"):
        raise PositionError(f"{path}[3]", f"{shown(given[3])} is neither C nor P")
    return (*given[:4], _number(given[4], f"{path}[4]"))


def _number(given: Any, path: str) -> Decimal:
    try:
        number = given if isinstance(given, Decimal) else Decimal(given if isinstance(given, str) else "none")
    except InvalidOperation:
        raise PositionError(path, f"{shown(str(given))} is not a number") from None
    if not number.is_finite() or abs(number) >= SIZE_MAX or abs(number.as_tuple().exponent) > SIZE_MAX.adjusted():  # type: ignore[arg-type]
        raise PositionError(path, f"{shown(str(given))} is outside ±{SIZE_MAX:.0e}")
    return number
