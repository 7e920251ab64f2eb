"""Parameters of a model: inline or by the name of a shipped set, read into the model's own types.

A group is an object with the fields of a dataclass, a row a list in the order of a named tuple's fields. What a field
must be follows from its annotation. A `note` in a group is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Raw

import stoplog.portfolio
from stoplog.calculator.decimals import POWER, parse
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.fields import ITEMS, VALUES
from stoplog.calculator.numbers import nearest
from stoplog.calculator.portfolio_questions import SCENARIOS_MAX

ParametersT = TypeVar("ParametersT")

SETS = Path(stoplog.portfolio.__file__).parent / "sets"
"""A file for each model that ships parameters: name of the set → parameters, as a question gives them."""

PASSED_OVER = "note"


@cache
def shipped(model: str) -> dict[str, Raw]:
    """The sets that are shipped for a model, by name; none for most."""
    path = SETS / f"{model}.json"
    found: dict[str, Raw] = VALUES.decode(path.read_bytes()) if path.exists() else {}
    return found


def parameters_of(raw: bytes, model: str, kind: type[ParametersT]) -> ParametersT:
    """The parameters that a question gives; `QuestionError` names the field that is wrong, unknown or missing."""
    path = "parameters"
    if raw[:1] == b'"':
        name: str = msgspec.json.decode(raw, type=str)
        sets = shipped(model)
        if name not in sets:
            known = ", ".join(sets) or "none"
            raise QuestionError(
                "out_of_range", path, f"{path}: there is no set {shown(raw)} for {model}; the sets are {known}"
            )
        raw = bytes(sets[name])
    found: ParametersT = _read(raw, kind, path)
    return found


def _read(raw: bytes, kind: Any, path: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        found = _group(raw, kind, path)
    elif kind in NUMBERS:
        found = NUMBERS[kind](raw, path)
    elif origin is Literal:
        found = _one_of(raw, inner, path)
    elif origin in {Union, UnionType}:
        found = _read(raw, next(one for one in inner if one is not NoneType), path)
    elif origin is tuple:
        found = tuple(_read(bytes(item), inner[0], f"{path}[{i}]") for i, item in enumerate(_items(raw, path)))
    else:
        found = _row(raw, kind, path)
    return found


def _group(raw: bytes, kind: Any, path: str) -> Any:
    try:
        given = VALUES.decode(raw)
    except msgspec.ValidationError:
        raise QuestionError("wrong_type", path, f"{path}: {shown(raw)} is not an object") from None
    hints, own = _hints(kind), {field.name: field for field in fields(kind)}
    for name in given:
        if name not in own and name != PASSED_OVER:
            at = f"{path}.{shown(name.encode())}"
            raise QuestionError("unknown_field", at, f"{at}: no such field; the fields are {', '.join(own)}")
    for name, field in own.items():
        if name not in given and field.default is MISSING and field.default_factory is MISSING:
            raise QuestionError("missing_field", f"{path}.{name}", f"{path}.{name}: missing")
    read = {name: _read(bytes(given[name]), hints[name], f"{path}.{name}") for name in own if name in given}
    return kind(**read)


def _row(raw: bytes, kind: Any, path: str) -> Any:
    items = _items(raw, path)
    names: tuple[str, ...] = kind._fields
    least = len(names) - len(kind._field_defaults)
    if not least <= len(items) <= len(names):
        raise QuestionError("wrong_type", path, f"{path}: {shown(raw)} is not a list of {', '.join(names)}")
    hints = _hints(kind)
    return kind(
        *(
            _read(bytes(item), hints[name], f"{path}[{i}]")
            for i, (item, name) in enumerate(zip(items, names, strict=False))
        )
    )


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _items(raw: bytes, path: str) -> list[Raw]:
    if raw[:1] != b"[":
        raise QuestionError("wrong_type", path, f"{path}: {shown(raw)} is not a list")
    items: list[Raw] = ITEMS.decode(raw)
    if len(items) > SCENARIOS_MAX:
        raise QuestionError("out_of_range", path, f"{path}: {len(items)} are more than {SCENARIOS_MAX}")
    return items


def _one_of(raw: bytes, choices: tuple[Any, ...], path: str) -> Any:
    found = msgspec.json.decode(raw)
    if not any(found is choice or (found == choice and type(found) is type(choice)) for choice in choices):
        allowed = ", ".join(map(str, choices))
        raise QuestionError("out_of_range", path, f"{path}: {shown(raw)} is not one of {allowed}")
    return found


def _whole(raw: bytes, path: str) -> int:
    count, places = parse(raw, path)
    if count % POWER[places]:
        raise QuestionError("out_of_range", path, f"{path}: {shown(raw)} is not a whole number")
    return count // POWER[places]


def _float(raw: bytes, path: str) -> float:
    return nearest(parse(raw, path))


def _truth(raw: bytes, path: str) -> bool:
    return _one_of(raw, (True, False), path) is True


NUMBERS: dict[object, Callable[[bytes, str], object]] = {float: _float, int: _whole, bool: _truth}
