"""Symbols of both sides -> which became which, over all files at once.

First by name within the same container (file, class or outer function), from the outside in; then, for what is
left, by identical body, by identical structure, by similarity of tokens, and by who calls it, the surest pairs first.
Nothing depends on the order of the input or prefers a side, so equal input gives equal output and swapped sides give
swapped pairs.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Literal

from app.core.diff.symbols import Kind, Module, Symbol
from app.core.diff.syntax import IDENTIFIER, Tokens, anonymous

Basis = Literal["name", "identical", "structure", "similar", "callers"]

_MOVED_MIN = 0.5  # similarity asked of two functions of one name in different places
_MOVED_MIN_COMMON_NAME = 0.75  # … where half the world's classes have a method of that name
_RENAMED_MIN = 0.6  # … of two names in one place
_MOVED_AND_RENAMED_MIN = 0.75  # … where neither name nor place is the same
_CALLED_MIN = 0.5  # … of any two where some caller replaced the one name by the other
_CALLERS_BONUS = 0.15  # by which such a caller makes a match surer
_SETTLED_MIN = 0.9  # similarity from which nobody disputes that two symbols of one name belong together
_CERTAIN_MIN = 0.9  # similarity that tells more than parameters and calls do
_NAME_BONUS = 0.1  # by which another symbol must be more similar to get the better of a name in common
_FOLLOWERS_MAX = 100  # symbols of one container that may be the one that a name became
_FOLLOWER_CONFIDENCE = 0.7  # of a match that callers alone tell
_STRUCTURE_TOKENS_MIN = 30  # shorter bodies are alike by chance
_STRUCTURE_CONFIDENCE = 0.9
_TRIVIAL_WEIGHT = 3  # `pass`, `return None`, `raise NotImplementedError`: says nothing about what it was
_SMALL_WEIGHT = 10  # enough to be a rename or a move if identical, not both at once
_FEATURE_SYMBOLS_MAX = 16  # a token in more symbols than this does not single out candidates
_WEIGHT = 720_720  # of a feature, shared by its holders: integers, for a sum of floats depends on its order
_CANDIDATES_MAX = 8  # symbols weighed for one symbol; keeps matching linear in their number
_COMMON_NAMES = frozenset({"main", "run", "forward", "get", "setUp", "fit", "predict", "transform", "process", "load"})


@dataclass(frozen=True, slots=True)
class Match:
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
        self.modules = [(old, new) for old, new in pairs if old and new]
        self._files = {old.file.path: new.file.path for old, new in self.modules}
        self._by_before: dict[Symbol, Match] = {}
        self._by_after: dict[Symbol, Match] = {}

    @property
    def matches(self) -> list[Match]:
        """All matches."""
        return sorted(self._by_after.values(), key=lambda match: (match.after.order, match.before.order))

    @property
    def removed(self) -> list[Symbol]:
        """Symbols of the old side without a counterpart."""
        return [symbol for symbol in self.before if symbol not in self._by_before]

    @property
    def added(self) -> list[Symbol]:
        """Symbols of the new side without a counterpart."""
        return [symbol for symbol in self.after if symbol not in self._by_after]

    def partner(self, before: Symbol) -> Symbol | None:
        """What `before` became."""
        match = self._by_before.get(before)
        return match.after if match else None

    def has_origin(self, after: Symbol) -> bool:
        """Whether some symbol became `after`."""
        return after in self._by_after

    def add(self, match: Match) -> None:
        """Take a match whose symbols are both free."""
        self._by_before[match.before] = match
        self._by_after[match.after] = match

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


def match_symbols(pairs: list[tuple[Module | None, Module | None]]) -> Matching:
    """Match the symbols of all changed modules; `pairs` are files before and after, either may be None."""
    matching = Matching(pairs)
    for kind in ("class", "function", "constant"):
        disputed = _match_names(matching, kind, disputable=kind != "constant")
        if kind != "constant":
            _match_similar(matching, kind, disputed)
            _match_names(matching, kind, disputable=False)
            _match_followers(matching, kind)
    _match_constants(matching)
    return matching


def _match_constants(matching: Matching) -> None:
    """Match variables of one module or class whose new name replaced the old one, or whose value says enough.

    The `None` of a class says nothing: its methods tell what became of it, once they are compared.
    """
    new: defaultdict[Symbol | str, list[Symbol]] = defaultdict(list)
    for symbol in matching.added:
        if symbol.kind == "constant":
            new[symbol.parent or symbol.path].append(symbol)
    if not new:
        return
    callers = _Callers(matching)
    scored: list[tuple[tuple[float, object, object], Match]] = []
    for symbol in matching.removed:
        container = matching.container(symbol) if symbol.kind == "constant" else None
        others = new.get(container, []) if container else []
        for other in others if len(others) <= _FOLLOWERS_MAX else ():
            called = callers.replaced(symbol.name, other.name)
            alike = similarity(_value(symbol), _value(other))
            telling = _value(symbol).total() > _TRIVIAL_WEIGHT
            if (alike == 1.0 and telling) or (called and alike >= _RENAMED_MIN and (telling or not symbol.parent)):
                match = Match(symbol, other, "callers" if called else "identical", round(alike, 3))
                scored.append(((-called - alike, sorted((symbol.order, other.order)), symbol.order), match))
    for _, match in sorted(scored, key=lambda item: item[0]):
        if matching.is_free(match):
            matching.add(match)


def _value(symbol: Symbol) -> Counter[str]:
    """What a variable's values are made of, its own name aside."""
    return Counter({token: count for token, count in symbol.bag.items() if token != IDENTIFIER + symbol.name})


def _match_names(matching: Matching, kind: Kind, *, disputable: bool) -> list[tuple[Symbol, Symbol]]:
    """Match symbols of one name in containers that belong together; of several, those with equal lines first.

    Returns what is left open if `disputable`: pairs of one name that have little else in common, while other symbols
    without a counterpart might be it. A function may get its neighbour's old name.
    """
    old = _by_container([symbol for symbol in matching.removed if symbol.kind == kind])
    new = _by_container([symbol for symbol in matching.added if symbol.kind == kind])
    changed: list[tuple[Symbol, Symbol]] = []
    for (_, name), group in old.items():  # parents before children: a container's counterpart is known by now
        container = matching.container(group[0])
        others = new.get((container, name)) if container else None
        if not others:
            continue
        if len(group) == len(others) == 1 and disputable and group[0].segment != others[0].segment:
            changed.append((group[0], others[0]))
            continue
        equal: defaultdict[str, list[Symbol]] = defaultdict(list)
        for other in reversed(others) if len(group) + len(others) > 2 else ():
            equal[other.segment].append(other)
        for symbol in group:
            if equal[symbol.segment]:
                matching.add(Match(symbol, equal[symbol.segment].pop()))
        rest = [symbol for symbol in group if matching.partner(symbol) is None]
        for symbol, other in zip(rest, [o for o in others if not matching.has_origin(o)], strict=False):
            matching.add(Match(symbol, other))
    return _settle(matching, kind, changed)


def _settle(matching: Matching, kind: Kind, changed: list[tuple[Symbol, Symbol]]) -> list[tuple[Symbol, Symbol]]:
    """Match the pairs that nobody disputes, and return the others."""
    named = {symbol for pair in changed for symbol in pair}
    free_old = {symbol.whole for symbol in matching.removed if symbol.kind == kind and symbol not in named}
    free_new = {symbol.whole for symbol in matching.added if symbol.kind == kind and symbol not in named}
    disputed = []
    for one, other in changed:
        if (free_old or free_new) and (
            similarity(one.bag, other.bag) < _SETTLED_MIN or one.whole in free_new or other.whole in free_old
        ):
            disputed.append((one, other))
        else:
            matching.add(Match(one, other))
    return disputed


def _by_container(symbols: list[Symbol]) -> dict[tuple[Symbol | str, str], list[Symbol]]:
    """Symbols by what contains them and their name, in the order of the text."""
    groups: dict[tuple[Symbol | str, str], list[Symbol]] = {}
    for symbol in symbols:
        groups.setdefault((symbol.parent or symbol.path, symbol.name), []).append(symbol)
    return groups


def _match_similar(matching: Matching, kind: Kind, disputed: list[tuple[Symbol, Symbol]]) -> None:
    """Match what is left by what it is made of, the surest pairs first; a name in common counts for something."""
    old = [symbol for symbol in matching.removed if symbol.kind == kind]
    new = [symbol for symbol in matching.added if symbol.kind == kind]
    if not old or not new:
        return
    callers = _Callers(matching)
    scored: list[tuple[tuple[float, object, object], Match]] = []
    named = set(disputed)
    heirs = _Heirs(disputed)
    for one, other in disputed:
        score = _resemblance(one, other) + _NAME_BONUS
        scored.append(((-score, sorted((one.order, other.order)), one.order), Match(one, other)))
    for one, other in _candidates(old, new):
        match = _weigh(matching, callers, one, other) if (one, other) not in named else None
        if match is not None and heirs.may_lose_to(match):
            nearness = 0.05 * (one.name == other.name) + 0.03 * matching.same_container(one, other)
            scored.append(((-match.confidence - nearness, sorted((one.order, other.order)), one.order), match))
    for _, match in sorted(scored, key=lambda item: item[0]):
        if matching.is_free(match):
            matching.add(match)


def _match_followers(matching: Matching, kind: Kind) -> None:
    """Match bodies that say nothing of themselves, where others show the way.

    An abstract method follows the methods that override it, and whatever else names it, to its new name; a short one
    of the same name follows its neighbours to their new class.
    """
    old = [symbol for symbol in matching.removed if symbol.kind == kind]
    new: defaultdict[Symbol | str, list[Symbol]] = defaultdict(list)
    for symbol in matching.added:
        if symbol.kind == kind:
            new[symbol.parent or symbol.path].append(symbol)
    if not old or not new:
        return
    renamed = {(m.before.name, m.after.name) for m in matching.matches if m.before.kind == kind}
    moved: defaultdict[Symbol, dict[Symbol, None]] = defaultdict(dict)
    for m in matching.matches:
        if m.before.kind == kind and m.before.parent and m.after.parent and m.before.name == m.after.name:
            moved[m.before.parent][m.after.parent] = None
    callers = _Callers(matching)
    for symbol in old:
        container = matching.container(symbol)
        for other in new.get(container, ())[:_FOLLOWERS_MAX] if container else ():
            match = Match(symbol, other, "callers", _FOLLOWER_CONFIDENCE)
            names = (symbol.name, other.name)
            if symbol.own == other.own and matching.is_free(match) and (names in renamed or callers.replaced(*names)):
                matching.add(match)
        for container in moved[symbol.parent] if symbol.parent else ():
            for other in new.get(container, ()):
                match = Match(symbol, other, "identical", _FOLLOWER_CONFIDENCE)
                if symbol.name == other.name and symbol.whole == other.whole and matching.is_free(match):
                    matching.add(match)


def _weigh(matching: Matching, callers: "_Callers", one: Symbol, other: Symbol) -> Match | None:
    """How sure it is that `one` became `other`; None where it is not."""
    same_name, same_place = one.name == other.name, matching.same_container(one, other)
    called = not same_name and callers.replaced(one.name, other.name)
    weight = min(one.weight, other.weight)
    if one.whole == other.whole:
        if weight > _SMALL_WEIGHT or (weight > _TRIVIAL_WEIGHT and (same_name or same_place)) or called:
            return Match(one, other, "identical", 1.0)
        if same_name and one.kind == "class":
            return Match(one, other, "identical", 0.8)
        return None
    if weight <= _TRIVIAL_WEIGHT:
        return None
    alike = _resemblance(one, other)
    if _same_structure(one, other):
        return Match(one, other, "structure", round(alike, 3))
    if alike < (_CALLED_MIN if called else _least(one, other, same_place)):
        return None
    return Match(one, other, "similar", round(min(alike + _CALLERS_BONUS * called, 0.99), 3))


def _resemblance(one: Symbol, other: Symbol) -> float:
    """How much two symbols are alike; those of one structure at least by so much."""
    alike = similarity(one.bag, other.bag)
    return max(_STRUCTURE_CONFIDENCE, alike) if _same_structure(one, other) else alike


def _same_structure(one: Symbol, other: Symbol) -> bool:
    return len(one.whole) == len(other.whole) >= _STRUCTURE_TOKENS_MIN and anonymous(one.whole) == anonymous(
        other.whole
    )


def _least(one: Symbol, other: Symbol, same_place: bool) -> float:
    if one.name == other.name:
        common = one.name.startswith("__") or one.name in _COMMON_NAMES
        return _MOVED_MIN_COMMON_NAME if common and not same_place else _MOVED_MIN
    return _RENAMED_MIN if same_place else _MOVED_AND_RENAMED_MIN


def _candidates(old: list[Symbol], new: list[Symbol]) -> list[tuple[Symbol, Symbol]]:
    """Pairs worth weighing: those that share what few symbols have, the best few for each symbol."""
    holders: defaultdict[str | Tokens, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, symbols in enumerate((old, new)):
        for number, symbol in enumerate(symbols):
            for feature in _features(symbol):
                holders[feature][side].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for olds, news in holders.values():
        if max(len(olds), len(news)) <= _FEATURE_SYMBOLS_MAX:
            weight = _WEIGHT // (len(olds) + len(news))
            shared.update({(i, j): weight for i in olds for j in news})
    ranked = sorted(shared, key=lambda ij: (-shared[ij], sorted((old[ij[0]].order, new[ij[1]].order)), ij))
    taken_old: Counter[int] = Counter()
    taken_new: Counter[int] = Counter()
    kept = []
    for i, j in ranked:
        if min(taken_old[i], taken_new[j]) < _CANDIDATES_MAX:
            taken_old[i] += 1
            taken_new[j] += 1
            kept.append((old[i], new[j]))
    return kept


def _features(symbol: Symbol) -> set[str | Tokens]:
    """What may single a symbol out: its name, its tokens, its body as a whole."""
    return {*symbol.bag, f"name {symbol.name}", symbol.whole}


def similarity(one: Counter[str], other: Counter[str]) -> float:
    """Dice's coefficient of two bags: twice what they share over all they hold."""
    whole = one.total() + other.total()
    return 2 * (one & other).total() / whole if whole else 0.0


class _Heirs:
    """Symbols that kept their name and little else, and who may take their counterpart from them.

    Nobody may take it from a function whose parameters kept their names too, nor may a function that it calls now
    and did not before: that one was extracted. Only an identical body is stronger, in the first case where it is not
    called, in the second where the parameters are others.
    """

    def __init__(self, disputed: list[tuple[Symbol, Symbol]]) -> None:
        self._after = dict(disputed)
        self._before = {other: one for one, other in disputed}

    def may_lose_to(self, match: Match) -> bool:
        """Whether `match` may stand in spite of the names."""
        heir, ancestor = self._after.get(match.before), self._before.get(match.after)
        return not (
            (heir is not None and self._stands(match.before, heir, heir, match.before, match.after.name, match))
            or (
                ancestor is not None
                and self._stands(ancestor, match.after, ancestor, match.after, match.before.name, match)
            )
        )

    @staticmethod
    def _stands(one: Symbol, other: Symbol, caller: Symbol, past: Symbol, callee: str, match: Match) -> bool:
        same_signature = one.kind == "function" and one.parameter_names == other.parameter_names
        called = callee in caller.identifiers and callee not in past.identifiers
        if same_signature:
            return called or match.basis != "identical"
        return called and match.confidence < _CERTAIN_MIN


class _Callers:
    """Which bodies lost which names and gained which, over everything matched so far."""

    def __init__(self, matching: Matching) -> None:
        self._lost: defaultdict[str, set[int]] = defaultdict(set)
        self._gained: defaultdict[str, set[int]] = defaultdict(set)
        bodies: list[tuple[Counter[str], Counter[str]]] = [
            (match.before.identifiers, match.after.identifiers)
            for match in matching.matches
            if match.before.kind == "function" and match.before.segment != match.after.segment
        ]
        bodies.extend((old.identifiers, new.identifiers) for old, new in matching.modules)
        for number, (old, new) in enumerate(bodies):
            for name in old.keys() - new.keys():
                self._lost[name].add(number)
            for name in new.keys() - old.keys():
                self._gained[name].add(number)

    def replaced(self, old: str, new: str) -> bool:
        """Whether some body names `new` where it named `old`."""
        return not self._lost.get(old, set()).isdisjoint(self._gained.get(new, set()))
