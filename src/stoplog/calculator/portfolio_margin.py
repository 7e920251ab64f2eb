"""The calculation `portfolio_margin`: a model's requirement for a portfolio, in binary floats."""

from __future__ import annotations

from math import isfinite

from msgspec import Raw, UnsetType

from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.portfolio_models import MODELS, Model
from stoplog.calculator.portfolio_parameters import parameters_of, shipped
from stoplog.calculator.portfolio_questions import (
    PortfolioMargin,
    PortfolioMarginResult,
    ScenarioResult,
    ValuesResult,
)
from stoplog.calculator.portfolio_reading import portfolio_of
from stoplog.portfolio.shape import Margin, Portfolio, PortfolioError

DEFAULT = b'"default"'

TOO_LARGE = QuestionError("out_of_range", None, "the figures leave what a binary float can hold")


def answer(question: PortfolioMargin) -> PortfolioMarginResult:
    """The requirement and what led to it; `QuestionError` where the question contradicts itself or a limit."""
    model = model_of(question.model)
    parameters = model_parameters(question.parameters, question.model)
    return _result(margin_of(model, portfolio_of(question, model.payoff), parameters))


def model_of(name: str) -> Model:
    """The model of a name; `QuestionError` where there is none."""
    model = MODELS.get(name)
    if model is None:
        given = shown(name.encode("utf-8", "replace"))
        raise QuestionError("out_of_range", "model", f"model: there is no {given}; available: {', '.join(MODELS)}")
    return model


def model_parameters(given: Raw | UnsetType, name: str) -> object:
    """The parameters of a model: those given, inline or by name, else the set `default`."""
    kind = model_of(name).parameters
    if not isinstance(given, UnsetType):
        return parameters_of(bytes(given), name, kind)
    if "default" not in shipped(name):
        sets = ", ".join(shipped(name)) or "none"
        raise QuestionError("missing_field", "parameters", f"parameters: missing; the sets of {name} are {sets}")
    return parameters_of(DEFAULT, name, kind)


def margin_of(model: Model, portfolio: Portfolio, parameters: object) -> Margin:
    """The answer of a model; `QuestionError` where it cannot margin the portfolio."""
    try:
        return model.margin(portfolio, parameters)
    except PortfolioError as error:
        raise QuestionError(error.code, error.field, error.message) from None
    except (OverflowError, ZeroDivisionError, ValueError):
        raise TOO_LARGE from None


def _result(found: Margin) -> PortfolioMarginResult:
    """The answer; every zero is written without a sign."""
    values = found.values
    result = PortfolioMarginResult(
        mark_to_market=values.total + 0.0,
        maintenance_margin=found.maintenance_margin + 0.0,
        initial_margin=found.initial_margin + 0.0,
        scenarios=[ScenarioResult(name=one.name, profit=one.profit + 0.0) for one in found.scenarios],
        worst_scenario=found.worst_scenario,
        charges={charge.name: charge.amount + 0.0 for charge in found.charges},
        values=ValuesResult(
            options=values.options + 0.0,
            collateral=values.collateral + 0.0,
            perpetuals=values.perpetuals + 0.0,
            cash=values.cash + 0.0,
        ),
    )
    figures = [result.mark_to_market, result.maintenance_margin, result.initial_margin, *result.charges.values()]
    if not all(map(isfinite, [*figures, *(one.profit for one in result.scenarios)])):
        raise TOO_LARGE
    return result
