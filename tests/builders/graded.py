"""Scores and verdicts of facts, without any sources to analyse."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.catalogue import words_in
from app.core.ports import Question
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.grading import Graded, Scores, check_verdicts, hold
from app.core.rubric import Rubric, read_rubric
from schemas.comparison import Evidence, Fact
from schemas.review import Review
from schemas.rubric import RubricVerdict, Verdict
from tests.builders.questions import a_question
from tests.builders.records import a_comparison

OWN = """
items:
  - {id: works, title: Works, points: 50, description: Tests pass., counts_for: overall, decided_by: tests}
  - {id: clean, title: Clean, points: 20, description: No findings., counts_for: both, decided_by: linter}
  - {id: fits, title: Fits the task, points: 30, description: It does what was asked., counts_for: both}
  - {id: secret, title: Not copied, points: 10, description: It is their own., counts_for: overall, hidden: true}
"""
"""A teacher's rubric, in which a reader's verdicts count for both scores."""


def own_rubric(**changes: Any) -> Rubric:
    """`OWN`, with other fields."""
    return read_rubric(OWN, "hw-1").model_copy(update=changes)


def question_of(
    facts: Sequence[Fact], *, rubric: Rubric | None = None, previous: Review | None = None, **fields: Any
) -> Question:
    """A question about an attempt of which these facts are known."""
    evidence = fields.pop("evidence", Evidence(facts=tuple(facts)))
    return a_question(a_comparison(evidence=evidence, **fields), previous, rubric=rubric)


def verdicts_of(question: Question, read: Iterable[RubricVerdict] = ()) -> tuple[RubricVerdict, ...]:
    """What code decided, with a reader's verdicts on what is left, none where nothing was `read`."""
    words = words_in(question.comparison.language)
    left = check_verdicts(question.rubric, (), Anchors.of(question.comparison, {}, words), words).verdicts
    by_id = {verdict.item_id: verdict for verdict in (*question.decided, *left, *read)}
    return tuple(by_id[item.id] for item in question.rubric.items)


def graded(question: Question, read: Iterable[RubricVerdict] = ()) -> Graded:
    """What `hold` makes of the verdicts on `question`."""
    return hold(question, verdicts_of(question, read), words_in(question.comparison.language))


def scores_of(facts: Sequence[Fact], **fields: Any) -> Scores:
    """The scores by rules of an attempt of which these facts are known."""
    return graded(question_of(facts, **fields)).scores


def read_as(question: Question, *verdicts: Verdict) -> tuple[RubricVerdict, ...]:
    """A reader's verdicts on the items left to one, in the rubric's order, taken as they are."""
    share = {Verdict.MET: 1.0, Verdict.PARTLY: 0.5, Verdict.NOT_MET: 0.0, Verdict.CANNOT_TELL: 0.0}
    return tuple(
        RubricVerdict(
            item_id=item.id,
            title=item.id,
            verdict=verdict,
            points=share[verdict] * item.points,
            points_max=0.0 if verdict is Verdict.CANNOT_TELL else item.points,
            counts_for=item.counts_for,
            decided_by=item.decided_by,
        )
        for item, verdict in zip(question.rubric.left_to_a_reader, verdicts, strict=True)
    )
