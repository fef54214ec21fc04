"""Two versions of a statement -> the smallest expressions that gave way to others."""

import ast
from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from app.core.diff.symbols.statements import Mapped
from app.core.python.syntax import flatten, names_alike

_UNWRAP_NODES_MAX: Final = 60  # of an expression, searched for the expression that it was wrapped around
_STEPS_MAX: Final = 2_000  # pairs of nodes looked at in one statement

Declared = dict[str, bool]
"""Parameter -> whether it has a default."""


class Replacement(NamedTuple):
    """`before` stood where `after` stands; both are expressions, or attribute names where `owner` is set."""

    before: ast.expr | str
    after: ast.expr | str
    owner: tuple[ast.expr, ast.expr] | None = None


def replaced(pair: Mapped) -> Iterator[Replacement]:
    """The smallest expressions of a statement that differ, pair by pair; whatever has no counterpart is left out."""
    stack: list[tuple[ast.AST, ast.AST]] = [(pair.before.node, pair.after.node)]
    for _ in range(_STEPS_MAX):
        if not stack:
            return
        one, other = stack.pop()
        inner = _unwrapped(one, other)
        if inner is not None:
            if not isinstance(one, ast.stmt):
                yield from _replacement(one, other)
            stack.append(inner)
        elif type(one) is not type(other):
            yield from _replacement(one, other)
        elif isinstance(one, ast.Name) and isinstance(other, ast.Name):
            if one.id != other.id:
                yield Replacement(one, other)
        else:
            if isinstance(one, ast.Attribute) and isinstance(other, ast.Attribute) and one.attr != other.attr:
                yield Replacement(one.attr, other.attr, (one.value, other.value))
            stack.extend(_counterparts(pair, one, other))


def uncontested(pair: Mapped, gone: Declared, came: Declared) -> Iterator[Replacement]:
    """What gave way to what in a statement, but for one parameter that gave way to several, or several to one.

    Which of them it became only its name can tell, or that one alone of them has a default, or has none, as it has.
    """
    if not gone or not came:
        yield from replaced(pair)
        return
    lost, gained = pair.before.names & gone.keys(), pair.after.names & came.keys()
    contested = _are_contested([gone[name] for name in lost], [came[name] for name in gained])
    for found in replaced(pair):
        if contested and not isinstance(found.before, str) and not isinstance(found.after, str):
            ones, others = names_in(found.before) & lost, names_in(found.after) & gained
            if ones and others and not any(names_alike(one, other) for one in ones for other in others):
                continue
        yield found


def _are_contested(lost: list[bool], gained: list[bool]) -> bool:
    """Whether one parameter gave way to several of its sort, or several to one; each is given by its being optional."""
    one, many = sorted((lost, gained), key=len)
    return len(one) == 1 < len(many) and many.count(one[0]) != 1


def names_in(expression: ast.expr) -> set[str]:
    """Variables that an expression reads or sets."""
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}


def _counterparts(pair: Mapped, one: ast.AST, other: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """The parts of two nodes of one type, pair by pair."""
    if isinstance(one, ast.Call) and isinstance(other, ast.Call):
        yield one.func, other.func
        yield from _arguments(one, other)
        return
    for left, right in zip(pair.before.children(one), pair.after.children(other), strict=False):
        yield from _children(left, right)


def _arguments(one: ast.Call, other: ast.Call) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Counterparts among the arguments of two calls: by keyword, then by order, however they are passed."""
    named = {keyword.arg: keyword.value for keyword in one.keywords}
    other_named = {keyword.arg: keyword.value for keyword in other.keywords}
    yield from ((named[name], other_named[name]) for name in named if name in other_named)
    olds = [*one.args, *(value for name, value in named.items() if name not in other_named)]
    news = [*other.args, *(value for name, value in other_named.items() if name not in named)]
    yield from _children(olds, news)


def _children(left: object, right: object) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Counterparts in one field; of lists that differ in length, what only one of them holds, in order."""
    if isinstance(left, ast.AST) and isinstance(right, ast.AST):
        yield left, right
    elif isinstance(left, list) and isinstance(right, list):
        olds = [item for item in left if isinstance(item, ast.AST)]
        news = [item for item in right if isinstance(item, ast.AST)]
        if len(olds) != len(news):
            olds, news = _aligned(olds, news)
        yield from zip(olds, news, strict=False)


def _aligned(olds: list[ast.AST], news: list[ast.AST]) -> tuple[list[ast.AST], list[ast.AST]]:
    """The items of two lists that may be each other's counterparts, without those that both hold.

    Where there are more on one side, only those that are in the same place.
    """
    texts, other_texts = [flatten([item]) for item in olds], [flatten([item]) for item in news]
    common = set(texts) & set(other_texts)
    left = {at: item for at, (item, text) in enumerate(zip(olds, texts, strict=True)) if text not in common}
    right = {at: item for at, (item, text) in enumerate(zip(news, other_texts, strict=True)) if text not in common}
    if len(left) == len(right):
        return list(left.values()), list(right.values())
    places = [at for at in left if at in right]
    return [left[at] for at in places], [right[at] for at in places]


def _replacement(one: ast.AST, other: ast.AST) -> Iterator[Replacement]:
    if isinstance(one, ast.expr) and isinstance(other, ast.expr):
        yield Replacement(one, other)


def _unwrapped(one: ast.AST, other: ast.AST) -> tuple[ast.AST, ast.AST] | None:
    """Where one side is a call that the other side wraps in something more: the two calls."""
    called, other_called = _called(one), _called(other)
    if called == other_called:
        return None
    if called is not None:
        inner = _innermost(other, called) or (other_called and _receiver(other))
        if inner:
            return one, inner
    if other_called is not None:
        inner = _innermost(one, other_called) or (called and _receiver(one))
        if inner:
            return inner, other
    return None


def _innermost(node: ast.AST, called: str) -> ast.AST | None:
    """A call of `called` near below `node`."""
    return next((found for found in _near(node) if _called(found) == called), None)


def _receiver(node: ast.AST) -> ast.AST | None:
    """`f(x)` of `f(x).g()`: the call whose result a method is called on."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        return node.func.value
    return None


def _near(node: ast.AST) -> Iterator[ast.AST]:
    """The first nodes below `node`, the outer ones first."""
    queue: deque[ast.AST] = deque(ast.iter_child_nodes(node))
    for _ in range(_UNWRAP_NODES_MAX):
        if not queue:
            return
        found = queue.popleft()
        yield found
        queue.extend(ast.iter_child_nodes(found))


def _called(node: ast.AST) -> str | None:
    """The last part of the name of what is called."""
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "id", None) or getattr(node.func, "attr", None)
