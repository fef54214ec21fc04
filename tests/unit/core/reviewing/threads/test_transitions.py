"""What became of a comment: forty transitions, made by hand, through the real analysis and the whole review.

Each of four kinds of comments, in Python files and in a notebook, is fixed, moved, renamed around, fixed and reverted,
and deleted.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from app.core.ports import Opinion, Question
from schemas.review import CodeComment, ThreadState
from tests.builders.attempts import Homework, Reader, remark

FIXED, STILL_OPEN, MOVED = ThreadState.FIXED, ThreadState.STILL_OPEN, ThreadState.MOVED
REGRESSED, OBSOLETE = ThreadState.REGRESSED, ThreadState.OBSOLETE

KEPT: Final = "def total(values):\n    return sum(values)\n"
BRANCHES: Final = "".join(f"    if kind == {n}:\n        found = found + {n}\n" for n in range(12))

Attempt = tuple[dict[str, str], str | None]
"""Files by path, and the log of the tests."""


@dataclass(frozen=True)
class Case:
    """A kind of comment: the code that it is about, the same mended, and the same with names changed around it."""

    category: str
    bad: str
    mended: str
    renamed: str
    quoted: str | None = None
    """What a scripted reader comments on; rules find the others by themselves."""


CASES: Final = {
    "linter": Case(
        "E711",
        bad="def clean(rows):\n    kept = []\n    for row in rows:\n        if row == None:\n            continue\n"
        "        kept.append(row)\n    return kept\n",
        mended="def clean(rows):\n    kept = []\n    for row in rows:\n        if row is None:\n            continue\n"
        "        kept.append(row)\n    return kept\n",
        renamed="def tidy(lines):\n    left = []\n    for line in lines:\n        if line == None:\n"
        "            continue\n        left.append(line)\n    return left\n",
    ),
    "test": Case(
        "test",
        bad="def mean(values):\n    whole = sum(values)\n    return whole / (len(values) + 1)\n",
        mended="def mean(values):\n    whole = sum(values)\n    return whole / len(values)\n",
        renamed="def mean(numbers):\n    added = sum(numbers)\n    return added / (len(numbers) + 1)\n",
    ),
    "complexity": Case(
        "complexity",
        bad=f"def choose(kind, found):\n{BRANCHES}    return found\n",
        mended="def choose(kind, found):\n    for number in range(12):\n        if kind == number:\n"
        "            found = found + number\n    return found\n",
        renamed=f"def choose(kind, found):\n{BRANCHES}    return found\n".replace("found", "amount"),
    ),
    "reader": Case(
        "error_handling",
        bad="def load(path):\n    rows = []\n    file = open(path)\n    for line in file:\n"
        "        rows.append(line.strip())\n    return rows\n",
        mended="def load(path):\n    rows = []\n    with open(path) as file:\n        for line in file:\n"
        "            rows.append(line.strip())\n    return rows\n",
        renamed="def load(place):\n    lines = []\n    source = open(place)\n    for line in source:\n"
        "        lines.append(line.strip())\n    return lines\n",
        quoted="    file = open(path)",
    ),
}


def python(*parts: str) -> dict[str, str]:
    """The parts in a file each."""
    names = ("work.py", "lib/more.py")
    return dict(zip(names, parts, strict=False))


def notebook(*parts: str) -> dict[str, str]:
    """The parts in a notebook each, with text before the code."""
    names = ("work.ipynb", "more.ipynb")
    return {name: as_notebook(part) for name, part in zip(names, parts, strict=False)}


def as_notebook(code: str) -> str:
    cells = [
        {"cell_type": "markdown", "source": "# Homework", "metadata": {}},
        *(
            {"cell_type": "code", "source": part.strip("\n"), "metadata": {}, "outputs": []}
            for part in code.split("\n\n\n")
        ),
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


FORMS: Final[Mapping[str, Callable[..., dict[str, str]]]] = {"python": python, "notebook": notebook}


def log(*, passes: bool, path: str = "tests/test_work.py") -> str:
    """What pytest prints, verbosely."""
    if passes:
        return (
            f"collected 2 items\n\n{path}::test_total PASSED [ 50%]\n{path}::test_mean PASSED [100%]\n\n"
            "============ 2 passed in 0.02s ============\n"
        )
    return (
        f"collected 2 items\n\n{path}::test_total PASSED [ 50%]\n{path}::test_mean FAILED [100%]\n\n"
        "================ FAILURES ================\n_______________ test_mean _______________\n\n"
        "    def test_mean():\n>       assert mean([1, 3]) == 2\nE       assert 1.33 == 2\n\n"
        f"{path}:9: AssertionError\n"
        f"======== short test summary info ========\nFAILED {path}::test_mean - assert 1.33 == 2\n"
        "======= 1 failed, 1 passed in 0.02s =======\n"
    )


TESTS: Final = (
    "from work import mean, total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n\n\n"
    "def test_mean():\n    assert mean([1, 3]) == 2\n"
)
ONE_TEST: Final = "from work import mean, total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
ONE_LOG: Final = (
    "collected 1 item\n\ntests/test_work.py::test_total PASSED [100%]\n\n============ 1 passed in 0.02s ============\n"
)


def transitions() -> Iterator[tuple[str, Case, list[Attempt], list[ThreadState]]]:
    """A name, the case, its attempts, and the states that its comment has from the second attempt on."""
    for form, files in FORMS.items():
        for kind, case in CASES.items():
            if kind == "test":
                yield from steps_of_tests(form, case, files)
                continue
            bad, mended = files(f"{case.bad}\n\n{KEPT}"), files(f"{case.mended}\n\n{KEPT}")
            steps: dict[str, tuple[list[dict[str, str]], list[ThreadState]]] = {
                "fix": ([bad, mended], [FIXED]),
                "move": ([bad, files(KEPT, case.bad)], [MOVED]),
                "rename around": ([bad, files(f"{case.renamed}\n\n{KEPT}")], [STILL_OPEN]),
                "revert": ([bad, mended, bad], [FIXED, REGRESSED]),
                "delete": ([bad, files(KEPT)], [OBSOLETE]),
            }
            for step, (attempts, states) in steps.items():
                yield f"{form}, {kind}, {step}", case, [(attempt, None) for attempt in attempts], states


def steps_of_tests(
    form: str, case: Case, files: Callable[..., dict[str, str]]
) -> Iterator[tuple[str, Case, list[Attempt], list[ThreadState]]]:
    """The same of a failing test: to move it, or its function, makes it pass no more than a new name does."""
    with_tests = {"tests/test_work.py": TESTS}
    elsewhere = {"tests/unit/test_work.py": TESTS}
    bad: Attempt = (files(f"{case.bad}\n\n{KEPT}") | with_tests, log(passes=False))
    mended: Attempt = (files(f"{case.mended}\n\n{KEPT}") | with_tests, log(passes=True))
    moved: Attempt = (files(KEPT, case.bad) | elsewhere, log(passes=False, path="tests/unit/test_work.py"))
    renamed: Attempt = (files(f"{case.renamed}\n\n{KEPT}") | with_tests, log(passes=False))
    deleted: Attempt = (files(KEPT) | {"tests/test_work.py": ONE_TEST}, ONE_LOG)
    yield f"{form}, test, fix", case, [bad, mended], [FIXED]
    yield f"{form}, test, move", case, [bad, moved], [MOVED]
    yield f"{form}, test, rename around", case, [bad, renamed], [STILL_OPEN]
    yield f"{form}, test, revert", case, [bad, mended, bad], [FIXED, REGRESSED]
    yield f"{form}, test, delete", case, [bad, deleted], [OBSOLETE]


ALL: Final = list(transitions())


def reader_of(case: Case) -> Reader | None:
    """A reader that comments on the quoted line in the first attempt, and never says a word again."""
    if case.quoted is None:
        return None
    quoted = case.quoted

    def read(question: Question) -> Opinion:
        found: list[CodeComment] = []
        for source in question.comparison.sources:
            lines = source.text.split("\n")
            if quoted in lines and question.previous is None:
                found.append(remark(source.path, lines.index(quoted) + 1, case.category))
        return Opinion("Read.", tuple(found))

    return read


def test_there_are_forty_transitions() -> None:
    """Four kinds of comments, two kinds of files, five things that students do."""
    assert len(ALL) == len({name for name, *_ in ALL}) == 40


@pytest.mark.parametrize(("case", "attempts", "states"), [one[1:] for one in ALL], ids=[one[0] for one in ALL])
def test_a_comment_has_the_right_state(case: Case, attempts: list[Attempt], states: list[ThreadState]) -> None:
    """Whatever becomes of the code, the comment keeps its id and says so, by code alone."""
    homework = Homework(reader_of(case))
    first = homework.hand_in(*attempts[0])
    (said,) = [one for one in first.review_result.code_review_comments if one.category == case.category]
    found = []
    for attempt in attempts[1:]:
        review = homework.hand_in(*attempt)
        (thread,) = [one for one in review.review_result.threads if one.comment_id == said.comment_id]
        found.append((thread.state, thread.decided_by))
        repeated = [one for one in review.review_result.code_review_comments if one.category == case.category]
        assert repeated == []
    assert found == [(state, "code") for state in states]
