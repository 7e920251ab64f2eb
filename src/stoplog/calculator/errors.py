"""Why a question gets no result: a closed set of codes, the field at fault and a sentence with the figure."""

from __future__ import annotations

from typing import Literal, get_args

Code = Literal[
    "not_json",
    "not_object",
    "too_deep",
    "missing_field",
    "unknown_field",
    "wrong_type",
    "out_of_range",
    "unordered_tiers",
    "contradicting_deduction",
    "unknown_calculation",
    "unknown_venue",
    "unsupported_policy",
    "inconsistent",
]

CODES: tuple[str, ...] = get_args(Code)

SHOWN = 60
"""So many characters of a value are repeated in a message."""


class QuestionError(ValueError):
    """A question that cannot be answered; `field` is None where no single field is at fault."""

    def __init__(self, code: Code, field: str | None, message: str) -> None:
        super().__init__(message)
        self.code: Code = code
        self.field = field
        self.message = message

    def within(self, path: str) -> QuestionError:
        """The same error, with the field inside the field `path`; at `path` where no single field is at fault."""
        if self.field is None:
            return QuestionError(self.code, path, f"{path}: {self.message}")
        return QuestionError(self.code, f"{path}.{self.field}", f"{path}.{self.message}")


def shown(raw: bytes) -> str:
    """The value as it was written, cut to `SHOWN` characters.

    >>> shown(b'"' + b"9" * 100 + b'"')[-5:]
    '999 …'
    """
    text = raw.decode("utf-8", "replace")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
