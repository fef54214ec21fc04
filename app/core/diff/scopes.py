"""What of a syntax tree holds or is a symbol, and in which symbol a line stands."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Protocol, TypeVar

from app.core.diff.syntax import COMPOUND, DEFINITIONS, IMPORTS

HIDDEN: Final = frozenset({*DEFINITIONS, *IMPORTS})
"""Types of statements that are compared as symbols of their own."""
NESTED: Final = COMPOUND | HIDDEN
"""Types of statements that may hold or be symbols."""
DIRECT: Final = NESTED | {ast.Assign, ast.AnnAssign}
"""… where assignments make constants: right in a module or class."""


class _Spanning(Protocol):
    first_line: int
    end_line: int


_Scope = TypeVar("_Scope")
_Span = TypeVar("_Span", bound=_Spanning)


def telling(body: Sequence[ast.AST], scope: _Scope, kinds: frozenset[type]) -> list[tuple[ast.AST, _Scope]]:
    """The statements in `body` that are of `kinds`, with their scope, the last one first."""
    return [(node, scope) for node in reversed(body) if node.__class__ in kinds]


def assigned(node: ast.stmt) -> list[str]:
    """Names that an assignment gives a value or a type, empty where it assigns to anything else as well."""
    if isinstance(node, ast.AnnAssign):
        return [node.target.id] if isinstance(node.target, ast.Name) else []
    if not isinstance(node, ast.Assign):
        return []
    targets: list[ast.expr] = []
    for target in node.targets:
        targets.extend(target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target])
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return names if len(names) == len(targets) else []


def by_innermost(spans: Iterable[_Span], texts: Iterable[tuple[int, str]]) -> dict[_Span | None, list[str]]:
    """(line, text) by the innermost of `spans` that holds the line, None where none does; both in order."""
    found: defaultdict[_Span | None, list[str]] = defaultdict(list)
    waiting = iter(spans)
    following = next(waiting, None)
    inside: list[_Span] = []
    for line, text in texts:
        while following is not None and following.first_line <= line:
            inside.append(following)
            following = next(waiting, None)
        while inside and inside[-1].end_line < line:
            inside.pop()
        found[inside[-1] if inside else None].append(text)
    return found
