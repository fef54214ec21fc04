"""Two versions of a function -> what became of its names: renamed, extracted, inlined, made a parameter or a local.

The evidence is in the statements: where one name stands for another in statements that are otherwise each other's
counterparts, it was renamed; where it stands for an expression that it is assigned, it was extracted.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from app.core.diff.attributes import RECEIVERS, Votes
from app.core.diff.replacements import Declared, Replacement, names_in, uncontested
from app.core.diff.statements import Statement, StatementMap
from app.core.diff.symbols import Symbol
from app.core.diff.syntax import CONSTANT, Tokens, bag, flatten, similarity

_SHARE_MIN: Final = 0.5  # of a name's replacements that must agree
_VALUES_MAX: Final = 8  # values of one variable that are looked at
_WORD: Final = re.compile(r"\w+")
_USES_MIN: Final = 0.5  # of a parameter's uses, where it is used least, in which it must give way
_LOCAL_USES_MIN: Final = 0.2  # … of a local's, which may be set many times
_SAME_VALUE_MIN: Final = 0.7  # tokens in common of the values of a variable and of the one that took its place
_VALUE_ALIKE_MIN: Final = 0.5  # tokens in common of an expression and the value of the variable in its place

Renames = dict[str, str]


@dataclass(frozen=True, slots=True)
class NameChanges:
    """Old name -> new name by role; `extracted` and `inlined` are variables of the new and of the old side.

    `hints` are names that stand alone in expressions that gave way to each other, as in `f([parent])` and `f(node)`;
    `attributes` are those of `self` that gave way to others.
    """

    parameters: Renames = field(default_factory=dict)
    variables: Renames = field(default_factory=dict)
    parameterized: Renames = field(default_factory=dict)
    localized: Renames = field(default_factory=dict)
    extracted: tuple[str, ...] = ()
    inlined: tuple[str, ...] = ()
    hints: frozenset[tuple[str, str]] = frozenset()
    attributes: Votes = field(default_factory=Counter)


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
        self.values: dict[str, list[ast.expr]] = {}
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
        self.single = {name: values[0] for name, values in self.values.items() if self._stored[name] == 1}

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
            self.values.setdefault(variable, []).append(value)

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


def compare_names(before: Symbol, after: Symbol) -> NameChanges:
    """What became of the names that two versions of a function bind."""
    statements, other_statements = before.all_statements, after.all_statements
    if before.header == after.header and _only_came_or_went(statements, other_statements):
        return NameChanges()  # for nothing gave way to anything
    old, new = Names(before), Names(after)
    old_only, new_only = old.bound - new.outright, new.bound - old.outright
    mapped = StatementMap(
        statements,
        other_statements,
        {name: bag(flatten([old.single[name]])) for name in old_only & old.single.keys()},
        {name: bag(flatten([new.single[name]])) for name in new_only & new.single.keys()},
    )
    turned = {name for name in old.outright & new.outright if (name in old.parameters) != (name in new.parameters)}
    old_only, new_only = old_only | turned, new_only | turned
    declared = old.declared(old_only), new.declared(new_only)
    replacements = [found for pair in mapped.changed for found in uncontested(pair, *declared)]
    renamed = _renamed(replacements, old, new, old_only, new_only)
    gone, came = old_only - renamed.keys() - turned, new_only - set(renamed.values()) - turned
    roles: dict[tuple[bool, bool], Renames] = defaultdict(dict)
    for one, other in renamed.items():
        roles[one in old.parameters, other in new.parameters][one] = other
    for name in sorted(turned - renamed.keys() - set(renamed.values())):
        roles[name in old.parameters, name in new.parameters][name] = name
    return NameChanges(
        parameters=roles[True, True],
        variables=roles[False, False],
        parameterized=roles[False, True],
        localized=roles[True, False],
        extracted=_standing_for(((r.after, r.before) for r in replacements), came, new.values),
        inlined=_standing_for(((r.before, r.after) for r in replacements), gone, old.values),
        hints=_one_to_one(_hints(replacements, gone, came)),
        attributes=Counter(_attributes(replacements)),
    )


def _only_came_or_went(old: list[Statement], new: list[Statement]) -> bool:
    """Whether one version has all statements of the other, by their lines."""
    texts = Counter([statement.text for statement in old])
    for statement in new:
        texts[statement.text] -= 1
    return min(texts.values(), default=0) >= 0 or max(texts.values()) <= 0


def _renamed(
    replacements: list[Replacement], old: Names, new: Names, old_only: set[str], new_only: set[str]
) -> Renames:
    """Names that gave way to others in most of the places where they gave way at all.

    They must do so where they are read; or where they are set, and then to much the same.
    """
    if not replacements:
        return {}
    votes: Counter[tuple[str, str]] = Counter()
    telling: set[tuple[str, str]] = set()
    lost: Counter[str] = Counter()
    gained: Counter[str] = Counter()
    for found in replacements:
        one, other = _name(found.before), _name(found.after)
        if one in old_only:
            lost[one] += 1
        if other in new_only:
            gained[other] += 1
        if one in old_only and other in new_only:
            votes[one, other] += 1
            if (one, other) not in telling and (not _is_stored(found.before) or _set_alike(old, one, new, other)):
                telling.add((one, other))
    renamed: Renames = {}
    taken: set[str] = set()
    for (one, other), count in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        enough = count >= _SHARE_MIN * max(lost[one], gained[other]) and (one, other) in telling
        least = _LOCAL_USES_MIN if one in old.variables and other in new.variables else _USES_MIN
        enough = enough and count >= least * min(old.uses[one], new.uses[other])
        if (one in old.parameters) != (other in new.parameters):  # a name that both sides bind is itself the likelier
            enough = enough and one not in new_only and other not in old_only
        if enough and one not in renamed and other not in taken:
            renamed[one] = other
            taken.add(other)
    return renamed


def _set_alike(old: Names, one: str, new: Names, other: str) -> bool:
    """Whether two locals are set to much the same, as the variables of two loops are."""
    if one in old.parameters or other in new.parameters:
        return False
    value, other_value = old.single.get(one), new.single.get(other)
    if value is None or other_value is None:
        return value is other_value
    return similarity(bag(flatten([value])), bag(flatten([other_value]))) >= _SAME_VALUE_MIN


def _hints(replacements: Iterable[Replacement], gone: set[str], came: set[str]) -> Iterator[tuple[str, str]]:
    for found in replacements:
        bare = isinstance(found.before, ast.Name) or isinstance(found.after, ast.Name)
        part = isinstance(found.before, ast.Attribute) or isinstance(found.after, ast.Attribute)
        if bare and not part and isinstance(found.before, ast.expr) and isinstance(found.after, ast.expr):
            olds, news = names_in(found.before) & gone, names_in(found.after) & came
            if len(olds) == len(news) == 1:
                yield olds.pop(), news.pop()


def _one_to_one(hints: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """The hints whose names stand in no other: `options` that gave way to `size` and `depth` became neither."""
    found = set(hints)
    olds, news = Counter(one for one, _ in found), Counter(other for _, other in found)
    return frozenset((one, other) for one, other in found if olds[one] == news[other] == 1)


def _attributes(replacements: list[Replacement]) -> Iterator[tuple[str, str]]:
    for found in replacements:
        own = found.owner is not None and all(_name(value) in RECEIVERS for value in found.owner)
        if own and isinstance(found.before, str) and isinstance(found.after, str):
            yield found.before, found.after


def _standing_for(
    places: Iterable[tuple[ast.expr | str, ast.expr | str]], names: set[str], values: dict[str, list[ast.expr]]
) -> tuple[str, ...]:
    """Variables among `names` that stand where the other side has an expression much like one of their values."""
    found: set[str] = set()
    for variable, expression in places:
        name = _name(variable)
        if name not in names or name in found or isinstance(expression, (str, ast.Name)):
            continue
        if any(_alike(expression, value) for value in values.get(name, ())[:_VALUES_MAX]):
            found.add(name)
    return tuple(sorted(found))


def _alike(expression: ast.expr, value: ast.expr) -> bool:
    """Whether an expression is a variable's value, or much like it, or within it."""
    tokens, value_tokens = flatten([expression]), flatten([value])
    if tokens == value_tokens:
        return True
    one, other = _words(tokens), _words(value_tokens)
    shared = (one & other).total()
    return 2 * shared >= _VALUE_ALIKE_MIN * (one.total() + other.total()) or (shared == one.total() > 1)


def _words(tokens: Tokens) -> Counter[str]:
    """What an expression is made of; texts by their words, for a message is often worded anew."""
    words: Counter[str] = Counter()
    for token, count in bag(tokens).items():
        parts = _WORD.findall(token) if token[0] == CONSTANT else ()
        words.update(dict.fromkeys(parts, count) if len(parts) > 1 else {token: count})
    return words


def _is_stored(found: ast.expr | str) -> bool:
    return isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store)


def _name(found: ast.expr | str) -> str:
    return found.id if isinstance(found, ast.Name) else ""


def _assignment(node: ast.AST) -> tuple[str, ast.expr | None]:
    """A plain assignment's only name and its value."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    return "", None
