"""Which symbols of the old side became which of the new one: what is settled so far, and what is still open."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from app.core.diff.lazy import lazy
from app.core.diff.symbols.symbols import Kind, Module, Symbol
from app.core.diff.symbols.versions import run_alike

Basis = Literal["name", "identical", "structure", "similar", "callers"]


class Match(NamedTuple):
    """`before` became `after`; `basis` says how that was found, `confidence` how sure it is."""

    before: Symbol
    after: Symbol
    basis: Basis = "name"
    confidence: float = 1.0


class Matching:
    """The outcome: matches in the order of the new side, and what is left over on either side."""

    def __init__(self, pairs: list[tuple[Module | None, Module | None]]) -> None:
        self.before = [symbol for module, _ in pairs if module for symbol in module.symbols]
        self.after = [symbol for _, module in pairs if module for symbol in module.symbols]
        self._removed, self._added = self.before, self.after
        self._open = _by_kind(self.before), _by_kind(self.after)
        self.modules = [(old, new) for old, new in pairs if old and new]
        self._files = {old.file.path: new.file.path for old, new in self.modules}
        self._matches: list[Match] = []
        self.toss_ups: list[Match] = []  # pairs that were not made, for another was as good: what was split, above all
        self._by_before: dict[Symbol, Match] = {}
        self._by_after: dict[Symbol, Match] = {}

    @lazy
    def rewritten(self) -> list[tuple[Module, Module]]:
        """The modules that do something else when they are loaded: their own statements or variables changed."""
        return [(old, new) for old, new in self.modules if not (_set_alike(old, new) and run_alike(old, new))]

    def __len__(self) -> int:
        """How many symbols have a counterpart."""
        return len(self._by_before)

    @property
    def matches(self) -> list[Match]:
        """All matches."""
        if len(self._matches) < len(self._by_after):
            self._matches = sorted(self._by_after.values(), key=lambda match: (match.after.order, match.before.order))
        return self._matches

    @property
    def removed(self) -> list[Symbol]:
        """Symbols of the old side without a counterpart."""
        self._removed = [symbol for symbol in self._removed if symbol not in self._by_before]
        return self._removed

    @property
    def added(self) -> list[Symbol]:
        """Symbols of the new side without a counterpart."""
        self._added = [symbol for symbol in self._added if symbol not in self._by_after]
        return self._added

    def partner(self, before: Symbol) -> Symbol | None:
        """What `before` became."""
        match = self._by_before.get(before)
        return match.after if match else None

    def pair(self, before: Symbol) -> Match | None:
        """The match that `before` is part of."""
        return self._by_before.get(before)

    def confidence(self, match: Match) -> float:
        """How sure a match can be: no surer than the matches of what contains it."""
        found, at = match.confidence, match.before.parent
        while at is not None:
            around = self._by_before.get(at)
            if around is not None and around.after in _around(match.after):
                found = min(found, around.confidence)
            at = at.parent
        return found

    def origin(self, after: Symbol) -> Symbol | None:
        """What became `after`."""
        match = self._by_after.get(after)
        return match.before if match else None

    def match_of(self, after: Symbol) -> Match | None:
        """The match that `after` is part of."""
        return self._by_after.get(after)

    def add(self, match: Match) -> None:
        """Take a match whose symbols are both free."""
        self._by_before[match.before] = match
        self._by_after[match.after] = match

    def undo(self, match: Match) -> None:
        """Take a match back: both of its symbols are open again."""
        del self._by_before[match.before], self._by_after[match.after]
        self._matches = []
        self._removed, self._added = self.before, self.after
        for side, symbol in zip(self._open, (match.before, match.after), strict=True):
            side[symbol.kind].append(symbol)

    def add_all(self, matches: Iterable[Match], scores: Sequence[float] | None = None) -> None:
        """Take those of `matches` whose symbols are still free, the surest first, by `scores` if there are any.

        Ties are broken by place, in a way that prefers no side.
        """
        ranked = [
            ((-(scores[number] if scores else match.confidence), *_places(match)), match)
            for number, match in enumerate(matches)
        ]
        for _, match in sorted(ranked, key=lambda item: item[0]):
            if self.is_free(match):
                self.add(match)

    def is_free(self, match: Match) -> bool:
        """Whether neither symbol has a counterpart yet."""
        return match.before not in self._by_before and match.after not in self._by_after

    def same_container(self, before: Symbol, after: Symbol) -> bool:
        """Whether what contains `before` became what contains `after`: file, class or outer function."""
        if before.parent is None or after.parent is None:
            return before.parent is after.parent and self._files.get(before.path) == after.path
        return self.partner(before.parent) is after.parent

    def container(self, before: Symbol) -> Symbol | str | None:
        """What the container of `before` became, None where it is gone."""
        return self._files.get(before.path) if before.parent is None else self.partner(before.parent)

    def open_symbols(self, kind: Kind) -> tuple[list[Symbol], list[Symbol]]:
        """Symbols of one kind without a counterpart, of either side."""
        old, new = self._open
        old[kind] = [symbol for symbol in old[kind] if symbol not in self._by_before]
        new[kind] = [symbol for symbol in new[kind] if symbol not in self._by_after]
        return old[kind], new[kind]


def _around(symbol: Symbol) -> list[Symbol]:
    """What contains a symbol, the innermost first."""
    found: list[Symbol] = []
    while symbol.parent is not None:
        symbol = symbol.parent
        found.append(symbol)
    return found


def container_of(symbol: Symbol) -> Symbol | str:
    """What contains a symbol: a class, an outer function, or a file by its path."""
    return symbol.parent or symbol.path


def methods_of(symbol: Symbol) -> list[Symbol]:
    """A class's own functions, in the order of the text."""
    return [child for child in symbol.children if child.kind == "function"]


def _set_alike(old: Module, new: Module) -> bool:
    """Whether the variables of two modules are set to the same."""
    constants = zip(old.constants, new.constants, strict=False)
    return len(old.constants) == len(new.constants) and all(one.reads_like(other) for one, other in constants)


def _by_kind(symbols: list[Symbol]) -> defaultdict[Kind, list[Symbol]]:
    found: defaultdict[Kind, list[Symbol]] = defaultdict(list)
    for symbol in symbols:
        found[symbol.kind].append(symbol)
    return found


def _places(match: Match) -> tuple[object, object]:
    return sorted((match.before.order, match.after.order)), match.before.order
