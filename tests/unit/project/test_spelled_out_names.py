"""Words that stand in records have one name each in the source: a member of an enumeration."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from app.core.evidence.facts.told_kinds import ToldKind
from schemas.changes import ChangeKind
from schemas.comparison import FactCode
from tests import ROOT

HOMES: Final = {
    ChangeKind: "schemas/changes.py",
    FactCode: "schemas/comparison.py",
    ToldKind: "app/core/evidence/facts/told_kinds.py",
}
EVERYDAY: Final = frozenset({"change", "findings", "refactoring", "size"})
"""Members that are everyday words: a file's size is none of them, a fact's code is."""


def literals(tree: ast.Module) -> Iterator[ast.Constant]:
    """Every string of a module; everyday words are left out but as a fact's code."""
    codes: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute) and node.left.attr == "code":
            codes |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.keyword) and node.arg == "code":
            codes |= {id(part) for part in ast.walk(node.value)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if node.value not in EVERYDAY or id(node) in codes:
            yield node


def sources() -> Iterator[Path]:
    """Our own modules; the samples are students' work."""
    for folder in ("app", "schemas", "agents", "tables"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "samples" not in path.parts:
                yield path


@cache
def all_literals() -> list[tuple[str, ast.Constant]]:
    """Every string of our own modules that counts, with its file; parsed once for all enumerations."""
    return [
        (str(path.relative_to(ROOT)), node)
        for path in sources()
        for node in literals(ast.parse(path.read_text("utf-8")))
    ]


def bare_words(names: type[StrEnum], home: str) -> list[str]:
    """Where a string equal to a member of `names` stands outside the file of the enumeration."""
    words = {str(member) for member in names}
    return [
        f"{path}:{node.lineno}: {node.value!r}" for path, node in all_literals() if path != home and node.value in words
    ]


@pytest.mark.parametrize("names", HOMES)
def test_no_literal_stands_for_a_member(names: type[StrEnum]) -> None:
    """Kinds of change and codes of facts are used by member: a string of the same text is told with its line."""
    assert bare_words(names, HOMES[names]) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('kind = "rename_method"', ["rename_method"]),
        ('if fact.code == "size":\n    pass', ["size"]),
        ('Fact(code="change")', ["change"]),
        ('columns = {"size": 1}', []),
    ],
)
def test_what_counts_as_a_literal(text: str, found: list[str]) -> None:
    """Any string does, but an everyday word that is no fact's code."""
    words = {*ChangeKind, *FactCode}
    assert [node.value for node in literals(ast.parse(text)) if node.value in words] == found
