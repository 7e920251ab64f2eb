"""Compiled twins of the rules.

A rule is a plain Python function on integers. `twin(rule)` compiles that very function: its code is given
globals in which every rule it calls is the callee's twin, and the wide functions of `units` are those of
`engine.wide`.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, cast

from stoplog import units
from stoplog.engine import wide
from stoplog.engine.compiling import FunctionT, compiled_to_disk, outlined

_TWINS: dict[Callable[..., Any], Callable[..., Any]] = {
    units.mul_div_down: wide.mul_div_down,
    units.mul_div_up: wide.mul_div_up,
    units.ratio_down: wide.ratio_down,
    units.compare_products: wide.compare_products,
    units.compare_on_ramp: wide.compare_on_ramp,
}


def twin(rule: FunctionT) -> FunctionT:
    """The compiled twin of a rule: the same arguments, the same result, on 64-bit integers.

    Tiers are passed as an array of `records.TIER`. Raises `TypeError` for a function that is no rule.
    """
    if rule in _TWINS:
        return cast(FunctionT, _TWINS[rule])
    if not getattr(rule, "is_rule", False):
        raise TypeError(f"{rule.__module__}.{rule.__qualname__} is not marked as a rule")
    assert isinstance(rule, types.FunctionType)
    names = {name: rule.__globals__[name] for name in rule.__code__.co_names if name in rule.__globals__}
    bound = {name: _bound(value) for name, value in names.items()}
    bound["__name__"] = rule.__module__
    bound["__builtins__"] = __builtins__
    copy = types.FunctionType(rule.__code__, bound, rule.__name__, rule.__defaults__)
    copy.__qualname__ = rule.__qualname__
    copy.__module__ = rule.__module__
    seldom = getattr(rule, "is_seldom", False)
    compiled = cast(FunctionT, outlined(copy) if seldom else compiled_to_disk(copy))
    _TWINS[rule] = compiled
    return compiled


def _bound(value: Any) -> Any:
    return twin(value) if callable(value) and (value in _TWINS or getattr(value, "is_rule", False)) else value
