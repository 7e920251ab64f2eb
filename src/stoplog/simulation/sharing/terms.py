"""The portfolios file: who trades in several instruments at once, and on what terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stoplog.simulation.draws import Distribution
from stoplog.simulation.population import COUNT_MOST, LEVERAGE_MOST, Market, Reader, read_toml
from stoplog.units import CLOSE_FEE_MAX

DEFAULT = "portfolios.toml"

SECTIONS = (
    "market",
    "tiers",
    "traders",
    "positions",
    "weight",
    "leverage",
    "size",
    "entry",
    "collateral",
    "haircuts",
    "mixed",
)


@dataclass(frozen=True, slots=True)
class Terms:
    """A portfolios file, checked: see docs/replay-cross.md for the keys. Rates as counts of 1e-8."""

    path: Path
    market: Market
    markets: Mapping[str, Market]
    count: int
    long: float
    same_side: float
    positions: Distribution
    weight: Distribution
    leverage: Distribution
    size: Distribution
    at_start: float
    entry: Distribution
    coin_share: float
    coin_worth: Distribution
    conversion_fee: int
    haircuts: Mapping[str, int]
    isolated_share: float

    def market_of(self, symbol: str) -> Market:
        """The terms of one instrument: those of all, with its own tiers where it has some."""
        return self.markets.get(symbol, self.market)


def default_path() -> Path:
    """Where the documented default is installed."""
    return Path(__file__).parents[1] / "data" / DEFAULT


def read_terms(path: Path) -> Terms:
    """A portfolios file; `BadInput` names the key that is missing, unknown or outside its range."""
    return _Reader(path, read_toml(path)).terms()


class _Reader(Reader):
    """Takes a portfolios file apart; what is not taken is refused."""

    def terms(self) -> Terms:
        self._refuse_unknown("", self._data, SECTIONS)
        for name in SECTIONS:
            if not isinstance(self._data.get(name), Mapping):
                raise self._bad(name, "the section is missing")
        self._refuse_unknown("traders", self._section("traders"), ("count", "long", "same_side"))
        self._refuse_unknown("mixed", self._section("mixed"), ("isolated",))
        entry, collateral = dict(self._section("entry")), dict(self._section("collateral"))
        market = self._market(self._section("market"))
        traders = self._section("traders")
        return Terms(
            path=self._path,
            market=market,
            markets={
                name: replace(market, tiers=self._tiers(rows, market.asset_decimals, f"tiers.{name}"))
                for name, rows in self._section("tiers").items()
            },
            count=self._whole("traders", "count", 1, COUNT_MOST),
            long=self._share("traders.long", traders.get("long")),
            same_side=self._share("traders.same_side", traders.get("same_side")),
            positions=self._distribution("positions", self._section("positions"), 2, 256),
            weight=self._distribution("weight", self._section("weight"), 1e-6, 1e6),
            leverage=self._distribution("leverage", self._section("leverage"), 1, LEVERAGE_MOST),
            size=self._distribution("size", self._section("size"), 0, 1e12),
            at_start=self._share("entry.at_start", entry.pop("at_start", 0)),
            entry=self._distribution("entry", entry, 0, 1),
            coin_share=self._share("collateral.share", collateral.pop("share", 0)),
            conversion_fee=self._conversion_fee(collateral.pop("conversion_fee", 0)),
            coin_worth=self._distribution("collateral", collateral, 0, 100),
            haircuts={name: self._rate(f"haircuts.{name}", value) for name, value in self._section("haircuts").items()},
            isolated_share=self._share("mixed.isolated", self._section("mixed").get("isolated")),
        )

    def _conversion_fee(self, value: object) -> int:
        rate = self._rate("collateral.conversion_fee", value)
        if rate > CLOSE_FEE_MAX:
            raise self._bad("collateral.conversion_fee", f"{value} is above the largest there is")
        return rate
