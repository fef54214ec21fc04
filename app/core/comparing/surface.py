"""Whether what runs is what ran before: the same statements with an effect, under other names perhaps."""

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Final, NamedTuple

from app.core.python.effect import Replacements, blocks_with_effect, effective_statements
from app.core.python.syntax import Tokens, anonymous, flatten_head

_NAMES: Final = frozenset({"id", "arg", "attr", "name", "asname"})
"""Fields of nodes that hold an identifier."""
_SAID: Final = frozenset({"ctx", "type_comment", "type_ignores", "kind"})
_FOR_READERS: Final = frozenset({"__future__", "typing", "typing_extensions"})
"""Modules whose names say something of the code and do nothing."""
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_ABSENT: Final = object()  # a field that older Pythons do not know

Code = tuple[ast.Module, Replacements]
"""A file's tree, and what stands in the place of statements that do not count."""
Names = frozenset[str]
_Pair = tuple[Iterable[ast.AST], Iterable[ast.AST]]


class _Exchange:
    """Names that became others: each always the same one, and no two of them one."""

    def __init__(self, bound_before: Callable[[], Names], bound_now: Callable[[], Names]) -> None:
        self._bound = bound_before, bound_now  # asked for at the first name that is another: most have none
        self._became: dict[str, str] = {}
        self._was: dict[str, str] = {}

    def allows(self, one: str, other: str) -> bool:
        """Whether one name may stand for the other; only names that are bound here may differ."""
        if one != other and not (one in self._bound[0]() and other in self._bound[1]()):
            return False
        return self._became.setdefault(one, other) == other and self._was.setdefault(other, one) == one


class _Scope(NamedTuple):
    """Which names may have been exchanged at a place; `own` are those that the function around it binds."""

    everywhere: _Exchange
    within: _Exchange
    own: Names | None

    def allows(self, one: str, other: str, *, is_variable: bool) -> bool:
        """Whether one name may stand for the other; `is_variable`: it is looked up by itself."""
        is_local = is_variable and self.own is not None and one in self.own
        return (self.within if is_local else self.everywhere).allows(one, other)


def is_same_but_for_names(old: Code, new: Code) -> bool:
    """Whether two files do the same, but that names which each of them binds itself may have been exchanged.

    What a function binds may have another name in each of them.
    """
    everywhere = _Exchange(cache(partial(_bound, old[0])), cache(partial(_bound, new[0])))
    module = _Scope(everywhere, everywhere, None)
    pairs: list[tuple[Iterable[ast.AST], Iterable[ast.AST], _Scope]] = [(old[0].body, new[0].body, module)]
    while pairs:
        before, after, scope = pairs.pop()
        ones, others = [*_counting(before, old[1])], [*_counting(after, new[1])]
        if len(ones) != len(others):
            return False
        for one, other in zip(ones, others, strict=True):
            if one.__class__ is not other.__class__:
                return False
            within = scope
            if scope.own is None and isinstance(one, _FUNCTIONS):
                own = _bound(one, only_local=True)
                exchange = _Exchange(partial(frozenset, own), cache(partial(_bound, other, only_local=True)))
                within = _Scope(everywhere, exchange, own)
            for name in one._fields:
                if name in _SAID:
                    continue
                inner = _inner_nodes(one, name, getattr(one, name, _ABSENT), getattr(other, name, _ABSENT), within)
                if inner is None:
                    return False
                pairs += [(*pair, within) for pair in inner]
    return True


def _inner_nodes(node: ast.AST, name: str, one: object, other: object, scope: _Scope) -> Iterable[_Pair] | None:
    """The nodes of a field that are to be compared; None where the field says something else."""
    if isinstance(one, ast.AST):
        return (([one], [other]),) if isinstance(other, ast.AST) else None
    if isinstance(one, list):
        return _paired(one, other) if isinstance(other, list) else None
    if isinstance(one, str) and name in _NAMES:
        is_variable = name == "id" or isinstance(node, ast.arg)  # an attribute is none, nor a keyword in a call
        return () if isinstance(other, str) and scope.allows(one, other, is_variable=is_variable) else None
    return () if _says_the_same(one, other) else None


def _paired(ones: list[object], others: list[object]) -> Iterable[_Pair] | None:
    """A list of nodes as a whole, since some of them may not count; one with other parts, part by part."""
    nodes = [one for one in ones if isinstance(one, ast.AST)], [one for one in others if isinstance(one, ast.AST)]
    if len(nodes[0]) == len(ones) and len(nodes[1]) == len(others):
        return (nodes,) if ones or others else ()
    if len(ones) != len(others):
        return None
    pairs: list[_Pair] = []
    for one, other in zip(ones, others, strict=True):
        if isinstance(one, ast.AST) and isinstance(other, ast.AST):
            pairs.append(([one], [other]))
        elif not _says_the_same(one, other):
            return None
    return pairs


def _says_the_same(one: object, other: object) -> bool:
    """Whether two constants are one: `1` is not `True`, nor `1.0`."""
    return (
        one.__class__ is other.__class__ and one == other and (one.__class__ is not float or repr(one) == repr(other))
    )


def is_empty(code: Code) -> bool:
    """Whether nothing in a file counts."""
    return not any(True for _ in _counting(code[0].body, code[1]))


def changed_statements(before: Iterable[Code], after: Iterable[Code]) -> tuple[int, int]:
    """How many statements with an effect are gone, and how many came; one that merely moved is neither.

    They are told apart by their structure: names and constants may have been exchanged.
    """
    old, new = (Counter(head for code in side for head in _heads(code)) for side in (before, after))
    return (old - new).total(), (new - old).total()


def _heads(code: Code) -> Iterator[Tokens]:
    """The words of each statement without the blocks in it."""
    tree, replaced = code
    blocks = [[*effective_statements(tree.body, replaced)]]
    while blocks:
        for node in blocks.pop():
            yield anonymous(flatten_head(node))
            blocks += blocks_with_effect(node, replaced)


def _bound(tree: ast.AST, *, only_local: bool = False) -> Names:
    """Names that a file gives itself: variables, parameters, attributes that it sets, functions and classes."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif only_local:
            continue
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
    return frozenset(found)


def _counting(nodes: Iterable[ast.AST], replaced: Replacements) -> Iterator[ast.AST]:
    """`nodes` with what stands in the place of some, and without imports for readers alone."""
    waiting = [*nodes][::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ImportFrom) and node.module in _FOR_READERS:
            continue
        if id(node) in replaced:
            waiting += reversed(replaced[id(node)])
        else:
            yield node
