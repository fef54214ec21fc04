"""Variables that stand where their value stood: extracted ones; with the sides swapped, inlined ones.

Two things tell. Where a statement became another, the variable stands in the place of an expression that is much like
one of its values. Or its value, whole, stood within statements that are not there any more, and has left them.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.diff.lazy import lazy
from app.core.diff.refactorings.bindings import Assignment
from app.core.diff.symbols.statements import Statement
from app.core.python.syntax import CONSTANT, IDENTIFIER, Tokens, bag, flatten

_VALUES_MAX: Final = 8  # values of one variable that are looked at
_WORD: Final = re.compile(r"\w+")
_VALUE_ALIKE_MIN: Final = 0.5  # tokens in common of an expression and the value of the variable in its place
_TELLING_WEIGHT_MIN: Final = 3  # a value of less stands everywhere
_SEARCHED_CHARS_MAX: Final = 2_000_000  # in one function, over all values: 50 of them in 40,000 characters

_DONE: Final = (ast.Assign, ast.AnnAssign, ast.Expr)

Renames = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """One side of a function: statements that have no equal on the other side, and the assignments among them.

    `fresh` are assignments that are not what became of one to the same name. `own` are names that this side alone has.
    """

    statements: list[Statement]
    fresh: list[Assignment]
    own: set[str]


def standing_for_values(
    side: Unmatched,
    other: Unmatched,
    places: Iterable[tuple[ast.expr | str, ast.expr | str]],
    renamed: tuple[Renames, Renames],
) -> tuple[str, ...]:
    """Variables of `side` that stand where `other` has their values; `places` are what gave way to what.

    `renamed` are new names of either side's variables, by which both are read.
    """
    if not side.fresh:
        return ()
    values: defaultdict[str, list[_Value]] = defaultdict(list)
    for assignment in side.fresh:
        values[assignment.name].append(_Value(assignment.value, renamed[0]))
    found: set[str] = set()
    for variable, expression in places:
        name = variable.id if isinstance(variable, ast.Name) and isinstance(variable.ctx, ast.Load) else ""
        if name in values and name not in found and not isinstance(expression, str):
            tokens = _read([expression], renamed[1])
            if any(_is_value(expression, tokens, value, name in side.own) for value in values[name][:_VALUES_MAX]):
                found.add(name)
    return tuple(sorted(found | _left(side, other, renamed, found)))


class _Value:
    """What is assigned to a variable, read by the other side's names."""

    def __init__(self, node: ast.expr, renamed: Renames) -> None:
        self._node = node
        self._renamed = renamed

    @lazy
    def tokens(self) -> Tokens:
        """All of it."""
        return _read([self._node], self._renamed)

    @lazy
    def operands(self) -> frozenset[Tokens]:
        """What it is made from."""
        return frozenset(_read([part], self._renamed) for part in _operands(self._node))

    @lazy
    def words(self) -> Counter[str]:
        """What it is made of."""
        return _words(self.tokens)

    @lazy
    def weight(self) -> int:
        """How many words."""
        return self.words.total()


def _is_value(expression: ast.expr, tokens: Tokens, value: _Value, own: bool) -> bool:
    """Whether an expression is a variable's value; for a variable of one side, much like it, or within it, will do."""
    if tokens == value.tokens:
        return own or not isinstance(expression, (ast.Name, ast.Constant))
    if not own or tokens in value.operands:
        return own
    if isinstance(expression, ast.Name):
        return False
    one = _words(tokens)
    shared = (one & value.words).total()
    return 2 * shared >= _VALUE_ALIKE_MIN * (one.total() + value.weight) or (shared == one.total() > 1)


def _operands(value: ast.expr) -> list[ast.expr]:
    """What an expression is made from: a call's receiver and arguments, the branches of a condition, and the like."""
    if isinstance(value, ast.Call):
        receiver = [value.func.value] if isinstance(value.func, ast.Attribute) else []
        return [*receiver, *value.args, *(keyword.value for keyword in value.keywords)]
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    if isinstance(value, ast.BinOp):
        return [value.left, value.right]
    if isinstance(value, ast.BoolOp):
        return value.values
    return [value.value] if isinstance(value, ast.Await) else []


def _words(tokens: Tokens) -> Counter[str]:
    """What an expression is made of; texts by their words, for a message is often worded anew."""
    words: Counter[str] = Counter()
    for token, count in bag(tokens).items():
        parts = _WORD.findall(token) if token[0] == CONSTANT else ()
        words.update(dict.fromkeys(parts, count) if len(parts) > 1 else {token: count})
    words.pop("Call", None)
    return words


def _left(side: Unmatched, other: Unmatched, renamed: tuple[Renames, Renames], known: set[str]) -> set[str]:
    """Variables whose value stood within statements of the other side, more often than within this one's."""
    said = Counter(name for statement in side.statements for name in statement.names)
    values: dict[str, list[Tokens]] = defaultdict(list)
    for name, value, _ in side.fresh:
        if name not in known and said[name] > 1 and not isinstance(value, (ast.Name, ast.Constant)):
            tokens = _read([value], renamed[0])
            if bag(tokens).total() >= _TELLING_WEIGHT_MIN:
                values[name].append(tokens)
    if not values:
        return set()
    passed = _passed(side, other, renamed)
    here = _Text(side.statements, renamed[0])
    there = _Text(other.statements, renamed[1])
    left: set[str] = set()
    for name, found in sorted(values.items()):
        for tokens in found[:_VALUES_MAX]:
            if tokens in passed.get(name, ()) or _has_left(tokens, here, there):
                left.add(name)
                break
    return left


def _passed(side: Unmatched, other: Unmatched, renamed: tuple[Renames, Renames]) -> Mapping[str, set[Tokens]]:
    """What the other side gives at once to what this side gives a variable: `self.a = f(x)`, not `self.a = b`."""
    targets = {
        flatten(node.targets): node.value.id
        for statement in side.statements
        if isinstance(node := statement.node, ast.Assign)
        and isinstance(node.value, ast.Name)
        and not isinstance(node.targets[0], ast.Name)
    }
    found: defaultdict[str, set[Tokens]] = defaultdict(set)
    for statement in other.statements if targets else ():
        node = statement.node
        if isinstance(node, ast.Assign):
            found[targets.get(flatten(node.targets), "")].add(_read([node.value], renamed[1]))
    return found


def _has_left(tokens: Tokens, here: "_Text", there: "_Text") -> bool:
    return there.count(tokens) > here.count(tokens)


class _Text:
    """Statements, in which whole expressions can be searched for: tokens are in prefix order, so that none is cut.

    What a statement assigns, or just does, is there but for the whole of it.
    """

    def __init__(self, statements: Iterable[Statement], renamed: Renames) -> None:
        self._text = "\0".join(_joined(_renamed(_within(statement), renamed)) for statement in statements)
        self._chars_left = _SEARCHED_CHARS_MAX

    def count(self, tokens: Tokens) -> int:
        """How often an expression stands there; 0 once too much was searched."""
        self._chars_left -= len(self._text)
        return self._text.count(_joined(tokens)) if self._chars_left > 0 else 0


def _within(statement: Statement) -> Tokens:
    node = statement.node
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
        return tuple(token for value in node.value.elts for token in flatten([value])[1:])
    return statement.value[1:] if isinstance(node, _DONE) else statement.tokens


def _joined(tokens: Tokens) -> str:
    return "".join([f"\1{token}\2" for token in tokens])


def _read(nodes: Iterable[ast.AST], renamed: Renames) -> Tokens:
    """The tokens of nodes, with other names in the places of variables."""
    return _renamed(flatten(nodes), renamed)


def _renamed(tokens: Tokens, renamed: Renames) -> Tokens:
    if not renamed:
        return tokens
    made, last = [], ""
    for token in tokens:
        is_name = last == "Name" and token[0] == IDENTIFIER
        made.append(IDENTIFIER + renamed.get(token[1:], token[1:]) if is_name else token)
        last = token
    return tuple(made)
