"""Which lots of resting orders need margin.

Per side, best price first, the first lots that would close the position need none: what they fill at only makes the
position smaller. Everything behind them would open or grow a position. Source: Vega's isolated order margin
(`../shared/design/protocol-rules.md`), which is the same with every price.
"""

from __future__ import annotations

from stoplog.units import rule


@rule
def opening_lots(lots: int, free: int) -> tuple[int, int]:
    """(lots of an order that need margin, free lots left) where `free` closing lots may still go unmargined.

    `lots` and `free` are counts, not below zero. Orders of a side are taken best price first, beginning with the
    position's size as `free` on the side that closes it and with 0 on the other: rule ORM-001.

    >>> opening_lots(4, 10), opening_lots(4, 3), opening_lots(4, 0)
    ((0, 6), (1, 0), (4, 0))
    """
    closing = min(lots, free)
    return lots - closing, free - closing
