"""The calculation `isolated`: one position, one compartment, every figure exact.

The decimals of a question are made whole: lots of 10^-k of the size, prices counted in 10^-k, amounts over a
unit that every figure is a multiple of. Then the rules of the engine are called, which work on unlimited
integers; in these units none of their roundings takes anything away.
"""

from __future__ import annotations

from decimal import Decimal
from math import lcm
from typing import NamedTuple

from msgspec import UNSET, Raw, UnsetType

from stoplog.calculator.decimals import POWER, Count, parse, quotient
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.ladder import Ladder
from stoplog.calculator.policy import Rules, above_zero, at_least_zero
from stoplog.calculator.questions import Isolated, IsolatedResult
from stoplog.calculator.rounding import price_text
from stoplog.calculator.sources import ladder_of, rules_of
from stoplog.instruments import INVERSE, PAYOFFS, fill_value, notional_up, value_lots
from stoplog.margin.first_price import Root, first_root, requirement_root
from stoplog.margin.health import Health
from stoplog.margin.isolated import equity, removable
from stoplog.margin.thresholds import lot_value_root, root_tier
from stoplog.margin.tiers import Tier, initial, maintenance, tier_index


class Compartment(NamedTuple):
    """A question in whole numbers. Amounts are over `unit`, prices counts of 10^-`price_places`."""

    payoff: int
    side: int
    lots: int
    multiplier: int
    price_places: int
    unit: int
    entry: int
    mark: int | None
    margin: int
    extra: int
    leverage: Count | None
    minimum: int
    ladder: Ladder
    tiers: list[Tier]
    rules: Rules


def answer(question: Isolated) -> IsolatedResult:
    """Every figure of one compartment; `QuestionError` where the question contradicts itself or a limit."""
    c = _whole(question)
    cost = fill_value(c.payoff, c.multiplier, c.entry, c.lots)
    notional = notional_up(c.payoff, c.multiplier, c.entry, c.lots)
    purse = c.margin + c.extra
    value = value_lots(c.payoff, c.lots)
    unit = Decimal(c.unit)
    bankruptcy = _price(c, lot_value_root(value, purse - cost, 0, 0, 1))
    result = IsolatedResult(
        notional_at_entry=quotient(notional, unit),
        initial_margin=quotient(_initial(c, notional, tier_index(c.tiers, notional, 1, 1)), unit),
        liquidation_price=None,
        bankruptcy_price=bankruptcy,
        bankruptcy_price_with_fee=_price_with_fee(c, value, purse - cost) if c.rules.fee[0] else bankruptcy,
        close_fee_reserve="0",
        max_loss=quotient(max(0, purse), unit),
    )
    if c.mark is not None:
        _add_figures_at_mark(c, c.mark, cost, purse, result)
    if result.liquidatable is True:
        result.liquidation_reason = "already"
    else:
        result.liquidation_price = _price(c, _liquidation_root(c, value, purse - cost))
        if result.liquidation_price is None:
            result.liquidation_reason = "never"
    return result


def _price_with_fee(c: Compartment, value: int, capital: int) -> str | None:
    fee, one = c.rules.fee
    return _price(c, lot_value_root(value, capital, fee, 0, one))


def _whole(question: Isolated) -> Compartment:
    """The question in whole numbers: `unit` is a multiple of every denominator that the rules divide by."""
    payoff = PAYOFFS[question.payoff]
    side = 1 if question.side == "long" else -1
    size, size_places = above_zero(bytes(question.size), "size")
    entry, entry_places = above_zero(bytes(question.entry), "entry")
    mark, mark_places = (entry, entry_places) if question.mark is UNSET else above_zero(bytes(question.mark), "mark")
    quanto, quanto_places = _quanto_multiplier(question)
    margin, leverage = _margin_or_leverage(question)
    extra = (0, 0) if question.extra_margin is UNSET else parse(bytes(question.extra_margin), "extra_margin")
    rules = rules_of(question)
    ladder = ladder_of(question)
    price_places = max(entry_places, mark_places)
    entry *= POWER[price_places - entry_places]
    mark *= POWER[price_places - mark_places]
    rates = lcm(ladder.one, leverage[0] if leverage is not None else 1, rules.removable_floor[1])
    amounts = lcm(ladder.unit, POWER[max(margin[1], extra[1], rules.minimum[1])])
    if payoff == INVERSE:
        unit = lcm(POWER[size_places] * lcm(entry, mark) * rates, amounts)
        multiplier = unit * POWER[price_places] // POWER[size_places]
    else:
        places = POWER[size_places + price_places + quanto_places]
        unit = lcm(places * rates, amounts)
        multiplier = unit // places * quanto
    if leverage is not None:
        count, one = leverage
        own = initial(notional_up(payoff, multiplier, entry, size), one, count)
    else:
        own = margin[0] * (unit // POWER[margin[1]])
    return Compartment(
        payoff,
        side,
        side * size,
        multiplier,
        price_places,
        unit,
        entry,
        None if question.mark is UNSET else mark,
        own,
        extra[0] * (unit // POWER[extra[1]]),
        leverage,
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


def _margin_or_leverage(question: Isolated) -> tuple[Count, Count | None]:
    """The margin as (m, k), and leverage as (λ · 10^k, 10^k) where that was given instead."""
    if question.reserve is not UNSET and at_least_zero(_bytes(question.reserve), "reserve")[0]:
        raise QuestionError("inconsistent", "reserve", "reserve: counts only under close_fee reserve")
    if isinstance(question.leverage, UnsetType):
        if isinstance(question.margin, UnsetType):
            raise QuestionError("missing_field", "margin", "margin: missing; margin or leverage is needed")
        return at_least_zero(bytes(question.margin), "margin"), None
    if question.margin is not UNSET:
        raise QuestionError("inconsistent", None, "margin and leverage are both given; one follows from the other")
    count, places = above_zero(bytes(question.leverage), "leverage")
    return (0, 0), (count, POWER[places])


def _bytes(raw: Raw | UnsetType) -> bytes:
    assert not isinstance(raw, UnsetType), "only asked of a field that was given"
    return bytes(raw)


def _initial(c: Compartment, notional: int, tier: int) -> int:
    """The initial requirement of a notional in a tier: by leverage, by the tier, or the margin that was given."""
    if c.leverage is not None:
        count, one = c.leverage
        return initial(notional, one, count)
    rate = c.ladder.initial_rates[tier]
    return c.margin if rate is None else initial(notional, rate, c.ladder.one)


def _add_figures_at_mark(c: Compartment, mark: int, cost: int, purse: int, result: IsolatedResult) -> None:
    notional = notional_up(c.payoff, c.multiplier, mark, c.lots)
    i = tier_index(c.tiers, notional, 1, 1)
    tier = c.tiers[i]
    floor_rate, floor_one = c.rules.removable_floor
    held = Health(
        equity(c.payoff, c.multiplier, mark, c.lots, cost, purse),
        max(_initial(c, notional, i), initial(notional, floor_rate, floor_one)),
        max(c.minimum, maintenance(notional, tier.rate, tier.deduction, c.ladder.one)),
    )
    unit = Decimal(c.unit)
    result.notional = quotient(notional, unit)
    result.unrealised_profit = quotient(held.equity - purse, unit)
    result.equity = quotient(held.equity, unit)
    result.maintenance_margin = quotient(held.maintenance, unit)
    result.margin_ratio = quotient(held.maintenance, held.equity) if held.equity else None
    result.removable_margin = quotient(removable(held.equity, held.equity, held.initial), unit)
    result.liquidatable = held.breached


def _liquidation_root(c: Compartment, value: int, capital: int) -> Root | None:
    """The lot value at which the requirement stops being covered: of the tier that holds there."""
    one = c.ladder.one
    if not c.ladder.continuous:
        start = c.entry if c.mark is None else c.mark
        return first_root(c.tiers, value, capital, c.minimum, notional_up(c.payoff, c.multiplier, start, c.lots), one)
    tier = c.tiers[root_tier(c.tiers, value, capital, one)]
    if c.minimum == 0 and not c.ladder.trusted:
        return lot_value_root(value, capital, tier.rate, tier.deduction, one)
    return requirement_root(value, capital, tier.rate, tier.deduction, c.minimum, one)


def _price(c: Compartment, root: Root | None) -> str | None:
    """The price at a lot value, rounded as the policy says; None where it is not above zero."""
    if root is None or root[0] <= 0:
        return None
    numerator, denominator = root[0] * root[1], root[2] * root[3]
    if c.payoff == INVERSE:
        numerator, denominator = c.multiplier * denominator, numerator * POWER[c.price_places]
    else:
        denominator *= c.multiplier * POWER[c.price_places]
    return price_text(numerator, denominator, c.rules.price_rounding, c.rules.tick, c.side)
