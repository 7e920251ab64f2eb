"""`stoplog span`: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from stoplog import cli
from stoplog.span.command import main
from stoplog.span.files import read_file

HELD = [
    [["F", "XU030", "201606"], 5],
    [["F", "XU030", "201608"], -3],
    [["O", "XU030", "201606", "C", 92.0], -30],
    [["F", "AKBNKE", "201605"], -39],
]


@pytest.fixture
def portfolio(tmp_path: Path) -> Path:
    path = tmp_path / "portfolio.json"
    path.write_text(json.dumps(HELD), encoding="utf-8")
    return path


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.rule("SPN-014")
def test_the_worksheet_shows_how_every_figure_follows(
    folder: Path, portfolio: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["span", str(folder / "takas_slice.spn"), str(portfolio)]) == 0
    lines = printed(capsys)
    assert "TAKASBANK, 20160517" in lines
    assert "XU030 201606S0 C 92 -30 5.20 0.675941 -20.27823 -15,600.00" in lines
    assert any("15 +3 0 0.32 24,235.00 active" in line for line in lines)
    expected = [
        "volatility-adjusted risk, scenarios 15 and 15 24,235.00",
        "time risk, scenarios 1 and 2 -140.14",
        "futures price risk 24,375.15",
        "net delta (201606 -15.27823, 201608 -3) -18.27823",
        "weighted futures price risk 1,333.561598",
        "scan risk 24,235.00",
        "short option minimum, 30 short 3,900.00",
        "requirement 24,235.00",
        "initial margin, TRY 27,745.00",
        "maintenance margin 20,808.75",
        "maintenance less net option value 36,408.75",
    ]
    assert [line for line in expected if line not in lines] == []


@pytest.mark.rule("SPN-014", "SPN-008")
def test_spreads_are_listed_with_their_charge_or_credit(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "spread.json"
    held = [[["F", "ZZ", "202509"], 5], [["F", "ZZ", "202510"], -3], [["F", "YY", "202512"], -3]]
    path.write_text(json.dumps({"positions": held}), encoding="utf-8")
    assert main([str(folder / "span_synthetic.pa2"), str(path)]) == 0
    lines = printed(capsys)
    assert "between months: A 202509, B 202510 1 3 250 750.00" in lines
    assert "between commodities: ratio 1 1 2 0.5 12,000.00" in lines


@pytest.mark.rule("SPN-014")
def test_several_portfolios_get_a_line_each(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "many.jsonl"
    lines = [json.dumps({"id": f"p{i}", "positions": [[["F", "XU030", "201606"], i]]}) for i in range(1, 30)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main([str(folder / "takas_slice.spn"), str(path)]) == 0
    rows = printed(capsys)
    assert rows[0] == "portfolio initial maintenance net option value total"
    assert rows[1] == "p1 955.00 716.25 0.00 716.25"
    assert len(rows) == 30


@pytest.mark.rule("SPN-014", "SPN-002")
def test_records_are_written_as_xml(folder: Path, tmp_path: Path) -> None:
    written = tmp_path / "written.spn.gz"
    assert main([str(folder / "span_synthetic.pa2"), "--write", str(written)]) == 0
    assert read_file(written) == read_file(folder / "span_synthetic.pa2")


@pytest.mark.rule("SPN-014", "SPN-003")
def test_a_damaged_file_ends_with_status_1(
    folder: Path, portfolio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged.spn"
    damaged.write_bytes((folder / "takas_slice.spn").read_bytes().replace(b"<k>6.00</k>", b"<k>six</k>", 1))
    assert main([str(damaged), str(portfolio)]) == 1
    said = capsys.readouterr().err
    assert re.search(r"damaged\.spn: line \d+, pointInTime\.clearingOrg\.\S+\.opt\[1\]\.k: 'six' is not a number", said)


BAD: list[tuple[str, str]] = [
    (
        '[[["F", "XU030", "201701"], 1]]',
        "positions[0][0]: F XU030 201701: the file has no futures on XU030 of this month",
    ),
    ('[[["F", "GOLD", "201605"], 1]]', "the file has no futures on GOLD"),
    ('[[["O", "XU030", "201606", "X", 92], 1]]', "positions[0][0][3]: 'X' is neither C nor P"),
    ('[[["F", "XU030"], 1]]', "positions[0][0]: is neither [F, product, month] nor"),
    ('[[["O", "XU030", "201606", "C", "many"], 1]]', "positions[0][0][4]: 'many' is not a number"),
    ('[[["F", "XU030", "201606"], "NaN"]]', "positions[0][1]: 'NaN' is outside"),
    ('[[["F", "XU030", "201606"], 1e300]]', "is outside"),
    ('[[["F", "XU030", "201606"]]]', "is not [key, quantity]"),
    ("[[[1, 2, 3], 4]]", "is neither [F, product, month] nor"),
    ('{"position": []}', "'position' is not a field"),
    ('{"id": 3}', "positions: a list of [key, quantity] is due"),
    ("7", "positions: a list of [key, quantity] is due"),
    ("[[", "not JSON"),
    ('{"positions": []}\n{"positions": [', "line 2: not JSON"),
]


@pytest.mark.rule("SPN-014", "SPN-015")
@pytest.mark.parametrize(("text", "reason"), BAD)
def test_an_unusable_portfolio_ends_with_status_2(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, reason: str
) -> None:
    path = tmp_path / "portfolio.json"
    path.write_text(text, encoding="utf-8")
    assert main([str(folder / "takas_slice.spn"), str(path)]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.rule("SPN-014")
def test_unusable_arguments_end_with_status_2(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / "takas_slice.spn")]) == 2
    assert main([str(tmp_path / "none.spn"), str(tmp_path / "none.json")]) == 2
    assert main([]) == 2
    assert main([str(folder / "takas_slice.spn"), str(tmp_path)]) == 2
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    assert main([str(folder / "takas_slice.spn"), str(tmp_path / "bytes.json")]) == 2
    assert "No such file" in capsys.readouterr().err
