"""Elements to records, by the fields that the records declare."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from stoplog.span.errors import SpanFileError, shown
from stoplog.span.fields import Declared, FieldError, declared
from stoplog.span.nodes import Node

RecordT = TypeVar("RecordT")

Lines = dict[int, int]
"""The line that a record begins on, by the record's identity."""


@cache
def _by_tag(record: Any) -> dict[str, Declared]:
    return {field.spec.tag: field for field in declared(record)}


def read_record(node: Node, record: type[RecordT], lines: Lines) -> RecordT:
    """The record that an element holds; `SpanFileError` names the line and the path of the first field at fault.

    The line of every record read is kept in `lines`.
    """
    kind: Any = record
    fields = _by_tag(kind)
    values: dict[str, Any] = {}
    for child in node.children:
        field = fields.get(child.tag) or _unknown(child, record)
        if field.spec.shape in ("value", "record"):
            if field.name in values:
                raise SpanFileError(child.line, child.tag, "is given a second time")
            values[field.name] = _content(child, field, child.tag, lines)
        else:
            found = values.setdefault(field.name, [])
            found.append(_content(child, field, f"{child.tag}[{len(found) + 1}]", lines))
    if not node.children and node.text.strip():
        raise SpanFileError(node.line, "", f"holds {shown(node.text.strip())} where elements are due")
    made = record(**_completed(node, record, values))
    lines[id(made)] = node.line
    return made


def _content(child: Node, field: Declared, called: str, lines: Lines) -> Any:
    """The value or the record that an element holds."""
    spec = field.spec
    if spec.parse is not None and child.children:
        raise SpanFileError(child.line, called, f"holds an element {child.children[0].tag} where a value is due")
    try:
        return read_record(child, spec.record, lines) if spec.parse is None else spec.parse(child.text)
    except FieldError as error:
        raise SpanFileError(child.line, called, str(error)) from None
    except SpanFileError as error:
        raise error.within(called) from None


def _completed(node: Node, record: type, values: dict[str, Any]) -> dict[str, Any]:
    """The values, lists as tuples; an error names what is missing."""
    for field in declared(record):
        if field.spec.shape in ("values", "records"):
            found = values.get(field.name, ())
            if len(found) < field.spec.least:
                raise SpanFileError(node.line, field.spec.tag, f"missing; at least {field.spec.least} needed")
            values[field.name] = tuple(found)
        elif field.needed and field.name not in values:
            raise SpanFileError(node.line, field.spec.tag, "missing")
    return values


def _unknown(child: Node, record: type) -> Declared:
    raise SpanFileError(child.line, child.tag, f"unknown element; there are {', '.join(_by_tag(record))}")
