"""What is compiled for other compiled functions alone, called from Python all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stoplog.engine.compiling import compiled, compiled_to_disk, inlined, outlined


@pytest.mark.rule("HSE-004")
@pytest.mark.parametrize("make", [compiled, inlined, outlined])
def test_a_part_gives_python_the_same_before_and_after_others_have_called_it(
    make: Callable[[Any], Any],
) -> None:
    """Nothing can be run of the part itself: the call finds code of its own."""
    part = make(lambda amount: amount + 1)
    assert part(1) == 2
    whole = compiled_to_disk(lambda amount: 10 * part(amount))
    assert whole(2) == 30
    assert part(3) == 4
