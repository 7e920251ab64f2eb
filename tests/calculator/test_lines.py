"""Lines in, lines out: order, exit status, promptness, more processes than one."""

import json
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from stoplog.calculator.lines import CALCULATIONS, answer_block
from stoplog.calculator.schema import schema

STOPLOG = [sys.executable, "-m", "stoplog.cli"]

POSITION = b'"payoff":"linear","side":"long","size":1,"entry":9,"margin":1,"maintenance_rate":0'
GOOD = b'{"id":1,"calculate":"isolated",%s}' % POSITION


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*STOPLOG, *arguments], input=given, capture_output=True, check=False, timeout=60)


def many(count: int) -> bytes:
    draw = random.Random(7)
    lines = []
    for number in range(count):
        question: dict[str, Any] = {"id": number, "calculate": "isolated", "payoff": draw.choice(["linear", "inverse"])}
        question |= {"side": draw.choice(["long", "short"]), "size": draw.randint(0, 900) / 100, "entry": "41.5"}
        question |= {"leverage": draw.randint(1, 50), "venue": "binance-usdm", "symbol": draw.choice(["BTCUSDT", "X"])}
        lines.append(json.dumps(question).encode())
    return b"\n".join(lines)


@pytest.mark.rule("CAL-001")
def test_every_line_is_answered_in_order_and_a_bad_one_changes_no_other(tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_bytes(GOOD + b"\nnonsense\r\n\n  \n" + GOOD.replace(b'"id":1', b'"id":"last"'))
    done = run("calc", str(questions))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [1, None, "last"]
    assert answers[1]["error"]["code"] == "not_json"
    assert answers[0]["result"] == answers[2]["result"]
    assert done.returncode == 1


@pytest.mark.rule("CAL-001")
def test_the_exit_status_says_whether_all_were_answered(tmp_path: Path) -> None:
    assert run("calc", given=GOOD).returncode == 0
    assert run("calc", "-", given=GOOD + b"\r\n" + GOOD + b"\n").returncode == 0
    assert run("calc", given=b"").returncode == 0
    assert run("calc", given=b"{}").returncode == 1
    assert run("calc", str(tmp_path / "absent")).returncode == 2
    assert run("calc", str(tmp_path)).returncode == 2
    assert run("calc", str(tmp_path)).stderr == f"stoplog calc: FILE: {tmp_path}: is a directory\n".encode()
    assert b"No such file" in run("calc", str(tmp_path / "absent")).stderr
    assert run("calc", "--nonsense").returncode == 2
    assert run().returncode == 2


@pytest.mark.rule("CAL-001")
def test_a_line_is_answered_before_the_next_one_is_written() -> None:
    with subprocess.Popen([*STOPLOG, "calc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        watch = threading.Timer(30, running.kill)
        watch.start()
        for name in (b"1", b"2", b"3"):
            running.stdin.write(GOOD.replace(b'"id":1', b'"id":' + name) + b"\n")
            running.stdin.flush()
            assert running.stdout.readline().startswith(b'{"id":' + name)
        running.stdin.close()
        assert running.wait() == 0
        watch.cancel()


SMALL_BLOCKS = """
import os, sys
from stoplog.calculator import stream
stream.READ, stream.ALONE = 1 << 14, 1 << 16
os.sched_getaffinity = lambda _: {0, 1}
sys.exit(0 if stream.answer_all(0, sys.stdout.buffer.write) else 1)
"""


@pytest.mark.rule("CAL-001")
@pytest.mark.parametrize("through_a_pipe", [True, False])
def test_many_processes_answer_as_one_does(through_a_pipe: bool, tmp_path: Path) -> None:
    text = many(3000)
    (tmp_path / "questions").write_bytes(text)
    command = [sys.executable, "-c", SMALL_BLOCKS]
    if through_a_pipe:
        done = subprocess.run(command, input=text, capture_output=True, check=False, timeout=60)
    else:
        with (tmp_path / "questions").open("rb") as source:
            done = subprocess.run(command, stdin=source, capture_output=True, check=False, timeout=60)
    assert (done.stdout, done.returncode == 0, done.stderr) == (*answer_block(text), b"")
    assert done.returncode == 1


@pytest.mark.rule("CAL-001")
def test_a_long_line_is_one_line(tmp_path: Path) -> None:
    name = b'"' + b"x" * (3 << 20) + b'"'
    (tmp_path / "questions").write_bytes(GOOD.replace(b'"id":1', b'"id":' + name) + b"\n" + GOOD)
    done = run("calc", str(tmp_path / "questions"))
    assert done.returncode == 0
    assert [len(line) > len(name) for line in done.stdout.splitlines()] == [True, False]


@pytest.mark.rule("CAL-001")
def test_a_reader_that_leaves_ends_the_run_quietly(tmp_path: Path) -> None:
    (tmp_path / "questions").write_bytes((GOOD + b"\n") * 20_000)
    with subprocess.Popen(
        [*STOPLOG, "calc", str(tmp_path / "questions")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""


@pytest.mark.rule("CAL-001")
def test_the_example_of_the_documentation_prints_what_stands_under_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "calculator.md").read_text(encoding="utf-8")
    question, answer = page.split("$ echo '", 1)[1].split("' | stoplog calc\n", 1)
    assert run("calc", given=question.encode()).stdout.decode() == answer.split("```", 1)[0]


@pytest.mark.rule("CAL-017", "CAL-022", "CAL-024", "CAL-027", "PFM-001", "SPN-010")
def test_the_questions_of_the_documentation_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "calculator.md").read_text(encoding="utf-8")
    questions = [json.loads(part.split("```", 1)[0]) for part in page.split("```json\n")[1:]]
    assert [question["calculate"] for question in questions] == [*CALCULATIONS][1:]
    monkeypatch.chdir(Path(__file__).parents[2])
    done = run("calc", given=b"\n".join(json.dumps(question).encode() for question in questions))
    assert done.returncode == 0, done.stdout


@pytest.mark.rule("CAL-001")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_answers_that_cannot_be_written_end_the_run_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "questions").write_bytes(GOOD)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*STOPLOG, "calc", str(tmp_path / "questions")], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr == b"stoplog calc: the answers end here: No space left on device\n"


@pytest.mark.rule("CAL-010")
def test_the_schema_is_that_of_the_types_that_parse() -> None:
    printed = json.loads(run("calc", "--schema").stdout)
    assert printed == json.loads(json.dumps(schema()))
    question = printed["$defs"]["Isolated"]
    assert set(question["required"]) == {"calculate", "payoff", "side", "size", "entry"}
    assert question["additionalProperties"] is False
    assert question["properties"]["tiers"]["items"] == {"$ref": "#/$defs/Tier"}
    assert set(printed["$defs"]["Tier"]["properties"]) == {
        "floor",
        "rate",
        "deduction",
        "initial_rate",
        "max_leverage",
        "slope",
    }
    assert {name.removeprefix("#/$defs/") for part in printed["anyOf"] for name in part.values()} == {
        "Isolated",
        "Cross",
        "Allocation",
        "WhatIf",
        "Switch",
        "OptionMargin",
        "LiquidationSet",
        "PortfolioMargin",
        "Span",
    }
    assert set(printed["$defs"]["Cross"]["required"]) == {"calculate", "positions"}
    assert set(printed["$defs"]["CrossPosition"]["required"]) == {"side", "size", "entry", "mark"}
    assert len(printed["$defs"]["Result"]["anyOf"]) == len(printed["anyOf"])
    assert {"from", "to", "purse", "mark"} <= set(printed["$defs"]["Switch"]["required"])
    assert printed["$defs"]["WhatIf"]["properties"]["operations"]["items"] == {"$ref": "#/$defs/Operation"}
    references = {part.split('"')[0] for part in json.dumps(printed).split('"$ref": "#/$defs/')[1:]}
    assert references <= set(printed["$defs"])
