"""One line in, one line out: the question decoded and answered, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw, UnsetType

from stoplog.calculator import (
    allocation,
    cross,
    isolated,
    liquidation_set,
    option_margin,
    portfolio_margin,
    span,
    switch,
    what_if,
)
from stoplog.calculator.allocation_questions import Allocation, AllocationResult
from stoplog.calculator.cross_questions import Cross, CrossResult
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.fields import VALUES, decode, decoder
from stoplog.calculator.holding_questions import Switch, SwitchResult, WhatIf, WhatIfResult
from stoplog.calculator.option_questions import OptionMargin, OptionMarginResult
from stoplog.calculator.portfolio_questions import PortfolioMargin, PortfolioMarginResult
from stoplog.calculator.questions import Answered, Failure, Isolated, IsolatedResult, Refused
from stoplog.calculator.set_questions import LiquidationSet, LiquidationSetResult
from stoplog.calculator.span_questions import Span, SpanResult

Question = Isolated | Cross | Allocation | WhatIf | Switch | OptionMargin | PortfolioMargin | LiquidationSet | Span

Result = (
    IsolatedResult
    | CrossResult
    | AllocationResult
    | WhatIfResult
    | SwitchResult
    | OptionMarginResult
    | PortfolioMarginResult
    | LiquidationSetResult
    | SpanResult
)

CALCULATIONS: dict[str, type[Question]] = {
    "isolated": Isolated,
    "cross": Cross,
    "bankruptcy_allocation": Allocation,
    "what_if": WhatIf,
    "switch": Switch,
    "option_margin": OptionMargin,
    "portfolio_margin": PortfolioMargin,
    "liquidation_set": LiquidationSet,
    "span": Span,
}
"""Name of a calculation → the type of its questions."""

ANSWERS: dict[type[Question], Callable[[Any], Result]] = {
    Isolated: isolated.answer,
    Cross: cross.answer,
    Allocation: allocation.answer,
    WhatIf: what_if.answer,
    Switch: switch.answer,
    OptionMargin: option_margin.answer,
    PortfolioMargin: portfolio_margin.answer,
    LiquidationSet: liquidation_set.answer,
    Span: span.answer,
}
"""Type of a question → what answers it."""


class Named(msgspec.Struct, gc=False):
    """The name of a line's calculation, whatever else the line holds."""

    calculate: str


NULL = Raw(b"null")

DEPTH_MAX = 500
"""Brackets within brackets in a line, at most: well below what the decoder can follow from any caller."""

TOO_DEEP = QuestionError("too_deep", None, f"nested more than {DEPTH_MAX} deep")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
BRACKET = re.compile(rb"[\[\]{}]")

ISOLATED = decoder(Isolated)
NAMED = msgspec.json.Decoder(Named)
ANY = msgspec.json.Decoder(Raw)
ENCODER = msgspec.json.Encoder()


def answer_line(line: bytes) -> tuple[bytes, bool]:
    """The answer to one line, without a line end, and whether it is a result."""
    question: Question | Refused
    try:
        if len(line) > DEPTH_MAX:
            _check_depth(line)
        question = _question(line)
        if not line.isascii():
            line.decode()
    except (msgspec.DecodeError, KeyError, QuestionError, UnicodeDecodeError):
        question = _question_or_refusal(line)
    if isinstance(question, Refused):
        return _encoded(question), False
    name = NULL if isinstance(question.id, UnsetType) else question.id
    try:
        return ENCODER.encode(Answered(name, ANSWERS[type(question)](question))), True
    except QuestionError as error:
        return _encoded(_refused(name, error)), False


def answer_block(block: bytes) -> tuple[bytes, bool]:
    """The answers to the lines of a block, each with a line end, and whether all are results.

    Blank lines are passed over.
    """
    answers = [answer_line(line) for line in block.split(b"\n") if line and not line.isspace()]
    text = b"".join([answer + b"\n" for answer, _ in answers])
    return text, all(good for _, good in answers)


def _question(line: bytes) -> Question:
    """The question of a line that is one; `msgspec.DecodeError` or `KeyError` of one that is none."""
    question: Question
    try:
        question = ISOLATED.decode(line)
    except msgspec.ValidationError:
        question = decoder(CALCULATIONS[NAMED.decode(line).calculate]).decode(line)
    return question


def _question_or_refusal(line: bytes) -> Question | Refused:
    """What is wrong with a line that could not be decoded as a question.

    A question after all where a key is given twice and only the first was wrong: the last counts.
    """
    name = NULL
    try:
        _check_json(line)
        given = _values(line)
        name = given.get("id", NULL)
        _check_depth(line)
        return decode(ENCODER.encode(given), CALCULATIONS[_calculation(given)], None)
    except QuestionError as error:
        return _refused(name, error)


def fields_of(line: bytes) -> dict[str, Raw]:
    """The fields of one JSON object; `QuestionError` where it is none, or nested too deeply."""
    _check_json(line)
    given = _values(line)
    _check_depth(line)
    return given


def _values(line: bytes) -> dict[str, Raw]:
    try:
        return VALUES.decode(line)
    except RecursionError:
        raise TOO_DEEP from None


def _check_depth(line: bytes) -> None:
    """Refuse what is nested more deeply than `DEPTH_MAX`, wherever it stands in the line."""
    if line.count(b"[") + line.count(b"{") <= DEPTH_MAX:
        return
    depth = 0
    for bracket in BRACKET.findall(STRING.sub(b"", line)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEPTH_MAX:
            raise TOO_DEEP


def _check_json(line: bytes) -> None:
    try:
        line.decode()
        value = bytes(ANY.decode(line))
    except UnicodeDecodeError as error:
        raise QuestionError("not_json", None, f"byte {error.start + 1} is not UTF-8") from None
    except RecursionError:
        raise TOO_DEEP from None
    except msgspec.DecodeError as error:
        reason = "begins with a byte order mark" if line.startswith(BYTE_ORDER_MARK) else str(error)
        raise QuestionError("not_json", None, reason) from None
    if value.lstrip()[:1] != b"{":
        raise QuestionError("not_object", None, f"{shown(value)} is not an object")


def _calculation(given: dict[str, Raw]) -> str:
    available = ", ".join(CALCULATIONS)
    if "calculate" not in given:
        raise QuestionError("missing_field", "calculate", f"calculate: missing; available: {available}")
    raw = bytes(given["calculate"])
    if raw[:1] != b'"':
        raise QuestionError("wrong_type", "calculate", f"calculate: {shown(raw)} is not a string")
    name: str = msgspec.json.decode(raw, type=str)
    if name not in CALCULATIONS:
        raise QuestionError(
            "unknown_calculation", "calculate", f"calculate: there is no {shown(raw)}; available: {available}"
        )
    return name


def _refused(name: Raw, error: QuestionError) -> Refused:
    return Refused(name, Failure(error.code, error.field, error.message))


def _encoded(refused: Refused) -> bytes:
    return ENCODER.encode(refused)
