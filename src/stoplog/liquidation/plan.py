"""How a position that was taken over is sold, and what the sale costs."""

from __future__ import annotations

from stoplog.instruments import notional_up
from stoplog.units import RATE_ONE, mul_div_down, mul_div_up, rule


@rule
def sale_price(mark: int, size: int, slippage_rate: int, price_min: int, price_max: int) -> int:
    """The mark less slippage for a long, plus slippage for a short, rounded against the seller: LIQ-003.

    Held within the instrument's price limits, where a sale must end.

    >>> sale_price(1001, 5, 1_000_000, 1, 10**6), sale_price(1001, -5, 1_000_000, 1, 10**6)
    (990, 1012)
    """
    if size > 0:
        return max(price_min, mul_div_down(mark, RATE_ONE - slippage_rate, RATE_ONE))
    return min(price_max, mul_div_up(mark, RATE_ONE + slippage_rate, RATE_ONE))


@rule
def liquidation_fee(payoff: int, multiplier: int, price: int, size: int, fee_rate: int) -> int:
    """The fee asked for closing `size` lots at `price`, rounded up.

    >>> liquidation_fee(0, 1, 990, 5, 500_000)
    25
    """
    return mul_div_up(notional_up(payoff, multiplier, price, size), fee_rate, RATE_ONE)
