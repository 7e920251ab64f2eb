"""A quote: the calculator's own figures, what may be changed, and errors that name the flag."""

import io
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from stoplog.calculator.errors import QuestionError
from stoplog.calculator.quote import quote
from stoplog.calculator.quote_view import show
from tests.calculator.conftest import Ask

BINANCE = {
    "side": "long",
    "size": "33.333333",
    "entry": "60000",
    "margin": "100000",
    "venue": "binance-usdm",
    "symbol": "BTCUSDT",
    "mark": "61000",
}


def written(given: dict[str, str], *, with_chart: bool = False) -> str:
    lines = io.StringIO()
    show(quote(given), with_chart=with_chart, console=Console(file=lines, width=80, highlight=False))
    return lines.getvalue()


@pytest.mark.rule("CAL-011")
def test_every_figure_is_an_answer_of_the_calculator(ask: Ask) -> None:
    found = quote(BINANCE | {"fee_rate": "0.0005", "extra_margin": "-20.5"})
    asked = BINANCE | {"extra_margin": "-20.5", "policy": {"fee_rate": "0.0005"}}
    assert found.figures == ask(**asked)
    assert len(found.changes) > 3
    for change in found.changes:
        assert change.figures == ask(**asked | {"extra_margin": str(Decimal("-20.5") + change.amount)})


@pytest.mark.rule("CAL-011", "CAL-015")
def test_what_is_set_aside_for_closing_is_shown_where_it_is() -> None:
    bybit = {"side": "long", "size": "0.5", "entry": "60000", "leverage": "20", "maintenance_rate": "0.005"}
    bybit |= {"venue": "bybit-linear", "fee_rate": "0.00055"}
    assert "set aside for closing        15.68" in written(bybit)
    assert "set aside" not in written(bybit | {"venue": "binance-usdm"})


@pytest.mark.rule("CAL-011")
def test_the_payoff_is_that_of_the_venue_and_the_mark_that_of_the_entry(ask: Ask) -> None:
    given = {"side": "short", "size": "200", "entry": "100", "leverage": "2", "maintenance_rate": "0.004"}
    assert quote(given).figures == ask(**given, payoff="linear", mark="100")
    assert quote(given | {"venue": "binance-coinm"}).figures == ask(**given, payoff="inverse", mark="100")
    assert quote(given | {"venue": "binance-coinm", "payoff": "linear"}).figures == quote(given).figures


@pytest.mark.rule("CAL-011")
def test_margin_that_may_not_leave_is_marked_as_refused() -> None:
    tight = quote({"side": "long", "size": "1", "entry": "100", "leverage": "5", "maintenance_rate": "0.01"})
    assert {change.allowed for change in tight.changes if change.amount < 0} == {False}
    room = quote(BINANCE | {"mark": "58000"})
    most = room.figures["removable_margin"]
    assert {change.amount: change.allowed for change in room.changes if change.amount < 0} == {
        Decimal(-50_000): False,
        Decimal(-25_000): False,
        Decimal(-10_000): False,
        -most: True,
    }
    assert next(change for change in room.changes if change.amount == -most).figures["removable_margin"] == 0
    assert "refused" in written(
        {"side": "long", "size": "1", "entry": "100", "leverage": "5", "maintenance_rate": "0.01"}
    )


@pytest.mark.rule("CAL-011")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"side": "up"}, "--side: "),
        ({"size": "-1"}, '--size: "-1" is not above 0'),
        ({"leverage": "5"}, "margin and leverage are both given"),
        ({"venue": "okx"}, "--maintenance-rate or --symbol: missing, and those of BTCUSDT are not carried; okx"),
        ({"venue": "nowhere"}, "--venue: there is no nowhere"),
        ({"symbol": "NONE"}, "--maintenance-rate or --symbol: missing"),
        ({"maintenance_rate": "2"}, '--maintenance-rate: "2" is not in [0, 1)'),
        ({"fee_rate": "x"}, '--fee-rate: "x" is not a number'),
        ({"mark": "NaN"}, '--mark: "NaN" is not a finite number'),
        ({"extra_margin": "1e99"}, "--extra-margin: the magnitude"),
    ],
)
def test_a_wrong_flag_is_named_with_its_figure(change: dict[str, str], said: str) -> None:
    with pytest.raises(QuestionError) as caught:
        quote(BINANCE | change)
    assert caught.value.message.startswith(said)


@pytest.mark.rule("CAL-011")
def test_the_terminal_shows_thresholds_distances_and_a_chart() -> None:
    text = written(BINANCE, with_chart=True)
    lines = text.splitlines()
    assert any(line.split() == ["liquidated", "at", "57,327.63", "−6.02", "%", "−4.45", "%"] for line in lines)
    assert any(line.split() == ["bankrupt", "at", "57,000.00", "−6.56", "%", "−5.00", "%"] for line in lines)
    assert any(line.split()[:4] == ["−50,000.00", "58,837.44", "−3.55", "%"] for line in lines if line.strip())
    assert "▲ liquidated 57,327.63" in text
    assert max(map(len, lines)) <= 80


@pytest.mark.rule("CAL-011")
@pytest.mark.parametrize(
    "given",
    [
        {"margin": "200"},
        {"margin": "5", "mark": "90"},
        {"margin": "0"},
        {"margin": "1", "extra_margin": "-3"},
        {"margin": "0.000001"},
        {"leverage": "125", "mark": "0.001"},
        {"leverage": "3", "payoff": "inverse", "mark": "999999"},
        {"leverage": "3", "payoff": "quanto", "quanto_multiplier": "0.001"},
        {"leverage": "1e29", "size": "1e-30", "entry": "1e29"},
        {"leverage": "1e-29", "size": "1e29", "entry": "1e-30"},
    ],
    ids=str,
)
@pytest.mark.parametrize("side", ["long", "short"])
def test_there_is_a_quote_for_every_position(given: dict[str, str], side: str) -> None:
    position = {"side": side, "size": "1", "entry": "100", "maintenance_rate": "0.01"}
    text = written(position | given, with_chart=True)
    assert "liquidated at" in text
    assert "▲" in text


@pytest.mark.rule("CAL-011")
def test_the_command_prints_a_quote_or_says_which_flag_is_wrong(tmp_path: Path) -> None:
    flags = [part for name, value in BINANCE.items() for part in (f"--{name}", value)]
    stoplog = [sys.executable, "-m", "stoplog.cli", "quote"]
    environment = os.environ | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([*stoplog, *flags], capture_output=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0
    assert "57,327.63" in done.stdout.decode()
    wrong = subprocess.run([*stoplog, *flags, "--leverage", "x"], capture_output=True, check=False)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith(b'stoplog quote: --leverage: "x" is not a number')
