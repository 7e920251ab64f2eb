"""The calculation `liquidation_set`: all intervals of the underlying in which a compartment is liquidated."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from msgspec import UNSET, UnsetType

from stoplog.calculator.decimals import POWER, Count, parse, quotient
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.fields import decode_list
from stoplog.calculator.limits import above_zero, at_least_zero, share
from stoplog.calculator.portfolio_margin import margin_of, model_of, model_parameters
from stoplog.calculator.portfolio_models import Model
from stoplog.calculator.questions import Number
from stoplog.calculator.set_questions import LEGS_MAX, End, LiquidationSet, LiquidationSetResult, PriceSet, SetLeg
from stoplog.portfolio.below_zero import Interval, Price, TooFlat, below_zero
from stoplog.portfolio.equity_curve import ZERO, Curve, Leg, equity_curve
from stoplog.portfolio.of_legs import portfolio_at
from stoplog.portfolio.scanned import below_zero_scanned

OF_OPTIONS = ("strike", "volatility")
"""Fields that have no place in a perpetual or a future."""


def answer(question: LiquidationSet) -> LiquidationSetResult:
    """The intervals; `QuestionError` where a field is missing or has no place, or rounding decides the sign."""
    mark = _fraction(above_zero(bytes(question.mark), "mark"))
    margin = _fraction(parse(bytes(question.margin), "margin"))
    given = decode_list(bytes(question.legs), SetLeg, "legs", LEGS_MAX)
    legs = [_leg(leg, f"legs[{i}]") for i, leg in enumerate(given)]
    equity = equity_curve(margin, legs, less_maintenance=False)
    if isinstance(question.model, UnsetType):
        if question.parameters is not UNSET:
            raise QuestionError("inconsistent", "parameters", "parameters: have no place without a model")
        liquidation = _below_zero(equity_curve(margin, legs, less_maintenance=True))
    else:
        parameters = model_parameters(question.parameters, question.model)
        left = _covered(margin, legs, model_of(question.model), parameters)
        liquidation = below_zero_scanned(left, float(mark), {float(leg.strike) for leg in legs if leg.strike})
    return LiquidationSetResult(
        liquidation=_price_set(mark, liquidation), bankruptcy=_price_set(mark, _below_zero(equity))
    )


def _covered(margin: Fraction, legs: list[Leg], model: Model, parameters: object) -> Callable[[float], float]:
    """Equity less what a model requires, by the price of the underlying."""
    equity = equity_curve(margin, legs, less_maintenance=False)

    def at(price: float) -> float:
        found = margin_of(model, portfolio_at(price, float(margin), legs), parameters)
        return equity.value(price) - found.maintenance_margin

    return at


def _below_zero(curve: Curve) -> list[Interval]:
    try:
        return below_zero(curve)
    except TooFlat:
        message = "legs: they cancel each other but for rounding, which decides the sign"
        raise QuestionError("out_of_range", "legs", message) from None


def _price_set(mark: Fraction, intervals: list[Interval]) -> PriceSet:
    ends = [end for interval in intervals for end in interval if end is not None]
    return PriceSet(
        intervals=[(_end(low), _end(high)) for low, high in intervals],
        below=_end(max((end for end in ends if end <= mark), default=None)),
        above=_end(min((end for end in ends if end > mark), default=None)),
    )


def _leg(leg: SetLeg, path: str) -> Leg:
    try:
        size = _fraction(above_zero(bytes(leg.size), "size"))
        rate = ZERO
        if not isinstance(leg.maintenance_rate, UnsetType):
            rate = Fraction(*share(bytes(leg.maintenance_rate), "maintenance_rate"))
        signed = size if leg.side == "long" else -size
        if leg.kind in {"perpetual", "future"}:
            _check_fields(leg)
            entry = _fraction(above_zero(bytes(leg.entry), "entry"))
            return Leg(leg.kind, signed, entry, ZERO, 0.0, _years(leg, needed=False), rate)
        premium = _fraction(at_least_zero(bytes(leg.entry), "entry"))
        strike = _fraction(above_zero(_needed(leg.strike, "strike"), "strike"))
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
    return float(_fraction(at_least_zero(_needed(leg.expiry_years, "expiry_years"), "expiry_years")))


def _volatility(leg: SetLeg, years: float) -> float:
    """The volatility, which is needed before expiry alone."""
    if not years and leg.volatility is UNSET:
        return 0.0
    return float(_fraction(at_least_zero(_needed(leg.volatility, "volatility"), "volatility")))


def _needed(number: Number | UnsetType, name: str) -> bytes:
    if isinstance(number, UnsetType):
        raise QuestionError("missing_field", name, f"{name}: missing; an option needs it")
    return bytes(number)


def _fraction(count: Count) -> Fraction:
    return Fraction(count[0], POWER[count[1]])


def _end(price: Price | None) -> End:
    return quotient(price.numerator, price.denominator) if isinstance(price, Fraction) else price
