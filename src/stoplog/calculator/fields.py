"""Objects of a question: decoded by their type, and what exactly is wrong where that fails."""

from __future__ import annotations

import re
from functools import cache
from typing import TypeVar

import msgspec
from msgspec import Raw

from stoplog.calculator.errors import Code, QuestionError, shown
from stoplog.calculator.questions import Policy

FieldsT = TypeVar("FieldsT", bound=msgspec.Struct)

VALUES = msgspec.json.Decoder(dict[str, Raw])
ITEMS = msgspec.json.Decoder(list[Raw])

AT_FIELD = re.compile(r"at `\$\.(\w+)`")


@cache
def decoder(kind: type[FieldsT]) -> msgspec.json.Decoder[FieldsT]:
    """The decoder of a type, built once."""
    return msgspec.json.Decoder(kind)


def decode(raw: bytes, kind: type[FieldsT], path: str | None) -> FieldsT:
    """The object that well-formed JSON holds; `QuestionError` says which field of it is wrong.

    `path` is the field that holds the object, None for a whole line. What is no object is `not_object` as a line
    and `wrong_type` inside one. A choice that does not exist is `out_of_range`, in a policy `unsupported_policy`.
    """
    try:
        found: FieldsT = decoder(kind).decode(raw)
    except msgspec.ValidationError as error:
        raise _diagnosis(raw, kind, path, str(error)) from None
    return found


@cache
def list_decoder(kind: type[FieldsT]) -> msgspec.json.Decoder[list[FieldsT]]:
    """The decoder of a list of a type, built once."""
    return msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]


def decode_list(raw: bytes, kind: type[FieldsT], path: str, most: int) -> list[FieldsT]:
    """The objects of a list, at most so many; `QuestionError` says which field of which one is wrong."""
    if raw[:1] != b"[":
        raise QuestionError("wrong_type", path, f"{path}: not a list of {path}")
    try:
        found = list_decoder(kind).decode(raw)
    except msgspec.ValidationError:
        found = [decode(bytes(item), kind, f"{path}[{i}]") for i, item in enumerate(ITEMS.decode(raw))]
    if len(found) > most:
        raise QuestionError("out_of_range", path, f"{path}: {len(found)} {path} are more than {most}")
    return found


def _diagnosis(raw: bytes, kind: type[FieldsT], path: str | None, message: str) -> QuestionError:
    if raw.lstrip()[:1] != b"{":
        if path is None:
            return QuestionError("not_object", None, f"{shown(raw)} is not an object")
        return QuestionError("wrong_type", path, f"{path}: {shown(raw)} is not an object")
    prefix = "" if path is None else f"{path}."
    given = VALUES.decode(raw)
    fields = msgspec.structs.fields(kind)
    names = [field.encode_name for field in fields]
    for name in given:
        if name not in names:
            path = prefix + shown(name.encode("utf-8", "replace"))
            return QuestionError("unknown_field", path, f"{path}: no such field; the fields are {', '.join(names)}")
    for field in fields:
        if field.required and field.encode_name not in given:
            return QuestionError("missing_field", prefix + field.encode_name, f"{prefix}{field.encode_name}: missing")
    return _wrong_value(kind, prefix, given, message)


def _wrong_value(kind: type[FieldsT], prefix: str, given: dict[str, Raw], message: str) -> QuestionError:
    match = AT_FIELD.search(message)
    if match is None:
        return QuestionError("wrong_type", prefix.rstrip(".") or None, message)
    name = match.group(1)
    code: Code = "wrong_type"
    if message.startswith("Invalid enum value"):
        code = "unsupported_policy" if kind is Policy else "out_of_range"
    allowed = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"][name]
    choices = f"one of {', '.join(allowed['enum'])}" if "enum" in allowed else f"a {allowed.get('type', 'value')}"
    return QuestionError(code, prefix + name, f"{prefix}{name}: {shown(bytes(given[name]))} is not {choices}")
