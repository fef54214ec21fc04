"""Attributes that a class's methods set on `self` -> which of them were renamed.

What counts is where one attribute stands for another in statements of the class's methods that are otherwise each
other's counterparts, as in a local variable's rename.
"""

from ast import Attribute, Name
from collections import Counter
from typing import Final

from app.core.diff.symbols.symbols import Symbol
from app.core.python.syntax import words_of

RECEIVERS: Final = frozenset({"self", "cls"})

_SHARE_MIN: Final = 0.5  # of the places where an attribute gave way that must agree

_PLACES_MIN: Final = 2  # such places that tell of names with no word in common

Votes = Counter[tuple[str, str]]
"""(old name, new name) -> places where the one gave way to the other; a parameter renamed alike is one, too."""


def renamed_attributes(before: Symbol, after: Symbol, votes: Votes) -> list[tuple[str, str]]:
    """(old name, new name) of the attributes of a class that go by another name, in the order of the old names."""
    if not votes:
        return []
    old, new = _attributes(before), _attributes(after)
    gone, came = old - new, new - old
    lost: Counter[str] = Counter()
    gained: Counter[str] = Counter()
    for (one, other), count in votes.items():
        lost[one] += count
        gained[other] += count
    renamed: dict[str, str] = {}
    taken: set[str] = set()
    for (one, other), count in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        enough = count >= _SHARE_MIN * max(lost[one], gained[other])
        told = enough and (count >= _PLACES_MIN or _related(one, other))
        if one in gone and other in came and told and one not in renamed and other not in taken:
            renamed[one] = other
            taken.add(other)
    return sorted(renamed.items())


def _related(one: str, other: str) -> bool:
    """Whether two names share a word, or all their letters."""
    return bool(words_of(one) & words_of(other)) or one.replace("_", "") == other.replace("_", "")


def _attributes(symbol: Symbol) -> set[str]:
    """The attributes that a class's own methods set."""
    return {
        target.attr
        for method in symbol.children
        for statement in method.statements
        for target in statement.targets
        if isinstance(target, Attribute) and isinstance(target.value, Name) and target.value.id in RECEIVERS
    }
