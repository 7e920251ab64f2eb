"""The first price met, on requirements that jump and bend, with figures so small that roots and floors coincide."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stoplog.margin.first_price import Account, first_change
from stoplog.margin.requirement import Piece
from stoplog.margin.surds import Surd

ONE = 10
END = 60

small = st.integers(0, 4)


def pieces(quads: list[int]) -> st.SearchStrategy[list[Piece]]:
    row = st.tuples(st.integers(1, 4), st.sampled_from(quads), st.sampled_from([-5, 0, 2, 5, 12]), st.integers(-40, 20))
    return st.lists(row, min_size=1, max_size=4).map(
        lambda rows: [
            Piece(sum(step for step, _, _, _ in rows[1 : i + 1]), quad, rate, level)
            for i, (_, quad, rate, level) in enumerate(rows)
        ]
    )


def surplus(account: Account, table: list[Piece], notional: Fraction) -> Fraction:
    piece = [piece for i, piece in enumerate(table) if i == 0 or piece.floor < notional][-1]
    required = Fraction(piece.quad) * notional**2 + piece.rate * notional + piece.level
    return account.capital + account.side * notional - max(Fraction(account.minimum), required / ONE)


def places(account: Account, table: list[Piece]) -> list[Fraction]:
    """Every notional above zero at which the surplus of straight pieces can change its sign, ascending."""
    found = {Fraction(piece.floor) for piece in table} | {Fraction((account.minimum - account.capital) * account.side)}
    for piece in table:
        slope = account.side * ONE - piece.rate
        if slope:
            found.add(Fraction(piece.level - account.capital * ONE, slope))
    return sorted(notional for notional in found if notional > 0)


def looked_for(account: Account, table: list[Piece], start: int) -> Fraction | None:
    covered = surplus(account, table, Fraction(start)) >= 0
    rising = (account.side < 0) == covered
    ahead = [n for n in places(account, table) if (n >= start if rising else n <= start)]
    ahead = ahead if rising else ahead[::-1]
    for i, notional in enumerate(ahead):
        after = ahead[i + 1] if i + 1 < len(ahead) else (notional + 1 if rising else notional / 2)
        for at in (notional, (notional + after) / 2):
            if (surplus(account, table, at) >= 0) != covered:
                return notional
    return None


accounts = st.builds(Account, st.sampled_from([1, -1]), st.integers(-12, 12), st.integers(0, 3), st.just(ONE))


@pytest.mark.rule("CAL-004", "CAL-008", "CAL-012")
@settings(max_examples=1500, deadline=None)
@given(accounts, pieces([0]), st.integers(1, 15))
@example(Account(1, -5, 0, ONE), [Piece(0, 0, 0, 0), Piece(5, 0, 0, 0)], 9)
@example(Account(-1, 5, 0, ONE), [Piece(0, 0, 0, 0), Piece(5, 0, 2, -40)], 1)
@example(Account(1, -4, 0, ONE), [Piece(0, 0, 0, 0), Piece(5, 0, 2, 0)], 9)
def test_the_first_change_is_found_at_roots_and_at_floors(account: Account, table: list[Piece], start: int) -> None:
    root = first_change(account, table, start)
    assert root is None or root.sign == 0
    found = None if root is None else Fraction(root.whole, root.divisor)
    assert found == looked_for(account, table, start)


@pytest.mark.rule("CAL-013")
@settings(max_examples=600, deadline=None)
@given(accounts, pieces([0, 1, 3]), st.integers(1, 15))
def test_nothing_changes_before_the_root_and_something_does_at_it(
    account: Account, table: list[Piece], start: int
) -> None:
    root = first_change(account, table, start)
    covered = surplus(account, table, Fraction(start)) >= 0
    rising = (account.side < 0) == covered
    fine = [Fraction(n, 40) for n in range(1, END * 40)]
    way = [n for n in fine if n >= start] if rising else [n for n in fine[::-1] if n <= start]
    if root is None:
        assert all((surplus(account, table, n) >= 0) == covered for n in way)
        return
    below, above = (Fraction(root.floor(10**30) + step, 10**30) for step in (-1, 2))
    before, beyond = (below, above) if rising else (above, below)
    assert all((surplus(account, table, n) >= 0) == covered for n in way if (n <= before if rising else n >= before))
    assert any((surplus(account, table, n) >= 0) != covered for n in (exact(root), beyond) if n is not None)


def exact(root: Surd) -> Fraction | None:
    return Fraction(root.whole, root.divisor) if root.sign == 0 else None


@pytest.mark.rule("CAL-013")
@given(st.integers(-50, 50), st.integers(1, 9), st.sampled_from([-1, 1]), st.integers(2, 60))
def test_surds_are_compared_and_turned_over_exactly(whole: int, divisor: int, sign: int, radicand: int) -> None:
    surd = Surd(whole, divisor, sign, radicand)
    if int(radicand**0.5) ** 2 == radicand:
        return
    floor = surd.floor()
    assert surd.compare(floor) > 0
    assert surd.compare(floor + 1) < 0
    digits = [surd.floor(10**places) for places in range(20)]
    assert all(shorter == longer // 10 for shorter, longer in pairwise(digits))
    if surd.above_zero:
        turned = surd.inverse()
        assert turned.inverse().floor(10**20) == surd.floor(10**20)
        assert abs(turned.floor(10**25) * surd.floor(10**25) - 10**50) < 10**28
