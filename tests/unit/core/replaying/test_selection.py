"""Which submissions a selection means."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.replaying.selection import fits_head, fits_review, looks_at_reviews
from schemas.replay import Selection
from schemas.review import ReviewResult
from tests.builders.records import NOON, a_review
from tests.builders.replays import a_head


@pytest.mark.parametrize(
    ("selection", "meant"),
    [
        ({}, {0, 1, 2, 3}),
        ({"offsets": {0: (1, 3)}}, {1, 2}),
        ({"offsets": {0: (2, None)}}, {2, 3}),
        ({"offsets": {1: (0, None)}}, set()),
        ({"since": NOON + timedelta(hours=1)}, {1, 2, 3}),
        ({"until": NOON + timedelta(hours=1)}, {0}),
        ({"since": NOON + timedelta(hours=1), "until": NOON + timedelta(hours=2)}, {1}),
        ({"students": ("student-1",)}, {0, 1, 2, 3}),
        ({"students": ("student-2",)}, set()),
        ({"assignments": ("hw-1",)}, {0, 1, 2, 3}),
        ({"assignments": ("hw-2",)}, set()),
        ({"submissions": ("sub-1", "sub-3", "sub-9")}, {1, 3}),
        ({"submissions": ("sub-1",), "students": ("student-2",)}, set()),
    ],
)
def test_place_time_and_ids_select(selection: dict[str, Any], meant: set[int]) -> None:
    """Every part that is given has to fit; the first offset and time are included, the last are not."""
    wanted = Selection(**selection)
    assert {n for n in range(4) if fits_head(wanted, a_head(n))} == meant


@pytest.mark.parametrize(
    ("selection", "fits"),
    [
        ({}, True),
        ({"prompt_version": "1"}, True),
        ({"prompt_version": "2"}, False),
        ({"rubric_version": "r1"}, True),
        ({"rubric_version": "r2"}, False),
        ({"model": "offline-rules"}, True),
        ({"model": "another"}, False),
        ({"score_min": 70}, True),
        ({"score_min": 71}, False),
        ({"score_max": 70}, True),
        ({"score_max": 69}, False),
        ({"model": "offline-rules", "score_min": 71}, False),
    ],
)
def test_the_current_review_selects(selection: dict[str, Any], fits: bool) -> None:
    """Versions and the model must be the same, the score within both ends."""
    result = ReviewResult(overall_score=70, progress_summary="A", code_quality_score=1)
    assert fits_review(Selection(**selection), a_review(rubric_version="r1", review_result=result)) is fits


def test_a_submission_without_a_review_fits_nothing_that_looks_at_it() -> None:
    """It has neither model nor score."""
    assert fits_review(Selection(students=("s",)), None)
    for part in ({"model": "m"}, {"score_min": 0}, {"score_max": 100}, {"prompt_version": "1"}):
        selection = Selection.model_validate(part)
        assert looks_at_reviews(selection)
        assert not fits_review(selection, None)
