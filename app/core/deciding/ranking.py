"""Which reviews a teacher should look at first, and why: signs of trouble before doubts, undecided before decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.core.evidence.measured import TRUSTED
from app.core.reviewing.grading.sums import Scores, add_up
from schemas.review import Review, ReviewStanding
from schemas.rubric import Release, RubricVerdict, Verdict


class Doubt(StrEnum):
    """Why a review wants a look, the gravest first."""

    FLAGGED = "flagged"
    HELD_SCORE = "held_score"
    CANNOT_TELL = "cannot_tell"
    WEAK_TESTS = "weak_tests"


_WEIGHTS: Final = {Doubt.FLAGGED: 8, Doubt.HELD_SCORE: 4, Doubt.CANNOT_TELL: 2, Doubt.WEAK_TESTS: 1}
"""Each more than all below it together."""


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One review in the queue. `summed` are the scores that its verdicts add up to; `cannot_tell` counts items.

    `test_confidence` is None where there was no log. `published_at` is None where nobody was told of it.
    """

    review_id: UUID
    student_id: str
    assignment_id: str
    submission_id: str
    generation: int
    timestamp: datetime
    scores: Scores
    summed: Scores
    flags: tuple[str, ...]
    cannot_tell: int
    test_confidence: float | None
    standing: ReviewStanding
    release: Release
    published_at: datetime | None
    is_appeal: bool = False

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Why it wants a look, the gravest first."""
        found = {
            Doubt.FLAGGED: bool(self.flags),
            Doubt.HELD_SCORE: self.scores != self.summed,
            Doubt.CANNOT_TELL: self.cannot_tell > 0,
            Doubt.WEAK_TESTS: self.test_confidence is not None and self.test_confidence < TRUSTED,
        }
        return tuple(doubt for doubt, holds in found.items() if holds)

    @property
    def is_told(self) -> bool:
        """Whether its student may read it."""
        return self.published_at is not None and self.standing is not ReviewStanding.REJECTED

    @property
    def waits(self) -> bool:
        """Whether its student waits for a decision."""
        return self.standing is ReviewStanding.UNDECIDED and self.release is Release.AFTER_APPROVAL


@dataclass(frozen=True, slots=True)
class RowParts:
    """What of a review its row is made from; its other parts may have megabytes and are not needed."""

    review_id: UUID
    student_id: str
    assignment_id: str
    submission_id: str
    generation: int
    timestamp: datetime
    scores: Scores
    rubric: Sequence[RubricVerdict]
    flags: tuple[str, ...]
    test_confidence: float | None
    standing: ReviewStanding
    release: Release
    published_at: datetime | None
    is_appeal: bool

    def row(self) -> DeskRow:
        """The row."""
        kept = {one.name for one in fields(DeskRow)} & {one.name for one in fields(self)}
        return DeskRow(
            **{name: getattr(self, name) for name in kept},
            summed=add_up(self.rubric, self.scores),
            cannot_tell=sum(verdict.verdict is Verdict.CANNOT_TELL for verdict in self.rubric),
        )


def parts_of_review(review: Review, published_at: datetime | None) -> RowParts:
    """The parts of a whole review."""
    result, tests = review.review_result, review.tests.current
    return RowParts(
        review_id=review.review_id,
        student_id=review.student_id,
        assignment_id=review.assignment_id,
        submission_id=review.new_submission_id,
        generation=review.generation,
        timestamp=review.timestamp,
        scores=Scores(result.overall_score, result.code_quality_score),
        rubric=result.rubric,
        flags=tuple(map(str, review.integrity.flags)),
        test_confidence=None if tests is None else tests.confidence,
        standing=ReviewStanding.UNDECIDED if review.decision is None else review.decision.standing,
        release=review.release,
        published_at=published_at,
        is_appeal=review.replay is not None and review.replay.is_appeal,
    )


def rank_rows(rows: Iterable[DeskRow]) -> list[DeskRow]:
    """The newest generation of each submission: what nobody decided first, there the gravest doubt, then the oldest.

    What was decided comes last, the newest first.
    """
    newest: dict[tuple[str, str, str], DeskRow] = {}
    for row in rows:
        key = row.student_id, row.assignment_id, row.submission_id
        if key not in newest or newest[key].generation < row.generation:
            newest[key] = row
    return sorted(newest.values(), key=_urgency)


def _urgency(row: DeskRow) -> tuple[bool, int, bool, float, str]:
    is_decided = row.standing is not ReviewStanding.UNDECIDED
    weight = 0 if is_decided else sum(_WEIGHTS[doubt] for doubt in row.doubts)
    at = row.timestamp.timestamp()
    return is_decided, -weight, not row.waits, -at if is_decided else at, str(row.review_id)
