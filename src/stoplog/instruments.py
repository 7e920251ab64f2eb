"""What a position is worth: perpetuals and dated futures, linear, inverse and quanto.

One picture serves all three. A *lot value* is what one lot is worth in the settlement asset: linear and
quanto price · multiplier, inverse multiplier / price. A position is a signed number of lot values
(`value_lots`): the size itself, or minus the size where the payoff is inverse, because a long inverse
position is short of coin. Profit is value minus cost in every case.

Multiplier: for linear and quanto the amount of the settlement asset per price unit and lot, a whole number,
so that values have no division at all; for inverse the amount per lot times the price unit.
"""

from __future__ import annotations

from stoplog.units import (
    FUNDING_ONE,
    LOT_VALUE_MAX,
    MULTIPLIER_MAX,
    POSITION_VALUE_MAX,
    PRICE_MAX,
    SIZE_MAX,
    mul_div_down,
    mul_div_up,
    rule,
)

LINEAR = 0
INVERSE = 1
QUANTO = 2

PAYOFFS = {"linear": LINEAR, "inverse": INVERSE, "quanto": QUANTO}


@rule
def value_lots(payoff: int, size: int) -> int:
    """The position as a signed number of lot values.

    >>> value_lots(LINEAR, 5), value_lots(INVERSE, 5)
    (5, -5)
    """
    return -size if payoff == INVERSE else size


@rule
def fill_value(payoff: int, multiplier: int, price: int, size: int) -> int:
    """What `size` lots are booked at when they change hands at `price`, towards zero.

    Antisymmetric, so that both legs of a fill book the same amount with opposite signs.

    >>> fill_value(LINEAR, 10, 600, 3), fill_value(INVERSE, 10_000, 600, 3), fill_value(INVERSE, 10_000, 600, -3)
    (18000, -50, 50)
    """
    if payoff == INVERSE:
        if size < 0:
            return mul_div_down(-size, multiplier, price)
        return -mul_div_down(size, multiplier, price)
    return size * price * multiplier


@rule
def value_down(payoff: int, multiplier: int, price: int, size: int) -> int:
    """What a position of `size` lots is worth to its holder at `price`, rounded against the holder.

    >>> value_down(INVERSE, 10_000, 599, 3), value_down(INVERSE, 10_000, 599, -3)
    (-51, 50)
    """
    if payoff == INVERSE:
        return mul_div_down(-size, multiplier, price)
    return size * price * multiplier


@rule
def notional_up(payoff: int, multiplier: int, price: int, size: int) -> int:
    """The absolute value of `size` lots at `price`, rounded up.

    >>> notional_up(LINEAR, 10, 600, -3), notional_up(INVERSE, 10_000, 599, 3)
    (18000, 51)
    """
    if payoff == INVERSE:
        return mul_div_up(abs(size), multiplier, price)
    return abs(size) * price * multiplier


@rule
def lot_value_down(payoff: int, multiplier: int, price: int) -> int:
    """The value of one lot in millionths of the smallest unit, rounded down (exact unless inverse)."""
    if payoff == INVERSE:
        return mul_div_down(multiplier, FUNDING_ONE, price)
    return price * multiplier * FUNDING_ONE


@rule
def lot_value_up(payoff: int, multiplier: int, price: int) -> int:
    """The value of one lot in millionths of the smallest unit, rounded up (exact unless inverse)."""
    if payoff == INVERSE:
        return mul_div_up(multiplier, FUNDING_ONE, price)
    return price * multiplier * FUNDING_ONE


@rule
def lot_value_max(payoff: int, multiplier: int, price_min: int, price_max: int) -> int:
    """The largest value one lot can have within the price limits, rounded up."""
    if payoff == INVERSE:
        return mul_div_up(multiplier, 1, price_min)
    return price_max * multiplier


@rule
def in_budget(payoff: int, multiplier: int, price_min: int, price_max: int, position_limit: int) -> bool:
    """Whether an instrument with these limits keeps every product inside the bit budget.

    >>> in_budget(LINEAR, 1, 1, 10**8, 10**7), in_budget(LINEAR, 1, 1, 10**8, 10**9)
    (True, False)
    """
    if not (1 <= price_min <= price_max <= PRICE_MAX and 1 <= position_limit <= SIZE_MAX):
        return False
    if not 1 <= multiplier <= MULTIPLIER_MAX:
        return False
    if payoff != INVERSE and multiplier > LOT_VALUE_MAX // price_max:
        return False
    largest = lot_value_max(payoff, multiplier, price_min, price_max)
    return largest <= LOT_VALUE_MAX and position_limit <= POSITION_VALUE_MAX // largest
