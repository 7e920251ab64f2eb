"""Where each parameter lies in the table of instruments, so that one is read and set by its number."""

from __future__ import annotations

from typing import Any

from stoplog.engine.compiling import compiled
from stoplog.engine.views import INSTRUMENT_WORDS
from stoplog.records import INSTRUMENT, Parameter

LAST_PARAMETER = max(Parameter)
PLACES = (0, *(list(INSTRUMENT.names or ()).index(parameter.name.lower()) for parameter in Parameter))
"""The word of an instrument's row that holds each parameter, by its number."""


@compiled
def parameter_of(t: Any, i: int, code: int) -> int:
    """The value of a parameter of instrument `i`."""
    return t.instrument_words[i * INSTRUMENT_WORDS + PLACES[code]]  # type: ignore[no-any-return]


@compiled
def put_parameter(t: Any, i: int, code: int, value: int) -> None:
    """Let a parameter of instrument `i` have this value."""
    t.instrument_words[i * INSTRUMENT_WORDS + PLACES[code]] = value
