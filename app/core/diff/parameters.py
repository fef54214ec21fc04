"""Two signatures of one function -> what happened to its parameters, in RefactoringMiner's words."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from app.core.diff.match import similarity
from app.core.diff.symbols import Function, Symbol
from app.core.diff.syntax import IDENTIFIER, Tokens, bag, flatten

Detail = dict[str, JsonValue]

_USES_ALIKE_MIN = 0.5  # share of surroundings in common from which two names are used alike
_BODIES_ALIKE_MIN = 0.5  # share of two bodies in common from which the place of a parameter counts
_PAIRS_MAX = 1_000  # old and new names weighed against each other; people's functions have a dozen
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

    changes: tuple[tuple[str, Detail], ...]
    renamed: dict[str, str]


def parameters(symbol: Symbol) -> tuple[Parameter, ...]:
    """A function's parameters in order, without a method's `self` or `cls`: those move with the function."""
    node = symbol.function
    if node is None:
        return ()
    found = list(_parameters(node))
    is_method = symbol.parent is not None and symbol.parent.kind == "class"
    return tuple(found[1:] if is_method and found and found[0].name in _RECEIVERS else found)


def compare_signatures(before: Symbol, after: Symbol) -> SignatureChange:
    """What happened to the parameters and the return annotation between two versions of a function."""
    old, new = parameters(before), parameters(after)
    renamed = _renamed(old, new, before.own, after.own)
    by_name = {parameter.name: parameter for parameter in new}
    arrived = set(renamed.values())
    followed: list[tuple[Parameter, Parameter]] = []
    changes: list[tuple[str, Detail]] = [
        ("rename_parameter", {"before": one, "after": other}) for one, other in renamed.items()
    ]
    for one in old:
        if one.name in renamed:
            followed.append((one, by_name[renamed[one.name]]))
        elif one.name in by_name and one.name not in arrived:
            followed.append((one, by_name[one.name]))
        else:
            changes.append(("remove_parameter", {"name": one.name}))
    order = [other.name for _, other in followed]
    kept = set(order)
    changes.extend(("add_parameter", {"name": p.name}) for p in new if p.name not in kept)
    if order != [p.name for p in new if p.name in kept]:
        changes.append(("reorder_parameter", {"before": [p.name for p in old], "after": [p.name for p in new]}))
    for one, other in followed:
        changes.extend(_compare(one, other, before, after))
    changes.extend(_returns(before, after))
    return SignatureChange(tuple(changes), renamed)


def _compare(one: Parameter, other: Parameter, before: Symbol, after: Symbol) -> Iterator[tuple[str, Detail]]:
    for kind, old, new in (
        ("change_default", one.default, other.default),
        ("change_annotation", one.annotation, other.annotation),
    ):
        if _tokens(old) != _tokens(new):
            yield kind, {"name": other.name, "before": before.module.quote(old), "after": after.module.quote(new)}
    if one.manner != other.manner:
        yield "change_parameter_manner", {"name": other.name, "before": one.manner, "after": other.manner}


def _returns(before: Symbol, after: Symbol) -> Iterator[tuple[str, Detail]]:
    old = before.function.returns if before.function else None
    new = after.function.returns if after.function else None
    if _tokens(old) != _tokens(new):
        yield "change_return_annotation", {"before": before.module.quote(old), "after": after.module.quote(new)}


def _tokens(node: ast.expr | None) -> Tokens | None:
    return None if node is None else flatten([node])


def _renamed(old: tuple[Parameter, ...], new: tuple[Parameter, ...], body: Tokens, new_body: Tokens) -> dict[str, str]:
    """Old name -> new name, where a name that is gone is used as a name that came is used now.

    In the same place of the signature, as many uses in a body that is much the same are enough. Where neither is
    used, the place must be the same, and the default and annotation too.
    """
    old_names, new_names = {p.name for p in old}, {p.name for p in new}
    gone = [(at, p) for at, p in enumerate(old) if p.name not in new_names]
    came = [(at, p) for at, p in enumerate(new) if p.name not in old_names]
    if not 0 < len(gone) * len(came) <= _PAIRS_MAX:
        return {}
    old_uses, new_uses = _surroundings(body, gone), _surroundings(new_body, came)
    same_body = similarity(bag(body), bag(new_body)) >= _BODIES_ALIKE_MIN
    scored = []
    for i, (at, one) in enumerate(gone):
        for j, (other_at, other) in enumerate(came):
            alike = _alike(old_uses[one.name], new_uses[other.name])
            same_slot = at == other_at or (i == j and len(gone) == len(came))
            if alike is None:
                alike = float(same_slot and _declared(one) == _declared(other))
            elif same_slot and same_body and old_uses[one.name].total() == new_uses[other.name].total():
                alike = max(alike, _USES_ALIKE_MIN)
            if alike >= _USES_ALIKE_MIN and (same_slot or alike > _USES_ALIKE_MIN):
                scored.append((-alike, not same_slot, abs(i - j), min(i, j), i, j))
    renamed: dict[int, int] = {}
    for *_, i, j in sorted(scored):
        if i not in renamed and j not in renamed.values():
            renamed[i] = j
    return {gone[i][1].name: came[j][1].name for i, j in sorted(renamed.items())}


def _declared(parameter: Parameter) -> tuple[Tokens | None, Tokens | None]:
    return _tokens(parameter.annotation), _tokens(parameter.default)


def _surroundings(body: Tokens, names: list[tuple[int, Parameter]]) -> dict[str, Counter[tuple[str, str]]]:
    """Name -> what stands before and after its uses."""
    wanted = {IDENTIFIER + parameter.name: parameter.name for _, parameter in names}
    found: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    previous = ("", "")
    for at, token in enumerate(body):
        name = wanted.get(token)
        if name is not None:
            following = body[at + 1] if at + 1 < len(body) else ""
            found[name][previous[0] or previous[1], following] += 1
        previous = (previous[1], token)
    return found


def _alike(one: Counter[tuple[str, str]], other: Counter[tuple[str, str]]) -> float | None:
    whole = one.total() + other.total()
    return 2 * (one & other).total() / whole if whole else None


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
