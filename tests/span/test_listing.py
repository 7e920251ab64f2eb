"""A parameter file of our own instruments: written, read back, margined."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from span.markets import listing, margined, ours

from stoplog.span.arrays import recomputed
from stoplog.span.errors import SpanFileError
from stoplog.span.files import read_file
from stoplog.span.listing import span_file
from stoplog.span.parameters import parameters
from stoplog.span.points import scan_points
from stoplog.span.writing import write_spn


@pytest.mark.rule("SPN-012", "SPN-002")
@pytest.mark.parametrize("name", ["ours.spn", "ours.spn.gz"])
def test_our_file_is_read_back_equal_and_margins_alike(tmp_path: Path, name: str) -> None:
    file = ours()
    write_spn(file, tmp_path / name)
    back = read_file(tmp_path / name)
    assert back == file
    held = (("F", "BTC", "202609"), 2), (("O", "ETH", "202612", "P", Decimal(3200)), -7)
    assert margined(parameters(back), *held) == margined(parameters(file), *held)


@pytest.mark.rule("SPN-012")
def test_another_reader_gets_our_arrays_from_the_inputs_that_the_file_states() -> None:
    found = list(recomputed(ours()))
    assert len(found) == 24
    for made in found:
        for loss, written in zip(made.losses, made.option.arrays[0].losses, strict=True):
            assert abs(loss - float(written)) <= 0.51e-6
        assert abs(made.delta - float(made.option.arrays[0].delta)) <= 0.51e-6


@pytest.mark.rule("SPN-012")
def test_futures_have_shares_of_the_scan_range() -> None:
    losses = ours().at.organisation.exchanges[0].futures[0].futures[0].arrays[0].losses
    assert losses[2] == Decimal("-3000.000000")
    assert losses[15] == Decimal("8910.000000")


@pytest.mark.rule("SPN-012")
def test_scenarios_are_data() -> None:
    points = replace(listing().points, scan=scan_points(Decimal(5), Decimal("0.5")))
    losses = span_file(replace(listing(), points=points)).at.organisation.exchanges[0].futures[0].futures[0].arrays[0]
    assert losses.losses[15] == Decimal("22500.000000")


@pytest.mark.rule("SPN-012", "SPN-003")
def test_a_listing_that_contradicts_itself_is_refused() -> None:
    twice = replace(listing(), products=(listing().products[0],) * 2)
    with pytest.raises(SpanFileError, match="there a second time"):
        span_file(twice)
    elsewhere = replace(listing().credits[0], short="XAU")
    with pytest.raises(SpanFileError, match="unknown code 'XAU'"):
        span_file(replace(listing(), credits=(elsewhere,)))
