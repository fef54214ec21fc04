"""Which bodies lost which names and gained which: who renames its calls tells what was renamed."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from app.core.diff.lazy import lazy
from app.core.diff.matching.matching import Matching
from app.core.diff.symbols.symbols import Module
from app.core.python.syntax import IDENTIFIER

NameCounts = Counter[str]

_NOWHERE: Final[dict[int, int]] = {}


class Callers:
    """Which bodies lost which names and gained which, over everything matched so far.

    A class's bases and a file's imports are such bodies too.
    """

    def __init__(self, matching: Matching) -> None:
        self._matching = matching

    @lazy
    def _lost_and_gained(self) -> tuple[dict[str, dict[int, int]], dict[str, dict[int, int]]]:
        """Name -> how often each body, by its number, lost it, and gained it; often nobody asks."""
        lost: defaultdict[str, dict[int, int]] = defaultdict(dict)
        gained: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for number, (old, new) in enumerate(_bodies(self._matching)):
            for name in old.keys() - new.keys():
                lost[name][number] = old[name]
            for name in new.keys() - old.keys():
                gained[name][number] = new[name]
        return lost, gained

    def replaced(self, old: str, new: str) -> bool:
        """Whether some body names `new` where it named `old`."""
        lost, gained = self._lost_and_gained
        return not lost.get(old, _NOWHERE).keys().isdisjoint(gained.get(new, _NOWHERE))

    def replaced_in_step(self, old: str, new: str) -> bool:
        """Whether every body that no longer names `old` names `new` instead, and as often, in two places at least."""
        all_lost, all_gained = self._lost_and_gained
        lost, gained = all_lost.get(old, _NOWHERE), all_gained.get(new, _NOWHERE)
        return sum(lost.values()) > 1 and all(gained.get(number) == count for number, count in lost.items())

    def all_follow(self, old: str, new: str) -> bool:
        """Whether the bodies that named `old` and do no more are those that name `new` now, and as often."""
        all_lost, all_gained = self._lost_and_gained
        return bool(all_lost.get(old)) and all_lost.get(old) == all_gained.get(new)


def _bodies(matching: Matching) -> Iterator[tuple[NameCounts, NameCounts]]:
    for match in matching.matches:
        if not match.before.reads_like(match.after):
            if match.before.kind == "function":
                yield match.before.identifiers, match.after.identifiers
            elif match.before.kind == "class" and match.before.header != match.after.header:
                yield _named_in(match.before.header), _named_in(match.after.header)
    for old, new in matching.rewritten:
        yield old.identifiers, new.identifiers
    for old, new in matching.modules:
        if old.import_nodes != new.import_nodes and old.imports and new.imports:
            yield _imported(old), _imported(new)


def _named_in(header: tuple[str, ...]) -> NameCounts:
    return Counter(token[1:] for token in header if token[0] == IDENTIFIER)


def _imported(module: Module) -> NameCounts:
    return Counter({item.target.rpartition(".")[2]: 1 for item in module.imports})
