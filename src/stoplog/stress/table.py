"""The stresses as a table on a terminal, with a bar for what was lost: the fund's part, and nobody's."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from rich.table import Table
from rich.text import Text

from stoplog.simulation.report.words import PERCENT, money
from stoplog.stress.falls import Falls
from stoplog.stress.outcomes import Outcome

BAR = 10
EIGHTHS = " ▏▎▍▌▋▊▉█"
BLOCK = len(EIGHTHS) - 1
COVERED, UNCOVERED = "green", "red"


def table(outcomes: list[Outcome]) -> Table:
    """A row for each stress and asset; amounts in whole units of the asset, rounded to the nearest."""
    assets = len({outcome.asset for outcome in outcomes}) > 1
    most = max((outcome.beyond for outcome in outcomes), default=Fraction(0))
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    shown.add_column("stress", no_wrap=True)
    if assets:
        shown.add_column("asset")
    for heading in ("liquidated", "lost beyond", "fund left", "unpaid"):
        shown.add_column(heading, justify="right")
    shown.add_column("", no_wrap=True)
    for outcome in outcomes:
        style = UNCOVERED if outcome.uncovered else ""
        shown.add_row(
            outcome.stress,
            *([outcome.asset] if assets else []),
            f"{outcome.liquidated:,}",
            amount(outcome.beyond),
            amount(outcome.fund_left),
            Text(amount(outcome.uncovered), style),
            bar(outcome, most),
        )
    return shown


def bar(outcome: Outcome, most: Fraction) -> Text:
    """What was lost, in eighths of characters of the most that any stress loses."""
    text = Text()
    for part, style in ((outcome.beyond - outcome.uncovered, COVERED), (outcome.uncovered, UNCOVERED)):
        eighths = round(part / most * BAR * BLOCK) if most else 0
        text.append("█" * (eighths // BLOCK) + EIGHTHS[eighths % BLOCK].strip(), style)
    return text


def amount(value: Fraction) -> str:
    """An amount as reports have it, and nothing as 0.

    >>> amount(Fraction(1, 3)), amount(Fraction(-12345678, 10)), amount(Fraction(0))
    ('0.33', '−1,234,568', '0')
    """
    return money(float(value)) if value else "0"


def sentences(falls: Falls) -> Iterable[str]:
    """What the smallest uniform fall is, by asset, and how it was found."""
    for asset, fall in falls.exhausting.items():
        if fall is None:
            yield f"{asset}: no uniform fall exhausts the insurance fund."
        else:
            yield f"{asset}: the smallest uniform fall that exhausts the insurance fund is {percent(fall)}."
    yield f"Every fall was tried from 0 up, in steps of {percent(falls.step)}."


def percent(share: Fraction) -> str:
    r"""A share in percent, as many decimals as it takes, six at most.

    >>> percent(Fraction(93, 500)), percent(Fraction(1))
    ('18.6\xa0%', '100\xa0%')
    """
    return f"{float(100 * share):.6f}".rstrip("0").rstrip(".") + PERCENT
