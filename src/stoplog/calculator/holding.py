"""A compartment with resting orders in whole numbers, and what it must hold for both.

Lots, prices and amounts are those of `stoplog.calculator.compartment`, on a grid so fine that orders lie on it too.
What follows by division is a fraction over the compartment's unit, so that nothing is rounded.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import NamedTuple

from msgspec import UNSET, Raw, UnsetType

from stoplog.calculator.compartment import Compartment, compartment
from stoplog.calculator.decimals import POWER, Count, quotient
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.fields import decode_list
from stoplog.calculator.holding_questions import (
    ORDERS_MAX,
    Holding,
    Name,
    PositionResult,
    RestingOrder,
)
from stoplog.calculator.isolated import figures
from stoplog.calculator.policy import above_zero
from stoplog.calculator.questions import Isolated
from stoplog.calculator.required import maintenance_pieces
from stoplog.instruments import INVERSE, notional_up, value_down, value_lots
from stoplog.margin.close_fee import reserve_included
from stoplog.margin.order_margin import Resting, opening_values
from stoplog.margin.requirement import piece_index
from stoplog.margin.tiers import initial

ZERO = Fraction(0)

POSITION = ("side", "size", "entry")
"""The fields of a position; without any of them a compartment is flat."""

ONE_LOT = Raw(b"1")


class Asked(NamedTuple):
    """An order as it was written: size and price as (m, k), above zero."""

    name: Name
    buys: bool
    size: Count
    price: Count


class Order(NamedTuple):
    """An order on the grid of its compartment: lots, below zero to sell."""

    name: Name
    lots: int
    price: int


class Book(NamedTuple):
    """A compartment, flat where it has no lots, its resting orders in the order placed, and its grid.

    `size_places`: one lot is 10^-size_places of size.
    """

    c: Compartment
    orders: tuple[Order, ...]
    size_places: int


def asked_orders(raw: Raw | UnsetType) -> list[Asked]:
    """The resting orders of a question; `QuestionError` names the first field that cannot be."""
    if isinstance(raw, UnsetType):
        return []
    found = decode_list(bytes(raw), RestingOrder, "orders", ORDERS_MAX)
    orders = []
    for i, order in enumerate(found):
        path = f"orders[{i}]"
        name = i + 1 if isinstance(order.id, UnsetType) else order.id
        size = above_zero(bytes(order.size), f"{path}.size")
        orders.append(Asked(name, order.side == "buy", size, above_zero(bytes(order.price), f"{path}.price")))
    return orders


def book(question: Holding, resting: list[Asked], coming: list[Asked], lot: Count) -> tuple[Book, list[Order]]:
    """The compartment with its resting orders, and the orders to come, on one grid; sizes are whole lots of `lot` too.

    `QuestionError` where the question contradicts itself or a limit.
    """
    c, size_places = _alone(question)
    orders = [*resting, *coming]
    sizes = max([size_places, lot[1], *(order.size[1] for order in orders)])
    prices = max([c.price_places, *(order.price[1] for order in orders)])
    fine = finer(c, POWER[sizes - size_places], POWER[prices - c.price_places], 1)._replace(price_places=prices)
    placed = [
        Order(
            order.name,
            (1 if order.buys else -1) * order.size[0] * POWER[sizes - order.size[1]],
            order.price[0] * POWER[prices - order.price[1]],
        )
        for order in orders
    ]
    if c.payoff == INVERSE:
        fine = finer(fine, 1, 1, lcm(*[order.price for order in placed]))
    return Book(fine, tuple(placed[: len(resting)]), sizes), placed[len(resting) :]


def finer(c: Compartment, lots_by: int, prices_by: int, amounts_by: int) -> Compartment:
    """The same on a grid so many times as fine: amounts by `amounts_by` beyond what finer lots and prices ask."""
    factor = lots_by * amounts_by * (1 if c.payoff == INVERSE else prices_by)
    unit = c.unit * factor
    return c._replace(
        lots=c.lots * lots_by,
        multiplier=c.multiplier * amounts_by * (prices_by if c.payoff == INVERSE else 1),
        unit=unit,
        entry=c.entry * prices_by,
        mark=None if c.mark is None else c.mark * prices_by,
        cost=c.cost * factor,
        notional=c.notional * factor,
        purse=c.purse * factor,
        reserve=c.reserve * factor,
        own=c.own * factor,
        minimum=c.minimum * factor,
        tiers=c.ladder.over(unit),
    )


def with_purse(c: Compartment, purse: Fraction) -> Compartment:
    """The same with another purse, and the reserve for closing that goes with it."""
    reserve = reserve_in(c, purse)
    fine = finer(c, 1, 1, lcm(purse.denominator, reserve.denominator))
    by = fine.unit // c.unit
    return fine._replace(purse=int(purse * by), reserve=int(reserve * by))


def reserve_in(c: Compartment, purse: Fraction) -> Fraction:
    """What of a purse is set aside for closing; 0 unless the policy reserves, or without a position."""
    if c.rules.close_fee != "reserve" or not c.lots:
        return ZERO
    fee, one = c.rules.fee
    side = 1 if value_lots(c.payoff, c.lots) > 0 else -1
    by = one - side * fee
    capital = purse - c.cost
    return Fraction(reserve_included(capital.numerator * by, side, fee, one), capital.denominator * by)


def profit(c: Compartment) -> int:
    """The unrealised profit at the mark."""
    assert c.mark is not None, "a compartment with orders has a mark"
    return value_down(c.payoff, c.multiplier, c.mark, c.lots) - c.cost


def free_equity(c: Compartment) -> int:
    """Equity at the mark less what is set aside for closing."""
    return c.purse - c.reserve + profit(c)


def initial_at(c: Compartment, notional: int) -> Fraction:
    """The initial margin of a notional: by the own leverage or the tier's rate, whichever asks more (MRG-002).

    `QuestionError` where neither is stated.
    """
    stated = c.ladder.initial(c.unit, notional)
    by_tier = None if stated is None else Fraction(*stated)
    if c.leverage is None:
        if by_tier is None:
            message = "leverage: missing; leverage, or an initial rate in every tier, is needed"
            raise QuestionError("missing_field", "leverage", message)
        return by_tier
    count, one = c.leverage
    own = Fraction(initial(notional * count, one, count), count)
    return own if by_tier is None else max(own, by_tier)


def position_margin(c: Compartment) -> Fraction:
    """What the position must hold at the mark: its initial margin, and never less than the maintenance (POL-005)."""
    if not c.lots:
        return ZERO
    notional = notional_at_mark(c)
    pieces, over = maintenance_pieces(c)
    maintenance = max(c.minimum * over, pieces[piece_index(pieces, notional)].at(notional))
    return max(initial_at(c, notional), Fraction(maintenance, over))


def notional_at_mark(c: Compartment) -> int:
    """The notional at the mark."""
    assert c.mark is not None, "a compartment with orders has a mark"
    return notional_up(c.payoff, c.multiplier, c.mark, c.lots)


def order_margins(c: Compartment, orders: tuple[Order, ...], *, closing_free: bool = True) -> tuple[Fraction, Fraction]:
    """(buys, sells): what each side needs for its lots that need margin: ORM-003, unrounded.

    All lots do where closing ones are not free. The rate is the larger of the own and that of the tier which holds
    their worth, and the cost of the position where the side enlarges it.
    """
    resting = sorted(
        (Resting(order.lots, order.price) for order in orders),
        key=lambda order: -order.price if order.size > 0 else order.price,
    )
    buys, sells = opening_values(resting, c.payoff, c.multiplier, c.lots if closing_free else 0)
    longs, shorts = (c.notional, 0) if c.lots > 0 else (0, c.notional)
    return _side_margin(c, buys, longs), _side_margin(c, sells, shorts)


def order_margin(c: Compartment, orders: tuple[Order, ...]) -> Fraction:
    """What all resting orders need: the larger side, ORM-003."""
    return max(order_margins(c, orders))


def _side_margin(c: Compartment, value: int, held: int) -> Fraction:
    if not value:
        return ZERO
    return initial_at(c, value + held) * value / (value + held)


def amount_text(c: Compartment, amount: Fraction | int) -> str:
    """An amount over the compartment's unit as a decimal."""
    return quotient(amount.numerator, amount.denominator * c.unit)


def position_figures(held: Book) -> PositionResult | None:
    """The position and all that `isolated` answers about it; None without one."""
    c = held.c
    if not c.lots:
        return None
    answered = figures(c)
    lots, scale = abs(c.lots), POWER[c.price_places]
    entry = (
        quotient(lots * c.multiplier, c.notional * scale)
        if c.payoff == INVERSE
        else quotient(c.notional, lots * c.multiplier * scale)
    )
    return PositionResult(
        **{name: getattr(answered, name) for name in answered.__struct_fields__},
        side="long" if c.lots > 0 else "short",
        size=quotient(lots, POWER[held.size_places]),
        entry=entry,
    )


def _alone(question: Holding) -> tuple[Compartment, int]:
    """The compartment without its orders, and the decimal places of its lots."""
    missing = [name for name in POSITION if getattr(question, name) is UNSET]
    flat = len(missing) == len(POSITION)
    if missing and not flat:
        message = f"{missing[0]}: missing; a position has side, size and entry"
        raise QuestionError("missing_field", missing[0], message)
    if flat and question.margin is UNSET:
        raise QuestionError("missing_field", "margin", "margin: missing; without a position nothing else says it")
    both = question.margin is not UNSET and not isinstance(question.leverage, UnsetType)
    c = compartment(
        Isolated(
            calculate="isolated",
            payoff=question.payoff,
            side="long" if isinstance(question.side, UnsetType) else question.side,
            size=ONE_LOT if isinstance(question.size, UnsetType) else question.size,
            entry=question.mark if isinstance(question.entry, UnsetType) else question.entry,
            mark=question.mark,
            quanto_multiplier=question.quanto_multiplier,
            margin=question.margin,
            leverage=UNSET if both else question.leverage,
            extra_margin=question.extra_margin,
            tiers=question.tiers,
            maintenance_rate=question.maintenance_rate,
            trust_deductions=question.trust_deductions,
            policy=question.policy,
            venue=question.venue,
            symbol=question.symbol,
        )
    )
    if both:
        assert not isinstance(question.leverage, UnsetType), "both are given"
        leverage = leverage_of(bytes(question.leverage), "leverage")
        c = finer(c, 1, 1, leverage[0])._replace(leverage=leverage)
    if flat:
        return c._replace(lots=0, cost=0, notional=0, reserve=0), 0
    assert not isinstance(question.size, UnsetType), "a position has a size"
    return c, above_zero(bytes(question.size), "size")[1]


def leverage_of(raw: bytes, field: str) -> Count:
    """A leverage as (λ · 10^k, 10^k)."""
    count, places = above_zero(raw, field)
    return count, POWER[places]
