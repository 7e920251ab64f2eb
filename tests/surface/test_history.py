"""docs/surfaces.md holds the errors that are kept, and fitting a recorded chain again gives them."""

import numpy as np
import polars as pl
import pytest
from surface.conftest import recorded

from bench.surfaces import CHAINS, DAYS, ERRORS, PAGE, PICTURES, chain_row, day, error_rows
from bench.surfaces_page import BAD_DAY, GOOD_DAY, page, worst_chain
from stoplog.pricing.quotes import Quotes
from stoplog.surface.chains import Chain, ChainFile
from stoplog.surface.fitted import fit_chain

THIN_DAY, WINGED_DAY = "2026-01-17", "2026-01-18"
"""An expiry with four used strikes; a chain whose later wings a nearer one would lift by 22 points."""

KEPT = pl.read_csv(DAYS)


def chain_of(wanted: str) -> Chain:
    file = ChainFile(recorded(CHAINS.name))
    return file.chain(next(moment for moment in file.moments if day(moment) == wanted))


@pytest.mark.rule("SRF-007")
def test_the_page_is_rendered_from_what_is_kept() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text, pl.read_parquet(ERRORS), KEPT) == text
    assert worst_chain(KEPT) == BAD_DAY
    assert f"## The worst day: {BAD_DAY}" in text
    assert all(path.is_file() and path.name in text for path in PICTURES.values())


@pytest.mark.rule("SRF-007")
def test_what_is_kept_of_chains_is_what_is_kept_of_their_quotes() -> None:
    quotes = pl.read_parquet(ERRORS).with_columns(pl.col("day").cast(pl.String), pl.col("error").abs() / 100)
    found = quotes.group_by("day", maintain_order=True).agg(
        pl.len().alias("quotes"),
        pl.col("error").median().alias("median"),
        pl.col("error").quantile(0.95, "linear").alias("high"),
        pl.col("error").max().alias("worst"),
    )
    assert KEPT.height == 236
    assert found["day"].to_list() == KEPT["day"].to_list()
    assert found["quotes"].to_list() == KEPT["quotes"].to_list()
    for column in ("median", "high", "worst"):
        assert np.abs((found[column] - KEPT[column]).to_numpy()).max() <= 0.0056


@pytest.mark.rule("SRF-003", "SRF-007")
@pytest.mark.parametrize("wanted", [GOOD_DAY, BAD_DAY, THIN_DAY, WINGED_DAY])
def test_a_chain_fitted_again_gives_what_is_kept_of_it(wanted: str) -> None:
    fitted = fit_chain(chain_of(wanted))
    assert all(found.passes() for found in fitted.expiries)
    kept, found = KEPT.row(by_predicate=pl.col("day") == wanted, named=True), chain_row(fitted)
    for exact in ("expiries", "without_slice", "quotes", "arbitrage", "between"):
        assert found[exact] == kept[exact]
    for name, near in (("median", 0.02), ("high", 0.05), ("worst", 0.1)):
        assert found[name] == pytest.approx(kept[name], abs=near)
    rows = pl.read_parquet(ERRORS).filter(pl.col("day") == wanted)
    again = error_rows(fitted)
    assert again.select("days_left", "deviations").equals(rows.select("days_left", "deviations"))
    assert np.abs((again["error"] - rows["error"]).to_numpy()).mean() <= 2


@pytest.mark.rule("SRF-007")
def test_the_marks_of_the_worst_day_have_the_arbitrage_that_the_page_names() -> None:
    march_15, march_16 = (smile.quotes.used() for smile in chain_of(BAD_DAY).smiles[1:3])
    later = Quotes(march_16.years, march_15.k, np.interp(march_15.k, march_16.k, march_16.volatility))
    dearer = march_15.variance() > later.variance()
    assert np.round(march_15.k[dearer], 3).tolist() == [-0.135, -0.119]
    assert np.round(100 * march_15.volatility[dearer], 1).tolist() == [81.8, 77.4]
    assert np.round(100 * later.volatility[dearer], 1).tolist() == [63.7, 60.3]
