"""House numbers: files, functions and parameter lists stay small enough to be read at once."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.house import ROOT, sources

LINES_MAX = 200
FUNCTION_LINES_MAX = 70
POSITIONAL_MAX = 4
"""A function with more parameters takes the rest by name."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
OURS = list(sources("gateway", "keys", "partners/client", "partners/transit-turnstile"))


def functions(source: str) -> Iterator[Function]:
    """Yield every function and method, nested ones too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            yield node


def lines_of(function: Function) -> int:
    """Return the number of lines from `def` to the last of the body."""
    return (function.end_lineno or 0) - function.lineno + 1


def positional_of(function: Function) -> int:
    """Return how many arguments a caller may give by position."""
    named = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return len(named) - (named[:1] in (["self"], ["cls"]))


def hides_import(function: Function) -> bool:
    """Whether an import stands inside the function."""
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_keeps_to_the_numbers(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= LINES_MAX
    assert [one.name for one in functions(source) if lines_of(one) > FUNCTION_LINES_MAX] == []
    assert [one.name for one in functions(source) if positional_of(one) > POSITIONAL_MAX] == []
    assert [one.name for one in functions(source) if hides_import(one)] == []


def test_the_numbers_are_measured() -> None:
    source = """
class A:
    def method(self, a, b, c, d, *, e): ...

    async def crowded(self, a, b, c, d, e):
        def nested():
            import json
"""
    measured = {one.name: one for one in functions(source)}
    assert [positional_of(measured[name]) for name in ("method", "crowded", "nested")] == [4, 5, 0]
    assert [hides_import(measured[name]) for name in ("method", "crowded", "nested")] == [False, True, True]
    assert [lines_of(measured[name]) for name in ("method", "crowded")] == [1, 3]


def test_all_rooms_are_measured() -> None:
    assert len(OURS) > 100
    assert {path.relative_to(ROOT).parts[0] for path in OURS} == {"gateway", "keys", "partners"}
