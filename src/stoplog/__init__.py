"""Stoplog: a margin, liquidation and solvency engine for crypto derivatives.

What a notebook needs is here by one name; nothing is imported before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stoplog.commands import Batch
    from stoplog.engine import Engine
    from stoplog.engine.frames import events_frame, frame
    from stoplog.ledger import Ledger
    from stoplog.units import Unit

__all__ = ["Batch", "Engine", "Ledger", "Unit", "events_frame", "frame"]

_HOMES = {
    "Batch": "stoplog.commands",
    "Engine": "stoplog.engine",
    "Ledger": "stoplog.ledger",
    "Unit": "stoplog.units",
    "events_frame": "stoplog.engine.frames",
    "frame": "stoplog.engine.frames",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'stoplog' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
