"""Several definitions of one name in one place -> which became which.

Overloads and their implementation, a property's accessors, registered variants and conditional definitions share a
name. What each is for parts them before their order does: a stub never stands for the implementation.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Final

from app.core.diff.symbols.symbols import Symbol
from app.core.python.syntax import Tokens, docstring_of, similarity

_WEIGHED_MAX: Final = 1_000  # pairs of namesakes weighed in one place; beyond, they are taken in their order
_ACCESSORS: Final = frozenset({"getter", "setter", "deleter"})
_STUB: Final = "stub"
_IMPLEMENTATION: Final = "implementation"

Pair = tuple[Symbol, Symbol]
Role = tuple[str, Tokens]
"""What a definition is for, and the decorator that tells it from others that are for the same."""


def pair_namesakes(old: Iterable[Symbol], new: Iterable[Symbol]) -> Iterator[Pair]:
    """Pairs of two sides' definitions of one name: equal ones of one role first, then those of one role, then others.

    As many of one role on both sides keep their order; of more on one side, the most alike are taken. Comments do
    not part equal ones.
    """
    left, right = [*old], [*new]
    keys: tuple[Callable[[Symbol], Hashable], ...] = (
        lambda symbol: (role_of(symbol), symbol.whole),
        role_of,
        lambda symbol: role_of(symbol)[0],
    )
    yield from _take(left, right, keys[0], by_order=True)
    yield from _take(left, right, keys[1], by_order=False)
    yield from _take(left, right, keys[2], by_order=False)
    yield from _take(left, right, _may_change_role, by_order=False)


def role_of(symbol: Symbol) -> Role:
    """A definition's role: overload, accessor, registered variant, stub, or implementation."""
    for decorator in getattr(symbol.nodes[0], "decorator_list", ()):
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = getattr(call, "attr", None) or getattr(call, "id", None) or ""
        if name == "overload":
            return ("overload", ())
        if name in _ACCESSORS and isinstance(call, ast.Attribute):
            return (name, ())
        if name.endswith("property"):
            return ("getter", ())
        if name == "register":
            return ("register", _telling(symbol))
    return (_STUB if _is_stub(symbol) else _IMPLEMENTATION, ())


def _telling(symbol: Symbol) -> Tokens:
    """What tells one registered variant from another: its decorators, and its first parameter's type."""
    arguments = symbol.function.args.args if symbol.function else []
    typed = symbol.module.quote(arguments[0].annotation) if arguments else None
    return (*(token for tokens in symbol.decorators for token in tokens), typed or "")


def _is_stub(symbol: Symbol) -> bool:
    """Whether a definition's body is `...`, `pass` or a docstring alone."""
    if symbol.function is None:
        return False
    body = symbol.function.body
    rest = body[1:] if docstring_of(body) is not None else body
    return all(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...)
        for node in rest
    )


def _may_change_role(symbol: Symbol) -> Hashable:
    """A stub may be filled in, a method become a property; an overload becomes nothing else, nor does a setter."""
    role = role_of(symbol)[0]
    return role if role in {"overload", "setter", "deleter"} else "definition"


def _take(left: list[Symbol], right: list[Symbol], key: Callable[[Symbol], Hashable], *, by_order: bool) -> list[Pair]:
    """Pairs of one key, which leave `left` and `right`."""
    groups: defaultdict[Hashable, tuple[list[Symbol], list[Symbol]]] = defaultdict(lambda: ([], []))
    for side, symbols in enumerate((left, right)):
        for symbol in symbols:
            groups[key(symbol)][side].append(symbol)
    found: list[Pair] = []
    for olds, news in groups.values():
        in_order = by_order or len(olds) == len(news) or len(olds) * len(news) > _WEIGHED_MAX
        found += zip(olds, news, strict=False) if in_order else _most_alike(olds, news)
    taken = {symbol for pair in found for symbol in pair}
    for symbols in (left, right):
        symbols[:] = [symbol for symbol in symbols if symbol not in taken]
    return found


def _most_alike(olds: list[Symbol], news: list[Symbol]) -> list[Pair]:
    scored = sorted(
        (
            (-similarity(one.bag, other.bag), abs(i - j), min(i, j), i, j)
            for i, one in enumerate(olds)
            for j, other in enumerate(news)
        )
    )
    found: list[Pair] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for *_, i, j in scored:
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            found.append((olds[i], news[j]))
    return found
