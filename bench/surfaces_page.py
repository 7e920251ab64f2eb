"""The figures of docs/surfaces.md, from the errors that `python -m bench.surfaces` kept."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

GOOD_DAY = "2026-01-28"
"""A day whose median and 95th percentile are near those of all days."""

BAD_DAY = "2026-03-13"
"""The day of the highest 95th percentile; the page says why it is that."""

TENORS = ((1, "up to 1 day"), (3, "3 days"), (7, "7 days"), (30, "30 days"), (90, "90 days"), (180, "180 days"))
LONGEST = "longer"

PLACES = (-2, -1, 1, 2, 3)
PLACE_NAMES = ("below −2", "−2 to −1", "−1 to 1", "1 to 2", "2 to 3", "above 3")


def page(text: str, errors: pl.DataFrame, chains: pl.DataFrame) -> str:
    """The page with its figures in place of those between the marks."""
    text = _between(text, "errors", "\n".join([*_summary(errors, chains), "", *_table(errors)]))
    return _between(text, "days", "\n".join(_days(chains)))


def _between(text: str, name: str, figures: str) -> str:
    """The text with `figures` between the marks of that name; `ValueError` where they are not there."""
    begin, end = f"<!-- {name}: python -m bench.surfaces -->\n", f"<!-- end of {name} -->\n"
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"docs/surfaces.md has no marks of {name}")
    return f"{before}{begin}\n{figures}\n\n{end}{after}"


def worst_chain(chains: pl.DataFrame) -> str:
    """The day of the highest 95th percentile; `ValueError` where the page explains another one."""
    found: str = chains.sort("high", "worst", descending=True)["day"][0]
    if found != BAD_DAY:
        raise ValueError(f"the worst day is {found}; docs/surfaces.md explains {BAD_DAY}")
    return found


def _summary(errors: pl.DataFrame, chains: pl.DataFrame) -> Iterator[str]:
    found = errors["error"].abs() / 100
    high = found.quantile(0.95, "linear")
    thin = chains.filter(pl.col("without_slice") > 0)
    yield (
        f"{chains.height} chains, {chains['expiries'].sum():,} expiries, {errors.height:,} quotes used. The error is"
        f" {found.median():.2f} points in the median, {high:.2f} at the 95th percentile, {found.max():.2f} at worst."
        f" Expiries with a butterfly or a calendar spread below zero: {chains['arbitrage'].sum()}; butterflies below"
        f" zero half way between two expiries: {chains['between'].sum()}; expiries with fewer than five used strikes:"
        f" {thin['without_slice'].sum()}" + (f" ({', '.join(thin['day'])})." if thin.height else ".")
    )


def _table(errors: pl.DataFrame) -> Iterator[str]:
    """Median / 95th percentile / worst of each cell, by tenor and by deviations from the forward."""
    bounds = [100 * days for days, _ in TENORS]
    cells = errors.select(
        pl.col("error").abs().alias("error") / 100,
        (pl.sum_horizontal(pl.col("days_left") > bound for bound in bounds)).alias("tenor"),
        (pl.sum_horizontal(pl.col("deviations") >= 100 * edge for edge in PLACES)).alias("place"),
    )
    yield "| days left | " + " | ".join(PLACE_NAMES) + " |"
    yield "|---|" + "--:|" * len(PLACE_NAMES)
    names = [name if i == 0 else f"to {name}" for i, (_, name) in enumerate(TENORS)] + [LONGEST]
    for tenor, name in enumerate(names):
        row = [_cell(cells.filter(pl.col("tenor") == tenor, pl.col("place") == at)) for at in range(len(PLACE_NAMES))]
        yield f"| {name} | " + " | ".join(row) + " |"


def _cell(cell: pl.DataFrame) -> str:
    found = cell["error"]
    if not found.len():
        return ""
    return f"{found.median():.2f} / {found.quantile(0.95, 'linear'):.2f} / {found.max():.2f}"


def _days(chains: pl.DataFrame) -> Iterator[str]:
    """The five days of the highest 95th percentile."""
    yield "| day | expiries | quotes used | median | 95th percentile | worst |"
    yield "|---|--:|--:|--:|--:|--:|"
    for row in chains.sort("high", "worst", descending=True).head(5).iter_rows(named=True):
        figures = f"{row['median']:.2f} | {row['high']:.2f} | {row['worst']:.2f}"
        yield f"| {row['day']} | {row['expiries']} | {row['quotes']} | {figures} |"
