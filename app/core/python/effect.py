"""Statements that never run or do nothing: what a text seems to hold more than it does.

Found by their form alone, block by block; no text is ever run. Iterative, for the tree is hostile input.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import eq, gt, lt, ne
from typing import Final

from app.core.python.syntax import IMPORTS, block_lists_of

Replacements = dict[int, list[ast.stmt]]
"""`id` of a statement without effect -> the statements that run in its place, mostly none."""

_TERMINATORS: Final = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_COMPARED: Final[Mapping[type, Callable[[object, object], bool]]] = {
    ast.Eq: eq,
    ast.NotEq: ne,
    ast.Lt: lt,  # type: ignore[dict-item]  # of constants of one kind, which compare
    ast.Gt: gt,  # type: ignore[dict-item]
}
_NEVER_WHEN_RUN: Final = "TYPE_CHECKING"
_LITERALS: Final = (ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.JoinedStr)
_IN_LITERALS: Final = (*_LITERALS, ast.expr_context, ast.operator, ast.unaryop)


@dataclass(slots=True)
class Effect:
    """`replaced` are the statements without effect, `unreachable` the first and last line of each run of dead ones.

    `idle_lines` are the lines of statements that run and do nothing.
    """

    replaced: Replacements = field(default_factory=dict)
    unreachable: list[tuple[int, int]] = field(default_factory=list)
    idle_lines: set[int] = field(default_factory=set)

    def drop(self, node: ast.AST) -> None:
        """Let nothing stand in a statement's place."""
        self.replaced[id(node)] = []

    def drop_idle(self, node: ast.stmt) -> None:
        """The same of one that runs and does nothing."""
        self.drop(node)
        self.idle_lines.update(_lines(node))


def find_effect(tree: ast.Module) -> Effect:
    """What in `tree` never runs or does nothing, as far as the statements' own form tells."""
    effect = Effect()
    blocks: list[list[ast.stmt]] = [tree.body]
    while blocks:
        block = blocks.pop()
        end = next((n for n, node in enumerate(block, 1) if isinstance(node, _TERMINATORS)), len(block))
        for node in block[:end]:
            if isinstance(node, ast.If | ast.While):
                runs = _taken(node, effect)
                if runs is not None:
                    blocks.append(runs)
                    continue
            elif _does_nothing(node):
                effect.drop_idle(node)
                continue
            blocks += _blocks(node)
        if end < len(block):
            _drop_run(block[end:], effect)
    return effect


def is_literal(value: ast.expr) -> bool:
    """Whether an expression is made of constants alone."""
    if not isinstance(value, _LITERALS):
        return False
    return all(isinstance(node, _IN_LITERALS) for node in ast.walk(value))


def is_empty_literal(value: ast.expr) -> bool:
    """Whether an expression is a collection that holds nothing, such as `[]`, `""`, `dict()` and `range(0)`."""
    match value:
        case ast.Constant(value=("" | b"")) | ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Name(id="list" | "tuple" | "dict" | "set" | "frozenset"), args=[], keywords=[]):
            return True
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=0)]):
            return True
    return False


def effective_statements(block: list[ast.stmt], replaced: Replacements) -> Iterator[ast.stmt]:
    """The statements of a block that have an effect, those in the place of others included."""
    pending = block[::-1]
    while pending:
        node = pending.pop()
        if id(node) in replaced:
            pending += replaced[id(node)][::-1]
        else:
            yield node


def blocks_with_effect(node: ast.stmt, replaced: Replacements) -> list[list[ast.stmt]]:
    """The blocks right in a compound statement, with what runs of them."""
    return [[*effective_statements(block, replaced)] for block in _blocks(node)]


def _blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    found: list[list[ast.stmt]] = []
    for block in block_lists_of(node):
        for part in block:
            if isinstance(part, ast.ExceptHandler | ast.match_case):
                found.append(part.body)
            else:
                found.append(block)  # type: ignore[arg-type]  # neither handlers nor cases: statements
                break
    return found


def _taken(node: ast.If | ast.While, effect: Effect) -> list[ast.stmt] | None:
    """The statements that run of a branch whose condition is a constant; None where it is none."""
    truth = truth_of(node.test)
    if truth is None or (truth and isinstance(node, ast.While)):
        return None
    dead, runs = (node.orelse, node.body) if truth else (node.body, node.orelse)
    if _is_type_checking(node.test):
        runs = [*(part for part in dead if isinstance(part, IMPORTS)), *runs]
        dead = [part for part in dead if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
    effect.replaced[id(node)] = runs
    if dead:
        _drop_run(dead, effect)
    return runs


def _drop_run(dead: list[ast.stmt], effect: Effect) -> None:
    """Note statements that never run. A `yield` there makes a generator of the function, which is an effect."""
    for node in dead:
        effect.drop(node)
    telling = [node for node in dead if not isinstance(node, ast.Pass | ast.Break | ast.Continue)]
    first = telling[0] if telling else None
    is_yield = isinstance(first, ast.Expr) and isinstance(first.value, ast.Yield | ast.YieldFrom)
    if first is not None and not is_yield and not (isinstance(first, ast.Return) and len(telling) == 1):
        effect.unreachable.append((first.lineno, dead[-1].end_lineno or dead[-1].lineno))


def truth_of(test: ast.expr) -> bool | None:
    """Whether a condition always or never holds; None where that depends."""
    if not isinstance(test, ast.BoolOp):
        return _plain_truth(test)
    decides = isinstance(test.op, ast.Or)
    pending: list[ast.expr] = [test]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.BoolOp) and isinstance(part.op, ast.Or) is decides:
            pending += part.values
        elif _plain_truth(part) is decides:
            return decides
    return None


def _plain_truth(test: ast.expr) -> bool | None:
    """The same of a condition without `and` and `or`."""
    is_negated = False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, is_negated = test.operand, not is_negated
    found: bool | None = None
    if isinstance(test, ast.Constant):
        found = bool(test.value)
    elif isinstance(test, ast.Tuple):
        found = bool(test.elts)
    elif _is_type_checking(test):
        found = False
    elif isinstance(test, ast.Compare) and len(test.ops) == 1:
        sides = test.left, test.comparators[0]
        compare = _COMPARED.get(test.ops[0].__class__)
        values = [side.value for side in sides if isinstance(side, ast.Constant)]
        if compare is not None and len(values) == len(sides) and values[0].__class__ is values[1].__class__ is int:
            found = compare(*values)
    return found if found is None else found is not is_negated


def _is_type_checking(test: ast.expr) -> bool:
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    return name == _NEVER_WHEN_RUN


def _does_nothing(node: ast.stmt) -> bool:
    """Whether a statement runs and leaves all as it was: a docstring, `pass`, `x = x`, `x += 0`."""
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        return len(node.targets) == 1 and _is_same(node.targets[0], node.value)
    if isinstance(node, ast.AnnAssign):
        return node.value is not None and _is_same(node.target, node.value)
    return False


def _is_same(target: ast.expr, value: ast.expr) -> bool:
    return isinstance(target, ast.Name) and isinstance(value, ast.Name) and target.id == value.id


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
