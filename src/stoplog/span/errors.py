"""What can be wrong: with a parameter file, named by line and field, and with a portfolio, named by contract."""

from __future__ import annotations

SHOWN = 40
"""So many characters of a value are repeated in a sentence."""


class SpanError(ValueError):
    """What SPAN cannot work with."""


class SpanFileError(SpanError):
    """A damaged parameter file; `line` counts from 1, `field` is the path of the element, or record and column."""

    def __init__(self, line: int, field: str, reason: str) -> None:
        super().__init__(f"line {line}, {field}: {reason}")
        self.line = line
        self.field = field
        self.reason = reason

    def within(self, name: str) -> SpanFileError:
        """The same error with its field inside the element `name`."""
        return SpanFileError(self.line, f"{name}.{self.field}" if self.field else name, self.reason)


class PositionError(SpanError):
    """A portfolio that the file cannot margin; `field` is the path in it, None where no field is at fault."""

    def __init__(self, field: str | None, reason: str) -> None:
        super().__init__(reason if field is None else f"{field}: {reason}")
        self.field = field
        self.reason = reason


def shown(text: str) -> str:
    """A value as it is repeated in a sentence: in quotes, cut to `SHOWN` characters.

    >>> shown("12x")
    "'12x'"
    """
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
