"""What of a syntax tree holds or is a symbol."""

import ast
from collections.abc import Sequence
from typing import Final, TypeVar

from app.core.python.syntax import COMPOUND, DEFINITIONS, IMPORTS

HIDDEN: Final = frozenset({*DEFINITIONS, *IMPORTS})
"""Types of statements that are compared as symbols of their own."""
NESTED: Final = COMPOUND | HIDDEN
"""Types of statements that may hold or be symbols."""
DIRECT: Final = NESTED | {ast.Assign, ast.AnnAssign}
"""… where assignments make constants: right in a module or class."""


_Scope = TypeVar("_Scope")


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
