"""One position, asked of the calculator from several sides: now, with more or less margin, and along the price.

Every figure is an answer of `stoplog calc`; nothing is reckoned here but how far two of them are apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast, get_args

import msgspec

from stoplog.calculator.errors import Code, QuestionError
from stoplog.calculator.lines import answer_line
from stoplog.calculator.questions import Payoff
from stoplog.venues.presets import VENUES, preset

Question = dict[str, Any]
Figures = dict[str, Any]
"""A result with its numbers as decimals."""

SHARES = tuple(Decimal(share) for share in ("-0.5", "-0.25", "-0.1", "0.1", "0.25", "0.5", "1"))
"""By how much of what is in the compartment its margin is changed."""

CHANGE_DIGITS = 6
"""Significant digits of such a change: a person would not type more."""

FLAG = {"tiers": "--maintenance-rate or --symbol"}
"""The flags that set a field where its name does not say so."""

REASONS = ("liquidation_reason",)


@dataclass(frozen=True, slots=True)
class Change:
    """Margin added, or taken out where below zero, what follows from it, and whether it may be done."""

    amount: Decimal
    figures: Figures
    allowed: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """A position, the answers about it as it is, and those with its margin changed."""

    question: Question
    figures: Figures
    changes: tuple[Change, ...] = ()

    @property
    def mark(self) -> Decimal:
        """The mark price; the entry where none was given."""
        return Decimal(self.question["mark"])

    @property
    def purse(self) -> Decimal:
        """What is in the compartment, unrealised profit aside."""
        purse: Decimal = self.figures["equity"] - self.figures["unrealised_profit"]
        return purse

    def curve(self, prices: list[float]) -> list[tuple[float, float, float]]:
        """(price, equity, maintenance) at each price, as floats for a chart."""
        return [self._point(repr(price)) for price in prices]

    def _point(self, price: str) -> tuple[float, float, float]:
        figures = ask(self.question | {"mark": price})
        return float(price), float(figures["equity"]), float(figures["maintenance_margin"])


def quote(given: dict[str, str]) -> Quote:
    """The quote of a position from the values of a person's flags; `QuestionError` names the flag at fault."""
    try:
        question = _question(given)
        figures = ask(question)
    except QuestionError as error:
        raise _as_flag(error) from None
    as_it_is = Quote(question, figures)
    amounts = {round_amount(as_it_is.purse * share) for share in SHARES if as_it_is.purse > 0}
    most: Decimal = figures["removable_margin"]
    found = (_change(as_it_is, amount) for amount in sorted(amounts | ({-most} if most else set())))
    return replace(as_it_is, changes=tuple(change for change in found if change is not None))


def ask(question: Question) -> Figures:
    """The calculator's result for `question`, its numbers as decimals; `QuestionError` where it refuses."""
    line, good = answer_line(msgspec.json.encode(question))
    answer = msgspec.json.decode(line)
    if not good:
        error = answer["error"]
        raise QuestionError(cast("Code", error["code"]), error["field"], error["message"])
    figures: Figures = answer["result"]
    return {
        name: Decimal(value) if isinstance(value, str) and name not in REASONS else value
        for name, value in figures.items()
    }


def _question(given: dict[str, str]) -> Question:
    """The question that the flags stand for: payoff from the venue, mark from the entry where they are left out."""
    question: Question = {"calculate": "isolated", **given}
    venue = given.get("venue")
    question.setdefault("payoff", preset(venue).payoff if venue in VENUES else get_args(Payoff)[0])
    question.setdefault("mark", given.get("entry"))
    if "fee_rate" in question:
        question["policy"] = {"fee_rate": question.pop("fee_rate")}
    return question


def round_amount(amount: Decimal) -> Decimal:
    """The amount to `CHANGE_DIGITS` significant digits, half even.

    >>> round_amount(Decimal("-33333.3333"))
    Decimal('-33333.3')
    """
    return round(amount, CHANGE_DIGITS - 1 - amount.adjusted())


def _change(quote: Quote, amount: Decimal) -> Change | None:
    """What follows from a change of margin; None where the margin would be outside what the calculator takes."""
    extra = Decimal(quote.question.get("extra_margin", "0")) + amount
    try:
        changed = ask(quote.question | {"extra_margin": format(extra, "f")})
    except QuestionError as error:
        if error.field != "extra_margin":
            raise
        return None
    return Change(amount, changed, allowed=-amount <= quote.figures["removable_margin"])


def _as_flag(error: QuestionError) -> QuestionError:
    """The error with the field written as the flag that sets it."""
    field = error.field
    if field is None:
        return error
    name = FLAG.get(field, "--" + field.removeprefix("policy.").replace("_", "-"))
    return QuestionError(error.code, name, name + error.message.removeprefix(field))
