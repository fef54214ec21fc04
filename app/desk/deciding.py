"""The teacher's stories: what to look at first, one review with everything, a decision, a replay."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from app.core.deciding.applying import apply_ruling
from app.core.deciding.decision_ports import AskedReplay, AskedReplays, DecisionOutbox, Decisions, DeskReviews
from app.core.deciding.figures import AssignmentFigures, add_up_assignment
from app.core.deciding.folding import fold_decisions
from app.core.deciding.ranking import DeskRow, parts_of_review, rank_rows
from app.core.ports import Clock, ReviewStore, SubmissionKey
from app.desk.appealing import Appeals
from schemas.decision import Decision, DecisionKind, Edits
from schemas.replay import ReplayState
from schemas.review import Review

log = structlog.get_logger(__name__)

QUEUE_MAX: Final = 1_000
"""Newest reviews that the queue and the figures look at: a course with two hundred students and five attempts."""
_TAKEN_S: Final = 5.0
"""How long a person waits for the editor to have taken a decision; it is written in any case."""
_LOOK_S: Final = 0.1


class DecidedMeanwhile(Exception):
    """Somebody decided something since the page was loaded."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person saw when they decided: a review with so many decisions in it. `decision_id` is the form's own."""

    review_id: UUID
    revision: int
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A review with all that a teacher may want to know of it.

    `review` is as it is read, with all decisions in it; `made` as the reviewer wrote it. `generations` are all reviews
    of the submission, the newest first. `appeals` are its replays, `is_asked` that one was asked for at the desk and
    waits or runs, `failure` why the last one that was asked for there failed.
    """

    review: Review
    made: Review
    row: DeskRow
    decisions: Sequence[Decision]
    generations: Sequence[DeskRow]
    appeals: Sequence[ReplayState]
    is_asked: bool
    failure: str | None

    @property
    def revision(self) -> int:
        """How many decisions are in it."""
        return len(self.decisions)


@dataclass(frozen=True, slots=True)
class TeacherDesk:
    """What the desk works with."""

    store: ReviewStore
    reviews: DeskReviews
    decisions: Decisions
    outbox: DecisionOutbox
    asked: AskedReplays
    appeals: Appeals
    clock: Clock
    taken_s: float = _TAKEN_S

    async def queue(self, assignment_id: str | None) -> tuple[list[DeskRow], Sequence[str]]:
        """What to look at, the most urgent first, and all assignments that there are."""
        rows = await self.reviews.newest(assignment_id, QUEUE_MAX)
        return rank_rows(rows), await self.reviews.assignments()

    async def figures(self, assignment_id: str) -> AssignmentFigures:
        """The figures of an assignment, over the newest review of each submission."""
        rows = rank_rows(await self.reviews.newest(assignment_id, QUEUE_MAX))
        return add_up_assignment(await self.reviews.results([row.review_id for row in rows]))

    async def open(self, review_id: UUID) -> OpenReview | None:
        """A review with everything, or None where there is none that may be decided about."""
        stored = await self.store.find_original(review_id)
        if stored is None:
            return None
        key = _submission(stored.review)
        decisions = await self.decisions.of(key)
        review = apply_ruling(stored.review, fold_decisions(decisions))
        generations = sorted(await self.reviews.of_submission(key), key=lambda row: -row.generation)
        known = next((row for row in generations if row.review_id == review_id), None)
        if known is None:
            return None  # in the shadow: whether it is ever delivered is its replay's question
        asked = await self.asked.find(key)
        return OpenReview(
            review=review,
            made=stored.review,
            row=parts_of_review(review, known.published_at).row(),
            decisions=decisions,
            generations=generations,
            appeals=await self.appeals.of(key),
            is_asked=asked is not None and asked.failure is None,
            failure=asked.failure if asked is not None else None,
        )

    async def decide(
        self, seen: Seen, kind: DecisionKind, by: str, *, edits: Edits | None = None, reason: str | None = None
    ) -> bool:
        """Write a decision, and wait a while for the editor to take it; whether it did.

        Raises `DecidedMeanwhile` where the person did not see all that is decided, `KeyError` where there is no such
        review. The same form sent twice is one decision.
        """
        found = await self.open(seen.review_id)
        if found is None:
            raise KeyError(seen.review_id)
        if any(decision.decision_id == seen.decision_id for decision in found.decisions):
            return True
        if found.revision != seen.revision:
            raise DecidedMeanwhile
        review = found.review
        decision = Decision(
            decision_id=seen.decision_id,
            student_id=review.student_id,
            assignment_id=review.assignment_id,
            submission_id=review.new_submission_id,
            review_id=review.review_id,
            generation=review.generation,
            kind=kind,
            edits=edits or Edits(),
            reason=reason,
            decided_by=by,
            decided_at=self.clock.now(),
        )
        await self.outbox.send(decision)
        log.info("decided", review_id=str(review.review_id), kind=kind.value, decided_by=by)
        return await self._is_taken(_submission(review), seen.decision_id)

    async def ask_for_replay(self, review_id: UUID, reason: str, by: str, *, is_fresh: bool) -> None:
        """Write that a submission is to be reviewed again; asking twice is asking once. `KeyError` as `decide`."""
        stored = await self.store.find_original(review_id)
        if stored is None:
            raise KeyError(review_id)
        asked = AskedReplay(_submission(stored.review), review_id, reason, is_fresh, by, self.clock.now())
        if await self.asked.ask(asked):
            log.info("replay_asked_for", review_id=str(review_id), asked_by=by)

    async def _is_taken(self, submission: SubmissionKey, decision_id: UUID) -> bool:
        until = self.clock.monotonic() + self.taken_s
        while True:
            known = await self.decisions.of(submission)
            if any(decision.decision_id == decision_id for decision in known):
                return True
            if self.clock.monotonic() >= until:
                return False
            await asyncio.sleep(_LOOK_S)


def _submission(review: Review) -> SubmissionKey:
    return review.student_id, review.assignment_id, review.new_submission_id
