"""Chains out of files: what is read, where the forward comes from, what is refused."""

from math import exp, log

import numpy as np
import polars as pl
import pytest
from surface.conftest import HEADER, VOLATILITIES, Write, recorded, rows

from stoplog.pricing.black import black76
from stoplog.simulation.inputs import BadInput
from stoplog.surface.chains import ChainFile


@pytest.mark.rule("SRF-001", "SRF-006")
def test_the_option_out_of_the_money_is_the_quote_of_a_strike(write: Write) -> None:
    lines = [line.replace("110,put,0.51", "110,put,0.9") for line in rows()]
    file = ChainFile(write(*lines))
    smile = file.chain(file.moments[0]).smiles[0]
    assert [round(100 * exp(k)) for k in smile.quotes.k] == list(VOLATILITIES)
    assert smile.quotes.volatility.tolist() == list(VOLATILITIES.values())
    assert (smile.forward, smile.from_parity, smile.options) == (100.0, False, 14)
    assert smile.quotes.years == pytest.approx((34 * 24 + 16) / (365 * 24))


@pytest.mark.rule("SRF-006")
def test_a_forward_that_is_missing_follows_from_calls_and_puts(write: Write) -> None:
    forward, years = 97.3, 0.3
    lines = []
    for strike, volatility in VOLATILITIES.items():
        for kind in ("call", "put"):
            price = black76(forward, strike, years, volatility, is_call=kind == "call", inverse=True).price
            lines.append(f"2026-08-21T16:00:00Z,2026-09-25T08:00:00Z,{strike},{kind},{volatility},,{price!r}")
    smile = next(iter(ChainFile(write(*lines)).chains())).smiles[0]
    assert smile.from_parity
    assert smile.forward == pytest.approx(forward, rel=1e-12)
    assert smile.quotes.k[0] == pytest.approx(log(80 / forward))


@pytest.mark.rule("SRF-006")
def test_the_worked_figure_of_parity(write: Write) -> None:
    line = "2026-08-21T16:00:00Z,2026-09-25T08:00:00Z,58200,{},0.5,,{}"
    file = ChainFile(write(line.format("C", 0.05), line.format("P", 0.02)))
    assert file.chain(file.moments[0]).smiles[0].forward == pytest.approx(60_000)


@pytest.mark.rule("SRF-006")
def test_rows_without_a_volatility_are_left_out_and_moments_kept_apart(write: Write) -> None:
    later = [line.replace("08-21T16", "08-22T16") for line in rows()]
    blank = [line.replace(",0.5,", ",,") for line in rows("2026-10-30")]
    file = ChainFile(write(*rows(), *blank, *later))
    first, second = file.chains()
    assert [smile.options for smile in first.smiles] == [14, 10]
    assert [smile.options for smile in second.smiles] == [14]
    assert second.moment - first.moment == 86_400_000
    assert file.last_until(None) == file.last_until(second.moment + 5) == second.moment
    assert file.last_until(second.moment - 1) == first.moment
    with pytest.raises(BadInput, match="no chain until then; the first is of 2026-08-21 16:00:00 UTC"):
        file.last_until(0)


GOOD = rows()[0]

REFUSED = [
    (GOOD.replace(",0.62,", ",62,"), "row 15, field mark_iv: 62.0 is above 10: 50 % is given as 0.5"),
    (GOOD.replace(",0.62,", ",-0.1,"), "row 15, field mark_iv: -0.1 is below 0"),
    (GOOD.replace(",0.62,", ",high,"), "row 15, field mark_iv: this is not a number: 'high'"),
    (GOOD.replace(",80,", ",0,"), "row 15, field strike: 0.0 is not above 0"),
    (GOOD.replace(",80,", ",,"), "row 15, field strike: the value is missing"),
    (GOOD.replace("call", "straddle"), "row 15, field option_type: 'straddle' is neither call nor put"),
    (GOOD.replace(",100,", ",-100,"), "row 15, field underlying_price: -100.0 is not above 0"),
    (GOOD.replace("2026-09-25T08", "2026-08-21T08"), "row 15, field expiry: it expired at 2026-08-21 08:00:00 UTC"),
    (GOOD.replace("2026-09-25T08:00:00Z", "someday"), "row 15, field expiry: this is not a time: 'someday'"),
]


@pytest.mark.rule("SRF-006")
@pytest.mark.parametrize(("line", "words"), REFUSED)
def test_what_cannot_be_used_is_refused_with_row_field_and_figure(write: Write, line: str, words: str) -> None:
    file = ChainFile(write(*rows(), line))
    with pytest.raises(BadInput) as refused:
        file.chain(file.moments[0])
    assert words in str(refused.value)


@pytest.mark.rule("SRF-006")
def test_an_expiry_without_any_forward_is_refused(write: Write) -> None:
    file = ChainFile(write(*rows(forward="")))
    with pytest.raises(BadInput, match="2026-09-25 08:00:00 UTC has no forward: underlying_price is empty"):
        file.chain(file.moments[0])


@pytest.mark.rule("SRF-006")
def test_a_column_that_is_missing_is_named(write: Write) -> None:
    with pytest.raises(BadInput, match="no column for volatility: mark_iv or implied_volatility or iv; there are"):
        ChainFile(write(*rows(), header=HEADER.replace("mark_iv", "sigma")))
    with pytest.raises(BadInput, match="field mark_iv: there are no rows with a volatility"):
        ChainFile(write(GOOD.replace(",0.62,", ",,")))


@pytest.mark.rule("SRF-006")
def test_parity_gives_the_recorded_forwards_back() -> None:
    frame = pl.read_csv(recorded("deribit_BTC_chain_single_20260822T1533.csv"))
    file = ChainFile(recorded("deribit_BTC_chain_single_20260822T1533.csv"))
    given = {smile.expiry: smile.forward for smile in file.chain(file.moments[0]).smiles}
    file.table.frame.replace_column(
        file.table.frame.get_column_index("forward"), pl.Series("forward", [None] * frame.height, pl.String)
    )
    found = {smile.expiry: smile for smile in file.chain(file.moments[0]).smiles}
    assert all(smile.from_parity for smile in found.values())
    ratios = np.array([found[expiry].forward / forward for expiry, forward in given.items()])
    assert ratios == pytest.approx(1.0, abs=1e-3)
    assert ratios.size == 12
