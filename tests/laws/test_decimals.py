"""Decimals in and out of counts: exact, or refused by name."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.units import RATE_ONE, NotAWholeCount, Unit, rate

STEPS = st.builds(
    lambda digits, exponent: Unit(Decimal((0, (digits,), exponent))), st.integers(1, 9), st.integers(-30, 10)
)
COUNTS = st.integers(-(2**63), 2**63)


@pytest.mark.rule("RND-003")
@given(STEPS, COUNTS)
def test_what_a_count_is_counts_back_to_it(unit: Unit, count: int) -> None:
    assert unit.count("price", unit.decimal(count)) == count


@pytest.mark.rule("RND-003")
@given(STEPS, COUNTS, st.integers(1, 15))
def test_a_part_of_a_unit_is_refused_by_name(unit: Unit, count: int, sixteenths: int) -> None:
    with localcontext(prec=100):
        value = unit.decimal(count) + unit.step * sixteenths / Decimal(16)
    with pytest.raises(NotAWholeCount) as refused:
        unit.count("price", value)
    assert (refused.value.field, refused.value.value, refused.value.step) == ("price", value, unit.step)


@pytest.mark.rule("RND-003")
def test_the_figure_of_the_rule() -> None:
    unit = Unit(Decimal("0.05"))
    assert unit.count("price", "4189.35") == 83_787
    with pytest.raises(NotAWholeCount):
        unit.count("price", "4189.36")


@pytest.mark.rule("RND-003")
@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "", "1,5", "ten", "0x10"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(NotAWholeCount):
        Unit(Decimal("0.01")).count("amount", value)


@pytest.mark.rule("RND-003")
@given(st.integers(-(10**9), 10**9))
def test_a_rate_is_a_count_of_1e_8(count: int) -> None:
    assert rate("maintenance_rate", Decimal(count) / RATE_ONE) == count
    with pytest.raises(NotAWholeCount):
        rate("maintenance_rate", (Decimal(count) + Decimal("0.1")) / RATE_ONE)
