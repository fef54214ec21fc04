"""The names that a function binds, and what it gives them."""

import ast
from collections import Counter, defaultdict
from typing import NamedTuple

from app.core.diff.refactorings.replacements import Declared
from app.core.diff.symbols.statements import Statement
from app.core.diff.symbols.symbols import Symbol


class Assignment(NamedTuple):
    """A plain assignment to one name: `statement` gives `name` the value `value`."""

    name: str
    value: ast.expr
    statement: Statement


class Names:
    """The names that a function binds: parameters and locals, and the values that they get by plain assignment.

    `inner` are the locals that live in comprehensions alone, `single` the values of those that get just one.
    """

    def __init__(self, symbol: Symbol) -> None:
        node = symbol.function
        self.parameters: set[str] = set()
        self.variables: set[str] = set()
        self.inner: set[str] = set()
        self.single: dict[str, ast.expr] = {}
        self._symbol = symbol
        self.assignments: defaultdict[str, list[Assignment]] = defaultdict(list)
        self._node = node
        if node is None:
            return
        self.parameters = set(symbol.parameter_names)
        if "Lambda" in symbol.header:
            self.parameters.update(arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg))
        self._stored: defaultdict[str, int] = defaultdict(int)
        self._inner: defaultdict[str, int] = defaultdict(int)
        self._outer: set[str] = set()
        for statement in symbol.statements:
            self._read(statement)
        self.variables = self._stored.keys() - self.parameters - self._outer
        self.inner = {name for name, times in self._inner.items() if self._stored[name] <= times}
        self.single = {name: found[0].value for name, found in self.assignments.items() if self._stored[name] == 1}

    def _read(self, statement: Statement) -> None:
        """Note what a statement binds."""
        node = statement.node
        for target in statement.targets:
            if isinstance(target, ast.Name):
                self._stored[target.id] += 1
        if isinstance(node, ast.ExceptHandler) and node.name:
            self._stored[node.name] += 1
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            self._outer.update(node.names)
        if statement.binds_within:
            self._read_within(statement)
        variable, value = _assignment(node)
        if variable and value is not None:
            self.assignments[variable].append(Assignment(variable, value, statement))

    def declared(self, names: set[str]) -> Declared:
        """The parameters among `names`, and whether each is optional."""
        names = names & self.parameters
        if not names or self._node is None:
            return {}
        args = self._node.args
        positional = [*args.posonlyargs, *args.args]
        optional = positional[len(positional) - len(args.defaults) :]
        optional += [arg for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value]
        return {name: name in {arg.arg for arg in optional} for name in names}

    def _read_within(self, statement: Statement) -> None:
        for found in statement.nodes():
            if isinstance(found, ast.comprehension):
                for name in _targets(found):
                    self._stored[name] += 1
                    self._inner[name] += 1
            elif isinstance(found, ast.NamedExpr):
                self._stored[found.target.id] += 1
            elif isinstance(found, (ast.MatchAs, ast.MatchStar)) and found.name:
                self._stored[found.name] += 1

    @property
    def uses(self) -> Counter[str]:
        """How often the function's own body says each name."""
        return self._symbol.identifiers

    @property
    def bound(self) -> set[str]:
        """All of them."""
        return self.parameters | self.variables

    @property
    def outright(self) -> set[str]:
        """Those of the function itself, its comprehensions' own aside."""
        return self.bound - self.inner


def _targets(node: ast.comprehension) -> list[str]:
    return [name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)]


def _assignment(node: ast.AST) -> tuple[str, ast.expr | None]:
    """A plain assignment's only name and its value."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    return "", None
