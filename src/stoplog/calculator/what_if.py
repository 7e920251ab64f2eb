"""The calculation `what_if`: operations on a compartment one after the other, accepted or not, with the figures.

What is accepted holds for the operations after it; an order that is accepted rests.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Literal, NamedTuple

from msgspec import Raw, UnsetType

from stoplog.calculator.book import Asked, Book, Order, asked_orders, book, finer
from stoplog.calculator.compartment import Compartment
from stoplog.calculator.decimals import EXPONENT_END, POWER, Count, parse, quotient
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.fields import decode_list
from stoplog.calculator.holding import (
    amount_text,
    free_equity,
    notional_at_mark,
    order_margin,
    position_figures,
    position_margin,
    profit,
    purse_holding,
    with_purse,
)
from stoplog.calculator.holding_questions import (
    OPERATIONS_MAX,
    ORDERS_MAX,
    Operation,
    OperationResult,
    WhatIf,
    WhatIfResult,
)
from stoplog.calculator.limits import above_zero, leverage_of
from stoplog.margin.isolated import removable
from stoplog.margin.tiers import initial
from stoplog.positions import trade

Kind = Literal["order", "leverage", "transfer"]

LOT = 1, 8
"""The step of sizes where a question says none: 10^-8."""

FIELDS = {"order": ("side", "size", "price"), "leverage": ("leverage",), "transfer": ("amount",)}
"""What each operation must give; an order may give an `id` besides."""


class Verdict(NamedTuple):
    """Whether an operation is accepted, and why: amounts over the compartment's unit."""

    accepted: bool
    needed: Fraction
    available: Fraction
    initial: Fraction
    orders_before: Fraction
    orders: Fraction


def answer(question: WhatIf) -> WhatIfResult:
    """An answer for each operation; `QuestionError` where the question contradicts itself or a limit."""
    operations = decode_list(bytes(question.operations), Operation, "operations", OPERATIONS_MAX)
    if not operations:
        raise QuestionError("missing_field", "operations", "operations: at least one operation is needed")
    for i, operation in enumerate(operations):
        _check_fields(operation, f"operations[{i}]")
    lot = LOT if isinstance(question.lot, UnsetType) else above_zero(bytes(question.lot), "lot")
    resting = asked_orders(question.orders)
    coming = [_asked(operation, i) for i, operation in enumerate(operations) if operation.operation == "order"]
    if len(resting) + len(coming) > ORDERS_MAX:
        message = f"operations: {len(resting)} orders rest and {len(coming)} come, which are more than {ORDERS_MAX}"
        raise QuestionError("out_of_range", "operations", message)
    held, orders = book(question, resting, coming, lot)
    before = position_figures(held)
    left = iter(orders)
    answers = []
    for i, operation in enumerate(operations):
        if operation.operation == "order":
            found, held = _place(held, next(left), lot)
        elif operation.operation == "leverage":
            found, held = _set_leverage(held, leverage_of(_bytes(operation.leverage), f"operations[{i}].leverage"))
        else:
            found, held = _transfer(held, parse(_bytes(operation.amount), f"operations[{i}].amount"))
        answers.append(found)
    return WhatIfResult(position=before, operations=answers)


def _check_fields(operation: Operation, path: str) -> None:
    due = FIELDS[operation.operation]
    for name in ("id", "side", "size", "price", "leverage", "amount"):
        given = not isinstance(getattr(operation, name), UnsetType)
        if given and name not in due and not (name == "id" and operation.operation == "order"):
            message = f"{path}.{name}: has no place in the operation {operation.operation}"
            raise QuestionError("inconsistent", f"{path}.{name}", message)
        if not given and name in due:
            raise QuestionError("missing_field", f"{path}.{name}", f"{path}.{name}: missing")


def _asked(operation: Operation, place: int) -> Asked:
    path = f"operations[{place}]"
    size = above_zero(_bytes(operation.size), f"{path}.size")
    name = place if isinstance(operation.id, UnsetType) else operation.id
    return Asked(name, operation.side == "buy", size, above_zero(_bytes(operation.price), f"{path}.price"))


def _bytes(number: Raw | UnsetType) -> bytes:
    assert not isinstance(number, UnsetType), "fields that are due were checked"
    return bytes(number)


def _place(held: Book, order: Order, lot: Count) -> tuple[OperationResult, Book]:
    """An order; where it is accepted it rests."""
    verdict = _with_order(held, order)
    result = _result("order", held, verdict, position_of=_filled(held, order))
    result.limit = _largest(held, order, lot, verdict)
    return result, held._replace(orders=(*held.orders, order)) if verdict.accepted else held


def _with_order(held: Book, order: Order) -> Verdict:
    """Accepted where equity covers initial and order margin with it, or where it raises no order margin (ORM-004)."""
    c = held.c
    position, before = position_margin(c), order_margin(c, held.orders)
    after = order_margin(c, (*held.orders, order))
    needed, available = position + after, Fraction(free_equity(c))
    return Verdict(after <= before or available >= needed, needed, available, position, before, after)


def _largest(held: Book, order: Order, lot: Count, verdict: Verdict) -> str | None:
    """The largest size of an order of this side and price that is accepted, in steps of `lot`.

    None where every size that can be written is. Found by halving: an order more of the same never needs less. Only
    its side is looked at, since the other needs no more than all orders did before.
    """
    side = 1 if order.lots > 0 else -1
    step = lot[0] * POWER[held.size_places - lot[1]]
    most = (POWER[EXPONENT_END + lot[1]] - 1) // lot[0]
    budget = max(verdict.orders_before, verdict.available - verdict.initial)
    resting = tuple(one for one in held.orders if (one.lots > 0) == (side > 0))

    def accepted(steps: int) -> bool:
        return order_margin(held.c, (*resting, order._replace(lots=side * steps * step))) <= budget

    good, bad = 0, max(1, abs(order.lots) // step)
    while accepted(min(bad, most)):
        if bad >= most:
            return None
        good, bad = bad, 4 * bad
    while bad - good > 1:
        middle = (good + bad) // 2
        if accepted(middle):
            good = middle
        else:
            bad = middle
    return quotient(good * lot[0], POWER[lot[1]])


def _filled(held: Book, order: Order) -> Book:
    """The compartment once all of an order is filled at its limit, without a fee: rule POS-001."""
    c = finer(held.c, 1, 1, abs(held.c.lots) or 1)
    size, cost, realised = trade(c.payoff, c.multiplier, c.lots, c.cost, order.lots, order.price)
    c = c._replace(lots=size, cost=cost)
    return held._replace(c=with_purse(c, Fraction(c.purse + realised)))


def _set_leverage(held: Book, leverage: Count) -> tuple[OperationResult, Book]:
    """Another leverage: accepted where equity covers what it brings, or where that is no more (LEV-001)."""
    held = held._replace(c=finer(held.c, 1, 1, leverage[0]))
    changed = held._replace(c=held.c._replace(leverage=leverage))
    position, orders = position_margin(changed.c), order_margin(changed.c, held.orders)
    orders_before = order_margin(held.c, held.orders)
    needed, available = position + orders, Fraction(free_equity(held.c))
    no_more = needed <= position_margin(held.c) + orders_before
    verdict = Verdict(no_more or available >= needed, needed, available, position, orders_before, orders)
    return _result("leverage", held, verdict, position_of=changed), changed if verdict.accepted else held


def _transfer(held: Book, amount: Count) -> tuple[OperationResult, Book]:
    """Margin added, or removed down to what must stay (MRG-003, MRG-004, ORM-006)."""
    c = held.c
    by = Fraction(amount[0] * c.unit, POWER[amount[1]])
    changed = held._replace(c=with_purse(c, c.purse + by))
    position, orders = _staying(c), order_margin(c, held.orders)
    limit = _may_leave(c, position + orders)
    available = Fraction(free_equity(changed.c) * c.unit, changed.c.unit)
    verdict = Verdict(by >= 0 or -by <= limit, position + orders, available, position, orders, orders)
    result = _result("transfer", held, verdict, position_of=changed)
    result.limit = amount_text(c, limit)
    return result, changed if verdict.accepted else held


def _staying(c: Compartment) -> Fraction:
    """What must stay of the equity, order margin aside: rule MRG-004."""
    if not c.lots:
        return Fraction(0)
    return max(position_margin(c), Fraction(initial(notional_at_mark(c), *c.rules.removable_floor)))


def _may_leave(c: Compartment, needed: Fraction) -> Fraction:
    """How much may leave the purse: rule MRG-003. What leaves makes the reserve for closing larger."""
    if not c.lots or c.rules.close_fee != "reserve":
        equity = Fraction(c.purse + profit(c))
        by = lcm(equity.denominator, needed.denominator)
        return Fraction(removable(c.purse * by, int(equity * by), int(needed * by)), by)
    staying = purse_holding(c, needed)
    by = staying.denominator
    return Fraction(removable(c.purse * by, c.purse * by, int(staying * by)), by)


def _result(name: Kind, held: Book, verdict: Verdict, position_of: Book) -> OperationResult:
    c, after = held.c, position_of.c
    return OperationResult(
        operation=name,
        accepted=verdict.accepted,
        needed=amount_text(c, verdict.needed),
        available=amount_text(c, verdict.available),
        initial_margin=amount_text(c, verdict.initial),
        order_margin_before=amount_text(c, verdict.orders_before),
        order_margin=amount_text(c, verdict.orders),
        margin=amount_text(after, after.purse),
        position=position_figures(position_of),
    )
