"""`stoplog stress`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from stress.markets import three_instruments

from stoplog.ledger import Ledger
from stoplog.ledger.sqlite import SqliteJournal
from stoplog.stress.command import main, parser
from stoplog.stress.of_ledger import LedgerSystem
from stoplog.stress.shocks import shocks
from stoplog.stress.table import table
from tests.ledger.markets import batches

EXAMPLE = Path(__file__).parents[2] / "docs" / "portfolio.json"
DOCUMENT = Path(__file__).parents[2] / "docs" / "stress.md"
VOID = {"meta", "br"}


class Balanced(HTMLParser):
    """Checks that every tag that is opened is closed, in order, and keeps the text of all."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(name not in ("src", "href") for name, _ in attrs), "the report needs no other file"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.rule("STR-006")
def test_a_portfolio_is_printed_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "stress.html"
    assert main([str(EXAMPLE), "--step", "0.002", "--report", str(report)]) == 0
    printed = capsys.readouterr().out
    lines = [line.split() for line in printed.splitlines()]
    assert ["ETH:", "worst", "hour", "1", "25,345", "0", "5,345"] in [line[:7] for line in lines]
    assert "18.6 %" in " ".join(printed.split())
    page = Balanced()
    page.feed(report.read_text(encoding="utf-8"))
    assert page.open == []
    assert {"portfolio.json", "exhausted at 18.6\N{NO-BREAK SPACE}%", "ETH: worst hour", "25,345"} <= set(page.words)
    assert {"25,345 USDT, 5,345 of it paid by nobody", "25,345 USDT"} <= set(page.words), "wide and narrow"


@pytest.mark.rule("STR-006")
def test_the_document_shows_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(EXAMPLE)]) == 0
    rows = [line.rstrip() for line in capsys.readouterr().out.splitlines() if "hour" in line or "correlation" in line]
    text = DOCUMENT.read_text(encoding="utf-8")
    for row in rows[:5]:
        assert row in text


@pytest.mark.rule("STR-006")
def test_a_ledger_is_printed_while_a_writer_has_it_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.ledger"
    with Ledger.open(path) as ledger:
        for commands in batches(3, 100):
            ledger.apply(commands)
        head = ledger.head
        assert main([str(path), "--instrument", "1=BTC", "--asset", "1=USDT", "--step", "0.01"]) == 0
        assert ledger.head == head
    printed = capsys.readouterr().out
    assert "ledger a.ledger" in printed
    assert "BTC: worst hour" in printed
    assert "USDT at 0.90" in printed


@pytest.mark.rule("STR-006")
def test_no_compartments_survive_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "portfolio.json"
    path.write_text(json.dumps({"unit": "USDT", "insurance_fund": "0", "compartments": []}), encoding="utf-8")
    report = tmp_path / "stress.html"
    assert main([str(path), "--step", "1", "--report", str(report)]) == 0
    assert "no uniform fall exhausts the insurance fund" in " ".join(capsys.readouterr().out.split())
    assert "USDT at 0.90" in report.read_text(encoding="utf-8")


@pytest.mark.rule("STR-006")
def test_several_assets_get_a_row_each() -> None:
    system = LedgerSystem(three_instruments().tables, "small", {1: "BTC", 2: "ETH", 3: "BTC"}, {1: "USDT", 2: "BTC"})
    console = Console(width=120, file=StringIO())
    console.print(table(system.under(shocks(system.names())[0])))
    printed = [line.split() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert [line[:5] for line in printed[1:]] == [
        ["BTC:", "worst", "hour", "USDT", "1"],
        ["BTC:", "worst", "hour", "BTC", "1"],
    ]


@pytest.mark.rule("STR-006")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required"),
        ([str(EXAMPLE), "--step", "0.3"], "0.3 does not divide 1 into at most 100,000 whole steps"),
        ([str(EXAMPLE), "--step", "0"], "0 does not divide 1"),
        ([str(EXAMPLE), "--step", "nan"], "'nan' is not a share such as 0.001"),
        ([str(EXAMPLE), "--instrument", "BTC"], "'BTC' is not a number and a name, such as 1=BTC"),
        ([str(EXAMPLE), "--instrument", "1=BTC"], "a portfolio has names"),
        (["/nowhere/at/all"], "/nowhere/at/all: No such file or directory"),
        ([str(DOCUMENT)], "stress.md: "),
        ([str(EXAMPLE), "--step", "1", "--report", "/nowhere/report.html"], "/nowhere: No such file or directory"),
        ([str(EXAMPLE), "--step", "1", "--report", str(EXAMPLE.parent)], "docs: Is a directory"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.rule("STR-006")
def test_a_damaged_ledger_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.ledger"
    with Ledger.open(path) as ledger:
        for commands in batches(2, 50):
            ledger.apply(commands)
    journal = SqliteJournal(path)
    journal._connection.execute("UPDATE snapshots SET digest = 'no'")
    journal.close()
    assert main([str(path), "--step", "1"]) == 1
    assert "is not what its digest says" in " ".join(capsys.readouterr().err.split())


@pytest.mark.rule("STR-006")
def test_the_default_step_is_a_thousandth() -> None:
    assert parser().parse_args([str(EXAMPLE)]).step * 1000 == 1
