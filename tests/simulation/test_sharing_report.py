"""`stoplog replay --margin`: what it writes, and that its page needs nothing else."""

import re
from pathlib import Path

import pytest

from stoplog.ledger import Ledger
from stoplog.simulation.command import main
from stoplog.simulation.sharing.layout import Setting
from stoplog.simulation.sharing.terms import SECTIONS
from tests.simulation.conftest import ROOT
from tests.simulation.test_report import Balanced
from tests.simulation.test_sharing import crash

COUNT = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with marks, and all three settings replayed with ledgers and report."""
    folder = tmp_path_factory.mktemp("compare")
    assert compare(folder) == 0
    return folder


def compare(folder: Path, *more: str, margin: str = "compare", name: str = "all") -> int:
    marks, ledger, page = crash(folder, 120), folder / f"{name}.ledger", folder / f"{name}.html"
    outputs = ["--ledger", str(ledger), "--report", str(page)]
    return main([str(marks), "--margin", margin, "--accounts", str(COUNT), *outputs, *more])


@pytest.mark.rule("SIM-011")
def test_the_page_is_whole_and_needs_nothing_else(folder: Path) -> None:
    text = (folder / "all.html").read_text(encoding="utf-8")
    page = Balanced()
    page.feed(text)
    assert page.open == []
    assert not {tag for tag, _ in page.seen} & {"link", "img", "script", "iframe", "object"}
    assert not [name for _, names in page.seen for name in names if name in {"src", "href"} or name.startswith("on")]
    assert "url(" not in text
    assert "are equal, to the last unit, in every asset" in text
    assert len(re.findall(r'<svg class="multiple"', text)) == 9
    for column in re.findall(r"(isolated|cross|mixed), to the unit", text):
        assert column in set(Setting)


@pytest.mark.rule("SIM-005")
def test_every_setting_has_its_ledger_and_the_page_its_digest(folder: Path) -> None:
    text = (folder / "all.html").read_text(encoding="utf-8")
    for setting in Setting:
        with Ledger.open(folder / f"all.{setting}.ledger") as ledger:
            assert ledger.digest() in text
            assert f"{ledger.sequence:,} commands" in text


@pytest.mark.rule("SIM-005")
@pytest.mark.parametrize("setting", Setting)
def test_one_setting_alone_is_the_same(setting: Setting, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"only-{setting}"
    assert compare(folder, margin=setting, name=name) == 0
    with Ledger.open(folder / f"{name}.ledger") as one, Ledger.open(folder / f"all.{setting}.ledger") as beside:
        assert one.digest() == beside.digest()
    text = (folder / f"{name}.html").read_text(encoding="utf-8")
    assert len(re.findall(r'<svg class="multiple"', text)) == 3
    assert "The same positions, another setting" not in text
    assert "the sums by trader are the system's, to the unit" in " ".join(capsys.readouterr().out.split())


@pytest.mark.rule("SIM-005")
def test_the_same_replay_gives_the_same_page(folder: Path, tmp_path: Path) -> None:
    assert compare(tmp_path, name="all") == 0
    first, second = ((place / "all.html").read_text(encoding="utf-8") for place in (folder, tmp_path))
    assert first.replace(str(folder), "") == second.replace(str(tmp_path), "")


@pytest.mark.rule("SIM-001")
def test_a_ledger_that_is_there_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert compare(folder) == 2
    assert "all.isolated.ledger: this file is there already" in " ".join(capsys.readouterr().err.split())
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.rule("SIM-001")
def test_every_section_of_the_population_is_described() -> None:
    text = (ROOT / "docs" / "replay-cross.md").read_text(encoding="utf-8")
    assert not [name for name in SECTIONS if f"`[{name}]`" not in text and f"`{name}." not in text]
