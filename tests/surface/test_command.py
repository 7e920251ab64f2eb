"""`stoplog surface`: what it prints, draws and refuses."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from surface.conftest import Write, rows

from stoplog.cli import main as stoplog
from stoplog.surface.command import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "example-chain.csv"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.rule("SRF-006")
def test_the_page_shows_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert stoplog(["surface", str(EXAMPLE)]) == 0
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())
    text = (ROOT / "docs" / "surfaces.md").read_text(encoding="utf-8")
    shown = re.search(r"^\$ stoplog surface docs/example-chain\.csv\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert printed.strip() == shown[1].strip()


@pytest.mark.rule("SRF-006")
def test_the_picture_has_a_panel_for_each_expiry_and_a_dot_for_each_quote(tmp_path: Path) -> None:
    path = tmp_path / "chain.svg"
    assert main([str(EXAMPLE), "--plot", str(path)]) == 0
    root = ET.parse(path).getroot()  # noqa: S314
    panels = root.findall(f"{SVG}g")
    assert len(panels) == 4
    assert [len(panel.findall(f"{SVG}circle[@class='used']")) for panel in panels] == [9, 3, 10, 8]
    assert all(len(panel.findall(f"{SVG}path[@class='fit']")) == 1 for panel in panels)
    assert "4 Sep 2026, 13.7 days" in {text.text for text in root.iter(f"{SVG}text")}


@pytest.mark.rule("SRF-006")
def test_every_chain_gets_a_line(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    later = [line.replace("08-21T16", "08-22T16") for line in rows()]
    assert main([str(write(*rows(), *later)), "--all"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:3] + line[3:6] for line in lines[1:]] == [
        ["2026-08-21", "16:00:00", "UTC", "1", "0", "7"],
        ["2026-08-22", "16:00:00", "UTC", "1", "0", "7"],
    ]


@pytest.mark.rule("SRF-006")
def test_what_was_not_fitted_is_said(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    thin = [line for line in rows("2026-10-30") if line.split(",")[2] == "100"]
    far = [line.replace(",80,", ",500,").replace("0.62", "0.2") for line in rows("2026-09-04")[:2]]
    assert main([str(write(*rows(), *thin, *far))]) == 0
    printed = capsys.readouterr().out
    assert "30 Oct 2026, 08:00: too few quotes: scaled from its neighbours." in printed
    assert "4 Sep 2026, 08:00: no quote: level of its time." in printed


@pytest.mark.rule("SRF-006")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.csv"], "nowhere.csv: there is no such file"),
        ([str(EXAMPLE), "--at", "2020-01-01"], "the first is of 2026-08-21 16:00:00 UTC"),
        ([str(EXAMPLE), "--at", "yesterday"], "yesterday is not a time like"),
        ([str(EXAMPLE), "--all", "--plot", "x.svg"], "--all goes with neither --plot nor --at"),
        ([str(EXAMPLE), "--plot", "/nowhere/x.svg"], "/nowhere: No such file or directory"),
    ],
)
def test_what_is_refused_is_said(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.rule("SRF-006")
def test_a_chain_without_a_quote_that_can_be_used_is_refused(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    worthless = [line.replace(",80,", ",500,").replace("0.62", "0.2") for line in rows()[:2]]
    assert main([str(write(*worthless))]) == 2
    assert (
        "the chain of 2026-08-21 16:00:00 UTC: quotes: none is worth 0.0001 of the forward" in capsys.readouterr().err
    )
