"""Health: what a position or a purse is worth and what it must hold. It adds up.

Health does not depend on the order in which positions are added, and is compared without dividing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from stoplog.units import compare_products


class Health(NamedTuple):
    """Equity and requirements, as amounts.

    >>> Health(120, 100, 50) + Health(-30, 10, 5)
    Health(equity=90, initial=110, maintenance=55)
    """

    equity: int
    initial: int
    maintenance: int

    def __add__(self, other: object) -> Health:
        """The health of both together."""
        assert isinstance(other, Health), "health adds to health"
        return Health(self.equity + other.equity, self.initial + other.initial, self.maintenance + other.maintenance)

    def scaled(self, factor: int) -> Health:
        """The same over a unit that is so many times as fine.

        >>> Health(1, 2, 3).scaled(10)
        Health(equity=10, initial=20, maintenance=30)
        """
        return Health(self.equity * factor, self.initial * factor, self.maintenance * factor)

    @property
    def breached(self) -> bool:
        """Whether the equity is below the maintenance margin."""
        return self.equity < self.maintenance

    @property
    def opens(self) -> bool:
        """Whether the equity covers the initial margin."""
        return self.equity >= self.initial

    def riskier_than(self, other: Health) -> bool:
        """Whether maintenance is a larger share of equity here than there, both equities above zero.

        >>> Health(100, 0, 50).riskier_than(Health(100, 0, 40))
        True
        """
        return compare_products(self.maintenance, other.equity, 1, other.maintenance, self.equity, 1) > 0


def total(parts: Iterable[Health]) -> Health:
    """The health of all parts together, in any order.

    >>> total([Health(120, 100, 50), Health(-30, 10, 5)])
    Health(equity=90, initial=110, maintenance=55)
    """
    return sum(parts, Health(0, 0, 0))
