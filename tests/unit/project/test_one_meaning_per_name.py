"""Names that can be guessed: no two public functions, classes or files of one name that mean different things."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT

PACKAGES: Final = ("agents", "app", "schemas", "tables")
SAMPLES: Final = ROOT / "app" / "embedded" / "samples"
"""Students' homework is no part of the package."""

ONE_ROLE: Final = {
    "bind": "each table has one, and means the same: an event's own view of the table",
    "find": "each embedded server has one, called by its module's name: whether this machine has what it takes",
    "main": "the name that Python and click give to where a program begins",
}
"""Names that stand in several files because the same is meant; anything else wants a name of its own."""

ROOM_SAYS: Final = {
    "__init__.py": "Python's name",
    "catalogue.py": "the words as values, and how they are read from files",
    "changes.py": "the schema of change records, and their sentences in `presentation`",
    "client.py": "how a client of the room's protocol is made",
    "commands.py": "what click reads of a group of commands: names, options, helps",
    "dashboard.py": "the page as values, and the addresses that it stands at",
    "dead_letters.py": "one topic: what is read of it, how it is reached, what is produced to it",
    "desk.py": "the teacher's page, and its routes; of dead letters, what an operator does with them over HTTP",
    "errors.py": "the room's errors, or how a library's become ours",
    "handlers.py": "what a group of commands does, imported when one of them is carried out",
    "options.py": "the options that a group of commands shares",
    "reading.py": "what a command reads, and how a completion is read",
    "review.py": "the record, and the command that makes one",
    "review_api.py": "the platform's API as it is called, and as the embedded one answers",
    "reviewer.py": "the agent, and the model that it asks through its port",
    "rubric.py": "the verdicts in a review, and the file that an assignment is judged by",
    "stories.py": "what an operator does in this room, from end to end",
    "student.py": "what the page of a review shows, and the way to it",
    "states.py": "how states are told from the log, where they are kept, and the command that tells them anew",
    "words.py": "each room's words",
    "worker.py": "Faust's way to the worker, and the command's",
}
"""File names that stand in several rooms, where the room says the rest."""


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every module of ours, parsed."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if SAMPLES not in path.parents:
                yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def defined(module: ast.Module) -> Iterator[str]:
    """Public names that a module defines: functions, classes, constants, aliases."""
    for statement in module.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found = [name]
            case ast.Assign(targets=targets):
                found = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                found = [name]
            case _:
                continue
        yield from (name for name in found if not name.startswith("_"))


def constants(module: ast.Module) -> set[str]:
    """Those of `defined` that are neither functions nor classes."""
    things = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return set(defined(module)) - {statement.name for statement in module.body if isinstance(statement, things)}


def imported(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Module and name of whatever a module imports from another."""
    for statement in ast.walk(module):
        if isinstance(statement, ast.ImportFrom) and statement.module is not None:
            yield from ((statement.module, alias.name) for alias in statement.names)


@cache
def doubles() -> dict[str, list[str]]:
    """Public names that several modules define, with these; a constant or alias counts where another file imports it.

    One that nobody else sees needs no name that is unlike all others: `log`, `T`.
    """
    parsed = dict(modules())
    asked_for = {pair for module in parsed.values() for pair in imported(module)}
    where: defaultdict[str, list[str]] = defaultdict(list)
    for path, module in parsed.items():
        dotted = ".".join(path.with_suffix("").parts)
        private = {name for name in constants(module) if (dotted, name) not in asked_for}
        for name in set(defined(module)) - private:
            where[name].append(str(path))
    return {name: paths for name, paths in where.items() if len(paths) > 1}


def test_no_public_name_means_two_things() -> None:
    """A name that two modules define is one of the few whose meaning is the same in both."""
    assert {name: paths for name, paths in doubles().items() if name not in ONE_ROLE} == {}


def test_no_file_name_means_two_things() -> None:
    """A file name that stands in two rooms is one of the few that the room explains."""
    rooms: defaultdict[str, list[str]] = defaultdict(list)
    for path, _ in modules():
        rooms[path.name].append(str(path.parent))
    assert {name: where for name, where in rooms.items() if len(where) > 1 and name not in ROOM_SAYS} == {}


@pytest.mark.parametrize("name", sorted(ONE_ROLE))
def test_every_exception_is_still_needed(name: str) -> None:
    """A name that stands in one file by now leaves the list."""
    assert name in doubles()
