"""Resubmissions made of real code: files of installed packages, some of them edited as a student would, by a seed.

Nothing is copied into the repository: the files are read where this environment has them installed.
"""

import ast
import random
import re
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path

from app.core.submission.sources import FileKind, SourceFile, SourceTree

PACKAGES = ("faust", "aiokafka", "radon", "click", "httpx", "rich", "pydantic", "hypothesis")
FILES = 25
CHANGED = 6
SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Edits of one changed file by the number of its functions, one of these shares by chance, one edit at least."""

_SMALL_CHARS = 3_000  # files of a homework are that small or smaller
_CHARS_MAX = 200_000  # below the parser's own limit, so that every file is compared by its symbols
_MOVED = 0.1
_COMMON = frozenset({"self", "main", "__init__"})

Edit = Callable[[random.Random, str, ast.FunctionDef], str]


def package_files(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Path -> text of every Python file of `packages` that parses and holds a function."""
    files: dict[str, str] = {}
    for package in packages:
        spec = PathFinder.find_spec(package)  # imported or not, whatever it made of itself
        for folder in spec.submodule_search_locations or () if spec else ():
            for path in sorted(Path(folder).rglob("*.py")):
                text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
                if len(text) <= _CHARS_MAX and _functions(text):
                    files[f"{package}/{path.relative_to(folder).as_posix()}"] = text
    return files


def resubmission(files: dict[str, str], seed: int, *, small: bool = False) -> tuple[SourceTree, SourceTree]:
    """Two trees of `FILES` files, `CHANGED` of them edited; `small` takes files of a homework's size."""
    chance = random.Random(seed)
    paths = [path for path, text in files.items() if not small or len(text) <= _SMALL_CHARS]
    chosen = sorted(chance.sample(paths, FILES))
    before = {path: files[path] for path in chosen}
    edited = {path: edit(chance, before[path]) for path in chance.sample(chosen, CHANGED)}
    return source_tree(before), source_tree({**before, **edited})


def large_pair(files: int, lines: int, seed: int = 0) -> tuple[SourceTree, SourceTree]:
    """Two trees of `files` files of about `lines` lines, every one edited, one in ten moved to another folder.

    No two files are alike: each is put together from functions of its own choice.
    """
    chance = random.Random(seed)
    pool = [span for text in package_files().values() for span in _top_functions(text)]
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for number in range(files):
        parts: list[str] = [f'"""Module {number}."""\n']
        while sum(part.count("\n") for part in parts) < lines:
            parts.append(chance.choice(pool).replace("def ", f"def f{chance.randrange(files * lines)}_", 1))
        text = "\n\n".join(parts)
        name = f"package{number % 40}/module{number}.py"
        before[name] = text
        after[f"moved/{name}" if chance.random() < _MOVED else name] = edit(chance, text, wanted=1)
    return source_tree(before), source_tree(after)


def part_of(pair: tuple[SourceTree, SourceTree], files: int) -> tuple[SourceTree, SourceTree]:
    """The modules of `large_pair` up to a number of files, on both sides the same ones."""
    before, after = (
        {path: file for path, file in tree.files.items() if int(path.rpartition("module")[2][:-3]) < files}
        for tree in pair
    )
    return SourceTree(before), SourceTree(after)


def source_tree(files: dict[str, str]) -> SourceTree:
    """A tree of Python files."""
    return SourceTree({path: SourceFile(path, text, FileKind.PYTHON) for path, text in sorted(files.items())})


def edit(chance: random.Random, text: str, wanted: int | None = None) -> str:
    """`text` after some edits, each of which leaves it parsable; at least one of them shows."""
    edited, before = 0, text
    wanted = wanted or max(1, round(chance.choice(SHARES) * len(_functions(text))))
    for _ in range(20 * wanted):
        functions = _functions(text)
        if edited == wanted or not functions:
            break
        changed = chance.choice(_EDITS)(chance, text, chance.choice(functions))
        if changed != text and _parses(changed):
            text, edited = changed, edited + 1
    return text if text != before else f"{text}\n\ndef added_at_the_end(value):\n    return value\n"


def _functions(text: str) -> list[ast.FunctionDef]:
    """Functions of a text that starts each on a line of its own; none where it does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.body[0].lineno > node.lineno]


def _top_functions(text: str) -> list[str]:
    """The text of each function at the top of a module."""
    lines = text.splitlines(keepends=True)
    found = (node for node in _functions(text) if node.col_offset == 0 and not node.decorator_list)
    return ["".join(lines[node.lineno - 1 : node.end_lineno]) for node in found]


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _span(text: str, node: ast.FunctionDef) -> tuple[list[str], int, int, str]:
    """Lines of `text`, first and last of `node` as a slice, and the margin of its body."""
    lines = text.splitlines(keepends=True)
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    return lines, start, node.end_lineno or node.lineno, " " * node.body[0].col_offset


def _rename(_chance: random.Random, text: str, node: ast.FunctionDef) -> str:
    if node.name in _COMMON or node.name.startswith("__"):
        return text
    return re.sub(rf"\b{re.escape(node.name)}\b", f"{node.name}_of_it", text)


def _insert(chance: random.Random, text: str, node: ast.FunctionDef) -> str:
    lines, _, _, margin = _span(text, node)
    at = chance.choice(node.body).lineno - 1
    number = chance.randrange(1000)
    added = f"{margin}if number_{number} > {number}:\n{margin}    raise ValueError('more than {number}')\n"
    return "".join([*lines[:at], f"{margin}number_{number} = len(locals())\n", added, *lines[at:]])


def _delete(chance: random.Random, text: str, node: ast.FunctionDef) -> str:
    lines, _, _, margin = _span(text, node)
    statement = chance.choice(node.body)
    return "".join([*lines[: statement.lineno - 1], f"{margin}pass\n", *lines[statement.end_lineno or 0 :]])


def _constants(chance: random.Random, text: str, node: ast.FunctionDef) -> str:
    lines, start, end, _ = _span(text, node)
    body = re.sub(r"\b\d+\b", lambda match: str(int(match[0]) + chance.randrange(1, 9)), "".join(lines[start:end]))
    return "".join([*lines[:start], body, *lines[end:]])


def _copy(_chance: random.Random, text: str, node: ast.FunctionDef) -> str:
    lines, start, end, _ = _span(text, node)
    copied = "".join(lines[start:end]).replace(f"def {node.name}(", f"def another_{node.name}(", 1)
    return "".join([*lines[:end], "\n", copied, *lines[end:]])


def _remove(_chance: random.Random, text: str, node: ast.FunctionDef) -> str:
    lines, start, end, _ = _span(text, node)
    return "".join([*lines[:start], *lines[end:]])


def _comment(chance: random.Random, text: str, node: ast.FunctionDef) -> str:
    lines, _, _, margin = _span(text, node)
    at = chance.choice(node.body).lineno - 1
    return "".join([*lines[:at], f"{margin}# {chance.choice(('why', 'see above', 'to be done'))}\n", *lines[at:]])


def _append(_chance: random.Random, text: str, node: ast.FunctionDef) -> str:
    """Move a module's function to the end of the file."""
    lines, start, end, _ = _span(text, node)
    if node.col_offset:
        return text
    return "".join([*lines[:start], *lines[end:], "\n\n", *lines[start:end]])


def _parameter(_chance: random.Random, text: str, node: ast.FunctionDef) -> str:
    if not node.args.args or node.args.vararg or node.args.kwarg or node.args.defaults:
        return text
    lines, start, end, _ = _span(text, node)
    last = node.args.args[-1].arg
    head = re.sub(rf"\b{re.escape(last)}\)", f"{last}, strict=False)", "".join(lines[start:end]), count=1)
    return "".join([*lines[:start], head, *lines[end:]])


_EDITS: tuple[Edit, ...] = (
    _rename,
    _insert,
    _insert,
    _insert,
    _delete,
    _constants,
    _copy,
    _remove,
    _comment,
    _append,
    _parameter,
)
