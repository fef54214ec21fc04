"""Old against new: what is missing never passes, and the interval says nothing that the mean denies."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.replaying.paired import compare_reviews, obstacle, pair
from schemas.review import Review, ReviewResult
from tests.builders.records import a_review
from tests.builders.replays import a_head

SCORES = st.none() | st.integers(0, 100)


def scored(score: int | None, generation: int) -> Review | None:
    """A review with this score, or none."""
    if score is None:
        return None
    result = ReviewResult(overall_score=score, progress_summary="A", code_quality_score=score)
    return a_review(generation=generation, review_result=result)


@given(st.lists(st.tuples(SCORES, SCORES), max_size=40))
def test_any_pairs_are_told_truly(scores: list[tuple[int | None, int | None]]) -> None:
    """Counts are exact, the interval holds the mean, what lost most comes first, a second look says the same."""
    pairs = [pair(a_head(n), scored(old, 0), scored(new, 1)) for n, (old, new) in enumerate(scores)]
    diff = compare_reviews("replay-1", pairs)
    whole = [(old, new) for old, new in scores if old is not None and new is not None]
    assert diff.missing == len(scores) - len(whole)
    assert sorted(one.submission_id for one in diff.pairs) == sorted(one.submission_id for one in pairs)
    if diff.missing or not whole:
        assert obstacle(diff, 100.0) is not None
    assert (diff.overall is None) is (not whole)
    if diff.overall is not None:
        low, high = diff.overall.interval
        assert low - 1e-9 <= diff.overall.mean <= high + 1e-9
        assert (diff.overall.up, diff.overall.down) == (
            sum(new > old for old, new in whole),
            sum(new < old for old, new in whole),
        )
    assert compare_reviews("replay-1", pairs) == diff
    lost = [(one.overall_after or 0) - (one.overall_before or 0) for one in diff.pairs if not one.is_missing]
    assert lost == sorted(lost)
