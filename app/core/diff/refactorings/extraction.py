"""Code that left one function for a new one: extract method; and, with the sides swapped, inline method.

A function that is new counts as extracted from another if that other calls it now and did not before, itself or by
way of another new one, and if most of its statements are much like statements that the other has lost, once the
call's arguments stand in the parameters' places; beside that other, one statement that is there as it was will do.
Assignments and returns count by their value, for the extracted `total = a + b` often ends as `return a + b`; what sets
an attribute counts as a whole.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from posixpath import basename
from typing import Final

from app.core.diff.matching.matching import Match, Matching
from app.core.diff.refactorings.arguments import Arguments, arguments_of, in_place
from app.core.diff.refactorings.lost_statements import SHARE_MIN, LostStatements
from app.core.diff.symbols.imports import Import
from app.core.diff.symbols.statements import Statement, left_over, statements_of
from app.core.diff.symbols.symbols import Module, Symbol
from app.core.python.syntax import IDENTIFIER, Tokens, flatten

_STATEMENT_TOKENS_MIN: Final = 3  # `return`, `pass`, `break`: shared by everything
_ATTRIBUTE_CHARS_MAX: Final = 100  # of an attribute's name, which each token of what is set in it bears
_LOST_STEPS_MAX: Final = 10  # of a statement that is looked for, each among so many lost ones
_LOOK_STEPS: Final = 10  # of any look for one
_STEPS_MAX: Final = 2_000_000  # in one comparison: ten seconds; the dearest of 744 real commits takes 2,640
_HOPS_MAX: Final = 2  # new functions between the old code and what is looked at, itself included

Body = Symbol | Module
"""What code can be extracted from: a function, or a module's own statements."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """Code of `source_before` stands in `extracted` now; `source_after` calls it with `arguments`."""

    source_before: Body
    source_after: Body
    extracted: Symbol
    confidence: float
    arguments: Arguments


def find_extracted(matching: Matching) -> list[Extraction]:
    """Functions of the new side that were made of code of the old side."""
    found = _find(_bodies(matching), matching.added, is_beside)
    told = {extraction.extracted for extraction in found}
    split: dict[Symbol, Extraction] = {}
    for heir in _split(matching):
        for one in _find([(heir.before, heir.after)], matching.added, is_beside):
            if one.extracted not in told:  # the halves of what was split share what was taken out of it
                split.setdefault(one.extracted, replace(one, confidence=min(one.confidence, heir.confidence)))
    return [*found, *split.values()]


def find_inlined(matching: Matching) -> list[Extraction]:
    """The same with the sides swapped: `extracted` is a function of the old side whose code its caller took in.

    Being near counts for nothing here: a function that is gone may have been dropped, a new one was made of something.
    """
    swapped = ((new, old) for old, new in _bodies(matching))
    return _find(swapped, matching.removed, lambda _caller, _extracted: False)


def _bodies(matching: Matching) -> Iterator[tuple[Body, Body]]:
    for match in matching.matches:
        if match.before.kind == "function" and not match.before.reads_like(match.after):
            yield match.before, match.after
    yield from matching.rewritten  # the other modules call what they called


def _split(matching: Matching) -> Iterator[Match]:
    """A function that went beside each that may have come of it: of one that was split none is the heir."""
    gone, new = set(matching.removed), set(matching.added)
    yield from (match for match in matching.toss_ups if match.before in gone and match.after in new)


def _find(
    bodies: Iterable[tuple[Body, Body]], candidates: list[Symbol], is_near: Callable[[Body, Symbol], bool]
) -> list[Extraction]:
    by_name: defaultdict[str, list[Symbol]] = defaultdict(list)
    for symbol in candidates:
        if symbol.kind == "function":
            by_name[symbol.name].append(symbol)
    found: list[Extraction] = []
    steps = _Steps()
    for old, new in bodies if by_name else ():
        reached = _reached(old, new, by_name, steps)
        lost = LostStatements(_lost(old, new) if reached else [])
        best: dict[str, Extraction] = {}
        for extracted, arguments in reached if lost.statements else ():
            if not steps.take(_LOOK_STEPS + len(extracted.statements) * min(len(lost.statements), _LOST_STEPS_MAX)):
                break
            wanted = [in_place(tokens, arguments) for tokens in _values(_statements(extracted))]
            share = lost.share(wanted, near=is_near(new, extracted))
            known = best.get(f"{extracted.path}:{extracted.qualname}")
            if share >= SHARE_MIN and (known is None or share > known.confidence):
                best[f"{extracted.path}:{extracted.qualname}"] = Extraction(
                    old, new, extracted, round(share, 3), arguments
                )
        found.extend(best.values())
    return found


class _Steps:
    """How many steps are left, for a thousand bodies may call a thousand new functions, or a function of as many lines.

    What is not looked at any more counts as added or removed.
    """

    def __init__(self) -> None:
        self._left = _STEPS_MAX

    def take(self, steps: int) -> bool:
        """Whether so many more may be made."""
        self._left -= steps
        return self._left >= 0


def _reached(old: Body, new: Body, by_name: dict[str, list[Symbol]], steps: _Steps) -> list[tuple[Symbol, Arguments]]:
    """New functions that `new` calls and `old` did not, with the arguments; then those that these call."""
    reached: dict[Symbol, Arguments] = {}
    known: dict[str, ast.Call | None] | None = None
    frontier: list[tuple[Body, Arguments]] = [(new, {})]
    for _ in range(_HOPS_MAX):
        following: list[tuple[Body, Arguments]] = []
        for caller, outer in frontier:
            names = sorted(caller.identifiers.keys() & by_name.keys())
            calls = _calls(caller) if names else {}
            if names and known is None:
                known = {name: call for name, call in _calls(old).items() if call is not None}
            for name in names if known is None else [name for name in names if name not in known]:
                for symbol in _nearest(caller, by_name[name]) if name in calls else ():
                    if symbol not in reached and symbol is not new and _may_mean(caller, calls[name], symbol):
                        if not steps.take(1 + len(symbol.identifiers)):
                            return list(reached.items())
                        passed = arguments_of(symbol, calls[name], outer)
                        reached[symbol] = passed
                        following.append((symbol, passed))
        frontier = following
    return list(reached.items())


def _nearest(caller: Body, symbols: list[Symbol]) -> list[Symbol]:
    """Of several functions of one name, those within the caller, in its class, in its file, in that order."""
    if len(symbols) == 1:
        return symbols
    module = caller if isinstance(caller, Module) else caller.module
    parent = None if isinstance(caller, Module) else caller.parent
    for near in (
        [symbol for symbol in symbols if symbol.parent is caller],
        [symbol for symbol in symbols if symbol.module is module and symbol.parent is parent],
        [symbol for symbol in symbols if symbol.module is module],
    ):
        if near:
            return near
    return symbols


def _calls(body: Body) -> dict[str, ast.Call | None]:
    """What a body calls by the last part of its name, the first call of each; None for a function that is passed on."""
    found: dict[str, ast.Call | None] = {}
    for statement in _statements(body):
        for node in statement.nodes():
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
                if name and found.get(name) is None:
                    found[name] = node
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.setdefault(node.id, None)
    return found


def _may_mean(caller: Body, call: ast.Call | None, symbol: Symbol) -> bool:
    """Whether a name in `caller` may mean `symbol`: a variable of that name is none, nor what nobody imported.

    A test means a fixture by its parameter's name.
    """
    if symbol.parent is not None and symbol.parent.kind == "class":
        return call is not None
    if call is not None and isinstance(call.func, ast.Attribute):
        return True
    module = caller if isinstance(caller, Module) else caller.module
    if isinstance(caller, Symbol) and symbol.name in caller.parameter_names:
        return is_fixture(symbol) and (symbol.module is module or basename(symbol.path) == "conftest.py")
    if call is not None:
        return True
    if symbol.name in _assigned_in(caller):
        return False
    return module is symbol.module or any(_may_import(item, symbol.name) for item in module.imports)


def _may_import(item: Import, name: str) -> bool:
    return name in {item.bound, item.target.rpartition(".")[2]} or item.bound.endswith("*")


def is_fixture(symbol: Symbol) -> bool:
    """Whether a function is a pytest fixture, which tests ask for by its name."""
    return any(IDENTIFIER + "fixture" in tokens for tokens in symbol.decorators)


def _assigned_in(caller: Body) -> set[str]:
    """The variables that a body sets."""
    return {
        target.id for statement in _statements(caller) for target in statement.targets if isinstance(target, ast.Name)
    }


def _lost(old: Body, new: Body) -> list[Tokens]:
    """The statements that one version of a body has and the other has not, by their values."""
    return left_over(_values(_statements(old)), _values(_statements(new)), lambda tokens: tokens)


def _statements(body: Body) -> list[Statement]:
    if isinstance(body, Symbol):
        return body.statements
    constants = [node for symbol in body.constants for node in symbol.nodes]
    return statements_of([*body.own_statements, *constants], body.lines)


def _values(statements: Iterable[Statement]) -> list[Tokens]:
    """Statements by what they compute: assigned, returned or just done; those too short to tell are left out."""
    values = (_set_attributes(statement) + statement.value for statement in statements)
    return [tokens for tokens in values if len(tokens) >= _STATEMENT_TOKENS_MIN]


def _set_attributes(statement: Statement) -> Tokens:
    """The attributes that a statement sets, `self.size` or `self.state["size"]`: no others are like them.

    A local tells nothing, for its value may be returned.
    """
    told: list[str] = []
    for target in statement.targets if isinstance(statement.node, (ast.Assign, ast.AnnAssign)) else ():
        attribute = target.value if isinstance(target, ast.Subscript) else target
        if not isinstance(attribute, ast.Attribute):
            return ()
        name = attribute.attr[:_ATTRIBUTE_CHARS_MAX]
        told += [f"{name} {token}" for token in flatten([target])]
    return tuple(told)


def is_beside(caller: Body, extracted: Symbol) -> bool:
    """Whether extracted code stayed where its caller is: in the same class or function, or nested in the caller."""
    if isinstance(caller, Module):
        return extracted.parent is None and extracted.module is caller
    return extracted.parent is caller or (extracted.parent is caller.parent and extracted.module is caller.module)
