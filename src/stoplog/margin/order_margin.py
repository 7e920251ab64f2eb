"""What resting orders need in margin, and which of their lots do.

Per side, best price first, the first lots that would close the position need none: what they fill at only makes the
position smaller. Everything behind them would open or grow a position. Orders can be filled on one side only before
the other side closes what they opened, so the larger side counts. Source: Vega's isolated order margin
(`../shared/design/protocol-rules.md`), which is the same with every price; the rate is ours, and so is rounding up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stoplog.instruments import notional_up
from stoplog.margin.policies import ramped
from stoplog.margin.tiers import TierLike, initial, tier_index
from stoplog.units import rule


class RestingLike(Protocol):
    """What a rule reads of a resting order: lots left, below zero to sell, and its limit."""

    @property
    def size(self) -> int: ...
    @property
    def price(self) -> int: ...


class Resting(NamedTuple):
    """A resting order, as a rule reads it."""

    size: int
    price: int


@rule
def opening_lots(lots: int, free: int) -> tuple[int, int]:
    """(lots of an order that need margin, free lots left) where `free` closing lots may still go unmargined.

    `lots` and `free` are counts, not below zero. Orders of a side are taken best price first, beginning with the
    position's size as `free` on the side that closes it and with 0 on the other: rule ORM-001.

    >>> opening_lots(4, 10), opening_lots(4, 3), opening_lots(4, 0)
    ((0, 6), (1, 0), (4, 0))
    """
    closing = min(lots, free)
    return lots - closing, free - closing


@rule
def closes(size: int, order: int) -> bool:
    """Whether an order of `order` lots is on the side that closes a position of `size` lots.

    >>> closes(10, -4), closes(10, 4), closes(0, 4)
    (True, False, False)
    """
    return size != 0 and (order > 0) != (size > 0)


@rule
def opening_values(resting: Sequence[RestingLike], payoff: int, multiplier: int, size: int) -> tuple[int, int]:
    """(buys, sells): what the lots that need margin are worth at their limits, each order rounded up.

    The orders of a side come best price first: rule ORM-002.
    """
    buying, selling, free = 0, 0, abs(size)
    for k in range(len(resting)):
        order = resting[k]
        lots = abs(order.size)
        if closes(size, order.size):
            lots, free = opening_lots(lots, free)
        value = notional_up(payoff, multiplier, order.price, lots)
        if order.size > 0:
            buying += value
        else:
            selling += value
    return buying, selling


@rule
def side_margin(tiers: Sequence[TierLike], value: int, held: int, own_rate: int, one: int) -> int:
    """What one side needs for `value`, the worth of its lots that need margin, rounded up: rule ORM-003.

    The rate is the larger of the compartment's own and the initial rate of the tier that holds `value` and `held`
    together, the cost of the position where this side enlarges it.
    """
    tier = tiers[tier_index(tiers, value + held, 1, 1)]
    rate = ramped(tier.initial_rate, tier.slope, value + held - tier.floor, one)
    return initial(value, max(own_rate, rate), one)


@rule
def order_margin(
    tiers: Sequence[TierLike],
    resting: Sequence[RestingLike],
    payoff: int,
    multiplier: int,
    size: int,
    cost: int,
    own_rate: int,
    one: int,
) -> int:
    """What all resting orders of a compartment with this position need: that of the larger side, rule ORM-003."""
    buying, selling = opening_values(resting, payoff, multiplier, size)
    longs, shorts = (abs(cost), 0) if size > 0 else (0, abs(cost))
    return max(
        side_margin(tiers, buying, longs, own_rate, one),
        side_margin(tiers, selling, shorts, own_rate, one),
    )
