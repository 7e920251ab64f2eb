"""Parameters are read whole, or refused by field and figure."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.collateral.reading import BadParameter, default_set, parameter_set

TEXT = files("stoplog.collateral").joinpath("defaults.json").read_text(encoding="utf-8")


def changed(path: str, value: object) -> str:
    given: Any = json.loads(TEXT)
    *way, last = path.split(".")
    place = given
    for name in way:
        place = place[name]
    place[last] = value
    return json.dumps(given)


@pytest.mark.rule("COL-009")
def test_the_default_set_is_read() -> None:
    found = default_set()
    assert sorted(found.assets) == ["BTC", "ETH", "SOL", "SUI", "USDC"]
    assert found.sale_minutes == 60
    assert found.assets["BTC"].base == 10_000_000
    assert found.assets["BTC"].sellable == 80 * 10**8
    assert [name for name, terms in found.assets.items() if terms.depeg] == ["USDC"]


WRONG = [
    ("purse_decimals", 19, "purse_decimals: 19 is outside 0 and 18"),
    ("sale_minutes", "60", "sale_minutes: 60 is not a whole number"),
    ("assets.BTC.base", "1.2", "assets.BTC.base: 1.2 is outside 0 and 1"),
    ("assets.BTC.base", "-0.1", "assets.BTC.base: -0.1 is outside 0 and 1"),
    ("assets.BTC.base", True, "assets.BTC.base: True is not a number"),
    ("assets.BTC.base", "a tenth", "assets.BTC.base: a tenth is not a number"),
    ("assets.BTC.base", "0.000000001", "assets.BTC.base: 0.000000001 is not a whole number of units of 1E-8"),
    ("assets.BTC.base", "1e999999999", "assets.BTC.base: 1e999999999 is outside 10^-40 and 10^40"),
    ("assets.BTC.sellable", "0", "assets.BTC.sellable: 0 is outside 1 and 4611686018427387904 of the smallest units"),
    ("assets.BTC.size_factor", "1.1", "assets.BTC.size_factor: 1.1 is outside 0 and 1"),
    ("assets.BTC.moves_with.ETH", "2", "assets.BTC.moves_with.ETH: 2 is outside 0 and 1"),
    ("assets.BTC.moves_with", [], "assets.BTC.moves_with: [] is not an object"),
    ("assets.BTC.haircut", "0.1", "assets.BTC: haircut is not a field"),
    ("assets.BTC.regime.floor", "0.3", "assets.BTC.regime.floor: 0.3 is above the ceiling of 0.25"),
    ("assets.BTC.regime.rise", "0", "assets.BTC.regime.rise: 0 is not above 0: the cut could never follow"),
    ("assets.BTC.regime.memory", 0, "assets.BTC.regime.memory: 0 is outside 1 and 1000000"),
    (
        "assets.USDC.depeg.par",
        "0",
        "assets.USDC.depeg.par: 0 is outside 1 and 4611686018427387904 of the smallest units",
    ),
    ("assets.USDC.depeg", {"par": "1", "start": "0.98"}, "assets.USDC.depeg: slope is missing"),
    ("assets.USDC", None, "assets.USDC: None is not an object"),
]


@pytest.mark.rule("COL-009")
@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_what_is_wrong_is_named(path: str, value: object, message: str) -> None:
    with pytest.raises(BadParameter) as refused:
        parameter_set(changed(path, value))
    assert str(refused.value) == message


@pytest.mark.rule("COL-009")
@pytest.mark.parametrize("text", ["", "{", "[]", '{"assets": NaN}', "[" * 100_000, "9" * 5_000])
def test_what_is_no_set_is_refused(text: str) -> None:
    with pytest.raises(BadParameter):
        parameter_set(text)


@pytest.mark.rule("COL-009")
def test_a_field_given_twice_is_refused() -> None:
    with pytest.raises(BadParameter, match="sale_minutes: 60 is given a second time"):
        parameter_set(TEXT.replace('"sale_minutes": 60', '"sale_minutes": 30, "sale_minutes": 60'))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
PATHS = ["assets", "assets.BTC", "assets.BTC.cap", "assets.BTC.regime", "assets.BTC.regime.rise", "assets.USDC.depeg"]


@pytest.mark.rule("COL-009")
@given(st.sampled_from(PATHS), JSON)
def test_anything_in_a_place_of_a_figure_is_read_or_refused(path: str, value: object) -> None:
    try:
        found = parameter_set(changed(path, value))
    except BadParameter as error:
        refused: BadParameter | None = error
    else:
        refused = None
        assert set(found.assets) >= ({"BTC"} if path != "assets" else set())
    assert refused is None or refused.field.startswith(("assets", "sale_minutes", "line", "the set"))
