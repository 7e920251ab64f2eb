"""Parameter files are read as they are written, and written as they are read."""

from __future__ import annotations

import gzip
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from stoplog.span.files import parsed, read_file
from stoplog.span.layout import SpanFile
from stoplog.span.writing import spn_text, write_spn

NAMES = ("takas.spn.gz", "takas_slice.spn", "span_synthetic.pa2")


@pytest.mark.rule("SPN-001", "SPN-002")
def test_takasbanks_file_is_read_whole(takasbank: SpanFile) -> None:
    organisation = takasbank.at.organisation
    exchange = organisation.exchanges[0]
    options = [
        option for family in exchange.options_on_physicals for series in family.series for option in series.options
    ]
    assert (organisation.code, takasbank.at.day) == ("TAKASBANK", "20160517")
    assert len(organisation.commodities) == 40
    assert len(options) == 2_628
    assert sum(len(family.futures) for family in exchange.futures) == 146
    assert organisation.inter_spreads is not None
    assert len(organisation.inter_spreads.spreads) == 56
    assert all(len(option.arrays[0].losses) == 16 for option in options)
    assert str(organisation.conversions[0].factor) == "2.976500"
    first = options[0]
    assert (first.right, first.strike, first.price) == ("C", Decimal("6.00"), Decimal("1.63"))
    assert first.arrays[0].losses[2] == Decimal("-29.760841")
    assert first.arrays[0].delta == Decimal("0.999967")


@pytest.mark.rule("SPN-001")
def test_positional_records_are_read_by_their_columns(synthetic: SpanFile) -> None:
    organisation = synthetic.at.organisation
    exchange = organisation.exchanges[0]
    assert [family.product for family in exchange.futures] == ["ZZ", "YY"]
    family = exchange.options_on_futures[0]
    series = {series.period: series for series in family.series}
    assert list(series) == ["202511", "20251112", "20251119", "202512"]
    put = next(option for option in series["202512"].options if (option.right, option.strike) == ("P", 3600))
    assert put.price == Decimal("95.00")
    assert family.value_factor == 100
    up = [-1400, 1300, 1000, 3300, -3900, -1300, 2700, 5100, -7000]
    assert put.arrays[0].losses == (*up, -4400, 4300, 6900, -10200, -8100, 2900, -11000)
    assert put.arrays[0].delta == Decimal("-0.4500")
    assert put.volatility == Decimal("0.150842")
    assert series["202512"].years == Decimal("0.200000")
    assert series["202512"].underlyings[0].contract == "202512"
    gold = organisation.commodities[0]
    assert [(tier.number, tier.start, tier.end) for tier in gold.intra_tiers.tiers] == [
        (1, "202509", "202509"),
        (2, "202510", "202512"),
        (3, "202601", "202612"),
    ]
    assert [spread.rate.value for spread in gold.spreads] == [250, 300, 400, 350, 600, 700]
    assert [leg.period for leg in gold.spreads[1].period_legs] == ["202510", "202512"]
    assert gold.price_risk == "CAP"
    assert organisation.inter_spreads.spreads[0].rate.value == Decimal("0.5")


@pytest.mark.rule("SPN-002")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", [".spn", ".spn.gz"])
def test_what_was_written_is_read_back_equal(folder: Path, tmp_path: Path, name: str, suffix: str) -> None:
    file = read_file(folder / name)
    written = tmp_path / f"written{suffix}"
    write_spn(file, written)
    assert read_file(written) == file
    before = written.read_bytes()
    write_spn(read_file(written), written)
    assert written.read_bytes() == before


@pytest.mark.rule("SPN-002")
def test_text_beyond_the_encoding_and_signs_of_markup_survive(folder: Path) -> None:
    file = read_file(folder / "takas_slice.spn")
    definitions = file.definitions
    assert definitions is not None
    odd = replace(definitions, currencies=(replace(definitions.currencies[0], title="Ünlü & <₺> 'x' \"y\""),))
    changed = replace(file, definitions=odd)
    assert parsed(spn_text(changed)) == changed


@pytest.mark.rule("SPN-001")
def test_a_file_is_known_by_what_is_in_it(folder: Path, tmp_path: Path) -> None:
    packed = tmp_path / "records"
    packed.write_bytes(gzip.compress((folder / "span_synthetic.pa2").read_bytes()))
    assert read_file(packed) == read_file(folder / "span_synthetic.pa2")


@pytest.mark.rule("SPN-001")
def test_trailing_blanks_and_line_ends_do_not_matter(folder: Path) -> None:
    content = (folder / "span_synthetic.pa2").read_bytes()
    padded = b"".join(line.ljust(132) + b"\r\n" for line in content.splitlines()) + b"\x1a"
    assert parsed(padded) == parsed(content)


@pytest.mark.rule("SPN-001")
def test_exponents_locators_and_signs_of_records_count(folder: Path) -> None:
    lines = (folder / "span_synthetic.pa2").read_text(encoding="latin-1").splitlines()
    changed = [coded(line) for line in lines]
    file = parsed("\n".join(changed).encode("latin-1"))
    family = file.at.organisation.exchanges[0].options_on_futures[0]
    series = {made.period: made for made in family.series}
    put = next(made for made in series["202512"].options if (made.right, made.strike) == ("P", Decimal(-3600)))
    assert put.arrays[0].losses[0] == Decimal(-140)
    assert put.price == Decimal("1234.56")
    assert put.volatility == Decimal("15.0842")
    assert series["202512"].scan[0].price == 1_200_000
    assert series["202512"].scan[0].volatility_share is not None
    assert file.at.organisation.commodities[0].exponent == 1
    assert file.at.organisation.commodities[0].spreads[0].rate.value == 2_500


def coded(line: str) -> str:
    """A line with what is rare: exponents, decimal locators, a strike below zero, a price of high precision."""
    if line.startswith("2 XYZ CC-ZZ"):
        return line[:12] + "1" + line[13:51] + "2+"
    if line.startswith("B XYZOZ        OOF202512   202512"):
        return line.ljust(173)[:163] + "PA02+"
    if line.startswith("81XYZOZ        ZZ        OOFP202512   202512   0003600"):
        return line[:108] + "00000000123456Y"
    if line.startswith("82XYZOZ        ZZ        OOFP202512   202512   0003600"):
        return line[:118] + "-" + line[119:134].ljust(15) + "02+"
    return line
