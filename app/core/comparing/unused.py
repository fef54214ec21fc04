"""New code that nothing uses: functions, classes and constants, by their names, over all files of a submission.

A name that stands anywhere in code that runs counts as used, whatever it means there: to call used code unused costs
more trust than to miss some that is not.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from app.core.comparing.hollow_tests import hollow_tests
from app.core.comparing.liveness import Liveness, words_among
from app.core.comparing.surface import is_surface
from app.core.python.effect import Replacements
from app.core.python.references import References, count_statements, defined_symbols
from app.core.python.syntax_trees import SyntaxTrees
from app.core.submission.sources import FileKind, SourceTree
from app.core.submission.tree import kind_of
from schemas.changes import Change, FileChange, UnusedCode, UnusedReason

_PYTHON: Final = frozenset({FileKind.PYTHON, FileKind.NOTEBOOK})
_PROSE: Final = frozenset({FileKind.MARKDOWN, FileKind.TEXT})


@dataclass(frozen=True, slots=True)
class EffectiveCode:
    """A changed file's tree, with the statements that no score is made from, and lines of those that do nothing."""

    tree: ast.Module
    replaced: Replacements
    idle_lines: AbstractSet[int]


@dataclass(frozen=True, slots=True)
class Unused:
    """What in the changed files is of no use, and what of each such file, by path, is left for scores.

    `is_used_throughout`: nearly all public functions and classes that are not new are used within the submission, so
    that one which is not is no part of an interface. `is_surface`: nothing but names, comments, layout and code without
    use or effect differs from the previous side. `hollow_lines` are those of tests that prove nothing, by path.
    """

    found: tuple[UnusedCode, ...] = ()
    effective: Mapping[str, EffectiveCode] = field(default_factory=dict)
    is_used_throughout: bool = False
    is_surface: bool = False
    hollow_lines: Mapping[str, AbstractSet[int]] = field(default_factory=dict)


def find_unused(
    old: SourceTree | None, new: SourceTree, files: Iterable[FileChange], changes: Iterable[Change], trees: SyntaxTrees
) -> Unused:
    """What in the changed files is of no use. With nothing to compare with, what is public is all an interface."""
    touched = [file for file in files if file.status != "unchanged"]
    read = {path: (tree, trees.references(text, tree)) for path, text, tree in _parsed(touched, new, trees)}
    files_read = {path: references for path, (_, references) in read.items()}
    hollow = hollow_tests(files_read, new.files)
    others = [file for path, file in new.files.items() if path not in read]
    liveness = Liveness(
        files_read,
        None if old is None else _known(old, touched, changes, trees),
        [file.text for file in others if file.kind not in _PROSE],
    )
    mentioned = words_among([file.text for file in others if file.kind in _PROSE], liveness.dead_names)
    found: list[UnusedCode] = []
    effective = {}
    for path, (tree, references) in read.items():
        found += [
            UnusedCode(path=path, symbol="", line=line, end_line=end, reason=UnusedReason.UNREACHABLE)
            for line, end in references.effect.unreachable
        ]
        found += _told(path, references, liveness, mentioned)
        idle = [*liveness.dead_nodes(path), *(scope.node for scope in hollow.get(path, ()))]
        replaced = references.effect.replaced | {id(node): [] for node in idle}
        effective[path] = EffectiveCode(tree, replaced, references.effect.idle_lines)
    return Unused(
        tuple(sorted(found, key=lambda code: (code.path, code.line))),
        effective,
        liveness.is_used_throughout,
        old is not None and _is_surface(old, touched, effective, trees),
        {path: frozenset(line for scope in scopes for line in _lines(scope.node)) for path, scopes in hollow.items()},
    )


def _is_surface(
    old: SourceTree, touched: Iterable[FileChange], effective: Mapping[str, EffectiveCode], trees: SyntaxTrees
) -> bool:
    """Whether all that was touched is Python that does the same, or prose."""
    code = [change for change in touched if kind_of(change.path) not in _PROSE]
    if not code or any(change.status not in {"added", "modified", "renamed"} for change in code):
        return False
    if any(change.path not in effective for change in code):
        return False
    became = {change.previous_path or change.path: change.path for change in code if change.status != "added"}
    before = {
        path: (tree, trees.references(text, tree).effect.replaced)
        for path, text, tree in _parsed(
            [change for change in code if change.status != "added"], old, trees, before=True
        )
    }
    after = {path: (found.tree, found.replaced) for path, found in effective.items()}
    return is_surface(before, after, became)


def _parsed(
    files: Iterable[FileChange], tree: SourceTree, trees: SyntaxTrees, *, before: bool = False
) -> Iterator[tuple[str, str, ast.Module]]:
    """The Python files of one side that parse: path, text and tree."""
    for change in files:
        path = (change.previous_path or change.path) if before else change.path
        file = tree.files.get(path)
        if file is not None and file.kind in _PYTHON:
            parsed = trees.read(file.text)
            if isinstance(parsed, ast.Module):
                yield path, file.text, parsed


def _known(
    old: SourceTree, touched: Iterable[FileChange], changes: Iterable[Change], trees: SyntaxTrees
) -> frozenset[str]:
    """Dotted names that are not new: defined before in any of these files, or what such a one became."""
    found = {symbol for _, _, tree in _parsed(touched, old, trees, before=True) for symbol in defined_symbols(tree)}
    for change in changes:
        if change.before is not None and change.after is not None and change.before.symbol and change.after.symbol:
            found.add(change.after.symbol)
    return frozenset(found)


def _told(path: str, references: References, liveness: Liveness, mentioned: AbstractSet[str]) -> Iterator[UnusedCode]:
    for scope in references.uncalled:
        yield _code(path, scope.symbol, scope.node, UnusedReason.UNCALLED)
    for scope in liveness.dead_scopes(path):
        is_sure = liveness.is_sure(scope.symbol) and scope.symbol.rpartition(".")[2] not in mentioned
        yield _code(path, scope.symbol, scope.node, UnusedReason.UNCALLED if is_sure else UnusedReason.UNCLAIMED)
    for table, name in liveness.dead_tables(path):
        is_sure = liveness.is_sure(name) and name not in mentioned
        yield _code(path, name, table, UnusedReason.UNREAD if is_sure else UnusedReason.UNCLAIMED)


def _lines(node: ast.AST) -> range:
    line = getattr(node, "lineno", 1)
    return range(line, getattr(node, "end_lineno", line) + 1)


def _code(path: str, symbol: str, node: ast.AST, reason: UnusedReason) -> UnusedCode:
    line = getattr(node, "lineno", 1)
    statements = count_statements(ast.Module([node], []), {})[0] if isinstance(node, ast.stmt) else 0
    return UnusedCode(
        path=path,
        symbol=symbol,
        line=line,
        end_line=getattr(node, "end_lineno", line),
        reason=reason,
        statements=statements,
    )
