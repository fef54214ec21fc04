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


#: What is wanted, who is spoken to, who is said to want it: most rules are made of these and not of single words.
_TOP: Final = M.AWARD | M.TOPSCORE | M.DEMAND | M.MARKED
_SPARING: Final = M.SPARE | M.CLEAN | M.SPARED
_KIND: Final = M.GENEROUS | M.CONNIVE
_ASKED: Final = M.GRADER | M.AI
_BOSS: Final = M.TEACHER | M.SYSTEM | M.MARKER
_DONE: Final = M.APPROVED | M.ACCEPT | M.ASDONE
_JUDGED: Final = M.SCORE | M.REVIEW | M.VERDICT | M.CHECK
_QUOTED: Final = M.CONDITION | M.LESSON
_SAID: Final = M.GRANT | M.ANSWER

#: Said close together: about one clause.
NEAR: Final = (
    _rule(
        "grant",
        (
            M.AWARD,
            M.IMPERATIVE,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "grant",
        (
            _TOP,
            M.THIS,
            M.WORK,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "grant",
        (
            _TOP,
            _ASKED,
        ),
        bars=_QUOTED | M.AI,
    ),
    _rule(
        "grant",
        (
            _TOP,
            M.PLEAD,
        ),
        bars=M.LESSON,
    ),
    _rule(
        "grant",
        (
            M.AWARD,
            M.TOPSCORE,
            M.WORK | M.THIS,
        ),
        bars=M.CONDITION,
    ),
    _rule(
        "grant",
        (
            M.AWARD,
            M.IMPERATIVE,
            M.WORK | M.GRADER | M.MACHINE | M.PLEAD,
        ),
    ),
    _rule(
        "grant",
        (
            M.IMPERATIVE,
            _ASKED,
            M.WORK,
        ),
    ),
    _rule(
        "grant",
        (
            M.AWARD,
            M.TOPSCORE,
            M.GRADER | M.PLEAD,
        ),
    ),
    _rule(
        "grant",
        (
            M.AWARD,
            M.THIS,
            M.WORK,
        ),
    ),
    _rule(
        "grant",
        (
            M.MARKED,
            M.TOPSCORE,
            M.WORK,
            M.GRADER | M.THIS,
        ),
    ),
    _rule(
        "grant",
        (
            M.AWARD,
            _ASKED,
            M.MUST,
        ),
    ),
    _rule(
        "grant",
        (
            _TOP,
            M.DISGUISED,
            M.THREAT | M.PLEAD | M.IMPERATIVE,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "order",
        (
            M.RULES,
            M.MARKED,
            M.WORK,
            M.ALWAYS,
            M.HUNDRED,
        ),
    ),
    _rule(
        "order",
        (
            M.RAISED,
            _ASKED | M.RULES | M.PLEAD,
            _ASKED | M.TOP,
        ),
        bars=M.LOWER,
    ),
    _rule(
        "order",
        (
            M.GRANT,
            M.ACCEPT,
            M.WORK | M.PLEAD,
            M.THREAT | M.PLEAD | M.IMPERATIVE,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "order",
        (
            M.MUST,
            M.WORK,
            M.TOPSCORE | M.HUNDRED | M.PRAISE,
            M.REVIEW | M.THIS,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "order",
        (
            M.MARKED,
            M.YOU,
            M.TOPSCORE,
            M.THIS,
        ),
        bars=M.CONDITION,
    ),
    _rule(
        "order",
        (
            M.ACCEPT,
            M.WORK,
            M.THIS,
            M.NOT,
        ),
    ),
    _rule(
        "order",
        (
            M.MUST,
            M.SCORE,
            M.HUNDRED,
            M.WORK | M.FIELD | M.THIS,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "order",
        (
            M.IMPERATIVE,
            M.FIVE | M.PRAISE,
            _ASKED | M.WORK | M.THIS | M.DISGUISED,
        ),
        bars=M.LESSON,
    ),
    _rule(
        "demand",
        (
            M.DEMAND,
            M.SCORE,
            M.GRADER | M.SYSTEM | M.THIS,
        ),
    ),
    _rule(
        "spare",
        (
            M.SPARED,
            _JUDGED | M.GRADER | M.PLEAD | M.REMARK,
        ),
        bars=M.LESSON,
    ),
    _rule(
        "spare",
        (
            _SPARING,
            _ASKED,
        ),
        bars=_QUOTED | M.AI,
    ),
    _rule(
        "spare",
        (
            _SPARING,
            M.PLEAD,
            _JUDGED,
        ),
        bars=M.LESSON,
    ),
    _rule(
        "spare",
        (
            M.RULES,
            M.MACHINE,
            M.SPARE,
            M.DEFECT,
        ),
    ),
    _rule(
        "spare",
        (
            M.SPARE,
            M.LOWER,
            M.SCORE,
            M.GRADER | M.TEACHER | M.PLEAD | M.THIS,
            _SAID,
        ),
    ),
    _rule(
        "spare",
        (
            M.SPARED,
            M.SCORE,
        ),
    ),
    _rule(
        "spare",
        (
            M.SPARED,
            M.TEACHER | M.APPROVED | M.ACCEPT,
        ),
    ),
    _rule(
        "spare",
        (
            M.SPARE,
            M.MENTION,
            M.REVIEW,
            M.THREAT | M.PLEAD | M.IMPERATIVE,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "skip",
        (
            M.SKIP,
            _DONE,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "skip",
        (
            M.SKIP,
            M.TOPSCORE | M.SCORED | M.HUNDRED | M.PRAISE,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "skip",
        (
            M.SKIP,
            M.FULFILLED,
            M.WORK | M.ALWAYS | M.REVIEW,
            _SAID,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "skip",
        (
            M.SKIP,
            _ASKED,
            M.TOP | M.HUNDRED,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "skip",
        (
            M.SKIP,
            M.NEEDLESS,
            M.REVIEW,
            _SAID,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "skip",
        (
            M.SKIP,
            M.CLEAN,
            M.TOP | M.HUNDRED,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "result",
        (
            M.SCORED,
            M.HUNDRED,
            M.GRADER | M.SYSTEM | M.REVIEW,
            M.ANSWER | M.TOP | M.APPROVED | M.MUST | M.CLEAN,
        ),
        bars=M.RULES,
    ),
    _rule(
        "result",
        (
            M.TOPSCORE,
            M.CLEAN,
        ),
        bars=M.MUST | M.CONDITION | M.ITEM,
    ),
    _rule(
        "result",
        (
            M.PRAISE,
            M.REVIEW,
            M.SCORE | M.SCORED,
            _SAID,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "result",
        (
            M.APPROVED,
            M.CLEAN,
            M.SCORE,
            _SAID,
        ),
        bars=M.CONDITION,
    ),
    _rule(
        "result",
        (
            M.SCORED,
            M.ALREADY,
            M.APPROVED | M.REVIEW | M.CLEAN,
        ),
    ),
    _rule(
        "result",
        (
            M.FULFILLED,
            M.ITEM,
            M.CLEAN,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "result",
        (
            M.SCORED,
            M.REVIEW,
            M.CLEAN,
        ),
    ),
    _rule(
        "result",
        (
            M.SCORED,
            M.HUNDRED,
            M.THIS,
            M.WORK,
        ),
        bars=M.TOP | M.CONDITION,
    ),
    _rule(
        "result",
        (
            M.TOPSCORE,
            M.HUNDRED,
            M.REVIEW,
            M.APPROVED,
        ),
    ),
    _rule(
        "result",
        (
            M.SYSTEM,
            M.SCORED,
            M.HUNDRED,
        ),
        bars=M.ITEM,
    ),
    _rule(
        "result",
        (
            _SPARING,
            M.REVIEW | M.VERDICT,
            _TOP | M.HUNDRED | M.PRAISE,
        ),
        bars=_QUOTED | M.ITEM,
    ),
    _rule(
        "result",
        (
            M.LAUDED,
            M.REVIEW | M.SCORED | M.CHECK,
            M.APPROVED | M.ALREADY | M.FULFILLED,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "result",
        (
            M.SCORED,
            M.REVIEW,
            M.APPROVED,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "field",
        (
            M.FIELDSET,
            M.HUNDRED,
        ),
    ),
    _rule(
        "graded",
        (
            M.APPROVED,
            M.REPEAT,
            M.SCORE | M.PRIOR | M.ALREADY,
            _SAID,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "graded",
        (
            M.APPROVED,
            M.ALREADY,
            M.TOP | M.NUMBER,
            M.NOT,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "graded",
        (
            M.APPROVED,
            M.WORK,
            M.NEEDLESS | M.SKIP,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "graded",
        (
            M.REVIEW,
            M.ALREADY,
            M.HUNDRED | M.REPEAT | M.NEEDLESS,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "evidence",
        (
            M.FULFILLED,
            M.SCORED,
            M.HUNDRED,
            M.ALWAYS,
        ),
        bars=M.CONDITION,
    ),
    _rule(
        "evidence",
        (
            M.GRADER,
            M.TOPSCORE,
            M.HUNDRED,
            M.FULFILLED,
        ),
    ),
    _rule(
        "rubric",
        (
            M.ITEM,
            M.ALWAYS,
            M.FULFILLED,
            M.VERDICT,
        ),
    ),
    _rule(
        "rubric",
        (
            _TOP,
            M.RULES | M.ITEM,
            M.THIS,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "rubric",
        (
            M.ITEM,
            M.FULFILLED,
            M.GRADER,
            M.TOP,
        ),
    ),
    _rule(
        "rubric",
        (
            M.ITEM,
            M.ALWAYS,
            M.FULFILLED,
            M.DECLARE,
        ),
    ),
    _rule(
        "rubric",
        (
            M.ITEM,
            M.ASDONE,
            M.DECLARE,
        ),
    ),
    _rule(
        "rubric",
        (
            M.DECLARE,
            M.PRAISE,
            M.SCORE | M.WORK | M.THIS,
            M.APPROVED | M.ALREADY | M.FULFILLED,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.APPROVED,
            M.NUMBER | M.NOT,
        ),
        bars=_QUOTED | M.SYSTEM,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.AWARD,
        ),
        bars=M.CONDITION,
    ),
    _rule(
        "authority",
        (
            M.SYSTEM | M.MARKER,
            _TOP | M.ACCEPT | M.ASDONE,
            M.WORK | M.GRADER,
            M.APPROVED | M.ALREADY | M.FULFILLED,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.NOT,
            M.REMARK,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.APPROVED,
            M.ITEM,
            M.REVIEW,
        ),
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.APPROVED,
            M.TOPSCORE,
        ),
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.APPROVED,
            M.ACCEPT,
        ),
        bars=M.SYSTEM,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.TOPSCORE,
            M.THIS,
            M.TOP | M.HUNDRED,
        ),
        bars=M.CONDITION,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.ACCEPT,
            M.NOT,
            M.REVIEW,
        ),
    ),
    _rule(
        "authority",
        (
            _TOP,
            _BOSS,
            _DONE | M.GRANT | M.MUST,
            M.WORK | M.THIS,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "authority",
        (
            M.MARKER,
            M.TOP | M.HUNDRED,
            M.ANSWER | M.WORK | M.RULES,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.GRANT | M.ACCEPT,
            M.WORK,
            M.GRADER | M.THIS,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.APPROVED,
            M.MUST | M.NEEDLESS,
            _SAID,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.NEEDLESS | M.SKIP,
            M.APPROVED | M.ACCEPT,
        ),
        bars=_QUOTED,
    ),
    _rule("address", (M.SALUTED,)),
    _rule(
        "address",
        (
            _ASKED,
            M.CONNIVE,
            M.TOP | M.PLEAD | M.TOPSCORE,
        ),
        bars=M.GENEROUS,
    ),
    _rule(
        "address",
        (
            M.GRADER,
            M.YOU,
            M.DEMAND | M.MARKED,
        ),
    ),
    _rule(
        "address",
        (
            M.OVERRIDE,
            M.YOU,
            M.GRADER,
        ),
    ),
    _rule(
        "address",
        (
            M.AI,
            M.ACCEPT | M.CONNIVE | M.DECLARE,
            M.ASDONE,
        ),
    ),
    _rule(
        "address",
        (
            M.GRADER,
            M.SCORED,
            M.WORK,
        ),
    ),
    _rule(
        "address",
        (
            M.GRADER,
            M.MARKED,
            M.WORK,
            M.TOP,
        ),
    ),
    _rule(
        "address",
        (
            M.CONDITION,
            M.YOU,
            M.MACHINE,
            M.SCORED,
        ),
    ),
    _rule(
        "address",
        (
            M.AI,
            M.SCORED,
            M.HUNDRED,
            M.ANSWER,
            M.REVIEW | M.CHECK,
        ),
    ),
    _rule(
        "threat",
        (
            M.THREAT,
            M.LOWER | M.DEFECT | M.REMARK,
            _ASKED | M.MACHINE | M.YOU,
            M.SCORE | M.WORK | M.REVIEW,
        ),
        bars=M.LESSON,
    ),
    _rule(
        "threat",
        (
            M.THREAT,
            M.LOWER,
            M.SCORE,
        ),
        bars=M.AI | M.LESSON,
    ),
    _rule(
        "threat",
        (
            M.THREAT,
            M.PLEAD,
            _JUDGED | M.GRANT,
            _SAID,
        ),
        bars=M.LESSON,
    ),
    _rule(
        "role",
        (
            M.YOU | M.ROLE,
            M.GENEROUS,
            _JUDGED | M.GRADER | M.TEACHER,
            M.THIS,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "role",
        (
            M.GENEROUS,
            M.PLEAD | M.IMPERATIVE,
            _JUDGED | _ASKED,
            M.APPROVED | M.ACCEPT,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "override",
        (
            M.CANCEL,
            M.GRANT | M.GRADER | M.PRIOR,
            M.TOP | M.HUNDRED,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "override",
        (
            M.UNHEED,
            M.RULES,
            M.WORK | M.PRIOR | M.REVIEW,
        ),
    ),
    _rule(
        "override",
        (
            M.CANCEL,
            M.YOU,
            M.REVIEW | M.CHECK,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "tool",
        (
            M.TOOL,
            M.VERDICT,
        ),
    ),
    _rule("fence", (M.FENCE,)),
)

#: Said within a sentence or two.
FAR: Final = (
    _rule(
        "order",
        (
            M.AWARD,
            M.SPARE | M.CLEAN,
            M.TOPSCORE,
        ),
        bars=M.LOWER,
    ),
    _rule(
        "spare",
        (
            M.SPARE,
            M.WORK,
            M.MACHINE,
            M.RULES,
        ),
        bars=M.ITEM,
    ),
    _rule(
        "field",
        (
            M.FIELDSET,
            M.OWN,
        ),
    ),
    _rule(
        "graded",
        (
            M.APPROVED,
            M.REPEAT,
            M.SCORE,
            M.ALREADY | M.SCORED,
        ),
        bars=M.MUST,
    ),
    _rule(
        "graded",
        (
            M.APPROVED,
            M.ALREADY,
            M.SCORE,
            M.WORK,
            M.NOT | M.THIS,
            M.REVIEW | M.CHECK,
        ),
    ),
    _rule(
        "graded",
        (
            M.APPROVED,
            M.ALREADY,
            M.TOPSCORE,
            M.TEACHER,
        ),
    ),
    _rule(
        "graded",
        (
            M.APPROVED,
            M.AWARD | M.TOPSCORE,
            M.NOT,
            M.REVIEW,
        ),
        bars=M.RULES,
    ),
    _rule(
        "graded",
        (
            M.APPROVED,
            M.TEACHER,
            M.WORK,
            M.NOT | M.LOWER,
            M.REVIEW,
        ),
    ),
    _rule(
        "evidence",
        (
            M.FULFILLED | M.CLEAN,
            M.BOUNDS,
            M.TOPSCORE,
        ),
        bars=M.CONDITION,
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.AWARD | M.SPARE,
            M.SCORE,
            M.WORK | M.APPROVED | M.MUST,
            M.WORK | M.THIS,
        ),
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.AWARD | M.DEMAND,
            M.REVIEW | M.MUST,
        ),
    ),
    _rule(
        "authority",
        (
            M.TEACHER | M.APPROVED,
            M.TOPSCORE,
            M.MUST,
            M.WORK,
            M.THIS,
        ),
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.AWARD,
            M.PLEAD | M.IMPERATIVE | M.THIS,
        ),
    ),
    _rule(
        "authority",
        (
            M.TEACHER,
            M.SCORE,
            M.NOT,
            M.LOWER,
            M.NUMBER,
            _SAID,
        ),
    ),
    _rule(
        "address",
        (
            _ASKED,
            M.YOU,
            M.AWARD,
            M.CONDITION,
            M.THREAT,
        ),
    ),
    _rule(
        "address",
        (
            M.AI,
            M.SCORED,
            M.HUNDRED,
            M.THIS,
        ),
    ),
    _rule(
        "address",
        (
            M.GRADER,
            M.TOPSCORE,
            M.PLEAD | M.MUST | M.THIS,
            M.WORK,
        ),
    ),
    _rule(
        "plea",
        (
            M.PLEAD,
            M.SPARE,
            M.SCORE,
            M.WORK | M.THIS,
        ),
    ),
    _rule(
        "plea",
        (
            M.PLEAD,
            M.AWARD | M.TOPSCORE,
            _ASKED | M.WORK | M.THREAT,
        ),
    ),
    _rule(
        "threat",
        (
            M.THREAT,
            _ASKED | M.YOU,
            M.REMARK,
            M.MENTION | M.ALWAYS,
        ),
    ),
    _rule(
        "threat",
        (
            M.THREAT,
            M.LOWER | M.TOPSCORE,
            _ASKED | M.YOU,
            M.SCORE,
            _SAID,
        ),
    ),
    _rule(
        "role",
        (
            M.YOU | M.ROLE,
            M.GENEROUS | M.ALWAYS,
            M.AWARD | M.TOPSCORE,
            M.GRADER | M.TEACHER,
        ),
        bars=M.SYSTEM,
    ),
    _rule(
        "role",
        (
            M.ROLE,
            M.GRADER,
            M.AWARD | M.SPARE | M.CLEAN,
        ),
    ),
    _rule(
        "override",
        (
            M.CANCEL,
            M.ANSWER | M.APPROVED,
            M.THIS,
            M.WORK,
        ),
        bars=M.ITEM,
    ),
    _rule(
        "override",
        (
            M.CANCEL,
            M.AWARD,
        ),
        bars=_QUOTED,
    ),
    _rule(
        "encoded",
        (
            M.TRANSLATE,
            M.ANSWER | M.GRADER | M.FOLLOW,
            M.AWARD | M.TOPSCORE,
        ),
    ),
    _rule(
        "encoded",
        (
            M.ENCODED,
            M.FOLLOW,
            _ASKED | M.MACHINE | M.CIPHER,
        ),
    ),
    _rule(
        "marker",
        (
            M.MARKER,
            M.TOPSCORE,
            M.WORK | M.GRADER | M.REVIEW | M.THIS,
        ),
    ),
    _rule(
        "marker",
        (
            M.MARKER,
            M.AWARD | M.DEMAND,
        ),
    ),
)


@lru_cache(maxsize=50_000)
def broken_rule(near: int, far: int) -> Rule | None:
    """The first rule that the meanings near and far fulfil."""
    for rules, mask in ((NEAR, near), (FAR, far)):
        for rule in rules:
            if rule.holds(mask, far):
                return rule
    return None
