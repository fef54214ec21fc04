"""Two versions of a function -> what became of its names: renamed, extracted, inlined, made a parameter or a local.

The evidence is in the statements: where one name stands for another in statements that are otherwise each other's
counterparts, it was renamed; where it stands for an expression that it is assigned, it was extracted.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import JsonValue

from app.core.diff.refactorings.attributes import RECEIVERS, Votes
from app.core.diff.refactorings.bindings import Names
from app.core.diff.refactorings.replacements import Replacement, names_in, uncontested
from app.core.diff.refactorings.values import Unmatched, standing_for_values
from app.core.diff.symbols.statements import Mapped, Statement, StatementMap
from app.core.diff.symbols.symbols import Symbol
from app.core.python.syntax import IDENTIFIER, bag, equal_but_for, flatten, similarity
from schemas.changes import ChangeKind

_SHARE_MIN: Final = 0.5  # of a name's replacements that must agree
_USES_MIN: Final = 0.5  # of a parameter's uses, where it is used least, in which it must give way
_LOCAL_USES_MIN: Final = 0.2  # … of a local's, which may be set many times
_SAME_VALUE_MIN: Final = 0.7  # tokens in common of the values of a variable and of the one that took its place
_REWRITTEN_MAX: Final = 0.45  # tokens in common of two bodies below which a local is known by its value alone
_VALUE_TOKENS_MAX: Final = 1_000  # of a value that stands in its variable's place where statements are compared

Renames = dict[str, str]
Counterparts = dict[int, tuple[Statement, Statement | None]]
"""The id of a statement -> the statement, and what it became or what became of it."""


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

    @property
    def of_variables(self) -> list[tuple[ChangeKind, dict[str, JsonValue]]]:
        """(Kind, detail) of what became of variables that are variables still."""
        told: list[tuple[ChangeKind, dict[str, JsonValue]]] = [
            (ChangeKind.RENAME_VARIABLE, {"before": one, "after": other}) for one, other in self.variables.items()
        ]
        told += [(ChangeKind.EXTRACT_VARIABLE, {"name": name}) for name in self.extracted]
        told += [(ChangeKind.INLINE_VARIABLE, {"name": name}) for name in self.inlined]
        return told


def compare_names(before: Symbol, after: Symbol) -> NameChanges:
    """What became of the names that two versions of a function bind."""
    statements, other_statements = before.all_statements, after.all_statements
    if before.header == after.header and _only_came_or_went(statements, other_statements):
        return NameChanges()  # for nothing gave way to anything
    old, new = Names(before), Names(after)
    found = compare_statements(old, new, statements, other_statements)
    if found.variables and similarity(before.bag, after.bag) < _REWRITTEN_MAX:
        kept = {one: other for one, other in found.variables.items() if _set_to_the_same(old, one, new, other)}
        return replace(found, variables=kept)
    return found


def compare_statements(
    old: Names, new: Names, statements: list[Statement], other_statements: list[Statement]
) -> NameChanges:
    """What became of names, by these statements of the two functions that bind them."""
    old_only, new_only = old.bound - new.outright, new.bound - old.outright
    mapped = StatementMap(
        statements,
        other_statements,
        _made_of(old.single, old_only),
        _made_of(new.single, new_only),
    )
    turned = {name for name in old.outright & new.outright if (name in old.parameters) != (name in new.parameters)}
    old_only, new_only = old_only | turned, new_only | turned
    declared = old.declared(old_only), new.declared(new_only)
    replacements = [found for pair in mapped.changed for found in uncontested(pair, *declared)]
    renamed = _renamed(replacements, old, new, old_only, new_only)
    renamed |= _half_renamed(mapped.changed, replacements, old, new, renamed)
    gone, came = old_only - renamed.keys() - turned, new_only - set(renamed.values()) - turned
    olds: Counterparts = {id(one): (one, other) for one, other in mapped.changed}
    olds |= {id(one): (one, None) for one in mapped.gone}
    news: Counterparts = {id(other): (other, one) for one, other in mapped.changed}
    news |= {id(other): (other, None) for other in mapped.came}
    there = _side(old, new, olds, gone, renamed)
    here = _side(new, old, news, came, {other: one for one, other in renamed.items()})
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
        extracted=standing_for_values(here, there, [(r.after, r.before) for r in replacements], ({}, renamed)),
        inlined=standing_for_values(there, here, [(r.before, r.after) for r in replacements], (renamed, {})),
        hints=_one_to_one(_hints(replacements, gone, came)),
        attributes=Counter(_attributes(replacements)),
    )


def _made_of(values: dict[str, ast.expr], names: set[str]) -> dict[str, Counter[str]]:
    """What the values of names are made of, very long ones left out: they would be put in each variable's place."""
    read = ((name, flatten([values[name]])) for name in names & values.keys())
    return {name: bag(tokens) for name, tokens in read if len(tokens) <= _VALUE_TOKENS_MAX}


def _side(names: Names, others: Names, statements: Counterparts, own: set[str], renamed: Renames) -> Unmatched:
    """One side's statements that have no equal; `renamed` are the other side's names for this one's."""
    fresh = [
        assignment
        for name, assignments in names.assignments.items()
        for assignment in assignments
        if id(assignment.statement) in statements
        and (
            (became := statements[id(assignment.statement)][1]) is None
            or len(assignments) > len(others.assignments.get(renamed.get(name, name), ()))
            or renamed.get(name, name) not in {getattr(target, "id", None) for target in became.targets}
        )
    ]
    return Unmatched([statement for statement, _ in statements.values()], fresh, own)


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
    alike = {pair for pair in votes if _set_to_the_same(old, pair[0], new, pair[1])}
    for (one, other), count in sorted(votes.items(), key=lambda item: (-item[1], item[0] not in alike, item[0])):
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


def _set_to_the_same(old: Names, one: str, new: Names, other: str) -> bool:
    value, other_value = old.single.get(one), new.single.get(other)
    return value is not None and other_value is not None and flatten([value]) == flatten([other_value])


def _half_renamed(
    changed: list[Mapped], replacements: list[Replacement], old: Names, new: Names, renamed: Renames
) -> Renames:
    """Variables that gave way to one that was there before; or to a new one, and their names went to something else.

    One of the two names is on both sides. The other one must have given way, or have come, nowhere else, and a
    statement that sets it, to more than a constant, must be the same but for the name; or much the same, where there
    are more places.
    """
    gone, came = old.variables - new.bound - renamed.keys(), new.variables - old.bound - set(renamed.values())
    if not gone and not came:
        return {}
    votes = Counter((_name(found.before), _name(found.after)) for found in replacements)
    lost: Counter[str] = Counter()
    gained: Counter[str] = Counter()
    for (one, other), count in votes.items():
        lost[one] += count
        gained[other] += count
    set_as_before: dict[tuple[str, str], bool] = {}
    for mapped in changed:
        pair = _set_as_before(mapped)
        if pair is not None:
            names = {IDENTIFIER + pair[0]: IDENTIFIER + pair[1]}
            exactly = equal_but_for(mapped.before.tokens, mapped.after.tokens, names) and not _set_to_constant(mapped)
            set_as_before[pair] = exactly or votes[pair] > 1
    found_here: Renames = {}
    for one, other in sorted(set_as_before, key=lambda pair: (-votes[pair], sorted(pair), pair)):
        merged = one in gone and other in old.variables & new.variables and votes[one, other] == lost[one]
        split = other in came and one in old.variables & new.variables and votes[one, other] == gained[other]
        if (
            set_as_before[one, other]
            and (merged or split)
            and one not in found_here
            and other not in found_here.values()
        ):
            found_here[one] = other
    return found_here


def _set_as_before(mapped: Mapped) -> tuple[str, str] | None:
    """The variables that two statements set which are the same but for names and values, if these are all they set."""
    targets = [[target for target in statement.targets if isinstance(target, ast.Name)] for statement in mapped]
    differing = [(one.id, other.id) for one, other in zip(*targets, strict=False) if one.id != other.id]
    if len(differing) != 1 or len(targets[0]) != len(targets[1]):
        return None
    return differing[0] if mapped.before.structure == mapped.after.structure else None


def _set_to_constant(mapped: Mapped) -> bool:
    """Whether a statement sets a variable to a constant or an empty list, tuple or dict, as any function may."""
    value = getattr(mapped.after.node, "value", None)
    if isinstance(value, (ast.List, ast.Tuple)):
        return not value.elts
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Dict) and not value.values)


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


def _is_stored(found: ast.expr | str) -> bool:
    return isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store)


def _name(found: ast.expr | str) -> str:
    return found.id if isinstance(found, ast.Name) else ""
