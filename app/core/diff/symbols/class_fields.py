"""Two versions of a variable of a module or class -> whether its type changed, and whether its value did."""

import ast
from collections.abc import Iterator
from itertools import zip_longest

from pydantic import JsonValue

from app.core.diff.symbols.symbols import Symbol
from app.core.python.syntax import Tokens, equal_but_for, flatten
from schemas.changes import ChangeKind

Detail = dict[str, JsonValue]


def compare_fields(before: Symbol, after: Symbol, renamed: dict[str, str]) -> Iterator[tuple[ChangeKind, Detail]]:
    """(Kind, detail) of each change, with the old and the new text; `renamed` are tokens that read as others now."""
    old, new = before.nodes, after.nodes
    types = _annotation(before), _annotation(after)
    if not _equal(*types, renamed):
        quoted = before.module.quote(types[0]), after.module.quote(types[1])
        yield ChangeKind.CHANGE_ANNOTATION, {"name": after.name, "before": quoted[0], "after": quoted[1]}
    for one, other in zip_longest(old, new):
        if one is None or other is None or not _assigns_the_same(one, other, renamed):
            yield (
                ChangeKind.MODIFY_CONSTANT,
                {"before": _assigned(before, one, other), "after": _assigned(after, other, one)},
            )
            return


def _annotation(symbol: Symbol) -> ast.expr | None:
    return next((node.annotation for node in symbol.nodes if isinstance(node, ast.AnnAssign)), None)


def _equal(one: ast.expr | None, other: ast.expr | None, renamed: dict[str, str]) -> bool:
    if one is None or other is None:
        return one is other
    return equal_but_for(flatten([one]), flatten([other]), renamed)


def _assigns_the_same(one: ast.stmt, other: ast.stmt, renamed: dict[str, str]) -> bool:
    return equal_but_for(_assignment(one), _assignment(other), renamed)


def _assignment(node: ast.stmt) -> Tokens:
    """Targets and value: `x: int = 1` assigns what `x = 1` does."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    value = getattr(node, "value", None)
    return (*flatten(target for target in targets if target), "=", *(flatten([value]) if value else ()))


def _assigned(symbol: Symbol, node: ast.stmt | None, other: ast.stmt | None) -> str | None:
    """The value that a variable gets; of several targets the whole statement, if the values are the same."""
    if node is None:
        return None
    value = symbol.module.quote(getattr(node, "value", None))
    same = other is not None and _text(node) == _text(other)
    return symbol.module.quote(node) if same else value


def _text(node: ast.stmt) -> Tokens:
    value = getattr(node, "value", None)
    return flatten([value]) if value else ()
