"""What `stoplog surface` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite

import numpy as np
from rich.table import Table

from stoplog.pricing.quotes import WORTH_LEAST
from stoplog.pricing.surface_checks import Checked, Method
from stoplog.pricing.svi import Slice, Violation
from stoplog.simulation.report.words import moment
from stoplog.surface.chains import Smile
from stoplog.surface.fitted import Fitted, spread

DAYS = 365.0

HOW: dict[Method, str] = {
    "slice": "own slice",
    "level": "too few quotes: scaled from its neighbours",
    "flat": "too few quotes at every expiry: flat",
    "time": "no quote: level of its time",
}

HEADINGS = ("days", "forward", "quotes", "used", "a", "b", "rho", "m", "s", "median", "worst", "butterfly", "calendar")


def table(fitted: Fitted) -> Table:
    """A line for each expiry: its slice, its errors in volatility points, its checks."""
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    shown.add_column("expiry", no_wrap=True)
    for heading in HEADINGS:
        shown.add_column(heading, justify="right", no_wrap=True)
    for smile, found in zip(fitted.chain.smiles, fitted.expiries, strict=True):
        shown.add_row(*_row(smile, found))
    return shown


def _row(smile: Smile, found: Checked) -> Iterator[str]:
    yield moment(smile.expiry)
    yield f"{found.years * DAYS:.1f}"
    yield f"{smile.forward:,.2f}{'*' if smile.from_parity else ''}"
    yield f"{smile.quotes.k.size}"
    yield f"{found.used.k.size}"
    yield from _parameters(found)
    errors = np.abs(found.errors)
    yield from (f"{value:.2f}" for value in spread(errors)[1::2]) if errors.size else ("", "")
    yield "none" if found.butterfly is None else _where(found.butterfly)
    yield "none" if found.calendar is None else _where(found.calendar)


def _parameters(found: Checked) -> tuple[str, ...]:
    if found.method == "slice" and isinstance(found.part, Slice):
        return tuple(f"{value:.5f}" for value in found.part)
    return ("", "", "", "", "")


def _where(violation: Violation) -> str:
    place = f"{violation.k:+.3f}" if isfinite(violation.k) else "left wing" if violation.k < 0.0 else "right wing"
    return f"{violation.value:.1e} at {place}"


def sentences(fitted: Fitted) -> Iterator[str]:
    """What the table cannot say."""
    worst = spread(fitted.errors())
    yield (
        f"Error against {worst.quotes:,} mark volatilities, in volatility points: median {worst.median:.2f}, 95th"
        f" percentile {worst.high:.2f}, worst {worst.worst:.2f}."
    )
    yield from _checks(fitted.expiries)
    for smile, found in zip(fitted.chain.smiles, fitted.expiries, strict=True):
        if found.method != "slice":
            yield f"{moment(smile.expiry)}: {HOW[found.method]}."
    if any(smile.from_parity for smile in fitted.chain.smiles):
        yield "* no forward in the file: from calls and puts of one strike."
    yield (
        f"Used are options out of the money that are worth {WORTH_LEAST:.2%} of the forward or more; errors are of"
        " those."
    )


def _checks(expiries: Iterable[Checked]) -> Iterator[str]:
    failed = [found for found in expiries if not found.passes()]
    if not failed:
        yield "No butterfly and no calendar spread costs less than nothing, at the expiries and half way between them."
    for found in failed:
        if found.between is not None:
            yield (
                f"A butterfly costs less than nothing half way to the expiry in {found.years * DAYS:.1f} days:"
                f" {_where(found.between)}."
            )
