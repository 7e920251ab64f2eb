"""Drift v2: margin ratios and collateral weights that depend on the size.

Integers: ratios and weights are counts of 1e-4, sizes of 1e-9, prices, quote amounts and the size factor `imf` of
1e-6. Every division rounds down, square roots too, as on the chain.
Source: drift-labs/protocol-v2 @0ae3e3b1db, math/margin, state/perp_market, state/spot_market.
"""

from __future__ import annotations

from enum import Enum
from math import isqrt
from typing import NamedTuple

from stoplog.units import mul_div_down

WEIGHT_ONE = 10**4
"""A weight or ratio of 1."""

SIZE_ONE = 10**9
"""A size of 1."""

SIZE_DECIMALS = 9

PREMIUM_DIVISOR = 10**7
"""Turns √size · imf into a ratio."""

DISCOUNT_DIVISOR = 10**5
"""Turns √size · imf into a share of `DISCOUNT_ONE`."""

DISCOUNT_ONE = 10**6

DISCOUNT_CEILING = 11 * 10**9
"""1.1, times `DISCOUNT_ONE` and `WEIGHT_ONE`: the weight that a size of 0 would have."""

SIZE_PER_QUOTE = 1000
"""A profit weighs like a size of as many units."""


class Purpose(Enum):
    """What margin is asked for: to open, to stay, or to fill a resting order."""

    INITIAL = "initial"
    MAINTENANCE = "maintenance"
    FILL = "fill"


class Pair(NamedTuple):
    """A ratio or weight to open with and one to stay with."""

    initial: int
    maintenance: int

    def for_purpose(self, purpose: Purpose) -> int:
        """The one that counts; to fill an order it is the mean of both, rounded down."""
        if purpose is Purpose.FILL:
            return (self.initial + self.maintenance) // 2
        return self.initial if purpose is Purpose.INITIAL else self.maintenance


def size_root(size: int) -> int:
    """√size as the chain takes it: that of ten times the size and one, rounded down."""
    return isqrt(10 * size + 1)


def size_premium(ratio: int, size: int, imf: int) -> int:
    """Four fifths of `ratio` and √size · imf on top; `ratio` itself where `imf` is 0. It can be below `ratio`.

    >>> size_premium(1000, 10**15, 50), size_premium(1000, 10**15, 0)
    (1300, 1000)
    """
    if imf == 0:
        return ratio
    return ratio - ratio // 5 + mul_div_down(size_root(size), imf, PREMIUM_DIVISOR)


def margin_ratio(ordinary: Pair, high_leverage: Pair | None, purpose: Purpose, size: int, imf: int) -> int:
    """The margin of a perpetual position of `size` as a share of its value.

    `high_leverage` is the pair of a position in that mode; a pair that is not above zero, or None, is no such mode. In
    it the ratio to open starts at the pair's own and reaches the ordinary one where the size premium overtakes that. A
    premium of the ratio itself is what no size factor gives, and the source answers the pair's own there too: the one
    size at which the ratio falls.

    >>> margin_ratio(Pair(1000, 500), None, Purpose.INITIAL, 10**15, 50)
    1300
    >>> margin_ratio(Pair(1000, 500), Pair(100, 50), Purpose.INITIAL, 3 * 10**12, 50)
    221
    """
    if high_leverage is None or min(high_leverage) <= 0:
        ratio = ordinary.for_purpose(purpose)
        return max(ratio, size_premium(ratio, size, imf))
    ratio = high_leverage.for_purpose(purpose)
    if purpose is Purpose.MAINTENANCE:
        return max(ratio, size_premium(ratio, size, imf))
    bound = ordinary.for_purpose(purpose)
    premium = size_premium(bound, size, imf)
    if premium > bound:
        return premium
    return ratio if premium == bound else ratio + _towards(bound, ratio, premium)


def _towards(bound: int, ratio: int, premium: int) -> int:
    """The part of the way from `ratio` to `bound` that the premium, below `bound`, has come from four fifths of it."""
    missing = mul_div_down(bound - premium, DISCOUNT_ONE, bound // 5)
    return mul_div_down(max(bound - ratio, 1), max(0, DISCOUNT_ONE - missing), DISCOUNT_ONE)


def margin_requirement(size: int, price: int, ratio: int, imf: int) -> int:
    """What a perpetual position of signed `size` must hold at the oracle price, in quote, with its size premium.

    >>> margin_requirement(-6_147_540_983, 22_050_000_000, 1000, 1000)
    13555327867
    """
    value = mul_div_down(abs(size), price, SIZE_ONE)
    return mul_div_down(value, max(ratio, size_premium(ratio, abs(size), imf)), WEIGHT_ONE)


def size_in_base(tokens: int, decimals: int) -> int:
    """Token units of so many decimals as a size, rounded down."""
    return mul_div_down(tokens, 10 ** max(0, SIZE_DECIMALS - decimals), 10 ** max(0, decimals - SIZE_DECIMALS))


def asset_weight(weight: int, size: int, imf: int) -> int:
    """How much of a deposit's value counts: at most `weight`, less the larger the deposit.

    >>> asset_weight(9000, 10**12, 100_000), asset_weight(9000, 10**12, 0)
    (2642, 9000)
    """
    if imf == 0:
        return weight
    return min(weight, DISCOUNT_CEILING // (DISCOUNT_ONE + mul_div_down(size_root(size), imf, DISCOUNT_DIVISOR)))


def liability_weight(weight: int, size: int, imf: int) -> int:
    """By how much a borrow's value counts: at least `weight`, more the larger the borrow.

    >>> liability_weight(11_000, 10**12, 100_000)
    40422
    """
    return max(weight, size_premium(weight, size, imf))


def scaled_asset_weight(weight: int, deposits: int, decimals: int, price: int, scale_start: int) -> int:
    """The initial weight of a token of which so much has been deposited by all that it must be kept from growing.

    From a value of `scale_start` on (0: never) the deposits count together for no more than that value.

    >>> scaled_asset_weight(9000, 40_000 * 10**9, 9, 25_000_000, 500_000_000_000)
    4500
    """
    value = mul_div_down(deposits, price, 10**decimals)
    if scale_start == 0 or value < scale_start:
        return weight
    return mul_div_down(weight, scale_start, value)


def profit_weight(weight: int, profit: int, imf: int) -> int:
    """How much of an unrealised profit counts: less the larger it is. A loss counts in full.

    >>> profit_weight(10_000, 22_699_050_905, 1000), profit_weight(9000, -1, 1000)
    (9559, 10000)
    """
    if profit < 0:
        return WEIGHT_ONE
    return asset_weight(weight, profit * SIZE_PER_QUOTE, imf)
