"""The scenario sets that are shipped, by their model: those of venues, SPAN's sixteen, and our own: ARR-004.

`docs/scenarios.md` lists them and holds their ranges against recorded moves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

from stoplog.portfolio import bybit, deribit, derive_pmrm, derive_pmrm_1, derive_pmrm_groups, okx, own
from stoplog.pricing.scenarios import Direction, Scenario, ScenarioSet, VolatilityShock
from stoplog.span.arrays import share
from stoplog.span.points import CME_COVER, CME_EXTREME, scan_points

SETS = Path(__file__).parent / "sets"
"""Parameters of models; in `scenarios` those of sets that are no model's."""

DAYS = 365.0
"""Days of a year in which markets never close."""

SIGNS: dict[int, Direction] = {1: "Up", 0: "None", -1: "Down"}


@dataclass(frozen=True, slots=True)
class Span:
    """Scan ranges as shares of price and volatility; how many days later everything is valued again."""

    price_range: float
    volatility_range: float
    look_ahead_days: float


def span(parameters: Span) -> ScenarioSet:
    """SPAN's sixteen scenarios with scan ranges in proportion: three ranges either way count by a third."""
    chosen = tuple(
        Scenario(
            f"scenario {point.point}",
            share(point.price) * parameters.price_range,
            SIGNS[int(share(point.volatility))],
            float(point.weight),
        )
        for point in scan_points(CME_EXTREME, CME_COVER)
    )
    flat = VolatilityShock(parameters.volatility_range, parameters.volatility_range, 0.0, 0.0)
    return ScenarioSet("span-16", chosen, flat, parameters.look_ahead_days / DAYS)


class Shipped(NamedTuple):
    """The type of a model's parameters, and the set that they make."""

    parameters: type[Any]
    scenario_set: Callable[[Any], ScenarioSet]


MODELS: Mapping[str, Shipped] = {
    own.MODEL: Shipped(own.Parameters, own.scenario_set),
    "span-16": Shipped(Span, span),
    deribit.MODEL: Shipped(deribit.Parameters, deribit.scenario_set),
    okx.MODEL: Shipped(okx.Parameters, okx.scenario_set),
    bybit.MODEL: Shipped(bybit.Parameters, bybit.scenario_set),
    derive_pmrm.MODEL: Shipped(derive_pmrm_groups.Parameters, derive_pmrm.scenario_set),
    derive_pmrm_1.MODEL: Shipped(derive_pmrm_1.Parameters, derive_pmrm_1.scenario_set),
}


def shipped(model: str, name: str, **changes: Any) -> ScenarioSet:
    """The set of a model by the name of its parameters in `sets`, some of them changed.

    `KeyError` of an unknown name; `PortfolioError` where the venue does not publish a parameter and `changes` lacks it.

    >>> chosen = shipped("stoplog", "default")
    >>> len(chosen.scenarios), chosen.scenarios[0].name
    (33, '-20% up')
    """
    kind, made = MODELS[model]
    return made(_record(kind, _file(model)[name] | changes))


@cache
def _file(model: str) -> dict[str, dict[str, Any]]:
    folder = SETS if (SETS / f"{model}.json").exists() else SETS / "scenarios"
    found: dict[str, dict[str, Any]] = json.loads((folder / f"{model}.json").read_text(encoding="utf-8"))
    return found


def _record(kind: type[Any], given: Mapping[str, Any]) -> Any:
    """An instance of a dataclass, its groups and rows too; a `note` is passed over."""
    hints = get_type_hints(kind)
    return kind(**{name: _field(hints[name], value) for name, value in given.items() if name != "note"})


def _field(hint: Any, value: Any) -> Any:
    if isinstance(hint, type) and is_dataclass(hint):
        return _record(hint, value)
    if isinstance(value, list):
        row = get_args(hint)[0]
        return tuple(row(*each) if isinstance(each, list) else each for each in value)
    return value
