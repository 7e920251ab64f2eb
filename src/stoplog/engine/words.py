"""Where each parameter lies in the table of instruments, so that one is read and set by its number."""

from __future__ import annotations

from typing import Any

from stoplog.codes import Parameter
from stoplog.engine.compiling import compiled, outlined
from stoplog.engine.views import INSTRUMENT_WORDS
from stoplog.records import INSTRUMENT

LAST_PARAMETER = max(Parameter)
FIRST_GUARD = int(Parameter.AGE_LIMIT)
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
    if code >= FIRST_GUARD:
        _heed_guards(t, i)


@outlined
def _heed_guards(t: Any, i: int) -> None:
    """Precompute whether instrument `i` has a guard; without one nothing is in doubt: rule GRD-008."""
    row = t.instruments[i]
    row.guarded = 0
    if row.age_limit | row.confidence_limit | row.deviation_limit | row.jump_limit != 0:
        row.guarded = 1
        return
    row.doubt = 0
    row.held_price = 0
    row.held_since = 0
