"""Presets: what a venue's rules are, as plain data files in `presets/`, each with its source and date.

`policy` and `tiers` have the form in which a question of `stoplog calc` gives them, so that they are read
by the same code. Tiers are carried for a few symbols; for all others they are given with the question.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

VENUES = (
    "binance-usdm",
    "binance-coinm",
    "bybit-linear",
    "bybit-inverse",
    "okx",
    "bitmex",
    "hyperliquid",
    "kraken",
    "kucoin",
    "dydx-v4",
    "drift",
    "gmx",
)
"""The names of the presets."""

REPRODUCED = Path(__file__).parent / "reproduced.json"
"""What docs/conformance.md counts, by preset; written with that page."""

FOLDER = Path(__file__).parent / "presets"


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tier tables of some symbols, with where the figures are from."""

    source: str
    date: str
    symbols: dict[str, msgspec.Raw]


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One venue: the shape of its rules, what it takes for granted, and the tiers that we carry.

    `date` is that of the source, or, where it names a commit or has no date, when it was read.
    """

    name: str
    title: str
    source: str
    date: str
    payoff: str
    policy: msgspec.Raw
    assumes: tuple[str, ...]
    rate_from_leverage: bool = False
    tiers: Tiers | None = None

    def symbols(self) -> tuple[str, ...]:
        """The symbols whose tiers are carried, in the order of the file."""
        return tuple(self.tiers.symbols) if self.tiers is not None else ()


class Reproduced(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of how many published cases of a venue the numbers come out, and how many numbers those are.

    `by_rules` of them are given by the venue's own rules in `stoplog.protocols`, the others by the calculator.
    """

    cases: int
    reproduced: int
    numbers: int
    by_rules: int


@cache
def preset(name: str) -> Preset:
    """The preset of a name in `VENUES`; `FileNotFoundError` for any other name."""
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes(), type=Preset)


def reproduced() -> dict[str, Reproduced]:
    """What is known about published numbers, by preset."""
    return msgspec.json.decode(REPRODUCED.read_bytes(), type=dict[str, Reproduced])
