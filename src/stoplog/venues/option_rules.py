"""What venues ask of a short option, as data in `option_rules.json`, each with its source and date.

The numbers have the form in which a question of `stoplog calc` gives them, so that they are read by the same code.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

FILE = Path(__file__).parent / "option_rules.json"

PRESETS = {"bybit-linear": "bybit"}
"""Presets of perpetuals whose venue lists options under another name."""


class VenueOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rule of one venue, and what differs for single underlyings."""

    title: str
    source: str
    date: str
    rule: dict[str, msgspec.Raw]
    symbols: dict[str, dict[str, msgspec.Raw]] = {}

    def numbers(self, symbol: str | None) -> dict[str, msgspec.Raw]:
        """The rule's numbers for an underlying; `KeyError` for one that the venue lists no options on."""
        if symbol is None or not self.symbols:
            return dict(self.rule)
        return self.rule | self.symbols[symbol]


@cache
def option_venues() -> dict[str, VenueOptions]:
    """By name of the venue."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, VenueOptions])


def option_venue(name: str) -> VenueOptions:
    """The rule of a venue, by its name or that of its preset; `KeyError` where there is none."""
    return option_venues()[PRESETS.get(name, name)]
