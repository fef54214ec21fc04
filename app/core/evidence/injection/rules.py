"""Which meanings, said within a few words of each other, make an order to the reviewer.

A rule names meanings that must all stand in a window of words, with alternatives, and meanings that must not.
Rules know no order of words: Russian has a free one, and so has whoever disguises an order.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.core.evidence.injection.meanings import Meaning


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
_ANCHOR: Final = (
    M.SCORE
    | M.WORK
    | M.GRADER
    | M.RULES
    | M.ENCODED
    | M.FIELD
    | M.REVIEW
    | M.TOOL
    | M.TOPSCORE
    | M.CANCEL
    | M.MARKER
    | M.AI
    | M.REMARK
    | M.ITEM
    | M.UNHEED
    | M.SCORED
    | M.OWN
    | M.FENCE
    | M.CIPHER
    | M.SALUTED
    | M.SPARED
    | M.SKIP
    | M.DISGUISED
)
_TOP: Final = M.AWARD | M.TOPSCORE | M.DEMAND | M.MARKED
_SPARING: Final = M.SPARE | M.CLEAN | M.SPARED
_KIND: Final = M.GENEROUS | M.CONNIVE
_ASKED: Final = M.GRADER | M.AI
_BOSS: Final = M.TEACHER | M.SYSTEM | M.MARKER
_DONE: Final = M.APPROVED | M.ACCEPT | M.ASDONE
_JUDGED: Final = M.SCORE | M.REVIEW | M.VERDICT | M.CHECK
_QUOTED: Final = M.CONDITION | M.LESSON
_SAID: Final = M.GRANT | M.ANSWER
_PRAISING: Final = M.LAUDED | M.PRAISE | M.GENEROUS
_NEEDLESS: Final = M.SKIP | M.NEEDLESS | _SPARING | M.UNHEED

#: Said close together: about one clause.
NEAR: Final = (
    _rule("grant", (M.AWARD, M.TOPSCORE), bars=M.RULES | M.CONDITION),
    _rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.GRADER), bars=M.SYSTEM | M.LESSON),
    _rule("grant", (_TOP, M.THIS, M.WORK, _SAID), bars=_QUOTED),
    _rule("grant", (M.AWARD, _ASKED), bars=M.LESSON),
    _rule("grant", (M.AWARD, M.APPROVED, _ANCHOR), bars=M.LESSON),
    _rule("grant", (M.AWARD, M.IMPERATIVE, M.WORK | M.GRADER | M.MACHINE | M.PLEAD, _ANCHOR)),
    _rule("grant", (M.IMPERATIVE, _ASKED, M.WORK)),
    _rule("grant", (M.AWARD, M.TOPSCORE, M.GRADER | M.PLEAD)),
    _rule("grant", (M.AWARD, M.THIS, M.WORK)),
    _rule("grant", (M.MARKED, M.TOPSCORE, M.WORK, M.GRADER | M.THIS, M.REVIEW | M.CHECK)),
    _rule("grant", (M.AWARD, M.IMPERATIVE, _ANCHOR), bars=_QUOTED),
    _rule("grant", (_TOP, _ASKED, M.THREAT | M.PLEAD | M.IMPERATIVE), bars=_QUOTED),
    _rule("grant", (_TOP, _KIND, _ANCHOR), bars=_QUOTED | M.GENEROUS),
    _rule("grant", (_TOP, M.DISGUISED, M.THREAT | M.PLEAD | M.IMPERATIVE), bars=_QUOTED),
    _rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.PLEAD, _ANCHOR), bars=M.LESSON),
    _rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.NEEDLESS, _ANCHOR), bars=_QUOTED | M.ITEM),
    _rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.CANCEL), bars=M.LESSON | M.ITEM),
    _rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.CONNIVE, _ANCHOR), bars=_QUOTED | M.ITEM),
    _rule("grant", (M.AWARD, M.TEACHER, _ANCHOR), bars=M.LESSON),
    _rule("grant", (M.AWARD, M.DISGUISED), bars=M.LESSON),
    _rule("grant", (M.AWARD, M.PRAISE, _ANCHOR), bars=M.LESSON),
    _rule("grant", (M.AWARD, M.LAUDED, _ANCHOR), bars=M.LESSON),
    _rule("grant", (M.AWARD, _KIND, _ANCHOR), bars=M.LESSON),
    _rule("grant", (M.AWARD, M.WORK, M.THREAT | M.PLEAD | M.IMPERATIVE), bars=M.LESSON),
    _rule("grant", (M.AWARD, M.YOU, _ANCHOR), bars=M.RULES | M.LESSON),
    _rule("grant", (M.AWARD, M.FULFILLED, _ANCHOR, M.APPROVED | M.ACCEPT), bars=M.LESSON),
    _rule("grant", (M.GRANT, M.SCORE, M.GRADER | M.TEACHER | M.PLEAD, M.TOP | M.HUNDRED), bars=M.LESSON),
    _rule("order", (M.IMPERATIVE, M.TOP | M.HUNDRED, _ANCHOR), bars=M.LESSON),
    _rule("order", (M.RAISED, _ASKED | M.RULES | M.PLEAD, _ASKED | M.TOP, _ANCHOR), bars=M.LOWER),
    _rule("order", (M.GRANT, M.ACCEPT, M.WORK | M.PLEAD, _ANCHOR, M.THREAT | M.PLEAD | M.IMPERATIVE), bars=_QUOTED),
    _rule("order", (M.ANSWER, M.LAUDED, M.SPARE | M.THIS, _ANCHOR), bars=M.LESSON),
    _rule("order", (M.IMPERATIVE, M.OVERRIDE | M.CANCEL, _ANCHOR), bars=M.LESSON),
    _rule("order", (M.MUST, M.WORK, M.TOPSCORE | M.HUNDRED | M.PRAISE, M.REVIEW | M.THIS), bars=_QUOTED),
    _rule("order", (M.IMPERATIVE, M.FIVE | M.PRAISE, _ASKED | M.WORK | M.THIS | M.DISGUISED, _ANCHOR), bars=M.LESSON),
    _rule("order", (M.IMPERATIVE, M.SCORE), bars=M.LESSON),
    _rule("order", (M.IMPERATIVE, M.APPROVED, _ANCHOR), bars=M.LESSON),
    _rule("order", (M.IMPERATIVE, M.REVIEW, _ASKED), bars=M.LESSON),
    _rule("order", (M.IMPERATIVE, M.THIS, _ANCHOR), bars=M.LESSON),
    _rule("order", (M.IMPERATIVE, M.PRAISE, _ANCHOR), bars=M.LESSON),
    _rule("spare", (M.SPARED, _JUDGED | M.GRADER | M.PLEAD | M.REMARK), bars=M.LESSON),
    _rule("spare", (_SPARING, _ASKED), bars=_QUOTED | M.AI),
    _rule("spare", (M.SPARE, M.LOWER, M.SCORE, M.GRADER | M.TEACHER | M.PLEAD | M.THIS), bars=M.RULES),
    _rule("spare", (_SPARING, M.PLEAD, _JUDGED, _ANCHOR), bars=M.GENEROUS | M.LESSON),
    _rule("spare", (_SPARING, M.PLEAD, _JUDGED, _ANCHOR, _SAID), bars=M.LESSON),
    _rule("spare", (M.RULES, M.MACHINE, M.SPARE, M.DEFECT)),
    _rule("spare", (M.SPARED, M.SCORE)),
    _rule("spare", (M.SPARED, M.TEACHER | M.APPROVED | M.ACCEPT, _SAID)),
    _rule("spare", (M.SPARE | M.SPARED, M.GRADER), bars=M.LESSON),
    _rule("spare", (M.SPARE | M.SPARED, M.TEACHER, _ANCHOR, M.APPROVED | M.ALREADY | M.FULFILLED), bars=M.LESSON),
    _rule("spare", (M.SPARED, _SAID), bars=M.LESSON),
    _rule("skip", (M.SKIP, _DONE, _SAID), bars=_QUOTED),
    _rule("skip", (M.SKIP, M.TOPSCORE | M.SCORED | M.HUNDRED | M.PRAISE, M.TOP | M.HUNDRED), bars=_QUOTED),
    _rule("skip", (M.SKIP, M.FULFILLED, M.WORK | M.ALWAYS | M.REVIEW, _SAID), bars=_QUOTED),
    _rule("skip", (M.SKIP, M.FULFILLED, M.WORK | M.ALWAYS | M.REVIEW), bars=_QUOTED | M.MUST),
    _rule(
        "result",
        (M.SCORED, M.HUNDRED, M.GRADER | M.SYSTEM | M.REVIEW, M.ANSWER | M.TOP | M.APPROVED | M.MUST | M.CLEAN),
        bars=M.RULES,
    ),
    _rule("result", (M.TOPSCORE, M.CLEAN), bars=M.MUST | M.CONDITION | M.ITEM),
    _rule("result", (M.LAUDED, M.TOPSCORE | M.SCORED, M.REVIEW | M.CHECK), bars=M.LESSON),
    _rule("result", (M.FULFILLED, M.ITEM, M.CLEAN), bars=_QUOTED),
    _rule("result", (M.APPROVED, M.CLEAN, M.SCORE, _SAID), bars=M.CONDITION),
    _rule("result", (M.SCORED, M.ALREADY, M.APPROVED | M.REVIEW | M.CLEAN)),
    _rule("result", (M.TOPSCORE, M.HUNDRED, M.REVIEW, M.APPROVED)),
    _rule("result", (M.SCORED, M.REVIEW, M.APPROVED), bars=_QUOTED),
    _rule("result", (M.LAUDED, M.APPROVED, _ANCHOR), bars=M.LESSON),
    _rule("field", (M.FIELDSET, M.HUNDRED, _ANCHOR)),
    _rule("field", (M.FIELD | M.OWN, M.REMARK), bars=M.LESSON),
    _rule("graded", (M.APPROVED, M.PRAISE, _ANCHOR, _SAID), bars=M.LESSON),
    _rule("graded", (M.APPROVED, M.SKIP, _SAID), bars=M.LESSON),
    _rule("graded", (M.APPROVED, M.SPARE, _ANCHOR), bars=M.LESSON),
    _rule("evidence", (M.FULFILLED, M.SCORED, M.HUNDRED, M.ALWAYS), bars=M.CONDITION),
    _rule("rubric", (M.RULES, M.ALWAYS, M.HUNDRED, M.WORK | M.THIS), bars=M.LESSON),
    _rule("rubric", (M.ITEM, M.ALWAYS, M.FULFILLED, M.VERDICT)),
    _rule("rubric", (M.DECLARE, M.PRAISE, _ANCHOR, M.THIS), bars=_QUOTED),
    _rule("rubric", (M.ITEM, M.FULFILLED, M.GRADER, M.TOP)),
    _rule("authority", (M.TEACHER, M.APPROVED, M.NUMBER | M.NOT, _ANCHOR), bars=_QUOTED | M.MUST),
    _rule("authority", (_TOP, _BOSS, _DONE | M.GRANT | M.MUST, _ANCHOR), bars=_QUOTED | M.ITEM),
    _rule("authority", (M.TEACHER, M.NOT, M.REMARK), bars=_QUOTED),
    _rule("authority", (M.TEACHER, M.APPROVED, M.ITEM, M.REVIEW)),
    _rule("authority", (M.TEACHER, M.APPROVED, M.TOPSCORE), bars=M.RULES),
    _rule("authority", (M.TEACHER, M.AWARD, _ANCHOR), bars=M.CONDITION),
    _rule("authority", (M.TEACHER | M.SYSTEM, M.APPROVED, _TOP, _ANCHOR), bars=M.RULES | M.LESSON),
    _rule("address", (M.SALUTED,)),
    _rule("address", (_ASKED, M.CONNIVE, M.TOP | M.PLEAD | M.TOPSCORE), bars=M.GENEROUS),
    _rule("address", (M.AI, M.ACCEPT | M.CONNIVE | M.DECLARE, M.ASDONE)),
    _rule(
        "threat",
        (M.THREAT, M.LOWER | M.DEFECT | M.REMARK, _ASKED | M.MACHINE | M.YOU, M.SCORE | M.WORK | M.REVIEW),
        bars=M.LESSON,
    ),
    _rule("threat", (M.HARM, M.SCORE | M.LOWER | M.REMARK, _ANCHOR, _SAID), bars=M.LESSON),
    _rule("threat", (M.THREAT, M.LOWER, M.SCORE, M.PLEAD | M.YOU), bars=M.LESSON),
    _rule("threat", (M.HARM, M.SCORE), bars=M.MUST | M.LESSON),
    _rule("role", (_ASKED, _KIND, M.THIS), bars=_QUOTED),
    _rule("role", (M.ROLE, M.GENEROUS, _JUDGED, _ANCHOR, M.WORK | M.THIS), bars=M.LESSON),
    _rule("role", (M.GENEROUS, M.PLEAD | M.IMPERATIVE, _JUDGED | _ASKED, _ANCHOR, M.APPROVED | M.ACCEPT), bars=_QUOTED),
    _rule("override", (M.CANCEL, M.GRANT | M.GRADER | M.PRIOR), bars=_QUOTED),
    _rule("override", (M.UNHEED, M.RULES, M.WORK | M.PRIOR | M.REVIEW)),
    _rule("override", (M.CANCEL, M.YOU), bars=_QUOTED | M.MUST),
    _rule("tool", (M.TOOL, M.VERDICT)),
    _rule("marker", (M.MARKER, M.TOP | M.HUNDRED | M.ACCEPT, _SAID | M.WORK | M.RULES), bars=M.LESSON),
    _rule("fence", (M.FENCE,)),
    _rule("rubric", (M.ITEM, M.RULES, M.ALWAYS, M.FULFILLED, M.DECLARE), bars=M.LOWER | M.CONDITION | M.MUST),
    _rule("rubric", (M.ITEM, M.ASDONE, M.DECLARE, M.ALWAYS | M.THIS | M.GRADER)),
    _rule("note", (M.MARKER, M.REGIME, _JUDGED | _DONE | _PRAISING), bars=_QUOTED),
    _rule("note", (M.MARKER, M.ACCEPT | M.APPROVED, M.WORK), bars=_QUOTED),
    _rule("note", (M.MARKER, _JUDGED, _KIND | _SPARING | M.TOP | M.PRAISE), bars=_QUOTED),
    _rule("authority", (M.TEACHER, M.APPROVED | M.MUST, _NEEDLESS | M.LOWER, _JUDGED | M.WORK), bars=_QUOTED),
    _rule("authority", (M.TEACHER, M.APPROVED, _TOP | M.TOP | M.FIVE), bars=_QUOTED),
    _rule("authority", (M.TEACHER | M.EXPERT, M.APPROVED, M.WORK, M.THIS), bars=_QUOTED),
    _rule("authority", (M.TEACHER, M.ACCEPT, M.WORK, M.THIS), bars=_QUOTED),
    _rule("authority", (M.TEACHER, _NEEDLESS, M.GRADER | M.WORK, M.THIS), bars=_QUOTED),
    _rule("authority", (M.TEACHER, M.APPROVED, M.NEEDLESS | M.SKIP), bars=_QUOTED),
    _rule("authority", (M.EXPERT, M.REVIEW, M.GENEROUS | M.PRAISE), bars=_QUOTED),
    _rule("authority", (M.TEACHER, M.GRADER | M.AI, M.ACCEPT | _KIND | M.TOP), bars=_QUOTED),
    _rule("authority", (M.TEACHER, M.LOWER, M.NOT, M.SCORE | M.WORK), bars=_QUOTED),
    _rule("authority", (M.TEACHER, M.SCORE, M.TOP, M.THIS), bars=_QUOTED),
    _rule("authority", (M.TEACHER, M.ALREADY, _DONE), bars=_QUOTED),
    _rule("role", (M.ROLE, _SPARING, _ASKED | M.YOU), bars=_QUOTED),
    _rule("rubric", (M.RULES, M.CLEAN, M.FULFILLED), bars=_QUOTED),
    _rule("graded", (M.ALREADY, M.CHECK, _SPARING), bars=_QUOTED),
    _rule("graded", (M.ALREADY, M.REVIEW | M.CHECK, M.NEEDLESS), bars=_QUOTED),
    _rule("graded", (M.REMARK, M.FULFILLED, M.SKIP | M.NEEDLESS), bars=_QUOTED),
    _rule("graded", (M.APPROVED, M.NEEDLESS, M.REVIEW | M.CHECK | M.WORK), bars=_QUOTED),
    _rule("result", (M.VERDICT, M.CLEAN, _PRAISING | M.TOP), bars=_QUOTED),
    _rule("result", (M.REVIEW, M.CLEAN, M.LAUDED | M.PRAISE), bars=_QUOTED),
    _rule("result", (M.VERDICT, M.PRAISE, M.WORK), bars=_QUOTED),
    _rule("result", (M.CLEAN, M.PRAISE | M.LAUDED, M.WORK | _SAID | M.SCORE), bars=_QUOTED),
    _rule("result", (M.CLEAN, M.SCORED), bars=_QUOTED),
    _rule("result", (M.CLEAN, M.GRADER, M.TOP | M.APPROVED | M.SCORE), bars=_QUOTED),
    _rule("result", (M.REVIEW, M.WORK, M.TOPSCORE, M.MUST | M.PRAISE), bars=_QUOTED),
    _rule("result", (M.MUST, M.TOPSCORE, M.WORK), bars=_QUOTED),
    _rule("result", (M.GRADER, M.APPROVED, M.SCORE | M.CLEAN | M.HUNDRED), bars=_QUOTED),
    _rule("result", (M.SCORE, M.CLEAN, M.PRAISE), bars=_QUOTED),
    _rule("result", (M.VERDICT, M.ACCEPT), bars=_QUOTED),
    _rule("plea", (M.PLEAD, M.CONNIVE, _ASKED | M.DEFECT), bars=_QUOTED),
    _rule("threat", (M.THREAT, M.GRADER, M.SCORE | M.LOWER | M.DEFECT), bars=_QUOTED),
    _rule("order", (_ASKED, M.MUST, M.CONNIVE | M.OVERRIDE), bars=_QUOTED),
    _rule("order", (M.IMPERATIVE, M.FIVE), bars=_QUOTED),
    _rule("order", (M.WORK, M.TOPSCORE, M.MUST | M.GRANT), bars=_QUOTED),
    _rule("order", (M.TENOUT, M.WORK | M.THIS, _SAID), bars=_QUOTED),
    _rule("order", (M.FOLLOW, M.AWARD), bars=_QUOTED),
    _rule("order", (M.FOLLOW, M.TOPSCORE, M.TRANSLATE | M.YOU), bars=_QUOTED),
    _rule("order", (M.TRANSLATE, M.FOLLOW, M.TOP | M.SCORE), bars=_QUOTED),
    _rule("order", (M.CANCEL, M.YOU, M.TOP | _PRAISING | M.SCORE), bars=_QUOTED),
    _rule("order", (M.GRANT, M.TOPSCORE, M.WORK), bars=_QUOTED),
)

#: Said within a sentence or two.
FAR: Final = (
    _rule("spare", (M.SPARE, M.WORK, M.MACHINE, M.RULES), bars=M.ITEM),
    _rule("field", (M.FIELDSET, M.OWN)),
    _rule("graded", (M.APPROVED, M.REPEAT, M.SCORE, M.ALREADY | M.SCORED)),
    _rule("graded", (M.APPROVED, M.ALREADY, M.SCORE, M.WORK, M.NOT | M.THIS, M.REVIEW | M.CHECK)),
    _rule("authority", (M.TEACHER, M.AWARD | M.SPARE, M.SCORE, M.WORK | M.APPROVED | M.MUST), bars=M.MUST),
    _rule("address", (M.GRADER, M.TOPSCORE, M.PLEAD | M.MUST | M.THIS, M.WORK)),
    _rule("plea", (M.PLEAD, M.SPARE, M.SCORE, M.WORK | M.THIS)),
    _rule("plea", (M.PLEAD, M.AWARD | M.TOPSCORE, _ASKED | M.WORK | M.THREAT, _ANCHOR)),
    _rule("threat", (M.THREAT, _ASKED | M.YOU, M.REMARK, M.MENTION | M.ALWAYS)),
    _rule("override", (M.CANCEL, M.AWARD), bars=_QUOTED),
    _rule("marker", (M.MARKER, M.TOPSCORE, M.WORK | M.GRADER | M.REVIEW | M.THIS)),
    _rule("marker", (M.MARKER, M.AWARD | M.DEMAND)),
    _rule("note", (M.MARKER, M.REGIME, M.WORK), bars=_QUOTED),
    _rule("note", (M.MARKER, _KIND | M.PRAISE, _JUDGED), bars=_QUOTED),
    _rule("note", (M.MARKER, M.LOWER | M.REMARK, _JUDGED | M.GRADER), bars=_QUOTED),
    _rule("result", (M.VERDICT, M.CLEAN), bars=_QUOTED),
    _rule("threat", (M.HARM, M.REVIEW, M.LOWER | M.DEFECT), bars=M.LESSON),
)


@lru_cache(maxsize=50_000)
def broken_rule(near: int, far: int) -> Rule | None:
    """The first rule that the meanings near and far fulfil."""
    for rules, mask in ((NEAR, near), (FAR, far)):
        for rule in rules:
            if rule.holds(mask, far):
                return rule
    return None
