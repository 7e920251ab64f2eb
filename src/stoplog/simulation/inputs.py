"""What is refused in a file before anything is written."""

from __future__ import annotations

import hashlib
from pathlib import Path

READ_SIZE = 1 << 20


class BadInput(ValueError):
    """An input that cannot be replayed: `file`, `row` and `field` say where, as far as it is a matter of one.

    Rows count from 1 and leave a header line out.

    >>> str(BadInput("the price is below zero: -3", file="marks.csv", row=7, field="low"))
    'marks.csv, row 7, field low: the price is below zero: -3'
    """

    def __init__(
        self, reason: str, *, file: Path | str | None = None, row: int | None = None, field: str | None = None
    ) -> None:
        parts = [str(file)] if file is not None else []
        if row is not None:
            parts.append(f"row {row}")
        if field is not None:
            parts.append(f"field {field}")
        super().__init__(f"{', '.join(parts)}: {reason}" if parts else reason)
        self.reason = reason
        self.file = None if file is None else str(file)
        self.row = row
        self.field = field


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(READ_SIZE):
            digest.update(block)
    return digest.hexdigest()
