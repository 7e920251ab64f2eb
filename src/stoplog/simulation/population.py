"""The population file: who trades, how much, how leveraged, when, and on what terms."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, isfinite
from pathlib import Path
from typing import NamedTuple

from stoplog.margin.tiers import TierError, marginal_tiers
from stoplog.simulation.draws import KINDS, Distribution
from stoplog.simulation.inputs import BadInput
from stoplog.units import RATE_ONE, NotAWholeCount, Unit, rate

DEFAULT = "population.toml"
COUNT_MOST = 50_000_000
LEVERAGE_MOST = 10_000
MEASURES = ("margin", "notional")

Section = Mapping[str, object]


class MarketTier(NamedTuple):
    """From `floor` (amount) on: maintenance and initial rate as counts of 1e-8, and the largest leverage."""

    floor: int
    rate: int
    initial_rate: int
    leverage: float


@dataclass(frozen=True, slots=True)
class Market:
    """The terms of the instrument: rates as counts of 1e-8."""

    asset: str
    asset_decimals: int
    taker_fee: int
    liquidation_fee: int
    slippage: int
    tiers: tuple[MarketTier, ...]


@dataclass(frozen=True, slots=True)
class Population:
    """A population file, checked: see docs/replay.md for the keys."""

    path: Path
    market: Market
    count: int
    long: float
    leverage: Distribution
    measure: str
    size: Distribution
    at_start: float
    entry: Distribution
    exit_share: float
    holding_hours: Distribution


def default_path() -> Path:
    """Where the documented default is installed."""
    return Path(__file__).with_name("data") / DEFAULT


def read_toml(path: Path) -> Section:
    """What a TOML file holds, its fractions as decimals; `BadInput` where there is none or it is none."""
    if not path.is_file():
        raise BadInput("there is no such file", file=path)
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"this is not TOML: {error}", file=path) from None


def read_population(path: Path) -> Population:
    """A population file; `BadInput` names the key that is missing, unknown or outside its range."""
    data = read_toml(path)
    return Reader(path, data).population()


class Reader:
    """Takes a file apart, key by key; what is not taken is refused."""

    def __init__(self, path: Path, data: Mapping[str, object]) -> None:
        self._path = path
        self._data = data

    def population(self) -> Population:
        known = ("market", "traders", "leverage", "size", "entry", "exit")
        self._refuse_unknown("", self._data, known)
        for name in known:
            if not isinstance(self._data.get(name), Mapping):
                raise self._bad(name, "the section is missing")
        self._refuse_unknown("traders", self._section("traders"), ("count", "long"))
        size = dict(self._section("size"))
        measure = size.pop("of", "margin")
        if measure not in MEASURES:
            raise self._bad("size.of", f"this is neither of {', '.join(MEASURES)}: {measure}")
        entry = dict(self._section("entry"))
        leaving = dict(self._section("exit"))
        return Population(
            path=self._path,
            market=self._market(self._section("market")),
            count=self._whole("traders", "count", 1, COUNT_MOST),
            long=self._share("traders.long", self._section("traders").get("long")),
            leverage=self._distribution("leverage", self._section("leverage"), 1, LEVERAGE_MOST),
            measure=str(measure),
            size=self._distribution("size", size, 0, 1e12),
            at_start=self._share("entry.at_start", entry.pop("at_start", 0)),
            entry=self._distribution("entry", entry, 0, 1),
            exit_share=self._share("exit.share", leaving.pop("share", None)),
            holding_hours=self._distribution("exit", leaving, 0, 1e6),
        )

    def _section(self, name: str) -> Section:
        section = self._data[name]
        assert isinstance(section, Mapping), "sections were checked"
        return section

    def _market(self, section: Section) -> Market:
        self._refuse_unknown(
            "market", section, ("asset", "asset_decimals", "taker_fee", "liquidation_fee", "slippage", "tiers")
        )
        decimals = self._whole("market", "asset_decimals", 0, 8)
        return Market(
            asset=str(section.get("asset", "USDT")),
            asset_decimals=decimals,
            taker_fee=self._rate("market.taker_fee", section.get("taker_fee")),
            liquidation_fee=self._rate("market.liquidation_fee", section.get("liquidation_fee")),
            slippage=self._rate("market.slippage", section.get("slippage")),
            tiers=self._tiers(section.get("tiers"), decimals),
        )

    def _tiers(self, rows: object, decimals: int, name: str = "market.tiers") -> tuple[MarketTier, ...]:
        if not isinstance(rows, list) or not rows:
            raise self._bad(name, "a list of [floor, maintenance rate, largest leverage] is needed")
        tiers = []
        for i, row in enumerate(rows, start=1):
            key = f"{name}[{i}]"
            if not isinstance(row, list) or len(row) != 3:  # noqa: PLR2004 -- the three named below
                raise self._bad(key, "a tier is [floor, maintenance rate, largest leverage]")
            leverage = self._number(key, row[2], 1, LEVERAGE_MOST)
            initial = ceil(RATE_ONE / Fraction(str(row[2])))
            floor = self._count(key, row[0], Unit(Decimal(1).scaleb(-decimals)))
            tiers.append(MarketTier(floor, self._rate(key, row[1]), initial, leverage))
        try:
            marginal_tiers([tier[:3] for tier in tiers], RATE_ONE)
        except TierError as error:
            raise self._bad(name, str(error)) from None
        return tuple(tiers)

    def _distribution(self, name: str, section: Section, least: float, most: float) -> Distribution:
        kind = section.get("distribution")
        if not isinstance(kind, str) or kind not in KINDS:
            raise self._bad(f"{name}.distribution", f"this is none of {', '.join(KINDS)}: {kind}")
        shape = KINDS[kind]
        bounds = [key for key in ("least", "most") if key not in shape.single]
        self._refuse_unknown(name, section, ("distribution", *shape.single, *shape.lists, *bounds))
        figures: dict[str, float | tuple[float, ...]] = {}
        for key in shape.single:
            low, high = (least, most) if key in {"value", "least", "most", "median", "mean"} else (0, 1e6)
            figures[key] = self._number(f"{name}.{key}", section.get(key), low, high)
        for key in shape.lists:
            low, high = (least, most) if key == "values" else (0, 1e12)
            figures[key] = self._list(f"{name}.{key}", section.get(key), low, high)
        self._check_shape(name, kind, figures)
        outer = {key: self._number(f"{name}.{key}", section[key], least, most) for key in bounds if key in section}
        low, high = outer.get("least", least), outer.get("most", most)
        if low > high:
            raise self._bad(f"{name}.least", f"{low:g} is above most, {high:g}")
        return Distribution(kind, figures, low, high)

    def _check_shape(self, name: str, kind: str, figures: Mapping[str, float | tuple[float, ...]]) -> None:
        values, weights = figures.get("values"), figures.get("weights")
        if isinstance(values, tuple) and isinstance(weights, tuple):
            if len(values) != len(weights):
                raise self._bad(f"{name}.weights", f"there are {len(weights)} weights for {len(values)} values")
            if sum(weights) <= 0:
                raise self._bad(f"{name}.weights", "the weights sum to zero")
        if kind == "uniform" and float(str(figures["least"])) > float(str(figures["most"])):
            raise self._bad(f"{name}.least", f"{figures['least']} is above most, {figures['most']}")
        if figures.get("alpha") == 0:
            raise self._bad(f"{name}.alpha", "this is not above zero")

    def _list(self, key: str, value: object, least: float, most: float) -> tuple[float, ...]:
        if not isinstance(value, list) or not value:
            raise self._bad(key, "a list of numbers is needed")
        return tuple(self._number(f"{key}[{i}]", item, least, most) for i, item in enumerate(value, start=1))

    def _number(self, key: str, value: object, least: float, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._bad(key, "the number is missing" if value is None else f"this is not a number: {value}")
        if not isfinite(value) or not least <= value <= most:
            raise self._bad(key, f"{value} is not between {least:g} and {most:g}")
        return float(value)

    def _whole(self, name: str, key: str, least: int, most: int) -> int:
        value = self._section(name).get(key)
        number = self._number(f"{name}.{key}", value, least, most)
        if number != int(number):
            raise self._bad(f"{name}.{key}", f"this is not a whole number: {value}")
        return int(number)

    def _share(self, key: str, value: object) -> float:
        return self._number(key, value, 0, 1)

    def _rate(self, key: str, value: object) -> int:
        self._number(key, value, 0, 1)
        try:
            return rate(key, str(value))
        except NotAWholeCount:
            raise self._bad(key, f"{value} has more than eight decimals") from None

    def _count(self, key: str, value: object, unit: Unit) -> int:
        self._number(key, value, 0, 1e15)
        try:
            return unit.count(key, str(value))
        except NotAWholeCount:
            raise self._bad(key, f"{value} is not a whole number of {unit.step}") from None

    def _refuse_unknown(self, name: str, section: Section, known: tuple[str, ...]) -> None:
        for key in section:
            if key not in known:
                raise self._bad(f"{name}.{key}".lstrip("."), f"there is no such key; there are {', '.join(known)}")

    def _bad(self, key: str, reason: str) -> BadInput:
        return BadInput(reason, file=self._path, field=key)
