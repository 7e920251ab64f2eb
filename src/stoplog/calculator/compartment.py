"""One compartment in whole numbers: lots of 10^-k of the size, prices counted in 10^-k, amounts over a unit.

The unit is a multiple of every denominator that the rules divide by, so that none of their roundings takes
anything away.
"""

from __future__ import annotations

from math import lcm
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from stoplog.calculator.decimals import POWER, Count, parse
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.ladder import Ladder
from stoplog.calculator.policy import Rules, above_zero, at_least_zero
from stoplog.calculator.questions import Isolated
from stoplog.calculator.sources import ladder_of, rules_of
from stoplog.instruments import INVERSE, PAYOFFS, fill_value, notional_up
from stoplog.margin.close_fee import reserve_included, reserve_on_top
from stoplog.margin.tiers import Tier, initial


class Compartment(NamedTuple):
    """A question in whole numbers. Amounts are over `unit`, prices counts of 10^-`price_places`.

    `purse` is all that was put in, the reserve included; `own` what of a given margin is not the reserve.
    """

    payoff: int
    side: int
    lots: int
    multiplier: int
    price_places: int
    unit: int
    entry: int
    mark: int | None
    cost: int
    notional: int
    purse: int
    reserve: int
    own: int
    leverage: Count | None
    minimum: int
    ladder: Ladder
    tiers: list[Tier]
    rules: Rules


class Put(NamedTuple):
    """What was put in, as (m, k), and leverage as (λ · 10^k, 10^k) where that was given in place of the margin."""

    margin: Count
    leverage: Count | None
    extra: Count
    reserve: Count | None


def compartment(question: Isolated) -> Compartment:
    """The question in whole numbers; `QuestionError` where it contradicts itself or a limit."""
    payoff = PAYOFFS[question.payoff]
    side = 1 if question.side == "long" else -1
    size, size_places = above_zero(bytes(question.size), "size")
    entry, entry_places = above_zero(bytes(question.entry), "entry")
    mark, mark_places = (entry, entry_places) if question.mark is UNSET else above_zero(bytes(question.mark), "mark")
    quanto, quanto_places = _quanto_multiplier(question)
    rules = rules_of(question)
    put = _put(question, rules)
    ladder = ladder_of(question, rules.tier_rule)
    price_places = max(entry_places, mark_places)
    entry *= POWER[price_places - entry_places]
    mark *= POWER[price_places - mark_places]
    lots_side = -side if payoff == INVERSE else side
    rates = lcm(ladder.one, put.leverage[0] if put.leverage is not None else 1, rules.removable_floor[1])
    amounts = lcm(ladder.unit, POWER[max(put.margin[1], put.extra[1], rules.minimum[1])])
    if rules.close_fee == "reserve":
        divisor = _reserve_divisor(rules, put, lots_side)
        rates, amounts = rates * divisor, amounts * divisor
    if payoff == INVERSE:
        unit = lcm(POWER[size_places] * lcm(entry, mark) * rates, amounts)
        multiplier = unit * POWER[price_places] // POWER[size_places]
    else:
        places = POWER[size_places + price_places + quanto_places]
        unit = lcm(places * rates, amounts)
        multiplier = unit // places * quanto
    notional = notional_up(payoff, multiplier, entry, size)
    if put.leverage is not None:
        count, one = put.leverage
        own = initial(notional, one, count)
    else:
        own = put.margin[0] * (unit // POWER[put.margin[1]])
    purse = own + put.extra[0] * (unit // POWER[put.extra[1]])
    cost = fill_value(payoff, multiplier, entry, side * size)
    reserve = 0
    if rules.close_fee == "reserve":
        reserve = _reserve(rules, put, purse - cost, lots_side, unit)
        if put.leverage is not None:
            purse += reserve
        else:
            own = max(0, own - reserve)
    return Compartment(
        payoff,
        side,
        side * size,
        multiplier,
        price_places,
        unit,
        entry,
        None if question.mark is UNSET else mark,
        cost,
        notional,
        purse,
        reserve,
        own,
        put.leverage,
        rules.minimum[0] * (unit // POWER[rules.minimum[1]]),
        ladder,
        ladder.over(unit),
        rules,
    )


def _quanto_multiplier(question: Isolated) -> Count:
    if question.payoff == "quanto":
        if isinstance(question.quanto_multiplier, UnsetType):
            raise QuestionError("missing_field", "quanto_multiplier", "quanto_multiplier: needed for payoff quanto")
        return above_zero(bytes(question.quanto_multiplier), "quanto_multiplier")
    if question.quanto_multiplier is not UNSET:
        raise QuestionError(
            "inconsistent", "quanto_multiplier", f"quanto_multiplier: has no place in payoff {question.payoff}"
        )
    return 1, 0


def _put(question: Isolated, rules: Rules) -> Put:
    reserve = None
    if not isinstance(question.reserve, UnsetType):
        reserve = at_least_zero(bytes(question.reserve), "reserve")
        if reserve[0] and rules.close_fee != "reserve":
            raise QuestionError("inconsistent", "reserve", "reserve: counts only under close_fee reserve")
    extra = (0, 0) if question.extra_margin is UNSET else parse(bytes(question.extra_margin), "extra_margin")
    if isinstance(question.leverage, UnsetType):
        if isinstance(question.margin, UnsetType):
            raise QuestionError("missing_field", "margin", "margin: missing; margin or leverage is needed")
        return Put(at_least_zero(bytes(question.margin), "margin"), None, extra, reserve)
    if question.margin is not UNSET:
        raise QuestionError("inconsistent", None, "margin and leverage are both given; one follows from the other")
    count, places = above_zero(bytes(question.leverage), "leverage")
    return Put((0, 0), (count, POWER[places]), extra, reserve)


def _reserve_divisor(rules: Rules, put: Put, side: int) -> int:
    """What amounts are multiples of, so that they hold the reserve exactly."""
    if put.reserve is not None:
        return POWER[put.reserve[1]]
    fee, one = rules.fee
    return one if put.leverage is not None else one - side * fee


def _reserve(rules: Rules, put: Put, capital: int, side: int, unit: int) -> int:
    if put.reserve is not None:
        return put.reserve[0] * (unit // POWER[put.reserve[1]])
    by = reserve_on_top if put.leverage is not None else reserve_included
    return by(capital, side, *rules.fee)
