"""The price axis of a scenario set: which scenarios stand for a price of the underlying and nothing else (ARR-007).

The engine values what follows an underlying between two revaluations along such prices (PRT-009), with what the risk
arrays say there. The finer they are, the nearer its two bounds lie.
"""

from __future__ import annotations

from collections.abc import Iterable

from stoplog.pricing.scenarios import Direction, Scenario, ScenarioSet

SAME: Direction = "None"


def with_moves(chosen: ScenarioSet, moves: Iterable[float]) -> ScenarioSet:
    """The set with a scenario behind its own for each move that it has not yet, volatility the same.

    Only as many as the set had count for a requirement; the others are there for the axis.

    >>> from stoplog.pricing.scenarios import VolatilityShock, grid
    >>> chosen = ScenarioSet("three", grid((-0.1, 0.1)), VolatilityShock(0.5, 0.25, 0.0, 0.0))
    >>> [scenario.name for scenario in with_moves(chosen, (-0.1, -0.02, 0.02)).scenarios[6:]]
    ['-2% same', '+2% same']
    """
    there = {scenario.move for scenario in chosen.scenarios if _is_plain(scenario, inverse=False)}
    more = [Scenario(f"{100 * move:+.6g}% same", move, SAME) for move in dict.fromkeys(moves) if move not in there]
    return chosen._replace(scenarios=(*chosen.scenarios, *more))


def axis_prices(chosen: ScenarioSet, mark: int, *, inverse: bool = False) -> list[int]:
    """The price that each scenario stands for at a mark, 0 for one that moves volatility too or counts in part.

    In the mark's whole price units, the nearest: an array that is priced at the move itself is off by what half a unit
    is worth. `inverse`: of a set whose profits are in coin. `ValueError` for a set that values everything later,
    because time then passes with the price.

    >>> from stoplog.pricing.scenarios import VolatilityShock, grid
    >>> chosen = ScenarioSet("three", grid((-0.1, 0.0, 0.1)), VolatilityShock(0.5, 0.25, 0.0, 0.0))
    >>> axis_prices(chosen, 60_005)
    [0, 54004, 0, 0, 60005, 0, 0, 66006, 0]
    """
    if chosen.look_ahead != 0.0:
        message = f"{chosen.name}: values everything {chosen.look_ahead} years later, which no price alone does"
        raise ValueError(message)
    return [
        max(1, round(mark * (1.0 + scenario.move))) if _is_plain(scenario, inverse=inverse) else 0
        for scenario in chosen.scenarios
    ]


def _is_plain(scenario: Scenario, *, inverse: bool) -> bool:
    return scenario.direction == SAME and scenario.counted(inverse=inverse) == 1.0
