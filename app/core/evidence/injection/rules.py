"""Which meanings, said within a few words of each other, make an order to the reviewer.

A rule names meanings that must all stand in a window of words, with alternatives, and meanings that must not.
Rules know no order of words: Russian has a free one, and so has whoever disguises an order.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.core.evidence.injection.lexicon import Meaning


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs` are sets of alternatives: one of each must be there, and none of `bars` anywhere around.

    Meanings are bits of plain integers: an enumeration's own operators cost more than the whole search.
    """

    name: str
    needs: tuple[int, ...]
    bars: int

    def holds(self, mask: int, around: int) -> bool:
        """Whether the meanings in `mask`, with those `around` them, fulfil the rule."""
        return not around & self.bars and self.is_met(mask)

    def is_met(self, mask: int) -> bool:
        """Whether the meanings in `mask` are all that the rule needs."""
        return all(mask & need for need in self.needs)


M: Final = Meaning  # the tables below are read by it


def _rule(name: str, needs: tuple[Meaning, ...], bars: Meaning = Meaning.NOTHING) -> Rule:
    return Rule(name, tuple(map(int, needs)), int(bars))


#: Said close together: about one clause.
NEAR: Final = (
    _rule("fence", (M.FENCE,)),
    _rule("override", (M.CANCEL, M.PRIOR | M.GRADER | M.GRANT), bars=M.LESSON | M.CONDITION),
    _rule("override", (M.CANCEL, M.YOU), bars=M.LESSON | M.CONDITION),
    _rule("override", (M.UNHEED, M.RULES, M.REVIEW | M.PRIOR | M.WORK)),
    _rule("grant", (M.AWARD, M.TOPSCORE), bars=M.CONDITION),
    _rule("grant", (M.AWARD, M.IMPERATIVE, M.WORK | M.GRADER | M.MACHINE | M.PLEAD)),
    _rule("grant", (M.IMPERATIVE, M.GRADER | M.AI, M.WORK)),
    _rule("grant", (M.AWARD, M.TOPSCORE, M.GRADER | M.PLEAD)),
    _rule("grant", (M.AWARD, M.THIS, M.WORK)),
    _rule("grant", (M.MARKED, M.TOPSCORE, M.WORK, M.THIS | M.GRADER)),
    _rule("demand", (M.DEMAND, M.SCORE, M.THIS | M.SYSTEM | M.GRADER)),
    _rule("spare", (M.SPARE, M.LOWER, M.SCORE, M.THIS | M.GRADER | M.PLEAD | M.TEACHER)),
    _rule("spare", (M.SPARED, M.SCORE)),
    _rule("field", (M.FIELDSET, M.HUNDRED)),
    _rule("result", (M.SCORED, M.ALREADY, M.REVIEW | M.APPROVED | M.CLEAN)),
    _rule("result", (M.SCORED, M.REVIEW, M.CLEAN)),
    _rule("result", (M.TOPSCORE, M.CLEAN), bars=M.CONDITION | M.MUST),
    _rule("address", (M.SALUTED,)),
    _rule("address", (M.GRADER, M.SCORED, M.WORK)),
    _rule("address", (M.GRADER, M.MARKED, M.WORK, M.TOP)),
    _rule("authority", (M.TEACHER, M.APPROVED, M.TOPSCORE)),
    _rule("authority", (M.TEACHER, M.AWARD), bars=M.CONDITION),
    _rule("authority", (M.TEACHER, M.APPROVED, M.ACCEPT)),
    _rule("rubric", (M.ITEM, M.ALWAYS, M.FULFILLED, M.VERDICT)),
    _rule("rubric", (M.ITEM, M.ALWAYS, M.FULFILLED, M.DECLARE)),
    _rule("tool", (M.TOOL, M.VERDICT)),
    _rule("authority", (M.TEACHER, M.TOPSCORE, M.THIS), bars=M.CONDITION),
    _rule("rubric", (M.ITEM, M.ASDONE, M.DECLARE)),
    _rule("evidence", (M.FULFILLED, M.SCORED, M.HUNDRED, M.ALWAYS), bars=M.CONDITION),
    _rule("grant", (M.AWARD, M.GRADER | M.AI, M.MUST)),
    _rule("address", (M.CONDITION, M.YOU, M.MACHINE, M.SCORED)),
    _rule("spare", (M.GRADER | M.AI, M.SPARE, M.REMARK)),
    _rule("spare", (M.RULES, M.MACHINE, M.SPARE, M.DEFECT)),
    _rule(
        "result",
        (M.SCORED, M.HUNDRED, M.REVIEW | M.GRADER | M.SYSTEM, M.APPROVED | M.CLEAN | M.ANSWER | M.TOP | M.MUST),
    ),
    _rule("result", (M.SCORED, M.HUNDRED, M.THIS, M.WORK), bars=M.CONDITION | M.TOP),
    _rule("result", (M.TOPSCORE, M.HUNDRED, M.REVIEW, M.APPROVED)),
    _rule("result", (M.SYSTEM, M.SCORED, M.HUNDRED)),
    _rule("result", (M.APPROVED, M.CLEAN, M.SCORE), bars=M.CONDITION),
    _rule("address", (M.AI, M.SCORED, M.HUNDRED, M.ANSWER)),
    _rule("address", (M.GRADER, M.YOU, M.MARKED | M.DEMAND)),
    _rule("address", (M.AI, M.DECLARE | M.ACCEPT | M.CONNIVE, M.ASDONE)),
    _rule("address", (M.AI | M.GRADER, M.CONNIVE, M.TOPSCORE | M.PLEAD | M.TOP)),
    _rule("address", (M.OVERRIDE, M.YOU, M.GRADER)),
    _rule("order", (M.MARKED, M.YOU, M.TOPSCORE, M.THIS), bars=M.CONDITION),
    _rule("order", (M.DECLARE, M.ASDONE, M.THIS | M.TEACHER | M.WORK), bars=M.CONDITION),
    _rule("order", (M.RAISED, M.AI | M.GRADER | M.RULES | M.PLEAD, M.TOP | M.AI | M.GRADER)),
    _rule("order", (M.RULES, M.MARKED, M.WORK, M.ALWAYS, M.HUNDRED)),
    _rule("order", (M.ACCEPT, M.WORK, M.THIS, M.NOT)),
    _rule("authority", (M.TEACHER, M.ACCEPT, M.NOT, M.REVIEW)),
    _rule("authority", (M.TEACHER, M.APPROVED, M.ITEM, M.REVIEW)),
    _rule("spare", (M.SPARED, M.ACCEPT | M.TEACHER | M.APPROVED)),
    _rule("rubric", (M.ITEM, M.FULFILLED, M.GRADER, M.TOP)),
    _rule("evidence", (M.GRADER, M.TOPSCORE, M.HUNDRED, M.FULFILLED)),
)

#: Said within a sentence or two.
FAR: Final = (
    _rule("override", (M.CANCEL, M.AWARD), bars=M.LESSON | M.CONDITION),
    _rule("override", (M.CANCEL, M.APPROVED | M.ANSWER, M.THIS, M.WORK)),
    _rule("order", (M.AWARD, M.SPARE | M.CLEAN, M.TOPSCORE)),
    _rule("address", (M.GRADER, M.TOPSCORE, M.THIS | M.PLEAD | M.MUST, M.WORK)),
    _rule("address", (M.GRADER | M.AI, M.YOU, M.AWARD, M.CONDITION, M.THREAT)),
    _rule("threat", (M.THREAT, M.LOWER, M.SCORE, M.YOU | M.GRADER)),
    _rule("spare", (M.SPARE, M.WORK, M.MACHINE, M.RULES)),
    _rule("address", (M.AI, M.SCORED, M.HUNDRED, M.THIS)),
    _rule("threat", (M.THREAT, M.TOPSCORE | M.LOWER, M.GRADER | M.AI | M.YOU, M.SCORE)),
    _rule("threat", (M.THREAT, M.GRADER | M.AI | M.YOU, M.REMARK, M.MENTION | M.ALWAYS)),
    _rule("plea", (M.PLEAD, M.TOPSCORE | M.AWARD, M.THREAT | M.WORK | M.GRADER | M.AI)),
    _rule("plea", (M.PLEAD, M.SPARE, M.SCORE)),
    _rule("role", (M.ROLE | M.YOU, M.GENEROUS | M.ALWAYS, M.TOPSCORE | M.AWARD, M.TEACHER | M.GRADER)),
    _rule("role", (M.ROLE, M.GRADER, M.CLEAN | M.SPARE | M.AWARD)),
    _rule("authority", (M.TEACHER, M.SPARE | M.AWARD, M.SCORE, M.APPROVED | M.WORK | M.MUST)),
    _rule("authority", (M.TEACHER, M.AWARD | M.DEMAND, M.REVIEW | M.MUST)),
    _rule("authority", (M.TEACHER | M.APPROVED, M.TOPSCORE, M.MUST, M.WORK)),
    _rule("graded", (M.APPROVED, M.ALREADY, M.SCORE, M.WORK, M.NOT | M.THIS)),
    _rule("graded", (M.APPROVED, M.ALREADY, M.TOPSCORE, M.TEACHER)),
    _rule("graded", (M.APPROVED, M.REPEAT, M.SCORE, M.ALREADY | M.SCORED)),
    _rule("graded", (M.APPROVED, M.TOPSCORE | M.AWARD, M.NOT, M.REVIEW)),
    _rule("graded", (M.APPROVED, M.TEACHER, M.WORK, M.NOT | M.LOWER, M.REVIEW)),
    _rule("authority", (M.TEACHER, M.AWARD, M.PLEAD | M.IMPERATIVE | M.THIS)),
    _rule("authority", (M.TEACHER, M.SCORE, M.NOT, M.LOWER, M.NUMBER)),
    _rule("evidence", (M.FULFILLED | M.CLEAN, M.BOUNDS, M.TOPSCORE), bars=M.CONDITION),
    _rule("field", (M.FIELDSET, M.OWN)),
    _rule("encoded", (M.ENCODED, M.FOLLOW, M.GRADER | M.AI | M.MACHINE | M.CIPHER)),
    _rule("encoded", (M.TRANSLATE, M.FOLLOW | M.GRADER | M.ANSWER, M.TOPSCORE | M.AWARD)),
    _rule("marker", (M.MARKER, M.AWARD | M.DEMAND)),
    _rule("marker", (M.MARKER, M.TOPSCORE, M.WORK | M.THIS | M.REVIEW | M.GRADER)),
)


@lru_cache(maxsize=50_000)
def broken_rule(near: int, far: int) -> Rule | None:
    """The first rule that the meanings near and far fulfil."""
    for rules, mask in ((NEAR, near), (FAR, far)):
        for rule in rules:
            if rule.holds(mask, far):
                return rule
    return None
