"""New code that nothing uses: functions, classes and constants, by their names, over all files of a submission.

A name that stands anywhere in code that runs counts as used, whatever it means there: to call used code unused costs
more trust than to miss some that is not.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from app.core.comparing.collected_tests import collected_tests
from app.core.comparing.hollow_tests import hollow_tests
from app.core.comparing.liveness import Liveness, is_used_throughout, words_among
from app.core.comparing.surface import Code, changed_statements, is_empty, is_same_but_for_names
from app.core.evidence.changed_tests import is_test_path
from app.core.python.effect import Replacements
from app.core.python.references import References, count_statements, defined_symbols
from app.core.python.syntax_trees import SyntaxTrees
from app.core.submission.sources import FileKind, SourceTree
from schemas.changes import Change, FileChange, UnusedCode, UnusedReason

_PYTHON: Final = frozenset({FileKind.PYTHON, FileKind.NOTEBOOK})
_PROSE: Final = frozenset({FileKind.MARKDOWN, FileKind.TEXT})


@dataclass(frozen=True, slots=True)
class EffectiveCode:
    """A changed file's tree, and what in it does not count, by what stands in its place.

    `replaced` is left out of the figures for scores; `without_use` is less where public code may have users elsewhere.
    `idle_lines` are those of statements that do nothing.
    """

    tree: ast.Module
    replaced: Replacements
    without_use: Replacements
    idle_lines: AbstractSet[int]


@dataclass(frozen=True, slots=True)
class Unused:
    """What in the changed files is of no use, and what of each such file, by path, is left for scores.

    `is_used_throughout`: nearly all public functions and classes that are not new are used within the submission, so
    that one which is not is no part of an interface. `surface` are the paths of files of which nothing but names,
    comments, layout and code without use or effect differs from the previous side; `extended` are these and files that
    grew by public code besides, which others may use. `hollow_lines` are those of tests that prove nothing,
    `test_lines` those on which tests are defined that run and may prove something, both by path.
    """

    found: tuple[UnusedCode, ...] = ()
    effective: Mapping[str, EffectiveCode] = field(default_factory=dict)
    is_used_throughout: bool = False
    surface: frozenset[str] = frozenset()
    extended: frozenset[str] = frozenset()
    hollow_lines: Mapping[str, AbstractSet[int]] = field(default_factory=dict)
    test_lines: Mapping[str, AbstractSet[int]] = field(default_factory=dict)
    statements_gone: int = 0
    statements_come: int = 0


def find_unused(
    old: SourceTree | None, new: SourceTree, files: Iterable[FileChange], changes: Iterable[Change], trees: SyntaxTrees
) -> Unused:
    """What in the changed files is of no use. With nothing to compare with, what is public is all an interface."""
    touched = [file for file in files if file.status != "unchanged"]
    read = {path: (tree, trees.references(text, tree)) for path, text, tree in _parsed(touched, new, trees)}
    references = {path: found for path, (_, found) in read.items()}
    others = [file for path, file in new.files.items() if path not in read]
    liveness = Liveness(
        references,
        None if old is None else _known(old, touched, changes, trees),
        [file.text for file in others if file.kind not in _PROSE],
    )
    mentioned = words_among([file.text for file in others if file.kind in _PROSE], liveness.dead_names)
    hollow = hollow_tests(references, new.files)
    is_program = old is not None and is_used_throughout(
        file.text for path, file in old.files.items() if file.kind in _PYTHON and not is_test_path(path)
    )
    found: list[UnusedCode] = []
    effective = {}
    for path, (tree, known) in read.items():
        dead = list(_dead(path, liveness, mentioned))
        found += [_code(path, symbol, node, reason) for symbol, node, reason in dead]
        found += [_code(path, scope.symbol, scope.node, UnusedReason.UNCALLED) for scope in known.uncalled]
        found += _unreachable(path, known)
        tests: list[ast.AST] = [scope.node for scope in hollow.get(path, ())]
        sure = [node for _, node, reason in dead if is_program or reason != UnusedReason.UNCLAIMED]
        without_use = known.effect.replaced | {id(node): [] for node in (*sure, *tests)}
        replaced = without_use | {id(node): [] for _, node, _ in dead}
        effective[path] = EffectiveCode(tree, replaced, without_use, known.effect.idle_lines)
    alike = _SameAsBefore(old, touched, trees)
    surface = alike({path: (code.tree, code.without_use) for path, code in effective.items()})
    # Where nothing more is left out, the answer is the same: of two comparisons of all files that spares nearly one.
    more = {path: (code.tree, code.replaced) for path, code in effective.items() if code.replaced != code.without_use}
    gone, come = changed_statements(alike.before.values(), [(code.tree, code.replaced) for code in effective.values()])
    return Unused(
        found=tuple(sorted(found, key=lambda code: (code.path, code.line))),
        effective=effective,
        is_used_throughout=is_program,
        surface=surface,
        statements_gone=gone,
        statements_come=come,
        extended=alike(more) | (surface - more.keys()),
        hollow_lines={path: {n for scope in scopes for n in _lines(scope.node)} for path, scopes in hollow.items()},
        test_lines={
            path: {_lines(scope.node)[0] for scope in scopes if scope not in hollow[path]}
            for path, scopes in collected_tests(references).items()
        },
    )


class _SameAsBefore:
    """Tells which files do what they did before, or, being new, do nothing."""

    def __init__(self, old: SourceTree | None, touched: Iterable[FileChange], trees: SyntaxTrees) -> None:
        there = [change for change in touched if change.status != "added"]
        self._is_compared = old is not None
        self._became = {change.path: change.previous_path or change.path for change in there}
        self.before: dict[str, Code] = {}
        """The files of the previous side, by their path there."""
        if old is not None:
            for path, text, tree in _parsed(there, old, trees, before=True):
                self.before[path] = tree, trees.references(text, tree).effect.replaced

    def __call__(self, files: Mapping[str, Code]) -> frozenset[str]:
        """The paths of those among `files`."""
        return frozenset(path for path, code in files.items() if self._is_compared and self._is_same(path, code))

    def _is_same(self, path: str, code: Code) -> bool:
        if path not in self._became:
            return is_empty(code)
        earlier = self.before.get(self._became[path])
        return earlier is not None and is_same_but_for_names(earlier, code)


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


def _dead(path: str, liveness: Liveness, mentioned: AbstractSet[str]) -> Iterator[tuple[str, ast.stmt, UnusedReason]]:
    """What of a file is not used, by its dotted name, and why that is known."""
    for scope in liveness.dead_scopes(path):
        is_sure = liveness.is_sure(scope.symbol) and scope.symbol.rpartition(".")[2] not in mentioned
        if not isinstance(scope.node, ast.Module):
            yield scope.symbol, scope.node, UnusedReason.UNCALLED if is_sure else UnusedReason.UNCLAIMED
    for table, name in liveness.dead_tables(path):
        is_sure = liveness.is_sure(name) and name not in mentioned
        yield name, table, UnusedReason.UNREAD if is_sure else UnusedReason.UNCLAIMED


def _unreachable(path: str, references: References) -> Iterator[UnusedCode]:
    for line, end in references.effect.unreachable:
        yield UnusedCode(path=path, symbol="", line=line, end_line=end, reason=UnusedReason.UNREACHABLE)


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
