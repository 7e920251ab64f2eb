"""A position is a size and a cost: values in, values and realised profit out.

The cost basis is an amount, not an average price, so nothing is lost to rounding when a position grows.
For every leg of every fill: change of cost = value of the fill + realised profit. That identity is what
makes an instrument's settlement account equal minus the cost of all open positions, always.
"""

from __future__ import annotations

from stoplog.instruments import fill_value, lot_value_down, value_down
from stoplog.units import FUNDING_ONE, RATE_ONE, mul_div_down, mul_div_up, rule


@rule
def trade(payoff: int, multiplier: int, size: int, cost: int, fill: int, price: int) -> tuple[int, int, int]:
    """Size, cost and realised profit after `fill` lots (signed, above zero bought) at `price`.

    Opening and adding realise nothing. Reducing releases cost in proportion, rounded up, so that profit
    is realised rounded down; what the rounding kept stays in the position's own value. Closing releases
    all of it, and what goes beyond opens the other way at the same price.

    >>> trade(0, 1, 10, 1000, -4, 110)
    (6, 600, 40)
    >>> trade(0, 1, 10, 1000, -15, 110)
    (-5, -550, 100)
    """
    value = fill_value(payoff, multiplier, price, fill)
    after = size + fill
    if size == 0 or (size > 0) == (fill > 0):
        return after, cost + value, 0
    if after != 0 and (after > 0) == (size > 0):
        released = mul_div_up(cost, abs(fill), abs(size))
        return after, cost - released, -value - released
    opened = fill_value(payoff, multiplier, price, after)
    return after, opened, opened - value - cost


@rule
def enlarges(before: int, after: int) -> bool:
    """Whether a change from `before` to `after` lots enlarges the position or turns it to the other side.

    >>> enlarges(10, 12), enlarges(10, -1), enlarges(10, 9), enlarges(10, 0)
    (True, True, False, False)
    """
    return after != 0 and (abs(after) > abs(before) or (after > 0) != (before > 0))


@rule
def settle_at_expiry(payoff: int, multiplier: int, size: int, cost: int, price: int) -> int:
    """Realised profit of a position that ends at `price`, rounded against the holder.

    >>> settle_at_expiry(0, 1, 10, 1000, 110)
    100
    """
    return value_down(payoff, multiplier, price, size) - cost


@rule
def funding_due(size: int, index: int, settled_index: int) -> int:
    """What the position owes in funding since it was last settled: below zero, what it is owed.

    Rounded up: who pays pays the fraction, who receives does without it.

    >>> funding_due(3, 1_500_000, 1_000_000), funding_due(-3, 1_500_000, 1_000_000)
    (2, -1)
    """
    return mul_div_up(size, index - settled_index, FUNDING_ONE)


@rule
def funding_change(payoff: int, multiplier: int, price: int, rate: int) -> int:
    """By how much a funding of `rate` (counts of 1e-8) at `price` moves the index: rule POS-003.

    >>> funding_change(0, 10, 600, 10_000)
    600000
    """
    return mul_div_down(lot_value_down(payoff, multiplier, price), rate, RATE_ONE)


@rule
def fill_fee(payoff: int, multiplier: int, price: int, fill: int, fee_rate: int) -> int:
    """The fee of a leg, |value| · fee rate rounded up: rule FIL-001.

    >>> fill_fee(0, 10, 600, -3, 50_000)
    9
    """
    return mul_div_up(abs(fill_value(payoff, multiplier, price, fill)), fee_rate, RATE_ONE)
