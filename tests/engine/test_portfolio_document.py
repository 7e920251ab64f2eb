"""docs/portfolio-compartments.md: its lines of Python print what stands under them."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "portfolio-compartments.md"


@pytest.mark.rule("PRT-003", "PRT-004", "PRT-005")
def test_the_example_prints_what_stands_under_it() -> None:
    code, printed = re.findall(r"```(?:python)?\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    output = StringIO()
    with redirect_stdout(output):
        exec(compile(code, str(PAGE), "exec"), {"__name__": "example"})  # noqa: S102  our own page
    assert output.getvalue() == printed
