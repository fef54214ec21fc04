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
_END: Final = "]"
_FOR_READERS: Final = frozenset({"__future__", "typing", "typing_extensions"})
"""Modules whose names say something of the code and do nothing."""
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)

Code = tuple[ast.Module, Replacements]
"""A file's tree, and what stands in the place of statements that do not count."""
Names = frozenset[str]


class _Token(NamedTuple):
    """A word of the tree, whether it is an identifier, and the names that the function around it binds.

    `is_variable`: it is looked up by itself; an attribute is not, nor a keyword in a call.
    """

    word: str
    is_name: bool
    own: Names | None
    is_variable: bool = False


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


def is_same_but_for_names(old: Code, new: Code) -> bool:
    """Whether two files do the same, but that names which each of them binds itself may have been exchanged.

    What a function binds may have another name in each of them.
    """
    everywhere = _Exchange(cache(partial(_bound, old[0])), cache(partial(_bound, new[0])))
    within = everywhere
    around: Names | None = None
    right = _tokens(new)
    for one in _tokens(old):
        other = next(right, None)
        if other is None or one.is_name is not other.is_name or (one.own is None) is not (other.own is None):
            return False
        if one.own is not around:
            around = one.own
            within = everywhere
            if one.own is not None and other.own is not None:
                within = _Exchange(partial(frozenset, one.own), partial(frozenset, other.own))
        if not one.is_name:
            if one.word != other.word:
                return False
            continue
        is_local = one.is_variable and one.own is not None and one.word in one.own
        if not (within if is_local else everywhere).allows(one.word, other.word):
            return False
    return next(right, None) is None


def is_empty(code: Code) -> bool:
    """Whether nothing in a file counts."""
    return next(_tokens(code), None) is None


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


def _tokens(code: Code) -> Iterator[_Token]:
    """The words of a tree in order; each node's are followed by a mark, so that equal words mean equal trees."""
    tree, replaced = code
    stack: list[tuple[object, Names | None]] = [(node, None) for node in reversed(tree.body)]
    while stack:
        item, own = stack.pop()
        if isinstance(item, _Token):
            yield item
        elif isinstance(item, ast.AST):
            if isinstance(item, ast.ImportFrom) and item.module in _FOR_READERS:
                continue
            if id(item) in replaced:
                stack += [(part, own) for part in reversed(replaced[id(item)])]
                continue
            if own is None and isinstance(item, _FUNCTIONS):
                own = _bound(item, only_local=True)
            yield _Token(item.__class__.__name__, False, own)
            stack.append((_Token(_END, False, own), own))
            for name, value in reversed([*ast.iter_fields(item)]):
                is_variable = name == "id" or isinstance(item, ast.arg)
                stack += [(part, own) for part in _words(name, value, own, is_variable=is_variable)]


def _words(name: str, value: object, own: Names | None, *, is_variable: bool) -> Iterator[object]:
    """What of one field goes on a stack, its last part first."""
    if name in _SAID:
        return
    yield _Token(_END, False, own)
    if isinstance(value, list):
        yield from reversed([part if isinstance(part, ast.AST) else _Token(repr(part), False, own) for part in value])
    elif isinstance(value, ast.AST):
        yield value
    elif isinstance(value, str) and name in _NAMES:
        yield _Token(value, True, own, is_variable)
    else:
        yield _Token(_literal(value), False, own)


def _literal(value: object) -> str:
    """`repr`, but hexadecimal for integers: Python refuses to write very long ones as decimals."""
    return hex(value) if type(value) is int else repr(value)
