"""Symbols of one place that have little in common -> pairs, by what else speaks for a new name.

No single sign would do: that the same name gave way to the same elsewhere, that callers follow in step, that body,
parameters, docstring or neighbours are the same, that the names share words. Together they tell.
"""

import re
from collections import Counter, defaultdict
from typing import Final

from app.core.diff.matching.callers import Callers
from app.core.diff.matching.matching import Match, Matching, container_of, methods_of
from app.core.diff.symbols.symbols import Kind, Symbol
from app.core.python.syntax import holds_name, names_alike, similarity

_CONFIDENCE: Final = 0.7  # of a match that others alone tell
_SIGNS_MIN: Final = 3  # signs that together tell a rename
_WEIGHED_MAX: Final = 100  # symbols of one place that may be the one that a name became
_DOCSTRINGS_ALIKE_MIN: Final = 0.7  # share of words in common of two docstrings' first lines
_DOCSTRING_WORDS_MIN: Final = 4
_METHODS_ALIKE_MIN: Final = 0.5  # share of method names in common of two classes
_BODIES_ALIKE_MIN: Final = 0.35
_WORD: Final = re.compile(r"\w+")


def match_renamed(matching: Matching, kind: Kind, old: list[Symbol], new: list[Symbol]) -> None:
    """Match symbols of one place for which enough signs speak, the best first."""
    others = by_container(new)
    signs = _Signs(matching, kind)
    scored: list[tuple[float, Match]] = []
    for symbol in old:
        container = matching.container(symbol)
        for other in others.get(container, ())[:_WEIGHED_MAX] if container else ():
            count = signs.count(symbol, other)
            if count >= _SIGNS_MIN:
                alike = similarity(symbol.bag, other.bag)
                scored.append((count + alike, Match(symbol, other, "callers", _CONFIDENCE)))
    matching.add_all((match for _, match in scored), [score for score, _ in scored])


class _Signs:
    """What speaks for renames of one kind of symbol, in what is matched so far."""

    def __init__(self, matching: Matching, kind: Kind) -> None:
        self._callers = Callers(matching)
        self._renames = {(m.before.name, m.after.name) for m in matching.matches if m.before.kind == kind}
        self._neighbours = _Neighbours(matching, kind)
        self._summaries: dict[Symbol, Counter[str]] = {}

    def count(self, one: Symbol, other: Symbol) -> int:
        """The signs that `one` became `other`; without any of a common fate, body or docstring, none at all."""
        names = (one.name, other.name)
        said = 2 * (names in self._renames)
        if self._callers.replaced(*names):
            said += 1 + self._callers.replaced_in_step(*names)
        said += _bodies_alike(one, other)
        beside = _declared_alike(one, other) + self._neighbours.are_the_same(one, other)
        if said + beside < _SIGNS_MIN - 2:  # docstrings and names make two signs at most
            return 0
        said += self._docstrings_alike(one, other)
        return said + beside + (said + beside >= _SIGNS_MIN - 1 and _names_alike(one, other)) if said else 0

    def _docstrings_alike(self, one: Symbol, other: Symbol) -> bool:
        """Whether two docstrings begin with much the same sentence."""
        first, second = self._summary(one), self._summary(other)
        enough = min(first.total(), second.total()) >= _DOCSTRING_WORDS_MIN
        return enough and similarity(first, second) >= _DOCSTRINGS_ALIKE_MIN

    def _summary(self, symbol: Symbol) -> Counter[str]:
        found = self._summaries.get(symbol)
        if found is None:
            words = _WORD.findall((symbol.docstring or "").strip().partition("\n")[0].lower())
            found = self._summaries[symbol] = Counter(words)
        return found


class _Neighbours:
    """What stands before and after each symbol, among those of its kind in its place."""

    def __init__(self, matching: Matching, kind: Kind) -> None:
        self._matching = matching
        self._beside = (_beside(matching.before, kind), _beside(matching.after, kind))

    def are_the_same(self, one: Symbol, other: Symbol) -> bool:
        """Whether the symbols stand between symbols that became each other, or alone."""
        return all(
            (old is None and new is None)
            or (old is not None and new is not None and self._matching.partner(old) is new)
            for old, new in zip(self._beside[0][one], self._beside[1][other], strict=True)
        )


def _beside(symbols: list[Symbol], kind: Kind) -> dict[Symbol, tuple[Symbol | None, Symbol | None]]:
    found: dict[Symbol, tuple[Symbol | None, Symbol | None]] = {}
    for group in by_container([symbol for symbol in symbols if symbol.kind == kind]).values():
        befores, afters = [None, *group[:-1]], [*group[1:], None]
        found.update(zip(group, zip(befores, afters, strict=True), strict=True))
    return found


def by_container(symbols: list[Symbol]) -> dict[Symbol | str, list[Symbol]]:
    """Symbols by what contains them, in the order of the text."""
    found: defaultdict[Symbol | str, list[Symbol]] = defaultdict(list)
    for symbol in symbols:
        found[container_of(symbol)].append(symbol)
    return found


def _bodies_alike(one: Symbol, other: Symbol) -> int:
    """Signs in two bodies: equal ones are two, unless they say nothing of themselves."""
    if one.own == other.own and not (one.children or other.children):
        return 1 + one.is_telling
    return similarity(one.bag, other.bag) >= _BODIES_ALIKE_MIN


def _names_alike(one: Symbol, other: Symbol) -> bool:
    """Whether two functions' names share at least half of their words, or one class's name all words of the other's.

    Many classes are some `…Error`.
    """
    if one.kind == "class":
        return holds_name(one.name, other.name)
    return names_alike(one.name, other.name)


def _declared_alike(one: Symbol, other: Symbol) -> bool:
    """Whether two functions take the same parameters, or two classes have the same bases or methods."""
    if one.kind == "class":
        methods, others = _methods(one), _methods(other)
        return one.header == other.header or similarity(methods, others) >= _METHODS_ALIKE_MIN
    return one.parameter_names == other.parameter_names not in ((), ("self",), ("cls",))


def _methods(symbol: Symbol) -> Counter[str]:
    """The names of a class's methods."""
    return Counter(method.name for method in methods_of(symbol) if method.name != "__init__")
