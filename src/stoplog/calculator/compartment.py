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
from stoplog.calculator.limits import above_zero, at_least_zero, leverage_of
from stoplog.calculator.policy import Rules
from stoplog.calculator.questions import Isolated
from stoplog.calculator.sources import ladder_of, rules_of
from stoplog.instruments import INVERSE, PAYOFFS, fill_value, value_lots
from stoplog.margin.close_fee import reserve_included, reserve_on_top
from stoplog.margin.tiers import initial


class Compartment(NamedTuple):
    """A question in whole numbers. Amounts are over `unit`, prices counts of 10^-`price_places`.

    `cost` is what the position is worth at entry; `purse` is all that was put in, the reserve included; `own` what of a
    given margin is not the reserve.
    """

    payoff: int
    lots: int
    multiplier: int
    price_places: int
    unit: int
    mark: int | None
    cost: int
    purse: int
    reserve: int
    own: int
    leverage: Count | None
    minimum: int
    ladder: Ladder
    rules: Rules

    @property
    def side(self) -> int:
        """1 for a long, -1 for a short."""
        return 1 if self.lots > 0 else -1

    @property
    def value_side(self) -> int:
        """The sign of the value lots."""
        return _value_side(self.payoff, self.lots)

    @property
    def notional(self) -> int:
        """The notional at entry."""
        return abs(self.cost)


class Position(NamedTuple):
    """A position as it was written: lots of 10^-`size_places`, prices counts of 10^-`price_places`."""

    payoff: int
    lots: int
    size_places: int
    entry: int
    mark: int | None
    price_places: int
    quanto: Count

    @property
    def value_side(self) -> int:
        """The sign of the value lots."""
        return _value_side(self.payoff, self.lots)


class Put(NamedTuple):
    """What was put in, as (m, k), and leverage as (λ · 10^k, 10^k); a margin of None follows from the leverage."""

    margin: Count | None
    leverage: Count | None
    extra: Count
    reserve: Count | None


def compartment(question: Isolated, *, own_leverage: bool = False) -> Compartment:
    """The question in whole numbers; `QuestionError` where it contradicts itself or a limit.

    `own_leverage`: a leverage may stand beside the margin, which does not follow from it then.
    """
    position = _position(question)
    rules = rules_of(question)
    put = _put(question, rules, own_leverage=own_leverage)
    ladder = ladder_of(question, rules.tier_rule)
    unit = _unit(position, put, rules, ladder)
    multiplier = _multiplier(position, unit)
    cost = fill_value(position.payoff, multiplier, position.entry, position.lots)
    purse, reserve, own = _put_in(put, rules, position, cost, unit)
    return Compartment(
        position.payoff,
        position.lots,
        multiplier,
        position.price_places,
        unit,
        position.mark,
        cost,
        purse,
        reserve,
        own,
        put.leverage,
        rules.minimum[0] * (unit // POWER[rules.minimum[1]]),
        ladder,
        rules,
    )


def _value_side(payoff: int, lots: int) -> int:
    return 1 if value_lots(payoff, lots) > 0 else -1


def _position(question: Isolated) -> Position:
    payoff = PAYOFFS[question.payoff]
    size, size_places = above_zero(bytes(question.size), "size")
    entry, places = above_zero(bytes(question.entry), "entry")
    mark = None
    if not isinstance(question.mark, UnsetType):
        mark, mark_places = above_zero(bytes(question.mark), "mark")
        if mark_places > places:
            entry *= POWER[mark_places - places]
            places = mark_places
        else:
            mark *= POWER[places - mark_places]
    lots = size if question.side == "long" else -size
    return Position(payoff, lots, size_places, entry, mark, places, _quanto_multiplier(question))


def _unit(position: Position, put: Put, rules: Rules, ladder: Ladder) -> int:
    """A multiple of every denominator that the rules divide by."""
    rates = lcm(ladder.one, put.leverage[0] if put.leverage is not None else 1, rules.removable_floor[1])
    margin_places = put.margin[1] if put.margin is not None else 0
    amounts = lcm(ladder.unit, POWER[max(margin_places, put.extra[1], rules.minimum[1])])
    if rules.close_fee == "reserve":
        divisor = _reserve_divisor(rules, put, position.value_side)
        rates, amounts = rates * divisor, amounts * divisor
    if position.payoff == INVERSE:
        prices = position.entry if position.mark is None else lcm(position.entry, position.mark)
        return lcm(POWER[position.size_places] * prices * rates, amounts)
    return lcm(POWER[position.size_places + position.price_places + position.quanto[1]] * rates, amounts)


def _multiplier(position: Position, unit: int) -> int:
    """What a lot is worth over `unit`, as `stoplog.instruments` has it."""
    if position.payoff == INVERSE:
        return unit * POWER[position.price_places] // POWER[position.size_places]
    count, places = position.quanto
    return unit // POWER[position.size_places + position.price_places + places] * count


def _put_in(put: Put, rules: Rules, position: Position, cost: int, unit: int) -> tuple[int, int, int]:
    """(purse, reserve, own) as amounts over `unit`."""
    if put.margin is None:
        assert put.leverage is not None, "margin or leverage is given"
        count, one = put.leverage
        own = initial(abs(cost), one, count)
    else:
        own = put.margin[0] * (unit // POWER[put.margin[1]])
    purse = own + put.extra[0] * (unit // POWER[put.extra[1]])
    if rules.close_fee != "reserve":
        return purse, 0, own
    reserve = _reserve(rules, put, purse - cost, position.value_side, unit)
    if put.margin is None:
        return purse + reserve, reserve, own
    return purse, reserve, max(0, own - reserve)


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


def _put(question: Isolated, rules: Rules, *, own_leverage: bool) -> Put:
    reserve = None
    if not isinstance(question.reserve, UnsetType):
        reserve = at_least_zero(bytes(question.reserve), "reserve")
        if reserve[0] and rules.close_fee != "reserve":
            raise QuestionError("inconsistent", "reserve", "reserve: counts only under close_fee reserve")
    extra = (0, 0) if question.extra_margin is UNSET else parse(bytes(question.extra_margin), "extra_margin")
    given = None if isinstance(question.leverage, UnsetType) else leverage_of(bytes(question.leverage), "leverage")
    if isinstance(question.margin, UnsetType):
        if given is None:
            raise QuestionError("missing_field", "margin", "margin: missing; margin or leverage is needed")
        return Put(None, given, extra, reserve)
    if given is not None and not own_leverage:
        raise QuestionError("inconsistent", None, "margin and leverage are both given; one follows from the other")
    return Put(at_least_zero(bytes(question.margin), "margin"), given, extra, reserve)


def _reserve_divisor(rules: Rules, put: Put, side: int) -> int:
    """What amounts are multiples of, so that they hold the reserve exactly."""
    if put.reserve is not None:
        return POWER[put.reserve[1]]
    fee, one = rules.fee
    return one if put.margin is None else one - side * fee


def _reserve(rules: Rules, put: Put, capital: int, side: int, unit: int) -> int:
    if put.reserve is not None:
        return put.reserve[0] * (unit // POWER[put.reserve[1]])
    by = reserve_on_top if put.margin is None else reserve_included
    return by(capital, side, *rules.fee)
