"""The reserve for closing: a fee on the value at the bankruptcy price, set aside when a position is opened.

The reserve counts for nothing but the exit: the bankruptcy price is where capital less the reserve is used up, and
the reserve is the fee on the value there. Capital = purse − cost; `side` is the sign of the value lots. At notional
N of the bankruptcy price, capital − reserve + side · N = 0 and reserve = rate · N.
"""

from __future__ import annotations

from stoplog.units import mul_div_up, rule


@rule
def reserve_included(capital: int, side: int, rate: int, one: int) -> int:
    """The reserve inside a purse that holds it already, rounded up; 0 where no price above zero is the bankrupt one.

    N = −side · capital / (1 − side · rate).

    >>> reserve_included(-900, 1, 1, 10), reserve_included(1100, -1, 1, 10), reserve_included(100, 1, 1, 10)
    (100, 100, 0)
    """
    return max(0, mul_div_up(-side * capital, rate, one - side * rate))


@rule
def reserve_on_top(capital: int, side: int, rate: int, one: int) -> int:
    """The reserve that is paid beside a purse that does not hold it, rounded up.

    The bankruptcy price is that of the purse alone: N = −side · capital.

    >>> reserve_on_top(-900, 1, 1, 10), reserve_on_top(100, 1, 1, 10)
    (90, 0)
    """
    return max(0, mul_div_up(-side * capital, rate, one))


@rule
def capital_before_reserve(free: int, side: int, rate: int, one: int) -> int:
    """The least capital of which at least `free` is left beside the reserve inside it (`reserve_included`).

    >>> capital_before_reserve(-1000, 1, 1, 10), capital_before_reserve(1000, -1, 1, 10)
    (-900, 1100)
    """
    if side * free >= 0:
        return free
    return mul_div_up(free, one - side * rate, one)
