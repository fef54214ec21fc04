"""The teacher's stories: what to look at first, one review with everything, a decision, a replay."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

import structlog

from app.core.deciding.applying import apply_ruling
from app.core.deciding.decision_ports import DecisionOutbox, Decisions, DeskReviews
from app.core.deciding.figures import AssignmentFigures, add_up_assignment
from app.core.deciding.folding import fold_decisions
from app.core.deciding.ranking import DeskRow, parts_of_review, rank_rows
from app.core.ports import Clock, ReviewStore, SubmissionKey
from schemas.decision import Decision, DecisionKind, Edits
from schemas.errors import ReviewstreamError
from schemas.replay import ReplayState
from schemas.review import Review

log = structlog.get_logger(__name__)

QUEUE_MAX: Final = 1_000
"""Newest reviews that the queue and the figures look at: a course with two hundred students and five attempts."""
_TAKEN_S: Final = 5.0
"""How long a person waits for the editor to have taken a decision; it is written in any case."""
_LOOK_S: Final = 0.1
_AT_ONCE_MAX: Final = 1
"""Replays that one process carries out at a time: each compares submissions in processes of its own."""


class Appeals(Protocol):
    """Replays of one submission."""

    async def begin(self, review: Review, reason: str, *, is_fresh: bool) -> ReplayState:
        """Have the submission reviewed again, to the end. `is_fresh`: the model is asked anew."""
        ...

    async def of(self, submission: SubmissionKey) -> Sequence[ReplayState]:
        """Those of one submission, the newest first."""
        ...


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
    of the submission, the newest first. `appeals` are its replays, `is_asked` that one was asked for here and waits or
    runs, `failure` why the last one that was asked for here ended without a review.
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


@dataclass(slots=True)
class TeacherDesk:
    """What the desk works with. `aclose` ends what runs in the background."""

    store: ReviewStore
    reviews: DeskReviews
    decisions: Decisions
    outbox: DecisionOutbox
    appeals: Appeals
    clock: Clock
    taken_s: float = _TAKEN_S
    _asked: dict[SubmissionKey, asyncio.Task[None]] = field(default_factory=dict)
    _running: set[SubmissionKey] = field(default_factory=set)
    _failures: dict[SubmissionKey, str] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE_MAX))

    async def aclose(self) -> None:
        """End what was asked for: `reviewstream replay resume` goes on with what runs.

        What waits for its turn is written nowhere yet, so that it is lost; the log says of which submissions.
        """
        for student_id, assignment_id, submission_id in self._asked.keys() - self._running:
            log.warning("asked_replay_lost", student=student_id, assignment=assignment_id, submission=submission_id)
        tasks = [*self._asked.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

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
        return OpenReview(
            review=review,
            made=stored.review,
            row=parts_of_review(review, known.published_at).row(),
            decisions=decisions,
            generations=generations,
            appeals=await self.appeals.of(key),
            is_asked=key in self._asked,
            failure=self._failures.get(key),
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
        """Have a submission reviewed again, in the background; asking twice is asking once. `KeyError` as `decide`."""
        stored = await self.store.find_original(review_id)
        if stored is None:
            raise KeyError(review_id)
        key = _submission(stored.review)
        if key in self._asked:
            return
        self._failures.pop(key, None)
        log.info("replay_asked_for", review_id=str(review_id), asked_by=by)
        self._asked[key] = asyncio.create_task(self._carry_out(key, stored.review, reason, is_fresh=is_fresh))

    async def _carry_out(self, key: SubmissionKey, review: Review, reason: str, *, is_fresh: bool) -> None:
        try:
            async with self._turns:
                self._running.add(key)
                await self.appeals.begin(review, reason, is_fresh=is_fresh)
        except ReviewstreamError as exc:
            self._failures[key] = str(exc)
            log.warning("asked_replay_failed", review_id=str(review.review_id), detail=str(exc))
        except Exception as exc:  # in the background nobody would hear of it
            self._failures[key] = type(exc).__name__
            log.exception("asked_replay_failed", review_id=str(review.review_id))
        finally:
            self._running.discard(key)
            del self._asked[key]

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
