"""The README's commands and examples run as printed."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
EXAMPLES = [text for language, text in BLOCKS if language == "python"]
SESSIONS = [text for language, text in BLOCKS if language == "console"]
OUTSIDE_MAKE = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
SHELL = {**OUTSIDE_MAKE, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def steps(session: str) -> list[tuple[str, str]]:
    """The commands of a console session, each with the output printed under it."""
    parts = re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in parts]


COMMANDS = [step for session in SESSIONS for step in steps(session)]
MADE = [command for command, _ in COMMANDS if command.startswith("make ")]
RUN = [step for step in COMMANDS if not step[0].startswith("make ")]


@pytest.mark.rule("HSE-002")
def test_the_readme_has_an_example_and_commands() -> None:
    assert EXAMPLES
    assert MADE
    assert RUN


@pytest.mark.rule("HSE-002")
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_prints_what_its_comments_say(example: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102
    assert printed.getvalue().split() == " ".join(re.findall(r"^print.*?  # (.*)$", example, re.MULTILINE)).split()


@pytest.mark.rule("HSE-002")
@pytest.mark.parametrize(("command", "output"), RUN, ids=[command for command, _ in RUN])
def test_the_command_prints_what_stands_under_it(command: str, output: str, tmp_path: Path) -> None:
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=SHELL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == output.strip()


@pytest.mark.rule("HSE-002", "HSE-003")
@pytest.mark.parametrize("command", MADE)
def test_make_knows_the_target(command: str) -> None:
    target = command.split()[1]
    planned = subprocess.run(["make", "-n", target], cwd=ROOT, env=SHELL, capture_output=True, check=False)
    assert planned.returncode == 0, planned.stderr


@pytest.mark.rule("HSE-002", "HSE-003")
def test_make_demo_writes_a_ledger_that_audits_and_a_report(tmp_path: Path) -> None:
    ledger, report = tmp_path / "demo.ledger", tmp_path / "report.html"
    demo = ["make", "demo", f"LEDGER={ledger}", f"REPORT={report}"]
    for _ in range(2):
        done = subprocess.run(demo, cwd=ROOT, env=SHELL, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "<html" in report.read_text(encoding="utf-8")[:500].lower()
    audit = [str(Path(sys.executable).with_name("stoplog")), "audit", str(ledger)]
    assert subprocess.run(audit, capture_output=True, check=False).returncode == 0
