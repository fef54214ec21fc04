"""Two versions' decorators -> which came, which went, and which got other arguments, as a route its path."""

import ast
from collections.abc import Callable, Iterator

from pydantic import JsonValue

from app.core.diff.symbols.symbols import Symbol
from app.core.python.syntax import Tokens, bag, flatten, similarity
from schemas.changes import ChangeKind

Detail = dict[str, JsonValue]
Decorated = tuple[ast.expr, Tokens, str]
"""A decorator's node, its tokens, and its text as it stands."""


def compare_decorators(before: Symbol, after: Symbol, renamed: dict[str, str]) -> Iterator[tuple[ChangeKind, Detail]]:
    """(Kind, detail) of each change; none where a decorator follows a new name alone, as `renamed` tells its token.

    A decorator of one name with other arguments was modified, and so was one that takes the same arguments from the
    same object by another name: `@app.get("/")` that is `@app.post("/")` now.
    """
    if before.decorators == after.decorators:
        return
    old, new = _decorators(before, renamed), _decorators(after, {})
    if [tokens for _, tokens, _ in old] == [tokens for _, tokens, _ in new]:
        return
    gone, came = _without(old, new), _without(new, old)
    if not gone and not came:
        yield ChangeKind.REORDER_DECORATORS, {"before": [text for *_, text in old], "after": [text for *_, text in new]}
        return
    pairs = [*_paired(gone, came, _name), *_paired(gone, came, _object_and_arguments)]
    for (one, _, text), (_, _, other_text) in sorted(pairs, key=lambda pair: old.index(pair[0])):
        yield ChangeKind.MODIFY_DECORATOR, {"name": _dotted(one), "before": text, "after": other_text}
    for *_, text in gone:
        yield ChangeKind.REMOVE_DECORATOR, {"name": text}
    for *_, text in came:
        yield ChangeKind.ADD_DECORATOR, {"name": text}


def _decorators(symbol: Symbol, renamed: dict[str, str]) -> list[Decorated]:
    nodes = getattr(symbol.nodes[0], "decorator_list", [])
    return [
        (node, tuple(renamed.get(token, token) for token in tokens), symbol.module.quote(node) or "")
        for node, tokens in zip(nodes, symbol.decorators, strict=True)
    ]


def _without(some: list[Decorated], others: list[Decorated]) -> list[Decorated]:
    """Those of one side that have no equal on the other, each of which is worth one."""
    left = [tokens for _, tokens, _ in others]
    found = []
    for one in some:
        if one[1] in left:
            left.remove(one[1])
        else:
            found.append(one)
    return found


def _paired(
    gone: list[Decorated], came: list[Decorated], key: Callable[[ast.expr], Tokens]
) -> list[tuple[Decorated, Decorated]]:
    """Pairs of one key, the most alike first; they leave both lists."""
    scored = sorted(
        (-similarity(bag(one[1]), bag(other[1])), i + j, i, j)
        for i, one in enumerate(gone)
        for j, other in enumerate(came)
        if key(one[0]) and key(one[0]) == key(other[0])
    )
    found: list[tuple[int, int]] = []
    for *_, i, j in scored:
        if all(i != one and j != other for one, other in found):
            found.append((i, j))
    pairs = [(gone[i], came[j]) for i, j in found]
    gone[:] = [one for i, one in enumerate(gone) if all(i != taken for taken, _ in found)]
    came[:] = [other for j, other in enumerate(came) if all(j != taken for _, taken in found)]
    return pairs


def _callee(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _name(node: ast.expr) -> Tokens:
    return flatten([_callee(node)])


def _object_and_arguments(node: ast.expr) -> Tokens:
    """What a decorator is an attribute of and what it is given; nothing where it is given nothing."""
    callee = _callee(node)
    if not isinstance(node, ast.Call) or not isinstance(callee, ast.Attribute) or not node.args:
        return ()
    return flatten([callee.value, *node.args])


def _dotted(node: ast.expr) -> str:
    """`app.get` of `@app.get("/")`."""
    parts: list[str] = []
    at = _callee(node)
    while isinstance(at, ast.Attribute):
        parts.append(at.attr)
        at = at.value
    return ".".join([*([at.id] if isinstance(at, ast.Name) else []), *reversed(parts)])
