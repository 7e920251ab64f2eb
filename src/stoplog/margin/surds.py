"""Exact numbers that a square root may be part of: where a requirement grows with the square of the notional.

A surd is (whole ± √radicand) / divisor. Everything about it is decided with integers.
"""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple


class Surd(NamedTuple):
    """(whole + sign · √radicand) / divisor, the divisor above zero; `sign` is 0 where there is no root."""

    whole: int
    divisor: int = 1
    sign: int = 0
    radicand: int = 0

    @property
    def above_zero(self) -> bool:
        """Whether the number is above zero."""
        return self.compare(0) > 0

    def compare(self, other: int) -> int:
        """The sign of this number less `other`.

        >>> Surd(1, 2, 1, 5).compare(1), Surd(1, 2, 1, 5).compare(2), Surd(6, 2).compare(3)
        (1, -1, 0)
        """
        rest = self.whole - other * self.divisor
        if self.sign == 0:
            return (rest > 0) - (rest < 0)
        if rest == 0 or (rest > 0) == (self.sign > 0):
            return self.sign
        return -self.sign if rest * rest > self.radicand else self.sign

    def times(self, numerator: int, denominator: int) -> Surd:
        """This number · numerator / denominator, both above zero."""
        radicand = self.radicand * numerator * numerator
        return Surd(self.whole * numerator, self.divisor * denominator, self.sign, radicand)

    def inverse(self) -> Surd:
        """1 / this number, which is above zero.

        >>> Surd(1, 2, 1, 5).inverse() == Surd(-2, 4, 1, 20)
        True
        """
        if self.sign == 0:
            return Surd(self.divisor, self.whole)
        squares = self.whole * self.whole - self.radicand
        side = 1 if squares > 0 else -1
        radicand = self.radicand * self.divisor * self.divisor
        return Surd(side * self.whole * self.divisor, abs(squares), -side * self.sign, radicand)

    def floor(self, numerator: int = 1, denominator: int = 1) -> int:
        """This number · numerator / denominator towards minus infinity.

        >>> Surd(1, 2, 1, 5).floor(100), Surd(1, 2, -1, 5).floor(100), Surd(7, 2).floor()
        (161, -62, 3)
        """
        below = self.whole * numerator
        if self.sign > 0:
            below += isqrt(self.radicand * numerator * numerator)
        elif self.sign < 0:
            below -= isqrt(self.radicand * numerator * numerator) + 1
        return below // (self.divisor * denominator)


def root_of(whole: int, sign: int, radicand: int, divisor: int) -> Surd:
    """(whole + sign · √radicand) / divisor; a radicand that is a square is taken out of its root.

    >>> root_of(1, 1, 9, 2), root_of(1, -1, 5, 2)
    (Surd(whole=4, divisor=2, sign=0, radicand=0), Surd(whole=1, divisor=2, sign=-1, radicand=5))
    """
    root = isqrt(radicand)
    if root * root == radicand:
        return Surd(whole + sign * root, divisor)
    return Surd(whole, divisor, sign, radicand)


def compare_surds(one: Surd, other: Surd) -> int:
    """The sign of `one` less `other`.

    >>> compare_surds(Surd(0, 1, 1, 2), Surd(7, 5)), compare_surds(Surd(1, 1, 1, 2), Surd(0, 1, 1, 6))
    (1, -1)
    """
    rest = one.whole * other.divisor - other.whole * one.divisor
    if other.sign == 0:
        return sign_with_root(rest, one.sign * other.divisor, one.radicand)
    factor = one.sign * other.divisor
    near = sign_with_root(rest, factor, one.radicand)
    if near != other.sign:
        return near or -other.sign
    squares = rest * rest + factor * factor * one.radicand - one.divisor * one.divisor * other.radicand
    return near * sign_with_root(squares, 2 * rest * factor, one.radicand)


def sign_with_root(whole: int, factor: int, radicand: int) -> int:
    """The sign of whole + factor · √radicand.

    >>> sign_with_root(-3, 2, 2), sign_with_root(-2, 1, 4), sign_with_root(3, -2, 3)
    (-1, 0, -1)
    """
    side = (whole > 0) - (whole < 0)
    if factor == 0 or radicand == 0:
        return side
    root_side = 1 if factor > 0 else -1
    if side in (0, root_side):
        return root_side
    squares = whole * whole - factor * factor * radicand
    return side * ((squares > 0) - (squares < 0))
