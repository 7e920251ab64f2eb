"""An integer that refuses to leave signed 64 bits, and the wide functions, which may use signed 128."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from laws.rebinding import rebound

from stoplog import units
from stoplog.margin.guards import Limits
from stoplog.margin.policies import Policy

NARROW, WIDE, WIDEST = 2**63, 2**127, 2**255


def within(value: int, bound: int) -> int:
    """The value; `OverflowError` where it leaves [−bound, bound)."""
    if not -bound <= value < bound:
        raise OverflowError(f"{value} does not fit")
    return value


class Checked(int):
    """Results of arithmetic are Checked again; `OverflowError` where one leaves signed 64 bits."""

    __slots__ = ()

    def __new__(cls, value: int) -> Self:
        return super().__new__(cls, within(int(value), NARROW))

    def __add__(self, other: int) -> Checked:
        return Checked(int(self) + int(other))

    def __radd__(self, other: int) -> Checked:
        return Checked(int(other) + int(self))

    def __sub__(self, other: int) -> Checked:
        return Checked(int(self) - int(other))

    def __rsub__(self, other: int) -> Checked:
        return Checked(int(other) - int(self))

    def __mul__(self, other: int) -> Checked:
        return Checked(int(self) * int(other))

    def __rmul__(self, other: int) -> Checked:
        return Checked(int(other) * int(self))

    def __floordiv__(self, other: int) -> Checked:
        return Checked(int(self) // int(other))

    def __rfloordiv__(self, other: int) -> Checked:
        return Checked(int(other) // int(self))

    def __neg__(self) -> Checked:
        return Checked(-int(self))

    def __abs__(self) -> Checked:
        return Checked(abs(int(self)))


def product(*factors: int) -> int:
    """The product, multiplied from the left as the compiled code does, in 128 bits."""
    total = 1
    for factor in factors:
        total = within(total * int(factor), WIDE)
    return total


def mul_div_down(a: int, b: int, d: int) -> Checked:
    assert d > 0
    return Checked(product(a, b) // int(d))


def mul_div_up(a: int, b: int, d: int) -> Checked:
    assert d > 0
    return Checked(-(-product(a, b) // int(d)))


def ratio_down(a: int, b: int, c: int, d: int, e: int, f: int, limit: int) -> Checked:
    divisor = product(d, e, f)
    assert divisor > 0
    return Checked(max(-int(limit), min(int(limit), product(a, b, c) // divisor)))


def compare_products(a: int, b: int, c: int, d: int, e: int, f: int) -> Checked:
    left, right = product(a, b, c), product(d, e, f)
    return Checked((left > right) - (left < right))


def compare_on_ramp(
    capital: int, side: int, a: int, b: int, d: int, rate: int, slope: int, floor: int, one: int, unit: int
) -> Checked:
    capital, side, a, b, d, rate, slope, floor, one, unit = (
        int(given) for given in (capital, side, a, b, d, rate, slope, floor, one, unit)
    )
    n = a * b
    left = within((capital * d + side * n) * d * one * unit, WIDEST)
    right = within(n * (rate * unit * d + slope * (n - floor * d)), WIDEST)
    return Checked((left > right) - (left < right))


CHECKED_WIDE: dict[Callable[..., Any], Callable[..., Any]] = {
    units.mul_div_down: mul_div_down,
    units.mul_div_up: mul_div_up,
    units.ratio_down: ratio_down,
    units.compare_products: compare_products,
    units.compare_on_ramp: compare_on_ramp,
}


def checked_argument(argument: Any) -> Any:
    """Integers, and those inside tiers, policies and resting orders, as Checked ones."""
    if isinstance(argument, bool):
        return argument
    if isinstance(argument, int):
        return Checked(argument)
    if isinstance(argument, Policy):
        return Policy(*(Checked(figure) for figure in argument))
    if isinstance(argument, Limits):
        return Limits(*(Checked(figure) for figure in argument))
    return [type(row)(*(Checked(figure) for figure in row)) for row in argument]


def checked(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The plain rule on Checked integers."""
    inner = rebound(rule, CHECKED_WIDE)
    return lambda *arguments: inner(*(checked_argument(argument) for argument in arguments))
