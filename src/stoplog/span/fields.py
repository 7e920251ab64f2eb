"""Fields of a record of a parameter file, declared once: what `reading` reads, `writing` writes and errors name.

A record is a frozen dataclass whose fields carry a `Spec`. Numbers stay the decimals that were written.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from stoplog.span.errors import shown

NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
PERIOD = re.compile(r"[0-9]{4}(?:0[1-9]|1[0-2])[0-9A-Z]{0,2}")

Shape = Literal["value", "values", "record", "records"]
"""One value or several, one record or several."""


class FieldError(ValueError):
    """A value that its field does not take; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Spec:
    """How a field is written: its tag, how its text is read, or the record that it holds."""

    tag: str
    shape: Shape
    parse: Callable[[str], Any] | None = None
    record: Any = None
    """The record type, for shapes of records."""
    least: int = 0
    """So many values or records at least."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A field of a record type: its name, its spec, and whether it may be left out."""

    name: str
    spec: Spec
    needed: bool


@cache
def declared(record: Any) -> tuple[Declared, ...]:
    """The fields of a record type, in the order in which they are written."""
    return tuple(
        Declared(field.name, field.metadata["spec"], field.default is dataclasses.MISSING)
        for field in dataclasses.fields(record)
    )


def as_text(tag: str, *, needed: bool = True) -> Any:
    """Any text, blank or not."""
    return _value(tag, str, needed=needed)


def as_name(tag: str, *, needed: bool = True) -> Any:
    """Text that is not blank."""
    return _value(tag, _name, needed=needed)


def as_number(tag: str, *, least: int | None = None, above: int | None = None, needed: bool = True) -> Any:
    """A decimal, exactly as written."""
    return _value(tag, lambda found: _bounded(_number(found), found, least, above), needed=needed)


def as_whole(tag: str, *, least: int | None = None, needed: bool = True) -> Any:
    """A whole number."""
    return _value(tag, lambda found: _bounded(_whole(found), found, least, None), needed=needed)


def as_code(tag: str, *choices: str, needed: bool = True) -> Any:
    """One of the codes."""
    return _value(tag, lambda found: _code(found, choices), needed=needed)


def as_flag(tag: str, *, needed: bool = True) -> Any:
    """0 or 1."""
    return _value(tag, lambda found: int(_code(found, ("0", "1"))), needed=needed)


def as_day(tag: str, *, needed: bool = True) -> Any:
    """A day as YYYYMMDD."""
    return _value(tag, parse_day, needed=needed)


def as_period(tag: str, *, needed: bool = True) -> Any:
    """A contract month as YYYYMM, with a day or a code of up to two characters behind it."""
    return _value(tag, parse_period, needed=needed)


def as_numbers(tag: str) -> Any:
    """The element once for each decimal of a list."""
    return dataclasses.field(metadata={"spec": Spec(tag, "values", _number)})


def as_record(tag: str, record: Any, *, needed: bool = True) -> Any:
    """One record."""
    return _field(Spec(tag, "record", record=record), needed=needed)


def as_records(tag: str, record: Any, *, least: int = 0) -> Any:
    """Any number of records, `least` at least."""
    return dataclasses.field(metadata={"spec": Spec(tag, "records", record=record, least=least)}, default=())


def _value(tag: str, parse: Callable[[str], Any], *, needed: bool) -> Any:
    return _field(Spec(tag, "value", parse), needed=needed)


def _field(spec: Spec, *, needed: bool) -> Any:
    if needed:
        return dataclasses.field(metadata={"spec": spec})
    return dataclasses.field(metadata={"spec": spec}, default=None)


def _name(found: str) -> str:
    if not found.strip():
        raise FieldError("is blank")
    return found


def _number(found: str) -> Decimal:
    if not NUMBER.fullmatch(found):
        raise FieldError(f"{shown(found)} is not a number")
    return Decimal(found)


def _whole(found: str) -> int:
    if not WHOLE.fullmatch(found):
        raise FieldError(f"{shown(found)} is not a whole number")
    return int(found)


def _bounded(value: Any, found: str, least: int | None, above: int | None) -> Any:
    if least is not None and value < least:
        raise FieldError(f"{found} is below {least}")
    if above is not None and value <= above:
        raise FieldError(f"{found} is not above {above}")
    return value


def _code(found: str, choices: tuple[str, ...]) -> str:
    if found not in choices:
        raise FieldError(f"unknown code {shown(found)}; the codes are {', '.join(choices)}")
    return found


def parse_day(found: str) -> str:
    """The day YYYYMMDD; `FieldError` where it is none."""
    if len(found) == len("YYYYMMDD") and found.isascii() and found.isdecimal():
        try:
            date(int(found[:4]), int(found[4:6]), int(found[6:]))
        except ValueError:
            pass
        else:
            return found
    raise FieldError(f"{shown(found)} is not a day as YYYYMMDD")


def parse_period(found: str) -> str:
    """The contract month YYYYMM with what may follow; `FieldError` where it is none."""
    if not PERIOD.fullmatch(found):
        raise FieldError(f"{shown(found)} is not a contract month as YYYYMM")
    return found
