"""A strategy from a file: the question `liquidation_set` of `stoplog calc`, or only its list of legs: STG-001."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Raw, UnsetType

from stoplog.calculator.errors import QuestionError
from stoplog.calculator.fields import decode
from stoplog.calculator.lines import fields_of
from stoplog.calculator.set_compartment import Compartment, compartment
from stoplog.calculator.set_questions import LiquidationSet

CALCULATION = b'"liquidation_set"'

TRUNCATED = "Input data was truncated"
"""What the parser says of JSON that ends too early."""

AT_BYTE = re.compile(r"\(byte (\d+)\)")


class Strategy(NamedTuple):
    """A compartment, its name, and the name of the model that margins it, None where its legs have rates."""

    name: str
    held: Compartment
    model: str | None


def read(path: Path, given: Mapping[str, str]) -> Strategy:
    """The strategy in a file; `given` fields, as text, are in place of the file's.

    `OSError` where it cannot be read, `QuestionError` where a field is missing, wrong or unknown.
    """
    return strategy(path.read_bytes(), path.stem, given)


def strategy(text: bytes, name: str, given: Mapping[str, str]) -> Strategy:
    """The strategy that a text describes; its name is the `id` where that is a text, else `name`."""
    legs_alone = text.lstrip()[:1] == b"["
    line = b'{"legs":' + text + b"}" if legs_alone else text
    try:
        fields = fields_of(line)
    except QuestionError as error:
        raise _with_line(error, text, len(line) - len(text) - 1 if legs_alone else 0) from None
    fields.setdefault("calculate", Raw(CALCULATION))
    fields |= {field: Raw(msgspec.json.encode(value)) for field, value in given.items()}
    question = decode(msgspec.json.encode(fields), LiquidationSet, None)
    model = None if isinstance(question.model, UnsetType) else question.model
    return Strategy(_name(fields.get("id"), name), compartment(question), model)


def _name(given: Raw | None, otherwise: str) -> str:
    if given is None or bytes(given)[:1] != b'"':
        return otherwise
    return msgspec.json.decode(given, type=str).strip() or otherwise


def _with_line(error: QuestionError, text: bytes, before: int) -> QuestionError:
    """The error with the line of the file, where it says a byte; `before`: bytes that stand before the file's own."""
    if error.message == TRUNCATED:
        return QuestionError(error.code, error.field, f"the JSON ends too early (line {len(text.splitlines())})")
    found = AT_BYTE.search(error.message)
    if found is None:
        return error
    row = text.count(b"\n", 0, max(0, int(found.group(1)) - before)) + 1
    return QuestionError(error.code, error.field, AT_BYTE.sub(f"(line {row})", error.message))
