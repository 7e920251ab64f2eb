"""Money, prices and sizes as integers, and the budget that keeps them inside 64 bits.

Every quantity is a count of a stated unit: a price is a count of the instrument's price unit, a size a
count of lots, an amount a count of the asset's smallest unit. `Unit` goes from exact decimals to counts
and back. Every division says in its name which way it rounds.

The limits below are the bit budget. Inside them no product that a rule forms leaves a signed 128-bit
integer and no result leaves a signed 64-bit one (`tests/laws/test_bit_budget.py` proves it with z3).
Whatever is outside is refused at the door, by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

RATE_ONE = 10**8
"""A rate of 1 (100 %), in the engine: rates are counts of 1e-8."""

FUNDING_ONE = 10**6
"""Funding indexes and lot values are kept in millionths of the asset's smallest unit."""

PRICE_MAX = 2**40
"""Largest price, in price units."""

SIZE_MAX = 2**40
"""Largest position, in lots."""

INITIAL_FACTOR_MAX = 10 * 10**8
"""Initial over maintenance requirement by scenarios, at most, in counts of 1e-8."""

LOT_VALUE_MAX = 2**40
"""Largest value of one lot, in the asset's smallest unit."""

MULTIPLIER_MAX = 2**62
"""Largest multiplier: amount per lot and price unit (linear), amount times price per lot (inverse)."""

POSITION_VALUE_MAX = 2**56
"""Largest value of one position at the largest (inverse: smallest) price of its instrument."""

OPEN_VALUE_MAX = 2**60
"""Largest value of all open positions of an instrument, likewise."""

PURSE_MAX = 2**57
"""Largest amount in one compartment, of either sign."""

AMOUNT_MAX = 2**60
"""Largest free balance and largest net deposits that a deposit, and largest fee account that a fill may bring about."""

LIFETIME_MAX = 2**62
"""Largest total ever deposited, and ever withdrawn, of an asset."""

RAMP_UNIT = 10**12
"""The slope of a ramp is a rate, in the engine, for this many of the asset's smallest units."""

RAMP_RATE_MAX = 2
"""Rates that a ramp has brought this far above 1 are shown as this; whether a position is breached is exact."""

CLOSE_FEE_MAX = RATE_ONE // 10
"""Largest fee rate for closing that a requirement may contain."""

TIME_MAX = 2**63 - 1
"""Latest time, in milliseconds since 1970."""
GRACE_MAX = 2**40
"""Longest grace of a change, in milliseconds."""

SEQUENCE_MAX = 2**62
"""Largest sequence number from which a change can be effective."""

FUNDING_SPAN = 4
"""Funding that may accrue over an instrument's life, gross, in multiples of its largest lot value."""

PRICE_ONE = 10**9
"""Prices of assets are value units for this many of the asset's smallest units."""

ASSET_PRICE_MAX = 2**42
"""Largest price of an asset."""

VALUE_MAX = 2**58
"""What a cross compartment holds or must hold in one asset counts for no more value units than this."""

INTEREST_INDEX_MAX = 2**30
"""Largest interest index, in counts of 1e-8."""

SALE_RANK_MAX = 2**15
"""Largest place of an asset in the order of sale."""

RuleT = TypeVar("RuleT", bound=Callable[..., Any])


class OutOfRange(ValueError):
    """A quantity outside its budget; `field` names it, `value` and `limit` give the figures."""

    def __init__(self, field: str, value: object, limit: object) -> None:
        super().__init__(f"{field}: {value} is outside the limit of {limit}")
        self.field = field
        self.value = value
        self.limit = limit


class NotAWholeCount(ValueError):
    """A decimal that is not a whole number of the unit it should be counted in."""

    def __init__(self, field: str, value: object, step: object) -> None:
        super().__init__(f"{field}: {value} is not a whole number of units of {step}")
        self.field = field
        self.value = value
        self.step = step


def rule(function: RuleT) -> RuleT:
    """Mark a pure function on integers that the engine compiles as it stands."""
    function.__dict__["is_rule"] = True
    return function


def seldom(function: RuleT) -> RuleT:
    """Mark a rule that few commands need: the engine keeps its code apart from what every command runs."""
    function.__dict__["is_seldom"] = True
    return function


def mul_div_down(a: int, b: int, d: int) -> int:
    """a·b/d towards minus infinity, d > 0: for what we pay.

    >>> mul_div_down(7, 3, 2), mul_div_down(-7, 3, 2)
    (10, -11)
    """
    return a * b // d


def mul_div_up(a: int, b: int, d: int) -> int:
    """a·b/d towards plus infinity, d > 0: for what we ask.

    >>> mul_div_up(7, 3, 2), mul_div_up(-7, 3, 2)
    (11, -10)
    """
    return -(-a * b // d)


def ratio_down(a: int, b: int, c: int, d: int, e: int, f: int, limit: int) -> int:
    """a·b·c / (d·e·f) towards minus infinity, held within ±limit; the divisor is above zero.

    >>> ratio_down(7, 3, 2, 5, 1, 1, 100), ratio_down(-7, 3, 2, 5, 1, 1, 100), ratio_down(7, 3, 2, 1, 1, 1, 40)
    (8, -9, 40)
    """
    return max(-limit, min(limit, a * b * c // (d * e * f)))


def compare_products(a: int, b: int, c: int, d: int, e: int, f: int) -> int:
    """The sign of a·b·c − d·e·f: −1, 0 or 1. Two ratios are compared without dividing.

    >>> compare_products(2, 3, 1, 7, 1, 1)
    -1
    """
    left, right = a * b * c, d * e * f
    return (left > right) - (left < right)


def compare_on_ramp(
    capital: int, side: int, a: int, b: int, d: int, rate: int, slope: int, floor: int, one: int, unit: int
) -> int:
    """The sign of capital + side·N − N·(rate + slope·(N − floor)/unit)/one at N = a·b/d, d above zero.

    >>> compare_on_ramp(-895, 1, 10, 100, 1, 1, 0, 0, 100, 1), compare_on_ramp(-1000, 1, 10, 100, 1, 1, 1, 900, 100, 1)
    (1, -1)
    """
    n = a * b
    left = (capital * d + side * n) * (d * one * unit)
    right = n * (rate * unit * d + slope * (n - floor * d))
    return (left > right) - (left < right)


@dataclass(frozen=True, slots=True)
class Unit:
    """The size of one count, for example 0.01 USDT of price or 0.001 BTC of size.

    >>> Unit(Decimal("0.05")).count("price", "4189.35")
    83787
    >>> Unit(Decimal("0.05")).decimal(83787)
    Decimal('4189.35')
    """

    step: Decimal

    def count(self, field: str, value: Decimal | int | str) -> int:
        """How many units `value` is, exactly; `NotAWholeCount` names the field where it is not."""
        try:
            exact = Decimal(value)
        except InvalidOperation:
            raise NotAWholeCount(field, value, self.step) from None
        if not exact.is_finite():
            raise NotAWholeCount(field, value, self.step)
        numerator, denominator = exact.as_integer_ratio()
        step_numerator, step_denominator = self.step.as_integer_ratio()
        whole, rest = divmod(numerator * step_denominator, denominator * step_numerator)
        if rest:
            raise NotAWholeCount(field, value, self.step)
        return whole

    def decimal(self, count: int) -> Decimal:
        """The decimal that `count` units are, exactly, however many digits it has."""
        sign, digits, exponent = self.step.as_tuple()
        assert not sign, "a unit is above zero"
        assert isinstance(exponent, int), "a unit is finite"
        whole = int("".join(map(str, digits))) * int(count)
        return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), exponent))


def rate(field: str, value: Decimal | int | str) -> int:
    """A rate as a count of 1e-8, exactly.

    >>> rate("maintenance_rate", "0.004")
    400000
    """
    return Unit(Decimal(1) / RATE_ONE).count(field, value)
