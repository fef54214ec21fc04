"""Calls of the model that outlive the cancellation of their caller."""

import asyncio

import pytest

from app.core.ports import Draft, Question
from app.core.rubric import Rubric
from app.stream.resilience import lasting_calls
from app.stream.resilience.lasting_calls import LastingReviewer
from schemas.comparison import Comparison
from schemas.errors import Dependency, Unavailable
from schemas.origin import Origin
from schemas.review import Review
from tests.builders.graded import own_rubric
from tests.builders.questions import a_question
from tests.builders.records import a_comparison, a_review
from tests.fakes.reviewer import FakeReviewer


class SlowReviewer(FakeReviewer):
    """Answers when the test says so, and notes what was cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()
        self.cancelled = 0

    async def draft(self, question: Question) -> Draft:
        draft = await super().draft(question)
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return draft


async def cut_off(
    reviewer: LastingReviewer, comparison: Comparison, previous: Review | None = None, rubric: Rubric | None = None
) -> None:
    """Ask, and be cancelled while the call runs, as by a drain."""
    asking = asyncio.create_task(reviewer.draft(a_question(comparison, previous, rubric=rubric)))
    await asyncio.sleep(0.001)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.parametrize("answered_before", [True, False])
async def test_the_same_question_gets_the_answer_of_the_call_that_went_on(answered_before: bool) -> None:
    """Whether the answer came before it was asked again or after; the model was called once."""
    inner = SlowReviewer()
    reviewer = LastingReviewer(inner)
    await cut_off(reviewer, a_comparison(), a_review())
    if answered_before:
        inner.may_answer.set()
        await asyncio.sleep(0.001)
    asking = asyncio.create_task(reviewer.draft(a_question(a_comparison(), a_review())))
    await asyncio.sleep(0.001)
    inner.may_answer.set()
    assert (await asking).model == "fake"
    assert (len(inner.calls), inner.cancelled, reviewer.kept) == (1, 0, 0)


async def ask_and_save(reviewer: LastingReviewer, saved: asyncio.Event) -> Draft:
    """An event's work: ask, then wait until the answer is written."""
    draft = await reviewer.draft(a_question(a_comparison()))
    await saved.wait()
    return draft


async def test_an_answer_that_was_given_and_not_saved_is_not_bought_again() -> None:
    """A drain that cuts an event off while its answer waits for the broker costs no second call."""
    inner = FakeReviewer()
    reviewer = LastingReviewer(inner)
    saved = asyncio.Event()
    working = asyncio.create_task(ask_and_save(reviewer, saved))
    await asyncio.sleep(0.001)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert (len(inner.calls), reviewer.kept) == (1, 1)
    saved.set()
    assert (await ask_and_save(reviewer, saved)).model == "fake"
    assert (len(inner.calls), reviewer.kept) == (1, 0)


async def test_an_answer_that_was_saved_is_not_kept() -> None:
    """Once its event has its outcome, it would only fill memory."""
    inner = FakeReviewer()
    reviewer = LastingReviewer(inner)
    saved = asyncio.Event()
    saved.set()
    await asyncio.create_task(ask_and_save(reviewer, saved))
    await asyncio.sleep(0.001)
    assert (len(inner.calls), reviewer.kept) == (1, 0)


async def test_another_question_is_another_call() -> None:
    """Another comparison, the same one with another predecessor's review, or by another rubric."""
    inner = SlowReviewer()
    reviewer = LastingReviewer(inner)
    await cut_off(reviewer, a_comparison())
    await cut_off(reviewer, a_comparison(submission_id="sub-9"))
    await cut_off(reviewer, a_comparison(), a_review(new_submission_id="sub-0"))
    await cut_off(reviewer, a_comparison(), rubric=own_rubric())
    assert (len(inner.calls), reviewer.kept) == (4, 4)
    reviewer.retain(())


async def test_two_calls_with_one_question_leave_one() -> None:
    """Asked twice at once and cut off twice: the older call is cancelled, and with it its timer."""
    inner = SlowReviewer()
    reviewer = LastingReviewer(inner)
    first = asyncio.create_task(cut_off(reviewer, a_comparison()))
    await cut_off(reviewer, a_comparison())
    await first
    await asyncio.sleep(0.001)
    assert (len(inner.calls), inner.cancelled, reviewer.kept) == (2, 1, 1)
    reviewer.retain(())


async def test_a_call_for_a_partition_that_went_elsewhere_is_cancelled() -> None:
    """Its new owner asks for itself; those that came back are kept."""
    inner = SlowReviewer()
    reviewer = LastingReviewer(inner)
    for partition in (0, 1):
        await cut_off(reviewer, a_comparison(origin=Origin(topic="submissions", partition=partition, offset=1)))
    reviewer.retain({1})
    await asyncio.sleep(0.001)
    assert (inner.cancelled, reviewer.kept) == (1, 1)
    reviewer.retain(())
    await asyncio.sleep(0.001)
    assert (inner.cancelled, reviewer.kept) == (2, 0)


async def test_nothing_is_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that nobody asks for again ends after a while, and many push out the oldest."""
    monkeypatch.setattr(lasting_calls, "KEEP_S", 0.02)
    monkeypatch.setattr(lasting_calls, "KEPT_MAX", 2)
    inner = SlowReviewer()
    reviewer = LastingReviewer(inner)
    for number in range(3):
        await cut_off(reviewer, a_comparison(submission_id=f"sub-{number}"))
    await asyncio.sleep(0)
    assert (inner.cancelled, reviewer.kept) == (1, 2)
    await asyncio.sleep(0.05)
    assert (inner.cancelled, reviewer.kept) == (3, 0)


async def test_a_kept_call_that_fails_fails_for_whoever_asks_again() -> None:
    """As any call does; and if nobody asks, nobody hears of it."""
    inner = SlowReviewer()

    async def fail(question: Question) -> Draft:
        await inner.may_answer.wait()
        raise Unavailable(Dependency.LLM, "down")

    inner.draft = fail  # type: ignore[method-assign]
    reviewer = LastingReviewer(inner)
    await cut_off(reviewer, a_comparison())
    await cut_off(reviewer, a_comparison(submission_id="sub-9"))
    inner.may_answer.set()
    with pytest.raises(Unavailable):
        await reviewer.draft(a_question(a_comparison()))
