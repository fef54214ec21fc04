"""Whom a submission is compared with."""

from datetime import UTC, datetime

import pytest

from app.core.history.lineage import remember_submission, trace
from schemas.comparison import Baseline
from schemas.errors import Reason, Rejected
from schemas.history import PastSubmission, SubmissionHistory
from schemas.origin import Origin
from tests.builders.records import a_submission


def at(offset: int) -> Origin:
    return Origin(topic="submissions", partition=0, offset=offset)


def past(submission_id: str, offset: int, *, after: str | None = None, digest: str = "d") -> PastSubmission:
    return PastSubmission(
        origin=at(offset),
        submission_id=submission_id,
        previous_submission_id=after,
        submitted_at=datetime(2026, 3, 1, tzinfo=UTC),
        digest=f"{digest}-{submission_id}",
        sources={"main.py": submission_id},
    )


def history(*submissions: PastSubmission, depth: int = 3) -> SubmissionHistory:
    entry = None
    for submission in submissions:
        entry = remember_submission(entry, submission, depth)
    assert entry is not None
    return entry


TWO = history(past("s1", 10), past("s2", 20, after="s1"))


def test_a_first_submission_has_no_predecessor() -> None:
    """Without an entry the baseline is none, and the submission moves the stamp."""
    lineage = trace(None, a_submission(submission_id="s1"), at(10), "x")
    assert (lineage.baseline, lineage.before, lineage.moves_stamp) == (Baseline.NONE, None, True)


def test_a_later_submission_follows_the_newest() -> None:
    """The newest known submission is the predecessor."""
    lineage = trace(TWO, a_submission(submission_id="s3"), at(30), "x")
    assert lineage.baseline is Baseline.PREVIOUS
    assert lineage.before is not None
    assert lineage.before.submission_id == "s2"
    assert lineage.moves_stamp


def test_a_named_predecessor_is_taken_if_it_is_known() -> None:
    """`previous_submission_id` wins over the newest."""
    lineage = trace(TWO, a_submission(submission_id="s3", previous_submission_id="s1"), at(30), "x")
    assert lineage.baseline is Baseline.NAMED
    assert lineage.before is not None
    assert lineage.before.submission_id == "s1"


def test_an_unknown_named_predecessor_is_said_to_be_unknown() -> None:
    """The newest is compared with instead, under a baseline that says so."""
    lineage = trace(TWO, a_submission(submission_id="s3", previous_submission_id="elsewhere"), at(30), "x")
    assert lineage.baseline is Baseline.UNKNOWN_NAMED
    assert lineage.before is not None
    assert lineage.before.submission_id == "s2"


def test_an_offset_that_was_already_emitted_keeps_its_predecessor() -> None:
    """A redelivery at or below the stamp is compared as it was the first time and moves nothing."""
    lineage = trace(TWO, a_submission(submission_id="s2"), at(20), "d-s2")
    assert lineage.before is not None
    assert (lineage.before.submission_id, lineage.moves_stamp) == ("s1", False)


def test_the_same_submission_produced_again_is_the_same_submission() -> None:
    """Equal id and content at a later offset keeps the first one's origin and predecessor."""
    lineage = trace(TWO, a_submission(submission_id="s2"), at(40), "d-s2")
    assert (lineage.origin, lineage.moves_stamp, lineage.baseline) == (at(20), False, Baseline.PREVIOUS)


def test_the_same_id_with_other_content_is_refused() -> None:
    """An id names one content; the refusal says where it was used before."""
    with pytest.raises(Rejected) as refused:
        trace(TWO, a_submission(submission_id="s2"), at(40), "other")
    assert refused.value.reason is Reason.DUPLICATE_ID
    assert "submissions[0]@20" in refused.value.detail


def test_a_predecessor_beyond_the_kept_history_is_unavailable() -> None:
    """An old offset whose predecessors were forgotten is compared with nothing rather than something else."""
    entry = history(past("s1", 10), past("s2", 20, after="s1"), past("s3", 30, after="s2"), depth=2)
    lineage = trace(entry, a_submission(submission_id="late"), at(15), "x")
    assert (lineage.baseline, lineage.before, lineage.moves_stamp) == (Baseline.UNAVAILABLE, None, False)


def test_a_requeued_submission_is_compared_with_what_preceded_it() -> None:
    """A dead letter that comes back keeps its place: the predecessor is the newest before its own origin."""
    lineage = trace(TWO, a_submission(submission_id="refused"), at(15), "x")
    assert lineage.before is not None
    assert (lineage.before.submission_id, lineage.moves_stamp) == ("s1", False)


def test_the_history_keeps_its_depth_and_says_that_it_forgot() -> None:
    """The oldest falls out, and the entry knows that there was one."""
    entry = history(past("s1", 1), past("s2", 2), past("s3", 3), past("s4", 4), depth=3)
    assert [p.submission_id for p in entry.submissions] == ["s2", "s3", "s4"]
    assert entry.forgotten
    assert entry.stamp == at(4)
