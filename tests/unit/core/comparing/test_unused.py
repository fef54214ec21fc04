"""New code that nothing uses is found, and code that somebody may use is not called unused."""

from collections.abc import Mapping

import pytest

from app.core.comparing.analysis import analyse_sides
from app.core.limits import DiffLimits, SourceLimits
from app.core.ports import Analysis, Side
from app.core.submission.tree import tree_from_texts

OLD = "def total(rows):\n    return sum(rows)\n\n\ndef mean(rows):\n    return total(rows) / 2\n\n\nprint(mean([1]))\n"

Files = Mapping[str, str]

KEEPER = """\
class Keeper:
    def run(self):
        return self._run()

    def _run(self):
        return 1


Keeper().run()
"""
VISITOR = """\
class Visitor:
    def on_a(self):
        return 1

    def go(self, x):
        return getattr(self, f"on_{x}")


Visitor().go(1)
"""
NOTEBOOK = '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": "import a\\na._more()"}]}'


def analysed(old: Files | None, new: Files) -> Analysis:
    sides = [Side(tree_from_texts(files, SourceLimits())) if files is not None else None for files in (old, new)]
    assert sides[1] is not None
    return analyse_sides(sides[0], sides[1], DiffLimits())


def found(added: str, others: Files | None = None, old: str = OLD) -> list[tuple[str, str]]:
    """Symbol and reason of what is found after something was added to a file."""
    rest = dict(others or {})
    analysis = analysed({"a.py": old, **rest}, {"a.py": f"{old}\n\n{added}", **rest})
    return [(code.symbol, str(code.reason)) for code in analysis.unused]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("def _more(x):\n    return x\n", [("_more", "uncalled")]),
        ("def more(x):\n    return x\n", [("more", "unclaimed")]),
        (
            "def _one():\n    return _two()\n\n\ndef _two():\n    return _one()\n",
            [("_one", "uncalled"), ("_two", "uncalled")],
        ),
        ("class _Keeper:\n    def keep(self):\n        return 1\n", [("_Keeper", "uncalled")]),
        ("class Keeper:\n    def keep(self):\n        return 1\n\n\nKeeper()\n", [("Keeper.keep", "unclaimed")]),
        ("_TABLE = [1, 2]\n", [("_TABLE", "unread")]),
        ("TABLE = {1: 2}\n", [("TABLE", "unclaimed")]),
        ("if False:\n    print(1)\n", [("", "unreachable")]),
        (
            "def more(x):\n    def inner():\n        return 1\n    return x\n\n\nprint(more(1))\n",
            [("more.inner", "uncalled")],
        ),
    ],
)
def test_what_nothing_uses(added: str, expected: list[tuple[str, str]]) -> None:
    """Private and local code is surely of no use, public code may have users elsewhere."""
    assert found(added) == expected


@pytest.mark.parametrize(
    "added",
    [
        "def _more(x):\n    return x\n\n\nprint(_more(1))\n",
        "@app.get('/')\ndef _more():\n    return 1\n",
        "@pytest.fixture\ndef _more():\n    return 1\n",
        "class Net(Module):\n    def _forward(self):\n        return 1\n\n\nNet()\n",
        "class Keeper:\n    def __len__(self):\n        return 1\n\n\nKeeper()\n",
        KEEPER,
        "def _more():\n    return 1\n\n\nHANDLERS = {'more': _more}\nprint(HANDLERS)\n",
        VISITOR,
        "__all__ = ['more']\n\n\ndef more():\n    return 1\n",
        "def main():\n    return 1\n",
        "def pytest_configure():\n    return 1\n",
        "def test_more():\n    return 1\n",
    ],
)
def test_what_is_used(added: str) -> None:
    """Calls, registering decorators, inherited methods, tables, names that are put together, interfaces."""
    assert found(added) == []


@pytest.mark.parametrize(
    "others",
    [
        {"b.py": "from a import _more\n\nprint(_more())\n"},
        {"pyproject.toml": '[project.scripts]\nrun = "a:_more"\n'},
        {"Dockerfile": "CMD python -c 'import a; a._more()'\n"},
        {"config.yaml": "target: a._more\n"},
        {"b.ipynb": NOTEBOOK},
    ],
)
def test_files_that_did_not_change_use_names_too(others: Files) -> None:
    """Another module, an entry point, a command, a setting or a notebook."""
    assert found("def _more():\n    return 1\n", others) == []


def test_code_that_a_text_speaks_of_may_be_used() -> None:
    """What the README names is no code that surely nothing uses."""
    assert found("def _more():\n    return 1\n", {"README.md": "Call `_more` first.\n"}) == [("_more", "unclaimed")]


def test_code_of_before_is_not_new() -> None:
    """A function that stood there before, or got another name or place, is not told."""
    idle = "def helper(rows):\n    found = []\n    for row in rows:\n        found.append(row + 1)\n    return found\n"
    assert found("X = 1\nprint(X)\n", old=f"{OLD}\n\n{idle}") == []
    old, new = {"a.py": f"{OLD}\n\n{idle}"}, {"a.py": f"{OLD}\n\n{idle.replace('helper', 'assistant')}"}
    assert analysed(old, new).unused == ()


def test_a_first_submission_is_an_interface() -> None:
    """With nothing to compare with what is public may be the task itself; what is private is not."""
    analysis = analysed(None, {"a.py": "def total(rows):\n    return 1\n\n\ndef _more():\n    return 1\n"})
    assert [code.symbol for code in analysis.unused] == ["_more"]


def test_a_program_uses_all_that_it_has() -> None:
    """Where nearly all that was there is used, a function that is not is no part of an interface."""
    more = "\n\ndef more(x):\n    return x\n"
    assert analysed({"a.py": OLD}, {"a.py": OLD + more}).is_used_throughout
    library = OLD.replace("print(mean([1]))", "def top(rows):\n    return 1\n\n\ndef low(rows):\n    return 2")
    assert not analysed({"a.py": library}, {"a.py": library + more}).is_used_throughout


def test_scores_are_made_from_what_is_used() -> None:
    """Neither new code that nothing uses nor a file of it is a part of the figures for scores."""
    rest = "".join(f"X{n} = print({n}) or {n} + 1\n" for n in range(9)) + "print(X0, X1)\n"
    more = "\n\ndef more(x):\n    if x:\n        return x\n    return -x\n"
    plain = analysed({"a.py": OLD}, {"a.py": OLD + rest}).complexity
    padded = analysed({"a.py": OLD}, {"a.py": OLD + rest + more, "b.py": more}).complexity
    assert padded.scored_maintainability == plain.scored_maintainability
    assert padded.scored_statements == plain.scored_statements
    assert padded.average_maintainability != plain.average_maintainability


def test_where_next_to_nothing_is_used_all_counts() -> None:
    """A library that others test has figures all the same."""
    more = "".join(f"\n\ndef part{n}(x):\n    return x + {n}\n" for n in range(9))
    complexity = analysed({"a.py": "X = 1\n"}, {"a.py": f"X = 1\n{more}"}).complexity
    assert complexity.scored_maintainability == 57.55
