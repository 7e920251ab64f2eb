"""How volatile a mark is, and the cut that follows it without swinging: rule COL-005.

The state is folded over observations a stated interval apart; it depends on the history alone, not on a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from stoplog.collateral.terms import Regime
from stoplog.units import mul_div_up


class Weather(NamedTuple):
    """The last mark observed, the mean of the moves up to it, and the cut in force; the latter two are rates."""

    mark: int
    mean_move: int
    cut: int


def first_seen(mark: int, regime: Regime) -> Weather:
    """The state after the first observation: no move yet, the floor in force."""
    return Weather(mark, 0, regime.floor)


def target_cut(mean_move: int, regime: Regime, one: int) -> int:
    """The cut that a mean move asks for, whatever was in force before."""
    asked = mul_div_up(regime.multiple, max(0, mean_move - regime.calm), one)
    return max(regime.floor, min(regime.ceiling, asked))


def observed(weather: Weather, mark: int, regime: Regime, one: int) -> Weather:
    """The state after one more mark, above zero. Moves count in both directions, each step is rounded up.

    >>> regime = Regime(60, 4, 300, 1, 0, 50, 2, 1)
    >>> observed(Weather(100, 0, 0), 80, regime, 100), observed(Weather(100, 20, 2), 100, regime, 100)
    (Weather(mark=80, mean_move=5, cut=2), Weather(mark=100, mean_move=15, cut=4))
    """
    move = mul_div_up(abs(mark - weather.mark), one, weather.mark)
    mean_move = mul_div_up((regime.memory - 1) * weather.mean_move + move, 1, regime.memory)
    target = target_cut(mean_move, regime, one)
    return Weather(mark, mean_move, max(weather.cut - regime.fall, min(weather.cut + regime.rise, target)))


def regime_cut(marks: Iterable[int], regime: Regime, one: int) -> int:
    """The cut in force after a history of marks; the floor where there is none.

    >>> regime_cut([100, 80, 100], Regime(60, 4, 300, 1, 0, 50, 2, 1), 100), regime_cut([], Regime(*[1] * 8), 100)
    (4, 1)
    """
    history = iter(marks)
    first = next(history, None)
    if first is None:
        return regime.floor
    weather = first_seen(first, regime)
    for mark in history:
        weather = observed(weather, mark, regime, one)
    return weather.cut
