"""Whether what runs is what ran before: the same statements with an effect, under other names perhaps."""

import ast
from collections.abc import Iterator
from typing import Final

from app.core.python.effect import Replacements

_NAMES: Final = frozenset({"id", "arg", "attr", "name", "asname"})
"""Fields of nodes that hold an identifier."""
_SAID: Final = frozenset({"ctx", "type_comment", "type_ignores", "kind"})
_END: Final = "]"

Code = tuple[ast.Module, Replacements]
"""A file's tree, and what stands in the place of statements that do not count."""
_Token = tuple[str, bool]
"""A word of the tree, and whether it is an identifier."""


def is_same_but_for_names(old: Code, new: Code) -> bool:
    """Whether two files do the same, but that names which each of them binds itself may have been exchanged."""
    own, others = _bound(old[0]), _bound(new[0])
    became: dict[str, str] = {}
    was: dict[str, str] = {}
    left, right = _tokens(old), _tokens(new)
    for one, is_name in left:
        other, is_other_name = next(right, ("", False))
        if is_name is not is_other_name:
            return False
        if not is_name:
            if one != other:
                return False
            continue
        if became.setdefault(one, other) != other or was.setdefault(other, one) != one:
            return False
        if one != other and not (one in own and other in others):
            return False
    return next(right, None) is None


def is_empty(code: Code) -> bool:
    """Whether nothing in a file counts."""
    return next(_tokens(code), None) is None


def _bound(tree: ast.Module) -> frozenset[str]:
    """Names that a file gives itself: variables, parameters, attributes that it sets, functions and classes."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
    return frozenset(found)


def _tokens(code: Code) -> Iterator[_Token]:
    """The words of a tree in order; each node's are followed by a mark, so that equal words mean equal trees."""
    tree, replaced = code
    stack: list[object] = [*reversed(tree.body)]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            yield str(item[0]), bool(item[1])
        elif isinstance(item, ast.AST):
            if id(item) in replaced:
                stack += reversed(replaced[id(item)])
                continue
            yield item.__class__.__name__, False
            stack.append((_END, False))
            for name, value in reversed([*ast.iter_fields(item)]):
                stack += _words(name, value)
    return


def _words(name: str, value: object) -> Iterator[object]:
    """What of one field goes on a stack, its last part first."""
    if name in _SAID:
        return
    yield (_END, False)
    if isinstance(value, list):
        yield from reversed([part if isinstance(part, ast.AST) else (repr(part), False) for part in value])
    elif isinstance(value, ast.AST):
        yield value
    elif isinstance(value, str) and name in _NAMES:
        yield (value, True)
    else:
        yield (_literal(value), False)


def _literal(value: object) -> str:
    """`repr`, but hexadecimal for integers: Python refuses to write very long ones as decimals."""
    return hex(value) if type(value) is int else repr(value)
