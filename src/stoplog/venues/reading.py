"""Tables from a file to lines: what `stoplog venues --read` prints."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec

from stoplog.venues.shapes import SHAPES
from stoplog.venues.tables import TableError, number


def tables_text(shape: str, name: str, symbol: str | None, contracts: str | None) -> str:
    """A JSON object a line for every table of the file, or for that of `symbol`: `symbol`, `by`, `tiers`.

    With `contracts` a table by contracts is cut to the tier that holds for a position of so many. `TableError`
    where the shape or the symbol is not there, or a table contradicts itself; `OSError` where the file cannot be read.
    """
    if shape not in SHAPES:
        raise TableError("unknown", "SHAPE", 0, f"there is no {shape}; the shapes are {', '.join(SHAPES)}")
    held: Decimal | None = None if contracts is None else number(contracts, "the arguments", 0, "--contracts")
    found = [table for table in SHAPES[shape](Path(name).read_bytes()) if symbol in (None, table.symbol)]
    if not found:
        raise TableError("unknown", symbol or "the file", 0, "no such table")
    lines = (
        {"symbol": table.symbol, "by": table.by, "tiers": table.tiers if held is None else table.tiers_at(held)}
        for table in found
    )
    return "\n".join(msgspec.json.encode(line).decode() for line in lines)
