"""SPAN: a parameter file read, one portfolio margined by it, many at once."""

from __future__ import annotations

import os
import random
from pathlib import Path

from bench.figures import Goal, Section, rate, say, short, timed
from stoplog.span.arrays import recomputed
from stoplog.span.counting import Contract
from stoplog.span.files import read_file
from stoplog.span.layout import SpanFile
from stoplog.span.many import Desk
from stoplog.span.margin import margin
from stoplog.span.parameters import parameters
from stoplog.span.results import Position

DATA = Path(os.environ.get("STOPLOG_DATA", Path(__file__).parents[2] / "shared" / "data")) / "span"
FILE = "takas.spn.gz"
PORTFOLIOS = 10_000
ALONE = 1_000
MOST = 16
"""So many positions a portfolio has at most; half of that on average."""


def portfolios(contracts: list[Contract], count: int) -> list[list[tuple[Contract, int]]]:
    """Random portfolios of 1 to `MOST` positions in contracts of all kinds, long and short."""
    draws = random.Random(3)  # noqa: S311  a workload, not a secret
    return [
        [(draws.choice(contracts), draws.choice((-1, 1)) * draws.randint(1, 40)) for _ in range(draws.randint(1, MOST))]
        for _ in range(count)
    ]


def span() -> Section:
    """Reading and margining by Takasbank's file of 17 May 2016: 2,628 options, 146 futures, 40 commodities."""
    section = Section(
        "SPAN", "A parameter file of 1.4 MB and portfolios of 1 to 16 positions", ["what", "time", "rate"]
    )
    if not (DATA / FILE).exists():
        section.goals = [Goal("a file read in less than a second", f"{DATA / FILE} is absent", None)]
        return section
    say("SPAN: reading")
    file: list[SpanFile] = []
    read = timed(lambda: file.append(read_file(DATA / FILE)))
    found = parameters(file[0])
    made = timed(lambda: parameters(file[0]))
    desk = Desk(found)
    drawn = portfolios(desk.contracts, PORTFOLIOS)
    held = [[Position(*position) for position in portfolio] for portfolio in drawn[:ALONE]]
    say("SPAN: one portfolio at a time")
    alone = timed(lambda: [margin(found, positions) for positions in held]) / len(held)
    say("SPAN: all portfolios at once")
    together = timed(lambda: desk.margins(desk.book(drawn)))
    arrays = timed(lambda: list(recomputed(file[0])), runs=1)
    section.rows = [
        ["the file read and checked", short(read), ""],
        ["its contracts counted in integers", short(made), ""],
        ["one portfolio, exact", short(alone), rate(1 / alone)],
        [f"{PORTFOLIOS:,} portfolios at once", short(together), rate(PORTFOLIOS / together)],
        ["2,628 risk arrays from their inputs", short(arrays), rate(2_628 / arrays)],
    ]
    section.goals = [
        Goal("a file read in less than a second", short(read + made), read + made < 1),
        Goal("a portfolio in less than a millisecond", short(alone), alone < 1e-3),
        Goal("10,000 portfolios in a second", rate(PORTFOLIOS / together), PORTFOLIOS / together >= 10_000),
    ]
    section.notes = [
        "Processor time. At once, losses and deltas are added as 64-bit integers and quotients are floats."
    ]
    section.figures = {"read": read + made, "one": alone, "many_per_second": PORTFOLIOS / together}
    return section
