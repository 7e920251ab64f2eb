"""The calculation `portfolio_margin`: a model's requirement for a portfolio, in binary floats."""

from __future__ import annotations

from math import isfinite

from msgspec import UnsetType

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
from stoplog.portfolio.shape import Margin, PortfolioError

DEFAULT = b'"default"'

TOO_LARGE = QuestionError("out_of_range", None, "the figures leave what a binary float can hold")


def answer(question: PortfolioMargin) -> PortfolioMarginResult:
    """The requirement and what led to it; `QuestionError` where the question contradicts itself or a limit."""
    model = MODELS.get(question.model)
    if model is None:
        name = shown(question.model.encode("utf-8", "replace"))
        raise QuestionError("out_of_range", "model", f"model: there is no {name}; available: {', '.join(MODELS)}")
    parameters = _parameters(question, model)
    portfolio = portfolio_of(question, model.payoff)
    try:
        found = model.margin(portfolio, parameters)
    except PortfolioError as error:
        raise QuestionError(error.code, error.field, error.message) from None
    except (OverflowError, ZeroDivisionError, ValueError):
        raise TOO_LARGE from None
    return _result(found)


def _parameters(question: PortfolioMargin, model: Model) -> object:
    if not isinstance(question.parameters, UnsetType):
        return parameters_of(bytes(question.parameters), question.model, model.parameters)
    if "default" not in shipped(question.model):
        raise QuestionError(
            "missing_field", "parameters", f"parameters: missing; none are shipped for {question.model}"
        )
    return parameters_of(DEFAULT, question.model, model.parameters)


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
