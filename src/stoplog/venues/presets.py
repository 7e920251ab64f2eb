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
"""Every venue that has a name; `shipped` says for which there is a preset."""

FOLDER = Path(__file__).parent / "presets"


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tier tables of some symbols, with where the figures are from."""

    source: str
    date: str
    symbols: dict[str, msgspec.Raw]


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One venue: the shape of its rules and the tiers that we carry."""

    name: str
    title: str
    source: str
    date: str
    payoff: str
    policy: msgspec.Raw
    rate_from_leverage: bool = False
    tiers: Tiers | None = None

    def symbols(self) -> tuple[str, ...]:
        """The symbols whose tiers are carried, in the order of the file."""
        return tuple(self.tiers.symbols) if self.tiers is not None else ()


def shipped() -> tuple[str, ...]:
    """The names of the venues that have a preset, in the order of `VENUES`."""
    return tuple(name for name in VENUES if (FOLDER / f"{name}.json").is_file())


@cache
def preset(name: str) -> Preset:
    """The preset of a shipped venue; `FileNotFoundError` for any other name."""
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes(), type=Preset)
