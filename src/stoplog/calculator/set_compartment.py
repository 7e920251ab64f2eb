"""The compartment that a question `liquidation_set` describes: its legs, what it is worth, what it must hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from msgspec import UNSET, UnsetType

from stoplog.calculator.decimals import POWER, Count, parse
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.fields import decode_list
from stoplog.calculator.limits import above_zero, at_least_zero, share
from stoplog.calculator.portfolio_margin import margin_of, model_of, model_parameters
from stoplog.calculator.portfolio_models import Model
from stoplog.calculator.questions import Number
from stoplog.calculator.set_questions import LEGS_MAX, LiquidationSet, SetLeg
from stoplog.portfolio.below_zero import Interval, TooFlat, below_zero
from stoplog.portfolio.equity_curve import ZERO, Curve, Leg, equity_curve
from stoplog.portfolio.of_legs import portfolio_at
from stoplog.portfolio.scanned import below_zero_scanned
from stoplog.portfolio.shape import Margin

OF_OPTIONS = ("strike", "volatility")
"""Fields that have no place in a perpetual or a future."""


@dataclass(frozen=True, slots=True)
class Compartment:
    """Legs on one underlying and the margin that was put in; without a model each leg has its maintenance rate."""

    mark: Fraction
    margin: Fraction
    legs: Sequence[Leg]
    model: Model | None = None
    parameters: object = None

    def equity(self) -> Curve:
        """Equity by the price of the underlying: LSET-001."""
        return equity_curve(self.margin, self.legs, less_maintenance=False)

    def required(self, price: float) -> Margin | None:
        """What the model requires at a price; None without a model. `QuestionError` where it cannot margin the legs."""
        if self.model is None:
            return None
        return margin_of(self.model, portfolio_at(price, float(self.margin), self.legs), self.parameters)

    def liquidated(self) -> list[Interval]:
        """Where equity is below maintenance; `QuestionError` where rounding decides."""
        if self.model is None:
            return _below_zero(equity_curve(self.margin, self.legs, less_maintenance=True))
        equity = self.equity()
        strikes = {float(leg.strike) for leg in self.legs if leg.strike}
        return below_zero_scanned(lambda price: self.covered(equity, price), float(self.mark), strikes)

    def bankrupt(self) -> list[Interval]:
        """Where equity is below zero; `QuestionError` where rounding decides."""
        return _below_zero(self.equity())

    def covered(self, equity: Curve, price: float) -> float:
        """Equity less what the model requires, or less the rates' part, in binary floats; `equity` is `equity()`."""
        found = self.required(price)
        if found is not None:
            return equity.value(price) - found.maintenance_margin
        return equity.value(price) - float(self.rate_sum) * price

    @property
    def rate_sum(self) -> Fraction:
        """Σ maintenance rate · |size|: maintenance per unit of price, without a model."""
        return sum((leg.maintenance_rate * abs(leg.size) for leg in self.legs), ZERO)


def compartment(question: LiquidationSet) -> Compartment:
    """The compartment of a question; `QuestionError` where a field is missing, wrong or has no place."""
    mark = fraction(above_zero(bytes(question.mark), "mark"))
    margin = fraction(parse(bytes(question.margin), "margin"))
    given = decode_list(bytes(question.legs), SetLeg, "legs", LEGS_MAX)
    legs = [_leg(leg, f"legs[{i}]") for i, leg in enumerate(given)]
    if not isinstance(question.model, UnsetType):
        parameters = model_parameters(question.parameters, question.model)
        return Compartment(mark, margin, legs, model_of(question.model), parameters)
    if question.parameters is not UNSET:
        raise QuestionError("inconsistent", "parameters", "parameters: have no place without a model")
    return Compartment(mark, margin, legs)


def fraction(count: Count) -> Fraction:
    """The fraction that a decimal is.

    >>> fraction((105, 1))
    Fraction(21, 2)
    """
    return Fraction(count[0], POWER[count[1]])


def _below_zero(curve: Curve) -> list[Interval]:
    try:
        return below_zero(curve)
    except TooFlat:
        message = "legs: they cancel each other but for rounding, which decides the sign"
        raise QuestionError("out_of_range", "legs", message) from None


def _leg(leg: SetLeg, path: str) -> Leg:
    try:
        size = fraction(above_zero(bytes(leg.size), "size"))
        rate = ZERO
        if not isinstance(leg.maintenance_rate, UnsetType):
            rate = Fraction(*share(bytes(leg.maintenance_rate), "maintenance_rate"))
        signed = size if leg.side == "long" else -size
        if leg.kind in {"perpetual", "future"}:
            _check_fields(leg)
            entry = fraction(above_zero(bytes(leg.entry), "entry"))
            return Leg(leg.kind, signed, entry, ZERO, 0.0, _years(leg, needed=False), rate)
        premium = fraction(at_least_zero(bytes(leg.entry), "entry"))
        strike = fraction(above_zero(_needed(leg.strike, "strike"), "strike"))
        years = _years(leg, needed=True)
        return Leg(leg.kind, signed, premium, strike, _volatility(leg, years), years, rate)
    except QuestionError as error:
        raise error.within(path) from None


def _check_fields(leg: SetLeg) -> None:
    for name in OF_OPTIONS:
        if getattr(leg, name) is not UNSET:
            raise QuestionError("inconsistent", name, f"{name}: has no place in a {leg.kind}")


def _years(leg: SetLeg, *, needed: bool) -> float:
    """The time left; 0 where nothing is said and nothing is needed."""
    if leg.expiry_years is UNSET and not needed:
        return 0.0
    return float(fraction(at_least_zero(_needed(leg.expiry_years, "expiry_years"), "expiry_years")))


def _volatility(leg: SetLeg, years: float) -> float:
    """The volatility, which is needed before expiry alone."""
    if not years and leg.volatility is UNSET:
        return 0.0
    return float(fraction(at_least_zero(_needed(leg.volatility, "volatility"), "volatility")))


def _needed(number: Number | UnsetType, name: str) -> bytes:
    if isinstance(number, UnsetType):
        raise QuestionError("missing_field", name, f"{name}: missing; an option needs it")
    return bytes(number)
