"""A function's statements, and which of the old ones became which of the new ones.

Compound statements count by their head alone; their blocks hold statements of their own. Nested definitions are left
out: they are symbols. Everything is iterative and bounded, for the code is hostile input.
"""

import ast
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from app.core.diff.lazy import lazy
from app.core.diff.symbols.scopes import HIDDEN
from app.core.python.syntax import (
    COMPOUND,
    IDENTIFIER,
    Tokens,
    anonymous,
    bag,
    blocks_of,
    child_nodes,
    flatten,
    flatten_head,
    similarity,
    words_of,
)

_SIMILAR_MIN: Final = 0.4  # share of tokens in common from which one statement became the other
_WEIGHED_MAX: Final = 4_000  # pairs of statements weighed in one function: 60 changed ones against 60
_WINDOW: Final = 4  # … beyond that, each against so many around the same place


_NOTHING: Final[frozenset[int]] = frozenset()
_T = TypeVar("_T")


class Statement:
    """A simple statement, or a compound one's head. `text` are its lines, as they stand but for the first margin."""

    def __init__(self, node: ast.stmt | ast.excepthandler | ast.match_case, inner: list[ast.AST], text: str) -> None:
        self.node = node
        self.inner = frozenset(map(id, inner)) if inner else _NOTHING
        self.text = text

    @lazy
    def tokens(self) -> Tokens:
        """The statement, its blocks left out."""
        return flatten_head(self.node)

    @lazy
    def structure(self) -> Tokens:
        """The tokens without names and values."""
        return anonymous(self.tokens)

    @lazy
    def bag(self) -> Counter[str]:
        """What the statement is made of."""
        return bag(self.tokens)

    @lazy
    def value(self) -> Tokens:
        """A simple statement by what it computes: assigned, returned or just done."""
        if isinstance(self.node, (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)):
            return flatten([self.node.value]) if self.node.value is not None else ()
        return self.tokens

    @lazy
    def targets(self) -> list[ast.expr]:
        """What the statement itself gives a value, tuples taken apart; its expressions may do so too."""
        node = self.node
        if node.__class__ not in _TARGETED:
            return []
        found: list[ast.expr | None] = []
        if isinstance(node, ast.Assign):
            found.extend(node.targets)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor)):
            found.append(node.target)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            found.extend(item.optional_vars for item in node.items)
        taken: list[ast.expr] = []
        while found:
            target = found.pop()
            if isinstance(target, (ast.Tuple, ast.List)):
                found.extend(target.elts)
            elif isinstance(target, ast.Starred):
                found.append(target.value)
            elif target is not None:
                taken.append(target)
        return taken

    @property
    def binds_within(self) -> bool:
        """Whether expressions of the statement, or its patterns, bind names of their own."""
        text = self.text  # looked through for parts of words first, which is fast, for most statements have none
        return ("for" in text or ":=" in text or "case" in text) and _BINDING.search(text) is not None

    def nodes(self) -> Iterator[ast.AST]:
        """All nodes of the statement, its blocks and definitions within it left out."""
        stack: list[ast.AST] = [self.node]
        while stack:
            node = stack.pop()
            yield node
            children = child_nodes(node)
            if self.inner:
                children = [child for child in children if id(child) not in self.inner]
            stack += children

    @lazy
    def names(self) -> set[str]:
        """Variables that the statement reads or sets."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return {name[1:] for kind, name in pairs if kind == "Name" and name[0] == IDENTIFIER}

    def children(self, node: ast.AST) -> Iterator[object]:
        """The fields of a node of this statement, in order; blocks are empty."""
        for field in node._fields:
            value = getattr(node, field, None)
            yield [item for item in value if id(item) not in self.inner] if isinstance(value, list) else value


def statements_of(body: Iterable[ast.stmt], lines: list[str]) -> list[Statement]:
    """All statements in `body` and in the blocks within it, in the order of the text; `lines` are the file's."""
    found: list[Statement] = []
    stack: list[ast.AST] = list(reversed(list(body)))
    while stack:
        node = stack.pop()
        if node.__class__ in HIDDEN:
            continue
        inner = blocks_of(node) if node.__class__ in COMPOUND else []
        found.append(Statement(node, inner, _text(node, inner, lines)))  # type: ignore[arg-type]
        stack += inner[::-1]
    return found


def left_over(items: Iterable[_T], others: Iterable[_T], key: Callable[[_T], Hashable]) -> list[_T]:
    """The items that have no equal among the others by `key`, in their order; each of those is the equal of one."""
    kept = Counter(map(key, others))
    left: list[_T] = []
    for item in items:
        if kept[key(item)] > 0:
            kept[key(item)] -= 1
        else:
            left.append(item)
    return left


_TARGETED: Final = frozenset({ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith})
_BINDING: Final = re.compile(r"\bfor\b|:=|\bcase\b")
_NO_VALUES: Final[Mapping[str, Counter[str]]] = MappingProxyType({})


def _text(node: ast.AST, inner: list[ast.AST], lines: list[str]) -> str:
    """The lines that a statement stands on; of a compound one, those before its first block."""
    first = _first_line(node)
    last: int = max(first, _first_line(inner[0]) - 1) if inner else getattr(node, "end_lineno", first)
    return "".join(lines[first - 1 : last]).lstrip()


def _first_line(node: ast.AST) -> int:
    return node.pattern.lineno if isinstance(node, ast.match_case) else getattr(node, "lineno", 1)


class Mapped(NamedTuple):
    """`before` became `after`."""

    before: Statement
    after: Statement


Values = Mapping[str, Counter[str]]
"""Names that are given a value once -> what that value is made of."""


class StatementMap:
    """Which statements of an old body became which of a new one: those equal but for names, and similar ones.

    `changed` are the pairs, `gone` and `came` what is left; equal ones are in neither.

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
        self.changed: list[Mapped] = []
        self.gone, self.came = list(before), list(after)
        self._values = (before_values, after_values)
        self._pair_equal(lambda statement: statement.text)  # spares most of them their tokens
        for pair in (self._pair_tokens, self._pair_structures, self._pair_similar):
            if self.gone and self.came:
                pair()

    def _pair_tokens(self) -> None:
        self._pair_equal(lambda statement: statement.tokens)

    def _pair_equal(self, key: Callable[[Statement], str | Tokens]) -> None:
        """Statements that are the same by `key`, in their order."""
        waiting: defaultdict[str | Tokens, deque[Statement]] = defaultdict(deque)
        for statement in self.came:
            waiting[key(statement)].append(statement)
        taken: set[int] = set()
        left: list[Statement] = []
        for statement in self.gone:
            others = waiting.get(key(statement))
            if others:
                taken.add(id(others.popleft()))
            else:
                left.append(statement)
        self.gone, self.came = left, [statement for statement in self.came if id(statement) not in taken]

    def _pair_structures(self) -> None:
        """Equal but for names and values; of several, by the renames that are certain by then, then by their order."""
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
            for at, other_at in _pairs(len(olds), len(news)):
                i, j = olds[at], news[other_at]
                scored.append((-_positional(self.gone[i].tokens, self.came[j].tokens, votes), abs(i - j), i, j))
        self._take(scored)

    def _pair_similar(self) -> None:
        """Those with enough tokens in common."""
        expanded = [_expanded(one, self._values[0]) for one in self.gone]
        other_expanded = [_expanded(other, self._values[1]) for other in self.came]
        scored = []
        for i, j in _pairs(len(self.gone), len(self.came)):
            score = max(
                similarity(left, right)
                for left in (self.gone[i].bag, expanded[i])
                if left is not None
                for right in (self.came[j].bag, other_expanded[j])
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


def _pairs(olds: int, news: int) -> Iterator[tuple[int, int]]:
    """Numbers of old and new statements to weigh against each other; of very many, those in much the same place."""
    if olds * news <= _WEIGHED_MAX:
        yield from ((i, j) for i in range(olds) for j in range(news))
        return
    for i in range(olds):
        middle = i * news // olds
        yield from ((i, j) for j in range(max(0, middle - _WINDOW), min(news, middle + _WINDOW + 1)))


def _positional(one: Tokens, other: Tokens, votes: Counter[tuple[str, str]]) -> float:
    """The share of places in which two statements of one structure hold the same, or a name and its new name.

    Names that have a word in common count half.
    """
    same = 0.0
    for left, right in zip(one, other, strict=True):
        if left == right or (left, right) in votes:
            same += 1
        elif left[0] == right[0] == IDENTIFIER and words_of(left[1:]) & words_of(right[1:]):
            same += 0.5
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
