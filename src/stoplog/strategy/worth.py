"""What a strategy is worth at the mark, leg by leg and as a whole, and what it must hold: STG-002."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from stoplog.calculator.set_compartment import Compartment
from stoplog.portfolio.below_zero import Interval
from stoplog.portfolio.equity_curve import Leg
from stoplog.portfolio.shape import Charge
from stoplog.pricing.black import black76
from stoplog.strategy.settling import Worst, at_one_price, at_own_prices

DAYS = 365
"""Days of a year."""


@dataclass(frozen=True, slots=True)
class LegWorth:
    """One leg at the mark: the value of one unit; of the whole leg profit, delta, vega per point, theta per day."""

    leg: Leg
    value: float
    profit: float
    delta: float
    vega: float
    theta: float


@dataclass(frozen=True, slots=True)
class Worth:
    """Everything a quote says. `premium`: received for options, below zero paid. `options`: what they are worth.

    `charges` are the model's, by name, with the part that counts in maintenance; empty without a model.
    """

    legs: Sequence[LegWorth]
    premium: float
    options: float
    profit: float
    equity: float
    maintenance: float
    charges: Sequence[Charge]
    liquidated: Sequence[Interval]
    bankrupt: Sequence[Interval]
    worst: Worst | None
    worst_by_expiry: Fraction | None


def worth(held: Compartment) -> Worth:
    """The figures of a compartment at its mark; `QuestionError` where its model refuses or rounding decides."""
    mark = float(held.mark)
    legs = [leg_worth(leg, mark) for leg in held.legs]
    options = [each for each in legs if each.leg.strike]
    required = held.required(mark)
    return Worth(
        legs,
        premium=sum(-float(each.leg.size * each.leg.entry) for each in options),
        options=sum(float(each.leg.size) * each.value for each in options),
        profit=sum(each.profit for each in legs),
        equity=held.equity().value(mark),
        maintenance=float(held.rate_sum * held.mark) if required is None else required.maintenance_margin,
        charges=[] if required is None else required.charges,
        liquidated=held.liquidated(),
        bankrupt=held.bankrupt(),
        worst=at_one_price(held.legs),
        worst_by_expiry=at_own_prices(held.legs),
    )


def leg_worth(leg: Leg, mark: float) -> LegWorth:
    """One leg at a price of the underlying, undiscounted (PRI-001)."""
    size = float(leg.size)
    if not leg.strike:
        return LegWorth(leg, mark, size * (mark - float(leg.entry)), size, 0.0, 0.0)
    priced = black76(mark, float(leg.strike), leg.years, leg.volatility, is_call=leg.kind == "call")
    profit = size * (priced.price - float(leg.entry))
    return LegWorth(
        leg, priced.price, profit, size * priced.delta, size * priced.vega / 100, size * priced.theta / DAYS
    )
