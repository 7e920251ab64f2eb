"""Random strategies of the kinds that people hold, each worth so much that it is healthy at its mark."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from stoplog.calculator.set_compartment import Compartment
from stoplog.portfolio.equity_curve import Leg
from stoplog.pricing.black import black76
from stoplog.strategy.in_lots import InLots, in_lots
from stoplog.strategy.own_surplus import standing
from stoplog.strategy.reading import strategy

Row = dict[str, Any]


@dataclass(frozen=True)
class Drawn:
    """A strategy: its kind, its compartment, and the same in lots."""

    kind: str
    held: Compartment
    lots: InLots


@dataclass
class Maker:
    """Legs around a mark; sizes, strikes, times and volatilities are drawn."""

    random: Random
    mark: float
    places: int

    def number(self, value: float) -> str:
        return f"{value:.{self.places}f}"

    def years(self, least: float = 0.0) -> float:
        return round(least + self.random.uniform(0.003, 0.6), 5)

    def size(self) -> float:
        return self.random.choice([1, 1, 2, 3, 5, 10])

    def option(self, kind: str, side: str, size: float, moneyness: float, years: float) -> Row:
        volatility = round(self.random.uniform(0.25, 1.2), 3)
        strike = float(self.number(self.mark * moneyness))
        entry = black76(self.mark, strike, years, volatility, is_call=kind == "call").price
        return {
            "kind": kind,
            "side": side,
            "size": str(size),
            "entry": self.number(max(entry * self.random.uniform(0.8, 1.2), 10**-self.places)),
            "strike": self.number(strike),
            "expiry_years": str(years),
            "volatility": str(volatility),
        }

    def delta_one(self, side: str, size: float, years: float | None = None) -> Row:
        entry = self.number(self.mark * self.random.uniform(0.95, 1.05))
        row = {"kind": "perpetual", "side": side, "size": str(size), "entry": entry}
        return row if years is None else row | {"kind": "future", "expiry_years": str(years)}

    def straddle(self) -> list[Row]:
        years, size = self.years(), self.size()
        put, call = self.random.choice([(1.0, 1.0), (1.0, 1.0), (self.below(), self.above())])
        return [self.option("call", "short", size, call, years), self.option("put", "short", size, put, years)]

    def ratio_spread(self) -> list[Row]:
        years, size, kind = self.years(), self.size(), self.random.choice(["call", "put"])
        near, far = (self.above(), 1.35) if kind == "call" else (self.below(), 0.72)
        sold = size * self.random.choice([2, 2, 3])
        return [self.option(kind, "long", size, near, years), self.option(kind, "short", sold, far, years)]

    def calendar(self) -> list[Row]:
        near, size, kind = self.years(), self.size(), self.random.choice(["call", "put"])
        moneyness = self.random.uniform(0.93, 1.07)
        sold = self.option(kind, "short", size, moneyness, near)
        bought = self.option(kind, "long", size, moneyness, self.years(near))
        return self.random.choice([[sold, bought], [bought | {"side": "short"}, sold | {"side": "long"}]])

    def collar(self) -> list[Row]:
        years, size = self.years(), self.size()
        held = self.delta_one("long", size, self.random.choice([None, years]))
        put, call = (
            self.option("put", "long", size, self.below(), years),
            self.option("call", "short", size, self.above(), years),
        )
        if self.random.random() < 0.5:
            return [held, put, call]
        return [held | {"side": "short"}, put | {"side": "short"}, call | {"side": "long"}]

    def naked_wing(self) -> list[Row]:
        kind = self.random.choice(["call", "put"])
        return [self.option(kind, "short", self.size(), self.above() if kind == "call" else self.below(), self.years())]

    def below(self) -> float:
        return self.random.uniform(0.75, 0.97)

    def above(self) -> float:
        return self.random.uniform(1.03, 1.3)


KINDS: dict[str, Callable[[Maker], list[Row]]] = {
    "short straddle": Maker.straddle,
    "ratio spread": Maker.ratio_spread,
    "calendar": Maker.calendar,
    "collar": Maker.collar,
    "naked wing": Maker.naked_wing,
}


def drawn(kind: str, random: Random) -> Drawn:
    """A strategy of a kind, on an underlying between 1 and 90,000, with some of what it needs as well again."""
    mark = random.choice([1.0, 30.0, 180.0, 3_000.0, 60_000.0]) * random.uniform(1.0, 1.5)
    places = 2 if mark > 1_000 else 4
    legs = KINDS[kind](Maker(random, mark, places))
    fields = {"mark": f"{mark:.{places}f}", "margin": "0"}
    empty = strategy(json.dumps(legs).encode(), kind, fields).held
    lots = in_lots(empty)
    found = standing(lots, np.array([round(lots.mark)]))
    need = int(found.required[0])
    besides = int(random.choice([0.02, 0.2, 0.6, 1.2]) * random.random() * need)
    margin = max(1, need - int(found.equity[0]) + 1 + besides)
    held = replace(empty, margin=Fraction(margin, 10**lots.money_places))
    return Drawn(kind, held, in_lots(held))


def entry_units(lots: InLots, leg: Leg) -> int:
    """The price, in units, at which a leg was traded."""
    return int(leg.entry * 10**lots.price_places)
