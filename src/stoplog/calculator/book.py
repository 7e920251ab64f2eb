"""A compartment with resting orders in whole numbers, as a question gives it.

Lots, prices and amounts are those of `stoplog.calculator.compartment`, on a grid so fine that orders lie on it too.
"""

from __future__ import annotations

from math import lcm
from typing import NamedTuple

from msgspec import UNSET, Raw, UnsetType

from stoplog.calculator.compartment import Compartment, compartment
from stoplog.calculator.decimals import POWER, Count
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.fields import decode_list
from stoplog.calculator.holding_questions import ORDERS_MAX, Holding, Name, RestingOrder
from stoplog.calculator.limits import above_zero
from stoplog.calculator.questions import Isolated
from stoplog.instruments import INVERSE

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
    return c._replace(
        lots=c.lots * lots_by,
        multiplier=c.multiplier * amounts_by * (prices_by if c.payoff == INVERSE else 1),
        unit=c.unit * factor,
        mark=None if c.mark is None else c.mark * prices_by,
        cost=c.cost * factor,
        purse=c.purse * factor,
        reserve=c.reserve * factor,
        own=c.own * factor,
        minimum=c.minimum * factor,
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
            leverage=question.leverage,
            extra_margin=question.extra_margin,
            tiers=question.tiers,
            maintenance_rate=question.maintenance_rate,
            trust_deductions=question.trust_deductions,
            policy=question.policy,
            venue=question.venue,
            symbol=question.symbol,
        ),
        own_leverage=True,
    )
    if flat:
        return c._replace(lots=0, cost=0, reserve=0), 0
    assert not isinstance(question.size, UnsetType), "a position has a size"
    return c, above_zero(bytes(question.size), "size")[1]
