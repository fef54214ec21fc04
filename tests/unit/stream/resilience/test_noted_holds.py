"""A held review is noted for whoever asks, under the id that it will have."""

from datetime import timedelta

import pytest

from app.core.ports import Draft, Question
from app.stream.resilience.noted_holds import NotedReviewer
from schemas.errors import Held, HoldReason
from tests.builders.questions import a_question
from tests.builders.records import NOON, a_comparison, a_review
from tests.fakes.states import MemoryHolds


class HoldingReviewer:
    """A reviewer whose budget is used up."""

    async def draft(self, question: Question) -> Draft:
        """Wait until tomorrow."""
        raise Held(HoldReason.BUDGET_DAY, "spent", until=NOON + timedelta(days=1), cure="raise it")


async def test_a_hold_is_noted_and_goes_on() -> None:
    """With its reason, its time and its cure; the stream sees the same hold."""
    holds = MemoryHolds()
    with pytest.raises(Held):
        await NotedReviewer(HoldingReviewer(), holds).draft(a_question(a_comparison()))
    story = holds.holds[a_review().review_id]
    assert (story.reason, story.detail, story.cure) == ("budget_day", "spent", "raise it")
    assert story.until == NOON + timedelta(days=1)
