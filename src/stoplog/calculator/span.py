"""The calculation `span`: a portfolio margined by a parameter file, read once as long as it does not change."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Raw

from stoplog.calculator.decimals import WIDE, parse, quotient
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.span_questions import POSITIONS_MAX, Span, SpanCommodity, SpanResult

if TYPE_CHECKING:
    from stoplog.span.counting import Key
    from stoplog.span.parameters import Parameters
    from stoplog.span.results import CommodityMargin, Position

KEPT = 4
"""So many files are kept."""

_files: dict[tuple[str, int, int], Parameters] = {}

WORDS = 4
"""A key of an option begins with so many strings."""
LENGTHS = {"F": 3, "O": WORDS}
"""Strings at the beginning of a key, by its first."""
RIGHTS = ("C", "P")

POSITIONS = msgspec.json.Decoder(list[Raw])


def answer(question: Span) -> SpanResult:
    """The margin of the portfolio; `QuestionError` where the file is damaged or has no such contract."""
    from stoplog.span.errors import PositionError  # noqa: PLC0415  other questions need not wait for it
    from stoplog.span.margin import margin  # noqa: PLC0415  likewise

    found = _parameters(question.file)
    positions = [
        _position(found, bytes(raw), f"positions[{i}]") for i, raw in enumerate(_listed(bytes(question.positions)))
    ]
    try:
        made = margin(found, positions)
    except PositionError as error:
        raise QuestionError("inconsistent", "positions", f"positions: {error.reason}") from None
    return SpanResult(
        commodities={part.name: _commodity(part) for part in made.commodities},
        net_option_value=_text(made.net_option_value),
        maintenance=_text(made.maintenance),
        initial=_text(made.initial),
        unpriced=list(made.unpriced) or UNSET,
    )


def _parameters(name: str) -> Parameters:
    """The parameters of a file, as it is now."""
    from stoplog.span.errors import SpanFileError  # noqa: PLC0415  other questions need not wait for it
    from stoplog.span.files import read_file  # noqa: PLC0415  likewise
    from stoplog.span.parameters import parameters  # noqa: PLC0415  likewise

    try:
        path = Path(name)
        about = path.stat()
        key = str(path.resolve()), about.st_mtime_ns, about.st_size
        if key not in _files:
            made = parameters(read_file(path))
            while len(_files) >= KEPT:
                del _files[next(iter(_files))]
            _files[key] = made
    except OSError as error:
        raise QuestionError("out_of_range", "file", f"file: {shown(name.encode())}: {error.strerror}") from None
    except SpanFileError as error:
        raise QuestionError("inconsistent", "file", f"file: {shown(name.encode())}: {error}") from None
    except ValueError as error:
        raise QuestionError(
            "out_of_range", "file", f"file: {shown(name.encode('utf-8', 'replace'))}: {error}"
        ) from None
    return _files[key]


def _listed(raw: bytes) -> list[Raw]:
    if raw[:1] != b"[":
        raise QuestionError("wrong_type", "positions", "positions: not a list of positions")
    found = POSITIONS.decode(raw)
    if len(found) > POSITIONS_MAX:
        raise QuestionError("out_of_range", "positions", f"positions: {len(found)} are more than {POSITIONS_MAX}")
    return found


def _position(found: Parameters, raw: bytes, path: str) -> Position:
    """The contract of a key in the file, and the quantity."""
    from stoplog.span.errors import PositionError  # noqa: PLC0415  other questions need not wait for it
    from stoplog.span.results import Position  # noqa: PLC0415  likewise

    pair = POSITIONS.decode(raw) if raw[:1] == b"[" else []
    if len(pair) != len(("key", "quantity")):
        raise QuestionError("wrong_type", path, f"{path}: {shown(raw)} is not [key, quantity]")
    key = _key(bytes(pair[0]), f"{path}[0]")
    count, places = parse(bytes(pair[1]), f"{path}[1]")
    try:
        contract = found.contract(key)
    except PositionError as error:
        raise QuestionError("out_of_range", f"{path}[0]", f"{path}[0]: {error.reason}") from None
    return Position(contract, Fraction(count, 10**places) if places else count)


def _key(raw: bytes, path: str) -> Key:
    """The key as the file's contracts have it; a strike is an exact decimal."""
    parts = POSITIONS.decode(raw) if raw[:1] == b"[" else []
    words = [_word(bytes(part), path) for part in parts[:WORDS]]
    if len(words) != len(parts) - (words[:1] == ["O"]) or len(words) != LENGTHS.get(words[0] if words else ""):
        reason = f"{shown(raw)} is neither [F, product, month] nor [O, product, month, C or P, strike]"
        raise QuestionError("wrong_type", path, f"{path}: {reason}")
    if words[0] == "F":
        return tuple(words)
    if words[3] not in RIGHTS:
        raise QuestionError("out_of_range", f"{path}[3]", f"{path}[3]: {words[3]!r} is neither C nor P")
    count, places = parse(bytes(parts[WORDS]), f"{path}[{WORDS}]")
    return (*words, Decimal(count).scaleb(-places, WIDE))


def _word(raw: bytes, path: str) -> str:
    if raw[:1] != b'"':
        raise QuestionError("wrong_type", path, f"{path}: {shown(raw)} is not a string")
    return msgspec.json.decode(raw, type=str)


def _commodity(part: CommodityMargin) -> SpanCommodity:
    return SpanCommodity(
        scan=_text(part.scan.risk),
        active_scenario=part.scan.active,
        intra=_text(part.intra),
        delivery=_text(part.delivery),
        inter=_text(part.inter),
        short_option_minimum=_text(part.short_option_minimum),
        weighted_futures_price_risk=_text(part.weighted_price_risk),
        requirement=_text(part.requirement),
    )


def _text(amount: Fraction) -> str:
    return quotient(amount.numerator, amount.denominator)
