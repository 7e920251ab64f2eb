"""The report is one file that needs nothing else, the same for the same replay, and shows what was found."""

import dataclasses
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.engine import Engine
from stoplog.simulation.findings import Findings
from stoplog.simulation.replay import Replayed, run
from stoplog.simulation.report import write_report
from stoplog.simulation.report.drawing import ticks
from stoplog.simulation.report.page import report
from stoplog.simulation.world import Request, World, build

COMMAND = "stoplog replay --accounts 3000 --seed 3"
VOID = {"meta", "br"}


class Balanced(HTMLParser):
    """Checks that every tag that is opened is closed, in order, and keeps the attributes of all."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def world() -> World:
    return build(Request(accounts=3000, seed=3))


@pytest.fixture(scope="module")
def replayed(world: World) -> Replayed:
    return run(world, Engine())


@pytest.fixture(scope="module")
def found(replayed: Replayed) -> Findings:
    assert replayed.findings is not None
    return replayed.findings


@pytest.fixture(scope="module")
def html(world: World, replayed: Replayed) -> str:
    return report(world, replayed, COMMAND)


@pytest.mark.rule("SIM-008")
def test_the_page_is_whole_and_needs_nothing_else(html: str) -> None:
    page = Balanced()
    page.feed(html)
    page.close()
    assert page.open == []
    attributes = {name for _, attributes in page.seen for name in attributes}
    assert not attributes & {"src", "href", "srcset", "action", "style"}
    assert not re.search(r"https?:|url\(|@import|fetch\(", html)
    drawings = [attributes["class"] for tag, attributes in page.seen if tag == "svg"]
    assert drawings == ["wide", "narrow"] * 6


@pytest.mark.rule("SIM-005")
def test_the_same_replay_gives_the_same_page(html: str) -> None:
    world = build(Request(accounts=3000, seed=3))
    assert report(world, run(world, Engine()), COMMAND) == html


@pytest.mark.rule("SIM-005", "SIM-008")
def test_the_page_says_how_to_make_it_again(html: str, world: World, replayed: Replayed) -> None:
    assert f"<pre>{COMMAND}</pre>" in html
    assert replayed.digest in html
    assert "<dt>Seed</dt><dd>3</dd>" in html
    assert len(world.sources) == 2
    assert all(source.sha256 in html for source in world.sources)
    assert "CON-002" in html


@pytest.mark.rule("SIM-004")
def test_a_reconstruction_is_labelled(html: str, world: World, replayed: Replayed) -> None:
    assert "<strong>This is a reconstruction.</strong>" in html
    recorded = report(dataclasses.replace(world, reconstructed=False, label="x.csv"), replayed, COMMAND)
    assert "This is a reconstruction" not in recorded


@pytest.mark.rule("SIM-008", "ISO-002")
def test_no_bar_lies_beyond_the_margin_put_in(html: str, found: Findings) -> None:
    drawing = next(svg for svg in re.findall(r"<svg.*?</svg>", html) if 'class="wall"' in svg)
    wall = float(re.search(r'class="wall" x1="([\d.]+)"', drawing)[1])
    bars = re.findall(r'<rect class="(?:closed|liquidated)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawing)
    assert len(bars) > 10
    assert max(float(x) + float(width) for x, width in bars) <= wall
    named = re.findall(r"<title>(?:[^<]*: )?([\d,]+) (?:closed|liquidated|gained)", drawing)
    assert sum(int(number.replace(",", "")) for number in named) == found.closed + found.liquidated


@pytest.mark.rule("SIM-008")
def test_the_figures_under_the_pointer_are_those_found(html: str, found: Findings) -> None:
    data = json.loads(re.search(r'id="data">(.*?)</script>', html)[1])
    lists = {name: values for name, values in data.items() if isinstance(values, list)}
    assert {len(values) for values in lists.values()} == {found.buckets.time.size}
    assert sum(data["count_long"]) + sum(data["count_short"]) == found.liquidated
    assert data["fund"][-1] == round(found.fund)
    assert (min(data["low"]), max(data["high"])) == pytest.approx((found.low_price, found.high_price))


@pytest.mark.rule("SIM-008")
def test_the_headline_figures_are_those_found(html: str, found: Findings) -> None:
    facts = dict(re.findall(r'<dt>([^<]*)</dt><dd><span class="figure">([^<]*)', html))
    assert facts["Liquidated"] == f"{found.liquidated:,}"
    assert facts["Shortfalls"] == f"{found.shortfall_count:,}"
    assert facts["Largest loss of an owner"] == "100.0 %"
    shown = html[html.index("<tbody>") : html.index("</tbody>")]
    assert shown.count("<tr>") == len(found.shortfalls) == 10


@pytest.mark.rule("SIM-008")
def test_what_went_wrong_is_said(world: World, replayed: Replayed) -> None:
    cut = dataclasses.replace(replayed, planned=2 * replayed.commands)
    assert "The replay was interrupted</strong> after 50.0" in report(world, cut, COMMAND)


@pytest.mark.rule("SIM-008")
def test_names_of_files_are_no_markup(world: World, replayed: Replayed) -> None:
    hostile = dataclasses.replace(world, label="<script>x</script>", symbol="<b>")
    page = report(hostile, replayed, "stoplog replay '</pre><script>'")
    assert "<script>x" not in page
    assert "<b>" not in page
    assert "</pre><script>" not in page


@pytest.mark.rule("SIM-008")
def test_a_quiet_day_has_a_report_too(marks: Path, population: Callable[..., Path]) -> None:
    """Nobody is liquidated, nothing is missing, nobody leaves."""
    calm = population(
        ("values = [2, 3, 5, 10, 20, 25, 50, 75, 100, 125]", "values = [2]"),
        ("weights = [7, 10, 19, 25, 17, 7, 8, 2, 4, 1]", "weights = [1]"),
    )
    world = build(Request(marks=[marks], population=calm, accounts=1, seed=1))
    replayed = run(world, Engine())
    assert replayed.findings is not None
    assert replayed.findings.liquidated == 0
    path = marks.with_suffix(".html")
    write_report(path, world, replayed, COMMAND)
    page = Balanced()
    page.feed(path.read_text(encoding="utf-8"))
    assert page.open == []
    assert not re.search(r"\b(nan|inf)\b", path.read_text(encoding="utf-8"))
    assert sorted(each.name for each in marks.parent.iterdir()) == ["marks.csv", "marks.html", "population.toml"]


@pytest.mark.rule("SIM-008")
@given(st.integers(-(10**9), 10**9), st.integers(1, 10**9), st.integers(2, 9))
def test_ticks_are_round_even_and_inside(low: int, span: int, most: int) -> None:
    high = low + span
    found = ticks(low, high, most)
    assert len(found) <= most + 1
    assert all(low - 1e-6 * span <= tick <= high + 1e-6 * span for tick in found)
    if len(found) > 2:
        assert np.allclose(np.diff(found), found[1] - found[0])
