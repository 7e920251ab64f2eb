"""A portfolio under stress: the calculator's purses, adding up."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.stress.falls import uniform_falls
from stoplog.stress.of_portfolio import PortfolioSystem
from stoplog.stress.outcomes import Loss, StressFailed
from stoplog.stress.shocks import Shock, uniform_fall

EXAMPLE = Path(__file__).parents[2] / "docs" / "portfolio.json"


def given_portfolio() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return found


def made(tmp_path: Path, portfolio: object) -> Path:
    path = tmp_path / "portfolio.json"
    path.write_text(portfolio if isinstance(portfolio, str) else json.dumps(portfolio), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def system() -> PortfolioSystem:
    return PortfolioSystem.read(EXAMPLE)


def shock(**factors: str) -> Shock:
    return Shock("some", "", {name: Fraction(value) for name, value in factors.items()})


@pytest.mark.rule("STR-005")
def test_losses_by_hand(system: PortfolioSystem) -> None:
    (found,) = system.under(shock(BTC="0.8"))
    assert found.losses == (
        Loss("isolated long", Fraction(6000)),
        Loss("inverse long", Fraction(2400)),
    )
    assert (found.fund_before, found.fund_left, found.uncovered) == (20_000, 11_600, 0)


@pytest.mark.rule("STR-005")
def test_a_spot_leg_hedges_a_short_on_it(system: PortfolioSystem) -> None:
    for factor in ("0.5", "2", "10"):
        (found,) = system.under(shock(BTC=factor))
        assert "hedged with BTC" not in {loss.compartment for loss in found.losses}


@pytest.mark.rule("STR-003", "STR-005")
def test_when_the_unit_loses_its_peg_all_else_rises_in_it(system: PortfolioSystem) -> None:
    (found,) = system.under(shock(USDT="0.9"))
    ((name, amount),) = found.losses
    assert name == "isolated short"
    assert abs(amount - Fraction(1000, 3)) < Fraction(1, 10**20)


@pytest.mark.rule("STR-003", "STR-005")
def test_collateral_that_falls_takes_the_purse_with_it(system: PortfolioSystem) -> None:
    (found,) = system.under(shock(BNB="0.00000001", ETH="0.99"))
    assert found.losses == (Loss("backed by BNB", Fraction(1800) - Fraction(30_000, 10**8)),)


@pytest.mark.rule("STR-001", "STR-005")
@given(st.lists(st.decimals("0.00001", 5, places=5), min_size=5, max_size=5))
def test_compartments_add_up_whatever_moves(factors: list[Any]) -> None:
    names = ("BTC", "ETH", "BNB", "USDC", "USDT")
    moved = dict(zip(names, map(Fraction, factors), strict=True))
    (found,) = PortfolioSystem.read(EXAMPLE).under(Shock("any", "", moved))
    assert found.beyond == found.fund_before - found.fund_left + found.uncovered
    assert found.uncovered == 0 or found.fund_left == 0
    assert all(loss.amount > 0 for loss in found.losses)


@pytest.mark.rule("STR-004", "STR-005")
def test_the_smallest_uniform_fall(system: PortfolioSystem) -> None:
    found = uniform_falls(system, Fraction(1, 500))
    fall = found.exhausting["USDT"]
    assert fall == Fraction(93, 500)
    below = [system.under(uniform_fall(Fraction(step, 500)))[0].uncovered for step in range(93)]
    assert not any(below)
    assert system.under(uniform_fall(fall))[0].uncovered > 0


@pytest.mark.rule("STR-004")
def test_a_fund_that_survives_everything(tmp_path: Path) -> None:
    portfolio = given_portfolio() | {"insurance_fund": "1e9"}
    found = uniform_falls(PortfolioSystem.read(made(tmp_path, portfolio)), Fraction(1, 10))
    assert found.exhausting == {"USDT": None}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "1", "-1e400", "1e29", "BTC"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["BTC", "price"]), inner, max_size=2),
    max_leaves=4,
)
PLACES = ["unit", "insurance_fund", "collateral", "underlyings", "balances", "rest", "policy", "mark", "symbol", "size"]


@pytest.mark.rule("STR-006")
@given(st.sampled_from(PLACES), JSON)
def test_anything_in_a_place_of_a_figure_is_stressed_or_refused(place: str, value: object) -> None:
    portfolio = given_portfolio()
    purse = portfolio["compartments"][0]
    for holder in (portfolio, purse, purse["positions"][0]):
        if place in holder or (place in ("rest", "policy") and holder is purse):
            holder[place] = value
    with TemporaryDirectory() as folder:
        path = made(Path(folder), portfolio)
        try:
            system: PortfolioSystem | None = PortfolioSystem.read(path)
        except StressFailed as refused:
            system = None
            assert str(refused)  # noqa: PT017 -- either is right
    if system is not None:
        assert system.under(uniform_fall(Fraction(1, 2)))[0].system >= 0


def changed(**fields: object) -> dict[str, Any]:
    portfolio = given_portfolio()
    position = portfolio["compartments"][0]["positions"][0]
    position.update(fields)
    return portfolio


WRONG = [
    ("{", "portfolio.json: Input data was truncated"),
    ("[]", "portfolio.json: Expected `object`, got `array`"),
    ({"unit": "USDT"}, "missing required field `insurance_fund`"),
    (given_portfolio() | {"insurance_fund": "-1"}, 'insurance_fund: "-1" is below 0'),
    (given_portfolio() | {"insurance_fund": "much"}, 'insurance_fund: "much" is not a number'),
    (given_portfolio() | {"colateral": {}}, "unknown field `colateral`"),
    (given_portfolio() | {"compartments": given_portfolio()["compartments"] * 2}, "is there more than once"),
    (changed(side="up"), 'compartments[0] (isolated long): positions[0].side: "up" is not one of'),
    (changed(mark="NaN"), 'isolated long: positions[0].mark: "NaN" is not a finite number'),
    (changed(symbol=7), "compartments[0] (isolated long): positions[0].symbol: 7 is not a"),
    (changed(size="0"), "compartments[0] (isolated long): positions[0].size"),
]


@pytest.mark.rule("STR-006")
@pytest.mark.parametrize(("portfolio", "message"), WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, portfolio: object, message: str) -> None:
    with pytest.raises(StressFailed) as refused:
        PortfolioSystem.read(made(tmp_path, portfolio))
    assert message in str(refused.value)
