"""Methods that several subclasses lost to their base, or that a base lost to several subclasses.

One of them is matched like any other method that moved; these are the others, whose counterpart is taken.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from pydantic import JsonValue

from app.core.diff.matching.matching import Match, Matching
from app.core.diff.symbols.symbols import Symbol
from app.core.python.syntax import similarity

_OTHERS_MAX: Final = 16  # methods of one name in classes of one name: people have one
_ALIKE_MIN: Final = 0.5  # similarity asked of two methods of one name, one in the base of the other's class


def pulled_up(matching: Matching) -> Iterator[Match]:
    """Methods that are gone, with the new method of their name in a base of their class."""
    gone = _methods(matching.removed)
    came = _by_name(matching.after, {match.after for match in _settled(matching)}) if gone else {}
    for symbol in gone:
        if symbol.name in came:
            others = [other for other in came[symbol.name] if is_base(matching, symbol, other, of_new=True)]
            yield from (Match(symbol, other, "similar", alike) for other, alike in _first(symbol, others))


def pushed_down(matching: Matching) -> Iterator[Match]:
    """Methods that are new, with the method of their name that a base of their class has lost."""
    came = _methods(matching.added)
    gone = _by_name(matching.before, {match.before for match in _settled(matching)}) if came else {}
    for symbol in came:
        if symbol.name in gone:
            others = [other for other in gone[symbol.name] if is_base(matching, symbol, other, of_new=False)]
            yield from (Match(other, symbol, "similar", alike) for other, alike in _first(symbol, others))


def is_base(matching: Matching, method: Symbol, other: Symbol, *, of_new: bool) -> bool:
    """Whether the class of `other` is a base of the class of `method`, before or after, under either name.

    `other` is of the new side and `method` of the old one, or the other way round.
    """
    if method.parent is None or other.parent is None:
        return False
    if of_new:
        sub, base = matching.partner(method.parent), matching.origin(other.parent)
    else:
        sub, base = matching.origin(method.parent), matching.partner(other.parent)
    bases = {name for owner in (method.parent, sub) if owner for name in base_names(owner)}
    return not bases.isdisjoint(owner.name for owner in (other.parent, base) if owner)


def base_names(symbol: Symbol) -> list[JsonValue]:
    """Names of a class's bases, the last part of dotted ones; `Base[Row]` is named `Base`."""
    bases = [base.value if isinstance(base, ast.Subscript) else base for base in getattr(symbol.nodes[0], "bases", [])]
    return [getattr(base, "id", None) or getattr(base, "attr", "…") for base in bases]


def _settled(matching: Matching) -> list[Match]:
    """Functions that stayed where they were."""
    return [m for m in matching.matches if m.before.kind == "function" and matching.same_container(m.before, m.after)]


def _methods(symbols: list[Symbol]) -> list[Symbol]:
    return [symbol for symbol in symbols if symbol.kind == "function" and symbol.parent is not None]


def _by_name(symbols: list[Symbol], stayed: set[Symbol]) -> dict[str, list[Symbol]]:
    """Methods that did not stay where they were, by name."""
    found: defaultdict[str, list[Symbol]] = defaultdict(list)
    for symbol in _methods(symbols):
        if symbol not in stayed:
            found[symbol.name].append(symbol)
    return found


def _first(symbol: Symbol, others: list[Symbol]) -> Iterator[tuple[Symbol, float]]:
    """The first of `others` that is much like `symbol`, and how much."""
    for other in others[:_OTHERS_MAX]:
        alike = similarity(symbol.bag, other.bag)
        if alike >= _ALIKE_MIN:
            yield other, round(alike, 3)
            return
