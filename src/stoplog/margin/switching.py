"""Switching a position between a compartment of its own and a purse that others share.

The other side must hold, by cause, the initial margin of the position, what its resting orders need, what is set aside
for closing and the unrealised loss; an unrealised gain holds the position up on either side. What backs it is what the
shared purse has beyond the initial margin of all else in it, and what the compartment holds. Source of the form at
cost: Vega's switch to isolated margin (`../shared/design/protocol-rules.md`). Amounts are whole units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

OrderT = TypeVar("OrderT")


class Required(NamedTuple):
    """What a position and its orders need on one side, by cause; none below zero."""

    initial: int
    orders: int
    reserve: int
    loss: int

    @property
    def total(self) -> int:
        """All causes together."""
        return self.initial + self.orders + self.reserve + self.loss


class Switch(NamedTuple):
    """What must come to the other side, and what there is for it, which may be below zero.

    >>> Switch(120, 100).transfer, Switch(120, 100).passes, Switch(100, 100).passes
    (20, False, True)
    """

    needed: int
    available: int

    @property
    def transfer(self) -> int:
        """The smallest amount added to the shared purse with which the switch passes."""
        return max(0, self.needed - self.available)

    @property
    def passes(self) -> bool:
        """Whether it passes as things are."""
        return self.transfer == 0


def to_isolated(required: Required, gain: int, free: int) -> Switch:
    """Out of a shared purse that has `free` beside this position, its profit, and the initial margin of all else.

    The compartment is given what its causes need beyond the gain, and never less than nothing: a gain is not paid out.

    >>> to_isolated(Required(100, 40, 0, 10), 0, 120)
    Switch(needed=150, available=120)
    """
    return Switch(max(0, required.total - gain), free)


def to_cross(required: Required, gain: int, free: int, purse: int) -> Switch:
    """Into a shared purse that has `free` beside the initial margin of what is in it; the compartment's comes along.

    >>> to_cross(Required(50, 0, 0, 10), 0, -20, 75)
    Switch(needed=60, available=55)
    """
    return Switch(required.total, free + purse + gain)


def in_the_way(orders: Sequence[OrderT], passes: Callable[[Sequence[OrderT]], bool]) -> list[OrderT] | None:
    """The orders, in the order placed, that cannot stay; None where it does not pass without any.

    Oldest first, each order stays if it passes with this one beside those that stay already. The older an order, the
    better its place in the book, so the newest give way. Where an order more never lowers what is needed (ORM-011),
    no order named could stay beside the others.

    >>> in_the_way([4, 9, 3], lambda kept: sum(kept) <= 8), in_the_way([4], lambda kept: False)
    ([9], None)
    """
    staying: list[OrderT] = []
    leaving: list[OrderT] = []
    if not passes(staying):
        return None
    for order in orders:
        if passes([*staying, order]):
            staying.append(order)
        else:
            leaving.append(order)
    return leaving
