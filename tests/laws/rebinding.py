"""A rule with other functions in place of those that it calls, as `stoplog.engine.twins` does for the compiler."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

Function = Callable[..., Any]


def rebound(rule: Function, replacements: Mapping[Function, Function]) -> Function:
    """The rule's own code, calling replacements, and rules that are rebound in the same way."""
    if rule in replacements:
        return replacements[rule]
    assert isinstance(rule, types.FunctionType)
    names = {name: rule.__globals__[name] for name in rule.__code__.co_names if name in rule.__globals__}
    for name, value in names.items():
        if callable(value) and (value in replacements or getattr(value, "is_rule", False)):
            names[name] = rebound(value, replacements)
    return types.FunctionType(rule.__code__, names, rule.__name__, rule.__defaults__)
