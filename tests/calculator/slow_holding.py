"""Slow and obvious answers to `what_if` and `switch`, in fractions, written from docs/calculator.md.

Orders are stretches of a queue, entries are averages, and what a purse must hold beside its own reserve is found on the
line through two points. Nothing is imported of the calculator.
"""

from __future__ import annotations

import copy
from fractions import Fraction
from itertools import product
from typing import Any

from tests.calculator.slow import Position, fraction, slow_figures, text

ZERO = Fraction(0)

Order = tuple[Fraction, Fraction]
"""Signed size, above zero to buy, and price."""

OWN = {"calculate", "id", "orders", "operations", "lot", "from", "to", "cross_leverage", "purse", "basis"}


class Holding:
    """A compartment with orders; `p.size` is 0 where it is flat."""

    def __init__(self, question: dict[str, Any]) -> None:
        fields = {name: value for name, value in question.items() if name not in OWN}
        if "margin" in fields:
            fields.pop("leverage", None)
        flat = "side" not in question
        if flat:
            fields |= {"side": "long", "size": "1", "entry": question["mark"]}
        self.p = Position(fields)
        self.p.leverage = None if question.get("leverage") is None else fraction(question["leverage"])
        self.orders = [order(given) for given in question.get("orders", [])]
        if flat:
            self.p.size = ZERO
            self.refresh()

    def copy(self) -> Holding:
        return copy.deepcopy(self)

    def refresh(self) -> None:
        """The reserve that goes with the purse."""
        self.p.reserve = self.reserve_of(self.p.purse)

    def reserve_of(self, purse: Fraction) -> Fraction:
        if self.p.close_fee != "reserve" or not self.p.size:
            return ZERO
        other = copy.copy(self.p)
        other.purse = purse
        price = other.at_equity(other.fee, ZERO)
        return ZERO if price is None else other.fee * other.notional(price)

    @property
    def mark(self) -> Fraction:
        assert self.p.mark is not None
        return self.p.mark

    def profit(self) -> Fraction:
        return self.p.profit(self.mark) if self.p.size else ZERO

    def free(self) -> Fraction:
        return self.p.purse - self.p.reserve + self.profit()

    def rate(self, notional: Fraction) -> Fraction:
        tier = self.p.tier(notional)
        own = ZERO if self.p.leverage is None else 1 / self.p.leverage
        return max(own, ZERO if tier["initial"] is None else self.p.rate("initial", notional))

    def position_margin(self) -> Fraction:
        if not self.p.size:
            return ZERO
        notional = self.p.notional(self.mark)
        return max(notional * self.rate(notional), self.p.maintenance(self.mark))

    def worth(self, size: Fraction, price: Fraction) -> Fraction:
        return size / price if self.p.payoff == "inverse" else size * self.p.quanto * price

    def side_margin(self, orders: list[Order], buys: bool, *, closing_free: bool = True) -> Fraction:
        queue = sorted(((p, abs(s)) for s, p in orders if (s > 0) == buys), reverse=buys)
        closing = bool(self.p.size) and buys == (self.p.side < 0)
        begins, worth, free = ZERO, ZERO, self.p.size if closing and closing_free else ZERO
        for price, size in queue:
            ends = begins + size
            worth += self.worth(max(ZERO, ends - max(begins, free)), price)
            begins = ends
        held = self.p.notional(self.p.entry) if self.p.size and buys == (self.p.side > 0) else ZERO
        return worth * self.rate(worth + held) if worth else ZERO

    def order_margin(self, orders: list[Order]) -> Fraction:
        return max(self.side_margin(orders, True), self.side_margin(orders, False))

    def purse_for(self, held: Fraction) -> Fraction:
        """The purse of which `held` is there beside the reserve and the profit at the mark."""
        plain = held - self.profit()
        if self.reserve_of(plain) == 0:
            return plain
        points = []
        entry = self.p.notional(self.p.entry)
        for off in (Fraction(1), Fraction(2)):
            for sign in (-1, 1):
                purse = self.p.side * (1 if self.p.payoff != "inverse" else -1) * entry + sign * off
                if self.reserve_of(purse) > 0:
                    points.append((purse, purse - self.reserve_of(purse)))
        (a, left_a), (b, left_b) = points[:2]
        return a + (plain - left_a) * (b - a) / (left_b - left_a)

    def filled(self, size: Fraction, price: Fraction) -> Holding:
        """All of an order traded at its limit."""
        after = self.copy()
        p = after.p
        held = p.size * p.side
        if held == 0 or (held > 0) == (size > 0):
            whole = abs(held) + abs(size)
            if p.payoff == "inverse":
                p.entry = whole / ((abs(held) / p.entry if held else 0) + abs(size) / price)
            else:
                p.entry = ((abs(held) * p.entry if held else 0) + abs(size) * price) / whole
            p.side = 1 if size > 0 else -1
        else:
            closed = copy.copy(p)
            closed.size = min(abs(held), abs(size))
            p.purse += closed.profit(price)
            if abs(size) > abs(held):
                p.side, p.entry = -p.side, price
        p.size = abs(held + size)
        after.refresh()
        return after

    def figures(self) -> dict[str, Any] | None:
        if not self.p.size:
            return None
        return slow_figures(self.p) | {
            "side": "long" if self.p.side > 0 else "short",
            "size": text(self.p.size),
            "entry": text(self.p.entry),
        }


def order(given: dict[str, Any]) -> Order:
    return (1 if given["side"] == "buy" else -1) * fraction(given["size"]), fraction(given["price"])


class Answered:
    """The verdict on one operation, in fractions."""

    def __init__(self, held: Holding, operation: dict[str, Any]) -> None:
        kind = operation["operation"]
        self.held, self.next, self.limit = held, held, ZERO
        self.before = self.orders = held.order_margin(held.orders)
        self.initial, self.available = held.position_margin(), held.free()
        if kind == "order":
            new = order(operation)
            self.after = held.filled(*new)
            self.next = held.copy()
            self.next.orders.append(new)
            self.orders = held.order_margin(self.next.orders)
            self.accepted = self.orders <= self.before or self.initial + self.orders <= self.available
        elif kind == "leverage":
            self.next = self.after = held.copy()
            self.after.p.leverage = fraction(operation["leverage"])
            old = self.initial + self.before
            self.initial, self.orders = self.after.position_margin(), self.after.order_margin(held.orders)
            self.accepted = self.initial + self.orders <= max(old, self.available)
        else:
            self.next = self.after = held.copy()
            amount = fraction(operation["amount"])
            self.after.p.purse += amount
            self.after.refresh()
            self.available = self.after.free()
            if held.p.size:
                self.initial = max(self.initial, held.p.floor_rate * held.p.notional(held.mark))
            purse = held.p.purse
            self.limit = max(ZERO, min(purse, purse - held.purse_for(self.initial + self.orders)))
            self.accepted = amount >= 0 or -amount <= self.limit

    def result(self, kind: str) -> dict[str, Any]:
        found = {
            "needed": self.initial + self.orders,
            "available": self.available,
            "initial_margin": self.initial,
            "order_margin_before": self.before,
            "order_margin": self.orders,
            "margin": self.after.p.purse,
        }
        if kind == "transfer":
            found["limit"] = self.limit
        result: dict[str, Any] = {name: text(amount) for name, amount in found.items()}
        return result | {"operation": kind, "accepted": self.accepted, "position": self.after.figures()}


def required(held: Holding, initial: Fraction, orders: Fraction, reserve: Fraction) -> dict[str, Any]:
    causes = {
        "initial_margin": initial,
        "order_margin": orders,
        "reserve": reserve,
        "unrealised_loss": max(ZERO, -held.profit()),
    }
    return causes | {"total": sum(causes.values(), ZERO)}


def in_the_purse(held: Holding, orders: list[Order], leverage: Any) -> dict[str, Any]:
    """What the shared purse needs for the position."""
    other = held.copy()
    if leverage is not None:
        other.p.leverage = fraction(leverage)
    notional = other.p.notional(other.p.entry)
    other.p.purse = notional * other.rate(notional)
    price = other.p.at_equity(ZERO, ZERO)
    reserve = ZERO if price is None or other.p.close_fee != "reserve" else other.p.fee * other.p.notional(price)
    return required(held, other.position_margin(), other.order_margin(orders), reserve)


def in_a_compartment(held: Holding, orders: list[Order], basis: str) -> tuple[dict[str, Any], Fraction]:
    """What the compartment needs, and the purse with which it has it."""
    initial, margin = held.position_margin(), held.order_margin(orders)
    if basis == "cost":
        notional = held.p.notional(held.p.entry)
        initial = max(initial, notional * held.rate(notional))
        margin = sum((held.side_margin(orders, buys, closing_free=False) for buys in (True, False)), ZERO)
    purse = max(ZERO, held.purse_for(initial + margin))
    return required(held, initial, margin, held.reserve_of(purse)), purse


def missing(question: dict[str, Any], held: Holding, orders: list[Order]) -> tuple[Fraction, Fraction]:
    """(needed, available) of a switch with these orders."""
    free = fraction(question["purse"]["equity"]) - fraction(question["purse"].get("initial_margin"))
    if question["to"] == "isolated":
        return in_a_compartment(held, orders, question.get("basis", "mark"))[1], free - held.profit()
    causes = in_the_purse(held, orders, question.get("cross_leverage"))
    return causes["total"], free + held.p.purse + max(ZERO, held.profit())


def slow_switch(question: dict[str, Any]) -> dict[str, Any]:
    """The result, numbers as decimals rounded to 28 digits, without the position."""
    held = Holding({"margin": "0", **question} if question["from"] == "cross" else question)
    shared = in_the_purse(held, held.orders, question.get("cross_leverage"))
    if question["to"] == "isolated":
        before, (after, purse) = shared, in_a_compartment(held, held.orders, question.get("basis", "mark"))
    else:
        before = required(held, held.position_margin(), held.order_margin(held.orders), held.p.reserve)
        after, purse = shared, held.p.purse
    needed, available = missing(question, held, held.orders)
    staying = [
        stays
        for stays in product([True, False], repeat=len(held.orders))
        if (short := missing(question, held, [o for o, stay in zip(held.orders, stays, strict=True) if stay]))
        and short[0] <= short[1]
    ]
    names = [given.get("id", i + 1) for i, given in enumerate(question.get("orders", []))]
    found = {
        "unrealised_gain": max(ZERO, held.profit()),
        "needed": needed,
        "available": available,
        "transfer": max(ZERO, needed - available),
        "margin": purse,
    }
    return {name: text(amount) for name, amount in found.items()} | {
        "passes": needed <= available,
        "required_before": {name: text(amount) for name, amount in before.items()},
        "required_after": {name: text(amount) for name, amount in after.items()},
        "orders_in_the_way": [name for name, stays in zip(names, max(staying), strict=True) if not stays]
        if staying
        else None,
    }
