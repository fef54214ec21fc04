"""An assignment in figures: how scores are spread, what is missed, what stays open."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core.deciding.figures import add_up_assignment
from schemas.review import ReviewResult, ThreadState
from schemas.rubric import Verdict
from tests.builders.decisions import a_thread, a_verdict


def a_result(overall: int = 70, quality: int = 65, **fields: Any) -> ReviewResult:
    """What is judged in one review."""
    return ReviewResult(overall_score=overall, code_quality_score=quality, progress_summary="Better.", **fields)


def test_scores_fall_into_tenths() -> None:
    """A hundred belongs to the last one."""
    figures = add_up_assignment([a_result(score, 0) for score in (0, 9, 10, 55, 99, 100)])
    assert figures.overall == (2, 1, 0, 0, 0, 1, 0, 0, 0, 2)
    assert figures.quality == (6, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert (figures.reviews, figures.median) == (6, 55)


def test_items_are_ranked_by_how_often_they_are_missed() -> None:
    """Missed in part counts; where nobody could tell, nothing was judged."""
    verdicts = [
        (Verdict.MET, Verdict.NOT_MET, Verdict.CANNOT_TELL),
        (Verdict.PARTLY, Verdict.NOT_MET, Verdict.CANNOT_TELL),
        (Verdict.MET, Verdict.CANNOT_TELL, Verdict.CANNOT_TELL),
    ]
    results = [
        a_result(rubric=tuple(a_verdict(name, verdict=one) for name, one in zip("abc", each, strict=True)))
        for each in verdicts
    ]
    missed = [(item.item_id, item.missed, item.judged) for item in add_up_assignment(results).missed]
    assert missed == [("b", 2, 2), ("a", 1, 3)]


def test_open_comments_count_submissions_by_what_they_are_about() -> None:
    """Two of one kind in one submission are one; closed ones are none."""
    results = [
        a_result(threads=(a_thread("1", category="naming"), a_thread("2", category="naming"), a_thread("3"))),
        a_result(threads=(a_thread("1", category="naming"), a_thread("4", category="x", state=ThreadState.FIXED))),
    ]
    opened = [(one.category, one.submissions) for one in add_up_assignment(results).open_comments]
    assert opened == [("naming", 2), ("other", 1)]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=30))
def test_every_review_is_in_one_tenth(scores: list[tuple[int, int]]) -> None:
    """Of each score."""
    figures = add_up_assignment([a_result(*each) for each in scores])
    assert sum(figures.overall) == sum(figures.quality) == figures.reviews == len(scores)
    assert (figures.median is None) == (not scores)
