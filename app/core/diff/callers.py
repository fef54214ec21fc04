"""Which bodies lost which names and gained which: who renames its calls tells what was renamed."""

from collections import Counter, defaultdict

from app.core.diff.matching import Matching


class Callers:
    """Which bodies lost which names and gained which, over everything matched so far."""

    def __init__(self, matching: Matching) -> None:
        self._lost: defaultdict[str, set[int]] = defaultdict(set)
        self._gained: defaultdict[str, set[int]] = defaultdict(set)
        bodies: list[tuple[Counter[str], Counter[str]]] = [
            (match.before.identifiers, match.after.identifiers)
            for match in matching.matches
            if match.before.kind == "function" and not match.before.reads_like(match.after)
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
