"""The comparison of any two trees of real code ends well, whatever was done to the code."""

import json
import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.main import main
from app.core.comparing.analysis import analyse_sides
from app.core.limits import DiffLimits
from app.core.ports import Side
from app.core.submission.sources import FileKind, SourceFile, SourceTree
from app.core.submission.tree import kind_of
from schemas.changes import Place
from tests.benchmarks.diff_speed_trees import edit, package_files
from tests.builders.diff_trees import names_path

PACKAGES = ("aiokafka", "radon", "click", "httpx", "motor")
OTHERS = {
    "config.yaml": "a: &x [1, 2]\nb: *x\nc:\n  - name: TOKEN\n    value: t\n---\nd: {e: f}\n",
    "pyproject.toml": "[tool.x]\na = [1, {b = 2}]\n[[t]]\nq = '''\nlong = 1\n'''\n",
    "data.json": '{"a": [1, 2, {"b": null}], "c": "\\u00e9"}\n',
    "setup.cfg": "[a]\nx = 1\n  2\n[b]\ny: z\n",
    "README.md": "text\n# A\n```\n# no\n```\n## B\nmore\nC\n===\n",
    "Dockerfile": "FROM x\nRUN y\n",
}
Damage = Callable[[random.Random, str], str]


def cut(chance: random.Random, text: str) -> str:
    """A file that is half written."""
    return text[: chance.randrange(len(text) + 1)]


def drop_lines(chance: random.Random, text: str) -> str:
    """Some lines are missing."""
    return "".join(line for line in text.splitlines(keepends=True) if chance.random() > 0.05)


def drop_characters(chance: random.Random, text: str) -> str:
    """Brackets and quotes are missing."""
    return re.sub(r"[()\[\]{}\"':]", lambda match: "" if chance.random() < 0.02 else match[0], text)


def python_2(_chance: random.Random, text: str) -> str:
    """Statements as Python 2 has them."""
    text = re.sub(r"^(\s*)return (.+)$", r"\1print \2\n\1exec \2", text, flags=re.MULTILINE)
    return re.sub(r"except (\w+) as (\w+):", r"except \1, \2:", text)


def tabs(chance: random.Random, text: str) -> str:
    """Tabs here, spaces there."""
    return re.sub(r"^    ", lambda _: "\t" if chance.random() < 0.5 else "    ", text, flags=re.MULTILINE)


def strange(chance: random.Random, text: str) -> str:
    """Characters that no source should hold."""
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(["\x00", "\x0c", "\u2028", "\ud800", "\r", "\ufeff", '"""', "'''\\"]) + text[at:]


DAMAGES: tuple[Damage, ...] = (cut, drop_lines, drop_characters, python_2, tabs, strange, edit)


@cache
def real_files() -> dict[str, str]:
    """Files of installed packages."""
    return package_files(PACKAGES)


def source(path: str, text: str) -> SourceFile:
    """A file; some are notebooks' Python with cells every ten lines."""
    if path.endswith("_nb.py"):
        starts = tuple(range(1, text.count("\n") + 1, 10))
        return SourceFile(f"{path}.ipynb", text, FileKind.NOTEBOOK, starts)
    return SourceFile(path, text, kind_of(path))


def a_pair(seed: int) -> tuple[SourceTree, SourceTree]:
    """Two trees of real files, most of them damaged on one side or both, some moved, some gone."""
    chance = random.Random(seed)
    sides: tuple[dict[str, SourceFile], dict[str, SourceFile]] = ({}, {})
    files = real_files()
    chosen = {path: files[path] for path in chance.sample(sorted(files), 6)} | OTHERS
    for number, (path, text) in enumerate(chosen.items()):
        name = path.replace(".py", "_nb.py") if number == 0 else path
        for side in sides:
            now = text
            for _ in range(chance.randrange(3)):
                damage = chance.choice(DAMAGES)
                now = damage(chance, now) if damage is not edit or path.endswith(".py") else now
            moved = f"moved/{name}" if chance.random() < 0.1 else name
            if chance.random() > 0.05:
                file = source(moved, now)
                side[file.path] = file
    return SourceTree(sides[0]), SourceTree(sides[1])


def stands_in(place: Place | None, tree: SourceTree) -> bool:
    """Whether a place is one of its tree."""
    if place is None or place.path not in tree.files:  # a folder's, which has no lines
        return place is None or place.line is None
    lines = tree.files[place.path].text.count("\n") + 1
    return (place.line or 1) <= (place.end_line or lines) <= lines


@pytest.mark.parametrize("seed", range(16))
def test_damaged_code_is_compared(seed: int) -> None:
    """Both ways, with complexity; every changed file has a record, and every place lies in its file."""
    before, after = a_pair(seed)
    for one, other in ((before, after), (after, before)):
        found = analyse_sides(Side(one), Side(other), DiffLimits())
        for file in found.files:
            assert file.status == "unchanged" or any(names_path(change, file.path) for change in found.changes)
        for change in found.changes:
            assert stands_in(change.before, one)
            assert stands_in(change.after, other)
    assert found == analyse_sides(Side(after), Side(before), DiffLimits())


def written(tree: SourceTree, folder: Path) -> Path:
    """The tree as files."""
    for path, file in tree.files.items():
        target = folder / (path.removesuffix(".ipynb"))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.text.encode("utf-8", "surrogatepass"))
    return folder


@pytest.mark.parametrize("seed", range(100, 103))
def test_reviewstream_diff_ends_well_on_damaged_code(seed: int, tmp_path: Path) -> None:
    """The command gives one JSON document, whatever the folders hold."""
    before, after = a_pair(seed)
    folders = [str(written(tree, tmp_path / name)) for tree, name in ((before, "before"), (after, "after"))]
    done = CliRunner().invoke(main, ["diff", *folders, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["diff_info"]["total_files_changed"] > 0
