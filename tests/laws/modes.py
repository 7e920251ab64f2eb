"""Rules in both ways of running them: plain on Checked integers, and compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from laws.checked import checked

from stoplog.engine.twins import twin
from stoplog.margin.guards import Limits
from stoplog.margin.policies import Policy
from stoplog.margin.tiers import Tier
from stoplog.records import RESTING, TIER

MODES = ("plain", "compiled")

both_modes = pytest.mark.parametrize("mode", MODES)


def call(mode: str, rule: Callable[..., Any], *arguments: Any) -> Any:
    """What the rule returns in this mode, as plain integers, truth values and tuples of them."""
    if mode == "plain":
        return plain(checked(rule)(*arguments))
    return plain(twin(rule)(*(record(argument) for argument in arguments)))


def record(argument: Any) -> Any:
    """The argument as the engine passes it: tiers and resting orders as records."""
    if isinstance(argument, (int, bool, Policy, Limits)):
        return argument
    dtype = TIER if argument and isinstance(argument[0], Tier) else RESTING
    return np.array([tuple(row) for row in argument], dtype)


def plain(result: Any) -> Any:
    """Without Checked or NumPy integers in it."""
    if isinstance(result, tuple):
        return tuple(plain(part) for part in result)
    return bool(result) if isinstance(result, (bool, np.bool_)) else int(result)
