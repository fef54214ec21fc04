"""A reader's verdicts on the items that are left to it: taken where what it quotes stands where it says."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.evidence.measured import is_same_python
from app.core.ports import ItemOpinion, Question
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.grading.sums import EARNED
from app.core.rubric import Rubric, RubricItem, said_in
from app.core.submission.sources import FileKind
from app.core.submission.tree import kind_of
from app.core.words import Words
from schemas.rubric import CountsFor, RubricVerdict, Verdict

_PROSE: Final = frozenset({FileKind.MARKDOWN, FileKind.TEXT})


@dataclass(frozen=True, slots=True)
class ReadVerdicts:
    """The verdicts in the rubric's order, and what of the reader's was not taken, a sentence each."""

    verdicts: tuple[RubricVerdict, ...]
    adjustments: tuple[str, ...]


def check_verdicts(rubric: Rubric, given: Sequence[ItemOpinion], anchors: Anchors, words: Words) -> ReadVerdicts:
    """The verdicts of a reader on all items that are left to one.

    One whose quote does not stand there, or that speaks of code which was not shown, counts as `CANNOT_TELL`; so do
    two on one item that do not agree, and an item without any. Titles of hidden items stand in no adjustment, for
    students read these.
    """
    by_id: defaultdict[str, list[ItemOpinion]] = defaultdict(list)
    for opinion in given:
        by_id[opinion.item_id].append(opinion)
    verdicts: list[RubricVerdict] = []
    refused: list[RubricItem] = []
    for item in rubric.left_to_a_reader:
        opinions = by_id.get(item.id, [])
        said = [opinion for opinion in opinions if opinion.verdict is not Verdict.CANNOT_TELL]
        if any(opinion.verdict is not opinions[0].verdict for opinion in opinions):
            refused.append(item)
            verdicts.append(_untold(item, words.grading["two_verdicts"]({}), words))
        elif not said:
            reason = opinions[0].reason if opinions else None
            verdicts.append(_untold(item, reason or words.grading["no_verdict"]({}), words))
        elif (standing := next((opinion for opinion in said if anchors.stands(opinion.place)), None)) is None:
            refused.append(item)
            verdicts.append(_untold(item, words.grading["no_such_quote"]({}), words))
        else:
            verdicts.append(_taken(item, standing, words))
    return ReadVerdicts(tuple(verdicts), _refusals(refused, words))


def keep_verdicts(question: Question, verdicts: Sequence[RubricVerdict], words: Words) -> tuple[RubricVerdict, ...]:
    """A reader's `verdicts`, with the previous review's where no Python changed, so that nobody could read it again.

    Else the same code would be worth less than before, and any line that is added to it would win that back. For the
    same reason a line of prose lowers no verdict on quality.
    """
    comparison, previous = question.comparison, question.previous
    is_same = is_same_python(comparison.complexity, comparison.sources)
    if previous is None or previous.rubric_version != question.rubric.version or not is_same:
        return tuple(verdicts)
    before = {verdict.item_id: verdict for verdict in previous.review_result.rubric}
    return tuple(_as_before(verdict, before.get(verdict.item_id), words) for verdict in verdicts)


def _as_before(verdict: RubricVerdict, before: RubricVerdict | None, words: Words) -> RubricVerdict:
    is_untold = verdict.verdict is Verdict.CANNOT_TELL
    if before is None or not (is_untold or _is_lowered_by_prose(verdict, before)):
        return verdict
    # Its quote stood in the code that was shown then.
    place = {"path": None, "line": None, "quote": None}
    if before.points_max:
        reason: str | None = words.grading["python_as_before"]({})
    else:
        reason = verdict.reason if is_untold else before.reason
    return before.model_copy(update={"title": verdict.title, "reason": reason, **place})


def _is_lowered_by_prose(verdict: RubricVerdict, before: RubricVerdict) -> bool:
    if verdict.counts_for is CountsFor.OVERALL or kind_of(verdict.path or "") not in _PROSE:
        return False
    return EARNED[verdict.verdict] < EARNED.get(before.verdict, 1.0)


def _taken(item: RubricItem, opinion: ItemOpinion, words: Words) -> RubricVerdict:
    return RubricVerdict(
        item_id=item.id,
        title=said_in(item.title, words.language),
        verdict=opinion.verdict,
        points=EARNED[opinion.verdict] * item.points,
        points_max=item.points,
        counts_for=item.counts_for,
        decided_by=item.decided_by,
        hidden=item.hidden,
        reason=opinion.reason,
        path=opinion.place.path,
        line=opinion.place.line,
        quote=opinion.place.quote,
    )


def _untold(item: RubricItem, reason: str, words: Words) -> RubricVerdict:
    return RubricVerdict(
        item_id=item.id,
        title=said_in(item.title, words.language),
        verdict=Verdict.CANNOT_TELL,
        points=0.0,
        points_max=0.0,
        weight=item.points,
        counts_for=item.counts_for,
        decided_by=item.decided_by,
        hidden=item.hidden,
        reason=reason,
    )


def _refusals(refused: Sequence[RubricItem], words: Words) -> tuple[str, ...]:
    if not refused:
        return ()
    titles = [said_in(item.title, words.language) for item in refused if not item.hidden]
    return (words.adjustments["verdicts"]({"count": len(refused), "titles": titles}),)
