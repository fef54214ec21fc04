"""Symbols of both sides -> which became which, over all files at once.

First by name within the same container (file, class or outer function), from the outside in; then, for what is
left, by identical body, by identical structure, by similarity of tokens, and by who calls it, the surest pairs first.
Nothing depends on the order of the input or prefers a side, so equal input gives equal output and swapped sides give
swapped pairs.
"""

from typing import Final

from app.core.diff.matching.followers import match_constants, match_followers
from app.core.diff.matching.matching import Match, Matching, container_of
from app.core.diff.matching.namesakes import pair_namesakes
from app.core.diff.matching.similar import match_similar
from app.core.diff.symbols.symbols import Kind, Module, Symbol
from app.core.python.syntax import IDENTIFIER, similarity

_CERTAIN_MIN: Final = 0.9  # confidence from which a body tells more than the name that it left behind
_SETTLED_MIN: Final = 0.5  # similarity from which nobody disputes that two symbols of one name belong together


def match_symbols(pairs: list[tuple[Module | None, Module | None]]) -> Matching:
    """Match the symbols of all changed modules; `pairs` are files before and after, either may be None."""
    matching = Matching(pairs)
    _match_kind(matching, "class")
    _match_kind(matching, "function")
    if _match_kind(matching, "class"):  # now that the functions tell whom they call
        _match_kind(matching, "function")
    _match_names(matching, "constant", disputable=False)
    match_constants(matching)
    return matching


def _match_kind(matching: Matching, kind: Kind) -> bool:
    """Match what is still open of one kind; whether anything was."""
    before = len(matching)
    disputed = _match_names(matching, kind, disputable=True)
    if all(matching.open_symbols(kind)):
        match_similar(matching, kind, disputed)
        _match_names(matching, kind, disputable=False)
        match_followers(matching, kind)
        _give_names_back(matching, disputed)
    return len(matching) > before


def _give_names_back(matching: Matching, disputed: list[tuple[Symbol, Symbol]]) -> None:
    """A name whose old bearer still exists was not renamed away: pairs of one name of which one side alone got another.

    Names that were handed on, each to the next or round a circle, stay where they went; and so does a body that went
    on under another name almost as it was.
    """
    for one, other in disputed:
        for rival, left in (
            (matching.pair(one), matching.origin(other)),
            (matching.match_of(other), matching.partner(one)),
        ):
            if rival is not None and left is None and _is_doubtful(rival):
                matching.undo(rival)
                matching.add(Match(one, other))
                break


def _is_doubtful(match: Match) -> bool:
    renamed = match.before.kind == "function" and match.before.name != match.after.name
    return renamed and match.confidence < _CERTAIN_MIN and match.basis != "identical"


def _match_names(matching: Matching, kind: Kind, *, disputable: bool) -> list[tuple[Symbol, Symbol]]:
    """Match symbols of one name in containers that belong together; of several, equal ones first.

    Returns what is left open if `disputable`: pairs of one name that have little else in common, while other symbols
    without a counterpart might be it. A function may get its neighbour's old name.
    """
    old_open, new_open = matching.open_symbols(kind)
    if not old_open or not new_open:
        return []
    old, new = _by_container(old_open), _by_container(new_open)
    changed: list[tuple[Symbol, Symbol]] = []
    for (_, name), group in old.items():  # parents before children: a container's counterpart is known by now
        container = matching.container(group[0])
        others = new.get((container, name)) if container else None
        if not others:
            continue
        if len(group) + len(others) > 2:
            _match_group(matching, group, others)
        elif disputable and not group[0].reads_like(others[0]):
            changed.append((group[0], others[0]))
        else:
            matching.add(Match(group[0], others[0]))
    return _settle(matching, kind, changed)


def _match_group(matching: Matching, group: list[Symbol], others: list[Symbol]) -> None:
    """Match symbols of one name in one container."""
    for one, other in pair_namesakes(group, others):
        matching.add(Match(one, other))


def _settle(matching: Matching, kind: Kind, changed: list[tuple[Symbol, Symbol]]) -> list[tuple[Symbol, Symbol]]:
    """Match the pairs that nobody disputes, and return the others."""
    if not changed:
        return []
    named = {symbol for pair in changed for symbol in pair}
    free = [[symbol for symbol in symbols if symbol not in named] for symbols in matching.open_symbols(kind)]
    free_old, free_new = ({symbol.whole for symbol in symbols} for symbols in free)
    copies = _Copies(*free)
    disputed = []
    for one, other in changed:
        if copies.leave(one, other):
            matching.add(Match(one, other))
        elif (
            (free_old or free_new)
            and one.whole != other.whole
            and (similarity(one.bag, other.bag) < _SETTLED_MIN or one.whole in free_new or other.whole in free_old)
        ):
            disputed.append((one, other))
        else:
            matching.add(Match(one, other))
    return disputed


class _Copies:
    """Symbols that stand under their name in another file as well: whoever copies a file does not move its code."""

    def __init__(self, free_old: list[Symbol], free_new: list[Symbol]) -> None:
        self._named_old, self._named_new = (
            {(symbol.name, symbol.whole) for symbol in side} for side in (free_old, free_new)
        )
        self._placed_old, self._placed_new = (
            {(symbol.path, symbol.whole) for symbol in side} for side in (free_old, free_new)
        )

    def leave(self, one: Symbol, other: Symbol) -> bool:
        """Whether `one` became `other`, of the same path and name, although its like stands elsewhere.

        Not where one of the two calls the other's name: then the code went, and a call of it is what stayed. Nor
        where the like stands in the same file, under another name.
        """
        if one.path != other.path or one.name != other.name:
            return False
        called = IDENTIFIER + one.name
        if (called in one.bag) != (called in other.bag):
            return False
        copied = (one.name, one.whole) in self._named_new or (other.name, other.whole) in self._named_old
        placed = (one.path, one.whole) in self._placed_new or (other.path, other.whole) in self._placed_old
        return copied and not placed


def _by_container(symbols: list[Symbol]) -> dict[tuple[Symbol | str, str], list[Symbol]]:
    """Symbols by what contains them and their name, in the order of the text."""
    groups: dict[tuple[Symbol | str, str], list[Symbol]] = {}
    for symbol in symbols:
        groups.setdefault((container_of(symbol), symbol.name), []).append(symbol)
    return groups
