"""The first price met, on ladders that jump, with figures so small that roots and floors often coincide."""

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stoplog.margin.first_price import first_root
from stoplog.margin.tiers import Tier

ONE = 10

small = st.integers(0, 4)
ladders = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([0, 2, 5]), small), min_size=1, max_size=4).map(
    lambda rows: [
        Tier(sum(step for step, _, _ in rows[1 : i + 1]), rate, deduction, 0)
        for i, (_, rate, deduction) in enumerate(rows)
    ]
)


def surplus(tiers: list[Tier], side: int, capital: int, minimum: int, notional: Fraction) -> Fraction:
    tier = [tier for i, tier in enumerate(tiers) if i == 0 or tier.floor < notional][-1]
    return capital + side * notional - max(Fraction(minimum), notional * tier.rate / ONE - tier.deduction)


def places(tiers: list[Tier], side: int, capital: int, minimum: int) -> list[Fraction]:
    """Every notional above zero at which the surplus can change its sign, ascending."""
    found = {Fraction(tier.floor) for tier in tiers} | {Fraction((minimum - capital) * side)}
    found |= {(capital + tier.deduction) / (Fraction(tier.rate, ONE) - side) for tier in tiers}
    return sorted(notional for notional in found if notional > 0)


def first_change(tiers: list[Tier], side: int, capital: int, minimum: int, start: int) -> Fraction | None:
    covered = surplus(tiers, side, capital, minimum, Fraction(start)) >= 0
    rising = (side < 0) == covered
    ahead = [n for n in places(tiers, side, capital, minimum) if (n >= start if rising else n <= start)]
    ahead = ahead if rising else ahead[::-1]
    for i, notional in enumerate(ahead):
        after = ahead[i + 1] if i + 1 < len(ahead) else (notional + 1 if rising else notional / 2)
        for at in (notional, (notional + after) / 2):
            if (surplus(tiers, side, capital, minimum, at) >= 0) != covered:
                return notional
    return None


@pytest.mark.rule("CAL-004", "CAL-008")
@settings(max_examples=1500, deadline=None)
@given(ladders, st.sampled_from([1, -1]), st.integers(-12, 12), st.integers(0, 3), st.integers(1, 15))
@example([Tier(0, 0, 0, 0), Tier(5, 0, 0, 0)], 1, -5, 0, 9)
@example([Tier(0, 0, 0, 0), Tier(5, 2, 4, 0)], -1, 5, 0, 1)
@example([Tier(0, 0, 0, 0), Tier(5, 2, 0, 0)], 1, -4, 0, 9)
def test_the_first_change_is_found_at_roots_and_at_floors(
    tiers: list[Tier], side: int, capital: int, minimum: int, start: int
) -> None:
    root = first_root(tiers, side, capital, minimum, start, ONE)
    found = None if root is None or root[0] <= 0 else Fraction(root[0] * root[1], root[2] * root[3])
    assert found == first_change(tiers, side, capital, minimum, start)
