"""The shapes: Binance leverage brackets, OKX position tiers, Hyperliquid margin tables, dYdX liquidity tiers, Kraken.

Each is read as the venue's interface answers it, and as the samples of `../shared/data/tiers` keep it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from stoplog.venues.tables import PPM, Read, Row, Table, TableError, checked, decoded, field, number, objects

THE_FILE = "the file"
"""In the place of a symbol where there is none."""

PAIR = ("lowerBound", "maxLeverage")


def binance_brackets(text: bytes) -> list[Table]:
    """Leverage brackets: `[{"symbol", "brackets": [{"notionalFloor", …, "cum"}]}]`, or a CSV with a row for each."""
    if text.lstrip()[:1] in (b"[", b"{"):
        answer = decoded(text)
        symbols = objects(answer if isinstance(answer, list) else [answer], THE_FILE, "symbols")
        return [
            _binance(str(entry.get("symbol")), objects(entry.get("brackets"), str(entry.get("symbol")), "brackets"))
            for entry in symbols
        ]
    try:
        lines = text.decode().splitlines()
    except UnicodeDecodeError as error:
        raise TableError("not_text", THE_FILE, 0, f"byte {error.start + 1} is not UTF-8") from None
    groups = groupby(csv.DictReader(lines), key=lambda row: row.get("symbol") or THE_FILE)
    return [_binance(symbol, list(group)) for symbol, group in groups]


def _binance(symbol: str, brackets: list[dict[str, Any]]) -> Table:
    rows = [
        Row(
            floor=field(item, symbol, i, "notionalFloor", "notional_floor"),
            rate=field(item, symbol, i, "maintMarginRatio", "mmr"),
            leverage=field(item, symbol, i, "initialLeverage", "max_leverage"),
            end=field(item, symbol, i, "notionalCap", "notional_cap"),
            deduction=field(item, symbol, i, "cum"),
        )
        for i, item in enumerate(brackets, start=1)
    ]
    return checked(symbol, "notional", rows)


def okx_position_tiers(text: bytes) -> list[Table]:
    """Position tiers by contracts: `{"data": [{"instFamily", "minSz", "maxSz", "mmr", "imr", "maxLever"}]}`.

    A tier begins where the one before ends; `minSz` is that or one contract more.
    """
    answer = decoded(text)
    if isinstance(answer, dict) and "data" in answer:
        rows = objects(answer["data"], THE_FILE, "data")
        groups = groupby(rows, key=lambda item: str(item.get("instFamily") or item.get("uly") or THE_FILE))
        return [_okx(symbol, list(group)) for symbol, group in groups]
    return [_okx(symbol, rows) for symbol, rows in _columned(answer)]


def _okx(symbol: str, items: list[dict[str, Any]]) -> Table:
    rows: list[Row] = []
    for i, item in enumerate(items, start=1):
        low, end = field(item, symbol, i, "minSz"), field(item, symbol, i, "maxSz")
        floor = Decimal(0) if i == 1 else rows[-1].end
        assert floor is not None, "every row has an end"
        if not floor <= low <= floor + 1:
            raise TableError("unordered_tiers", symbol, i, f"minSz is {low}, the tier before ends at {floor}")
        if end <= low:
            raise TableError("unordered_tiers", symbol, i, f"maxSz is {end}, not above minSz {low}")
        rows.append(
            Row(
                floor=floor,
                rate=field(item, symbol, i, "mmr"),
                leverage=field(item, symbol, i, "maxLever"),
                end=end,
                initial=field(item, symbol, i, "imr"),
            )
        )
    return checked(symbol, "contracts", rows)


def kraken_margin_levels(text: bytes) -> list[Table]:
    """Margin levels by contracts, as columns `contracts_from`, `initialMargin`, `maintenanceMargin`."""
    return [_kraken(symbol, rows) for symbol, rows in _columned(decoded(text))]


def _kraken(symbol: str, items: list[dict[str, Any]]) -> Table:
    rows = [
        Row(
            floor=field(item, symbol, i, "contracts_from", "contracts"),
            rate=field(item, symbol, i, "maintenanceMargin"),
            leverage=None,
            initial=field(item, symbol, i, "initialMargin"),
        )
        for i, item in enumerate(items, start=1)
    ]
    return checked(symbol, "contracts", rows)


def hyperliquid_margin_tables(text: bytes) -> list[Table]:
    """Margin tables: the answer to `meta` (`universe`, `marginTables`), or symbols with [floor, leverage] pairs."""
    answer = decoded(text)
    if isinstance(answer, dict) and "universe" in answer:
        return _hyperliquid_meta(answer)
    if not isinstance(answer, dict) or not isinstance(answer.get("mainnet"), dict):
        raise TableError("missing_field", THE_FILE, 0, "neither universe nor mainnet is there")
    return [
        _hyperliquid(symbol, pairs) for symbols, pairs in answer["mainnet"].items() for symbol in symbols.split(",")
    ]


def _hyperliquid_meta(answer: dict[str, Any]) -> list[Table]:
    tables = {}
    for i, pair in enumerate(answer.get("marginTables", []), start=1):
        if not (isinstance(pair, list) and len(pair) == len(PAIR) and isinstance(pair[1], dict)):
            raise TableError("wrong_type", THE_FILE, i, "marginTables: not a pair of a number and a table")
        tables[pair[0]] = objects(pair[1].get("marginTiers"), THE_FILE, "marginTiers")
    found: list[Table] = []
    for asset in objects(answer["universe"], THE_FILE, "universe"):
        tiers = tables.get(asset.get("marginTableId"), [{"lowerBound": 0, "maxLeverage": asset.get("maxLeverage")}])
        pairs = [[tier.get(name) for name in PAIR] for tier in tiers]
        found.append(_hyperliquid(str(asset.get("name")), pairs))
    return found


def _hyperliquid(symbol: str, pairs: Any) -> Table:
    rows: list[Row] = []
    for i, pair in enumerate(pairs if isinstance(pairs, list) else [pairs], start=1):
        if not (isinstance(pair, list) and len(pair) == len(PAIR)):
            raise TableError("wrong_type", symbol, i, "not a pair of a lower bound and a leverage")
        floor, leverage = (number(value, symbol, i, name) for value, name in zip(pair, PAIR, strict=True))
        rows.append(Row(floor, None, leverage))
    return checked(symbol, "notional", rows)


def dydx_liquidity_tiers(text: bytes) -> list[Table]:
    """Liquidity tiers and the perpetuals that name them, as in genesis: one tier a market.

    Its initial rate is the one below the lower cap of open interest.
    """
    answer = decoded(text)
    if not isinstance(answer, dict) or "liquidity_tiers" not in answer:
        raise TableError("missing_field", THE_FILE, 0, "liquidity_tiers: missing")
    tiers: dict[Any, Row] = {}
    for i, tier in enumerate(objects(answer["liquidity_tiers"], THE_FILE, "liquidity_tiers"), start=1):
        name = str(tier.get("name", tier.get("id")))
        if tier.get("id") in tiers:
            raise TableError("inconsistent", name, i, f"the id {tier['id']} is there twice")
        tiers[tier.get("id")] = _dydx(name, i, tier)
    perpetuals = objects(answer.get("perpetuals", []), THE_FILE, "perpetuals")
    for i, market in enumerate(perpetuals, start=1):
        if market.get("liquidity_tier") not in tiers:
            message = f"there is no liquidity tier {market.get('liquidity_tier')}"
            raise TableError("inconsistent", str(market.get("ticker")), i, message)
    return [checked(str(market.get("ticker")), "notional", [tiers[market["liquidity_tier"]]]) for market in perpetuals]


def _dydx(name: str, i: int, tier: dict[str, Any]) -> Row:
    initial = field(tier, name, i, "initial_margin_ppm") / PPM
    share = field(tier, name, i, "maintenance_fraction_ppm") / PPM
    low, high = field(tier, name, i, "open_interest_lower_cap"), field(tier, name, i, "open_interest_upper_cap")
    if not 0 < initial <= 1 or share > 1:
        raise TableError("out_of_range", name, i, f"initial {initial} or maintenance fraction {share} is above 1, or 0")
    if low > high:
        raise TableError("inconsistent", name, i, f"the lower cap {low} is above the upper {high}")
    return Row(Decimal(0), initial * share, None, initial=initial)


def _columned(answer: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Symbols with rows as lists, the names of whose columns are in `_columns`."""
    if not isinstance(answer, dict) or not isinstance(answer.get("_columns"), list):
        raise TableError("missing_field", THE_FILE, 0, "neither data nor _columns is there")
    columns = [str(name) for name in answer["_columns"]]
    for symbol, rows in answer.items():
        if symbol.startswith("_"):
            continue
        for i, row in enumerate(rows if isinstance(rows, list) else [rows], start=1):
            if not isinstance(row, list) or len(row) != len(columns):
                raise TableError("wrong_type", symbol, i, f"not a list of {', '.join(columns)}")
        yield symbol, [dict(zip(columns, row, strict=True)) for row in rows]


SHAPES: dict[str, Read] = {
    "binance": binance_brackets,
    "okx": okx_position_tiers,
    "hyperliquid": hyperliquid_margin_tables,
    "dydx": dydx_liquidity_tiers,
    "kraken": kraken_margin_levels,
}
"""Name of a shape → what reads it."""
