"""The calculation `option_margin`: the standard margin of one option, every figure exact."""

from __future__ import annotations

from fractions import Fraction

import msgspec
from msgspec import UNSET, Raw, UnsetType

from stoplog.calculator.decimals import POWER, Count, quotient
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.fields import decode
from stoplog.calculator.limits import above_zero, at_least_zero, share
from stoplog.calculator.option_questions import OptionMargin, OptionMarginResult, OptionNumbers
from stoplog.margin.option_margin import (
    ZERO,
    FeeRule,
    OptionRule,
    ShortOption,
    out_of_the_money,
    short_initial,
    short_maintenance,
    trading_fee,
)
from stoplog.venues.option_rules import PRESETS, VenueOptions, option_venue, option_venues

NEEDED = ("otm_rate", "floor_rate", "maintenance_rate")
"""Numbers without which there is no rule."""


def answer(question: OptionMargin) -> OptionMarginResult:
    """Margins and premium; `QuestionError` where a number is missing or outside its limits."""
    size = _fraction(above_zero(bytes(question.size), "size"))
    underlying = _fraction(above_zero(bytes(question.underlying), "underlying"))
    strike = _fraction(above_zero(bytes(question.strike), "strike"))
    mark = _fraction(at_least_zero(bytes(question.mark), "mark"))
    entry = mark
    if not isinstance(question.entry, UnsetType):
        entry = _fraction(at_least_zero(bytes(question.entry), "entry"))
    numbers = _numbers(question)
    base = underlying if question.payoff == "linear" else Fraction(1)
    initial = maintenance = ZERO
    if question.side == "short":
        away = out_of_the_money(question.kind, strike, underlying, base)
        option = ShortOption(question.kind, base, away, mark, entry)
        rule = _rule(numbers)
        initial, maintenance = short_initial(rule, option) * size, short_maintenance(rule, option) * size
    premium = entry * size
    result = OptionMarginResult(
        initial_margin=_text(initial), maintenance_margin=_text(maintenance), premium=_text(premium)
    )
    if "fee_rate" in numbers:
        fee = trading_fee(FeeRule(numbers["fee_rate"], numbers.get("fee_cap_rate")), base, entry) * size
        result.fee = _text(fee)
        result.cost = _text(premium + fee if question.side == "long" else max(ZERO, initial + fee - premium))
    return result


def _numbers(question: OptionMargin) -> dict[str, Fraction]:
    """The rule's numbers by name: those of the venue under those given."""
    fields: dict[str, Raw] = {}
    if not isinstance(question.venue, UnsetType):
        fields.update(_of_venue(question.venue, question.symbol))
    given = {}
    if not isinstance(question.rule, UnsetType):
        given = msgspec.structs.asdict(decode(bytes(question.rule), OptionNumbers, "rule"))
    elif question.side == "short" and not fields:
        raise QuestionError("missing_field", "rule", "rule: missing; rule or a venue that has one is needed")
    fields |= {name: value for name, value in given.items() if value is not UNSET}
    return {name: _number(name, bytes(value)) for name, value in fields.items()}


def _of_venue(name: str, symbol: str | UnsetType) -> dict[str, Raw]:
    try:
        venue = option_venue(name)
    except KeyError:
        names = ", ".join([*option_venues(), *PRESETS])
        message = f"venue: {shown(name.encode())} has no rule for options; the names are {names}"
        raise QuestionError("unknown_venue", "venue", message) from None
    return _of_symbol(venue, None if isinstance(symbol, UnsetType) else symbol)


def _of_symbol(venue: VenueOptions, symbol: str | None) -> dict[str, Raw]:
    """By the underlying that the symbol begins with."""
    underlying = None if symbol is None else symbol.partition("-")[0]
    try:
        return venue.numbers(underlying)
    except KeyError:
        carried = ", ".join(venue.symbols)
        message = f"symbol: the numbers of {shown((symbol or '').encode())} are not carried, those of {carried} are"
        raise QuestionError("missing_field", "symbol", message) from None


def _number(name: str, raw: bytes) -> Fraction:
    field = f"rule.{name}"
    if name == "factor":
        return _fraction(at_least_zero(raw, field))
    return Fraction(*share(raw, field))


def _rule(numbers: dict[str, Fraction]) -> OptionRule:
    for name in NEEDED:
        if name not in numbers:
            raise QuestionError("missing_field", f"rule.{name}", f"rule.{name}: missing")
    return OptionRule(
        numbers["otm_rate"],
        numbers["floor_rate"],
        numbers["maintenance_rate"],
        numbers.get("liquidation_fee_rate", ZERO),
        numbers.get("factor", Fraction(1)),
    )


def _fraction(count: Count) -> Fraction:
    return Fraction(count[0], POWER[count[1]])


def _text(amount: Fraction) -> str:
    return quotient(amount.numerator, amount.denominator)
