"""A teacher's desk over fakes: what is decided is taken at once, by a publisher and an editor over the same fakes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from agents.editor import Editor
from agents.publication import Publication
from agents.publisher import Publisher
from app.core.deciding.decision_ports import AskedReplay
from app.core.deciding.ranking import DeskRow, parts_of_review
from app.core.events.record import Record
from app.core.history.identity import review_id
from app.core.ports import Clock, SubmissionKey
from app.desk.appealing import AppealRunner, KeepDrawn
from app.desk.deciding import TeacherDesk
from schemas.base import Schema
from schemas.codec import encode
from schemas.decision import Decision
from schemas.errors import Dependency, Unavailable
from schemas.origin import Origin
from schemas.replay import ReplayPhase, ReplayState, Selection
from schemas.review import ReplayNote, Review, ReviewResult
from tests.builders.records import NOON
from tests.fakes.asked_replays import MemoryAskedReplays
from tests.fakes.clock import FakeClock
from tests.fakes.current import MemoryCurrentReviews
from tests.fakes.decisions import MemoryDecisions
from tests.fakes.notifier import RecordedNotifier
from tests.fakes.review_api import RecordedReviewApi
from tests.fakes.store import MemoryReviews
from tests.patience import PATIENCE_S


class MemoryDeskReviews:
    """Port `DeskReviews` over the reviews of the store."""

    def __init__(self, reviews: MemoryReviews) -> None:
        self._reviews = reviews

    async def newest(self, assignment_id: str | None, limit: int) -> list[DeskRow]:
        """The newest, of one assignment or of all."""
        rows = [row for row in self._rows() if assignment_id in {None, row.assignment_id}]
        return sorted(rows, key=lambda row: row.timestamp, reverse=True)[:limit]

    async def of_submission(self, submission: SubmissionKey) -> list[DeskRow]:
        """All generations of one submission."""
        return [row for row in self._rows() if (row.student_id, row.assignment_id, row.submission_id) == submission]

    async def results(self, review_ids: Sequence[UUID]) -> list[ReviewResult]:
        """What is judged in these reviews."""
        known = self._reviews.reviews
        return [known[one].review_result for one in review_ids if one in known]

    async def assignments(self) -> list[str]:
        """All that have reviews."""
        return sorted({row.assignment_id for row in self._rows()})

    def _rows(self) -> list[DeskRow]:
        shown = [one for one in self._reviews.reviews.values() if one.replay is None or self._is_out(one)]
        return [parts_of_review(one, self._reviews.published_at.get(one.review_id)).row() for one in shown]

    def _is_out(self, review: Review) -> bool:
        known = review.review_id in self._reviews.promoted or review.review_id in self._reviews.published_at
        return known or (review.replay is not None and not review.replay.is_shadow)


@dataclass
class FakeDesk:
    """Everything behind a desk. `editor_away`: decisions are written and nobody takes them. A replay raises what a test
    puts into `replay_fails`.
    """

    reviews: MemoryReviews
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    api: RecordedReviewApi = field(default_factory=RecordedReviewApi)
    current: MemoryCurrentReviews = field(default_factory=MemoryCurrentReviews)
    asked: MemoryAskedReplays = field(default_factory=MemoryAskedReplays)
    sent: list[Decision] = field(default_factory=list)
    replayed: list[tuple[str, bool]] = field(default_factory=list)
    states: list[ReplayState] = field(default_factory=list)
    editor_away: bool = False
    broker_away: bool = False
    replay_fails: Exception | None = None

    def teacher(self, clock: Clock) -> TeacherDesk:
        """The stories, over this."""
        reviews = MemoryDeskReviews(self.reviews)
        return TeacherDesk(self.reviews, reviews, self.decisions, self, self.asked, self, clock, taken_s=0)

    async def carry_out_asked(self, clock: Clock) -> None:
        """As the background of a web process does, until nothing waits any more."""
        running = asyncio.create_task(AppealRunner(self.asked, self, clock).run())
        async with asyncio.timeout(PATIENCE_S):
            while self.asked.waiting:
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])

    async def publish(self, review: Review) -> None:
        """As a worker's publisher does."""
        await Publisher(self._publication()).publish(self._record("reviews", review, review.student_id, 0))

    async def send(self, decision: Decision) -> Origin:
        """Port `DecisionOutbox`."""
        if self.broker_away:
            raise Unavailable(Dependency.KAFKA, "switched off by the test")
        self.sent.append(decision)
        record = self._record("decisions", decision, decision.student_id, len(self.sent))
        if not self.editor_away:
            await Editor(self._publication()).edit(record)
        return record.position

    async def carry_out(self, asked: AskedReplay, keep_drawn: KeepDrawn) -> ReplayState:
        """Port `Appeals`: the review is made again as it was, a generation later."""
        if self.replay_fails is not None:
            raise self.replay_fails
        review, reason = self.reviews.reviews[asked.review_id], asked.reason
        self.replayed.append((reason, asked.is_fresh))
        generation = len(self.replayed)
        await keep_drawn(f"replay-{generation}")
        state = ReplayState(
            replay_id=f"replay-{generation}",
            generation=generation,
            phase=ReplayPhase.FINISHED,
            selection=Selection(submissions=(review.new_submission_id,)),
            reason=reason,
            is_appeal=True,
            rate_per_s=1,
            in_flight_max=1,
            chosen=1,
            sent=1,
            reviewed=1,
            started_at=NOON,
            heard_at=NOON,
        )
        note = ReplayNote(replay_id=state.replay_id, reason=reason, is_appeal=True, supersedes=review.review_id)
        await self.publish(a_generation(review, generation, note))
        self.states.insert(0, state)
        return state

    async def of(self, submission: SubmissionKey) -> list[ReplayState]:
        """Port `Appeals`: those of one submission."""
        return [one for one in self.states if one.selection.submissions == (submission[2],)]

    def _publication(self) -> Publication:
        webhook = RecordedNotifier()
        return Publication(self.reviews, self.current, self.decisions, self.api, webhook, FakeClock())

    def _record(self, topic: str, value: Schema, student: str, offset: int) -> Record:
        at = Origin(topic=topic, partition=0, offset=offset)
        return Record(position=at, origin=at, key=student.encode(), value=encode(value))


def a_generation(review: Review, generation: int, note: ReplayNote) -> Review:
    """The same review, made again."""
    ids = review.student_id, review.assignment_id, review.new_submission_id
    changes = {"generation": generation, "review_id": review_id(*ids, generation), "replay": note, "decision": None}
    return review.model_copy(update=changes)
