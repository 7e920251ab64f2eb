"""Lines of a positional file: fields by columns, counted from 1, each named in errors by record and field.

Trailing blanks may be cut off; a field that is cut in the middle, or blank where it is needed, is an error.
"""

from __future__ import annotations

from decimal import Decimal

from stoplog.span.errors import SpanFileError, shown
from stoplog.span.fields import FieldError, parse_day, parse_period

SIGNS = {"+": 1, "-": -1, " ": 1, "": 1}


class Row:
    """One line: its record type and its number."""

    __slots__ = ("line", "record", "text")

    def __init__(self, text: str, line: int, record: str) -> None:
        self.text = text
        self.line = line
        self.record = record

    def error(self, field: str, reason: str) -> SpanFileError:
        """The error of a field of this line."""
        return SpanFileError(self.line, f"{self.record}.{field}", reason)

    def raw(self, start: int, end: int, field: str) -> str:
        """The text of columns `start` to `end`, blanks at the end cut off."""
        found = self.text[start - 1 : end]
        if found.strip() and not found.isprintable():
            raise self.error(field, f"{shown(found)} is not printable text")
        return found.rstrip()

    def name(self, start: int, end: int, field: str) -> str:
        """Text that is not blank."""
        found = self.raw(start, end, field)
        if not found.strip():
            raise self.error(field, "is blank")
        return found

    def code(self, start: int, end: int, field: str, *choices: str) -> str:
        """One of the codes; blank is one of them where it is listed."""
        found = self.raw(start, end, field)
        if found not in choices:
            known = ", ".join(choice or "blank" for choice in choices)
            raise self.error(field, f"unknown code {shown(found)}; the codes are {known}")
        return found

    def whole(self, start: int, end: int, field: str) -> int:
        """Digits that fill the columns."""
        found = self.text[start - 1 : end]
        if not found.strip():
            raise self.error(field, "is blank")
        if len(found) < end - start + 1:
            raise self.error(field, f"the line ends in the middle of it: {shown(found)}")
        if not (found.isascii() and found.isdecimal()):
            raise self.error(field, f"{shown(found)} is not a number")
        return int(found)

    def number(self, start: int, end: int, field: str, places: int = 0) -> Decimal:
        """Digits that fill the columns, the last `places` of them behind the point."""
        return Decimal(self.whole(start, end, field)).scaleb(-places)

    def signed(self, start: int, end: int, field: str, places: int = 0) -> Decimal:
        """The same with the sign in the column behind; blank is plus."""
        return self.number(start, end, field, places) * self.sign(end + 1, field)

    def scaled(self, columns: tuple[int, int], field: str, places: int, exponent: tuple[int, int]) -> Decimal:
        """A number times ten to an exponent that stands in other columns, its sign behind it; blank is 0."""
        found = self.number(*columns, field, places)
        if not self.has(*exponent):
            return found
        return found.scaleb(
            self.whole(*exponent, f"{field} exponent") * self.sign(exponent[1] + 1, f"{field} exponent")
        )

    def sign(self, column: int, field: str) -> int:
        """1, or −1 for a minus."""
        found = self.text[column - 1 : column]
        if found not in SIGNS:
            raise self.error(field, f"unknown sign {shown(found)}")
        return SIGNS[found]

    def locator(self, start: int, end: int, field: str) -> int:
        """A decimal locator, with a minus in front where it is below zero; blank is 0."""
        found = self.raw(start, end, field).strip()
        digits = found.removeprefix("-")
        if found and not (digits.isascii() and digits.isdecimal()):
            raise self.error(field, f"{shown(found)} is not a decimal locator")
        return int(found or "0")

    def day(self, start: int, end: int, field: str) -> str:
        """A day as CCYYMMDD."""
        try:
            return parse_day(self.raw(start, end, field))
        except FieldError as error:
            raise self.error(field, str(error)) from None

    def month(self, start: int, end: int, field: str) -> str:
        """A contract month CCYYMM and the day or week code behind it, as far as it is there."""
        try:
            return parse_period(self.raw(start, end, field))
        except FieldError as error:
            raise self.error(field, str(error)) from None

    def has(self, start: int, end: int) -> bool:
        """Whether the columns hold anything but blanks."""
        return bool(self.text[start - 1 : end].strip())
