"""Rules in both ways of running them: plain on Checked integers, and compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from laws.checked import checked

from stoplog.engine.twins import twin
from stoplog.margin.policies import Policy
from stoplog.records import TIER

MODES = ("plain", "compiled")

both_modes = pytest.mark.parametrize("mode", MODES)


def call(mode: str, rule: Callable[..., Any], *arguments: Any) -> Any:
    """What the rule returns in this mode, as plain integers, truth values and tuples of them."""
    if mode == "plain":
        return plain(checked(rule)(*arguments))
    compiled = [
        argument if isinstance(argument, (int, bool, Policy)) else np.array([tuple(tier) for tier in argument], TIER)
        for argument in arguments
    ]
    return plain(twin(rule)(*compiled))


def plain(result: Any) -> Any:
    """Without Checked or NumPy integers in it."""
    if isinstance(result, tuple):
        return tuple(plain(part) for part in result)
    return bool(result) if isinstance(result, (bool, np.bool_)) else int(result)
