"""Findings of ruff in a submission's files."""

from typing import Any, Final

import pytest

from app.adapters.analysis import linter
from app.adapters.analysis.linter import lint, lint_both, run_ruff
from app.core.limits import DiffLimits
from schemas.errors import Dependency, Unavailable

LIMITS = DiffLimits()


def rules(files: dict[str, str]) -> list[tuple[str, int, str]]:
    """(path, line, rule) of each finding."""
    return [(finding.path, finding.line, finding.rule) for finding in lint(files, LIMITS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import os\n", ("a.py", 1, "F401")),
        ("print(x)\n", ("a.py", 1, "F821")),
        ("def f(a=[]):\n    return a\n", ("a.py", 1, "B006")),
        ("eval('1')\n", ("a.py", 1, "S307")),
        ("import pickle\npickle.loads(b'')\n", ("a.py", 2, "S301")),
        ("password = 'hunter2'\n", ("a.py", 1, "S105")),
        ("import os\nos.system('ls ' + input())\n", ("a.py", 2, "S605")),
        ("try:\n    pass\nexcept:\n    raise SystemExit\n", ("a.py", 3, "E722")),
        ("def (\n", ("a.py", 1, "invalid-syntax")),
    ],
)
def test_what_a_student_should_know_is_found(text: str, expected: tuple[str, int, str]) -> None:
    """Errors, likely bugs and unsafe calls are found under ruff's rule codes."""
    assert expected in rules({"a.py": text})


def test_findings_cannot_be_switched_off_from_the_code() -> None:
    """`noqa` comments, for a line or a file, and a configuration of the student's do not count."""
    files = {"a.py": "# ruff: noqa\n# flake8: noqa\nimport os  # noqa: F401\n", "ruff.toml": "lint.ignore = ['F401']\n"}
    assert ("a.py", 3, "F401") in rules(files)


def test_secrets_are_not_quoted() -> None:
    """A finding about a password names the variable, never its value."""
    messages = [finding.message for finding in lint({"a.py": "password = 'hunter2'\n"}, LIMITS)]
    assert any("password" in message for message in messages)
    assert "hunter2" not in "".join(messages)


def test_any_path_is_mapped_back() -> None:
    """Paths that no file system would take, or that lead elsewhere, never reach the disk and come back whole."""
    paths = ["a b\n.py", "../../etc/x.py", "-rf.py", "/abs.py", "x" * 400 + ".py", "con\x00.py"]
    assert sorted({path for path, *_ in rules(dict.fromkeys(paths, "import os\n"))}) == sorted(paths)


def test_a_notebook_may_end_cells_in_expressions() -> None:
    """What is usual in a notebook is no finding there."""
    text = "x = 1\nx\nimport json\nawait json\n"
    assert rules({"n.ipynb": text}) == []
    assert rules({"n.py": text}) != []


def test_a_package_s_init_may_import_without_use() -> None:
    """Imports of an `__init__.py` are its interface."""
    assert rules({"p/__init__.py": "from p.a import f\n"}) == []


def test_a_file_that_breaks_the_linter_hides_no_other() -> None:
    """A crash on one crafted file costs that file's findings alone, and says so."""
    found = rules({"a.py": "import os\n", "deep.py": "x = " + "-" * 500_000 + "1\n"})
    assert found == [("a.py", 1, "F401"), ("deep.py", 1, "linter-failed")]


def test_the_gravest_findings_are_kept() -> None:
    """Of too many findings, unsafe calls stay and unused imports go; the order is by path and line."""
    files = {"a.py": "".join(f"import m{n}\n" for n in range(300)) + "eval('1')\n"}
    found = lint(files, DiffLimits(findings_max=3))
    assert [finding.rule for finding in found][-1] == "S307"
    assert len(found) == 3
    assert [f.line for f in found] == sorted(f.line for f in found)


def test_output_without_end_is_cut_off() -> None:
    """Tens of thousands of findings are not read to the end."""
    assert len(lint({"a.py": "import os;" * 20_000 + "\n"}, LIMITS)) == LIMITS.findings_max


def test_no_time_left_is_told_for_each_file() -> None:
    """Where the time is up, each file says that it was not linted."""
    found = lint({"a.py": "import os\n"}, DiffLimits(lint_timeout_s=0.0))
    assert [finding.rule for finding in found] == ["linter-failed"]


def test_a_linter_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """An executable that cannot be started is an outage of the analysis, not a refusal."""
    monkeypatch.setattr(linter, "_ruff", lambda: ["/nonexistent/ruff"])
    with pytest.raises(Unavailable) as raised:
        lint({"a.py": "x = 1\n"}, LIMITS)
    assert raised.value.dependency is Dependency.ANALYSIS


def test_nothing_to_lint_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Python files the linter is not needed."""
    monkeypatch.setattr(linter, "_ruff", lambda: ["/nonexistent/ruff"])
    assert lint({}, LIMITS) == ()


SIDES: Final = (
    {"a.py": "import os\nx = undefined\n", "pkg/__init__.py": "import re\n", "n.ipynb": "import json\n1 == 1\n"},
    {"a.py": "import sys\n\n\ndef f():\n    try:\n        g()\n    except:\n        pass\n", "gone.py": "def (\n"},
)


def test_both_sides_in_one_run_are_told_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings of both sides, which share a path, are those that each has by itself; the linter was started once."""
    new, old = SIDES[0], {path: text for path, text in SIDES[1].items() if path != "gone.py"}
    expected = lint(new, LIMITS), lint(old, LIMITS)
    starts: list[Any] = []

    def counted(*args: Any) -> Any:
        starts.append(args)
        return run_ruff(*args)

    monkeypatch.setattr(linter, "run_ruff", counted)
    assert lint_both(new, old, LIMITS, LIMITS) == expected
    assert all(expected)
    assert len(starts) == 1


@pytest.mark.parametrize("flooded", [0, 1])
def test_a_flood_of_one_side_hides_nothing_of_the_other(flooded: int) -> None:
    """With more findings than are read of one run, each side is linted by itself; a broken file is told as well."""
    sides = [dict(side) for side in SIDES]
    sides[flooded]["flood.py"] = "".join(f"import module_{n}\n" for n in range(6_000))
    assert lint_both(sides[0], sides[1], LIMITS, LIMITS) == (lint(sides[0], LIMITS), lint(sides[1], LIMITS))
