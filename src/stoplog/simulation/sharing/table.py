"""The figures of all settings as rows, as the terminal, the report and the documentation print them."""

from __future__ import annotations

from collections.abc import Callable

from stoplog.simulation.report import words
from stoplog.simulation.sharing.comparison import AMOUNTS_AT, SHARES_AT, Column, Comparison
from stoplog.simulation.sharing.world import SharedWorld

Row = tuple[str, tuple[str, ...]]


def rows_of(world: SharedWorld, comparison: Comparison) -> list[Row]:
    """What each row is called, and its figure in each setting."""
    scale, asset = 10.0**world.terms.market.asset_decimals, world.terms.market.asset
    traders = world.holders.count
    positions = int(world.holders.held.sum())

    def money(amount: float) -> str:
        return words.money(amount / scale)

    def of_traders(number: int) -> str:
        return f"{words.count(number)} ({words.share(number, traders)})"

    def of_all(figure: Callable[[Column], str]) -> tuple[str, ...]:
        return tuple(figure(column) for column in comparison.columns)

    rows: list[Row] = [
        ("Traders that kept a position", of_all(lambda c: of_traders(c.fates.survivors))),
        ("with a position liquidated", of_all(lambda c: of_traders(c.fates.some + c.fates.every))),
        ("with all positions liquidated", of_all(lambda c: of_traders(c.fates.every))),
        (
            "Positions liquidated",
            of_all(lambda c: _part(int(c.figures.liquidated.sum()), positions)),
        ),
        (f"Lost by all traders together, {asset}", of_all(lambda c: money(int(c.figures.lost.sum())))),
        (f"Lost by those who lost, {asset}", of_all(lambda c: money(int(c.figures.lost[c.figures.lost > 0].sum())))),
    ]
    for i, quantile in enumerate(SHARES_AT):
        name = f"{100 * quantile:.0f}{words.PERCENT} of the traders lost at most, of their money"
        rows.append((name, tuple(percent(column.shares_lost[i]) for column in comparison.columns)))
    for i, quantile in enumerate(AMOUNTS_AT):
        name = f"{100 * quantile:.0f}{words.PERCENT} of the traders lost at most, {asset}"
        rows.append((name, tuple(money(column.amounts_lost[i]) for column in comparison.columns)))
    rows += [
        (f"Put at risk, {asset}", of_all(lambda c: money(int(c.figures.at_risk.sum())))),
        ("Largest loss, of what was put at risk", of_all(lambda c: f"{100 * c.largest_share:.2f}{words.PERCENT}")),
        ("Lost more than was put at risk", of_all(lambda c: words.count(c.beyond))),
        (f"Lacking after liquidations, {asset}", of_all(lambda c: money(c.figures.missing))),
        (f"paid by the insurance fund, {asset}", of_all(lambda c: money(c.figures.fund_paid))),
        (f"socialised, {asset}", of_all(lambda c: money(c.figures.socialised))),
        (f"The fund received, {asset}", of_all(lambda c: money(c.figures.fund_received))),
        ("Failures", of_all(lambda c: words.count(c.figures.failures.count))),
        (
            "that took other positions along",
            of_all(lambda c: _part(c.figures.failures.spread, c.figures.failures.count)),
        ),
        ("positions that stood beside a failure", of_all(lambda c: words.count(int(c.figures.failures.beside.sum())))),
        (
            "of them, positions that went along",
            of_all(lambda c: _part(int(c.figures.failures.along.sum()), int(c.figures.failures.beside.sum()))),
        ),
    ]
    return rows


def balance_rows(comparison: Comparison) -> list[Row]:
    """Where the money of each asset went, to the last unit: what the traders lost, and who has it."""
    rows: list[Row] = []
    for i in range(len(comparison.columns[0].figures.balances)):
        balances = [column.figures.balances[i] for column in comparison.columns]
        for name, attribute in PARTS:
            amounts = [getattr(balance, attribute) for balance in balances]
            shown = tuple(exact(amount, balances[0].decimals) for amount in amounts)
            if any(amounts) or attribute in {"lost", "gone_to"}:
                rows.append((f"{name}, {balances[0].asset}", shown))
    return rows


PARTS = (
    ("Lost, trader by trader", "lost"),
    ("to the outside market", "outside_market"),
    ("to fees of trades", "fees"),
    ("to fees of liquidations", "liquidation_fees"),
    ("to the insurance fund", "fund"),
    ("to dust", "dust"),
    ("less what was socialised", "socialised"),
    ("The system's figure", "gone_to"),
)


def exact(amount: int, decimals: int) -> str:
    """An amount with all its decimals.

    >>> exact(-1234567891, 6)
    '−1,234.567891'
    """
    whole, part = divmod(abs(amount), 10**decimals)
    text = f"{whole:,}.{part:0{decimals}d}" if decimals else f"{whole:,}"
    return f"{words.MINUS}{text}" if amount < 0 else text


def _part(number: int, whole: int) -> str:
    return f"{words.count(number)} ({words.share(number, whole)})" if whole else words.count(number)


def percent(share: float) -> str:
    """A share, below zero for a gain."""
    return f"{words.MINUS if share < 0 else ''}{abs(100 * share):.1f}{words.PERCENT}"
