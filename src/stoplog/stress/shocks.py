"""Named stresses: by how much the price of each asset is multiplied, all at once.

A factor is an exact fraction of a price in the unit of account, from recorded prices (`hours.json`). An asset of which
no hour is recorded takes the place of the one that moved most.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from stoplog.simulation.report.words import signed_percent

STABLE_ASSETS = frozenset({"DAI", "FDUSD", "PYUSD", "TUSD", "USDC", "USDE", "USDS", "USDT"})
EXCHANGE_TOKENS = frozenset({"BGB", "BNB", "CRO", "FTT", "GT", "HT", "KCS", "LEO", "OKB"})

DEPEGGED = Fraction(90, 100)
NOTHING = Fraction(1, 10**8)
"""What is left of a price that falls to zero: a price is above zero."""


class Move(NamedTuple):
    """What a price did within an hour: `at` is the start of the bar whose close is `start`."""

    asset: str
    source: str
    at: str
    start: Fraction
    end: Fraction

    @property
    def factor(self) -> Fraction:
        """The price after the move over the one before."""
        return self.end / self.start


class Shock(NamedTuple):
    """A stress by its name: factors by asset, and the factor of every other one that is no stable asset."""

    name: str
    reason: str
    factors: dict[str, Fraction]
    others: Fraction = Fraction(1)

    def factor(self, asset: str) -> Fraction:
        """What the price of an asset is multiplied by."""
        return self.factors.get(asset, Fraction(1) if asset in STABLE_ASSETS else self.others)


@cache
def recorded() -> dict[str, list[Move]]:
    """The hours that are shipped: `falls` and `rises` by asset, and the `common` hour."""
    text = files("stoplog.stress").joinpath("hours.json").read_text(encoding="utf-8")
    return {
        kind: [Move(row["asset"], row["source"], row["at"], Fraction(row["from"]), Fraction(row["to"])) for row in rows]
        for kind, rows in json.loads(text).items()
    }


def uniform_fall(share: Fraction) -> Shock:
    """Everything that is no stable asset falls by one share; by all of it to `NOTHING`."""
    return Shock("uniform fall", f"everything by {float(share):.2%}", {}, max(NOTHING, 1 - share))


def shocks(assets: Iterable[str]) -> list[Shock]:
    """The stresses that touch any of the `assets`, in the order in which they are shown."""
    names = sorted(set(assets))
    risky = [name for name in names if name not in STABLE_ASSETS]
    return [
        *(_alone(name, "falls", "worst hour") for name in risky),
        *(_alone(name, "rises", "best hour") for name in risky),
        *([_common(), _together("falls", "down"), _together("rises", "up")] if risky else []),
        *(
            Shock(f"{name} at 0.90", "a stable asset loses its peg", {name: DEPEGGED})
            for name in names
            if name in STABLE_ASSETS
        ),
        *(
            Shock(f"{name} to zero", "an exchange token is worth nothing", {name: NOTHING})
            for name in names
            if name in EXCHANGE_TOKENS
        ),
    ]


def _alone(name: str, kind: str, words: str) -> Shock:
    found = {move.asset: move for move in recorded()[kind]}
    move = found.get(name) or _furthest(kind)
    stands_for = "" if move.asset == name else f"none recorded, as {move.asset}: "
    reason = f"{stands_for}{signed_percent(float(move.factor - 1))} after {move.at}, {move.source}"
    return Shock(f"{name}: {words}", reason, {name: move.factor})


def _furthest(kind: str) -> Move:
    chosen = min if kind == "falls" else max
    return chosen(recorded()[kind], key=lambda move: move.factor)


def _common() -> Shock:
    """The hour in which all fell furthest; an asset without a record then falls like the mean of the others."""
    moves = recorded()["common"]
    mean = sum((move.factor for move in moves), Fraction(0)) / len(moves)
    words = ", ".join(f"{move.asset} {signed_percent(float(move.factor - 1))}" for move in moves)
    return Shock(
        "all together", f"the hour after {moves[0].at}: {words}", {move.asset: move.factor for move in moves}, mean
    )


def _together(kind: str, words: str) -> Shock:
    factors = {move.asset: move.factor for move in recorded()[kind]}
    reason = "every asset's own worst hour at once" if kind == "falls" else "every asset's own best hour at once"
    return Shock(f"correlation to one, {words}", reason, factors, _furthest(kind).factor)
