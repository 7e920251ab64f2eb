"""`python -m bench.surfaces`: fit a surface to every recorded Bitcoin chain and write the figures of docs/surfaces.md.

The errors are kept in docs/surfaces.parquet, a row for each used quote, and in docs/surfaces.csv, a row for each chain:
the tests render the page from them again, and fit some of the chains again. With `--page`: the page alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from rich.progress import track

from bench.surfaces_page import BAD_DAY, GOOD_DAY, page, worst_chain
from stoplog.surface.chains import Chain, ChainFile
from stoplog.surface.drawing import drawing
from stoplog.surface.fitted import Fitted, fit_chain, spread

DATA = Path(os.environ.get("STOPLOG_DATA", Path(__file__).parents[2] / "shared" / "data"))
CHAINS = DATA / "options" / "deribit_BTC_chain_daily_2025-12-30_2026-08.parquet"
DOCS = Path(__file__).parents[1] / "docs"
ERRORS, DAYS, PAGE = DOCS / "surfaces.parquet", DOCS / "surfaces.csv", DOCS / "surfaces.md"
PICTURES = {GOOD_DAY: DOCS / "surface-good.png", BAD_DAY: DOCS / "surface-worst.png"}


def day(moment: int) -> str:
    """The date of a chain, of which there is one a day."""
    return str(np.datetime64(moment, "ms").astype("datetime64[D]"))


def error_rows(fitted: Fitted) -> pl.DataFrame:
    """A row for each used quote: day, days left, deviations from the forward, error; the last three in hundredths."""
    parts = [
        pl.DataFrame(
            {
                "day": [day(fitted.chain.moment)] * found.errors.size,
                "days_left": np.full(found.errors.size, round(found.years * 36_500), np.int32),
                "deviations": np.rint(100.0 * found.used.deviations()).astype(np.int16),
                "error": np.rint(100.0 * found.errors).astype(np.int16),
            }
        )
        for found in fitted.expiries
    ]
    return pl.concat(parts)


def chain_row(fitted: Fitted) -> dict[str, object]:
    """What the page says of one chain."""
    found = spread(fitted.errors())
    return {
        "day": day(fitted.chain.moment),
        "expiries": len(fitted.expiries),
        "without_slice": sum(each.method != "slice" for each in fitted.expiries),
        "quotes": found.quotes,
        "median": round(found.median, 5),
        "high": round(found.high, 5),
        "worst": round(found.worst, 5),
        "arbitrage": sum(each.butterfly is not None or each.calendar is not None for each in fitted.expiries),
        "between": sum(each.between is not None for each in fitted.expiries),
    }


def chains_of(file: ChainFile) -> Iterator[Chain]:
    """Every chain, with a line that shows how far it is."""
    return iter(track(file.chains(), total=len(file.moments), description="Fitting surfaces"))


def measure() -> None:
    """Fit every chain and keep the errors."""
    rows, errors = [], []
    for chain in chains_of(ChainFile(CHAINS)):
        fitted = fit_chain(chain)
        rows.append(chain_row(fitted))
        errors.append(error_rows(fitted))
    pl.concat(errors).with_columns(pl.col("day").cast(pl.Categorical)).write_parquet(ERRORS, compression_level=19)
    pl.DataFrame(rows).write_csv(DAYS)


def picture(wanted: str, path: Path) -> None:
    """Draw the chain of one day; `rsvg-convert` makes the PNG."""
    file = ChainFile(CHAINS)
    fitted = fit_chain(file.chain(next(moment for moment in file.moments if day(moment) == wanted)))
    text = drawing(fitted, f"Bitcoin options on Deribit, {wanted}")
    subprocess.run(["rsvg-convert", "-o", str(path)], input=text.encode(), check=True)  # noqa: S607


def main() -> int:
    """Measure unless `--page` is given, draw, write; the exit status."""
    if "--page" not in sys.argv[1:]:
        measure()
    rows = pl.read_csv(DAYS)
    print(f"Worst chain: {worst_chain(rows)}")
    for wanted, path in PICTURES.items():
        picture(wanted, path)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page(text, pl.read_parquet(ERRORS), rows), encoding="utf-8")
    print(f"Wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
