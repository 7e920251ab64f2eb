"""`stoplog quote --strategy`: what it prints and draws, what it refuses, and that the document shows it."""

from __future__ import annotations

import json
import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from stoplog.calculator.lines import answer_line
from stoplog.calculator.set_compartment import Compartment
from stoplog.cli import main
from stoplog.simulation.report.drawing import Frame
from stoplog.strategy.in_engine import InEngine, in_engine
from stoplog.strategy.in_lots import NotHeld
from stoplog.strategy.picture import HEIGHT, LEFT, PAGE, RIGHT
from stoplog.strategy.reading import strategy
from stoplog.strategy.view import show
from stoplog.strategy.window import window
from stoplog.strategy.worth import worth

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "quote-strategy.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (stoplog quote .*--picture .*)$", DOCUMENT, re.MULTILINE)
EXAMPLES = sorted((ROOT / "docs" / "strategies").glob("*.json"))

PUT: dict[str, Any] = {"kind": "put", "side": "short", "size": "1", "entry": "5", "strike": "90", "expiry_years": "0"}
LONG: dict[str, Any] = {"kind": "perpetual", "side": "long", "size": "1", "entry": "100", "maintenance_rate": "0.01"}


def held_by_engine(held: Compartment) -> InEngine | NotHeld:
    try:
        return in_engine(held)
    except NotHeld as reason:
        return reason


def printed(question: object, *, with_chart: bool = False, **given: str) -> str:
    lines = StringIO()
    read = strategy(json.dumps(question).encode(), "legs", given)
    console = Console(file=lines, width=80, highlight=False)
    show(read, worth(read.held), held_by_engine(read.held), with_chart=with_chart, console=console)
    return lines.getvalue()


@pytest.mark.rule("STG-002")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_intervals_are_those_of_the_calculator(path: Path) -> None:
    question = json.loads(path.read_text("utf-8")) | {"calculate": "liquidation_set"}
    asked = json.loads(answer_line(json.dumps(question).encode())[0])["result"]
    held = strategy(path.read_bytes(), "", {}).held
    found = worth(held)
    for name, intervals in (("liquidation", found.liquidated), ("bankruptcy", found.bankrupt)):
        assert asked[name]["intervals"] == [list(ends) for ends in intervals]
    below = [end for interval in found.liquidated for end in interval if end is not None and end <= held.mark]
    text = printed(question)
    assert (f"{max(below):,.2f}" if below else "never") in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.rule("STG-002")
def test_value_profit_and_equity_of_a_put_at_expiry() -> None:
    found = worth(strategy(json.dumps([PUT]).encode(), "", {"mark": "80", "margin": "12"}).held)
    assert (found.options, found.profit, found.premium, found.equity, found.maintenance) == (-10, -5, 5, 7, 0)
    assert (found.legs[0].value, found.legs[0].delta) == (10, 1)


@pytest.mark.rule("STG-002")
def test_the_charges_of_a_model_add_up_to_the_maintenance_margin() -> None:
    read = strategy((ROOT / "docs/strategies/ratio-spread.json").read_bytes(), "", {})
    found = worth(read.held)
    assert sum(charge.amount * charge.maintenance for charge in found.charges) == pytest.approx(found.maintenance)
    text = printed(json.loads((ROOT / "docs/strategies/ratio-spread.json").read_text("utf-8")))
    assert "worst case × 0.8" in text
    assert "maintenance by deribit-pm" in text


@pytest.mark.rule("STG-006")
def test_the_engines_own_set_is_printed_beside_the_other() -> None:
    text = printed(json.loads((ROOT / "docs/strategies/short-straddle.json").read_text("utf-8")))
    assert re.search(r"last healthy price +46,305\.78 +−22\.82 % +66,694\.14 +\+11\.16 %", text)
    assert re.search(r"boundary in floats +46,305\.79 +−22\.82 % +66,694\.16 +\+11\.16 %", text)
    assert re.search(r"all +further +46,305\.77 +−22\.82 %", text)
    assert re.search(r"all but 1 +66,694\.15 +\+11\.16 % +further", text)
    assert "Prices are whole units of 0.01, lots 0.01." in text
    assert "Equity less requirement is within 0.020304 of that in floats at every price." in text
    assert "Looked at: all prices from 937.50 to 3,840,000.00." in text
    assert "Margined by the scenarios of stoplog, not by the legs' rates." in text


@pytest.mark.rule("STG-006")
def test_under_the_own_model_both_sets_are_of_one_model() -> None:
    """And where there is nothing to liquidate, or another model, that is said."""
    put = PUT | {"expiry_years": "0.1", "volatility": "0.5"}
    question = {"mark": "100", "margin": "20", "model": "stoplog", "legs": [put]}
    text = printed(question)
    assert "Margined by the scenarios of stoplog.\n" in text
    assert re.search(r"liquidated +85\.1817 +−14\.82 % +2,500\.0000 ", text)
    assert re.search(r"boundary in floats +85\.1817 +−14\.82 % +2,500\.0000 ", text)
    assert re.search(r"last healthy price +85\.1818 +−14\.82 % +2,499\.9900 ", text)
    assert "at no price shown" in printed(question | {"margin": "1000"})
    other = printed(question | {"model": "deribit-pm", "parameters": "btc"})
    assert "The engine does not hold this compartment: its model asks for more than a worst" in other


@pytest.mark.rule("STG-001", "STG-002")
def test_flags_stand_in_place_of_the_fields_and_the_mark_may_be_liquidated() -> None:
    question = {"id": "one", "mark": "100", "margin": "10", "legs": [LONG]}
    assert printed(question).strip().startswith("one: healthy at the mark of 100.0000")
    assert "liquidated at the mark of 90.5" in printed(question, mark="90.5")
    assert "bankrupt at the mark of 89" in printed(question, mark="89")
    text = printed(question, margin="20", with_chart=True)
    assert re.search(r"bankrupt +80\.0000 +−20\.00 %", text)
    assert "▲ mark 100.0000" in text


@pytest.mark.rule("STG-002")
@pytest.mark.parametrize("legs", [[], [LONG] * 60, [PUT | {"size": "1e29"}], [LONG | {"size": "1e-20"}]], ids=len)
@pytest.mark.parametrize("mark", ["1e-29", "90", "1e29"])
def test_there_is_a_quote_for_every_strategy(legs: list[dict[str, Any]], mark: str) -> None:
    assert "nearest to the mark" in printed(legs, mark=mark, margin="-3", with_chart=True)


@pytest.mark.rule("STG-001")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"mark": 1,\n"margin": 1,\n"legs"', "the JSON ends too early (line 3)"),
        ('{"mark": 1,\n"margin": 1,\n"legs": }', "(line 3)"),
        ('[\n{"kind": "put",\n]', "(line 3)"),
        ("3", "3 is not an object"),
        ('{"margin": 1, "legs": []}', "mark: missing"),
        ("[]", "mark: missing"),
        ('{"mark": 1, "margin": "x", "legs": []}', 'margin: "x" is not a number'),
        (
            json.dumps({"mark": 1, "margin": 1, "legs": [LONG, PUT | {"strike": -5}]}),
            "legs[1].strike: -5 is not above 0",
        ),
        ('{"mark": 1, "margin": 1, "legs": [], "leg": 1}', "leg: no such field"),
        ('{"mark": 1, "margin": 1, "legs": [], "model": "x"}', "model: there is no x"),
        ('{"calculate": "isolated", "mark": 1, "margin": 1, "legs": []}', "calculate: "),
    ],
)
def test_a_wrong_file_is_named_with_field_and_figure(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    assert main(["quote", "--strategy", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"stoplog quote: {path}: ")
    assert said in error


@pytest.mark.rule("STG-001")
@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--strategy", "nowhere.json"], "nowhere.json: No such file"),
        (["--strategy", "FILE", "--mark", "0"], '--mark: "0" is not above 0'),
        (["--strategy", "FILE", "--side", "long"], "--side: has no place beside --strategy"),
        (["--strategy", "FILE", "--over", "time"], "--over: has no place without --picture"),
        (["--strategy", "FILE", "--picture", "a.jpg"], "a.jpg: a picture is an SVG, and its name ends in .svg"),
        (["--strategy", "FILE", "--picture", "no/a.svg"], "/no: No such file"),
        (["--strategy", "FILE", "--picture", "a.svg", "--over", "time"], "--over: no leg is an option with time left"),
        (["--strategy", "FILE", "--picture", "a.svg"], "--over: no leg is an option with volatility"),
        (
            ["--strategy", "FILE", "--picture", "a.svg", "--over", "delta"],
            "--over: delta is not one of volatility, time",
        ),
        (["--picture", "a.svg"], "--picture: has no place without --strategy"),
        (["--size", "1"], "--side: missing"),
    ],
)
def test_a_wrong_flag_is_named(
    flags: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("legs.json").write_text(json.dumps({"mark": "90", "margin": "9", "legs": [PUT]}), encoding="utf-8")
    assert main(["quote", *("legs.json" if flag == "FILE" else flag for flag in flags)]) == 2
    heard = capsys.readouterr()
    assert said in heard.err
    assert not heard.out
    assert [path.name for path in tmp_path.iterdir()] == ["legs.json"]


NUMBERS = re.compile(r"-?\d+\.?\d*")


@pytest.mark.rule("STG-004", "STG-005")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[3])
def test_the_document_shows_the_pictures_that_its_commands_draw(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same words and shapes, every number within the rounding of a pixel."""
    monkeypatch.chdir(ROOT)
    parts = shlex.split(command)[1:]
    place = parts.index("--picture") + 1
    shown = (ROOT / parts[place]).read_text("utf-8")
    assert f"({Path(parts[place]).relative_to('docs')})" in DOCUMENT
    parts[place] = str(tmp_path / "drawn.svg")
    assert main(parts) == 0
    assert "Picture: " in capsys.readouterr().out
    drawn = (tmp_path / "drawn.svg").read_text("utf-8")
    assert NUMBERS.sub("", drawn) == NUMBERS.sub("", shown)
    pairs = zip(NUMBERS.findall(drawn), NUMBERS.findall(shown), strict=True)
    assert all(abs(float(one) - float(other)) < 0.25 for one, other in pairs)
    ET.fromstring(drawn)  # noqa: S314  our own file


@pytest.mark.rule("STG-001")
def test_the_document_shows_a_refusal_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    command, said = re.findall(r"^\$ stoplog (quote .*)\n(stoplog quote: .*)$", DOCUMENT, re.MULTILINE)[0]
    assert main(shlex.split(command)) == 2
    assert capsys.readouterr().err == f"{said}\n"


@pytest.mark.rule("STG-005")
def test_a_name_is_written_as_text_and_a_dot_has_price_and_distance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = {"kind": "call", "side": "long", "size": "0.000001", "entry": "0", "strike": "100", "expiry_years": "0.25"}
    question = {"id": "<b>&", "mark": "100", "margin": "10", "legs": [LONG, call | {"volatility": "0.6"}]}
    path, drawn = tmp_path / "a.json", tmp_path / "a.svg"
    path.write_text(json.dumps(question), encoding="utf-8")
    assert main(["quote", "--strategy", str(path), "--picture", str(drawn), "--no-chart"]) == 0
    assert capsys.readouterr().err == ""
    words = [element.text for element in ET.fromstring(drawn.read_text("utf-8")).iter() if element.text]  # noqa: S314
    assert "<b>&" in words
    assert "90.9091  −9.09 %" in words
    assert "90.0000  −10.00 %" in words
    assert {"healthy", "bankrupt"} <= set(words)


@pytest.mark.rule("STG-005", "STG-006")
def test_the_engines_own_set_is_a_bar_on_the_line_of_now(tmp_path: Path) -> None:
    """From and to the pixels of its ends, or to the edge; under a model that the engine does not hold there is none."""
    drawn = tmp_path / "a.svg"
    path = ROOT / "docs" / "strategies" / "short-straddle.json"
    assert main(["quote", "--strategy", str(path), "--picture", str(drawn), "--no-chart"]) == 0
    root = ET.fromstring(drawn.read_text("utf-8"))  # noqa: S314  our own file
    read = strategy(path.read_bytes(), "", {})
    low, high = window(read.held, worth(read.held))
    frame = Frame(PAGE, HEIGHT, (low, high), (0.0, 1.0), left=LEFT, right=RIGHT)
    *bars, key = [each.attrib for each in root.iter() if each.tag.endswith("rect") and each.get("class") == "own"]
    assert float(key["width"]) == 15
    ends = [(float(bar["x"]), float(bar["x"]) + float(bar["width"])) for bar in bars]
    expected = [(low, 46_305.77), (66_694.15, high)]
    assert ends == [pytest.approx([frame.at_x(end) for end in pair], abs=0.2) for pair in expected]
    other = str(path.with_stem("ratio-spread"))
    assert main(["quote", "--strategy", other, "--picture", str(drawn), "--no-chart"]) == 0
    assert 'class="own"' not in drawn.read_text("utf-8")
