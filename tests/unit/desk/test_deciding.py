"""The teacher's stories beside what the pages show of them: waiting, asking twice, failing."""

from uuid import UUID, uuid4

import pytest

from app.desk.deciding import Seen, TeacherDesk
from schemas.decision import DecisionKind
from schemas.errors import StartRefused
from schemas.review import ReplayNote
from tests.builders.decisions import an_asked_replay, an_edit
from tests.builders.records import a_review
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.store import MemoryReviews

REVIEW = a_review()


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
    """The page of every process says that it waits; nothing else happens before somebody carries it out."""
    fake, teacher = await a_desk()
    for reason in ("why", "another one"):
        await teacher.ask_for_replay(REVIEW.review_id, reason, "anna", is_fresh=True)
        teacher = fake.teacher(FakeClock())
    found = await teacher.open(REVIEW.review_id)
    assert found is not None
    assert (found.is_asked, found.failure, fake.replayed) == (True, None, [])
    asked = await fake.asked.find(("student-1", "hw-1", "sub-1"))
    assert asked == an_asked_replay(is_fresh=True)


async def test_what_failed_is_told_until_it_is_asked_for_again() -> None:
    """By any process; a success leaves the replay itself to be told."""
    fake, teacher = await a_desk()
    fake.replay_fails = StartRefused("no submission is meant", "widen the selection")
    await teacher.ask_for_replay(REVIEW.review_id, "why", "anna", is_fresh=False)
    await fake.carry_out_asked(FakeClock())
    failed = await fake.teacher(FakeClock()).open(REVIEW.review_id)
    assert failed is not None
    assert (failed.is_asked, "no submission is meant" in (failed.failure or "")) == (False, True)

    fake.replay_fails = None
    await teacher.ask_for_replay(REVIEW.review_id, "why", "anna", is_fresh=False)
    again = await teacher.open(REVIEW.review_id)
    assert again is not None
    assert (again.is_asked, again.failure) == (True, None)
    await fake.carry_out_asked(FakeClock())
    done = await teacher.open(REVIEW.review_id)
    assert done is not None
    assert (done.is_asked, done.failure, [one.replay_id for one in done.appeals]) == (False, None, ["replay-1"])
