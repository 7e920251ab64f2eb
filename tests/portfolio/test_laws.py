"""What holds for every model of Derive and every portfolio."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from portfolio.questions import MODELS, Question, asked, held, result

from stoplog.calculator.portfolio_models import MODELS as KNOWN
from stoplog.calculator.portfolio_parameters import PASSED_OVER, SETS, parameters_of, shipped
from tests.conformance.cases import VECTORS
from tests.conformance.derive import loaded

FIGURES = ("mark_to_market", "maintenance_margin", "initial_margin")


def near(one: dict[str, Any], other: dict[str, Any], factor: float = 1.0) -> None:
    for name in FIGURES:
        assert one[name] == pytest.approx(factor * other[name], rel=1e-10, abs=1e-8), name
    for mine, its in zip(one["scenarios"], other["scenarios"], strict=True):
        assert mine["name"] == its["name"]
        assert mine["profit"] == pytest.approx(factor * its["profit"], rel=1e-9, abs=1e-8)


def resized(position: Question, factor: float) -> Question:
    amounts = ("size", "unrealised_profit", "funding")
    return position | {name: float(position[name]) * factor for name in amounts if name in position}


@pytest.mark.rule("PFM-002")
@pytest.mark.parametrize("model", MODELS)
def test_neither_order_nor_parts_of_positions_matter(model: str) -> None:
    whole = result(asked(model, held(model)))
    shuffled = held(model)
    random.Random(3).shuffle(shuffled)
    halves = [resized(position, share) for position in shuffled for share in (0.25, 0.75)]
    near(result(asked(model, shuffled)), whole)
    near(result(asked(model, halves)), whole)


@pytest.mark.rule("PFM-002")
@pytest.mark.parametrize("model", MODELS)
def test_all_sizes_times_a_factor_ask_for_as_much_more(model: str) -> None:
    many = [resized(position, 7.0) for position in held(model)]
    near(result(asked(model, many)), result(asked(model, held(model))), 7.0)


@pytest.mark.rule("PFM-001", "PFM-002")
@pytest.mark.parametrize("model", MODELS)
def test_cash_needs_no_margin_and_initial_margin_is_not_less_than_maintenance(model: str) -> None:
    more = [*held(model), {"kind": "cash", "side": "long", "size": "1000"}]
    plain, richer = result(asked(model, held(model))), result(asked(model, more))
    assert richer["mark_to_market"] == pytest.approx(plain["mark_to_market"] + 1000)
    for name in FIGURES[1:]:
        assert richer[name] == pytest.approx(plain[name])
    assert plain["initial_margin"] >= plain["maintenance_margin"] > 0


@pytest.mark.rule("PFM-003")
@pytest.mark.parametrize("model", MODELS)
def test_what_was_answered_can_be_given_back(model: str) -> None:
    whole = result(asked(model, held(model)))
    given = {"charges": whole["charges"]}
    if whole["scenarios"]:
        given["scenarios"] = whole["scenarios"]
    again = result(asked(model, None, given=given))
    for name in ("maintenance_margin", "initial_margin", "worst_scenario", "charges"):
        assert again[name] == whole[name]


@pytest.mark.rule("PFM-003")
def test_a_given_charge_counts_instead_of_the_models() -> None:
    plain = result(asked("derive-pmrm", held("derive-pmrm")))
    given = {"charges": {"confidence": "100", "options_maintenance": "0"}}
    changed = result(asked("derive-pmrm", held("derive-pmrm"), given=given))
    freed = plain["charges"]["options_maintenance"]
    assert freed > 0
    assert changed["maintenance_margin"] == pytest.approx(plain["maintenance_margin"] - freed)
    assert changed["initial_margin"] == pytest.approx(plain["initial_margin"] - freed + 100)


@pytest.mark.rule("PFM-001")
def test_every_shipped_set_can_be_read() -> None:
    files = sorted(path.stem for path in Path(SETS).glob("*.json"))
    assert set(files) <= set(KNOWN)
    for model in files:
        assert shipped(model)
        for name in shipped(model):
            parameters_of(f'"{name}"'.encode(), model, KNOWN[model].parameters)


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Path → figure of everything in a parameter set, notes aside."""
    if isinstance(value, dict):
        parts = {f"{path}.{name}": part for name, part in value.items() if name != PASSED_OVER}
    elif isinstance(value, list):
        parts = {f"{path}[{i}]": part for i, part in enumerate(value)}
    else:
        return {path: value}
    return {where: figure for name, part in parts.items() for where, figure in flat(part, name).items()}


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"{VECTORS} is absent")
@pytest.mark.rule("PFM-010", "PFM-015", "PFM-016")
@pytest.mark.parametrize(
    ("model", "name", "file", "published"),
    [
        ("derive-pmrm", "default", "derive_pmrm2", "P1"),
        ("derive-pmrm-1", "default", "derive_pmrm1", "default"),
        ("derive-pmrm-1", "stricter", "derive_pmrm1", "portfolio_cases"),
        ("derive-srm", "default", "derive_srm", "default"),
    ],
)
def test_shipped_sets_are_the_published_ones(model: str, name: str, file: str, published: str) -> None:
    due = dict(loaded(file)["parameter_sets"][published])
    if "scenario_sets" in loaded(file):
        due["scenarios"] = loaded(file)["scenario_sets"]["S1"]
    carried = flat(json.loads(bytes(shipped(model)[name])))
    expected = flat(due)
    assert carried.keys() == expected.keys()
    for where, figure in expected.items():
        assert carried[where] == (figure if isinstance(figure, str) else pytest.approx(figure, abs=1e-15)), where
