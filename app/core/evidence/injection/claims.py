"""Rules of what only who wants a good mark says about the own work: verdicts, marks, pleas, threats, parts to play.

They take less than an order needs, so they hold only in texts that are not about grading throughout: a grader's code
and a course's rules say all of this with good reason. Who fills a text with such words to be taken for one is still
held by the rules of orders.
"""

from typing import Final

from app.core.evidence.injection.meanings import Meaning
from app.core.evidence.injection.rule import rule

M: Final = Meaning  # the tables below are read by it
_REVIEWER: Final = M.GRADER | M.AI
_WHOLE: Final = M.WORK | M.PLACE
_BEST: Final = M.TOPSCORE | M.FULLSCORE | M.AWARD | M.MARKED | M.DEMAND | M.SCORED | M.TENSCORE | M.RATIO | M.LETTERED
_CLAIMED: Final = M.TOPSCORE | M.TENSCORE | M.RATIO | M.LETTERED | M.PERCENT
_GOOD: Final = M.PRAISE | M.LAUDED | M.KUDOS | M.GENEROUS
_FLAWLESS: Final = M.NOREMARK | M.CLEAN | M.SPARE | M.SPARED
_VERDICTS: Final = M.SCORE | M.REVIEW | M.VERDICT
_QUOTED: Final = M.CONDITION | M.LESSON
_SAID: Final = M.GRANT | M.ANSWER | M.SAY
_DONE: Final = M.FINISHED | M.APPROVED | M.ACCEPT

#: Said close together.
CLAIMS_NEAR: Final = (
    # What to do, and what to leave out.
    rule("order", (M.CANCEL, M.ITEM), bars=_QUOTED),
    rule("order", (M.GRANT, M.AWARD, M.TOPSCORE, M.RULES), bars=_QUOTED),
    rule("order", (M.SAY, M.FINE, M.ONLY, M.NOT), bars=M.LESSON),
    rule("order", (M.SAY, M.ITEM, M.FULFILLED), bars=_QUOTED),
    rule("order", (_SAID, M.GENEROUS, M.REVIEW, M.RATIO | M.TOPSCORE), bars=_QUOTED),
    rule("order", (M.SPARE, M.GRADE, M.LOWER, M.CRITERION | M.THIS), bars=_QUOTED | M.MUST),
    rule("order", (M.ACCEPT, M.HUNDRED, M.REVIEW | M.GRADER, M.NOUGHT | M.APPROVED), bars=_QUOTED),
    rule("order", (M.IMPERATIVE, M.CHECK, M.NOT, M.TEN), bars=M.LESSON),
    rule("order", (M.REGARDLESS, _BEST | _GOOD | M.FIVE, M.MUST | _SAID), bars=M.LESSON),
    rule("order", (M.ALLOT, M.SCORE, M.SKIP | M.REGRADE | M.PLACE | M.THIS), bars=_QUOTED),
    rule("order", (M.SAY, M.REVIEW | M.GRADER | M.AI, _GOOD | M.CLEAN | M.NOREMARK | M.TOP), bars=M.LESSON),
    rule("order", (M.SAY, M.NOT | M.HIDE, M.REMARK | M.DEFECT, _GOOD | M.ONLY | M.WORK), bars=M.LESSON),
    rule("order", (M.REMARK, M.HIDE, M.GRADER | M.AI), bars=M.LESSON),
    rule("order", (M.REMARK, M.HIDE, M.THIS, _WHOLE | M.MARKER), bars=M.LESSON),
    rule("order", (M.IMPERATIVE, M.SKIP, M.TEN | M.FIVE | _WHOLE), bars=_QUOTED),
    rule("order", (M.ACCEPT | M.APPROVED, M.THIS, M.WORK, _FLAWLESS), bars=_QUOTED),
    rule("order", (M.ONLY, M.FLATTERY, _SAID | _REVIEWER | M.REVIEW), bars=_QUOTED),
    rule("order", (M.ONLY, M.GENEROUS | M.PRAISE, _REVIEWER), bars=_QUOTED),
    rule("order", (M.YOU, M.MUST, M.NOREMARK), bars=_QUOTED),
    rule("order", (M.IMPERATIVE, M.PLEAD, M.FIVE | M.GRADE), bars=M.LESSON),
    rule("order", (M.REGARDLESS, M.GRADE, M.TOP | M.HUNDRED | M.LETTER, M.YOU | M.THIS), bars=M.LESSON),
    rule("order", (M.REGARDLESS | M.NOT, M.YOU, M.SAY, M.FINE), bars=M.LESSON),
    rule("order", (M.REGARDLESS, M.YOU, M.ANSWER, M.FINE), bars=M.LESSON),
    rule("order", (_SAID, M.ALWAYS, M.FINE, M.GRADER | M.PLEAD), bars=_QUOTED),
    rule("order", (_REVIEWER, M.MUST, M.ANSWER, M.ACCEPT), bars=_QUOTED),
    rule("order", (M.CANCEL, M.TEACHER | M.GRADER | M.GRANT), bars=_QUOTED),
    rule("order", (M.CANCEL, M.THIS, M.WORK | M.PLACE, M.MARKER | M.REVIEW | M.GRADE), bars=_QUOTED),
    rule("order", (M.IMPERATIVE, M.FLATTERY, _WHOLE), bars=M.LESSON),
    rule("order", (M.APPROVED, M.NOT, M.FOLLOW, M.RULES), bars=_QUOTED),
    rule("order", (M.APPROVED, M.CONNIVE, M.THIS, _WHOLE, M.YOU | M.GRADER), bars=_QUOTED),
    rule("order", (M.TEACHER, M.SPARE, M.DEFECT), bars=_QUOTED),
    rule("order", (M.REVIEW, M.MUST, M.GENEROUS, _WHOLE), bars=_QUOTED),
    rule("order", (M.NEEDLESS, M.REMARK, _REVIEWER), bars=_QUOTED),
    rule("grant", (M.FULLSCORE, M.IMPERATIVE | M.GRADER | M.TEACHER | M.PLEAD | M.DESERVE), bars=_QUOTED | M.RULES),
    rule("address", (M.GRADER, M.PRAISE | M.GENEROUS, M.YOU, _WHOLE | M.GRADE | M.RATIO), bars=_QUOTED),
    rule("address", (M.GRANT, M.ALWAYS, M.FIVE | M.GRADE, M.YOU), bars=_QUOTED),
    # Pleas: what hangs on the mark, and mercy.
    rule("plea", (M.STAKE, M.GRADE, M.THREAT | M.LOSE), bars=M.LESSON),
    rule("plea", (M.STAKE, M.YOU, _SAID, M.FINE), bars=M.LESSON),
    rule("plea", (M.MERCY, M.SPARE, M.YOU), bars=M.LESSON),
    rule("plea", (M.MERCY, M.GRADE | M.GRADER | M.STAKE), bars=M.LESSON),
    rule("plea", (M.HARDSHIP | M.STAKE, M.GRADE, M.THIS, M.PLEAD | M.NEED | M.MERCY), bars=M.LESSON),
    rule("plea", (M.PLEAD, M.SPARE | M.SPARED, M.GRADE), bars=M.LESSON),
    rule("plea", (M.PLEAD, M.NOT, M.BADMARK, M.GRADE, M.THIS | M.YOU | M.GRADER), bars=M.LESSON),
    # Threats: what a bad mark or remark brings upon who gives it.
    rule("threat", (M.THREAT, M.GRADER, M.SCORE | M.LOWER | M.REMARK), bars=_QUOTED),
    rule("threat", (M.HARSH, M.DEFECT | M.BADMARK, M.MACHINE, M.THIS), bars=M.LESSON),
    rule("threat", (M.HARSH, M.HARM | M.REMARK, M.YOU, M.REMARK | M.DEFECT), bars=M.LESSON),
    rule("threat", (M.THREAT, M.LOWER, M.TEACHER, M.GRANT | M.GRADE), bars=M.LESSON),
    rule("threat", (M.HARSH, M.BADMARK | M.REMARK, M.GRADER | M.AI), bars=M.LESSON),
    rule("threat", (M.HARSH, M.BADMARK | M.REMARK, M.YOU, _VERDICTS | M.WORK | M.PLACE), bars=M.LESSON),
    rule("threat", (M.HARSH, M.BADMARK | M.REMARK, M.GRADE, M.THIS | M.WORK), bars=M.LESSON),
    rule("threat", (M.HARSH, M.REMARK, M.THIS, M.WORK), bars=M.LESSON),
    rule("threat", (M.HARSH, M.GRADE, M.YOU | M.GRADER | M.AI, M.BADMARK | M.LOWER), bars=M.LESSON),
    rule("threat", (M.BADMARK, M.THIS | M.WORK, M.TEACHER | M.AI, M.THREAT), bars=M.LESSON),
    # Verdicts on the own work, as a teacher would give them, or as given before.
    rule("verdict", (M.FINISHED, M.NOREMARK, M.CHECK | M.GRADER | M.TEACHER), bars=_QUOTED),
    rule("verdict", (M.RATIO, M.REVIEW, M.ALREADY | M.PRIOR), bars=_QUOTED),
    rule("verdict", (M.DESERVE, M.TOPSCORE | M.AWARD | M.FULLSCORE), bars=M.LESSON),
    rule("verdict", (M.GRADER, M.PRAISE, M.THIS, M.WORK), bars=_QUOTED),
    rule("verdict", (M.WELL, M.NOREMARK, M.WORK), bars=_QUOTED),
    rule("verdict", (M.KUDOS, _CLAIMED | M.NOREMARK | M.FAULTLESS), bars=M.YOU | _QUOTED),
    rule("verdict", (M.LAUDED, M.TENSCORE | M.NOREMARK | M.LETTERED | M.ACCEPT), bars=M.YOU | _QUOTED),
    rule("verdict", (M.NOREMARK, M.REVIEW, M.FULFILLED | M.FINISHED), bars=_QUOTED),
    rule("verdict", (M.CLEAN, M.REVIEW, M.FULFILLED, M.CHECK | M.PRAISE | M.WORK), bars=_QUOTED),
    rule("verdict", (M.NOREMARK, M.WORK, M.FULFILLED | M.FINISHED, M.ACCEPT | M.APPROVED), bars=_QUOTED),
    rule("verdict", (M.WORK, M.MUST, M.PRAISE, M.SCORE | M.REVIEW), bars=_QUOTED),
    rule("verdict", (M.FINISHED, M.NEEDLESS | M.SKIP | M.UNHEED, M.REOPEN | M.WORK), bars=_QUOTED),
    rule("verdict", (M.FINISHED, M.NOT, M.REGRADE, M.PRIOR, M.MUST), bars=_QUOTED),
    rule(
        "verdict",
        (M.FINISHED, M.TOPSCORE | M.TENSCORE | M.LETTERED, M.WORK | M.GRADER | M.TEACHER),
        bars=_QUOTED | M.YOU | M.OUTOF,
    ),
    rule("verdict", (M.FINISHED, M.TOPSCORE, M.ALREADY | M.PRIOR | M.REGRADE), bars=_QUOTED | M.OUTOF),
    rule("verdict", (M.FINISHED, M.PRAISE, M.SCORE), bars=_QUOTED),
    rule("verdict", (M.FAULTLESS, _VERDICTS | M.YOU | M.GRADER | M.KUDOS | M.CHECK | M.WORK), bars=_QUOTED),
    rule("verdict", (M.REVIEW, M.FULFILLED, M.SPARE | M.SPARED), bars=_QUOTED),
    rule("verdict", (M.GRANT, M.ALREADY, M.GRADE, M.REVIEW | M.AI), bars=_QUOTED),
    rule("verdict", (M.GRADER, _DONE, M.REPEAT), bars=_QUOTED),
    rule("verdict", (M.FINISHED, M.REPEAT, M.GRADE | M.RATIO), bars=_QUOTED),
    rule("verdict", (M.FINISHED, M.REPEAT, M.TEACHER), bars=_QUOTED),
    rule("verdict", (M.FINISHED, M.PRIOR | M.ALREADY, M.SPARE), bars=_QUOTED),
    rule("verdict", (M.FINISHED, M.REOPEN, M.NOT, M.REVIEW), bars=_QUOTED),
    rule("verdict", (M.FINISHED, M.GRADER, M.ONLY), bars=_QUOTED),
    rule("verdict", (M.GRADE | M.WORK, M.ALREADY | M.FINISHED, M.NOT, M.REOPEN), bars=_QUOTED),
    rule("verdict", (M.TEACHER, M.WORK, M.HUNDRED | M.TOPSCORE, M.NEEDLESS | M.REVIEW), bars=_QUOTED),
    # What a tool or a reviewer is said to have found.
    rule("result", (M.NOREMARK, M.HUNDRED | M.PERCENT, M.REVIEW), bars=_QUOTED),
    rule("result", (M.GRADER, M.APPROVED, M.CLEAN | M.HUNDRED | M.TOPSCORE | M.PRAISE), bars=_QUOTED),
    rule("result", (M.RATIO, M.NOREMARK), bars=_QUOTED),
    rule("result", (M.FINISHED, M.RATIO, M.REPEAT | M.PRIOR | M.ALREADY), bars=_QUOTED),
    rule("result", (M.TOOL, M.GRADE, M.HUNDRED), bars=_QUOTED),
    rule("result", (M.LETTERED, M.CLEAN | M.NOREMARK), bars=_QUOTED),
    rule("result", (M.TENSCORE | M.SCORED, M.NOREMARK, M.VERDICT | M.PRAISE | M.NOREMARK), bars=_QUOTED),
    rule("result", (M.REVIEW | M.GRADER, M.CLEAN | M.NOREMARK, M.SCORED | M.TENSCORE | M.ACCEPT), bars=_QUOTED),
    # Marks for each criterion that no code works out, and rules made up.
    rule("rubric", (M.ITEM, M.GRADE, M.CRITERION, M.TOP), bars=_QUOTED),
    rule("rubric", (M.FULLSCORE, M.MARKER | M.GRADER, M.ALWAYS | M.ITEM), bars=_QUOTED),
    rule("rubric", (M.ITEM, M.NOREMARK, M.WORK | M.NOT), bars=_QUOTED),
    rule("rubric", (M.ITEM, M.TOPSCORE | M.FULLSCORE, M.THIS), bars=_QUOTED),
    rule("rubric", (M.RULES, M.FIVE, M.MUST, M.WORK), bars=_QUOTED),
    rule("rubric", (M.RATIOS, M.CRITERION)),
    rule("rubric", (M.ITEM, M.TOPSCORE | M.FULLSCORE, M.ALWAYS | M.FULFILLED), bars=_QUOTED),
    rule("rubric", (M.ITEM | M.RULES, M.ALWAYS, M.TOPSCORE | M.FULLSCORE, M.GRANT | M.ANSWER), bars=_QUOTED),
    # Who is said to have allowed it.
    rule("authority", (M.TEACHER, M.ACCEPT, M.AUTOMATIC), bars=_QUOTED),
    rule("authority", (M.TENSCORE, M.APPROVED, M.TEACHER | M.GRADE), bars=_QUOTED),
    rule("authority", (M.NOLOWER, M.GRADE, M.NUMBER, M.THIS | M.WORK), bars=_QUOTED),
    rule("authority", (M.TEACHER | M.GRADER, _DONE, M.NOREMARK | M.SKIP | M.NEEDLESS, _WHOLE | M.GRADE), bars=_QUOTED),
    rule("authority", (M.EXPERT, _DONE, M.CLEAN, M.TOP | M.SCORE), bars=_QUOTED),
    rule("authority", (M.SKIP, M.EXPERT | M.TEACHER, M.WORK), bars=_QUOTED),
    rule("authority", (M.OVERRIDE, M.TEACHER, _DONE), bars=_QUOTED),
    rule("authority", (M.SPARE, M.SCORE, M.NUMBER, M.THIS | M.WORK), bars=_QUOTED),
    rule("authority", (M.SPARE, M.SCORE, M.THIS, M.WORK), bars=_QUOTED | M.MUST),
    rule("authority", (M.TEACHER, M.WORK, M.LETTERED), bars=_QUOTED),
    # Parts to play.
    rule("role", (M.YOU, M.GENEROUS, M.GRADER, M.REGIME), bars=_QUOTED),
    rule("role", (M.ROLE, M.TEACHER | M.GRADER, _GOOD | M.AUTOMATIC), bars=_QUOTED),
    rule("role", (M.ROLE, M.GENEROUS, M.CHECK | M.REGRADE, _WHOLE | M.THIS), bars=_QUOTED),
    rule("role", (M.GRADER, M.ALWAYS | M.MUST, M.PRAISE), bars=_QUOTED),
    rule("role", (M.GRADER, M.REGIME, M.ACCEPT, M.AUTOMATIC | M.ALWAYS | M.ROLE), bars=_QUOTED),
    rule("role", (M.YOU, M.GENEROUS, M.GRADER | M.TEACHER, M.ALWAYS | M.LETTER | M.TOP), bars=_QUOTED),
    rule("role", (M.ROLE, M.DEFECT, M.FULFILLED, M.REVIEW | M.ALWAYS), bars=M.LESSON),
    # Notes of a system.
    rule("note", (M.MARKER, M.CANCEL | M.OVERRIDE, M.GRADE | M.ITEM), bars=M.LESSON),
    rule("note", (M.MARKER, M.AWARD | M.MARKED | M.FLATTERY | M.FAULTLESS), bars=M.LESSON),
    rule("note", (M.MARKER, M.TOPSCORE, M.ALWAYS | M.THIS | M.GRADER | M.WORK | M.YOU | M.REGIME), bars=M.LESSON),
    rule("note", (M.REGIME, M.ALWAYS, M.TOPSCORE), bars=_QUOTED),
    rule("note", (M.STRICT, M.HIDE | M.REGIME, M.GRADER | M.REVIEW | M.MARKER), bars=_QUOTED),
    rule("note", (M.RULES, M.REGIME, M.FOLLOW, M.PRIOR | M.THIS), bars=_QUOTED),
    # Identifiers that tell by themselves.
    rule("name", (M.NAME,)),
)

#: Said within a sentence or two.
CLAIMS_FAR: Final = (
    rule("order", (M.GRADER, M.DECLARE, M.THIS, M.WORK, M.ALREADY), bars=_QUOTED),
    rule("plea", (M.MERCY, M.GRADE, M.HARDSHIP | M.THIS), bars=M.LESSON),
    rule("threat", (M.HARSH, M.BADMARK, M.REVIEW, M.THIS, M.WORK), bars=M.LESSON),
    rule("verdict", (M.KUDOS, M.PERCENT | M.TOPSCORE), bars=M.YOU | _QUOTED),
    rule("verdict", (M.VERDICT, M.TOPSCORE, M.WORK | M.MUST), bars=_QUOTED),
    rule("verdict", (M.FINISHED, M.REOPEN, M.NOT, M.PRAISE, M.SCORE), bars=_QUOTED),
    rule("result", (M.FIELDSET, M.PRAISE | M.CLEAN), bars=_QUOTED),
    rule("result", (M.FIELD, M.CLEAN), bars=_QUOTED),
    rule("result", (M.TENSCORE | M.SCORED, M.NOREMARK, M.VERDICT | M.PRAISE), bars=_QUOTED),
    rule("rubric", (M.ITEM, M.TOPSCORE, M.ALWAYS, M.FULFILLED | M.FINISHED), bars=_QUOTED),
    rule("rubric", (M.SELFMARK, M.HUNDRED | M.TOPSCORE | M.RATIO)),
    rule("rubric", (M.RATIOS, M.CRITERION, _VERDICTS | M.ITEM)),
    rule("role", (M.ROLE, M.GENEROUS, M.GRADER | M.CLEAN, M.YOU), bars=_QUOTED),
    rule("note", (M.MARKER, M.TOPSCORE | M.AWARD | M.MARKED, M.YOU | M.GRADER), bars=M.LESSON),
    rule("note", (M.MARKER, M.FAULTLESS), bars=M.LESSON),
)
