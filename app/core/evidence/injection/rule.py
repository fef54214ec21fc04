"""What a rule about a text that steers a review is: meanings that stand together.

A rule names meanings that must all stand in a window of words, with alternatives, and meanings that must not.
Rules know no order of words: Russian has a free one, and so has whoever disguises an order.
"""

from dataclasses import dataclass

from app.core.evidence.injection.meanings import Meaning


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs` are sets of alternatives: one of each must be there, and none of `bars` anywhere around.

    Meanings are bits of plain integers: an enumeration's own operators cost more than the whole search.
    """

    name: str
    needs: tuple[int, ...]
    bars: int

    def is_met(self, mask: int) -> bool:
        """Whether the meanings in `mask` are all that the rule needs."""
        return all(mask & need for need in self.needs)


def rule(name: str, needs: tuple[Meaning, ...], bars: Meaning = Meaning.NOTHING) -> Rule:
    """The rule of these meanings."""
    return Rule(name, tuple(map(int, needs)), int(bars))
