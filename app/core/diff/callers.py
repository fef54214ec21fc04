"""Which bodies lost which names and gained which: who renames its calls tells what was renamed."""

from collections import Counter, defaultdict
from typing import Final

from app.core.diff.lazy import lazy
from app.core.diff.matching import Matching

_NOWHERE: Final[frozenset[int]] = frozenset()


class Callers:
    """Which bodies lost which names and gained which, over everything matched so far."""

    def __init__(self, matching: Matching) -> None:
        self._matching = matching

    @lazy
    def _lost_and_gained(self) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
        """Name -> numbers of the bodies that lost it, and that gained it; often nobody asks."""
        lost: defaultdict[str, set[int]] = defaultdict(set)
        gained: defaultdict[str, set[int]] = defaultdict(set)
        bodies: list[tuple[Counter[str], Counter[str]]] = [
            (match.before.identifiers, match.after.identifiers)
            for match in self._matching.matches
            if match.before.kind == "function" and not match.before.reads_like(match.after)
        ]
        bodies.extend((old.identifiers, new.identifiers) for old, new in self._matching.modules)
        for number, (old, new) in enumerate(bodies):
            for name in old.keys() - new.keys():
                lost[name].add(number)
            for name in new.keys() - old.keys():
                gained[name].add(number)
        return lost, gained

    def replaced(self, old: str, new: str) -> bool:
        """Whether some body names `new` where it named `old`."""
        lost, gained = self._lost_and_gained
        return not lost.get(old, _NOWHERE).isdisjoint(gained.get(new, _NOWHERE))
