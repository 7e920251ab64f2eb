"""How the functions over arrays are compiled: fused multiply-add, division by zero without an exception, a cache.

Numba's cache on disk does not notice that a callee in another file has changed, so the folder is named by a digest of
every source whose code can end up in a loop. It lies in $STOPLOG_CACHE, or in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

import numba
from numba import njit

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

PRICING = Path(__file__).resolve().parent.parent

OPTIONS: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy"}
"""Contraction alone: a product and a sum may round once instead of twice; nothing is reordered or assumed away."""

_TWINS: dict[Callable[..., Any], Callable[..., Any]] = {}


def cache_folder() -> Path:
    """Where compiled loops are kept."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted([*PRICING.glob("*.py"), *PRICING.glob("vector/*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    root = os.environ.get("STOPLOG_CACHE")
    base = Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stoplog"
    return base / f"pricing-{digest.hexdigest()[:16]}"


FOLDER = str(cache_folder())


def loop(function: FunctionT) -> FunctionT:
    """The function, compiled at its first call and kept on disk; other Python threads run meanwhile."""
    configuration: Any = numba.config
    kept, configuration.CACHE_DIR = configuration.CACHE_DIR, FOLDER
    try:
        return cast(FunctionT, njit(cache=True, nogil=True, **OPTIONS)(function))
    finally:
        configuration.CACHE_DIR = kept


def inlined(function: FunctionT) -> FunctionT:
    """The function, compiled into whatever calls it, so that the loop around it is free of calls."""
    return cast(FunctionT, njit(forceinline=True, **OPTIONS)(function))


def twin(function: FunctionT) -> FunctionT:
    """The compiled twin of a plain function of `stoplog.pricing`: its code, with the twins of what it calls.

    So a formula that needs no other form over arrays is written once.
    """
    if function not in _TWINS:
        assert isinstance(function, FunctionType)
        known = function.__globals__
        bound = {name: _bound(known[name]) for name in function.__code__.co_names if name in known}
        bound |= {"__name__": function.__module__, "__builtins__": __builtins__}
        copy = FunctionType(function.__code__, bound, function.__name__, function.__defaults__)
        copy.__module__, copy.__qualname__ = function.__module__, function.__qualname__
        _TWINS[function] = inlined(copy)
    return cast(FunctionT, _TWINS[function])


def _bound(value: Any) -> Any:
    is_ours = isinstance(value, FunctionType) and value.__module__.startswith("stoplog.pricing.")
    return twin(value) if is_ours else value
