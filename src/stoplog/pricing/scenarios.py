"""Scenario sets: moves of price and volatility, what share of each profit counts, and how a volatility moves: ARR-001.

A set is data. `vector.risk_arrays` applies it to many options, the models of `stoplog.portfolio` apply its shocks to
what one portfolio holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

MONTH = 2_592_000.0
"""Seconds of 30 days: at that time left a volatility shock is its range."""

YEAR = 31_536_000.0
"""Seconds of a year of 365 days."""

Direction = Literal["Up", "None", "Down"]

WORDS: dict[Direction, str] = {"Up": "up", "None": "same", "Down": "down"}


@dataclass(frozen=True, slots=True)
class VolatilityShock:
    """How far a volatility moves: ranges at 30 days and their powers in the time left, which counts from a floor on.

    A volatility that moves up moves up to at least `least`.
    """

    range_up: float
    range_down: float
    short_power: float
    long_power: float
    floor_seconds: float = 0.0
    least: float = 0.0

    def factor(self, direction: str, seconds: float) -> float:
        """The factor on a volatility: 1 + up · g, max(0, 1 − down · g) or 1, g = (30 days / time left) ^ power.

        >>> VolatilityShock(0.5, 0.275, 0.3, 0.13, 86400.0).factor("Down", MONTH)
        0.725
        """
        if direction not in {"Up", "Down"}:
            return 1.0
        left = max(seconds, self.floor_seconds)
        if left <= 0.0:
            return 1.0
        power = self.short_power if seconds <= MONTH else self.long_power
        growth: float = (MONTH / left) ** power
        return 1.0 + self.range_up * growth if direction == "Up" else max(0.0, 1.0 - self.range_down * growth)

    def shocked(self, direction: str, volatility: float, seconds: float) -> float:
        """A volatility after the shock.

        >>> VolatilityShock(0.5, 0.25, 0.3, 0.13, least=0.5).shocked("Up", 0.3, MONTH)
        0.5
        """
        return max(volatility * self.factor(direction, seconds), self.least if direction == "Up" else 0.0)


class Scenario(NamedTuple):
    """A move of the price as a share, what volatility does, and the share of the profit that counts.

    `counted_at`: in coin, the factor on the price at which the profit is counted; None: the one of the move.
    """

    name: str
    move: float
    direction: Direction
    weight: float = 1.0
    counted_at: float | None = None

    def counted(self, *, inverse: bool) -> float:
        """What a profit is multiplied by; `inverse`: a profit in coin at the price after the move.

        >>> Scenario("far", -0.5, "Up", 0.4, 0.8).counted(inverse=True)
        0.25
        """
        if inverse and self.counted_at is not None:
            return self.weight * (1.0 + self.move) / self.counted_at
        return self.weight


class ScenarioSet(NamedTuple):
    """Scenarios, one shock for all of them, and how much later, in years, everything is valued again."""

    name: str
    scenarios: tuple[Scenario, ...]
    shock: VolatilityShock
    look_ahead: float = 0.0


def grid(moves: tuple[float, ...]) -> tuple[Scenario, ...]:
    """Every move with volatility up, the same and down.

    >>> [scenario.name for scenario in grid((-0.1, 0.0))][2:4]
    ['-10% down', '+0% up']
    """
    return tuple(
        Scenario(f"{100 * move:+.6g}% {word}", move, direction) for move in moves for direction, word in WORDS.items()
    )


def extreme(
    moves: tuple[float, ...], edge: float, direction: Direction, *, share: float = 1.0, word: str = "extreme"
) -> tuple[Scenario, ...]:
    """Remote moves, each counted by `share` · edge / |move|: a straight line loses no more than that share of the edge.

    >>> extreme((-0.66,), 0.16, "Up")[0].weight.__round__(6), extreme((-0.66,), 0.16, "Up")[0].counted_at
    (0.242424, 0.84)
    """
    return tuple(
        Scenario(
            f"{100 * move:+.6g}% {word}",
            move,
            direction,
            share * edge / abs(move),
            1.0 + (edge if move > 0.0 else -edge),
        )
        for move in moves
    )
