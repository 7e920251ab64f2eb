"""docs/portfolio-compartments.md: its lines of Python print what stands under them."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "portfolio-compartments.md"


@pytest.mark.rule("PRT-003", "PRT-004", "PRT-005", "PRT-009", "ARR-007")
def test_the_examples_print_what_stands_under_them() -> None:
    """One after the other: the second goes on with the names of the first."""
    blocks = re.findall(r"```(?:python)?\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {"__name__": "example"}
    assert len(blocks) == 4
    for code, printed in zip(blocks[::2], blocks[1::2], strict=True):
        output = StringIO()
        with redirect_stdout(output):
            exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102  our own page
        assert output.getvalue() == printed
