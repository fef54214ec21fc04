"""A function's statements, which of the old ones became which of the new ones, and what was replaced in them.

Compound statements count by their head alone; their blocks hold statements of their own. Nested definitions are left
out: they are symbols. Everything is iterative and bounded, for the code is hostile input.
"""

import ast
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from app.core.diff.syntax import DEFINITIONS, IDENTIFIER, IMPORTS, Tokens, anonymous, bag, flatten

_BLOCKS: Final = (ast.stmt, ast.ExceptHandler, ast.match_case)
_SIMILAR_MIN: Final = 0.5  # share of tokens in common from which one statement became the other
_WEIGHED_MAX: Final = 4_000  # pairs of statements weighed in one function: 60 changed ones against 60
_WINDOW: Final = 12  # … beyond that, each against so many around the same place
_UNWRAP_NODES_MAX: Final = 60  # of an expression, searched for the expression that it was wrapped around
_STEPS_MAX: Final = 2_000  # pairs of nodes looked at in one statement


class Statement:
    """A simple statement, or a compound one's head."""

    def __init__(self, node: ast.stmt | ast.excepthandler | ast.match_case, inner: list[ast.AST]) -> None:
        self.node = node
        self.inner = frozenset(map(id, inner))

    @cached_property
    def tokens(self) -> Tokens:
        """The statement, its blocks left out."""
        return flatten([self.node], self.inner)

    @cached_property
    def structure(self) -> Tokens:
        """The tokens without names and values."""
        return anonymous(self.tokens)

    @cached_property
    def bag(self) -> Counter[str]:
        """What the statement is made of."""
        return bag(self.tokens)

    @cached_property
    def value(self) -> Tokens:
        """A simple statement by what it computes: assigned, returned or just done."""
        if isinstance(self.node, (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)):
            return flatten([self.node.value]) if self.node.value is not None else ()
        return self.tokens

    def nodes(self) -> Iterator[ast.AST]:
        """All nodes of the statement, its blocks and definitions within it left out."""
        stack: list[ast.AST] = [self.node]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(
                child
                for child in ast.iter_child_nodes(node)
                if id(child) not in self.inner and not isinstance(child, DEFINITIONS)
            )

    @cached_property
    def names(self) -> set[str]:
        """Variables that the statement reads or sets."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return {name[1:] for kind, name in pairs if kind == "Name" and name[0] == IDENTIFIER}

    def children(self, node: ast.AST) -> Iterator[object]:
        """The fields of a node of this statement, in order; blocks are empty."""
        for field in node._fields:
            value = getattr(node, field, None)
            yield [item for item in value if id(item) not in self.inner] if isinstance(value, list) else value


def statements_of(body: Iterable[ast.stmt]) -> list[Statement]:
    """All statements in `body` and in the blocks within it, in the order of the text."""
    found: list[Statement] = []
    stack: list[ast.AST] = list(reversed(list(body)))
    while stack:
        node = stack.pop()
        if isinstance(node, (*DEFINITIONS, *IMPORTS)):
            continue
        inner: list[ast.AST] = [child for child in ast.iter_child_nodes(node) if isinstance(child, _BLOCKS)]
        found.append(Statement(node, inner))  # type: ignore[arg-type]
        stack.extend(reversed(inner))
    return found


_NO_VALUES: Final[Mapping[str, Counter[str]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Replacement:
    """`before` stood where `after` stands; both are expressions, or attribute names where `owner` is set."""

    before: ast.expr | str
    after: ast.expr | str
    owner: tuple[ast.expr, ast.expr] | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """`before` became `after`."""

    before: Statement
    after: Statement


Values = Mapping[str, Counter[str]]
"""Names that are given a value once -> what that value is made of."""


class StatementMap:
    """Which statements of an old body became which of a new one: equal ones, equal but for names, similar ones.

    `before_values` and `after_values` are variables that one side alone has: a statement that uses one is as similar
    to another as it would be with the value in the variable's place.
    """

    def __init__(
        self,
        before: list[Statement],
        after: list[Statement],
        before_values: Values = _NO_VALUES,
        after_values: Values = _NO_VALUES,
    ) -> None:
        self.equal: list[Mapped] = []
        self.changed: list[Mapped] = []
        self.gone, self.came = list(before), list(after)
        self._values = (before_values, after_values)
        self._pair_equal()
        self._pair_structures()
        self._pair_similar()

    @cached_property
    def replacements(self) -> list[tuple[Mapped, list[Replacement]]]:
        """What was replaced in each changed statement."""
        return [(pair, list(replaced(pair))) for pair in self.changed]

    def _pair_equal(self) -> None:
        waiting: defaultdict[Tokens, deque[Statement]] = defaultdict(deque)
        for statement in self.came:
            waiting[statement.tokens].append(statement)
        taken: set[int] = set()
        left: list[Statement] = []
        for statement in self.gone:
            if waiting[statement.tokens]:
                other = waiting[statement.tokens].popleft()
                taken.add(id(other))
                self.equal.append(Mapped(statement, other))
            else:
                left.append(statement)
        self.gone, self.came = left, [statement for statement in self.came if id(statement) not in taken]

    def _pair_structures(self) -> None:
        """Equal but for names and values. Where there is a choice, by the renames that are certain by then, then by
        the order of the text."""
        groups: defaultdict[Tokens, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, statements in enumerate((self.gone, self.came)):
            for number, statement in enumerate(statements):
                groups[statement.structure][side].append(number)
        votes: Counter[tuple[str, str]] = Counter()
        scored: list[tuple[float, int, int, int]] = []
        for olds, news in sorted(groups.values(), key=lambda group: len(group[0]) * len(group[1])):
            if len(olds) == len(news) == 1:
                one, other = self.gone[olds[0]].tokens, self.came[news[0]].tokens
                votes.update(pair for pair in zip(one, other, strict=True) if pair[0] != pair[1])
            wide = len(olds) * len(news) > _WEIGHED_MAX
            for at, i in enumerate(olds):
                for other_at, j in enumerate(news):
                    if not wide or abs(at - other_at) <= _WINDOW:
                        scored.append((-_positional(self.gone[i].tokens, self.came[j].tokens, votes), abs(i - j), i, j))
        self._take(scored)

    def _pair_similar(self) -> None:
        """Those with enough tokens in common."""
        narrow = len(self.gone) * len(self.came) > _WEIGHED_MAX
        expanded = [_expanded(one, self._values[0]) for one in self.gone]
        other_expanded = [_expanded(other, self._values[1]) for other in self.came]
        scored = []
        for i, one in enumerate(self.gone):
            for j, other in enumerate(self.came):
                if narrow and abs(i - j) > _WINDOW:
                    continue
                score = max(
                    alike(left, right)
                    for left in (one.bag, expanded[i])
                    if left is not None
                    for right in (other.bag, other_expanded[j])
                    if right is not None
                )
                if score >= _SIMILAR_MIN:
                    scored.append((-score, abs(i - j), i, j))
        self._take(scored)

    def _take(self, scored: list[tuple[float, int, int, int]]) -> None:
        olds: set[int] = set()
        news: set[int] = set()
        for _, _, i, j in sorted(scored):
            if i not in olds and j not in news:
                olds.add(i)
                news.add(j)
                self.changed.append(Mapped(self.gone[i], self.came[j]))
        self.gone = [statement for i, statement in enumerate(self.gone) if i not in olds]
        self.came = [statement for j, statement in enumerate(self.came) if j not in news]


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
        elif isinstance(one, ast.Call) and isinstance(other, ast.Call):
            stack.append((one.func, other.func))
            stack.extend(_arguments(one, other))
        else:
            if isinstance(one, ast.Attribute) and isinstance(other, ast.Attribute) and one.attr != other.attr:
                yield Replacement(one.attr, other.attr, (one.value, other.value))
            for left, right in zip(pair.before.children(one), pair.after.children(other), strict=False):
                stack.extend(_children(left, right))


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
    """The items of two lists that may be each other's counterparts, without those that both hold."""
    texts, other_texts = [flatten([item]) for item in olds], [flatten([item]) for item in news]
    common = set(texts) & set(other_texts)
    return (
        [item for item, text in zip(olds, texts, strict=True) if text not in common],
        [item for item, text in zip(news, other_texts, strict=True) if text not in common],
    )


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


def _positional(one: Tokens, other: Tokens, votes: Counter[tuple[str, str]]) -> float:
    """The share of places in which two statements of one structure hold the same, or a name and its new name."""
    same = sum(1 for pair in zip(one, other, strict=True) if pair[0] == pair[1] or pair in votes)
    return same / len(one)


def _expanded(statement: Statement, values: Values) -> Counter[str] | None:
    """What a statement would be made of with values in their variables' places, None where it uses none of them."""
    used = [name for name in statement.names if name in values]
    if not used:
        return None
    made = Counter(statement.bag)
    for name in used:
        made[IDENTIFIER + name] -= 1
        made.update(values[name])
    return +made


def alike(one: Counter[str], other: Counter[str]) -> float:
    """Dice's coefficient of two bags: twice what they share over all they hold."""
    whole = one.total() + other.total()
    return 2 * (one & other).total() / whole if whole else 0.0
