"""What is wrong with a question: the code, the field, and the figure in the message."""

import json
from typing import Any

import pytest

from stoplog.calculator.decimals import DIGITS_MAX
from stoplog.calculator.errors import CODES
from stoplog.calculator.lines import answer_line
from tests.calculator.conftest import Ask

DEEP = 100_000

LINES = [
    (b"nonsense", "not_json"),
    (b'{"id": 1, "calculate": "isolated"', "not_json"),
    (b'{"id": 1,}', "not_json"),
    (b'{"id": 1} {"id": 2}', "not_json"),
    (b'{"id": NaN}', "not_json"),
    (b'{"id": 1, "calculate": "isolated", "size": Infinity}', "not_json"),
    (b'{"id": 1, "size": 01}', "not_json"),
    (b"{'id': 1}", "not_json"),
    (b'{"id": "\xff"}', "not_json"),
    (b'\xff\xfe{"id": 1}', "not_json"),
    (b'\xef\xbb\xbf{"id": 1}', "not_json"),
    (b'{"id": "a\x00b"}', "not_json"),
    (b"[]", "not_object"),
    (b'"isolated"', "not_object"),
    (b"12", "not_object"),
    (b"null", "not_object"),
    (b"[" * DEEP, "too_deep"),
    (b"[" * DEEP + b"]" * DEEP, "too_deep"),
    (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "too_deep"),
    (b'{"id": 1, "calculate": "isolated", "size": ' + b"[" * DEEP + b"]" * DEEP + b"}", "too_deep"),
    (b'{"id": ' + b"[" * DEEP + b"]" * DEEP + b', "calculate": "isolated"}', "too_deep"),
]

FOREIGN = [{"floor": i, "rate": 0, "max_leverage": f"1.{10**38 + i}"} for i in range(999)]
"""Leverages without a common multiple of any use."""

FIELDS: list[tuple[dict[str, Any], str, str | None]] = [
    ({"calculate": "nonsense"}, "unknown_calculation", "calculate"),
    ({"calculate": "crossed"}, "unknown_calculation", "calculate"),
    ({"calculate": 3}, "wrong_type", "calculate"),
    ({"sise": 1}, "unknown_field", "sise"),
    ({"policy": {"tick": 1}}, "unknown_field", "policy.tick"),
    ({"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0, "cum": 0}]}, "unknown_field", "tiers[0].cum"),
    ({"payoff": ...}, "missing_field", "payoff"),
    ({"side": ...}, "missing_field", "side"),
    ({"size": ...}, "missing_field", "size"),
    ({"entry": ...}, "missing_field", "entry"),
    ({"margin": ...}, "missing_field", "margin"),
    ({"maintenance_rate": ...}, "missing_field", "tiers"),
    ({"maintenance_rate": ..., "tiers": []}, "missing_field", "tiers"),
    ({"maintenance_rate": ..., "tiers": [{"floor": 0}]}, "missing_field", "tiers[0].rate"),
    ({"maintenance_rate": ..., "tiers": [{"floor": 0, "max_leverage": 20}]}, "missing_field", "tiers[0].rate"),
    ({"maintenance_rate": ..., "tiers": [{"rate": 0}]}, "missing_field", "tiers[0].floor"),
    ({"maintenance_rate": ..., "venue": "binance-usdm"}, "missing_field", "tiers"),
    ({"maintenance_rate": ..., "venue": "binance-usdm", "symbol": "NONE"}, "missing_field", "tiers"),
    ({"payoff": "quanto"}, "missing_field", "quanto_multiplier"),
    ({"policy": {"price_rounding": "nearest"}}, "missing_field", "policy.price_tick"),
    ({"side": 1}, "wrong_type", "side"),
    ({"side": "up"}, "out_of_range", "side"),
    ({"payoff": "cubic"}, "out_of_range", "payoff"),
    ({"size": True}, "wrong_type", "size"),
    ({"size": None}, "wrong_type", "size"),
    ({"mark": None}, "wrong_type", "mark"),
    ({"size": [1]}, "wrong_type", "size"),
    ({"size": {"value": 1}}, "wrong_type", "size"),
    ({"size": ""}, "wrong_type", "size"),
    ({"size": "ten"}, "wrong_type", "size"),
    ({"size": "1_000"}, "wrong_type", "size"),
    ({"size": "1,5"}, "wrong_type", "size"),
    ({"size": " 1"}, "wrong_type", "size"),
    ({"size": "1 "}, "wrong_type", "size"),
    ({"size": "1\n"}, "wrong_type", "size"),
    ({"size": "0x10"}, "wrong_type", "size"),
    ({"size": "1e"}, "wrong_type", "size"),
    ({"size": "--1"}, "wrong_type", "size"),
    ({"size": "."}, "wrong_type", "size"),
    ({"size": "\u0661"}, "wrong_type", "size"),
    ({"trust_deductions": "true"}, "wrong_type", "trust_deductions"),
    ({"trust_deductions": 1}, "wrong_type", "trust_deductions"),
    ({"venue": 7}, "wrong_type", "venue"),
    ({"policy": []}, "wrong_type", "policy"),
    ({"policy": {"tier_rule": 1}}, "wrong_type", "policy.tier_rule"),
    ({"policy": {"fee_rate": True}}, "wrong_type", "policy.fee_rate"),
    ({"maintenance_rate": ..., "tiers": {}}, "wrong_type", "tiers"),
    ({"maintenance_rate": ..., "tiers": [1]}, "wrong_type", "tiers[0]"),
    ({"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": [0]}]}, "wrong_type", "tiers[0].rate"),
    ({"size": 0}, "out_of_range", "size"),
    ({"size": -0.0}, "out_of_range", "size"),
    ({"size": -1}, "out_of_range", "size"),
    ({"entry": 0}, "out_of_range", "entry"),
    ({"entry": "-100"}, "out_of_range", "entry"),
    ({"mark": "0"}, "out_of_range", "mark"),
    ({"margin": -1}, "out_of_range", "margin"),
    ({"margin": ..., "leverage": 0}, "out_of_range", "leverage"),
    ({"margin": ..., "leverage": -5}, "out_of_range", "leverage"),
    ({"maintenance_rate": 1}, "out_of_range", "maintenance_rate"),
    ({"maintenance_rate": "-0.01"}, "out_of_range", "maintenance_rate"),
    ({"policy": {"fee_rate": 1}}, "out_of_range", "policy.fee_rate"),
    ({"policy": {"removable_floor_rate": 2}}, "out_of_range", "policy.removable_floor_rate"),
    ({"policy": {"minimum_maintenance": -1}}, "out_of_range", "policy.minimum_maintenance"),
    ({"policy": {"price_tick": 0}}, "out_of_range", "policy.price_tick"),
    ({"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 1}]}, "out_of_range", "tiers[0].rate"),
    ({"maintenance_rate": ..., "tiers": [{"floor": -1, "rate": 0}]}, "out_of_range", "tiers[0].floor"),
    (
        {"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0, "initial_rate": 2}]},
        "out_of_range",
        "tiers[0].initial_rate",
    ),
    (
        {"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0, "max_leverage": "0.9"}]},
        "out_of_range",
        "tiers[0].max_leverage",
    ),
    (
        {"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0, "deduction": -1}]},
        "out_of_range",
        "tiers[0].deduction",
    ),
    ({"maintenance_rate": ..., "tiers": [{"floor": i, "rate": 0} for i in range(1001)]}, "out_of_range", "tiers"),
    ({"maintenance_rate": ..., "tiers": FOREIGN}, "out_of_range", "tiers"),
    ({"payoff": "quanto", "quanto_multiplier": 0}, "out_of_range", "quanto_multiplier"),
    ({"maintenance_rate": ..., "tiers": [{"floor": 1, "rate": 0}]}, "unordered_tiers", "tiers[0].floor"),
    (
        {"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0}, {"floor": 0, "rate": 0}]},
        "unordered_tiers",
        "tiers[1].floor",
    ),
    (
        {"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0}, {"floor": 9, "rate": 0}, {"floor": 8, "rate": 0}]},
        "unordered_tiers",
        "tiers[2].floor",
    ),
    (
        {"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0.1}, {"floor": 5, "rate": 0}]},
        "unordered_tiers",
        "tiers[1].rate",
    ),
    (
        {"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0, "deduction": 1}]},
        "contradicting_deduction",
        "tiers[0].deduction",
    ),
    ({"venue": "nowhere"}, "unknown_venue", "venue"),
    ({"venue": "Binance-USDM"}, "unknown_venue", "venue"),
    ({"venue": ""}, "unknown_venue", "venue"),
    ({"policy": {"tier_rule": "steep"}}, "unsupported_policy", "policy.tier_rule"),
    ({"policy": {"maintenance_at": "exit"}}, "unsupported_policy", "policy.maintenance_at"),
    ({"policy": {"close_fee": "later"}}, "unsupported_policy", "policy.close_fee"),
    ({"policy": {"price_rounding": "up"}}, "unsupported_policy", "policy.price_rounding"),
    (
        {"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0, "slope": "0.1"}]},
        "inconsistent",
        "tiers[0].slope",
    ),
    (
        {
            "maintenance_rate": ...,
            "policy": {"tier_rule": "ramp"},
            "tiers": [{"floor": 0, "rate": 0, "slope": "-0.1"}],
        },
        "out_of_range",
        "tiers[0].slope",
    ),
    (
        {
            "maintenance_rate": ...,
            "policy": {"tier_rule": "step"},
            "tiers": [{"floor": 0, "rate": 0}, {"floor": 50, "rate": "0.1", "deduction": 5}],
        },
        "contradicting_deduction",
        "tiers[1].deduction",
    ),
    ({"leverage": 10}, "inconsistent", None),
    ({"tiers": [{"floor": 0, "rate": 0}]}, "inconsistent", None),
    ({"quanto_multiplier": 1}, "inconsistent", "quanto_multiplier"),
    ({"reserve": 1}, "inconsistent", "reserve"),
    (
        {"maintenance_rate": ..., "tiers": [{"floor": 0, "rate": 0, "initial_rate": "0.1", "max_leverage": 10}]},
        "inconsistent",
        "tiers[0].max_leverage",
    ),
    (
        {"maintenance_rate": ..., "venue": "binance-usdm", "symbol": "BTCUSDT", "payoff": "inverse"},
        "inconsistent",
        "payoff",
    ),
]


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize(("line", "code"), LINES, ids=lambda part: str(part)[:40])
def test_a_line_that_cannot_be_read_is_refused_without_an_id(line: bytes, code: str) -> None:
    answer, good = answer_line(line)
    found = json.loads(answer)
    assert not good
    assert found["id"] is None
    assert found["error"]["code"] == code
    assert found["error"]["field"] is None
    assert found["error"]["message"]


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize(("change", "code", "field"), FIELDS, ids=lambda part: str(part)[:60])
def test_a_wrong_question_is_refused_by_code_and_field(change: dict[str, Any], code: str, field: str | None) -> None:
    question: dict[str, Any] = {
        "id": ["as", 1.50, {"it": "was"}],
        "calculate": "isolated",
        "payoff": "linear",
        "side": "long",
        "size": "10",
        "entry": "100",
        "margin": "105",
        "maintenance_rate": "0.01",
    }
    question = {name: value for name, value in {**question, **change}.items() if value is not ...}
    found = json.loads(answer_line(json.dumps(question).encode())[0])
    assert found["id"] == question["id"]
    assert (found["error"]["code"], found["error"]["field"]) == (code, field), found
    assert found["error"]["code"] in CODES
    assert field is None or found["error"]["message"].startswith(field)


@pytest.mark.rule("CAL-010")
def test_every_code_has_a_question_that_is_refused_with_it() -> None:
    assert {code for _, code in LINES} | {code for _, code, _ in FIELDS} == set(CODES)


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize("question", [b"{}", b'{"id": null}', b'{"calculate": "isolated"}'])
def test_a_question_without_an_id_is_answered_with_null(question: bytes) -> None:
    assert json.loads(answer_line(question)[0])["id"] is None


@pytest.mark.rule("CAL-001")
@pytest.mark.parametrize(
    "name",
    [b"12345678901234567890.10", b'"\\u00e9 \xc3\xa9"', b"[1, [2.50, null]]", b"-0", b"1e400", b"true", b'{"a":1}'],
)
def test_an_id_comes_back_as_it_was_written(name: bytes) -> None:
    question = b'{"size":1,"entry":9,"id":%s,"payoff":"linear","side":"long","margin":1,"calculate":"isolated"' % name
    assert answer_line(question + b',"maintenance_rate":0}')[0].startswith(b'{"id":%s,"result":' % name)
    assert answer_line(question + b"}")[0].startswith(b'{"id":%s,"error":' % name)


NINES = "9" * DIGITS_MAX


@pytest.mark.rule("CAL-003")
@pytest.mark.parametrize(
    ("number", "accepted"),
    [
        ("999999999999999999999999999999", True),
        ("1e29", True),
        ("1E+29", True),
        ("9.99e29", True),
        ("1e30", False),
        ("1E+30", False),
        ("1" + "0" * 30, False),
        ("9" * 5000, False),
        ("1e400", False),
        ("1e-400", False),
        ("1e99999999999999999999", False),
        ("1e-99999999999999999999", False),
        ("1e-30", True),
        ("0." + "0" * 29 + "1", True),
        ("0." + "0" * 30 + "1", False),
        ("9.99e-31", False),
        ("0.1e-29", True),
        (NINES[:29] + "." + NINES[29:], True),
        (NINES[:29] + "." + NINES[29:] + "9", False),
        ("1." + "0" * 39, True),
        ("1." + "0" * 40, False),
        ("0." + NINES, True),
        (NINES + "e-30", True),
        ("NaN", False),
        ("nan", False),
        ("sNaN", False),
        ("Infinity", False),
        ("-Infinity", False),
        ("inf", False),
    ],
)
@pytest.mark.parametrize("quoted", [True, False])
def test_numbers_outside_the_limits_are_out_of_range(number: str, accepted: bool, quoted: bool) -> None:
    if not quoted and not number[0].isdigit():
        return
    written = f'"{number}"' if quoted else number
    line = (
        '{"calculate":"isolated","payoff":"linear","side":"long","size":1,"entry":%s,"leverage":2,"maintenance_rate":0}'
    )
    found = json.loads(answer_line((line % written).encode())[0])
    if accepted:
        assert "result" in found, found
    else:
        assert (found["error"]["code"], found["error"]["field"]) == ("out_of_range", "entry")


@pytest.mark.rule("CAL-003")
@pytest.mark.parametrize("zero", ["0", "-0", "0e400", "0e-400", "0." + "0" * 60, "-0.0e0", "000"])
def test_zero_is_a_number_however_it_is_written(zero: str, ask: Ask) -> None:
    assert ask(margin="105", maintenance_rate="0.01", extra_margin=zero)["max_loss"] == 105


@pytest.mark.rule("CAL-010")
def test_a_message_repeats_no_more_of_a_value_than_it_needs(refused: Ask) -> None:
    assert len(refused(size="9" * 100_000)["message"]) < 300
    assert len(refused(**{"x" * 100_000: 1})["message"]) < 600
    assert len(refused(venue="x" * 100_000)["message"]) < 600
    assert len(refused(policy={"tier_rule": "x" * 100_000})["message"]) < 600
