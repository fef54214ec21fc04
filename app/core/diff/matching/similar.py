"""Symbols that no name settles -> pairs by what they are made of: identical, of one structure, or much alike."""

from collections import Counter
from itertools import islice, product
from typing import Final

from app.core.diff.matching.callers import Callers
from app.core.diff.matching.inheritance import base_names
from app.core.diff.matching.matching import Match, Matching
from app.core.diff.symbols.symbols import Kind, Symbol
from app.core.python.syntax import Tokens, anonymous, holds_name, names_alike, share_a_word, similarity

_MOVED_MIN: Final = 0.4  # similarity asked of two functions of one name in different places
_MOVED_MIN_COMMON_NAME: Final = 0.6  # … where half the world's classes have a method of that name
_RENAMED_MIN: Final = 0.5  # … of two names in one place
_RENAMED_MIN_SAME_SIGNATURE: Final = 0.4  # … that have the same parameters
_TELLING_PARAMETERS: Final = 3
_MOVED_AND_RENAMED_MIN: Final = 0.7  # … where neither name nor place is the same
_MOVED_AND_RENAMED_MIN_NAMED_ALIKE: Final = 0.5  # … where the names share half of their words
_NEVER: Final = 2.0  # … where neither is, neither name holds the other, and there is little to compare
_CALLED_MIN: Final = 0.5  # … of any two where some caller replaced the one name by the other
_CALLERS_BONUS: Final = 0.15  # by which such a caller makes a match surer
_NAMESAKE: Final = 0.05  # by which a name in common makes a match surer …
_NAMESAKE_CLASS: Final = 0.2  # … of classes, of which few share one
_SURE: Final = 0.99  # of what is not identical
_NAME_BONUS: Final = 0.2  # by which another symbol must be more similar to get the better of a name in common
_IDENTICAL_BONUS: Final = 0.1  # … less this, if it is identical
_CERTAIN_MIN: Final = 0.9  # similarity that tells more than a new call does
_STRUCTURE_TOKENS_MIN: Final = 30  # shorter bodies are alike by chance
_STRUCTURE_CONFIDENCE: Final = 0.9
_STATEMENTS_MIN: Final = 3  # fewer statements are of one structure by chance
_TRIVIAL_WEIGHT: Final = 3  # `pass`, `return None`, `raise NotImplementedError`: says nothing about what it was
_SMALL_WEIGHT: Final = 10  # enough to be a rename or a move if identical, not both at once
_SMALL_CLASS_CONFIDENCE: Final = 0.8  # of a class of one name and a body that says nothing
_SUBCLASSES_MIN: Final = 2  # that a base has in common, which came or went with what they share
_DOUBTFUL_MAX: Final = 0.6  # confidence below which a new name is told only if nothing else comes close
_DOUBTFUL_MAX_UNLIKE: Final = 0.75  # … if the names have nothing in common
_TOSS_UP: Final = 0.1  # similarity by which another pair may be less alike and still be close
_RIVALS_MAX: Final = 16
_TELLING_WEIGHT: Final = 30  # enough not to be alike by chance
_FEATURE_SYMBOLS_MAX: Final = 16  # a token in more symbols than this does not single out candidates
_WEIGHT: Final = 720_720  # of a feature, shared by its holders: integers, for a sum of floats depends on its order
_CANDIDATES_MAX: Final = 8  # symbols weighed for one symbol; keeps matching linear in their number
_COMMON_NAMES: Final = frozenset(
    {"main", "run", "forward", "get", "setUp", "fit", "predict", "transform", "process", "load"}
)

Pair = tuple[Symbol, Symbol]


def match_similar(matching: Matching, kind: Kind, disputed: list[Pair]) -> None:
    """Match what is left by what it is made of, the surest pairs first; a name in common counts for something.

    `disputed` are pairs of one name that others may get the better of.
    """
    old, new = matching.open_symbols(kind)
    if not old or not new:
        return
    callers, heirs = Callers(matching), _Heirs(matching, disputed)
    found: list[tuple[float, Match]] = [
        (_resemblance(one, other) + _NAME_BONUS, Match(one, other)) for one, other in disputed
    ]
    named = set(disputed)
    for one, other in _candidates(old, new):
        settled = (one, other) in named or heirs.keep_their_names(one, other)
        match = None if settled else _weigh(matching, callers, one, other)
        if match is not None and _is_a_toss_up(match):
            matching.toss_ups.append(match)
        elif match is not None and heirs.may_lose_to(match):
            nearness = (_NAMESAKE_CLASS if kind == "class" else _NAMESAKE) * (
                one.name == other.name
            ) + 0.03 * matching.same_container(one, other)
            nearness += _IDENTICAL_BONUS * (match.basis == "identical")
            found.append((match.confidence + nearness, match))
    matching.add_all((match for _, match in found), [score for score, _ in found])


def _weigh(matching: Matching, callers: Callers, one: Symbol, other: Symbol) -> Match | None:
    """How sure it is that `one` became `other`; None where it is not."""
    same_name, same_place = one.name == other.name, matching.same_container(one, other)
    weight = min(one.weight, other.weight)
    if one.whole == other.whole:
        telling = weight > _TRIVIAL_WEIGHT or one.is_telling
        if (
            weight > _SMALL_WEIGHT
            or (telling and (same_name or same_place or holds_name(one.name, other.name)))
            or (not same_name and callers.replaced(one.name, other.name))
        ):
            return Match(one, other, "identical", 1.0)
        small_class = same_name and one.kind == "class"
        return Match(one, other, "identical", _SMALL_CLASS_CONFIDENCE) if small_class else None
    if weight <= _TRIVIAL_WEIGHT:
        return None
    alike = _resemblance(one, other)
    if _same_structure(one, other):
        return Match(one, other, "structure", round(alike, 3))
    if same_place and not same_name:
        alike = max(alike, _STRUCTURE_CONFIDENCE * _alike_but_for_names(one, other))
    least = _least(one, other, same_place)
    if alike < min(_CALLED_MIN, least):
        return None  # whoever calls it
    called = not same_name and callers.replaced(one.name, other.name)
    enough = alike >= (_CALLED_MIN if called else least)
    return Match(one, other, "similar", round(min(alike + _CALLERS_BONUS * called, _SURE), 3)) if enough else None


def _is_a_toss_up(match: Match) -> bool:
    """Whether a doubtful new name might as well be another's.

    One function split into two became neither of them, and a family of tests, each much like the others, says nothing
    about which of them went and which came.
    """
    one, other = match.before, match.after
    least = _DOUBTFUL_MAX if share_a_word(one.name, other.name) else _DOUBTFUL_MAX_UNLIKE
    if match.basis != "similar" or match.confidence >= least or one.name == other.name or one.kind != "function":
        return False
    rivals = [(one, rival) for rival in _siblings(other)] + [(rival, other) for rival in _siblings(one)]
    closest = similarity(one.bag, other.bag) - _TOSS_UP
    return any(similarity(pair[0].bag, pair[1].bag) >= closest for pair in rivals if pair[0].name != pair[1].name)


def _siblings(symbol: Symbol) -> list[Symbol]:
    """The first of the other functions of a symbol's place."""
    around = symbol.parent.children if symbol.parent else symbol.module.symbols
    others = (s for s in around if s is not symbol and s.parent is symbol.parent and s.kind == symbol.kind)
    return list(islice(others, _RIVALS_MAX))


def _resemblance(one: Symbol, other: Symbol) -> float:
    """How much two symbols are alike; those of one structure at least by so much."""
    alike = similarity(one.bag, other.bag)
    return max(_STRUCTURE_CONFIDENCE, alike) if _same_structure(one, other) else alike


def _alike_but_for_names(one: Symbol, other: Symbol) -> float:
    """The share of two functions' statements, by length, that are equal but for names and values."""
    return similarity(_structures(one), _structures(other)) if len(one.statements) >= _STATEMENTS_MIN else 0.0


def _structures(symbol: Symbol) -> Counter[Tokens]:
    counts = Counter(statement.structure for statement in symbol.statements)
    return Counter({structure: len(structure) * count for structure, count in counts.items()})


def _same_structure(one: Symbol, other: Symbol) -> bool:
    long = len(one.whole) == len(other.whole) >= _STRUCTURE_TOKENS_MIN
    return long and anonymous(one.whole) == anonymous(other.whole)


def _least(one: Symbol, other: Symbol, same_place: bool) -> float:
    if one.name == other.name:
        common = one.name.startswith("__") or one.name in _COMMON_NAMES
        return _MOVED_MIN_COMMON_NAME if common and not same_place else _MOVED_MIN
    if not same_place:
        weight = min(one.weight, other.weight)
        if weight <= _SMALL_WEIGHT and not holds_name(one.name, other.name):
            return _NEVER
        telling = weight >= _TELLING_WEIGHT and names_alike(one.name, other.name)
        return _MOVED_AND_RENAMED_MIN_NAMED_ALIKE if telling else _MOVED_AND_RENAMED_MIN
    same_signature = len(one.parameter_names) >= _TELLING_PARAMETERS and one.parameter_names == other.parameter_names
    return _RENAMED_MIN_SAME_SIGNATURE if same_signature else _RENAMED_MIN


def _candidates(old: list[Symbol], new: list[Symbol]) -> list[Pair]:
    """Pairs worth weighing: those that share what few symbols have, the best few for each symbol."""
    if max(len(old), len(new)) <= _CANDIDATES_MAX:  # so few that all they share counts, and each may be weighed
        features = {symbol: _features(symbol) for symbol in (*old, *new)}
        return [pair for pair in product(old, new) if not features[pair[0]].isdisjoint(features[pair[1]])]
    holders, other_holders = _holders(old), _holders(new)
    shared: dict[tuple[int, int], int] = {}
    for feature in holders.keys() & other_holders.keys():
        olds, news = holders[feature], other_holders[feature]
        if max(len(olds), len(news)) <= _FEATURE_SYMBOLS_MAX:
            weight = _WEIGHT // (len(olds) + len(news))
            for pair in product(olds, news):
                shared[pair] = shared.get(pair, 0) + weight
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


def _holders(symbols: list[Symbol]) -> dict[str | Tokens, list[int]]:
    """Feature -> numbers of the symbols that have it."""
    found: dict[str | Tokens, list[int]] = {}
    for number, symbol in enumerate(symbols):
        for feature in _features(symbol):
            if feature in found:
                found[feature].append(number)
            else:
                found[feature] = [number]
    return found


def _features(symbol: Symbol) -> set[str | Tokens]:
    """What may single a symbol out: its name, its tokens, its body as a whole."""
    return {*symbol.bag, f"name {symbol.name}", symbol.whole}


class _Heirs:
    """Symbols that kept their name and little else, and who may take their counterpart from them.

    Nobody may take it from a function whose parameters kept their names too, unless by an identical body; and nobody
    whom a function calls now and did not before, for that one was extracted (or, the other way round, inlined), unless
    the parameters are others and the body is almost the same. Nor may a class's own subclass of another name, or a base
    that it shares, for methods went up or down between them; nor, from `__init__` and its like, a function elsewhere.
    """

    def __init__(self, matching: Matching, disputed: list[Pair]) -> None:
        self._after = dict(disputed)
        self._before = {other: one for one, other in disputed}
        pairs = [*disputed, *((match.before, match.after) for match in matching.matches)] if disputed else []
        self._kept = Counter(
            name
            for pair in pairs
            if pair[0].kind == "class" and pair[0].name == pair[1].name
            for name in {name for symbol in pair for name in base_names(symbol)}
        )

    def keep_their_names(self, one: Symbol, other: Symbol) -> bool:
        """Whether a match of two others could not stand, however alike they are: it is not identical."""
        heir, ancestor = self._after.get(one), self._before.get(other)
        kept = (heir is not None and _same_parameters(one, heir)) or (
            ancestor is not None and _same_parameters(ancestor, other)
        )
        return kept and one.whole != other.whole

    def _is_kin(self, symbol: Symbol, namesake: Symbol | None) -> bool:
        """Whether a class of another name extends `namesake`, or is a base of it and of others that kept their names.

        A base that one class alone extends may be what that class was, if the new class of its name holds the less.
        """
        if namesake is None or symbol.kind != "class" or symbol.name == namesake.name:
            return False
        is_base = symbol.name in base_names(namesake) and self._kept[symbol.name] >= _SUBCLASSES_MIN
        return is_base or namesake.name in base_names(symbol)

    def may_lose_to(self, match: Match) -> bool:
        """Whether `match` may stand in spite of the names."""
        heir, ancestor = self._after.get(match.before), self._before.get(match.after)
        if self._is_kin(match.after, heir) or self._is_kin(match.before, ancestor):
            return False
        if _is_bound(match.before, heir, match.after) or _is_bound(match.after, ancestor, match.before):
            return False
        return not (
            (heir is not None and _keeps(match.before, heir, match, _calls_anew(match.before, heir, match.after)))
            or (
                ancestor is not None
                and _keeps(ancestor, match.after, match, _calls_anew(match.after, ancestor, match.before))
            )
        )


def _is_bound(symbol: Symbol, namesake: Symbol | None, rival: Symbol) -> bool:
    """Whether Python itself calls a method by its name, as `__init__`, and `rival` is elsewhere."""
    special = symbol.name.startswith("__") and symbol.name.endswith("__")
    return special and namesake is not None and rival.parent is not namesake.parent


def _keeps(one: Symbol, other: Symbol, rival: Match, called: bool) -> bool:
    """Whether a pair of one name keeps together against `rival`."""
    if _same_parameters(one, other):
        return called or rival.basis != "identical"
    return called and rival.confidence < _CERTAIN_MIN


def _same_parameters(one: Symbol, other: Symbol) -> bool:
    return one.kind == "function" and one.parameter_names == other.parameter_names


def _calls_anew(past: Symbol, present: Symbol, callee: Symbol) -> bool:
    """Whether one version of a function names `callee` and the other does not."""
    return callee.name in present.identifiers and callee.name not in past.identifiers
