"""A selection's submissions, over a log and reviews in memory."""

from dataclasses import replace

import pytest

from app.replay.choosing import choose
from schemas.comparison import Baseline
from schemas.errors import StartRefused
from schemas.replay import Selection
from tests.builders.records import a_review
from tests.builders.replays import a_head
from tests.fakes.current import MemoryCurrentReviews
from tests.fakes.replays import MemoryLog
from tests.fakes.store import MemoryReviews

DEPTH = 3


async def test_an_empty_topic_means_nothing() -> None:
    """It is said, and nothing begins."""
    with pytest.raises(StartRefused, match="no submission is meant"):
        await choose(MemoryLog(), MemoryCurrentReviews(), MemoryReviews(), Selection(), DEPTH)


async def test_a_selection_that_fits_nothing_says_what_it_looked_at() -> None:
    """Where the reviews had to be asked, they may be the reason."""
    log = MemoryLog([a_head(0)])
    with pytest.raises(StartRefused, match="no submission with these reviews is meant"):
        await choose(log, MemoryCurrentReviews(), MemoryReviews(), Selection(score_min=1), DEPTH)


async def test_each_submission_comes_once_with_its_current_review() -> None:
    """Duplicates and requeued ones are the same submission; one without a review supersedes nothing."""
    again = replace(a_head(3), submission_id="sub-1")
    log = MemoryLog([a_head(0), a_head(1), a_head(2), again])
    reviews = MemoryCurrentReviews()
    current = a_review(new_submission_id="sub-1", previous_submission_id="sub-0")
    await reviews.make_current(current)
    chosen = await choose(log, reviews, MemoryReviews(), Selection(), DEPTH)
    assert [(one.step.head.submission_id, one.current) for one in chosen] == [
        ("sub-0", None),
        ("sub-1", current.review_id),
        ("sub-2", None),
    ]
    assert all(one.step.is_certain for one in chosen)


async def test_refused_submissions_are_not_chosen_and_precede_nobody() -> None:
    """They lie among the dead letters."""
    log = MemoryLog([a_head(0), a_head(1), a_head(2)], refusals={(a_head(1).origin, 0)})
    chosen = await choose(log, MemoryCurrentReviews(), MemoryReviews(), Selection(), DEPTH)
    assert [one.step.head.submission_id for one in chosen] == ["sub-0", "sub-2"]
    before = chosen[1].step.before
    assert before is not None
    assert before.submission_id == "sub-0"


async def test_what_the_review_denies_is_uncertain() -> None:
    """The dead letter of `sub-1` was purged; the review of `sub-2` tells that it was compared with `sub-0`."""
    log = MemoryLog([a_head(0), a_head(1), a_head(2)])
    reviews = MemoryCurrentReviews()
    await reviews.make_current(a_review(new_submission_id="sub-2", previous_submission_id="sub-0"))
    chosen = await choose(log, reviews, MemoryReviews(), Selection(submissions=("sub-2",)), DEPTH)
    assert [one.step.is_certain for one in chosen] == [False]


async def test_a_cut_partition_is_doubted_alone() -> None:
    """The others still hold their first records."""
    log = MemoryLog([a_head(7), a_head(0, partition=1, student_id="student-2")], starts={0: 7, 1: 0})
    chosen = await choose(log, MemoryCurrentReviews(), MemoryReviews(), Selection(), DEPTH)
    assert [one.step.is_certain for one in chosen] == [False, True]


async def test_the_live_review_makes_the_rest_of_a_cut_partition_certain() -> None:
    """Whatever counts by now: a replay's review may not have known the predecessor."""
    log = MemoryLog([a_head(7), a_head(8)], starts={0: 7})
    current, made = MemoryCurrentReviews(), MemoryReviews()
    await made.store(a_review(new_submission_id="sub-7", previous_submission_id=None, baseline=Baseline.NONE))
    later = {"new_submission_id": "sub-7", "previous_submission_id": None, "baseline": Baseline.UNAVAILABLE}
    await current.make_current(a_review(**later, generation=1))
    chosen = await choose(log, current, made, Selection(), DEPTH)
    assert [(one.step.baseline, one.step.is_certain) for one in chosen] == [
        (Baseline.NONE, True),
        (Baseline.PREVIOUS, True),
    ]


async def test_thousands_are_asked_for_in_batches() -> None:
    """And it is told how far the scan is."""
    told: list[int] = []
    log = MemoryLog([a_head(n, student_id=f"student-{n}") for n in range(2_501)])
    chosen = await choose(log, MemoryCurrentReviews(), MemoryReviews(), Selection(), DEPTH, tell=told.append)
    assert (len(chosen), told) == (2_501, [1_000, 2_000, 2_501])
