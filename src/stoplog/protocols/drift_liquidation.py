"""Drift v2: how much a liquidator takes over, and what the insurance fund takes.

Integers: prices, quote amounts and fees are counts of 1e-6, sizes of 1e-9, ratios and weights of 1e-4, liquidation
multipliers of 1e-6; tokens have decimals of their own. Every division rounds down unless the docstring says up. Where
the chain answers the largest integer, since no amount suffices, the answer here is None.
Source: drift-labs/protocol-v2 @0ae3e3b1db, math/liquidation.
"""

from __future__ import annotations

from typing import NamedTuple

from stoplog.units import mul_div_down, mul_div_up

ONE = 10**6
"""A price, fee or multiplier of 1."""

SIZE_ONE = 10**9
"""A size of 1."""

RATIO = 100
"""A margin ratio or weight of 1e-4 in units of 1e-6."""

QUOTE_DECIMALS = 6

WEIGHT_ONE = 10**4
"""A weight of 1."""

FINE = 10
"""Weights are compared with one digit more than they have."""

KEPT_BY_FUND = (19, 20)
"""Of what a liquidation frees beyond the shortage the fund takes 95 %, so that the account ends a little healthier."""


class Oracle(NamedTuple):
    """Prices of what is traded and of the quote asset."""

    price: int
    quote: int

    @property
    def in_quote(self) -> int:
        """The price in units of the quote asset, rounded down."""
        return mul_div_down(self.price, self.quote, ONE)


def size_to_cover(shortage: int, ratio: int, liquidator_fee: int, fund_fee: int, oracle: Oracle) -> int | None:
    """The size whose closing frees the margin that is missing, fees paid; None where closing frees nothing.

    Each unit closed frees its margin less the liquidator's fee less the fund's.

    >>> size_to_cover(10_000_000, 1000, 10_000, 0, Oracle(100_000_000, 1_000_000))
    1111111111
    """
    freed = mul_div_down(oracle.in_quote, ratio * RATIO - liquidator_fee, ONE)
    freed -= mul_div_down(oracle.price, fund_fee, ONE)
    return mul_div_down(shortage, SIZE_ONE, freed) if freed > 0 else None


class Leg(NamedTuple):
    """One token of a liquidated pair: its weight in margin, its liquidation multiplier, its decimals and its price."""

    weight: int
    multiplier: int
    decimals: int
    price: int


def tokens_to_cover(shortage: int, asset: Leg, liability: Leg, fund_fee: int) -> int | None:
    """The tokens of a liability whose repayment out of the asset frees the margin that is missing, at least 1.

    None where repaying frees nothing: the asset given for a unit of liability weighs as much as the liability did.
    Decimals and price of the asset do not matter.
    """
    given = mul_div_down(FINE * asset.weight, asset.multiplier, liability.multiplier)
    if asset.weight >= liability.weight or given >= FINE * liability.weight:
        return None
    kept = mul_div_down(liability.price, fund_fee, ONE) * FINE * liability.weight
    freed = liability.price * (FINE * liability.weight - given) - kept
    if freed <= 0:
        return None
    finer = liability.decimals - QUOTE_DECIMALS
    tokens = mul_div_down(shortage * 10 ** max(0, finer), ONE * WEIGHT_ONE * FINE, freed)
    return max(1, mul_div_down(tokens, 1, 10 ** max(0, -finer)))


def liability_for_asset(tokens: int, asset: Leg, liability: Leg) -> int:
    """The tokens of a liability to be repaid for so many of the asset, rounded up, twice where it has fewer decimals.

    >>> asset, liability = Leg(0, 1_010_000, 6, 1_000_000), Leg(0, 990_000, 9, 100_000_000)
    >>> liability_for_asset(10_000_000, asset, liability)
    98019802
    """
    finer = liability.decimals - asset.decimals
    worth, per_token = asset.price * liability.multiplier, liability.price * asset.multiplier
    repaid = mul_div_up(tokens * 10 ** max(0, finer), worth, per_token)
    return mul_div_up(repaid, 1, 10 ** max(0, -finer))


def asset_for_liability(held: int, asset: Leg, liability: Leg, repaid: int) -> int:
    """The tokens of an asset that so many repaid tokens of a liability give right to, at least 1.

    All that is `held` where the two differ by less than one unit of quote: no dust stays behind. It can be more than is
    held: then less of the liability can be repaid.

    >>> asset, liability = Leg(0, 1_000_000, 6, 1_000_000), Leg(0, 1_000_000, 9, 100_000_000)
    >>> asset_for_liability(100_000_000, asset, liability, 999_999_999)
    100000000
    """
    finer = asset.decimals - liability.decimals
    worth, per_token = liability.price * asset.multiplier, asset.price * liability.multiplier
    given = mul_div_down(repaid * 10 ** max(0, finer), worth, per_token)
    given = max(1, mul_div_down(given, 1, 10 ** max(0, -finer)))
    return held if abs(given - held) * asset.price < ONE * 10**asset.decimals else given


def perpetual_fund_fee(shortage: int, size: int, ratio: int, liquidator_fee: int, oracle: Oracle, fee_max: int) -> int:
    """The fund's fee on a position of `size`, not below zero: what closing all of it would free beyond the shortage.

    At most `fee_max`; 0 where a price or the size is 0, and where the liquidator's fee takes all the margin.

    >>> perpetual_fund_fee(20_000_000, 10**10, 500, 10_000, Oracle(10**8, ONE), 50_000)
    19000
    """
    if oracle.in_quote == 0 or size == 0:
        return 0
    missing = mul_div_down(mul_div_down(shortage, SIZE_ONE, size), ONE, oracle.in_quote)
    return min(fee_max, mul_div_down(max(0, ratio * RATIO - liquidator_fee - missing), *KEPT_BY_FUND))


def spot_fund_fee(shortage: int, borrowed: int, asset: Leg, liability: Leg, fee_max: int) -> int:
    """The fund's fee on a borrow: what repaying all of it would free beyond the shortage, as a share of its weight.

    At most `fee_max`; 0 where price, borrow or multiplier of the liability is 0, or the asset weighs as much.

    >>> asset, liability = Leg(10_000, 1_010_000, 6, 0), Leg(11_000, 1_000_000, 9, 100_000_000)
    >>> spot_fund_fee(1_000_000, 10**9, asset, liability, 50_000)
    50000
    """
    if asset.weight >= liability.weight or 0 in (liability.price, borrowed, liability.multiplier):
        return 0
    given = mul_div_down(RATIO * asset.weight, asset.multiplier, liability.multiplier)
    missing = mul_div_down(shortage * ONE, 10**liability.decimals, borrowed) // liability.price
    spare = max(0, max(0, RATIO * liability.weight - given) - missing)
    return min(fee_max, mul_div_down(spare, ONE, RATIO * liability.weight))


def swap_accepted(given: int, asset: Leg, repaid: int, liability: Leg) -> bool:
    """Whether a liquidator who swaps an asset for the liability gets at least the price that the multipliers allow.

    `given` asset tokens, above zero, brought in `repaid` tokens of the liability.

    >>> asset, liability = Leg(0, 1_010_000, 9, 200_000_000), Leg(0, 1_000_000, 6, 1_000_000)
    >>> [swap_accepted(10**9, asset, repaid, liability) for repaid in (200_000_000, 198_000_000)]
    [True, False]
    """
    price = mul_div_down(mul_div_down(repaid, ONE, 10**liability.decimals), 10**asset.decimals, given)
    oracle = mul_div_down(asset.price * ONE, liability.multiplier, liability.price)
    return price >= oracle // asset.multiplier
