"""Symbols whose bodies say too little of themselves -> pairs, where callers or neighbours show the way."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from app.core.diff.matching.callers import Callers
from app.core.diff.matching.matching import Match, Matching, container_of, methods_of
from app.core.diff.matching.renames import by_container, match_renamed
from app.core.diff.symbols.symbols import Kind, Symbol
from app.core.python.syntax import IDENTIFIER, similarity

_FOLLOWER_CONFIDENCE: Final = 0.7  # of a match that others alone tell
_FOLLOWERS_MAX: Final = 100  # symbols of one container that may be the one that a name became
_EQUAL_MAX: Final = 4  # variables of one value that may be the one that a name became
_TELLING_WEIGHT: Final = 3  # a value of more than this is known again by itself
_METHODS_MIN: Final = 2  # methods that went from one class to another
_METHODS_SHARE_MIN: Final = 0.5  # … of either one's
_VALUES_ALIKE_MIN: Final = 0.6  # similarity of the values of a variable that goes by another name


def match_followers(matching: Matching, kind: Kind) -> None:
    """Match bodies that say nothing of themselves.

    An abstract method follows the methods that override it, and whatever else names it, to its new name; a short one
    of the same name follows its neighbours to their new class.
    """
    old, new = matching.open_symbols(kind)
    if old and new:
        match_renamed(matching, kind, old, new)
        matching.add_all(_moved(matching, kind, old, new))
        if kind == "class":
            matching.add_all(_led_by_methods(matching))


def _led_by_methods(matching: Matching) -> Iterator[Match]:
    """Classes that went and came, between which at least half of the methods of either went."""
    old, new = matching.open_symbols("class")
    sizes = {symbol: len(methods_of(symbol)) for symbol in (*old, *new)}
    went = Counter((m.before.parent, m.after.parent) for m in matching.matches if m.before.kind == "function")
    for (one, other), count in went.items():
        if one in sizes and other in sizes and count >= _METHODS_MIN:
            share = count / max(sizes[one], sizes[other])
            if share >= _METHODS_SHARE_MIN:
                yield Match(one, other, "similar", round(share * _FOLLOWER_CONFIDENCE, 3))


def _moved(matching: Matching, kind: Kind, old: list[Symbol], new: list[Symbol]) -> Iterator[Match]:
    """Pairs of one name whose classes have other methods that went the same way."""
    ways = {
        (match.before.parent, match.after.parent)
        for match in matching.matches
        if match.before.kind == kind and match.before.name == match.after.name
    }
    named: defaultdict[str, list[Symbol]] = defaultdict(list)
    for symbol in new:
        if symbol.parent is not None:
            named[symbol.name].append(symbol)
    for symbol in old:
        for other in named[symbol.name][:_FOLLOWERS_MAX]:
            if (symbol.parent, other.parent) in ways and symbol.whole == other.whole:
                yield Match(symbol, other, "identical", _FOLLOWER_CONFIDENCE)


def match_constants(matching: Matching) -> None:
    """Match variables of one module or class whose new name replaced the old one, or whose value says enough.

    The `None` of a class says nothing: its methods tell what became of it, once they are compared.
    """
    old, new = matching.open_symbols("constant")
    if old and new:
        matching.add_all(_renamed_constants(matching, old, new))


def _renamed_constants(matching: Matching, old: list[Symbol], new: list[Symbol]) -> Iterator[Match]:
    others = by_container(new)
    values = {symbol: _value(symbol) for symbol in (*old, *new)}
    equal: defaultdict[tuple[Symbol | str, frozenset[tuple[str, int]]], list[Symbol]] = defaultdict(list)
    for other in new:
        if values[other].total() > _TELLING_WEIGHT:
            equal[container_of(other), frozenset(values[other].items())].append(other)
    callers = Callers(matching)
    for symbol in old:
        container, value = matching.container(symbol), values[symbol]
        if container is None:
            continue
        telling = value.total() > _TELLING_WEIGHT or symbol.parent is None
        for other in others.get(container, ())[:_FOLLOWERS_MAX]:
            follows = callers.replaced if telling else callers.all_follow
            if follows(symbol.name, other.name):
                alike = similarity(value, values[other])
                if alike >= _VALUES_ALIKE_MIN:
                    yield Match(symbol, other, "callers", round(alike, 3))
        for other in equal[container, frozenset(value.items())][:_EQUAL_MAX]:
            yield Match(symbol, other, "identical", _FOLLOWER_CONFIDENCE)


def _value(symbol: Symbol) -> Counter[str]:
    """What a variable's values are made of, its own name aside."""
    return Counter({token: count for token, count in symbol.bag.items() if token != IDENTIFIER + symbol.name})
