"""docs/span.md: its example file, its worksheet, its lines of Python."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from span.markets import example

from stoplog.span.command import main
from stoplog.span.listing import span_file
from stoplog.span.writing import spn_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "span.md").read_text(encoding="utf-8")


@pytest.mark.rule("SPN-012")
def test_the_example_file_is_what_we_write() -> None:
    assert (ROOT / "docs" / "example.spn").read_bytes() == spn_text(span_file(example()))


@pytest.mark.rule("SPN-014")
def test_the_worksheet_is_printed_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    command, printed = PAGE.split("```console\n$ stoplog span ", 1)[1].split("```", 1)[0].split("\n", 1)
    assert main(command.split()) == 0
    found = capsys.readouterr().out
    assert [line.rstrip() for line in found.splitlines()] == printed.splitlines()


@pytest.mark.rule("SPN-010")
def test_the_lines_of_python_print_what_their_comment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (example_,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example_, "span.md", "exec"), {"__name__": "page"})  # noqa: S102
    assert printed.getvalue().split() == re.findall(r"^print.*?  # (.*)$", example_, re.MULTILINE)[0].split()
