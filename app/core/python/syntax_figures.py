"""A syntax tree -> radon's cyclomatic complexity and Halstead figures, in one walk.

radon's visitors recurse and spend several Python calls on each node, twice over. The rules below are its rules,
oddities included, and tests prove the figures equal on real code. Iterative, for the tree is hostile input.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from radon.metrics import HalsteadReport, halstead_visitor_report

Function = ast.FunctionDef | ast.AsyncFunctionDef

_FUNCTIONS: Final = frozenset({ast.FunctionDef, ast.AsyncFunctionDef})
_LEAVES: Final = frozenset({ast.Name, ast.Constant})
_ATOMS: Final = frozenset(
    {"arg", "attr", "conversion", "ctx", "id", "is_async", "kind", "level", "module", "name", "names", "op", "ops"}
    | {"rest", "simple", "tag", "type_comment", "type_ignores"}
)
"""Fields that hold neither branches nor operands."""

_OPERAND_NAMES: Final[dict[type, str]] = {ast.Name: "id", ast.Attribute: "attr", ast.Constant: "value"}


def _children() -> dict[type, Callable[[Any], Any]]:
    """For each kind of node that has children, what gets them: a node or a list of nodes, or a tuple of several."""
    kinds = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)]
    fields = {kind: [name for name in kind._fields if name not in _ATOMS] for kind in kinds}
    return {kind: attrgetter(*names) for kind, names in fields.items() if names and kind not in _LEAVES}


def _match(node: ast.Match) -> int:
    """Cases; those that catch everything count together for none."""
    rest = any(getattr(case.pattern, "pattern", False) is None for case in node.cases)
    return max(0, len(node.cases) - rest)


_CHILDREN: Final = _children()
_DECISIONS: Final[dict[type, Callable[[Any], int]]] = {
    ast.Try: lambda node: len(node.handlers) + bool(node.orelse),
    ast.BoolOp: lambda node: len(node.values) - 1,
    ast.If: lambda _: 1,
    ast.IfExp: lambda _: 1,
    ast.Match: _match,
    ast.For: lambda node: 1 + bool(node.orelse),
    ast.While: lambda node: 1 + bool(node.orelse),
    ast.AsyncFor: lambda node: 1 + bool(node.orelse),
    ast.comprehension: lambda node: 1 + len(node.ifs),
    ast.Assert: lambda _: 1,
}
_OPERATORS: Final[dict[type, Callable[[Any], tuple[Iterable[ast.AST], Iterable[ast.AST]]]]] = {
    ast.BinOp: lambda node: ((node.op,), (node.left, node.right)),
    ast.UnaryOp: lambda node: ((node.op,), (node.operand,)),
    ast.BoolOp: lambda node: ((node.op,), node.values),
    ast.AugAssign: lambda node: ((node.op,), (node.target, node.value)),
    ast.Compare: lambda node: (node.ops, (node.left, *node.comparators)),
}
_SCOPES: Final = frozenset({*_FUNCTIONS, ast.ClassDef, ast.Assert})
_SPECIAL: Final = frozenset({*_DECISIONS, *_OPERATORS, *_SCOPES})
_NOTHING: Final[Mapping[int, list[ast.stmt]]] = {}


@dataclass(slots=True)
class FunctionFigures:
    """One function under its dotted name, 1-based lines, and radon's complexity: its own decision points, plus one.

    `is_overload`: a signature alone, that `typing.overload` decorates; the function itself stands elsewhere.
    """

    symbol: str
    line: int
    end_line: int
    complexity: int = 1
    is_overload: bool = False


@dataclass(frozen=True, slots=True)
class Metrics:
    """What one file holds.

    `functions` are those that radon measures, in no order: methods and closures too, but nothing of a class that
    stands within a function. `total_complexity` is what radon's maintainability index takes.
    """

    functions: list[FunctionFigures]
    total_complexity: int
    halstead: HalsteadReport


@dataclass(slots=True)  # not frozen, for that makes each take twice as long
class _Region:
    """Nodes of one scope.

    `context` is the innermost function's name, `block` that function if it is measured. `counted` tells whether
    decisions count for the file, `measured` whether functions within do; `prefix` starts their dotted names.
    """

    nodes: list[Any]
    context: str | None = None
    prefix: str = ""
    block: FunctionFigures | None = None
    counted: bool = False
    measured: bool = False


def measure_syntax(tree: ast.Module, replaced: Mapping[int, list[ast.stmt]] = _NOTHING) -> Metrics:
    """The figures of one file's syntax tree; of a statement whose `id` is among `replaced` those of what stands there.

    Without any of these the figures are radon's.
    """
    return _Walk(tree, replaced).metrics()


def _is_overload(decorators: list[ast.expr]) -> bool:
    return any(
        (isinstance(found, ast.Name) and found.id == "overload")
        or (isinstance(found, ast.Attribute) and found.attr == "overload")
        for found in decorators
    )


class _Walk:
    """One walk. Operands that are expressions are all different; names count once in each function that uses them."""

    def __init__(self, tree: ast.Module, replaced: Mapping[int, list[ast.stmt]]) -> None:
        self.replaced = replaced
        self.functions: list[FunctionFigures] = []
        self.total = 1
        self.operators = self.operands = self.expressions = 0
        self.operators_seen: set[type] = set()
        self.operands_seen: defaultdict[str | None, set[object]] = defaultdict(set)
        self.regions = [_Region([tree], counted=True, measured=True)]
        while self.regions:
            self._walk(self.regions.pop())

    @property
    def distinct_operators(self) -> int:
        """Kinds of operators; under this name radon's report reads it."""
        return len(self.operators_seen)

    @property
    def distinct_operands(self) -> int:
        """Different operands; under this name radon's report reads it."""
        return self.expressions + sum(map(len, self.operands_seen.values()))

    def metrics(self) -> Metrics:
        """What was found."""
        return Metrics(self.functions, self.total, halstead_visitor_report(self))

    def _walk(self, region: _Region) -> None:  # noqa: C901 -- the loop that every node passes: a call costs too much
        """Walk one scope; scopes within it are put off."""
        decisions = 0
        stack: list[Any] = region.nodes
        replaced = self.replaced
        while stack:
            node = stack.pop()
            kind = node.__class__
            children = _CHILDREN.get(kind)
            if children is None:
                continue
            if id(node) in replaced:
                stack += replaced[id(node)]
                continue
            if kind in _SPECIAL:
                decisions += _DECISIONS[kind](node) if kind in _DECISIONS else 0
                if kind in _SCOPES:
                    self._enter(node, region)
                    continue
                if kind in _OPERATORS:
                    self._count(region.context, *_OPERATORS[kind](node))
            found = children(node)
            if found.__class__ is not tuple:
                found = (found,)
            for value in found:
                if value.__class__ is list:
                    stack += value
                else:
                    stack.append(value)
        if region.block is not None:
            region.block.complexity += decisions
        self.total += decisions if region.counted else 0

    def _enter(self, node: Function | ast.ClassDef | ast.Assert, region: _Region) -> None:
        """Put off a scope. Of a function radon looks at the body alone, of an assertion at its operands alone."""
        context = region.context
        if isinstance(node, ast.Assert):
            self.regions.append(_Region([node.test, *([node.msg] if node.msg else [])], context))
            return
        symbol, body = f"{region.prefix}{node.name}", [*node.body]
        in_class = region.block is None and region.prefix != ""
        if isinstance(node, ast.ClassDef):
            header = [*node.bases, *node.keywords, *node.decorator_list, *getattr(node, "type_params", ())]
            if header:
                self.regions.append(_Region(header, context))
            measured = region.measured and region.block is None
            counted = region.counted and measured and not in_class
            self.regions.append(_Region(body, context, f"{symbol}.", None, counted, measured))
        elif region.measured:
            block = FunctionFigures(
                symbol, node.lineno, node.end_lineno or node.lineno, is_overload=_is_overload(node.decorator_list)
            )
            self.functions.append(block)
            counted = region.counted and region.block is None
            self.total += counted and in_class
            self.regions.append(_Region(body, node.name, f"{symbol}.", block, counted, measured=True))
        else:
            self.regions.append(_Region(body, node.name))

    def _count(self, context: str | None, operators: Iterable[ast.AST], operands: Iterable[ast.AST]) -> None:
        seen = self.operands_seen[context]
        for operator in operators:
            self.operators += 1
            self.operators_seen.add(operator.__class__)
        for operand in operands:
            self.operands += 1
            name = _OPERAND_NAMES.get(operand.__class__)
            if name is None:
                self.expressions += 1
            else:
                seen.add(getattr(operand, name))
