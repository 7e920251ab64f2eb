"""What is said while a replay runs."""

import io

import numpy as np
import pytest
from rich.console import Console

from stoplog.engine import Engine
from stoplog.engine.compiling import cache_folder
from stoplog.records import COMMAND
from stoplog.simulation import session


@pytest.mark.rule("SIM-005")
def test_the_compiled_kernel_is_recognised() -> None:
    Engine().apply(np.zeros(0, COMMAND))
    assert any(cache_folder().rglob(session.KERNEL))


@pytest.mark.rule("SIM-005")
@pytest.mark.parametrize("loud", [True, False])
def test_waiting_is_told_where_nobody_looks_at_a_terminal(loud: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "TELL_EVERY", 0.01)
    heard = io.StringIO()
    with session._patience(Console(file=heard), "Compiling", loud=loud):
        while loud and heard.getvalue().count("so far") < 2:
            pass
    lines = heard.getvalue().splitlines()
    assert lines[:2] == (["Compiling …", "Compiling: 0 s so far"] if loud else [])
