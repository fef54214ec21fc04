"""Two signatures of one function -> what happened to its parameters, in RefactoringMiner's words."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import JsonValue

from app.core.diff.refactorings.variables import NameChanges
from app.core.diff.symbols.symbols import Function, Symbol
from app.core.python.syntax import Tokens, flatten, similarity, words_of
from schemas.changes import ChangeKind

Detail = dict[str, JsonValue]

_BODIES_ALIKE_MIN = 0.7  # similarity of two bodies in which the place of a parameter tells enough
_BODIES_RELATED_MIN = 0.45  # … and neither name says anything in the other body
_BODIES_SAME_MIN = 0.8  # … and others gave way besides
_SEVERAL_MIN = 2  # new parameters, each of which took a part of what any arguments held
_RECEIVERS = frozenset({"self", "cls"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `manner` is how it may be passed; `annotation` and `default` are nodes, None without one."""

    name: str
    manner: str
    annotation: ast.expr | None
    default: ast.expr | None


@dataclass(frozen=True, slots=True)
class SignatureChange:
    """What happened to a signature: (kind, detail) of each change, and which parameter got which new name."""

    changes: tuple[tuple[ChangeKind, Detail], ...] = ()
    renamed: dict[str, str] = field(default_factory=dict)


def parameters(symbol: Symbol) -> tuple[Parameter, ...]:
    """A function's parameters in order, without a method's `self` or `cls`: those move with the function."""
    node = symbol.function
    if node is None:
        return ()
    found = list(_parameters(node))
    is_method = symbol.parent is not None and symbol.parent.kind == "class"
    return tuple(found[1:] if is_method and found and found[0].name in _RECEIVERS else found)


def compare_signatures(before: Symbol, after: Symbol, names: NameChanges) -> SignatureChange:
    """What happened to the parameters and the return annotation between two versions of a function.

    `names` says what became of the names in the function's body, which is how renamed parameters are known.
    """
    old, new = parameters(before), parameters(after)
    by_name = {parameter.name: parameter for parameter in new}
    by_old_name = {parameter.name: parameter for parameter in old}
    renamed = {
        one: other
        for one, other in _renamed(old, new, before, after, names).items()
        if not _is_another(by_old_name[one], by_name[other], before, after)
    }
    arrived = set(renamed.values())
    followed: list[tuple[Parameter, Parameter]] = []
    changes: list[tuple[ChangeKind, Detail]] = [
        (ChangeKind.RENAME_PARAMETER, {"before": one, "after": other}) for one, other in renamed.items()
    ]
    for one in old:
        if one.name in renamed:
            followed.append((one, by_name[renamed[one.name]]))
        elif one.name in by_name and one.name not in arrived:
            followed.append((one, by_name[one.name]))
        elif one.name in names.localized:
            changes.append((ChangeKind.LOCALIZE_PARAMETER, {"before": one.name, "after": names.localized[one.name]}))
        else:
            changes.append((ChangeKind.REMOVE_PARAMETER, {"name": one.name}))
    order = [other.name for _, other in followed]
    kept = set(order)
    origins = {other: one for one, other in names.parameterized.items()}
    for other in new:
        if other.name in kept:
            continue
        if other.name in origins:
            changes.append((ChangeKind.PARAMETERIZE_VARIABLE, {"before": origins[other.name], "after": other.name}))
        else:
            changes.append((ChangeKind.ADD_PARAMETER, {"name": other.name}))
    if order != [p.name for p in new if p.name in kept]:
        changes.append(
            (ChangeKind.REORDER_PARAMETER, {"before": [p.name for p in old], "after": [p.name for p in new]})
        )
    for one, other in followed:
        changes.extend(_compare(one, other, before, after))
    changes.extend(_returns(before, after))
    return SignatureChange(tuple(changes), renamed)


def _compare(one: Parameter, other: Parameter, before: Symbol, after: Symbol) -> Iterator[tuple[ChangeKind, Detail]]:
    for kind, old, new in (
        (ChangeKind.CHANGE_DEFAULT, one.default, other.default),
        (ChangeKind.CHANGE_ANNOTATION, one.annotation, other.annotation),
    ):
        if _tokens(old) != _tokens(new):
            yield kind, {"name": other.name, "before": before.module.quote(old), "after": after.module.quote(new)}
    if one.manner != other.manner:
        yield ChangeKind.CHANGE_PARAMETER_MANNER, {"name": other.name, "before": one.manner, "after": other.manner}


def _returns(before: Symbol, after: Symbol) -> Iterator[tuple[ChangeKind, Detail]]:
    old = before.function.returns if before.function else None
    new = after.function.returns if after.function else None
    if _tokens(old) != _tokens(new):
        yield (
            ChangeKind.CHANGE_RETURN_ANNOTATION,
            {"before": before.module.quote(old), "after": after.module.quote(new)},
        )


def _tokens(node: ast.expr | None) -> Tokens | None:
    return None if node is None else flatten([node])


def _renamed(
    old: tuple[Parameter, ...], new: tuple[Parameter, ...], before: Symbol, after: Symbol, names: NameChanges
) -> dict[str, str]:
    """Old name -> new name: as the body tells; by the same words; and by place, where one or several gave way to one.

    Those that gave way to as many between the same neighbours may also be known by some of their words.
    """
    old_names, new_names = {p.name for p in old}, {p.name for p in new}
    told, hints = _that_may_be(names, old, new)
    renamed = {p.name: told[p.name] for p in old if told.get(p.name) in new_names}
    came = new_names - old_names - {*renamed.values(), *names.parameterized.values()}
    gone = old_names - new_names - renamed.keys() - names.localized.keys()
    gone |= _made_of_others(names.localized, came)
    if not gone or not came:
        return {one.name: renamed[one.name] for one in old if one.name in renamed}
    renamed |= _called_the_same(gone, came)
    gone, came = gone - renamed.keys(), came - set(renamed.values())
    alone = len(gone) == len(came) == 1
    for one, other in zip(old, new, strict=False):
        if one.name in gone and other.name in came:
            in_place = alone and _may_follow(one, other, before, after)
            in_place = in_place or (len(came) == 1 and _takes_over(one, other, before, after))
            if in_place or (one.name, other.name) in hints:
                renamed[one.name] = other.name
    gone, came = gone - renamed.keys(), came - set(renamed.values())
    renamed |= _named_alike(_runs(old, gone, renamed), _runs(new, came, {}))
    return {one.name: renamed[one.name] for one in old if one.name in renamed}


def _that_may_be(
    names: NameChanges, old: tuple[Parameter, ...], new: tuple[Parameter, ...]
) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """The renames and hints that the body tells, but for those of `*args` and `**kwargs` that gave way to several."""
    if len({p.name for p in new} - {p.name for p in old}) < _SEVERAL_MIN:
        return dict(names.parameters), set(names.hints)
    before, after = ({p.name for p in side if "variadic" in p.manner} for side in (old, new))
    kept = {
        (one, other) for one, other in (*names.parameters.items(), *names.hints) if (one in before) == (other in after)
    }
    return {one: other for one, other in names.parameters.items() if (one, other) in kept}, kept & names.hints


def _made_of_others(localized: dict[str, str], came: set[str]) -> set[str]:
    """Parameters that are locals of the same name now, and share words with one that came.

    As in `rows = parse(raw_rows)`: that one was put in the parameter's place.
    """
    return {one for one, other in localized.items() if one == other and any(_share_words(one, name) for name in came)}


def _called_the_same(gone: set[str], came: set[str]) -> dict[str, str]:
    """Old name -> new name of those whose words are the same, if nothing else has those words."""
    by_words: defaultdict[frozenset[str], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, names in enumerate((gone, came)):
        for name in names:
            by_words[words_of(name)][side].append(name)
    found = [pair for words, pair in by_words.items() if words and len(pair[0]) == len(pair[1]) == 1]
    return {one: other for (one,), (other,) in found}


Runs = dict[tuple[str, str], list[Parameter]]
"""New names of the parameters before and after -> the parameters between."""


def _runs(parameters: tuple[Parameter, ...], free: set[str], renamed: dict[str, str]) -> Runs:
    """The parameters in `free` that stand together, by the new names of their neighbours."""
    found: Runs = {}
    last, run = "", []
    for parameter in parameters:
        if parameter.name in free:
            run.append(parameter)
            continue
        name = renamed.get(parameter.name, parameter.name)
        if run:
            found[last, name] = run
        last, run = name, []
    return {**found, (last, ""): run} if run else found


def _named_alike(olds: Runs, news: Runs) -> dict[str, str]:
    """Old name -> new name of those in one place that share at least half of their words."""
    return {
        one.name: other.name
        for place, run in olds.items()
        if len(run) == len(news.get(place, ()))
        for one, other in zip(run, news[place], strict=True)
        if one.manner == other.manner and _share_words(one.name, other.name)
    }


def _share_words(one: str, other: str) -> bool:
    words, others = words_of(one), words_of(other)
    return 2 * len(words & others) >= max(len(words), len(others), 1)


def _may_follow(one: Parameter, other: Parameter, before: Symbol, after: Symbol) -> bool:
    """Whether the uses of two parameters, the only ones that gave way, do not speak against a rename."""
    if one.manner != other.manner:
        return _declared_alike(one, other) and _share_words(one.name, other.name)
    unused = (one.name not in before.identifiers) + (other.name not in after.identifiers)
    if unused == 2:
        return True
    if not _declared_alike(one, other):
        return False
    if unused and words_of(one.name) & words_of(other.name):
        return True
    if len(parameters(before)) != len(parameters(after)):
        return False
    least = _BODIES_RELATED_MIN if _says_nothing_else(one, other, before, after) else _BODIES_ALIKE_MIN
    return similarity(before.bag, after.bag) >= least


def _takes_over(one: Parameter, other: Parameter, before: Symbol, after: Symbol) -> bool:
    """Whether the only new parameter is, in almost the same body, what the one was whose place it has."""
    alike = one.manner == other.manner and _declared_alike(one, other)
    told = alike and _says_nothing_else(one, other, before, after)
    return told and similarity(before.bag, after.bag) >= _BODIES_SAME_MIN


def _says_nothing_else(one: Parameter, other: Parameter, before: Symbol, after: Symbol) -> bool:
    """Whether each name is said in its own body, and in the other one nothing is called so."""
    own = one.name in before.identifiers and other.name in after.identifiers
    return own and one.name not in after.identifiers and other.name not in before.identifiers


def _is_another(one: Parameter, other: Parameter, before: Symbol, after: Symbol) -> bool:
    """Whether two parameters have neither type nor any word in common: the one was replaced, not renamed.

    Of what no body uses, the place tells all there is.
    """
    if one.annotation is None or other.annotation is None or _tokens(one.annotation) == _tokens(other.annotation):
        return False
    used = one.name in before.identifiers or other.name in after.identifiers
    return used and not words_of(one.name) & words_of(other.name)


def _declared_alike(one: Parameter, other: Parameter) -> bool:
    """Whether two parameters have the same annotation or the same default."""
    return _tokens(one.annotation) == _tokens(other.annotation) or _tokens(one.default) == _tokens(other.default)


def _parameters(node: Function) -> Iterator[Parameter]:
    args = node.args
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    for number, (arg, default) in enumerate(zip(positional, defaults, strict=True)):
        manner = "positional only" if number < len(args.posonlyargs) else "positional or keyword"
        yield _parameter(arg, manner, default)
    if args.vararg:
        yield _parameter(args.vararg, "variadic", None)
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield _parameter(arg, "keyword only", default)
    if args.kwarg:
        yield _parameter(args.kwarg, "variadic keyword", None)


def _parameter(arg: ast.arg, manner: str, default: ast.expr | None) -> Parameter:
    return Parameter(arg.arg, manner, arg.annotation, default)
