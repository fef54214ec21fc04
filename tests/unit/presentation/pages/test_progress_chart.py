"""Scores over the attempts, as a small picture."""

from collections.abc import Sequence

from app.core.ports import score_of
from app.presentation.pages.progress_chart import ATTEMPTS_MAX, ProgressChart, progress_chart
from schemas.origin import Origin
from schemas.review import Review, ReviewResult
from tests.builders.records import a_review


def an_attempt(number: int, score: int, generation: int = 0) -> Review:
    return a_review(
        new_submission_id=f"sub-{number}",
        generation=generation,
        origin=Origin(topic="submissions", partition=0, offset=number),
        review_result=ReviewResult(overall_score=score, progress_summary="x", code_quality_score=score),
    )


def chart_of(review: Review, published: Sequence[Review]) -> ProgressChart | None:
    return progress_chart(review, [score_of(one) for one in published])


def test_attempts_stand_in_their_order() -> None:
    """By where the log has them; those that came later are not told, and this one is marked."""
    reviews = [an_attempt(3, 70), an_attempt(1, 50), an_attempt(2, 60)]
    chart = chart_of(an_attempt(2, 60), reviews)
    assert chart is not None
    assert [(point.score, point.is_this) for point in chart.points] == [(50, False), (60, True)]
    assert chart.points[0].y > chart.points[1].y
    assert chart.score_trace == " ".join(f"{point.x},{point.y}" for point in chart.points)


def test_of_an_attempt_the_newest_review_counts() -> None:
    """But for the attempt whose page it is: that page shows its own."""
    reviews = [an_attempt(1, 50), an_attempt(1, 55, generation=2), an_attempt(2, 60), an_attempt(2, 90, generation=2)]
    chart = chart_of(an_attempt(2, 60), reviews)
    assert chart is not None
    assert [point.score for point in chart.points] == [55, 60]


def test_one_attempt_is_no_picture() -> None:
    """Nor is one that the list of published ones lacks."""
    assert chart_of(an_attempt(1, 50), [an_attempt(1, 50)]) is None
    assert chart_of(an_attempt(1, 50), []) is None


def test_a_picture_has_room_for_so_many() -> None:
    """The last ones."""
    chart = chart_of(an_attempt(40, 100), [an_attempt(number, number) for number in range(40)])
    assert chart is not None
    assert len(chart.points) == ATTEMPTS_MAX
    assert chart.points[-1].score == 100
    assert min(point.y for point in chart.points) >= 0
    assert max(point.x for point in chart.points) <= chart.width
