"""What a file defines and which names each of its functions and classes uses, statements without effect left out."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.python.effect import (
    Effect,
    Replacements,
    blocks_with_effect,
    effective_statements,
    find_effect,
    is_literal,
)
from app.core.python.syntax import child_nodes

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_PATH: Final = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*){0,10}")
_PATH_CHARS_MAX: Final = 200
_SEPARATORS: Final = re.compile(r"[.:]+")
_OPEN_CALLS: Final = frozenset({"locals", "globals", "vars", "exec", "eval", "dir", "getmembers", "import_module"})
"""Calls after which names may be used that stand nowhere."""


@dataclass(slots=True, eq=False)
class NameScope:
    """A module, function or class: `names` are those that it uses itself, `all_names` with what is defined within.

    `symbol` is its dotted name, empty for the module. `starts` are beginnings of names that are put together when the
    code runs. `is_open`: it uses names in ways that reading does not show. `tables` are assignments of literals.
    """

    node: Definition | ast.Module
    symbol: str
    parent: "NameScope | None"
    names: set[str] = field(default_factory=set)
    all_names: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    tables: list[ast.Assign] = field(default_factory=list)
    within: "list[NameScope]" = field(default_factory=list)
    is_open: bool = False

    @property
    def is_function(self) -> bool:
        """Whether it is one, or a method."""
        return isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class References:
    """One file: its scopes, the module first and each before those within it, and what in it has no effect.

    `uncalled` are functions and classes within functions that nothing there uses; `statements` have an effect;
    `code_lines` are the lines of each function's statements, by the line on which it is defined.
    """

    scopes: tuple[NameScope, ...]
    effect: Effect
    uncalled: tuple[NameScope, ...]
    statements: int
    code_lines: dict[int, int]


def read_references(tree: ast.Module) -> References:
    """The scopes of a file's tree, and what in it has no effect."""
    effect = find_effect(tree)
    scopes = _read_scopes(tree, effect)
    uncalled = [scope for scope in scopes if _is_uncalled(scope)]
    for scope in uncalled:
        effect.drop(scope.node)
    for scope in scopes:
        for table in scope.tables:
            target = table.targets[0]
            if scope.is_function and isinstance(target, ast.Name) and _is_unread(target.id, scope):
                effect.drop_idle(table)
    statements, code_lines = count_statements(tree, effect.replaced)
    return References(tuple(scopes), effect, tuple(uncalled), statements, code_lines)


def count_statements(tree: ast.Module, replaced: Replacements) -> tuple[int, dict[int, int]]:
    """The statements of a tree that have an effect, and the lines of each function's, by the function's line."""
    total = 0
    lines: dict[int, int] = {}
    blocks: list[tuple[list[ast.stmt], tuple[int, ...]]] = [([*effective_statements(tree.body, replaced)], ())]
    while blocks:
        block, around = blocks.pop()
        total += len(block)
        for node in block:
            inner = around
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines[node.lineno] = 0
                inner = (*around, node.lineno)
            for function in inner:
                lines[function] += _own_lines(node)
            blocks += [(found, inner) for found in blocks_with_effect(node, replaced) if found]
    return total, lines


def defined_symbols(tree: ast.Module) -> Iterator[str]:
    """The dotted names of all functions and classes, and the names of a module's constants."""
    blocks: list[tuple[list[ast.stmt], str]] = [(tree.body, "")]
    while blocks:
        block, prefix = blocks.pop()
        for node in block:
            inner = prefix
            if isinstance(node, _DEFINITIONS):
                yield prefix + node.name
                inner = f"{prefix}{node.name}."
            elif isinstance(node, ast.Assign) and not prefix:
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))
            blocks += [(found, inner) for found in blocks_with_effect(node, {})]


def _own_lines(node: ast.stmt) -> int:
    """The lines of a statement, of a compound one those of its head."""
    body: Any = getattr(node, "body", None) or getattr(node, "cases", None)
    if not body:
        return (node.end_lineno or node.lineno) - node.lineno + 1
    first = getattr(body[0], "lineno", node.lineno + 1)
    return max(1, min(first - node.lineno, _head_end(node) - node.lineno + 1))


def _head_end(node: ast.stmt) -> int:
    """The last line of a compound statement's head, as far as its expressions tell."""
    parts = [part for part in child_nodes(node) if not isinstance(part, ast.stmt)]
    return max((getattr(part, "end_lineno", None) or node.lineno for part in parts), default=node.lineno)


def _read_scopes(tree: ast.Module, effect: Effect) -> list[NameScope]:
    """All scopes; of a definition decorators, defaults, annotations and bases belong to what stands around it."""
    module = NameScope(tree, "", None)
    scopes = [module]
    stack: list[tuple[ast.AST, NameScope]] = [
        (node, module) for node in effective_statements(tree.body, effect.replaced)
    ]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, ast.stmt) and id(node) in effect.replaced:
            stack += [(part, scope) for part in effect.replaced[id(node)]]
            continue
        inside = scope
        if isinstance(node, _DEFINITIONS):
            symbol = f"{scope.symbol}.{node.name}" if scope.symbol else node.name
            inside = NameScope(node, symbol, scope)
            scope.within.append(inside)
            scopes.append(inside)
            stack += [(part, inside) for part in node.body]
            stack += [(part, scope) for part in child_nodes(node) if not isinstance(part, ast.stmt)]
            continue
        _note(node, scope)
        stack += [(part, inside) for part in child_nodes(node)]
    for scope in reversed(scopes):
        scope.all_names |= scope.names
        if scope.parent is not None:
            scope.parent.all_names |= scope.all_names
            scope.parent.outer |= scope.outer
    return scopes


def _note(node: ast.AST, scope: NameScope) -> None:
    """What one node uses."""
    note = _NOTES.get(node.__class__)
    if note is not None:
        note(node, scope)


def _note_name(node: ast.Name, scope: NameScope) -> None:
    if not isinstance(node.ctx, ast.Store):
        scope.names.add(node.id)
        scope.is_open |= node.id in _OPEN_CALLS


def _note_attribute(node: ast.Attribute, scope: NameScope) -> None:
    scope.names.add(node.attr)
    scope.is_open |= node.attr in _OPEN_CALLS


def _note_constant(node: ast.Constant, scope: NameScope) -> None:
    if isinstance(node.value, str):
        scope.names.update(_named_in(node.value))


def _note_import(node: ast.ImportFrom, scope: NameScope) -> None:
    scope.names.update(alias.name for alias in node.names)


def _note_outer(node: ast.Global | ast.Nonlocal, scope: NameScope) -> None:
    scope.outer.update(node.names)


def _note_text(node: ast.JoinedStr, scope: NameScope) -> None:
    first = node.values[0] if node.values else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.isidentifier():
        scope.starts.add(first.value)


def _note_sum(node: ast.BinOp, scope: NameScope) -> None:
    if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
        scope.starts.update(_named_in(node.left.value))


def _note_assignment(node: ast.Assign, scope: NameScope) -> None:
    if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) and is_literal(node.value):
        scope.tables.append(node)


_NOTES: Final[dict[type, Callable[[Any, NameScope], None]]] = {
    ast.Name: _note_name,
    ast.Attribute: _note_attribute,
    ast.Constant: _note_constant,
    ast.ImportFrom: _note_import,
    ast.Global: _note_outer,
    ast.Nonlocal: _note_outer,
    ast.JoinedStr: _note_text,
    ast.BinOp: _note_sum,
    ast.Assign: _note_assignment,
}


def _named_in(text: str) -> Iterator[str]:
    """The names that a string is made of, where it is nothing but a dotted name."""
    if len(text) <= _PATH_CHARS_MAX and _PATH.fullmatch(text):
        yield from _SEPARATORS.split(text)


def _is_uncalled(scope: NameScope) -> bool:
    """Whether a function or class within a function is used by nothing there."""
    around, node = scope.parent, scope.node
    if around is None or not around.is_function or isinstance(node, ast.Module):
        return False
    if (
        node.decorator_list
        or around.is_open
        or node.name in around.outer
        or (isinstance(node, ast.ClassDef) and node.bases)
    ):
        return False
    others = [around.names, *(other.all_names for other in around.within if other is not scope)]
    return not any(node.name in names for names in others)


def _is_unread(name: str, scope: NameScope) -> bool:
    return name not in scope.all_names and name not in scope.outer and not scope.is_open
