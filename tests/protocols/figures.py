"""Hypothesis strategies for what protocols count in: exact fractions and small lots."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st


def fractions(low: int, high: int, per: int = 1000) -> st.SearchStrategy[Fraction]:
    """Fractions of a thousandth from `low` to `high`, whole ones often."""
    return st.one_of(
        st.integers(low, high).map(Fraction),
        st.integers(low * per, high * per).map(lambda count: Fraction(count, per)),
    )


amounts = fractions(-(10**6), 10**6)
prices = fractions(1, 10**6)
sizes = fractions(0, 1000)
volumes = fractions(-1000, 1000)
held = volumes.filter(bool)
shares = fractions(0, 1)
