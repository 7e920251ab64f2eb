"""The calculation `switch`: a position between a compartment of its own and a shared purse, and what is missing."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from stoplog.calculator.book import POSITION, Order, asked_orders, book
from stoplog.calculator.compartment import Compartment
from stoplog.calculator.decimals import POWER, Count, parse
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.fields import decode
from stoplog.calculator.holding import (
    ZERO,
    amount_text,
    initial_at,
    order_margin,
    order_margins,
    position_figures,
    position_margin,
    profit,
    purse_holding,
    reserve_in,
    with_purse,
)
from stoplog.calculator.holding_questions import RequiredResult, Switch, SwitchPurse, SwitchResult
from stoplog.calculator.limits import at_least_zero, leverage_of
from stoplog.margin import switching as rules
from stoplog.margin.close_fee import reserve_on_top

NO_LOT = 1, 0

Orders = tuple[Order, ...]


class Sides(NamedTuple):
    """The position as it is held on either side, and what the shared purse has beside all else in it.

    `free`: equity, this position's profit left out, less the initial margin of the rest; over the unit of `isolated`.
    """

    isolated: Compartment
    cross: Compartment
    free: Fraction
    at_cost: bool


class Moved(NamedTuple):
    """What the other side needs, whether there is that much, and the purse of the compartment that is made or given up.

    Amounts of `required` and `switch` are `by` times as fine as those of the compartment.
    """

    required: rules.Required
    switch: rules.Switch
    by: int
    purse: Fraction


def answer(question: Switch) -> SwitchResult:
    """Whether the switch passes and what is missing; `QuestionError` where the question contradicts itself."""
    _check(question)
    held, _ = book(question, asked_orders(question.orders), [], NO_LOT)
    sides = _sides(question, held.c)
    move = _into_compartment if question.target == "isolated" else _into_purse
    before = _before(question, sides, held.orders)
    found = move(sides, held.orders)
    leaving = rules.in_the_way(held.orders, lambda kept: move(sides, tuple(kept)).switch.passes)
    c, by = sides.isolated, found.by

    def text(amount: int) -> str:
        return amount_text(c, Fraction(amount, by))

    result = SwitchResult(
        passes=found.switch.passes,
        required_before=_causes(c, *before),
        required_after=_causes(c, found.required, by),
        unrealised_gain=amount_text(c, max(0, profit(c))),
        needed=text(found.switch.needed),
        available=text(found.switch.available),
        transfer=text(found.switch.transfer),
        orders_in_the_way=None if leaving is None else [order.name for order in leaving],
        margin=amount_text(c, found.purse),
    )
    if question.target == "isolated":
        figures = position_figures(held._replace(c=with_purse(c, found.purse)))
        assert figures is not None, "there is a position"
        result.position = figures
    return result


def _check(question: Switch) -> None:
    if question.origin == question.target:
        raise QuestionError("inconsistent", "to", f"to: the position is {question.origin} already")
    for name in POSITION:
        if getattr(question, name) is UNSET:
            raise QuestionError("missing_field", name, f"{name}: missing")
    if question.origin == "cross":
        for name in ("margin", "extra_margin"):
            if getattr(question, name) is not UNSET:
                raise QuestionError("inconsistent", name, f"{name}: has no place where the position is in the purse")


def _sides(question: Switch, c: Compartment) -> Sides:
    shared = decode(bytes(question.purse), SwitchPurse, "purse")
    equity = _amount(parse(bytes(shared.equity), "purse.equity"), c)
    rest = ZERO
    if not isinstance(shared.initial_margin, UnsetType):
        rest = _amount(at_least_zero(bytes(shared.initial_margin), "purse.initial_margin"), c)
    own = c
    if not isinstance(question.cross_leverage, UnsetType):
        own = c._replace(leverage=leverage_of(bytes(question.cross_leverage), "cross_leverage"))
    counted = profit(c) if question.origin == "cross" else 0
    return Sides(c, own, equity - rest - counted, question.basis == "cost")


def _amount(amount: Count, c: Compartment) -> Fraction:
    return Fraction(amount[0] * c.unit, POWER[amount[1]])


def _before(question: Switch, sides: Sides, orders: Orders) -> tuple[rules.Required, int]:
    """What the position needs where it is, and by how much finer the amounts are."""
    if question.origin == "cross":
        return _required(sides.cross, position_margin(sides.cross), order_margin(sides.cross, orders), _aside(sides))
    c = sides.isolated
    return _required(c, position_margin(c), order_margin(c, orders), Fraction(c.reserve))


def _into_compartment(sides: Sides, orders: Orders) -> Moved:
    """What a compartment of its own needs, and the purse it is given: CAL-027, at cost CAL-028."""
    c = sides.isolated
    initial = position_margin(c)
    margin = order_margin(c, orders)
    if sides.at_cost:
        initial = max(initial, initial_at(c, c.notional))
        margin = sum(order_margins(c, orders, closing_free=False), ZERO)
    reserve = _reserve_within(c, initial + margin)
    gain = max(0, profit(c))
    required, by = _required(c, initial, margin, reserve, sides.free)
    switch = rules.to_isolated(required, gain * by, int(sides.free * by))
    return Moved(required, switch, by, Fraction(switch.needed, by))


def _into_purse(sides: Sides, orders: Orders) -> Moved:
    """What the shared purse needs for the position: CAL-027. The compartment's purse comes along."""
    c = sides.isolated
    own = sides.cross
    required, by = _required(c, position_margin(own), order_margin(own, orders), _aside(sides), sides.free)
    gain = max(0, profit(c))
    switch = rules.to_cross(required, gain * by, int(sides.free * by), c.purse * by)
    return Moved(required, switch, by, Fraction(c.purse))


def _reserve_within(c: Compartment, held: Fraction) -> Fraction:
    """The reserve of a compartment whose equity beside it is to be `held` at the mark, in a purse not below 0."""
    if c.rules.close_fee != "reserve":
        return ZERO
    return reserve_in(c, max(ZERO, purse_holding(c, held)))


def _aside(sides: Sides) -> Fraction:
    """What the shared purse sets aside: the fee where the position's initial margin at entry is used up (CAL-021)."""
    c = sides.cross
    if c.rules.close_fee != "reserve":
        return ZERO
    fee, one = c.rules.fee
    side = c.value_side
    capital = initial_at(c, c.notional) - c.cost
    return Fraction(reserve_on_top(capital.numerator * one, side, fee, one), capital.denominator * one)


def _required(
    c: Compartment, initial: Fraction, orders: Fraction, reserve: Fraction, *also: Fraction
) -> tuple[rules.Required, int]:
    """The causes in whole amounts, so many times as fine as the compartment's that `also` are whole too."""
    by = lcm(*[amount.denominator for amount in (initial, orders, reserve, *also)])
    loss = max(0, -profit(c)) * by
    return rules.Required(int(initial * by), int(orders * by), int(reserve * by), loss), by


def _causes(c: Compartment, required: rules.Required, by: int) -> RequiredResult:
    initial, orders, reserve, loss, total = (
        amount_text(c, Fraction(amount, by)) for amount in (*required, required.total)
    )
    return RequiredResult(
        initial_margin=initial, order_margin=orders, reserve=reserve, unrealised_loss=loss, total=total
    )
