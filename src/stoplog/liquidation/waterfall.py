"""Who takes what a liquidation leaves, and who pays what it lacks.

What remains pays the liquidation fee first, the rest goes to the insurance fund. What is missing the fund
pays; when it is empty, the shortfall is socialised. Later layers (auction, backstop tranches,
auto-deleveraging) belong between the fund and socialisation.
"""

from __future__ import annotations

from stoplog.units import rule


@rule
def absorb(remainder: int, fee: int, fund: int) -> tuple[int, int, int, int]:
    """(fee taken, into the fund, out of the fund, socialised) for a remainder of either sign.

    fee taken + into the fund − out of the fund − socialised = remainder: rule WAT-001.

    >>> absorb(100, 30, 50), absorb(20, 30, 50), absorb(-70, 30, 50)
    ((30, 70, 0, 0), (20, 0, 0, 0), (0, 0, 50, 20))
    """
    if remainder >= 0:
        taken = min(fee, remainder)
        return taken, remainder - taken, 0, 0
    drawn = min(-remainder, fund)
    return 0, 0, drawn, -remainder - drawn
