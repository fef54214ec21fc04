"""Old reviews against new ones."""

import pytest

from app.core.replaying.paired import compare_reviews, obstacle, pair
from schemas.replay import PairedReviews, ReplayDiff
from schemas.review import Review, ReviewResult, Thread, ThreadState, Usage
from schemas.rubric import CountsFor, DecidedBy, RubricVerdict, Verdict
from tests.builders.records import a_review
from tests.builders.replays import a_head


def judged(overall: int, *, generation: int = 1, **fields: object) -> Review:
    """A review with this score."""
    result: dict[str, object] = {
        "overall_score": overall,
        "code_quality_score": overall,
        "progress_summary": "A",
        **fields,
    }
    return a_review(generation=generation, review_result=ReviewResult.model_validate(result))


def differing(*changes: int) -> ReplayDiff:
    """A diff of so many submissions, each changed by so many points."""
    pairs = [pair(a_head(n), judged(50, generation=0), judged(50 + change)) for n, change in enumerate(changes)]
    return compare_reviews("replay-1", pairs)


def test_a_pair_holds_both_sides() -> None:
    """Scores, ids, costs and calls of each."""
    old = judged(60, generation=0).model_copy(update={"usage": Usage(calls=2, cost=0.5)})
    new = judged(70).model_copy(update={"usage": Usage(calls=1, cost=0.25)})
    one = pair(a_head(3), old, new)
    assert (one.submission_id, one.old_review_id, one.new_review_id) == ("sub-3", old.review_id, new.review_id)
    assert (one.overall_before, one.overall_after, one.quality_before, one.quality_after) == (60, 70, 60, 70)
    assert (one.cost_before, one.cost_after, one.calls_after, one.is_missing) == (0.5, 0.25, 1, False)


def test_a_review_by_another_hand_misses_nothing_of_its_own() -> None:
    """A verdict that only one of the two has is told with the other left out."""
    verdict = RubricVerdict(
        item_id="a",
        title="t",
        verdict=Verdict.MET,
        points=1,
        points_max=1,
        counts_for=CountsFor.BOTH,
        decided_by=DecidedBy.MODEL,
    )
    before = judged(60, generation=0, rubric=(verdict,))
    (move,) = pair(a_head(), before, judged(60)).items
    assert (move.item_id, move.before, move.after) == ("a", Verdict.MET, None)
    diff = compare_reviews("replay-1", [pair(a_head(n), before, judged(60)) for n in range(3)])
    assert [(one.item_id, one.count) for one in diff.items] == [("a", 3)]


def test_only_open_comments_count() -> None:
    """A comment that is fixed in both is nobody's loss."""

    def thread(name: str, state: ThreadState) -> Thread:
        return Thread(comment_id=name, state=state, path="a.py", message="m", since_submission_id="sub-0")

    before = judged(1, generation=0, threads=(thread("a", ThreadState.NEW), thread("b", ThreadState.FIXED)))
    after = judged(1, threads=(thread("c", ThreadState.STILL_OPEN), thread("a", ThreadState.OBSOLETE)))
    one = pair(a_head(), before, after)
    assert (one.comments_gone, one.comments_new) == (1, 1)


@pytest.mark.parametrize(("old", "new"), [(None, None), (judged(50), None), (None, judged(50))])
def test_a_missing_review_never_passes(old: Review | None, new: Review | None) -> None:
    """It counts as missing, stands in no mean, and is in the way of a promotion however good the rest is."""
    diff = compare_reviews("replay-1", [pair(a_head(0), old, new), pair(a_head(1), judged(50), judged(50))])
    assert (diff.missing, len(diff.pairs)) == (1, 2)
    assert diff.overall is not None
    assert (diff.overall.mean, diff.overall.up, diff.overall.down) == (0.0, 0, 0)
    assert "1 of 2 submissions miss" in (obstacle(diff, 100.0) or "")


def test_regressions_come_first_then_what_is_missing() -> None:
    """What lost most stands at the top."""
    pairs = [
        pair(a_head(n), judged(50), None if change is None else judged(50 + change))
        for n, change in enumerate((5, None, -3, 0, -20))
    ]
    order = [one.submission_id for one in compare_reviews("replay-1", pairs).pairs]
    assert order == ["sub-4", "sub-2", "sub-1", "sub-3", "sub-0"]


@pytest.mark.parametrize(
    ("changes", "band", "is_free"),
    [
        ((0, 0, 0), 0.0, True),
        ((1, 1, 1), 1.0, True),
        ((-4, -4), 3.0, False),
        ((4, 4), 3.0, False),
        ((-9, 9), 3.0, False),  # the mean stays, and tells nothing of two submissions
        ((-1, 1) * 50, 3.0, True),
    ],
)
def test_the_whole_interval_has_to_lie_in_the_band(changes: tuple[int, ...], band: float, is_free: bool) -> None:
    """A mean alone promotes nothing."""
    assert (obstacle(differing(*changes), band) is None) is is_free


def test_nothing_to_compare_is_in_the_way() -> None:
    """An empty replay proves nothing."""
    empty: list[PairedReviews] = []
    assert obstacle(compare_reviews("replay-1", empty), 3.0) == "there is nothing to compare"


def test_a_large_replay_is_told_at_once() -> None:
    """Beyond some hundreds the interval is the normal one, within a hair of what resampling gives."""
    changes = [(n * 7919) % 11 - 5 for n in range(1_000)]
    small, large = differing(*changes[:500]).overall, differing(*changes).overall
    assert small is not None
    assert large is not None
    width = small.interval[1] - small.interval[0]
    assert large.interval[1] - large.interval[0] == pytest.approx(width / 2**0.5, rel=0.1)
