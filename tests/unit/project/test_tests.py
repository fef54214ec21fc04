"""The tests themselves: each says its fact, each can fail, none starts more than its folder promises."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef

_CHECKING: Final = ("assert", "check", "expect", "raises", "warns", "fail", "timeout")
"""Beginnings of names whose call fails a test; a time limit is one, of what must not hang; a browser is expected."""

_RAISES_NOTHING: Final = {
    "test_any_damaged_seed_raises_nothing_but_refusals",
    "test_any_recipe_raises_nothing_but_refusals",
    "test_any_text_is_a_review_or_invalid",
    "test_cell_of_a_wrong_shape_does_no_harm",
    "test_cell_with_magics_parses",
    "test_notebooks_are_valid",
    "test_null_object_accepts_everything",
    "test_seeds_are_read",
}
"""Tests whose whole fact is that a call comes back: what they call raises otherwise."""


def functions_of(path: Path) -> Iterator[Function]:
    """The test functions of a file, in classes too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, Function) and node.name.startswith("test_"):
            yield node


@cache
def all_tests() -> list[tuple[Path, Function]]:
    """Every test with its file; read when the first one below asks, not by each process that collects."""
    return [(path, test) for path in sorted((ROOT / "tests").rglob("test_*.py")) for test in functions_of(path)]


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below, but for those within functions that are defined there."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.Lambda):
            yield child
            yield from own_nodes(child)


def named(path: Path, test: Function) -> str:
    """A test, for whoever has to mend it."""
    return f"{path.relative_to(ROOT)}:{test.lineno} {test.name}"


def checks(test: Function) -> bool:
    """Whether anything in it can fail it on purpose."""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2].lstrip("_")
            if name.startswith(_CHECKING):
                return True
    return False


def test_there_are_tests() -> None:
    """The rules below look at what pytest runs."""
    assert len(all_tests()) > 1_000


def test_every_test_states_its_fact() -> None:
    """Each has a docstring of one paragraph or more."""
    assert [named(*each) for each in all_tests() if not ast.get_docstring(each[1])] == []


def test_every_test_can_fail() -> None:
    """Each asserts something, or is named above as one whose call raises."""
    without = {test.name: named(path, test) for path, test in all_tests() if not checks(test)}
    assert [place for name, place in without.items() if name not in _RAISES_NOTHING] == []
    assert without.keys() >= _RAISES_NOTHING, "remove from the list what is no longer so"


@pytest.mark.parametrize("kind", [ast.Return, ast.Continue], ids=["return", "continue"])
def test_no_test_ends_in_silence(kind: type[ast.stmt]) -> None:
    """No condition makes a test return, or leave a case out, before anything was looked at: it would pass for ever."""
    found = []
    for path, test in all_tests():
        for block in (node for node in own_nodes(test) if isinstance(node, ast.If)):
            first = block.body[0]
            if isinstance(first, kind):
                found.append(named(path, test))
    assert found == []


def test_what_counts_as_a_check() -> None:
    """An assertion, `pytest.raises` and a function named for it do; a plain call and a comment do not."""
    text = """
def test_a(): assert x
def test_b():
    with pytest.raises(ValueError): f()
def test_c(): assert_whole(draft)
def test_d(): draft(1)
async def test_e(): await reviewer.draft()  # assert
"""
    assert [checks(node) for node in ast.parse(text).body if isinstance(node, Function)] == [True] * 3 + [False] * 2
