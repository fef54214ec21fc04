"""The statements that a body lost, and how much of other code was made of them."""

from collections import Counter
from typing import Final

from app.core.python.syntax import Tokens, bag, similarity

SHARE_MIN: Final = 0.5  # of the new function's statements, by weight, that were in the old one
_SEVERAL_SHARE_MIN: Final = 0.35  # … where they are several, …
_SEVERAL_MIN: Final = 3
_LOST_SHARE_MIN: Final = 0.6  # … or of the statements that the old one lost, where they are many
_LOST_WEIGHT_MIN: Final = 20
_ALIKE_MIN: Final = 0.6  # share of tokens in common from which one statement became the other
_ALIKE_MIN_BESIDE: Final = 0.5  # … in a new function of the same place
_EXACT_TOKENS_MIN: Final = 6  # of one statement that is there as it was: tells enough of such a function
_WEIGHED_MAX: Final = 20_000  # pairs of statements weighed for one body that lost some


class LostStatements:
    """The statements that a body lost, and how many of them stand in functions that it calls now."""

    def __init__(self, statements: list[Tokens]) -> None:
        self.statements = statements
        self._weight = sum(map(len, statements))
        self._counts = Counter(statements)
        self._bags = [bag(tokens) for tokens in statements]
        self._pairs_left = _WEIGHED_MAX

    def share(self, wanted: list[Tokens], *, near: bool) -> float:
        """The share, by length, of the statements in `wanted` that are much like lost ones, each of them used once.

        Where `wanted` holds more besides, the share of the lost ones that are in it counts, if they are of some size.
        Several statements count whole, however they were edited: one alone may be alike by chance. Less is asked of a
        function that is `near`.
        """
        used: Counter[Tokens] = Counter()
        shared = 0.0
        rest: list[Tokens] = []
        for tokens in wanted:
            if used[tokens] < self._counts[tokens]:
                used[tokens] += 1
                shared += len(tokens)
            else:
                rest.append(tokens)
        count = used.total()
        self._pairs_left -= len(rest) * len(self.statements)
        if rest and self._pairs_left > 0:
            alike = self._similar(rest, used, _ALIKE_MIN_BESIDE if near else _ALIKE_MIN)
            count += len(alike)
            shared += sum(length if count > 1 else length * score for length, score in alike)
        whole = sum(map(len, wanted))
        if not whole:
            return 0.0
        enough = _SEVERAL_SHARE_MIN * whole if count >= _SEVERAL_MIN else whole
        if shared >= _LOST_WEIGHT_MIN and shared >= min(enough, _LOST_SHARE_MIN * self._weight):
            return min(max(shared / whole, SHARE_MIN), 1.0)
        exact = near and any(len(tokens) >= _EXACT_TOKENS_MIN for tokens in used)
        return min(max(shared / whole, SHARE_MIN * exact), 1.0)

    def _similar(self, wanted: list[Tokens], used: Counter[Tokens], least: float) -> list[tuple[int, float]]:
        """The lengths of the statements that are much like others, and how much, the most similar first."""
        free, left = [], Counter(used)
        for number, tokens in enumerate(self.statements):
            left[tokens] -= 1
            if left[tokens] < 0:
                free.append(number)
        bags = [bag(tokens) for tokens in wanted]
        scored = sorted(
            (-score, i, j)
            for i, one in enumerate(bags)
            for j in free
            if (score := similarity(one, self._bags[j])) >= least
        )
        found: list[tuple[int, float]] = []
        taken: tuple[set[int], set[int]] = (set(), set())
        for negative, i, j in scored:
            if i not in taken[0] and j not in taken[1]:
                taken[0].add(i)
                taken[1].add(j)
                found.append((len(wanted[i]), -negative))
        return found
