"""Parameters from JSON: every figure is checked, and what is wrong is named by field and figure."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import Any, NamedTuple

from stoplog.collateral.terms import Depeg, Regime, Terms
from stoplog.units import RATE_ONE, NotAWholeCount, Unit

DECIMALS_MAX = 18
AMOUNT_MAX = 2**62
COUNT_MAX = 10**6
DIGITS_MAX = 40
SLOPE_MAX = 100 * RATE_ONE

ASSET_FIELDS = frozenset(
    {
        "decimals",
        "base",
        "sellable",
        "size_factor",
        "concentration_start",
        "cap",
        "wrong_way",
        "moves_with",
        "regime",
    }
)
RATES_OF_REGIME = ("multiple", "calm", "floor", "ceiling", "rise", "fall")


class BadParameter(ValueError):
    """A parameter that cannot be used; `field` names it, `figure` is what it holds."""

    def __init__(self, field: str, figure: object, why: str) -> None:
        super().__init__(f"{field}: {figure} {why}")
        self.field = field
        self.figure = figure


class ParameterSet(NamedTuple):
    """The parameters of every asset for a purse kept with `purse_decimals`, and the stated time of sale in minutes."""

    purse_decimals: int
    sale_minutes: int
    assets: dict[str, Terms]


def default_set() -> ParameterSet:
    """The set that is shipped; `docs/collateral.md` has its sources and what history says of it."""
    return parameter_set(files("stoplog.collateral").joinpath("defaults.json").read_text(encoding="utf-8"))


def parameter_set(text: str) -> ParameterSet:
    """The set that a JSON text holds; `BadParameter` names the first field that is wrong."""
    try:
        given = json.loads(text, parse_float=Decimal, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise BadParameter(f"line {error.lineno}", error.msg, "is not JSON") from None
    except (RecursionError, ValueError) as error:
        raise (error if isinstance(error, BadParameter) else BadParameter("the set", error, "is not JSON")) from None
    fields = _fields(given, "the set", frozenset({"purse_decimals", "sale_minutes", "assets"}))
    decimals = _whole(fields["purse_decimals"], "purse_decimals", 0, DECIMALS_MAX)
    assets = _object(fields["assets"], "assets")
    return ParameterSet(
        decimals,
        _whole(fields["sale_minutes"], "sale_minutes", 1, COUNT_MAX),
        {name: _terms(value, f"assets.{name}", decimals) for name, value in assets.items()},
    )


def _terms(given: object, path: str, purse_decimals: int) -> Terms:
    fields = _fields(given, path, ASSET_FIELDS, frozenset({"depeg"}))
    decimals = _whole(fields["decimals"], f"{path}.decimals", 0, DECIMALS_MAX)
    moves_with = _object(fields["moves_with"], f"{path}.moves_with")
    return Terms(
        unit=10**decimals,
        base=_rate(fields["base"], f"{path}.base"),
        sellable=_amount(fields["sellable"], f"{path}.sellable", decimals, 1),
        size_factor=_rate(fields["size_factor"], f"{path}.size_factor"),
        concentration_start=_amount(fields["concentration_start"], f"{path}.concentration_start", decimals, 1),
        cap=_amount(fields["cap"], f"{path}.cap", decimals, 0),
        wrong_way=_rate(fields["wrong_way"], f"{path}.wrong_way"),
        moves_with=tuple((other, _rate(value, f"{path}.moves_with.{other}")) for other, value in moves_with.items()),
        regime=_regime(fields["regime"], f"{path}.regime"),
        depeg=_depeg(fields["depeg"], f"{path}.depeg", purse_decimals) if "depeg" in fields else None,
    )


def _regime(given: object, path: str) -> Regime:
    fields = _fields(given, path, frozenset({"interval_minutes", "memory", *RATES_OF_REGIME}))
    rates = {
        name: _rate(fields[name], f"{path}.{name}", SLOPE_MAX if name == "multiple" else RATE_ONE)
        for name in RATES_OF_REGIME
    }
    if rates["floor"] > rates["ceiling"]:
        raise BadParameter(f"{path}.floor", fields["floor"], f"is above the ceiling of {fields['ceiling']}")
    for name in ("rise", "fall"):
        if rates[name] == 0:
            raise BadParameter(f"{path}.{name}", fields[name], "is not above 0: the cut could never follow")
    interval = _whole(fields["interval_minutes"], f"{path}.interval_minutes", 1, COUNT_MAX)
    return Regime(interval, _whole(fields["memory"], f"{path}.memory", 1, COUNT_MAX), **rates)


def _depeg(given: object, path: str, purse_decimals: int) -> Depeg:
    fields = _fields(given, path, frozenset({"par", "start", "slope"}))
    return Depeg(
        _amount(fields["par"], f"{path}.par", purse_decimals, 1),
        _rate(fields["start"], f"{path}.start"),
        _rate(fields["slope"], f"{path}.slope", SLOPE_MAX),
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadParameter(name, value, "is given a second time")
        found[name] = value
    return found


def _object(given: object, path: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadParameter(path, given, "is not an object")
    return given


def _fields(given: object, path: str, needed: frozenset[str], allowed: frozenset[str] = frozenset()) -> dict[str, Any]:
    fields = _object(given, path)
    for name in sorted(needed - set(fields)):
        raise BadParameter(path, name, "is missing")
    for name in sorted(set(fields) - needed - allowed):
        raise BadParameter(path, name, "is not a field")
    return fields


def _whole(given: object, path: str, least: int, most: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise BadParameter(path, given, "is not a whole number")
    if not least <= given <= most:
        raise BadParameter(path, given, f"is outside {least} and {most}")
    return given


def _rate(given: object, path: str, most: int = RATE_ONE) -> int:
    counted = _counted(given, path, Unit(Decimal(1) / RATE_ONE))
    if not 0 <= counted <= most:
        raise BadParameter(path, given, f"is outside 0 and {most // RATE_ONE}")
    return counted


def _amount(given: object, path: str, decimals: int, least: int) -> int:
    counted = _counted(given, path, Unit(Decimal(1).scaleb(-decimals)))
    if not least <= counted <= AMOUNT_MAX:
        raise BadParameter(path, given, f"is outside {least} and {AMOUNT_MAX} of the smallest units")
    return counted


def _counted(given: object, path: str, unit: Unit) -> int:
    if isinstance(given, bool) or not isinstance(given, int | Decimal | str):
        raise BadParameter(path, given, "is not a number")
    try:
        if abs(Decimal(given).adjusted()) > DIGITS_MAX:
            raise BadParameter(path, given, f"is outside 10^-{DIGITS_MAX} and 10^{DIGITS_MAX}")
    except InvalidOperation:
        raise BadParameter(path, given, "is not a number") from None
    try:
        return unit.count(path, given)
    except NotAWholeCount:
        raise BadParameter(path, given, f"is not a whole number of units of {unit.step}") from None
