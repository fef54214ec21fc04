"""The teacher's stories beside what the pages show of them: waiting, asking twice, ending."""

import asyncio
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from app.desk.deciding import Seen, TeacherDesk
from schemas.decision import DecisionKind
from schemas.errors import StartRefused
from schemas.replay import ReplayState
from schemas.review import ReplayNote, Review
from tests.builders.decisions import an_edit
from tests.builders.records import a_review
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk, MemoryDeskReviews
from tests.fakes.store import MemoryReviews
from tests.patience import PATIENCE_S

REVIEW = a_review()


class SlowAppeals:
    """Replays that last until they are let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = 0

    async def begin(self, review: Review, reason: str, *, is_fresh: bool) -> ReplayState:
        self.begun += 1
        await self.go.wait()
        raise StartRefused("no submission is meant", "widen the selection")

    async def of(self, submission: tuple[str, str, str]) -> list[ReplayState]:
        return []


async def a_desk() -> tuple[FakeDesk, TeacherDesk]:
    """A desk with one published review."""
    fake = FakeDesk(MemoryReviews())
    await fake.publish(REVIEW)
    return fake, fake.teacher(FakeClock())


def seen(revision: int = 0, review_id: UUID = REVIEW.review_id) -> Seen:
    return Seen(review_id, revision, uuid4())


async def test_a_decision_is_waited_for_until_it_is_taken() -> None:
    """And one that nobody takes is told so, once the time is over."""
    fake, teacher = await a_desk()
    assert await teacher.decide(seen(), DecisionKind.APPROVE, "anna")
    fake.editor_away = True
    assert not await teacher.decide(seen(1), DecisionKind.APPROVE, "anna")
    assert [decision.decided_by for decision in fake.sent] == ["anna", "anna"]


async def test_a_review_that_is_not_there_is_no_ones_to_decide() -> None:
    """Nor to have made again; nothing is written."""
    fake, teacher = await a_desk()
    nowhere = UUID(int=1)
    assert await teacher.open(nowhere) is None
    with pytest.raises(KeyError):
        await teacher.decide(seen(review_id=nowhere), DecisionKind.APPROVE, "anna")
    with pytest.raises(KeyError):
        await teacher.ask_for_replay(nowhere, "why", "anna", is_fresh=False)
    assert (fake.sent, fake.replayed) == ([], [])


async def test_an_open_review_shows_decisions_before_anybody_has_brought_them_out() -> None:
    """It is put together from the review as it was made and all that is kept."""
    fake, teacher = await a_desk()
    await fake.decisions.keep(an_edit(1))
    found = await teacher.open(REVIEW.review_id)
    assert found is not None
    assert found.review.review_result.progress_summary == "as a person says, 1"
    assert (found.made, found.revision) == (REVIEW, 1)


async def test_what_is_in_the_shadow_is_not_opened() -> None:
    """Until its replay is promoted there is nothing to decide about."""
    fake, teacher = await a_desk()
    shadow = a_review(generation=1, replay=ReplayNote(replay_id="r-1", is_shadow=True))
    await fake.publish(shadow)
    assert await teacher.open(shadow.review_id) is None
    await fake.reviews.mark_promoted(shadow)
    assert await teacher.open(shadow.review_id) is not None


async def test_asking_twice_is_asking_once() -> None:
    """While the first one lasts, the page says so; how it failed is told afterwards, until the next one."""
    fake, _ = await a_desk()
    appeals = SlowAppeals()
    teacher = TeacherDesk(fake.reviews, MemoryDeskReviews(fake.reviews), fake.decisions, fake, appeals, FakeClock())
    for _ in range(2):
        await teacher.ask_for_replay(REVIEW.review_id, "why", "anna", is_fresh=False)
    await asyncio.sleep(0.01)
    asked = await teacher.open(REVIEW.review_id)
    assert asked is not None
    assert (asked.is_asked, asked.failure, appeals.begun) == (True, None, 1)
    appeals.go.set()
    await asyncio.sleep(0.01)
    failed = await teacher.open(REVIEW.review_id)
    assert failed is not None
    assert not failed.is_asked
    assert "no submission is meant" in (failed.failure or "")
    await teacher.aclose()


async def test_what_runs_ends_with_the_process() -> None:
    """Nothing is left behind that a stop would have to wait for."""
    fake, _ = await a_desk()
    appeals = SlowAppeals()
    teacher = TeacherDesk(fake.reviews, MemoryDeskReviews(fake.reviews), fake.decisions, fake, appeals, FakeClock())
    await teacher.ask_for_replay(REVIEW.review_id, "why", "anna", is_fresh=False)
    await asyncio.sleep(0.01)
    async with asyncio.timeout(PATIENCE_S):
        await teacher.aclose()
    found = await teacher.open(REVIEW.review_id)
    assert found is not None
    assert not found.is_asked


async def test_who_waits_for_a_turn_is_named_when_the_process_ends() -> None:
    """The one that runs can be resumed; of the other nothing is written but the log."""
    fake, _ = await a_desk()
    other = a_review(new_submission_id="sub-2")
    await fake.publish(other)
    teacher = TeacherDesk(
        fake.reviews, MemoryDeskReviews(fake.reviews), fake.decisions, fake, SlowAppeals(), FakeClock()
    )
    for review in (REVIEW, other):
        await teacher.ask_for_replay(review.review_id, "why", "anna", is_fresh=False)
    await asyncio.sleep(0.01)
    with capture_logs() as logged:
        await teacher.aclose()
    assert [(line["event"], line["submission"]) for line in logged] == [("asked_replay_lost", "sub-2")]


async def test_a_bug_in_the_background_is_told_by_its_kind() -> None:
    """Its message may quote a student."""
    fake, teacher = await a_desk()
    fake.replay_fails = RuntimeError("a student's text")
    await teacher.ask_for_replay(REVIEW.review_id, "why", "anna", is_fresh=False)
    await asyncio.sleep(0.01)
    found = await teacher.open(REVIEW.review_id)
    assert found is not None
    assert found.failure == "RuntimeError"
