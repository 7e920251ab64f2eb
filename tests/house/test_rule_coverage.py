"""A rule without a test and a test that names no rule both fail the build."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEST_FILES = sorted((ROOT / "tests").rglob("test_*.py"))
RULES = re.findall(
    r"^\*\*([A-Z]{3,4}-\d{3})\*\*", (ROOT / "docs" / "rules.md").read_text(encoding="utf-8"), re.MULTILINE
)


def rules_named(node: ast.AST) -> set[str]:
    """The ids inside every `pytest.mark.rule(...)` at or below `node`."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    marks = [call for call in calls if ast.unparse(call.func).endswith("mark.rule")]
    return {argument.value for mark in marks for argument in mark.args if isinstance(argument, ast.Constant)}


def marked(node: ast.AST) -> bool:
    """Whether a test, or every test inside a class or module, is given a rule: by a decorator or by `pytestmark`."""
    decorators = getattr(node, "decorator_list", [])
    assigned = [part for part in getattr(node, "body", []) if isinstance(part, ast.Assign)]
    inherited = [part for part in assigned if ast.unparse(part.targets[0]) == "pytestmark"]
    return any(rules_named(part) for part in [*decorators, *inherited])


def without_rule(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    """The names of the tests in `node` to which no rule is given.

    A state machine's `TestX = X.TestCase` is given one by `TestX = pytest.mark.rule(...)(X.TestCase)`.
    """
    if marked(node):
        return
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name.startswith("test_") and not marked(part):
            yield part.name
        if isinstance(part, ast.ClassDef) and part.name.startswith("Test"):
            yield from without_rule(part)
        if isinstance(part, ast.Assign) and ast.unparse(part.value).endswith(".TestCase"):
            yield ast.unparse(part.targets[0])


@pytest.mark.rule("HSE-001")
def test_rule_numbers_are_unique() -> None:
    assert len(RULES) == len(set(RULES)), sorted(rule for rule in RULES if RULES.count(rule) > 1)


@pytest.mark.rule("HSE-001")
def test_every_rule_has_a_test() -> None:
    named = set().union(*(rules_named(ast.parse(path.read_text(encoding="utf-8"))) for path in TEST_FILES))
    assert not set(RULES) - named, f"rules without a test: {sorted(set(RULES) - named)}"
    assert not named - set(RULES), f"tests name rules that docs/rules.md lacks: {sorted(named - set(RULES))}"


@pytest.mark.rule("HSE-001")
@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_names_a_rule(path: Path) -> None:
    missing = list(without_rule(ast.parse(path.read_text(encoding="utf-8"))))
    assert not missing, f"{path}: tests that name no rule: {missing}"
