"""What a stress does to a system, in exact amounts of one settlement asset."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import NamedTuple, Protocol

from stoplog.stress.shocks import Shock


class StressFailed(Exception):
    """A stress that could not be tried; the message says which, and why."""


class Loss(NamedTuple):
    """What a compartment lost beyond its own collateral, above zero."""

    compartment: str
    amount: Fraction


class Outcome(NamedTuple):
    """One stress, and one asset that compartments are settled in.

    `liquidated` counts compartments that have to be, or were, liquidated. Of what is lost beyond collateral the fund
    pays what it can; `uncovered` is the rest. `received` is what liquidations brought into the fund meanwhile.
    """

    stress: str
    reason: str
    asset: str
    liquidated: int
    losses: tuple[Loss, ...]
    received: Fraction
    fund_before: Fraction
    fund_left: Fraction
    uncovered: Fraction

    @property
    def beyond(self) -> Fraction:
        """The sum over compartments."""
        return sum((loss.amount for loss in self.losses), Fraction(0))

    @property
    def system(self) -> Fraction:
        """The same by the system's own accounts: what the fund paid, and what nobody paid."""
        return self.fund_before + self.received - self.fund_left + self.uncovered


class System(Protocol):
    """Compartments that can be stressed as often as one likes: trying changes nothing."""

    name: str
    kind: str

    def names(self) -> Collection[str]:
        """The assets that a stress can move."""

    def under(self, shock: Shock) -> list[Outcome]:
        """What a stress does, an outcome for each settlement asset."""

    def remarks(self) -> list[str]:
        """What the figures leave out, in sentences."""


def checked(outcome: Outcome) -> Outcome:
    """The outcome, whose compartments add up to the system's figure: rule STR-001."""
    if outcome.beyond != outcome.system:
        raise StressFailed(
            f"{outcome.stress}: compartments lose {outcome.beyond} {outcome.asset} beyond their collateral, the system"
            f" {outcome.system}"
        )
    return outcome
