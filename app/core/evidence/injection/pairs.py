"""What two words say beside each other that neither says alone."""

from functools import lru_cache
from typing import Final

from app.core.evidence.injection.meanings import Meaning

_CACHED_MAX: Final = 10_000

M: Final = Meaning  # the tables below are read by it
#: What two words say together: the earlier one's meaning, how many words apart at most, the later one's, the sum.
PAIRS: Final = tuple(
    (int(earlier), between, int(later), int(together))
    for earlier, between, later, together in (
        (M.DEAR, 1, M.MACHINE, M.SALUTED),
        (M.SCORE, 1, M.TOP, M.TOPSCORE),
        (M.LOWER, 3, M.NOT, M.SPARE),
        (M.AS, 1, M.FULFILLED, M.ASDONE),
        (M.RAISE, 3, M.SCORE, M.RAISED),
        (M.IMPERATIVE, 4, M.FIVE, M.AWARD),
        (M.SALUTE, 2, M.GRADER | M.AI, M.SALUTED),
        (M.NOT, 1, M.BEHEST, M.SPARED),
        (M.NOT, 2, M.HEED, M.UNHEED),
        (M.MUST, 3, M.NUMBER, M.DEMAND),
        (M.ANSWER, 5, M.NUMBER | M.TOP, M.MARKED),
        (M.FIELD | M.OWN, 3, M.NUMBER, M.FIELDSET),
        (M.NUMBER, 1, M.NUMBER, M.TOPSCORE),
        (M.GRANT, 6, M.TOP | M.NUMBER, M.AWARD),
        (M.IMPERATIVE, 6, M.TOP | M.NUMBER, M.AWARD),
        (M.TOP | M.NUMBER, 4, M.IMPERATIVE, M.AWARD),
        (M.SCORE, 5, M.NUMBER, M.TOPSCORE | M.SCORED),
        (M.NUMBER, 1, M.SCORE, M.SCORED),
        (M.TOP | M.NUMBER, 2, M.SCORE, M.TOPSCORE),
        (M.NOT, 2, M.LOWER | M.MENTION, M.SPARE),
        (M.NOT, 3, M.DEFECT, M.CLEAN),
        (M.DEFECT, 2, M.NOT, M.CLEAN),
        (M.OVERRIDE, 5, M.RULES, M.CANCEL),
        (M.RULES, 6, M.OVERRIDE, M.CANCEL),
        (M.NOT, 2, M.NEED, M.NEEDLESS),
        (M.NEED, 1, M.NOT, M.NEEDLESS),
        (M.NEEDLESS, 5, M.CHECK, M.SKIP),
        (M.CHECK, 4, M.NEEDLESS, M.SKIP),
        (M.NOT, 2, M.CHECK, M.SKIP),
        (M.PRAISE, 1, M.WORK, M.LAUDED),
        (M.WORK, 3, M.PRAISE, M.LAUDED),
        (M.VERDICT, 2, M.PRAISE | M.HUNDRED, M.TOPSCORE | M.SCORED),
        (M.REVIEW, 1, M.HUNDRED, M.TOPSCORE | M.SCORED),
        (M.YOU | M.AI | M.GRADER, 5, M.THREAT, M.HARM),
        (M.THREAT, 4, M.YOU | M.AI | M.GRADER, M.HARM),
        (M.YOU, 2, M.NAMED, M.ROLE),
        (M.NAMED, 1, M.YOU, M.ROLE),
        (M.TEN, 1, M.OUTOF, M.TENOUT),
        (M.TENOUT, 2, M.TEN, M.TOPSCORE | M.SCORED),
        (M.RATIO, 5, M.RATIO, M.RATIOS),
        (M.SCORE, 1, M.LETTER, M.LETTERED),
        (M.MUST, 3, M.LETTER, M.LETTERED),
        (M.FULL, 1, M.SCORE, M.FULLSCORE),
        (M.NOT, 4, M.NITPICK, M.FAULTLESS),
        (M.NITPICK, 3, M.NOT, M.FAULTLESS),
        (M.NOUGHT, 5, M.IMPROVE, M.FAULTLESS),
        (M.WELL, 1, M.JOB, M.KUDOS),
        (M.NOT, 4, M.LOWER, M.NOLOWER),
        (M.NOT, 2, M.LOSE, M.NOLOWER),
        (M.SCORE, 3, M.RATIO, M.TOPSCORE | M.SCORED),
        (M.RATIO, 1, M.SCORE, M.TOPSCORE | M.SCORED),
        (M.DEFECT, 2, M.EMPTY, M.CLEAN | M.NOREMARK),
        (M.NOT, 2, M.REMARK, M.NOREMARK),
        (M.REMARK, 2, M.NOT, M.NOREMARK),
        (M.GRANT, 2, M.ALWAYS, M.ALLOT),
        (M.SCORE, 2, M.TEN, M.TENSCORE),
        (M.TEN, 1, M.SCORE, M.TENSCORE),
    )
)


@lru_cache(maxsize=_CACHED_MAX)
def pairs_of(bits: int) -> tuple[tuple[int, int, int, int, int], ...]:
    """The pairs, with their places in the table, that a word of these meanings can be a half of: few of them."""
    said, pairs = bits, []
    for index, (earlier, between, later, together) in enumerate(PAIRS):
        if said & (earlier | later):
            pairs.append((index, earlier, between, later, together))
        if said & later:
            said |= together
    return tuple(pairs)
