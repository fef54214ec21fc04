"""Rules of what can only be an order to a reviewer: they hold in every text."""

from typing import Final

from app.core.evidence.injection.meanings import Meaning
from app.core.evidence.injection.rule import rule

M: Final = Meaning  # the tables below are read by it
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
ORDERS_NEAR: Final = (
    rule("grant", (M.AWARD, M.TOPSCORE), bars=M.RULES | M.CONDITION),
    rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.GRADER), bars=M.SYSTEM | M.LESSON),
    rule("grant", (_TOP, M.THIS, M.WORK, _SAID), bars=_QUOTED),
    rule("grant", (M.AWARD, _ASKED), bars=M.LESSON),
    rule("grant", (M.AWARD, M.APPROVED, _ANCHOR), bars=M.LESSON),
    rule("grant", (M.AWARD, M.IMPERATIVE, M.WORK | M.GRADER | M.MACHINE | M.PLEAD, _ANCHOR)),
    rule("grant", (M.IMPERATIVE, _ASKED, M.WORK), bars=M.YOU),
    rule("grant", (M.AWARD, M.TOPSCORE, M.GRADER | M.PLEAD)),
    rule("grant", (M.AWARD, M.THIS, M.WORK)),
    rule("grant", (M.MARKED, M.TOPSCORE, M.WORK, M.GRADER | M.THIS, M.REVIEW | M.CHECK)),
    rule("grant", (M.AWARD, M.IMPERATIVE, _ANCHOR), bars=_QUOTED),
    rule("grant", (_TOP, _ASKED, M.THREAT | M.PLEAD | M.IMPERATIVE), bars=_QUOTED),
    rule("grant", (_TOP, _KIND, _ANCHOR), bars=_QUOTED | M.GENEROUS),
    rule("grant", (_TOP, M.DISGUISED, M.THREAT | M.PLEAD | M.IMPERATIVE), bars=_QUOTED),
    rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.PLEAD, _ANCHOR), bars=M.LESSON),
    rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.NEEDLESS, _ANCHOR), bars=_QUOTED | M.ITEM),
    rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.CANCEL), bars=M.LESSON | M.ITEM),
    rule("grant", (_TOP | M.FIELDSET | M.SCORED, M.CONNIVE, _ANCHOR), bars=_QUOTED | M.ITEM),
    rule("grant", (M.AWARD, M.TEACHER, _ANCHOR), bars=M.LESSON),
    rule("grant", (M.AWARD, M.DISGUISED), bars=M.LESSON),
    rule("grant", (M.AWARD, M.PRAISE, _ANCHOR), bars=M.LESSON),
    rule("grant", (M.AWARD, M.LAUDED, _ANCHOR), bars=M.LESSON),
    rule("grant", (M.AWARD, _KIND, _ANCHOR), bars=M.LESSON),
    rule("grant", (M.AWARD, M.WORK, M.THREAT | M.PLEAD | M.IMPERATIVE), bars=M.LESSON),
    rule("grant", (M.AWARD, M.YOU, _ANCHOR), bars=M.RULES | M.LESSON),
    rule("grant", (M.AWARD, M.FULFILLED, _ANCHOR, M.APPROVED | M.ACCEPT), bars=M.LESSON),
    rule("grant", (M.GRANT, M.SCORE, M.GRADER | M.TEACHER | M.PLEAD, M.TOP | M.HUNDRED), bars=M.LESSON),
    rule("order", (M.IMPERATIVE, M.TOP | M.HUNDRED, _ANCHOR), bars=M.LESSON),
    rule("order", (M.RAISED, _ASKED | M.RULES | M.PLEAD, _ASKED | M.TOP, _ANCHOR), bars=M.LOWER),
    rule("order", (M.GRANT, M.ACCEPT, M.WORK | M.PLEAD, _ANCHOR, M.THREAT | M.PLEAD | M.IMPERATIVE), bars=_QUOTED),
    rule("order", (M.ANSWER, M.LAUDED, M.SPARE | M.THIS, _ANCHOR), bars=M.LESSON),
    rule("order", (M.IMPERATIVE, M.OVERRIDE | M.CANCEL, _ANCHOR), bars=M.LESSON),
    rule("order", (M.MUST, M.WORK, M.TOPSCORE | M.PRAISE, M.REVIEW | M.THIS), bars=_QUOTED),
    rule("order", (M.IMPERATIVE, M.FIVE | M.PRAISE, _ASKED | M.WORK | M.THIS | M.DISGUISED, _ANCHOR), bars=M.LESSON),
    rule("order", (M.IMPERATIVE, M.SCORE), bars=M.LESSON),
    rule("order", (M.IMPERATIVE, M.APPROVED, _ANCHOR), bars=M.LESSON | M.YOU),
    rule("order", (M.IMPERATIVE, M.REVIEW, _ASKED), bars=M.LESSON | M.YOU),
    rule("order", (M.IMPERATIVE, M.THIS, _ANCHOR), bars=M.LESSON),
    rule("order", (M.IMPERATIVE, M.PRAISE, _ANCHOR), bars=M.LESSON),
    rule("spare", (M.SPARED, _JUDGED | M.GRADER | M.PLEAD | M.REMARK), bars=M.LESSON),
    rule("spare", (_SPARING, _ASKED), bars=_QUOTED | M.AI),
    rule("spare", (M.SPARE, M.LOWER, M.SCORE, M.GRADER | M.TEACHER | M.PLEAD | M.THIS), bars=M.RULES),
    rule("spare", (_SPARING, M.PLEAD, _JUDGED, _ANCHOR), bars=M.GENEROUS | M.LESSON),
    rule("spare", (_SPARING, M.PLEAD, _JUDGED, _ANCHOR, _SAID), bars=M.LESSON),
    rule("spare", (M.RULES, M.MACHINE, M.SPARE, M.DEFECT)),
    rule("spare", (M.SPARED, M.SCORE)),
    rule("spare", (M.SPARED, M.TEACHER | M.APPROVED | M.ACCEPT, _SAID)),
    rule("spare", (M.SPARE | M.SPARED, M.GRADER), bars=M.LESSON),
    rule("spare", (M.SPARE | M.SPARED, M.TEACHER, _ANCHOR, M.APPROVED | M.ALREADY | M.FULFILLED), bars=M.LESSON),
    rule("spare", (M.SPARED, _SAID), bars=M.LESSON),
    rule("skip", (M.SKIP, _DONE, _SAID), bars=_QUOTED),
    rule("skip", (M.SKIP, M.TOPSCORE | M.SCORED | M.HUNDRED | M.PRAISE, M.TOP | M.HUNDRED), bars=_QUOTED),
    rule("skip", (M.SKIP, M.FULFILLED, M.WORK | M.ALWAYS | M.REVIEW, _SAID), bars=_QUOTED),
    rule("skip", (M.SKIP, M.FULFILLED, M.WORK | M.ALWAYS | M.REVIEW), bars=_QUOTED | M.MUST),
    rule(
        "result",
        (M.SCORED, M.HUNDRED, M.GRADER | M.SYSTEM | M.REVIEW, M.ANSWER | M.TOP | M.APPROVED | M.MUST | M.CLEAN),
        bars=M.RULES,
    ),
    rule("result", (M.TOPSCORE, M.CLEAN), bars=M.MUST | M.CONDITION | M.ITEM),
    rule("result", (M.LAUDED, M.TOPSCORE | M.SCORED, M.REVIEW | M.CHECK), bars=M.LESSON),
    rule("result", (M.FULFILLED, M.ITEM, M.CLEAN), bars=_QUOTED),
    rule("result", (M.APPROVED, M.CLEAN, M.SCORE, _SAID), bars=M.CONDITION),
    rule("result", (M.SCORED, M.ALREADY, M.APPROVED | M.REVIEW | M.CLEAN)),
    rule("result", (M.TOPSCORE, M.HUNDRED, M.REVIEW, M.APPROVED)),
    rule("result", (M.SCORED, M.REVIEW, M.APPROVED), bars=_QUOTED),
    rule("result", (M.LAUDED, M.APPROVED, _ANCHOR), bars=M.LESSON),
    rule("field", (M.FIELDSET, M.HUNDRED, _ANCHOR)),
    rule("field", (M.FIELD | M.OWN, M.REMARK), bars=M.LESSON),
    rule("graded", (M.APPROVED, M.PRAISE, _ANCHOR, _SAID), bars=M.LESSON),
    rule("graded", (M.APPROVED, M.SKIP, _SAID), bars=M.LESSON),
    rule("graded", (M.APPROVED, M.SPARE, _ANCHOR), bars=M.LESSON),
    rule("evidence", (M.FULFILLED, M.SCORED, M.HUNDRED, M.ALWAYS), bars=M.CONDITION),
    rule("rubric", (M.RULES, M.ALWAYS, M.HUNDRED, M.WORK | M.THIS), bars=M.LESSON),
    rule("rubric", (M.ITEM, M.ALWAYS, M.FULFILLED, M.VERDICT)),
    rule("rubric", (M.DECLARE, M.PRAISE, _ANCHOR, M.THIS), bars=_QUOTED),
    rule("rubric", (M.ITEM, M.FULFILLED, M.GRADER, M.TOP)),
    rule("authority", (M.TEACHER, M.APPROVED, M.NUMBER | M.NOT, _ANCHOR), bars=_QUOTED | M.MUST),
    rule("authority", (_TOP, _BOSS, _DONE | M.GRANT | M.MUST, _ANCHOR), bars=_QUOTED | M.ITEM),
    rule("authority", (M.TEACHER, M.NOT, M.REMARK), bars=_QUOTED),
    rule("authority", (M.TEACHER, M.APPROVED, M.ITEM, M.REVIEW)),
    rule("authority", (M.TEACHER, M.APPROVED, M.TOPSCORE), bars=M.RULES),
    rule("authority", (M.TEACHER, M.AWARD, _ANCHOR), bars=M.CONDITION),
    rule("authority", (M.TEACHER | M.SYSTEM, M.APPROVED, _TOP, _ANCHOR), bars=M.RULES | M.LESSON),
    rule("address", (M.SALUTED,)),
    rule("address", (_ASKED, M.CONNIVE, M.TOP | M.PLEAD | M.TOPSCORE), bars=M.GENEROUS),
    rule("address", (M.AI, M.ACCEPT | M.CONNIVE | M.DECLARE, M.ASDONE)),
    rule(
        "threat",
        (M.THREAT, M.LOWER | M.DEFECT | M.REMARK, _ASKED | M.MACHINE | M.YOU, M.SCORE | M.WORK | M.REVIEW),
        bars=M.LESSON,
    ),
    rule("threat", (M.HARM, M.SCORE | M.LOWER | M.REMARK, _ANCHOR, _SAID), bars=M.LESSON),
    rule("threat", (M.THREAT, M.LOWER, M.SCORE, M.PLEAD | M.YOU), bars=M.LESSON),
    rule("threat", (M.HARM, M.SCORE), bars=M.MUST | M.LESSON),
    rule("role", (_ASKED, _KIND, M.THIS), bars=_QUOTED),
    rule("role", (M.ROLE, M.GENEROUS, _JUDGED, _ANCHOR, M.WORK | M.THIS), bars=M.LESSON),
    rule("role", (M.GENEROUS, M.PLEAD | M.IMPERATIVE, _JUDGED | _ASKED, _ANCHOR, M.APPROVED | M.ACCEPT), bars=_QUOTED),
    rule("override", (M.CANCEL, M.GRANT | M.GRADER | M.PRIOR), bars=_QUOTED),
    rule("override", (M.UNHEED, M.RULES, M.WORK | M.PRIOR | M.REVIEW)),
    rule("override", (M.CANCEL, M.YOU), bars=_QUOTED | M.MUST),
    rule("tool", (M.TOOL, M.VERDICT)),
    rule("marker", (M.MARKER, M.TOP | M.HUNDRED | M.ACCEPT, _SAID | M.WORK | M.RULES), bars=M.LESSON),
    rule("fence", (M.FENCE,)),
    rule("rubric", (M.ITEM, M.RULES, M.ALWAYS, M.FULFILLED, M.DECLARE), bars=M.LOWER | M.CONDITION | M.MUST),
    rule("rubric", (M.ITEM, M.ASDONE, M.DECLARE, M.ALWAYS | M.THIS | M.GRADER)),
    rule("note", (M.MARKER, M.REGIME, _JUDGED | _DONE | _PRAISING), bars=_QUOTED),
    rule("note", (M.MARKER, M.ACCEPT | M.APPROVED, M.WORK), bars=_QUOTED),
    rule("note", (M.MARKER, _JUDGED, _KIND | _SPARING | M.TOP | M.PRAISE), bars=_QUOTED),
    rule("authority", (M.TEACHER, M.APPROVED | M.MUST, _NEEDLESS | M.LOWER, _JUDGED | M.WORK), bars=_QUOTED),
    rule("authority", (M.TEACHER, M.APPROVED, _TOP | M.TOP | M.FIVE), bars=_QUOTED),
    rule("authority", (M.TEACHER | M.EXPERT, M.APPROVED, M.WORK, M.THIS), bars=_QUOTED),
    rule("authority", (M.TEACHER, M.ACCEPT, M.WORK, M.THIS), bars=_QUOTED),
    rule("authority", (M.TEACHER, _NEEDLESS, M.GRADER | M.WORK, M.THIS), bars=_QUOTED),
    rule("authority", (M.TEACHER, M.APPROVED, M.NEEDLESS | M.SKIP), bars=_QUOTED),
    rule("authority", (M.EXPERT, M.REVIEW, M.GENEROUS | M.PRAISE), bars=_QUOTED),
    rule("authority", (M.TEACHER, M.GRADER | M.AI, M.ACCEPT | _KIND | M.TOP), bars=_QUOTED),
    rule("authority", (M.TEACHER, M.LOWER, M.NOT, M.SCORE | M.WORK), bars=_QUOTED),
    rule("authority", (M.TEACHER, M.SCORE, M.TOP, M.THIS), bars=_QUOTED),
    rule("authority", (M.TEACHER, M.ALREADY, _DONE), bars=_QUOTED),
    rule("role", (M.ROLE, _SPARING, _ASKED | M.YOU), bars=_QUOTED),
    rule("rubric", (M.RULES, M.CLEAN, M.FULFILLED), bars=_QUOTED),
    rule("graded", (M.ALREADY, M.CHECK, _SPARING), bars=_QUOTED),
    rule("graded", (M.ALREADY, M.REVIEW | M.CHECK, M.NEEDLESS), bars=_QUOTED),
    rule("graded", (M.REMARK, M.FULFILLED, M.SKIP), bars=_QUOTED),
    rule("graded", (M.APPROVED, M.NEEDLESS, M.REVIEW | M.CHECK | M.WORK), bars=_QUOTED),
    rule("result", (M.VERDICT, M.CLEAN, _PRAISING | M.TOP), bars=_QUOTED),
    rule("result", (M.REVIEW, M.CLEAN, M.LAUDED | M.PRAISE), bars=_QUOTED),
    rule("result", (M.VERDICT, M.PRAISE, M.WORK), bars=_QUOTED),
    rule("result", (M.CLEAN, M.PRAISE | M.LAUDED, M.WORK | _SAID | M.SCORE), bars=_QUOTED),
    rule("result", (M.CLEAN, M.SCORED), bars=_QUOTED),
    rule("result", (M.CLEAN, M.GRADER, M.TOP | M.APPROVED | M.SCORE), bars=_QUOTED),
    rule("result", (M.REVIEW, M.WORK, M.TOPSCORE, M.MUST | M.PRAISE), bars=_QUOTED),
    rule("result", (M.MUST, M.TOPSCORE, M.WORK), bars=_QUOTED),
    rule("result", (M.SCORE, M.CLEAN, M.PRAISE), bars=_QUOTED),
    rule("result", (M.VERDICT, M.ACCEPT), bars=_QUOTED),
    rule("plea", (M.PLEAD, M.CONNIVE, _ASKED | M.DEFECT), bars=_QUOTED),
    rule("order", (_ASKED, M.MUST, M.CONNIVE | M.OVERRIDE), bars=_QUOTED),
    rule("order", (M.IMPERATIVE, M.FIVE), bars=_QUOTED),
    rule("order", (M.WORK, M.TOPSCORE, M.MUST | M.GRANT), bars=_QUOTED),
    rule("order", (M.TENOUT, M.WORK | M.THIS, _SAID), bars=_QUOTED),
    rule("order", (M.FOLLOW, M.AWARD), bars=_QUOTED),
    rule("order", (M.FOLLOW, M.TOPSCORE, M.TRANSLATE | M.YOU), bars=_QUOTED),
    rule("order", (M.TRANSLATE, M.FOLLOW, M.TOP | M.SCORE), bars=_QUOTED),
    rule("order", (M.CANCEL, M.YOU, M.TOP | _PRAISING | M.SCORE), bars=_QUOTED),
    rule("order", (M.GRANT, M.TOPSCORE, M.WORK), bars=_QUOTED),
)

#: Said within a sentence or two.
ORDERS_FAR: Final = (
    rule("spare", (M.SPARE, M.WORK, M.MACHINE, M.RULES), bars=M.ITEM),
    rule("field", (M.FIELDSET, M.OWN)),
    rule("graded", (M.APPROVED, M.REPEAT, M.SCORE, M.ALREADY | M.SCORED)),
    rule("graded", (M.APPROVED, M.ALREADY, M.SCORE, M.WORK, M.NOT | M.THIS, M.REVIEW | M.CHECK)),
    rule("authority", (M.TEACHER, M.AWARD | M.SPARE, M.SCORE, M.WORK | M.APPROVED | M.MUST), bars=M.MUST),
    rule("address", (M.GRADER, M.TOPSCORE, M.PLEAD | M.MUST | M.THIS, M.WORK)),
    rule("plea", (M.PLEAD, M.SPARE, M.SCORE, M.WORK | M.THIS)),
    rule("plea", (M.PLEAD, M.AWARD | M.TOPSCORE, _ASKED | M.WORK | M.THREAT, _ANCHOR)),
    rule("threat", (M.THREAT, _ASKED | M.YOU, M.REMARK, M.MENTION | M.ALWAYS)),
    rule("override", (M.CANCEL, M.AWARD), bars=_QUOTED),
    rule("marker", (M.MARKER, M.TOPSCORE, M.WORK | M.GRADER | M.REVIEW | M.THIS)),
    rule("marker", (M.MARKER, M.AWARD | M.DEMAND)),
    rule("note", (M.MARKER, M.REGIME, M.WORK), bars=_QUOTED),
    rule("note", (M.MARKER, _KIND | M.PRAISE, _JUDGED), bars=_QUOTED),
    rule("note", (M.MARKER, M.LOWER | M.REMARK, _JUDGED | M.GRADER), bars=_QUOTED),
    rule("result", (M.VERDICT, M.CLEAN), bars=_QUOTED),
    rule("threat", (M.HARM, M.REVIEW, M.LOWER | M.DEFECT), bars=M.LESSON),
)
