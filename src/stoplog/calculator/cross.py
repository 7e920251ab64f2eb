"""The calculation `cross`: a purse with many positions, every figure exact.

The health of the purse is the sum of the healths of its parts. A liquidation price is that of one instrument, the
marks of the others and the prices of collateral held; positions of one symbol at one mark are of one instrument.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from stoplog.calculator.cross_questions import Cross, CrossPositionResult, CrossResult
from stoplog.calculator.decimals import quotient
from stoplog.calculator.purse import Held, Purse, purse
from stoplog.calculator.rounding import surd_text
from stoplog.instruments import INVERSE
from stoplog.margin.cross import Rest, instrument
from stoplog.margin.health import Health, total
from stoplog.margin.surds import Surd


class Bounds(NamedTuple):
    """The lot values at which a position's instrument brings the purse down; None where there is none."""

    liquidation: Surd | None
    bankruptcy: Surd | None


def answer(question: Cross) -> CrossResult:
    """Every figure of one purse; `QuestionError` where the question contradicts itself or a limit."""
    p = purse(question)
    positions = total(_in_purse(p, held) for held in p.held)
    whole = p.rest + positions
    free = whole._replace(equity=whole.equity - sum(held.reserve * (p.unit // held.unit) for held in p.held))
    liquidatable = free.maintenance > 0 and free.breached
    bounds = _bounds(p, free, liquidatable=liquidatable)
    return CrossResult(
        equity=quotient(whole.equity, p.unit),
        unrealised_profit=quotient(positions.equity, p.unit),
        initial_margin=quotient(whole.initial, p.unit),
        maintenance_margin=quotient(whole.maintenance, p.unit),
        margin_ratio=quotient(free.maintenance, free.equity) if free.equity else None,
        liquidatable=liquidatable,
        positions=[
            _figures(held, bound, liquidatable=liquidatable) for held, bound in zip(p.held, bounds, strict=True)
        ],
    )


def _in_purse(p: Purse, held: Held) -> Health:
    return held.health.scaled(p.unit // held.unit)


def _bounds(p: Purse, free: Health, *, liquidatable: bool) -> list[Bounds]:
    """The bounds of each position; `free` is the health of the purse less what is set aside for closing."""
    found: dict[tuple[object, bool], Bounds] = {}
    keys = _instruments(p.held)
    moved: dict[object, list[Held]] = {}
    for key, held in zip(keys, p.held, strict=True):
        moved.setdefault(key, []).append(held)
    for key, positions in moved.items():
        own = total(_in_purse(p, held) for held in positions)
        rest = Rest(free.equity - own.equity, free.maintenance - own.maintenance)
        along = instrument([held.leg.scaled(p.unit // held.unit) for held in positions], rest, positions[0].at)
        for upwards in {held.leg.side < 0 for held in positions}:
            liquidation = None if liquidatable else along.liquidation(upwards=upwards)
            found[key, upwards] = Bounds(liquidation, along.bankruptcy(upwards=upwards))
    return [found[key, held.leg.side < 0] for key, held in zip(keys, p.held, strict=True)]


def _instruments(positions: list[Held]) -> list[object]:
    """By position, what those that one price moves have in common; a position without a symbol is alone."""
    symbols = [held.symbol for held in positions if held.symbol is not None]
    if len(set(symbols)) == len(symbols):
        return list(range(len(positions)))
    return [
        number if held.symbol is None else (held.symbol, held.c.payoff, Fraction(held.at.whole, held.at.divisor))
        for number, held in enumerate(positions)
    ]


def _figures(held: Held, bounds: Bounds, *, liquidatable: bool) -> CrossPositionResult:
    result = CrossPositionResult(
        symbol=held.symbol,
        notional=quotient(held.notional, held.unit),
        unrealised_profit=quotient(held.health.equity, held.unit),
        initial_margin=quotient(held.health.initial, held.unit),
        maintenance_margin=quotient(held.health.maintenance, held.unit),
        liquidation_price=_price(held, bounds.liquidation),
        bankruptcy_price=_price(held, bounds.bankruptcy),
    )
    if bounds.liquidation is None:
        result.liquidation_reason = "already" if liquidatable else "never"
    return result


def _price(held: Held, value: Surd | None) -> str | None:
    """The price at a lot value, rounded as the policy says."""
    if value is None:
        return None
    c = held.c
    price = value.inverse() if c.payoff == INVERSE else value
    return surd_text(price, c.rules.price_rounding, c.rules.tick, c.side)
